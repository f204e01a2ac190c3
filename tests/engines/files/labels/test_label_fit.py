"""Labels that do not fit their drive: beyond its end, or in another unit."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels, parse_labels
from engines.files.labels.label_fit import labels_beyond, require_fit
from engines.files.labels.openlabel import parse_openlabel
from tests.engines.files.labels.test_openlabel import document


def labels(*bounds_s: float) -> DriveLabels:
    """Segments between times that follow on each other."""
    lines = [f"{start},{end},c{index}" for index, (start, end) in enumerate(pairwise(bounds_s))]
    return parse_labels("start_s,end_s,activity\n" + "\n".join(lines))


@pytest.mark.parametrize(
    ("bounds", "unit"),
    [
        ((0, 1500, 7000, 10000), "milliseconds"),
        ((0, 1500, 4000), "milliseconds"),
        ((0, 1_500_000, 9_900_000), "microseconds"),
        ((0, 18, 84, 119), "frames"),
        ((0, 15, 70, 100), "per cent of the drive"),
        ((500, 600), "another drive"),
        ((0, 20, 3600), "another drive"),
    ],
)
def test_another_unit_is_refused_with_its_figures(bounds: tuple[float, ...], unit: str) -> None:
    with pytest.raises(UserError) as caught:
        require_fit(labels(*bounds), 9.9, 12.0, "drive.csv")
    text = str(caught.value)
    assert "drive.csv" in text and f"{bounds[-1]:.1f} s" in text and "9.9 s" in text and unit in text


@pytest.mark.parametrize("bounds", [(0, 4, 9.9), (0, 5, 10.3), (2, 3), (0, 9, 12), (0, 1.5, 12, 30)])
def test_seconds_are_none(bounds: tuple[float, ...]) -> None:
    require_fit(labels(*bounds), 9.9, 12.0, "drive.csv")


def test_labels_beyond_the_end_are_said() -> None:
    assert labels_beyond(labels(0, 4, 10.3), 9.9) is None
    notice = labels_beyond(labels(0, 1.5, 12, 30), 9.9)
    assert notice is not None and "30.0 s" in notice and "9.9 s" in notice and "20.1 s of labels" in notice


def test_frames_of_openlabel_at_another_rate() -> None:
    read = parse_openlabel(document({"drinking": [(0, 3000)]}), 10.0)
    with pytest.raises(UserError, match="counted at 10 a second"):
        require_fit(read, 9.9, 10.0, "drive.json")


@given(
    st.lists(st.floats(0, 1e12), min_size=2, max_size=8, unique=True).map(sorted),
    st.floats(0, 1e7),
    st.none() | st.floats(0.001, 1000),
)
def test_any_labels_fit_or_are_refused_in_a_line(bounds: list[float], end_s: float, fps: float | None) -> None:
    try:
        read = labels(*bounds)
        require_fit(read, end_s, fps, "drive.csv")
        labels_beyond(read, end_s)
    except UserError as error:
        assert "\n" not in str(error)
