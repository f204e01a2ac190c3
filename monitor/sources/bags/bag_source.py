"""A bag as a source: MCAP, rosbag2, ROS 1."""

from __future__ import annotations

from pathlib import Path

from engines.errors import UserError
from engines.files.bags import open_bag
from engines.files.printable import printable
from engines.notice import NoticeText
from monitor.sources.bags.image_topic import ImageTopic, TopicFrame, choose_topic
from monitor.sources.encoded import Tap
from monitor.sources.frame import Frame, Source

_SLOW_S = 1.0


class BagSource(Source):
    """The images of one topic, timed from the first."""

    def __init__(
        self, path: Path, *, fps: float | None = None, topic: str | int | None = None, tap: Tap | None = None
    ) -> None:
        """Open the bag and decode its first image.

        Args:
            path: of a file, or of a rosbag2's folder.
            fps: images a second that are stated; a bag has its own times, and says so.
            topic: of the images, or its number; None where only one has some.
            tap: gets the frames.

        Raises:
            UserError: when there is no image to be had.
        """
        super().__init__()
        self.path, self._tap = path, tap
        self._bag = open_bag(path)
        try:
            self._images = ImageTopic(self._bag, choose_topic(self._bag, topic))
            self._frames = self._images.frames()
            self._next: TopicFrame | None = next(self._frames, None)
            if self._next is None:
                why = self._images.problem or "none of its messages can be decoded"
                raise UserError(f"{path}: the topic {self._images.topic.name} has no image: {why}")
        except BaseException:
            self._bag.close()
            raise
        self.name = f"{printable(path.name)} {printable(self._images.topic.name)}"
        if fps is not None:
            own = NoticeText(
                "has its own time stamps: the {fps:g} frames a second that are stated are not used", fps=fps
            )
            self.note(NoticeText("{name}: {what}", name=self.name, what=own))
        self._index, self._last_s, self._told = 0, 0.0, False
        self._is_slow = False
        self._noted = 0
        messages, duration_s = self._images.topic.messages, self.duration
        self.fps = messages / duration_s if duration_s and messages and messages > 1 else None

    @property
    def duration(self) -> float | None:
        """Seconds, from the bag's own account of when its messages were logged, with what the last image takes."""
        span, messages = self._bag.span_ns, self._images.topic.messages
        if span is None or not messages or messages < 2:
            return None
        return (span[1] - span[0]) / 1e9 * messages / (messages - 1)

    def read(self) -> Frame | None:
        found, self._next = self._next or next(self._frames, None), None
        self._take_bag_notices()
        if found is None:
            self._tell_end()
            return None
        if found.time_s - self._last_s > _SLOW_S + 1e-6 and not self._is_slow:
            self._is_slow = True
            self.note(
                NoticeText(
                    "{name}: no image from {from_s:.1f} to {to_s:.1f} s: with fewer than one a second nobody is ever "
                    "alerted",
                    name=self.name,
                    from_s=self._last_s,
                    to_s=found.time_s,
                )
            )
        self._last_s = found.time_s
        frame = Frame(found.pixels, found.time_s, self._index)
        self._index += 1
        if self._tap is not None:
            self._tap.frame(frame)
        return frame

    def close(self) -> None:
        self._frames, self._next = iter(()), None
        self._bag.close()

    def _take_bag_notices(self) -> None:
        new, self._noted = self._bag.notices[self._noted :], len(self._bag.notices)
        self._notices.extend(NoticeText("{name}: {what}", name=self.name, what=what) for what in new)

    def _tell_end(self) -> None:
        if self._images.skipped and not self._told:
            self._told = True
            self.note(
                NoticeText(
                    "{name}: messages without an image that can be used: {count} ({reason})",
                    name=self.name,
                    count=self._images.skipped,
                    reason=self._images.problem,
                )
            )
