"""A camera or a network stream as a source: it can be lost, and is then reopened."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable

import cv2

from engines.errors import UserError
from engines.files.addresses import openable
from engines.files.printable import source_label
from engines.notice import NoticeText
from monitor.sources.capture import Image, OpenCapture, OpenCVCapture
from monitor.sources.encoded import Tap
from monitor.sources.frame import CameraLostError, Frame, Source
from monitor.sources.stream import StreamCapture

_MOST_CAMERAS = 256
"""As many as Linux numbers."""


class CameraSource(Source):
    """A camera or a stream. When it gives no frames, at first or any more, it is opened again, at growing intervals.

    Frames carry the time they were taken, where it is known, and else that of their arrival.
    """

    live = True

    def __init__(
        self,
        name: str,
        open_capture: OpenCapture,
        *,
        advice: str,
        clock: Callable[[], float] = time.monotonic,
        first_retry_s: float = 0.5,
        max_retry_s: float = 8.0,
        tap: Tap | None = None,
    ) -> None:
        """Open the camera and read a first frame. One that gives none is waited for, which is a notice.

        Args:
            name: for people.
            open_capture: opens it; called again for every attempt to reopen.
            advice: what to check when it gives no frame.
            clock: monotonic seconds.
            first_retry_s: seconds until the first attempt to reopen; doubles with every attempt.
            max_retry_s: seconds between attempts at most.
            tap: gets the frames, where the capture does not hand it its packets.

        Raises:
            UserError: from `open_capture`, for what can never be opened.
        """
        super().__init__()
        self.name = name
        self._open_capture, self._tap = open_capture, tap
        self._clock = clock
        self._first_retry_s, self._max_retry_s = first_retry_s, max_retry_s
        self._retry_s = first_retry_s
        self._retry_at: float | None = None
        self._closed = threading.Event()
        self._index = 0
        self._taken_s = -math.inf
        self._capture = open_capture()
        self._next = self._grab()
        if self._next is None:
            problem = self._capture.problem
            self._notices.append(
                NoticeText("{name} gives no frame: {advice}; waiting for it", name=name, advice=advice)
                if problem is None
                else NoticeText(
                    "{name} gives no frame ({problem}): {advice}; waiting for it",
                    name=name,
                    problem=problem,
                    advice=advice,
                )
            )
            self._retry_at = self._clock() + self._retry_s
        self.fps = self._capture.fps

    @classmethod
    def camera(cls, number: int, size: tuple[int, int] | None = None, tap: Tap | None = None) -> CameraSource:
        """The camera with a number, asked for frames of a size. Raises `UserError` for a number that none has."""
        if number >= _MOST_CAMERAS:
            raise UserError(
                NoticeText(
                    "there is no camera {number}: their numbers go from 0 to {last}",
                    number=number,
                    last=_MOST_CAMERAS - 1,
                )
            )
        advice = NoticeText(
            "connect a camera, close other programs that use it, or choose another source (--source, --demo)"
        )
        # A queue of old frames would only add delay.
        return cls(f"camera {number}", lambda: OpenCVCapture(number, size=size, queue=False), advice=advice, tap=tap)

    @classmethod
    def stream(cls, url: str, tap: Tap | None = None) -> CameraSource:
        """A network stream such as ``rtsp://…``. Raises `UserError` for an address that can never be reached."""
        return cls(
            source_label(url),
            lambda: StreamCapture(openable(url), tap=tap),
            advice=NoticeText("check the address, the password and the network"),
            tap=tap,
        )

    @classmethod
    def gstreamer(cls, pipeline: str, tap: Tap | None = None) -> CameraSource:
        """A GStreamer pipeline that ends in ``appsink``. Raises `UserError` where OpenCV has no GStreamer."""
        if not _has_gstreamer():
            raise UserError(
                NoticeText(
                    "this OpenCV is built without GStreamer, so a pipeline cannot be opened:"
                    " give an rtsp:// address, or install an OpenCV built with GStreamer"
                )
            )
        return cls(
            source_label(pipeline),
            lambda: OpenCVCapture(pipeline, cv2.CAP_GSTREAMER),
            advice=NoticeText("try it with gst-launch-1.0, and end it in appsink"),
            tap=tap,
        )

    def read(self) -> Frame | None:
        if self._closed.is_set():
            return None
        captured, self._next = self._next, None
        if captured is None:
            if self._retry_at is not None:
                self._reopen()
            captured = self._grab()
        if captured is None:
            if self._closed.is_set():
                return None
            self._lose()
            raise CameraLostError(f"{self.name} gives no frame; trying again in {self._retry_s:.1f} s")
        if self._retry_at is not None:
            self.fps = self._capture.fps
            self._notices.append(
                NoticeText("{name} is open again", name=self.name)
                if self._index
                else NoticeText("{name} gives frames now", name=self.name)
            )
        self._retry_s, self._retry_at = self._first_retry_s, None
        # Never decreasing: what was taken out of order counts from its neighbour.
        self._taken_s = max(self._taken_s, self._clock() if captured.taken_s is None else captured.taken_s)
        frame = Frame(captured.pixels, self._taken_s, self._index)
        self._index += 1
        if self._tap is not None and not self._capture.gives_packets:
            self._tap.frame(frame)
        return frame

    def close(self) -> None:
        self._closed.set()
        self._capture.close()

    def _grab(self) -> Image | None:
        """A frame, or None."""
        image = self._capture.read()
        return image if image is None or image.taken_s is not None else Image(image.pixels, self._clock())

    def _lose(self) -> None:
        """Set when to try again."""
        if self._retry_at is None:
            self._notices.append(NoticeText("{name} gives no frames any more: trying to reopen it", name=self.name))
            self._retry_s = self._first_retry_s
        else:
            self._retry_s = min(2.0 * self._retry_s, self._max_retry_s)
        self._retry_at = self._clock() + self._retry_s

    def _reopen(self) -> None:
        """Open the camera again when it is time to. Raises `CameraLostError` before that."""
        assert self._retry_at is not None
        left_s = self._retry_at - self._clock()
        if left_s > 0.0:
            raise CameraLostError(f"{self.name} gives no frame; trying again in {left_s:.1f} s")
        self._capture.close()
        try:
            self._capture = self._open_capture()
        except UserError as error:  # what was there once may come back
            self._lose()
            raise CameraLostError(str(error)) from error


def _has_gstreamer() -> bool:
    return re.search(r"GStreamer:\s+YES", cv2.getBuildInformation()) is not None
