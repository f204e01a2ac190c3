"""A video file as a source."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from engines.files.output import printable
from monitor.sources.capture import OpenCapture, quiet_capture, to_rgb
from monitor.sources.frame import Frame, Source


class VideoSource(Source):
    """A video file, every frame in order, timed by its presentation timestamps."""

    def __init__(
        self,
        path: Path,
        *,
        name: str | None = None,
        open_capture: OpenCapture | None = None,
    ) -> None:
        """Open the file and decode its first frame. Raises `UserError` when there is none."""
        super().__init__()
        self.path = path
        self.name = name or printable(path.name)
        _check_readable(path)
        if printable(path) != str(path):
            # OpenCV does not refuse such a name but ends the whole program.
            raise UserError(f"the name {printable(path)} is not UTF-8, so OpenCV cannot open it: rename the file")
        self._capture = (open_capture or (lambda: quiet_capture(str(path))))()
        first = self._decode() if self._capture.isOpened() else None
        if first is None:
            self._capture.release()
            raise UserError(f"{path} has no frame that can be decoded: it is not a video, or it is damaged")
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        # Some files claim 90,000 frames a second, their time base.
        self.fps = fps if 0.1 <= fps <= 1000.0 else None
        self._step_s = 1.0 / (self.fps or 25.0)
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self._expected = int(count) if 0 < count < 1e9 else None
        self.duration = self._expected * self._step_s if self._expected and self.fps else None
        self._next: NDArray[np.uint8] | None = first
        self._index = 0
        self._time_s = 0.0
        self._start_s = self._timestamp()
        self._ended = False

    def read(self) -> Frame | None:
        if self._ended:
            return None
        pixels, self._next = self._next, None
        if pixels is None:
            pixels = self._decode()
            if pixels is None:
                self._end()
                return None
            since_start_s = self._timestamp() - self._start_s
            # Broken files repeat or lack timestamps: then the frame rate is the clock.
            following_s = self._time_s + self._step_s
            self._time_s = since_start_s if since_start_s > self._time_s else following_s
        frame = Frame(pixels, self._time_s, self._index)
        self._index += 1
        return frame

    def close(self) -> None:
        self._ended = True
        self._capture.release()

    def _decode(self) -> NDArray[np.uint8] | None:
        """The next frame that can be decoded, RGB; None when there is none."""
        try:
            good, bgr = self._capture.read()
        except cv2.error:
            return None
        return to_rgb(bgr) if good and bgr is not None and bgr.size else None

    def _timestamp(self) -> float:
        """Seconds of the frame decoded last, by the file."""
        milliseconds = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        return milliseconds / 1000.0 if math.isfinite(milliseconds) else 0.0

    def _end(self) -> None:
        """Stop; say so when the file promised more (a frame count is an estimate, so a little less is no damage)."""
        self._ended = True
        if self._expected is None or self._index >= self._expected - max(2, 0.02 * self._expected):
            return
        missing = self._expected - self._index
        self._notices.append(
            f"{self.name}: {missing} of {self._expected} frames cannot be decoded; the last good one is at"
            f" {self._time_s:.1f} s"
        )


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    if empty:
        raise UserError(f"{path} is empty: record the drive again")
