"""The last seconds of a drive as thumbnails, so that an alert can be reviewed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from engines.driver_parts import DriverPart
from engines.prediction import Prediction
from engines.view import Mount
from monitor.evaluation.thumbnails import thumbnail_jpeg
from monitor.sources import Frame


@dataclass(frozen=True)
class Thumbnail:
    """A small image and its time, in the source's seconds."""

    time_s: float
    jpeg: bytes


class RecentFrames:
    """Keeps a few thumbnails a second."""

    def __init__(
        self,
        keeps_s: float = 4.0,
        every_s: float = 0.25,
        width: int = 400,
        part_names: Mapping[DriverPart, str] | None = None,
    ) -> None:
        """Keep `keeps_s` seconds, one of `width` pixels every `every_s` seconds.

        `part_names` as of `thumbnail_jpeg`.
        """
        self._keeps_s, self._every_s, self._width = keeps_s, every_s, width
        self._part_names = part_names
        self._stills: deque[Thumbnail] = deque()

    def add(self, frame: Frame, prediction: Prediction, mount: Mount, *, at_once: bool = False) -> None:
        """Take a frame in when it is time for one, or `at_once`."""
        if self._stills and frame.time < self._stills[-1].time_s:
            self._stills.clear()
        if self._stills and not at_once and frame.time < self._stills[-1].time_s + self._every_s - 1e-6:
            return
        jpeg = thumbnail_jpeg(frame.pixels, prediction, mount, width=self._width, part_names=self._part_names)
        self._stills.append(Thumbnail(frame.time, jpeg))
        while self._stills[0].time_s < frame.time - self._keeps_s:
            self._stills.popleft()

    def snapshot(self) -> tuple[Thumbnail, ...]:
        """What is kept, the oldest first."""
        return tuple(self._stills)
