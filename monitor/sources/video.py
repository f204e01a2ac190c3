"""A video file as a source."""

from __future__ import annotations

from pathlib import Path

from engines.files.printable import printable
from engines.files.video import VideoFile, open_video
from engines.notice import NoticeText
from monitor.sources.frame import Frame, Source

_MEASURED_BYTES = 256_000_000
"""A larger file is not read to its end to learn how long it is."""


class VideoSource(Source):
    """A video file, every frame in order, timed from its first frame."""

    def __init__(
        self, path: Path, *, name: str | None = None, fps: float | None = None, track: int | None = None
    ) -> None:
        """Open the file and decode its first frame.

        Args:
            path: of the file.
            name: for people; the file's when left out.
            fps: frames a second of a file that has no clock.
            track: the video track, from 1; the first when left out.

        Raises:
            UserError: when there is no frame to be had, or no clock.
        """
        super().__init__()
        self.path = path
        self.name = name or printable(path.name)
        self._video = open_video(path, fps, track)
        self.fps = self._video.frame_rate
        self._frames = iter(self._video)
        self._noted = 0

    @property
    def duration(self) -> float | None:
        """Seconds, found in the file; None for a large one, which would be read to its end, and one that is gone."""
        try:
            size = self.path.stat().st_size
        except OSError:  # its frames can still be read
            return None
        return self._video.duration_s if size <= _MEASURED_BYTES else None

    def read(self) -> Frame | None:
        frame = next(self._frames, None)
        self._take_video_notices(self._video)
        return None if frame is None else Frame(frame.pixels, frame.time_s, frame.index)

    def close(self) -> None:
        self._video.close()

    def _take_video_notices(self, video: VideoFile) -> None:
        new, self._noted = video.notices[self._noted :], len(video.notices)
        self._notices.extend(NoticeText("{name}: {what}", name=self.name, what=notice.text) for notice in new)
