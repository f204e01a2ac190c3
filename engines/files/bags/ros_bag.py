"""ROS bags, by `rosbags`, which needs no ROS: rosbag2 in SQLite and MCAP, a ``.db3`` alone, and ROS 1's ``.bag``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from engines.errors import UserError
from engines.files.bags.bag import Bag, BagMessage, Topic, plain_type, unreadable

# Types of images and videos that ROS itself does not have, for bags that do not hold their definitions (SQLite's did
# not before ROS 2 Iron): foxglove_msgs, and ffmpeg_image_transport_msgs.
DEFINITIONS = {
    "foxglove_msgs/msg/CompressedVideo": (
        "builtin_interfaces/Time timestamp\nstring frame_id\nuint8[] data\nstring format\n"
    ),
    "foxglove_msgs/msg/CompressedImage": (
        "builtin_interfaces/Time timestamp\nstring frame_id\nuint8[] data\nstring format\n"
    ),
    "foxglove_msgs/msg/RawImage": (
        "builtin_interfaces/Time timestamp\nstring frame_id\nuint32 width\nuint32 height\nstring encoding\n"
        "uint32 step\nuint8[] data\n"
    ),
    "ffmpeg_image_transport_msgs/msg/FFMPEGPacket": (
        "std_msgs/Header header\nint32 width\nint32 height\nstring encoding\nuint64 pts\nuint8 flags\n"
        "bool is_bigendian\nuint8[] data\n"
    ),
}


def known_types() -> Typestore:
    """The messages of ROS 2, with those of `DEFINITIONS`."""
    store = get_typestore(Stores.LATEST)
    for name, definition in DEFINITIONS.items():
        store.register(get_types_from_msg(definition, name))
    return store


class RosBag(Bag):
    """A rosbag2 folder, or one file of it, or a ROS 1 bag."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises `UserError` for what is no such bag."""
        super().__init__(path)
        self._reader: AnyReader | None = None
        try:
            self._reader = AnyReader([path], default_typestore=known_types())
            self._reader.open()
            topics = [
                Topic(name, plain_type(info.msgtype or ""), info.msgcount, "cdr" if self._reader.is2 else "ros1")
                for name, info in self._reader.topics.items()
            ]
            span = self._reader.start_time, max(self._reader.start_time, self._reader.end_time - 1)
        except Exception as error:  # damaged bytes raise whatever SQLite, YAML, MCAP and the parsers raise
            self._reader = None
            raise unreadable(path, error) from error
        self.topics = tuple(topics)
        self.span_ns = span if any(topic.messages for topic in topics) else None

    def _read(self, topic: Topic, from_ns: int | None) -> Iterator[BagMessage]:
        reader = self._reader
        if reader is None:
            return
        connections = [connection for connection in reader.connections if connection.topic == topic.name]
        for connection, logged_ns, data in reader.messages(connections, start=from_ns):
            yield BagMessage(logged_ns, self._content(reader, data, connection.msgtype))

    def close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _content(self, reader: AnyReader, data: bytes, kind: str) -> Any:
        if kind not in reader.typestore.fielddefs:
            raise UserError(f"{self.path}: messages of type {kind} cannot be read: the bag lacks their definition")
        return reader.deserialize(data, kind)
