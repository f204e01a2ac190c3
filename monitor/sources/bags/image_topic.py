"""The images of a bag's topic: which topics have some, and from a message to pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from engines.errors import UserError
from engines.files.bags import Bag, BagMessage, Topic, TopicClock, field_of, image_topics
from engines.files.bags.image_types import COMPRESSED, VIDEO
from engines.files.image_size import MAX_PIXELS
from engines.files.images import ImageTooLargeError, decode_image
from engines.files.video.pixels import ShownFrame
from monitor.sources.bags.raw_image import raw_image
from monitor.sources.capture import silence_opencv

_CODECS = {"h264": "h264", "h265": "hevc", "hevc": "hevc", "vp8": "vp8", "vp9": "vp9", "av1": "av1", "mjpeg": "mjpeg"}

_MICROSECOND = Fraction(1, 1_000_000)


@dataclass(frozen=True, eq=False)
class TopicFrame:
    """An image: (H, W, 3) uint8 RGB, and seconds since the topic's first."""

    pixels: NDArray[np.uint8]
    time_s: float


@dataclass(frozen=True)
class TopicMoment:
    """A message of an image topic that was not decoded.

    Attributes:
        logged_ns: when it was logged.
        time_s: of its image.
        can_begin: whether decoding can begin with it.
    """

    logged_ns: int
    time_s: float
    can_begin: bool


def choose_topic(bag: Bag, name: str | int | None) -> Topic:
    """The topic with the driver's images.

    Args:
        bag: that has them.
        name: the topic, or its number in the order of their names, from 1; None where there is only one.

    Raises:
        UserError: where there is none, no such one, or several and none is named.
    """
    topics = image_topics(bag)
    names = ", ".join(topic.name for topic in topics)
    if not topics:
        held = ", ".join(f"{topic.name} ({topic.type or 'of no type'})" for topic in bag.topics[:8]) or "nothing"
        raise UserError(f"{bag.path} has no topic with images; it holds {held}")
    if isinstance(name, int):
        if name > len(topics):
            raise UserError(f"{bag.path} has {len(topics)} topics with images, not {name}: {names}")
        return topics[name - 1]
    if name is not None:
        topic = bag.topic(name)
        if topic not in topics:
            raise UserError(f"{bag.path}: {topic.name} ({topic.type}) has no images; those that have: {names}")
        return topic
    if len(topics) > 1:
        raise UserError(f"{bag.path} has images of {len(topics)} topics: name the driver's with --topic: {names}")
    return topics[0]


class ImageTopic:
    """Reads the images of a topic. Not for more than one thread.

    Attributes:
        topic: whose.
        clock: of the images.
        skipped: messages so far without an image that can be read, or whose time lies before that of the last.
    """

    def __init__(self, bag: Bag, topic: Topic) -> None:
        """Begin. Raises `UserError` where the topic has no message that can be read."""
        self._bag, self.topic = bag, topic
        first = next(bag.messages(topic), None)
        if first is None:
            why = f": {bag.notices[-1]}" if bag.notices else ""
            raise UserError(f"{bag.path}: the topic {topic.name} has no message that can be read{why}")
        self.clock = TopicClock(first)
        self.skipped = 0
        self.problem = ""
        self._reformatter = VideoReformatter()
        self._is_video = topic.type in VIDEO

    def frames(self, begin: TopicMoment | None = None) -> Iterator[TopicFrame]:
        """The images in order, from a moment on."""
        messages = self._bag.messages(self.topic, None if begin is None else begin.logged_ns)
        last_s = -np.inf
        for frame in self._video(messages) if self._is_video else self._stills(messages):
            if frame.time_s <= last_s:
                self.skipped += 1
                self.problem = self.problem or "time stamps that do not go ahead"
                continue
            last_s = frame.time_s
            yield frame

    def moments(self) -> list[TopicMoment]:
        """All messages whose times go ahead, without decoding their images."""
        moments: list[TopicMoment] = []
        for message in self._bag.messages(self.topic):
            time_s = self.clock.time_s(message)
            if not moments or time_s > moments[-1].time_s:
                can_begin = not self._is_video or _is_key(_codec(message.content), _data(message.content))
                moments.append(TopicMoment(message.logged_ns, time_s, can_begin))
        return moments

    def _stills(self, messages: Iterator[BagMessage]) -> Iterator[TopicFrame]:
        silence_opencv()
        for message in messages:
            pixels = self._still(message.content)
            if pixels is None:
                self.skipped += 1
                self.problem = self.problem or "no image, or a damaged one"
            else:
                yield TopicFrame(pixels, self.clock.time_s(message))

    def _still(self, content: Any) -> NDArray[np.uint8] | None:
        data = _data(content)
        if self.topic.type in COMPRESSED:
            try:
                return decode_image(data, self.topic.name)
            except ImageTooLargeError:
                return None
        try:
            return raw_image(
                data,
                int(field_of(content, "width") or 0),
                int(field_of(content, "height") or 0),
                str(field_of(content, "encoding") or ""),
                int(field_of(content, "step") or 0),
                big_endian=bool(field_of(content, "is_bigendian")),
            )
        except (TypeError, ValueError, OverflowError):  # JSON may hold anything in their place
            return None

    def _video(self, messages: Iterator[BagMessage]) -> Iterator[TopicFrame]:
        """Frames of encoded video, a frame a message, each with the time of its message."""
        decoder: VideoCodecContext | None = None
        codec = ""
        times: dict[int, float] = {}
        for number, message in enumerate(messages):
            content = message.content
            if decoder is None or _codec(content) != codec:
                yield from self._shown(decoder, None, times)
                codec = _codec(content)
                decoder = self._decoder(codec)
            data = _data(content)
            if not data:
                self.skipped += 1
                continue
            packet = Packet(data)
            packet.pts = packet.dts = number
            packet.time_base = _MICROSECOND
            times[number] = self.clock.time_s(message)
            yield from self._shown(decoder, packet, times)
        yield from self._shown(decoder, None, times)

    def _decoder(self, codec: str) -> VideoCodecContext:
        try:
            decoder = av.CodecContext.create(codec, "r")
        except (ValueError, av.FFmpegError) as error:
            raise UserError(
                f"{self._bag.path}: the video of {self.topic.name} is {codec or 'of no codec'}, which is not read;"
                f" what is: {', '.join(_CODECS)}"
            ) from error
        assert isinstance(decoder, VideoCodecContext)
        decoder.options = {"max_pixels": str(MAX_PIXELS)}
        return decoder

    def _shown(
        self, decoder: VideoCodecContext | None, packet: Packet[Any] | None, times: dict[int, float]
    ) -> Iterator[TopicFrame]:
        if decoder is None:
            return
        try:
            pictures = decoder.decode(packet)
        except av.error.EOFError:
            return
        except av.FFmpegError:
            self.skipped += 1
            self.problem = self.problem or "video that cannot be decoded"
            return
        for picture in pictures:
            time_s = times.pop(picture.pts, None) if picture.pts is not None else None
            if time_s is not None:
                shown = ShownFrame(picture, time_s, picture.is_corrupt, round(picture.rotation / 90) % 4)
                yield TopicFrame(shown.pixels(self._reformatter), time_s)


def _data(content: Any) -> bytes:
    """The bytes of a message's image; JSON has them in Base64."""
    data = field_of(content, "data")
    if isinstance(data, str):
        import base64

        try:
            return base64.b64decode(data, validate=False)
        except ValueError:
            return b""
    if isinstance(data, bytes | bytearray | memoryview | np.ndarray):
        return bytes(data)
    try:
        return bytes(data) if data is not None and not isinstance(data, int) else b""
    except (TypeError, ValueError):
        return b""


def _codec(content: Any) -> str:
    """The codec of a video message, as FFmpeg names it; FFMPEGPacket has pixel formats behind it."""
    name = str(field_of(content, "format") or field_of(content, "encoding") or "").split(";")[0].strip().lower()
    return _CODECS.get(name, name if name in ("h264", "hevc") else "")


def _is_key(codec: str, data: bytes) -> bool:
    """Whether decoding can begin with a video message: H.264 and HEVC say so in a NAL unit, others at the beginning."""
    if codec in ("h264", "hevc"):
        at = data.find(b"\0\0\1")
        while 0 <= at < len(data) - 3:
            head = data[at + 3]
            kind = head & 0x1F if codec == "h264" else (head >> 1) & 0x3F
            if kind == 5 if codec == "h264" else 16 <= kind <= 21:
                return True
            if 1 <= kind <= 4 if codec == "h264" else kind < 16:
                return False
            at = data.find(b"\0\0\1", at + 3)
        return False
    if codec == "vp8":
        return bool(data) and not data[0] & 1
    if codec == "vp9":
        return len(data) > 1 and data[0] >> 6 == 2 and not data[0] & 0b0000_1100
    if codec == "av1":
        return b"\x0a" in data[:16]  # a sequence header is there
    return True
