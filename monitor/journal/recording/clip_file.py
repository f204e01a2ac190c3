"""An MP4 file made of encoded packets: it begins with a key frame, and an edit list hides what is not to be seen.

While it is written it is fragmented, a second each, so that what the power cuts off can still be played; closed, it is
one of the usual kind, which all players know (FFmpeg's `hybrid_fragmented`).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.container import InputContainer
from av.packet import Packet

from engines.errors import UserError
from monitor.sources.encoded import EncodedPacket, VideoFormat

TICKS = 90_000
"""A second."""

_OPTIONS = {
    "movflags": "hybrid_fragmented+delay_moov",
    "frag_duration": "1000000",
    "movie_timescale": str(TICKS),
    "flush_packets": "1",
}
_USUAL_S = 0.04
_PLACE = "seconds into the drive: "


class ClipFile:
    """A clip that is being written; close it. Memory holds one fragment, and some bytes a frame.

    Attributes:
        start_s: when it begins, seconds of the packets' clock: at a frame.
        end_s: when what was written so far ends.
        bytes: of all packets so far.
    """

    def __init__(self, path: Path, start_s: float, packets: Sequence[EncodedPacket], zero_s: float = 0.0) -> None:
        """Begin with a key packet and those that follow it.

        Args:
            path: of a file that is there; it is written anew.
            start_s: from when on it is shown; from the key packet's frame where that is later.
            packets: at least one.
            zero_s: from where its drive's seconds count; so that a clip which was cut off tells its place in it.

        Raises:
            OSError: when the disk does not take it.
            UserError, av.FFmpegError, ValueError: when it cannot be packed into MP4.
        """
        self._format = packets[0].format
        first_s = packets[0].shown_s
        self.start_s = max(
            [first_s, *(packet.shown_s for packet in packets if packet.shown_s <= start_s + 0.5 / TICKS)]
        )
        self.end_s, self.bytes = self.start_s, 0
        self._path = path
        self._decoded: int | None = None
        self._template = av.open(io.BytesIO(self._format.header))
        try:
            self._container = av.open(str(path), "w", format="mp4", options=_OPTIONS)
        except BaseException:
            self._template.close()
            raise
        try:
            self._container.metadata["comment"] = f"{_PLACE}{self.start_s - zero_s:.6f}"
            self._stream = self._container.add_stream_from_template(self._template.streams.video[0], opaque=True)
            self._stream.time_base = Fraction(1, TICKS)
            for packet in packets:
                self.add(packet)
        except BaseException:
            self.let_go()
            raise

    @property
    def format(self) -> VideoFormat:
        """Of the packets."""
        return self._format

    def add(self, packet: EncodedPacket) -> None:
        """Write a packet of the same format. Raises `OSError`, `UserError`."""
        shown, decoded = self._ticks(packet.shown_s), self._ticks(packet.decoded_s)
        # A stream's clock may be put right; in a file, time only goes on.
        if self._decoded is not None and decoded <= self._decoded:
            decoded = self._decoded + 1
        self._decoded = decoded
        copy = Packet(packet.data)
        copy.pts, copy.dts, copy.time_base = max(shown, decoded), decoded, Fraction(1, TICKS)
        duration_s = packet.duration_s or _USUAL_S
        copy.duration, copy.is_keyframe, copy.stream = round(duration_s * TICKS), packet.is_key, self._stream
        try:
            self._container.mux(copy)
        except (av.FFmpegError, ValueError) as error:
            if isinstance(error, OSError):
                raise
            raise UserError(f"cannot record {self._format.codec} video: {error}") from error
        self.end_s = max(self.end_s, packet.shown_s + duration_s)
        self.bytes += len(packet.data)

    def close(self, end_s: float | None = None) -> tuple[float, float]:
        """Complete the file; what it shows, seconds of the packets' clock: up to `end_s` where it has more.

        Raises:
            OSError: when the disk does not take it.
            av.FFmpegError, ValueError: when it cannot be completed.
        """
        try:
            self._container.close()
        finally:
            self._template.close()
        if end_s is not None and end_s < self.end_s - 0.5 / TICKS:
            self.end_s = max(self.start_s, end_s)
            with self._path.open("r+b") as file:
                _limit(file, self._ticks(self.end_s))
        return self.start_s, self.end_s

    def let_go(self) -> None:
        """Close what is open, whatever becomes of the file."""
        with suppress(av.FFmpegError, OSError, ValueError):
            self.close()

    def _ticks(self, time_s: float) -> int:
        return round((time_s - self.start_s) * TICKS)


def recover(part: Path, whole: Path) -> tuple[float, float]:
    """Make a whole clip of one whose writing was cut off; what it shows, seconds since its drive began.

    Args:
        part: as it was left.
        whole: written; a file that is there is replaced.

    Raises:
        NoFrameError: when there is no frame in it.
        UserError: when there are some, of which no clip can be made.
        OSError: when it cannot be read or written.
    """
    clip: ClipFile | None = None
    packets: list[EncodedPacket] = []
    sure_s = place_s = 0.0
    problem: Exception | None = None
    try:
        with av.open(str(part)) as container:
            stream = container.streams.video[0]
            form: VideoFormat | None = None
            place_s = _place(container)
            for packet in container.demux(stream):
                if not packet.size or packet.pts is None or packet.dts is None or packet.time_base is None:
                    continue
                form = form or VideoFormat.of(stream, packet)
                tick_s = float(packet.time_base)
                # Of what is shown later, some may be missing.
                sure_s = (packet.dts + (packet.duration or 0)) * tick_s
                packets.append(
                    EncodedPacket(
                        bytes(packet), packet.pts * tick_s, packet.dts * tick_s, (packet.duration or 0) * tick_s,
                        packet.is_keyframe, form,
                    )
                )  # fmt: skip
                if clip is None and packets[-1].decoded_s >= 0.0:  # all that is shown sooner is there
                    clip, packets = ClipFile(whole, 0.0, packets, -place_s), []
                elif clip is not None:
                    clip.add(packets.pop())
    except OSError:  # also one of FFmpeg's: the disk's fault says nothing of what is in the file
        if clip is not None:
            clip.let_go()
        raise
    except (av.FFmpegError, IndexError, ValueError, UserError) as error:
        problem = error  # what came before it is good
    if clip is None and not any(packet.shown_s >= 0.0 for packet in packets):
        raise NoFrameError(f"{part} has no frame that was to be shown: {problem or 'it ends sooner'}") from problem
    try:
        clip = clip or ClipFile(whole, 0.0, packets, -place_s)
        start_s, end_s = clip.close(sure_s)
    except (av.FFmpegError, ValueError) as error:
        if isinstance(error, OSError):
            raise
        raise UserError(f"no clip can be made of {part}: {error}") from error
    return place_s + start_s, place_s + end_s


def begins_s(path: Path) -> float | None:
    """Where in its drive a file that `ClipFile` wrote begins, seconds; None of any other file. Raises `OSError`."""
    try:
        with av.open(str(path)) as container:
            return _place(container) if container.metadata.get("comment", "").startswith(_PLACE) else None
    except OSError:
        raise
    except (av.FFmpegError, ValueError):
        return None


def duration_s(path: Path) -> float:
    """Of a whole clip. Raises `OSError`, `av.FFmpegError`."""
    with av.open(str(path)) as container:
        return (container.duration or 0) / av.time_base


class NoFrameError(UserError):
    """A file has nothing to be seen in it."""


def _place(container: InputContainer) -> float:
    """Where in its drive a clip begins, seconds; 0.0 where it does not say."""
    with suppress(ValueError):
        return float(container.metadata.get("comment", "").removeprefix(_PLACE))
    return 0.0


def _limit(file: BinaryIO, ticks: int) -> None:
    """Have a file end sooner: the durations in its header, and in its edit list, which has one entry."""
    end = file.seek(0, 2)
    for kind, place, size in _boxes(file, 0, end):
        if kind != b"moov":
            continue
        for inner, at, length in _boxes(file, place, place + size):
            if inner == b"mvhd":
                _write_duration(file, at, ticks, version_0=16, version_1=24)
            elif inner == b"trak":
                for part, where, long in _boxes(file, at, at + length):
                    if part == b"tkhd":
                        _write_duration(file, where, ticks, version_0=20, version_1=28)
                    elif part == b"edts":
                        for _, entry, _ in _boxes(file, where, where + long):
                            _write_duration(file, entry, ticks, version_0=8, version_1=8)


def _boxes(file: BinaryIO, place: int, end: int) -> list[tuple[bytes, int, int]]:
    """The boxes from a place in an MP4 on: kind, place and size of their content."""
    found = []
    while place + 8 <= end:
        file.seek(place)
        size, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            (size,), head = struct.unpack(">Q", file.read(8)), 16
        size = size or end - place
        if size < head:
            break
        found.append((kind, place + head, size - head))
        place += size
    return found


def _write_duration(file: BinaryIO, place: int, ticks: int, *, version_0: int, version_1: int) -> None:
    """Write the duration of a box's content, whose version says where it is and how wide."""
    file.seek(place)
    version = file.read(1)[0]
    file.seek(place + (version_1 if version else version_0))
    file.write(struct.pack(">Q" if version else ">I", ticks))
