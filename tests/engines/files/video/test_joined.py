"""Drives in pieces: openpilot's minutes, and what dashcams write one after the other."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from engines.errors import UserError
from engines.files.video.pieces import find_pieces
from monitor.sources import Frame, open_source
from monitor.sources.open_source import recording_files
from monitor.sources.random_access import open_recording

FRAMES = 20


def write(path: Path, first: int = 0, frames: int = FRAMES, *, codec: str = "libx264", fps: int = 10) -> Path:
    """A video whose frames show their number as brightness, from `first` on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    form = {".hevc": "hevc", ".ts": "mpegts", ".avi": "avi", ".mp4": "mp4", ".mkv": "matroska"}[path.suffix]
    with av.open(str(path), "w", format=form) as output:
        stream = output.add_stream("libx265" if form == "hevc" else "mjpeg" if form == "avi" else codec, rate=fps)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if form == "avi" else "yuv420p"
        if form == "hevc":
            stream.options = {"x265-params": "bframes=0:log-level=none:keyint=10"}
        for number in range(frames):
            pixels = np.full((48, 64, 3), 3 * (first + number), dtype=np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        output.mux(stream.encode(None))
    return path


def played(path: Path, **options: object) -> tuple[list[Frame], list[str]]:
    with open_source(path, **options) as source:  # type: ignore[arg-type]
        frames = []
        while (frame := source.read()) is not None:
            frames.append(frame)
        return frames, source.take_notices()


def numbers(frames: list[Frame]) -> list[int]:
    return [round(float(frame.pixels.mean()) / 3) for frame in frames]


@pytest.mark.parametrize("suffix", [".ts", ".avi", ".mp4"])
def test_the_pieces_of_a_dashcam_are_one_drive(suffix: str, tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / "drive" / f"REC_{number + 8}{suffix}", FRAMES * number)
    frames, notices = played(tmp_path / "drive")
    assert [frame.index for frame in frames] == list(range(60))
    assert [frame.time for frame in frames] == pytest.approx([number / 10 for number in range(60)], abs=1e-3)
    assert np.abs(np.array(numbers(frames)) - np.arange(60)).max() <= 1
    assert any("3 files are one drive, from REC_8" in notice and "REC_10" in notice for notice in notices)
    reader = open_recording(str(tmp_path / "drive"))
    assert reader.duration_s == pytest.approx(6.0, abs=0.01)
    for index in (59, 0, 20, 19, 41, 5):
        found = reader.frame_at(frames[index].time + 0.03)
        assert found is not None and found.index == index
        assert found.time == pytest.approx(frames[index].time, abs=1e-3)
        assert np.array_equal(found.pixels, frames[index].pixels)
    reader.close()


def test_names_with_times_order_pieces_and_show_holes(tmp_path: Path) -> None:
    write(tmp_path / "20260501_101510.mp4", 20)
    write(tmp_path / "20260501_101500.mp4", 0)
    write(tmp_path / "20260501_101512.mp4", 40)
    frames, notices = played(tmp_path)
    assert numbers(frames)[0] <= 1 and frames[20].time == pytest.approx(10.0, abs=0.01)
    assert frames[40].time == pytest.approx(12.0, abs=0.01)
    assert any("no frames from 2.0 to 10.0 s" in notice for notice in notices)
    reader = open_recording(str(tmp_path))
    held = reader.frame_at(6.0)
    assert held is not None and held.index == 19 and reader.duration_s == pytest.approx(14.0, abs=0.01)
    reader.close()


def test_another_drive_in_the_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "2026-05-01 10-15-00.mp4")
    write(tmp_path / "2026-05-01 18-15-00.mp4")
    with pytest.raises(UserError, match=r"several drives: 2026-05-01 18-15-00.mp4 begins 480 minutes after"):
        played(tmp_path)


def test_one_of_several_cameras_is_chosen(tmp_path: Path) -> None:
    for number in range(2):
        write(tmp_path / f"20260501_10150{2 * number}F.mp4", 20 * number)
        write(tmp_path / f"20260501_10150{2 * number}I.mp4", 20 * number + 40)
    with pytest.raises(UserError, match=r"2 cameras, by the letters at the end of their names: .*--topic: F, I"):
        open_source(tmp_path)
    inside, _ = played(tmp_path, track="i")
    assert len(inside) == 40 and abs(numbers(inside)[0] - 40) <= 1
    assert numbers(played(tmp_path, track=1)[0])[0] <= 1


def test_a_piece_that_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    write(tmp_path / "REC_1.ts", 0)
    (tmp_path / "REC_2.ts").write_bytes(b"damaged")
    write(tmp_path / "REC_3.ts", 40)
    frames, notices = played(tmp_path)
    assert len(frames) == 40 and any("REC_2.ts is left out" in notice for notice in notices)
    assert frames[20].time == pytest.approx(2.0, abs=1e-3)
    for name in ("REC_1.ts", "REC_3.ts"):
        (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"REC_1\.ts"):
        open_source(tmp_path)


@pytest.mark.parametrize("flat", [False, True])
def test_segments_of_openpilot_are_one_drive(flat: bool, tmp_path: Path) -> None:
    for number in (0, 1, 3):
        name = f"00000012--a1b2c3d4e5--{number}"
        write(tmp_path / (f"{name}--dcamera.hevc" if flat else f"{name}/dcamera.hevc"), 20 * min(number, 2), fps=20)
    for named in (tmp_path, tmp_path / "00000012--a1b2c3d4e5"):
        frames, notices = played(named)
        times = [frame.time for frame in frames]
        # A segment is a minute of 20 frames a second, here broken off after a second; the third is missing.
        assert times == pytest.approx([start + n / 20 for start in (0.0, 60.0, 180.0) for n in range(20)], abs=1e-3)
        assert any("no frames from 61.0 to 180.0 s" in notice for notice in notices)
        assert len(recording_files(named)) == 3
    reader = open_recording(str(tmp_path / "00000012--a1b2c3d4e5"))
    found = reader.frame_at(180.5)
    assert found is not None and np.array_equal(found.pixels, frames[50].pixels)
    reader.close()


def test_one_segment_and_several_routes(tmp_path: Path) -> None:
    write(tmp_path / "2024-01-14--13-01-26--10" / "dcamera.hevc", fps=20)
    assert len(played(tmp_path / "2024-01-14--13-01-26--10")[0]) == FRAMES
    write(tmp_path / "2024-01-15--08-00-00--0" / "dcamera.hevc", fps=20)
    with pytest.raises(UserError, match=r"holds 2 routes: name one of them: .*2024-01-14--13-01-26, "):
        open_source(tmp_path)
    assert len(played(tmp_path / "2024-01-15--08-00-00")[0]) == FRAMES


def test_a_folder_with_images_stays_one_of_images(tmp_path: Path) -> None:
    write(tmp_path / "drive.mp4")
    cv2.imwrite(str(tmp_path / "img_1.png"), np.zeros((8, 8, 3), dtype=np.uint8))
    assert find_pieces(tmp_path) is None
    with open_source(tmp_path) as source:
        assert source.duration == pytest.approx(0.2)
