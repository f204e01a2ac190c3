"""Any moment of a recording, forwards and backwards, for looking at it and labelling it.

A `monitor.sources.Source` goes one way only, which is all that the pipeline needs.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from pathlib import Path

import cv2

from engines.errors import UserError
from engines.files.images import read_image
from engines.files.output import printable
from monitor.sources import DEMO, Frame, is_live
from monitor.sources.capture import quiet_capture, to_rgb
from monitor.sources.folder import DEFAULT_FOLDER_FPS, FolderSource
from monitor.sources.open_source import DEMO_VIDEO

_SAME_S = 1e-4
_FORWARD_S = 3.0
"""So far it is quicker to decode what lies between than to jump."""

_BACK_S = (0.0, 1.0, 5.0, 20.0)
"""How long before the wanted time a jump aims, one after the other: files know where they can be entered."""


class RecordingReader(ABC):
    """A recording. Not for more than one thread.

    Attributes:
        name: for people.
        duration_s: seconds.
        step_s: seconds from one frame to the next, by the file's own account.
    """

    name: str
    duration_s: float
    step_s: float

    @abstractmethod
    def frame_at(self, time_s: float) -> Frame | None:
        """The frame that holds at a time; the last one behind the end. None where none can be read."""

    @abstractmethod
    def close(self) -> None:
        """Let the file go."""


def open_recording(spec: str, *, fps: float | None = None) -> RecordingReader:
    """Open a recording as `monitor.sources.open_source` names it. Raises `UserError`, also for a camera."""
    if is_live(spec):
        raise UserError(f"{spec} is a camera or a stream: open a recorded drive")
    path = DEMO_VIDEO if spec.strip() == DEMO else Path(spec.strip()).expanduser()
    if not path.exists():
        raise UserError(f"there is no drive {spec}: open a video file or a folder of images")
    if path.is_dir():
        return FolderReader(path, fps or DEFAULT_FOLDER_FPS)
    return VideoReader(path, "demo drive" if spec.strip() == DEMO else printable(path.name))


class VideoReader(RecordingReader):
    """A video file; its frames have the times that `monitor.sources.video` gives them."""

    def __init__(self, path: Path, name: str) -> None:
        """Open it. Raises `UserError` where no frame can be decoded."""
        self.path, self.name = path, name
        if printable(path) != str(path):
            raise UserError(f"the name {printable(path)} is not UTF-8, so OpenCV cannot open it: rename the file")
        self._capture = quiet_capture(str(path))
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        fps = fps if 0.1 <= fps <= 1000.0 else 25.0
        self.step_s = 1.0 / fps
        self._start_s: float | None = None
        self._current = self._decode()
        if self._current is None:
            self._capture.release()
            raise UserError(f"{path} has no frame that can be decoded: it is not a video, or it is damaged")
        self._next = self._decode()
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.duration_s = count * self.step_s if 0 < count < 1e9 else 0.0

    def frame_at(self, time_s: float) -> Frame | None:
        time_s = max(0.0, time_s)
        current = self._current
        if current is None or not current.time - _SAME_S <= time_s <= current.time + _FORWARD_S:
            self._jump(time_s)
        while self._next is not None and self._next.time <= time_s + _SAME_S:
            self._current, self._next = self._next, self._decode()
        return self._current

    def close(self) -> None:
        self._capture.release()

    def _jump(self, time_s: float) -> None:
        """Enter the file at a frame that is not behind a time."""
        start_s = self._start_s or 0.0
        for back_s in _BACK_S:
            target_s = time_s - back_s
            if target_s <= 0.0:
                break
            self._capture.set(cv2.CAP_PROP_POS_MSEC, 1000.0 * (start_s + target_s))
            first = self._decode()
            if first is not None and first.time <= time_s + _SAME_S:
                self._current, self._next = first, self._decode()
                return
        self._capture.release()
        self._capture = quiet_capture(str(self.path))
        self._current = self._decode() or self._current
        self._next = self._decode()

    def _decode(self) -> Frame | None:
        try:
            good, bgr = self._capture.read()
        except cv2.error:
            return None
        if not good or bgr is None or not bgr.size:
            return None
        milliseconds = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        at_s = milliseconds / 1000.0 if math.isfinite(milliseconds) else 0.0
        if self._start_s is None:
            self._start_s = at_s
        time_s = max(0.0, at_s - self._start_s)
        return Frame(to_rgb(bgr), time_s, round(time_s / self.step_s))


class FolderReader(RecordingReader):
    """A folder of images, in the order in which `monitor.sources.folder` plays them."""

    def __init__(self, folder: Path, fps: float) -> None:
        """List it. Raises `UserError` where no image can be read."""
        with FolderSource(folder, fps=fps) as source:
            self._paths, self.name = source.paths, source.name
        self.step_s = 1.0 / fps
        self.duration_s = len(self._paths) * self.step_s
        self._current: Frame | None = None

    def frame_at(self, time_s: float) -> Frame | None:
        index = min(len(self._paths) - 1, max(0, int((time_s + _SAME_S) / self.step_s)))
        # One that cannot be read is skipped, as when it is played: the one before it holds.
        while index >= 0 and (self._current is None or self._current.index != index):
            pixels = read_image(self._paths[index])
            if pixels is not None:
                self._current = Frame(pixels, index * self.step_s, index)
                break
            index -= 1
        return self._current

    def close(self) -> None:
        self._current = None
