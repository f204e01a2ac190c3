"""The video of a source as it was encoded, for whoever records it: packets, beside the frames that are classified."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import av
from av.packet import Packet
from av.video.stream import VideoStream

from monitor.sources.frame import Frame

logger = logging.getLogger(__name__)

COPIED = frozenset({"h264", "hevc", "mjpeg"})
"""Codecs whose packets are handed on as they are; of all others the frames are."""

_FAR_S = 0.5
_FOLLOWS = 0.02


@dataclass(frozen=True)
class VideoFormat:
    """What a decoder must know before the first packet.

    Attributes:
        codec: its name, as FFmpeg's.
        header: a NUT file with one frame, from which `av` opens a stream of the same parameters.
    """

    codec: str
    header: bytes

    @classmethod
    def of(cls, stream: VideoStream, key: Packet[VideoStream]) -> VideoFormat:
        """The format of a stream of which a key packet is at hand."""
        file = io.BytesIO()
        with av.open(file, "w", format="nut") as container:
            copy = container.add_stream_from_template(stream, opaque=True)
            packet = Packet(bytes(key))
            packet.pts = packet.dts = 0
            packet.time_base, packet.is_keyframe, packet.stream = key.time_base, True, copy
            container.mux(packet)
        return cls(stream.codec_context.codec.canonical_name, file.getvalue())


@dataclass(frozen=True, eq=False)
class EncodedPacket:
    """One encoded frame. Packets come in the order of decoding.

    Attributes:
        data: its bytes.
        shown_s, decoded_s: when its frame is shown and decoded, seconds of the clock that `Frame.time` is of.
        duration_s: how long it is shown; 0.0 where nobody says.
        is_key: whether decoding can begin with it.
        format: of it and of all that follow with the same one.
    """

    data: bytes
    shown_s: float
    decoded_s: float
    duration_s: float
    is_key: bool
    format: VideoFormat


class Tap(Protocol):
    """Takes what a source gives, in the thread that reads it; must not wait.

    It gets packets of a source that has them, else the frames that are to be encoded.
    """

    def packet(self, packet: EncodedPacket) -> None: ...

    def frame(self, frame: Frame) -> None: ...

    def fail(self, problem: str) -> None:
        """It gets no more, since what it was to get could not be made or taken."""
        ...


class GuardedTap:
    """Hands all on to another tap, which gets no more once it has failed: no recording costs a camera's frames."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._has_failed = False

    def packet(self, packet: EncodedPacket) -> None:
        self._guarded(lambda: self._tap.packet(packet))

    def frame(self, frame: Frame) -> None:
        self._guarded(lambda: self._tap.frame(frame))

    def fail(self, problem: str) -> None:
        self._has_failed = True
        self._tap.fail(problem)

    def _guarded(self, hand_on: Callable[[], None]) -> None:
        if self._has_failed:
            return
        try:
            hand_on()
        except Exception as error:
            logger.error("what is recorded cannot be taken", exc_info=True)
            self.fail(f"{type(error).__name__}: {error}")


class PacketReader:
    """Makes `EncodedPacket`s of a stream's packets, from the first key packet on."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._format: VideoFormat | None = None
        self._has_failed = False

    def hand_on(self, packet: Packet[VideoStream], shown_s: float, decoded_s: float) -> None:
        """Hand a packet to the tap, with its times. After one that cannot be handed on there are no more."""
        if self._has_failed:
            return
        try:
            self._hand_on(packet, shown_s, decoded_s)
        except Exception as error:  # whatever it is, the stream is read on
            logger.error("a stream's packets cannot be recorded", exc_info=True)
            self._has_failed = True
            self._tap.fail(f"{type(error).__name__}: {error}")

    def _hand_on(self, packet: Packet[VideoStream], shown_s: float, decoded_s: float) -> None:
        if self._format is None:
            if not packet.is_keyframe:
                return
            self._format = VideoFormat.of(packet.stream, packet)
        tick_s = 0.0 if packet.time_base is None else float(packet.time_base)
        duration_s = (packet.duration or 0) * tick_s
        self._tap.packet(EncodedPacket(bytes(packet), shown_s, decoded_s, duration_s, packet.is_keyframe, self._format))


class LiveTimes:
    """Places a live stream's own clock on that of its frames: evenly, where they arrive with the network's jitter."""

    def __init__(self) -> None:
        self._offset_s: float | None = None

    def at(self, own_s: float, taken_s: float) -> float:
        """What is to be added to the stream's times, seconds, given a packet's own time and when it was taken."""
        error_s = taken_s - own_s - (self._offset_s or 0.0)
        if self._offset_s is None or abs(error_s) > _FAR_S:
            self._offset_s = taken_s - own_s
        else:
            self._offset_s += _FOLLOWS * error_s
        return self._offset_s


def is_copied(stream: VideoStream) -> bool:
    """Whether a stream's packets can be handed on as they are."""
    return stream.codec_context is not None and stream.codec_context.name in COPIED
