"""A simulated drive as a video file and its label file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray
from rich.progress import track

from engines.errors import UserError
from train.simulation.driver import SimulatedDriver
from train.simulation.script import Script

# Constant quality: the mild sensor noise is smoothed away instead of filling the file.
_ENCODING = {"crf": "27", "preset": "medium", "movflags": "+faststart"}


def drive_frames(
    driver: SimulatedDriver, script: Script, fps: int, size: tuple[int, int] = (640, 480)
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """The frames of a drive: time in seconds, and (H, W, 3) uint8 RGB for ``size`` = (width, height)."""
    for index in range(round(script.duration_s * fps)):
        time = index / fps
        yield time, driver.frame(driver.pose_in(script, time), time, size)


def _encode(path: Path, driver: SimulatedDriver, script: Script, fps: int, size: tuple[int, int]) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options=_ENCODING)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        frames = track(
            drive_frames(driver, script, fps, size),
            description="drawing",
            total=round(script.duration_s * fps),
            transient=True,
        )
        for _, pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


def write_drive(
    video: Path, labels: Path, driver: SimulatedDriver, script: Script, fps: int, size: tuple[int, int]
) -> int:
    """Write an H.264 video and its label file ``start_s,end_s,activity``.

    Args:
        video: the MP4 file.
        labels: the CSV file.
        driver: who drives.
        script: what happens.
        fps: frames per second; frame i shows the second i / fps.
        size: width and height in pixels, both even.

    Returns:
        The size of the video in bytes.
    """
    # OpenCV's threads gain nothing on small polygons, and take a core from the encoder.
    cv2.setNumThreads(1)
    # Written beside its place and moved there, so an interrupted run leaves no half video behind.
    unfinished = video.with_name(f".{video.name}.part")
    try:
        for folder in (video.parent, labels.parent):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            _encode(unfinished, driver, script, fps, size)
            labels.write_text(script.labels_csv(), encoding="utf-8")
            unfinished.replace(video)
        finally:
            unfinished.unlink(missing_ok=True)
        return video.stat().st_size
    except (OSError, FFmpegError) as error:
        raise UserError(f"cannot write the drive to {video}: {error}") from error
