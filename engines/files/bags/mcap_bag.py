"""MCAP files, by their own library: messages in ROS 2's CDR, Protobuf and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mcap.exceptions import McapError
from mcap.reader import NonSeekingReader, SeekingReader
from mcap.records import Channel, Schema
from mcap.summary import Summary
from mcap_protobuf.decoder import DecoderFactory as ProtobufDecoders
from mcap_ros2.decoder import DecoderFactory as Ros2Decoders

from engines.errors import UserError, reason
from engines.files.bags.bag import Bag, BagMessage, Topic, plain_type, unreadable
from engines.notice import NoticeText

_MOST_BYTES = 512 << 20
"""Of one record: a chunk of a recorder has some megabytes."""

_SCANNED_MESSAGES = 2_000
"""Of a file that was broken off, whose topics are at its end: so many tell them."""

_Decode = Callable[[bytes], Any]


class McapBag(Bag):
    """An MCAP file. Where its index is missing, since the recorder was cut off, it is read from the beginning."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises `UserError` for what is no MCAP file."""
        super().__init__(path)
        self._factories = (Ros2Decoders(), ProtobufDecoders())
        self._decoders: dict[int, _Decode] = {}
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise UserError(NoticeText("cannot read {path}: {reason}", path=path, reason=reason(error))) from error
        try:
            self._summary = self._read_summary()
            channels = self._channels_by_scan() if self._summary is None else self._channels(self._summary)
        except BaseException as error:
            self._file.close()
            if isinstance(error, Exception) and not isinstance(error, UserError):
                # Damaged bytes raise whatever the library, its codecs and its decoders raise.
                raise unreadable(path, error) from error
            raise
        counts = {} if self._summary is None or self._summary.statistics is None else _counts(self._summary)
        topics: dict[str, Topic] = {}
        for channel, schema in channels:
            count = counts.get(channel.topic) if counts else None
            name = "" if schema is None else plain_type(schema.name)
            topics.setdefault(channel.topic, Topic(channel.topic, name, count, channel.message_encoding))
        self.topics = tuple(sorted(topics.values(), key=lambda topic: topic.name))
        statistics = None if self._summary is None else self._summary.statistics
        self.span_ns = None if statistics is None else (statistics.message_start_time, statistics.message_end_time)

    def _read(self, topic: Topic, from_ns: int | None) -> Iterator[BagMessage]:
        for schema, channel, message in self._raw(topic, from_ns):
            yield BagMessage(message.log_time, self._decoder(schema, channel)(message.data))

    def close(self) -> None:
        self._file.close()

    def _raw(self, topic: Topic, from_ns: int | None) -> Iterator[tuple[Schema | None, Channel, Any]]:
        if self._summary is not None and self._summary.chunk_indexes:
            self._file.seek(0)
            reader = SeekingReader(self._file, record_size_limit=_MOST_BYTES)
            yield from reader.iter_messages([topic.name], starting_at=from_ns)
        else:
            yield from self._linear().iter_messages([topic.name], starting_at=from_ns, log_time_order=False)

    def _linear(self) -> NonSeekingReader:
        self._file.seek(0)
        return NonSeekingReader(self._file, record_size_limit=_MOST_BYTES)

    def _read_summary(self) -> Summary | None:
        """What stands at the file's end; None where it is missing."""
        reader = SeekingReader(self._file, record_size_limit=_MOST_BYTES)  # which refuses what is no MCAP file
        try:
            summary = reader.get_summary()
        except Exception:  # of whatever type: its bytes are not those of an end
            summary = None
        return summary if summary is not None and summary.channels else None

    @staticmethod
    def _channels(summary: Summary) -> list[tuple[Channel, Schema | None]]:
        return [(channel, summary.schemas.get(channel.schema_id)) for channel in summary.channels.values()]

    def _channels_by_scan(self) -> list[tuple[Channel, Schema | None]]:
        """Topics of a file without an index: those of its first messages."""
        found: dict[int, tuple[Channel, Schema | None]] = {}
        try:
            for number, (schema, channel, _) in enumerate(self._linear().iter_messages(log_time_order=False)):
                found.setdefault(channel.id, (channel, schema))
                if number >= _SCANNED_MESSAGES:
                    break
        except Exception:  # the end of what is there, however it shows
            if not found:
                raise
        if not found:
            raise McapError("there is no message in it")
        self.note("has no index, as where a recorder was cut off: it is read from its beginning")
        return list(found.values())

    def _decoder(self, schema: Schema | None, channel: Channel) -> _Decode:
        decoder = self._decoders.get(channel.id)
        if decoder is None:
            decoder = next(
                (
                    found
                    for factory in self._factories
                    if (found := factory.decoder_for(channel.message_encoding, schema)) is not None
                ),
                None,
            )
            if decoder is None and channel.message_encoding == "json":
                decoder = json.loads
            if decoder is None:
                kind = channel.message_encoding or "unknown"
                raise UserError(
                    f"{self.path}: the messages of {channel.topic} are encoded as {kind}"
                    f"{'' if schema is None else f' ({schema.encoding})'}: ROS 2 (ros2msg), Protobuf and JSON are read"
                )
            self._decoders[channel.id] = decoder
        return decoder


def _counts(summary: Summary) -> dict[str, int]:
    counts: dict[str, int] = {}
    assert summary.statistics is not None
    for number, channel in summary.channels.items():
        counts[channel.topic] = counts.get(channel.topic, 0) + summary.statistics.channel_message_counts.get(number, 0)
    return counts
