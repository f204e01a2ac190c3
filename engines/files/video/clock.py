"""The clock of a recorded video: its time stamps, put right where a file's own are not.

A packet is one encoded frame, stamped in ticks of its track, in the order of decoding. Three things look alike there,
a clock that jumps, and are told apart by these rules:

1. *A wrong stamp*: the packet after it fits the one before. The stamp is dropped, and the frame rate fills it.
2. *Glue*, pieces that were put end to end, each with its own clock: the stamps go back, in any container; or they go
   ahead by more than `LONGEST_STEP_S` where the container's clock may begin anew (MPEG-TS and its like, as FFmpeg's
   flag says) and a new piece begins there: at a key frame and, in MPEG-TS, with packets that are not counted on from
   those before (`counters_break`). The pieces are put together, one frame's step apart.
3. *A hole*, a recorder that stood still: all other steps ahead. MP4, Matroska and AVI have one clock for the whole
   file; a recorder of MPEG-TS that pauses counts its packets on, and one whose packets were lost comes back between
   key frames. The time that passed is kept.

MPEG's stamps have 33 bits and run over every 26.5 hours: a step is the shorter way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

LONGEST_STEP_S = 10.0
"""Seconds from one packet to the next that need no explanation; FFmpeg's own limit, `-dts_delta_threshold`."""

_WRAP = 1 << 33
_MOST_REORDERED = 17
"""Steps by which a frame may be shown before one that is decoded earlier: H.264 and HEVC keep 16."""

_TS_SIZES = (188, 192, 204)
"""Bytes of an MPEG-TS packet: plain, with a time code before it, with error correction after it."""


class Stamped(Protocol):
    """A packet: when it is shown and when it is decoded, in ticks, None where the file does not say."""

    pts: int | None
    dts: int | None


PacketT = TypeVar("PacketT", bound=Stamped)
FrameT = TypeVar("FrameT")


@dataclass(frozen=True)
class ClockJump:
    """Where two pieces were put together: seconds from the first packet, and by how many seconds the stamps jumped."""

    at_s: float
    by_s: float


class PacketClock:
    """Puts the stamps of a track's packets right, in place.

    Attributes:
        jumps: where pieces were put together.
        wrong: the number of stamps that were dropped.
    """

    def __init__(
        self,
        tick_s: float,
        step_s: float,
        begins_piece: Callable[[Stamped], bool] | None = None,
        *,
        wraps: bool = False,
        by_showing: bool = False,
    ) -> None:
        """Begin at a first packet.

        Args:
            tick_s: seconds of a tick.
            step_s: seconds from one frame to the next.
            begins_piece: whether a new piece may begin with a packet; None where the container has one clock only.
            wraps: whether the stamps have MPEG's 33 bits.
            by_showing: whether the container says only when packets are shown, which goes to and fro.
        """
        self.jumps: list[ClockJump] = []
        self.wrong = 0
        self._tick_s, self._step = tick_s, max(1, round(step_s / tick_s))
        self._longest = round(LONGEST_STEP_S / tick_s)
        self._begins_piece, self._wraps, self._by_showing = begins_piece, wraps, by_showing
        self._back = max(round(1.0 / tick_s), _MOST_REORDERED * self._step) if by_showing else 0
        self._offset = 0
        self._last: int | None = None
        self._first: int | None = None
        self._unstamped = 0

    def put_right(self, packets: Iterable[PacketT]) -> Iterator[PacketT]:
        """The same packets, each at once but for one whose stamp does not fit: that one waits for the next."""
        held: PacketT | None = None
        for packet in packets:
            if held is not None:
                self._explain(held, packet)
                yield held
                held = None
            if self._fits(packet):
                self._accept(packet)
                yield packet
            else:
                held = packet
        if held is not None:
            self._explain(held, None)
            yield held

    def _stamp(self, packet: Stamped | None) -> int | None:
        """The stamp to compare, on the clock that holds: times of decoding go ahead, those of showing to and fro."""
        stamp = None if packet is None else packet.pts if self._by_showing or packet.dts is None else packet.dts
        return None if stamp is None else stamp + self._offset

    def _step_to(self, packet: Stamped | None) -> int | None:
        """Ticks since the packet accepted last; None where that is unknown."""
        stamp = self._stamp(packet)
        if stamp is None or self._last is None:
            return None
        step = stamp - self._last
        return (step + _WRAP // 2) % _WRAP - _WRAP // 2 if self._wraps else step

    def _fits(self, packet: Stamped) -> bool:
        step = self._step_to(packet)
        least = 1 if self._unstamped and not self._by_showing else -self._back
        return step is None or least <= step <= self._longest

    def _accept(self, packet: Stamped) -> None:
        stamp, step = self._stamp(packet), self._step_to(packet)
        if stamp is None:
            self._unstamped += 1
        else:
            if step is not None and self._last is not None:
                self._offset += self._last + step - stamp  # where the 33 bits ran over
                stamp = self._last + max(0, step)
            self._last, self._unstamped = stamp, 0
            self._first = stamp if self._first is None else self._first
        self._shift(packet)

    def _shift(self, packet: Stamped) -> None:
        packet.pts = None if packet.pts is None else packet.pts + self._offset
        packet.dts = None if packet.dts is None else packet.dts + self._offset

    def _explain(self, packet: Stamped, following: Stamped | None) -> None:
        """Find out what a step is that does not fit: a wrong stamp, glue or a hole."""
        step, next_step = self._step_to(packet), self._step_to(following)
        assert step is not None and self._last is not None and self._first is not None
        if next_step is not None and 0 < next_step + self._back <= self._longest + self._back:
            # What is shown later may also be beyond a hole that the next is not: `FrameClock` will see.
            self._shift(packet) if self._by_showing else self._drop(packet)
        elif step < 0 or (self._begins_piece is not None and self._begins_piece(packet)):
            ahead = (1 + self._unstamped) * self._step
            at, by = self._last + ahead - self._first, step - ahead
            self.jumps.append(ClockJump(at * self._tick_s, by * self._tick_s))
            self._offset -= by
            self._accept(packet)
        elif next_step is None and self._begins_piece is not None:
            self._drop(packet)  # the last one, which has no witness
        else:
            self._accept(packet)

    def _drop(self, packet: Stamped) -> None:
        packet.pts = packet.dts = None
        self.wrong += 1
        self._unstamped += 1


class FrameClock:
    """Times of frames in the order of showing: seconds from the first frame, each later than the one before.

    Attributes:
        origin: the first frame's stamp, in ticks; None while no frame had one.
        filled: the number of frames whose stamp was missing or fitted neither neighbour, and that the rate gave a time.
        holes: from and to which second there is no frame.
    """

    def __init__(self, tick_s: float, step_s: float, origin: int | None = None) -> None:
        """Begin.

        Args:
            tick_s: seconds of a tick.
            step_s: seconds from one frame to the next.
            origin: the first frame's stamp, in ticks, where it is not the next frame's.
        """
        self.filled = 0
        self.holes: list[tuple[float, float]] = []
        self.origin = origin
        self._tick_s, self._step_s = tick_s, step_s
        self._hole_s = max(2.0, 5.0 * step_s)
        self._last_s: float | None = None

    def timed(self, frames: Iterable[tuple[FrameT, int | None]]) -> Iterator[tuple[FrameT, float]]:
        """Frames with their times in place of their stamps, in ticks; one that does not fit waits for the next."""
        held: tuple[FrameT, int] | None = None
        for frame, stamp in frames:
            if held is not None:
                yield held[0], self._explain(held[1], stamp)
                held = None
            if stamp is None:
                yield frame, self._accept(self._expected_s, filled=True)
            elif self._fits(time_s := self._since_first(stamp)):
                yield frame, self._accept(time_s)
            else:
                held = frame, stamp
        if held is not None:
            yield held[0], self._explain(held[1], None)

    @property
    def _expected_s(self) -> float:
        return 0.0 if self._last_s is None else self._last_s + self._step_s

    def _since_first(self, stamp: int) -> float:
        if self.origin is None:
            self.origin = stamp - round(self._expected_s / self._tick_s)
        return (stamp - self.origin) * self._tick_s

    def _fits(self, time_s: float) -> bool:
        return self._last_s is None or 0.0 < time_s - self._last_s <= self._hole_s

    def _explain(self, stamp: int, following: int | None) -> float:
        """The time of a frame that does not fit: of a hole's end, or by the rate where its stamp must be wrong."""
        time_s = self._since_first(stamp)
        assert self._last_s is not None
        next_s = None if following is None else self._since_first(following)
        if next_s is not None and self._fits(next_s):
            return self._accept(self._last_s + min(self._step_s, 0.5 * (next_s - self._last_s)), filled=True)
        if time_s <= self._last_s:
            return self._accept(self._expected_s, filled=True)
        self.holes.append((self._last_s, time_s))
        return self._accept(time_s)

    def _accept(self, time_s: float, filled: bool = False) -> float:
        self.filled += filled
        self._last_s = time_s if self._last_s is None else max(time_s, self._last_s)
        return max(0.0, self._last_s)


def counters_break(data: bytes) -> bool:
    """Whether a stretch of MPEG-TS is not of one piece.

    A multiplexer counts the packets of each of its tables and tracks from 0 to 15, over and over; a piece of another
    recording begins to count anew. That all counts fit by chance is one in 16 for each of the usual three to five.
    """
    grids = ((size, start) for size in _TS_SIZES for start in range(size) if _is_grid(data, start, size))
    size, first = next(grids, (0, 0))
    if not size:
        return False
    counts: dict[int, int] = {}
    for at in range(first, len(data) - _TS_SIZES[0] + 1, size):
        track = (data[at + 1] & 0x1F) << 8 | data[at + 2]
        has_more, has_payload, count = data[at + 3] & 0x20, data[at + 3] & 0x10, data[at + 3] & 0x0F
        if data[at] != 0x47 or (has_more and data[at + 4] and data[at + 5] & 0x80):
            return True  # out of step, or the multiplexer says itself that its clock begins anew
        if has_payload and track != 0x1FFF:
            if track in counts and count not in (counts[track], (counts[track] + 1) % 16):
                return True
            counts[track] = count
    return False


def _is_grid(data: bytes, start: int, size: int) -> bool:
    """Whether packets of a size begin at a byte: each begins with the same one."""
    return all(byte == 0x47 for byte in data[start::size][:4]) and len(data) - start >= 2 * size
