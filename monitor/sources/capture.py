"""OpenCV's capture, silent, and its frames as RGB."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

# FFmpeg's messages, too: read by OpenCV before its first video, whoever opens it; -8 is FFmpeg's AV_LOG_QUIET.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used here."""

    def isOpened(self) -> bool: ...  # noqa: N802 - OpenCV's name

    def read(self) -> tuple[bool, Any]: ...

    def get(self, property_id: int, /) -> float: ...

    def release(self) -> None: ...


OpenCapture = Callable[[], Capture]


def to_rgb(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """OpenCV's BGR or grey pixels as contiguous RGB."""
    code = cv2.COLOR_GRAY2RGB if pixels.ndim == 2 or pixels.shape[2] == 1 else cv2.COLOR_BGR2RGB
    return np.ascontiguousarray(cv2.cvtColor(pixels, code), dtype=np.uint8)


def silence_opencv() -> None:
    """What OpenCV writes to stderr our errors and notices say better."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def quiet_capture(target: int | str, api: int = cv2.CAP_ANY, options: list[int] | None = None) -> cv2.VideoCapture:
    """OpenCV's capture of a camera's number, a file or a URL, which may turn out not to be open."""
    silence_opencv()
    return cv2.VideoCapture(target, api, options or [])
