"""What a live source reads from: a device, as OpenCV opens it, or a network stream (see `monitor.sources.stream`)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

# FFmpeg's complaints, too: read by OpenCV before its first video, whoever opens it; -8 is FFmpeg's AV_LOG_QUIET.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

MAX_FPS = 1000.0
"""What says that it gives more has no clock; some name their time base."""


@dataclass(frozen=True, eq=False)
class Image:
    """What a capture gives.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        taken_s: when it was taken, monotonic seconds of this machine; None where that is not known.
    """

    pixels: NDArray[np.uint8]
    taken_s: float | None = None


class Capture(Protocol):
    """An opened device or stream, which may turn out to give no frame.

    Attributes:
        fps: frames a second by its own account; None when unknown.
        problem: why it gives none, in words; None where that is not known.
        gives_packets: whether it hands its own packets to the tap that it was opened with.
    """

    problem: str | None
    gives_packets: bool

    @property
    def fps(self) -> float | None: ...

    def read(self) -> Image | None:
        """The next frame; None where there is none."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...


OpenCapture = Callable[[], Capture]


_OLDEST_S = 60.0
"""A driver's time of a frame that is further away from now is one of another clock."""


class OpenCVCapture:
    """A camera's number or a GStreamer pipeline. What OpenCV hands out is checked: it may call nothing a frame."""

    problem: str | None = None
    gives_packets = False

    def __init__(
        self,
        target: int | str,
        api: int = cv2.CAP_ANY,
        *,
        size: tuple[int, int] | None = None,
        queue: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open it.

        Args:
            target, api: as OpenCV has them.
            size: width and height to ask a camera for; it may give another.
            queue: whether the driver may queue frames, which adds delay.
            clock: monotonic seconds, as Linux's camera drivers stamp their frames with.
        """
        silence_opencv()
        self._clock = clock
        self._stamp_s: float | None = None
        self._capture = cv2.VideoCapture(target, api)
        if not queue:
            self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if size is not None:
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])

    @property
    def is_open(self) -> bool:
        """Whether there is such a device."""
        return bool(self._capture.isOpened())

    @property
    def fps(self) -> float | None:
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        return fps if 0.1 <= fps <= MAX_FPS else None

    def read(self) -> Image | None:
        try:
            good, image = self._capture.read() if self.is_open else (False, None)
            pixels = as_rgb(image) if good else None
            return None if pixels is None else Image(pixels, self._taken_s())
        except cv2.error:
            return None

    def _taken_s(self) -> float | None:
        """What the driver says; None where it says nothing of use, such as the same for two frames."""
        if self._capture.getBackendName() != "V4L2":
            return None
        before_s, self._stamp_s = self._stamp_s, float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0
        known = self._stamp_s != before_s and 0.0 <= self._clock() - self._stamp_s <= _OLDEST_S
        return self._stamp_s if known else None

    def close(self) -> None:
        self._capture.release()


def as_rgb(image: Any) -> NDArray[np.uint8] | None:
    """OpenCV's BGR or grey image as contiguous RGB; None for what is no image."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim not in (2, 3) or image.size == 0:
        return None
    if image.ndim == 2 or image.shape[2] == 1:
        code = cv2.COLOR_GRAY2RGB
    elif image.shape[2] == 3:
        code = cv2.COLOR_BGR2RGB
    else:
        return None
    return np.ascontiguousarray(cv2.cvtColor(image, code), dtype=np.uint8)


def silence_opencv() -> None:
    """OpenCV writes to stderr what our own errors and notices say better."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
