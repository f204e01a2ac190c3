"""Any moment of a recording, compared with what the pipeline's source gives."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.activities import Activity
from engines.errors import UserError
from monitor.sources import open_source
from monitor.sources.random_access import open_recording
from tests.monitor.fakes import frames_of, picture, write_video

DRIVE = [(Activity.SAFE_DRIVING, 4.0), (Activity.TEXTING_RIGHT, 4.0), (Activity.DRINKING, 4.0)]


def test_every_moment_is_the_frame_that_a_source_gives(tmp_path: Path) -> None:
    video = write_video(tmp_path / "drive.mp4", frames_of(DRIVE))
    with open_source(video) as source:
        frames = []
        while (frame := source.read()) is not None:
            frames.append(frame)
    reader = open_recording(str(video))
    assert reader.duration_s == pytest.approx(12.0) and reader.step_s == pytest.approx(0.1)
    for index in (0, 1, 2, 50, 51, 7, 119, 118, 60, 0, 119):
        found = reader.frame_at(frames[index].time + 0.05)
        assert found is not None
        assert (found.index, found.time) == (index, pytest.approx(frames[index].time))
        assert np.array_equal(found.pixels, frames[index].pixels)
    last = reader.frame_at(1000.0)
    assert last is not None and last.index == 119
    reader.close()


def test_a_folder_of_images_goes_both_ways(tmp_path: Path) -> None:
    for index in range(6):
        pixels = cv2.cvtColor(picture(Activity(index), index), cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(tmp_path / f"img_{index}.png"), pixels)
    (tmp_path / "img_3.png").write_bytes(b"damaged")
    reader = open_recording(str(tmp_path), fps=5.0)
    assert reader.duration_s == pytest.approx(1.2)
    indices = []
    for time_s in (0.0, 1.0, 0.4, 0.65, 5.0):
        frame = reader.frame_at(time_s)
        assert frame is not None and np.array_equal(frame.pixels, picture(Activity(frame.index), frame.index))
        indices.append(frame.index)
    assert indices == [0, 5, 2, 2, 5]


@pytest.mark.parametrize(
    ("source_name", "words"), [("0", "camera"), ("nothing.mp4", "there is no drive"), ("bad", "no video")]
)
def test_what_is_no_recording_says_so(source_name: str, words: str, tmp_path: Path) -> None:
    if source_name == "bad":
        (tmp_path / "bad.mp4").write_bytes(b"not a video")
        source_name, words = str(tmp_path / "bad.mp4"), "not a video"
    with pytest.raises(UserError, match=words):
        open_recording(source_name)
