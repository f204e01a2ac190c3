"""Drive labels: reading, refusing, writing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels, LabelSegment, parse_labels, read_labels, write_labels

HEADER = "start_s,end_s,activity\n"


def test_what_a_file_says(tmp_path: Path) -> None:
    path = tmp_path / "drive.csv"
    path.write_text("\ufeffstart_s,end_s,activity\r\n0.0,4.4,c0\r\n\r\n4.4, 12.2 ,C1\r\n14,15,c9\r\n", encoding="utf-8")
    labels = read_labels(path)
    assert [segment.activity.code for segment in labels.segments] == ["c0", "c1", "c9"]
    assert labels.activity_at(0.0) is Activity.SAFE_DRIVING
    assert labels.activity_at(4.4) is Activity.TEXTING_RIGHT
    assert labels.activity_at(12.2) is None and labels.activity_at(15.0) is None and labels.activity_at(-1.0) is None
    assert labels.gaps == [(12.2, 14.0)]
    assert labels.gap_notice() == "1.8 s are not labelled and not scored: 12.2–14.0 s"
    notice = labels.gap_notice(20.0)
    assert notice is not None and "15.0–20.0 s" in notice


def test_labels_without_gaps_need_no_notice() -> None:
    assert parse_labels(HEADER + "0,5,c0\n5,9,c1\n").gap_notice(9.2) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: the first line must be start_s,end_s,activity"),
        ("0.0,4.4,c0\n", "line 1: the first line must be"),
        (HEADER, "no segment is labelled"),
        (HEADER + "0,4,c0\n4,8,c10\n", "line 3: unknown activity 'c10'"),
        (HEADER + "0,4,drinking\n", "line 2: unknown activity"),
        (HEADER + "0,x,c0\n", "line 2: end_s is 'x'"),
        (HEADER + "nan,4,c0\n", "line 2: start_s is 'nan'"),
        (HEADER + "0,inf,c0\n", "line 2: end_s is 'inf'"),
        (HEADER + "-1,4,c0\n", "line 2: start_s is '-1'"),
        (HEADER + "4,4,c0\n", "line 2: the segment ends"),
        (HEADER + "0,4\n", "line 2: 2 values instead of 3"),
        (HEADER + "0,4,c0,x\n", "line 2: 4 values instead of 3"),
        (HEADER + "0,4,c0\n3,5,c1\n", "line 3: starts at 3 s but the line above ends at 4 s: overlap"),
        (HEADER + "5,6,c0\n0,4,c1\n", "line 3: starts at 0 s, before the line above"),
        (HEADER + '0,4,"c0\n', "line"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "drive.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_labels(path)
    assert says in str(caught.value) and "drive.csv" in str(caught.value) and "\n" not in says


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the labels"):
        read_labels(tmp_path / "nowhere.csv")
    with pytest.raises(UserError, match="cannot read the labels"):
        read_labels(tmp_path)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(UserError, match="not a UTF-8"):
        read_labels(tmp_path / "binary.csv")


def test_a_path_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot write"):
        write_labels(tmp_path, [])


milliseconds = st.lists(st.integers(0, 10_000_000), min_size=2, max_size=24, unique=True).map(sorted)


@given(milliseconds, st.data())
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], data: st.DataObject
) -> None:
    kinds = st.sampled_from(list(Activity))
    pairs = zip(times[::2], times[1::2], strict=False)
    segments = tuple(LabelSegment(start / 1000, end / 1000, data.draw(kinds)) for start, end in pairs)
    path = tmp_path_factory.mktemp("labels") / "drive.csv"
    write_labels(path, segments)
    labels = read_labels(path)
    assert labels == DriveLabels(segments)
    for segment in segments:
        assert labels.activity_at(segment.start_s) is segment.activity
        assert labels.activity_at((segment.start_s + segment.end_s) / 2) is segment.activity


@given(st.text(max_size=300) | st.text(alphabet='0123456789.,c-\n\r" ', max_size=200).map(lambda text: HEADER + text))
def test_any_text_is_labels_or_one_error(text: str) -> None:
    try:
        labels = parse_labels(text)
    except UserError as error:
        assert str(error)
        return
    ends = 0.0
    for segment in labels.segments:
        assert segment.start_s >= ends - 1e-5 and segment.length_s > 0.0
        ends = segment.end_s
