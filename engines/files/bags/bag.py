"""What every bag is: topics, their messages in the order in which they were logged, and the clock that they are on."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.errors import UserError, one_line
from engines.files.regular_file import require_regular
from engines.notice import NoticeText

if TYPE_CHECKING:
    from typing_extensions import Self

MCAP_MAGIC = b"\x89MCAP0\r\n"

ROS_METADATA = "metadata.yaml"
"""The file by which a folder is a rosbag2."""

_ROS_SUFFIXES = frozenset({".db3", ".bag"})
_NS = 1_000_000_000
_OTHER_CLOCK_NS = 5 * _NS
"""Headers of two topics that are further apart than the log is are not of one clock."""


@dataclass(frozen=True)
class Topic:
    """A topic of a bag.

    Attributes:
        name: such as ``/camera/image_raw/compressed``.
        type: of its messages, as ROS and Foxglove write it, without ROS 2's ``msg/``: ``sensor_msgs/CompressedImage``.
        messages: how many it has; None where the bag does not say.
        encoding: of its messages: ``cdr``, ``ros1``, ``protobuf``, ``json``, …
    """

    name: str
    type: str
    messages: int | None
    encoding: str


@dataclass(frozen=True, eq=False)
class BagMessage:
    """A message of a topic.

    Attributes:
        logged_ns: when it was written, nanoseconds of the recorder's clock.
        content: its fields; see `field_of`.
    """

    logged_ns: int
    content: Any


class Bag(ABC):
    """A bag; a context manager. Not for more than one thread.

    Attributes:
        path: a file, or a folder of a rosbag2.
        topics: by name.
        span_ns: when its first and its last message were logged; None where it does not say.
        notices: what the user should know of it.
    """

    path: Path
    topics: tuple[Topic, ...]
    span_ns: tuple[int, int] | None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[NoticeText] = []

    def messages(self, topic: Topic, from_ns: int | None = None) -> Iterator[BagMessage]:
        """A topic's messages in the order of logging, those from `from_ns` on; it ends where no more can be read.

        Raises:
            UserError: for messages of a type that cannot be read.
        """
        try:
            yield from self._read(topic, from_ns)
        except UserError:
            raise
        except Exception as error:  # damaged bytes raise whatever the libraries, their codecs and decoders raise
            self.note("cannot be read to its end: {reason}", reason=one_line(error))

    @abstractmethod
    def _read(self, topic: Topic, from_ns: int | None) -> Iterator[BagMessage]:
        """As `messages`; it raises where no more can be read."""

    @abstractmethod
    def close(self) -> None:
        """Close the file; a second call does nothing."""

    def topic(self, name: str) -> Topic:
        """A topic by its name. Raises `UserError` where there is none, which names those that there are."""
        found = next((topic for topic in self.topics if topic.name == name or topic.name == f"/{name}"), None)
        if found is None:
            names = ", ".join(topic.name for topic in self.topics[:20])
            raise UserError(f"{self.path} has no topic {name}; it has {names or 'none'}")
        return found

    def note(self, pattern: str, **parameters: str | float | Path) -> None:
        """Say something once, in a line for people."""
        notice = NoticeText(pattern, **parameters)
        if notice not in self.notices:
            self.notices.append(notice)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class TopicClock:
    """Places a topic's messages on the clock of the drive's images, which begins with the first image.

    A message's time is that of its header, when the image was taken or the speed measured, if the topic's first message
    has one; else of when it was logged.
    """

    def __init__(self, first: BagMessage, origin: TopicClock | None = None) -> None:
        """Begin.

        Args:
            first: the topic's first message.
            origin: the clock of the images; None for their own.
        """
        stamp_ns = _stamp_ns(first.content)
        self.offset_ns = 0 if stamp_ns is None else stamp_ns - first.logged_ns
        self.has_stamps = stamp_ns is not None
        if origin is not None and self.has_stamps and abs(self.offset_ns - origin.offset_ns) > _OTHER_CLOCK_NS:
            self.has_stamps = False
        if origin is None:
            self._origin_logged_ns = first.logged_ns
            self._origin_ns = first.logged_ns if stamp_ns is None else stamp_ns
        else:
            self._origin_logged_ns = origin._origin_logged_ns
            # Headers of both are of one clock, or neither's are used.
            self._origin_ns = origin._origin_ns if origin.has_stamps else origin._origin_logged_ns

    def time_s(self, message: BagMessage) -> float:
        """Seconds since the first image."""
        stamp_ns = _stamp_ns(message.content) if self.has_stamps else None
        if stamp_ns is None:
            return (message.logged_ns - self._origin_logged_ns) / _NS
        return (stamp_ns - self._origin_ns) / _NS


def field_of(content: Any, path: str) -> Any:
    """A field of a message, or of a message in it by dots: ``twist.linear.x``; None where there is none."""
    for name in path.split("."):
        content = content.get(name) if isinstance(content, Mapping) else getattr(content, name, None)
        if content is None:
            return None
    return content


def is_bag(path: Path) -> bool:
    """Whether a file or folder is a bag, by its name or its first bytes."""
    try:
        if path.is_dir():
            return (path / ROS_METADATA).is_file()
        if path.suffix.lower() in _ROS_SUFFIXES | {".mcap"}:
            return path.is_file()
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(MCAP_MAGIC)) == MCAP_MAGIC
    except (OSError, ValueError):
        return False


def open_bag(path: Path) -> Bag:
    """Open a bag.

    Raises:
        UserError: where the extra ``formats`` is not installed, or what is there is no bag that can be read.
    """
    try:
        if path.is_dir() or path.suffix.lower() in _ROS_SUFFIXES:
            from engines.files.bags.ros_bag import RosBag

            if not path.is_dir():
                require_regular(path, "bag")
            return RosBag(path)
        from engines.files.bags.mcap_bag import McapBag

        require_regular(path, "bag")
        return McapBag(path)
    except ImportError as error:
        raise UserError(
            NoticeText(
                "{path} is a bag, which needs more packages: install the extra 'formats' (uv sync --extra formats)",
                path=path,
            )
        ) from error


def unreadable(path: Path, error: Exception) -> UserError:
    """What is said of a bag that cannot be read."""
    return UserError(
        NoticeText(
            "{path} cannot be read as a bag: {reason}: record or copy it again", path=path, reason=one_line(error)
        )
    )


def plain_type(name: str) -> str:
    """A type's name as ROS 1 writes it: ROS 2 has ``msg/`` in between."""
    return name.replace("/msg/", "/")


def _stamp_ns(content: Any) -> int | None:
    """A message's own time; None where it has none, or 0, which recorders write for an unknown one."""
    for path in ("header.stamp", "timestamp", "stamp"):
        stamp = field_of(content, path)
        if stamp is None:
            continue
        for seconds, parts in (("sec", "nanosec"), ("sec", "nsec"), ("secs", "nsecs"), ("seconds", "nanos")):
            whole, rest = field_of(stamp, seconds), field_of(stamp, parts)
            if _is_count(whole) and _is_count(rest):
                return int(whole) * _NS + int(rest) or None
    return None


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0 <= value < 1 << 62
