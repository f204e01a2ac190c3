"""Any frame of a recording, forwards and backwards, for playing and labelling it.

A `monitor.sources.Source` goes one way only, which is all that the pipeline needs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from pathlib import Path

from engines.errors import UserError
from engines.files.bags import is_bag
from engines.files.images import ImageTooLargeError, read_image
from engines.files.printable import printable, source_label
from engines.files.video import JoinedVideo, VideoFile, open_video
from engines.files.video.pieces import Pieces, find_pieces
from engines.notice import NoticeText
from monitor.sources import DEMO, Frame, recording_path, require_recording
from monitor.sources.folder import FolderSource
from monitor.sources.open_source import require_number

_SAME_S = 1e-4


class RecordingReader(ABC):
    """A recording. Not for more than one thread.

    Attributes:
        name: for people.
        duration_s: seconds.
        step_s: seconds from one frame to the next, as the file states it.
    """

    name: str
    duration_s: float
    step_s: float

    @abstractmethod
    def frame_at(self, time_s: float) -> Frame | None:
        """The frame that holds at a time; the last one behind the end. None where none can be read."""

    @abstractmethod
    def close(self) -> None:
        """Close the file."""


def open_recording(source_name: str, *, fps: float | None = None, track: int | str | None = None) -> RecordingReader:
    """Open a recording as `monitor.sources.open_source` names it. Raises `UserError`, also for a camera."""
    require_recording(source_name)
    path = recording_path(source_name)
    pieces = find_pieces(path, track)
    if pieces is None and not path.exists():
        raise UserError(
            NoticeText(
                "there is no drive {name}: open a video file or a folder of images",
                name=source_label(source_name),
            )
        )
    if is_bag(path):
        from monitor.sources.bags.bag_reader import BagReader

        return BagReader(path, track)
    if pieces is not None:
        return VideoReader(path, printable(path.name), fps, track if isinstance(track, int) else None, pieces)
    if path.is_dir():
        return FolderReader(path, fps)
    return VideoReader(
        path, "demo drive" if source_name.strip() == DEMO else printable(path.name), fps, require_number(path, track)
    )


class VideoReader(RecordingReader):
    """A video file, or the pieces of one drive."""

    def __init__(
        self,
        path: Path,
        name: str,
        fps: float | None = None,
        track: int | None = None,
        pieces: Pieces | None = None,
    ) -> None:
        """Open it. Raises `UserError` where no frame can be decoded."""
        self.name = name
        self._video: VideoFile | JoinedVideo
        if pieces is None:
            self._video = open_video(path, fps, track)
        else:
            self._video = JoinedVideo(path, pieces, fps=fps, track=track)
        self.step_s = self._video.step_s
        self.duration_s = self._video.duration_s

    def frame_at(self, time_s: float) -> Frame | None:
        found = self._video.frame_at(time_s)
        return Frame(found.pixels, found.time_s, found.index)

    def close(self) -> None:
        self._video.close()


class FolderReader(RecordingReader):
    """A folder of images, in the order in which `monitor.sources.folder` plays them."""

    def __init__(self, folder: Path, fps: float | None) -> None:
        """List it. Raises `UserError` where no image can be read."""
        with FolderSource(folder, fps=fps) as source:
            self._paths, self.name = source.paths, source.name
            self._times_s, self.step_s = source.times_s, source.step_s
        self.duration_s = self._times_s[-1] + self.step_s
        self._current: Frame | None = None

    def frame_at(self, time_s: float) -> Frame | None:
        index = max(0, bisect_right(self._times_s, time_s + _SAME_S) - 1)
        # One that cannot be read is skipped, as when it is played: the one before it holds.
        while index >= 0 and (self._current is None or self._current.index != index):
            try:
                pixels = read_image(self._paths[index])
            except ImageTooLargeError:
                pixels = None
            if pixels is not None:
                self._current = Frame(pixels, self._times_s[index], index)
                break
            index -= 1
        return self._current

    def close(self) -> None:
        self._current = None
