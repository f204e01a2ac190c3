"""Folders of images that say when they were taken."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from monitor.sources import open_source
from monitor.sources.image_times import image_times
from monitor.sources.random_access import open_recording

TIMES_S = [0.0, 0.1, 0.35, 0.4, 2.0]
BEGAN = datetime(2026, 5, 1, 10, 15, tzinfo=timezone.utc)
BEGAN_S = BEGAN.timestamp()


def images(folder: Path, names: list[str]) -> Path:
    """Images whose brightness is their number."""
    for number, name in enumerate(names):
        cv2.imwrite(str(folder / name), np.full((8, 8, 3), 10 * number, dtype=np.uint8))
    return folder


def times(folder: Path, fps: float | None = None) -> tuple[list[float], list[int], list[str]]:
    with open_source(folder, fps=fps) as source:
        found = []
        while (frame := source.read()) is not None:
            found.append(frame)
        numbers = [int(frame.pixels[0, 0, 0]) // 10 for frame in found]
        return [frame.time for frame in found], numbers, source.take_notices()


@pytest.mark.parametrize(
    "names",
    [
        [f"{BEGAN_S + time_s:.6f}.png" for time_s in TIMES_S],
        [f"cam0_{round((BEGAN_S + time_s) * 1e3)}.png" for time_s in TIMES_S],
        [f"{int(BEGAN_S) * 10**9 + round(time_s * 1e9)}.png" for time_s in TIMES_S],
        [
            f"{BEGAN + timedelta(seconds=time_s):%Y%m%d_%H%M%S}_{round(time_s * 1e3) % 1000:03}.png"
            for time_s in TIMES_S
        ],
        [f"{BEGAN + timedelta(seconds=time_s):%Y-%m-%dT%H-%M-%S.%f}.png" for time_s in TIMES_S],
    ],
)
def test_names_tell_when_images_were_taken(names: list[str], tmp_path: Path) -> None:
    found, numbers, notices = times(images(tmp_path, names), fps=5.0)
    assert found == pytest.approx(TIMES_S, abs=1e-5) and numbers == [0, 1, 2, 3, 4]
    assert any("has its own time stamps" in notice for notice in notices)
    assert any("no image from 0.4 to 2.0 s" in notice for notice in notices)
    reader = open_recording(str(tmp_path))
    assert reader.duration_s == pytest.approx(2.5, abs=1e-4)
    for time_s, number in ((0.36, 2), (1.9, 3), (9.0, 4), (0.05, 0)):
        frame = reader.frame_at(time_s)
        assert frame is not None and frame.index == number and int(frame.pixels[0, 0, 0]) == 10 * number


def test_a_table_comes_before_names(tmp_path: Path) -> None:
    images(tmp_path, ["b.png", "a.png", "c.png"])
    (tmp_path / "times.csv").write_text("file,time_s\nb.png,100.0\na.png,100.5\nc.png,100.75\n", encoding="utf-8")
    found, numbers, _ = times(tmp_path)
    assert found == pytest.approx([0.0, 0.5, 0.75]) and numbers == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,time_s\na.png,0\n", r"b\.png has no time in it"),
        ("file,time_s\na.png,0\nb.png,soon\n", r"line 3: time_s is 'soon'"),
        ("file,time_s\na.png,1\nb.png,1\n", "two images have the same time"),
        ("name,when\n", "the first line must name the columns file,time_s"),
    ],
)
def test_a_table_that_cannot_be_used_says_so(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=words):
        open_source(images(tmp_path, ["a.png", "b.png"]))


@pytest.mark.parametrize(
    "names", [["img_1", "img_2"], ["2019", "2020"], ["1764000000", "img"], ["20260501", "20260502"]]
)
def test_numbers_that_count_are_no_times(names: list[str]) -> None:
    assert image_times(Path("nowhere"), [Path(f"{name}.png") for name in names]) is None


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=6, unique=True))
def test_any_names_have_times_that_go_ahead_or_none(names: list[str]) -> None:
    paths = [Path("nowhere") / f"{name.replace('/', '').replace(chr(0), '')}.png" for name in names]
    found = image_times(Path("nowhere"), paths)
    assert found is None or (min(found.values()) == 0.0 and len(set(found.values())) == len(found))
