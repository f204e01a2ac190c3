"""Any moment of a bag."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

from engines.errors import UserError
from engines.files.bags import open_bag
from engines.files.printable import printable
from monitor.sources.bags.image_topic import ImageTopic, TopicFrame, choose_topic
from monitor.sources.frame import Frame
from monitor.sources.random_access import RecordingReader

_SAME_S = 1e-4
_USUAL_STEP_S = 0.1


class BagReader(RecordingReader):
    """The images of one topic; its messages are listed once, without decoding them."""

    def __init__(self, path: Path, topic: str | int | None = None) -> None:
        """Open it. Raises `UserError` where there is no image to be had."""
        self._bag = open_bag(path)
        try:
            self._images = ImageTopic(self._bag, choose_topic(self._bag, topic))
            self._moments = self._images.moments()
            if not any(moment.can_begin for moment in self._moments):
                raise UserError(f"{path}: the topic {self._images.topic.name} has no image to begin with")
        except BaseException:
            self._bag.close()
            raise
        self.name = f"{printable(path.name)} {printable(self._images.topic.name)}"
        last_s = self._moments[-1].time_s
        self.step_s = last_s / (len(self._moments) - 1) if len(self._moments) > 1 else _USUAL_STEP_S
        self.duration_s = last_s + self.step_s
        self._times_s = [moment.time_s for moment in self._moments]
        self._frames: Iterator[TopicFrame] = iter(())
        self._current: TopicFrame | None = None
        self._next: TopicFrame | None = None

    def frame_at(self, time_s: float) -> Frame | None:
        wanted = max(0, bisect_right(self._times_s, time_s + _SAME_S) - 1)
        begin = next((at for at in range(wanted, -1, -1) if self._moments[at].can_begin), None)
        if begin is None:  # before the first that can be decoded
            begin = next(at for at, moment in enumerate(self._moments) if moment.can_begin)
        wanted_s, begin_s = self._times_s[wanted], self._times_s[begin]
        if self._current is None or not begin_s <= self._current.time_s <= wanted_s + _SAME_S:
            self._enter(begin)
        while self._next is not None and self._next.time_s <= wanted_s + _SAME_S:
            self._current, self._next = self._next, next(self._frames, None)
        if self._current is None:
            return None
        index = max(0, bisect_right(self._times_s, self._current.time_s + _SAME_S) - 1)
        return Frame(self._current.pixels, self._current.time_s, index)

    def close(self) -> None:
        self._frames, self._current, self._next = iter(()), None, None
        self._bag.close()

    def _enter(self, begin: int) -> None:
        """Go to the first image from a message on that can be decoded."""
        self._current, self._frames = None, self._images.frames(self._moments[begin])
        self._current, self._next = next(self._frames, None), None
        if self._current is not None:
            self._next = next(self._frames, None)
        while self._current is None and begin > 0:  # what is there is damaged: the one before it holds
            begin = next((at for at in range(begin - 1, -1, -1) if self._moments[at].can_begin), -1)
            if begin < 0:
                return
            self._frames = self._images.frames(self._moments[begin])
            self._current, self._next = next(self._frames, None), None
            if self._current is not None:
                self._next = next(self._frames, None)
