"""The clock of a recorded video: its time stamps, put right where a file's own are not.

A packet is one encoded frame, stamped in ticks of its track, in the order of decoding. Three things look alike there,
a clock that jumps, and are told apart by these rules:

1. *Wrong stamps*: a few packets later the clock goes on where it was. They are dropped, and the frame rate fills them.
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

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

LONGEST_STEP_S = 10.0
"""Seconds from one packet to the next that need no explanation; FFmpeg's own limit, `-dts_delta_threshold`."""

_SLOW_S, _SLOW_STEPS = 1.0 + 1e-6, 3
"""So many steps in a row that are longer than this are no holes, but the rate."""

_WRAP = 1 << 33
_MOST_REORDERED = 17
"""Steps by which a frame may be shown before one that is decoded earlier: H.264 and HEVC keep 16."""

_USUAL_STEPS = 3
"""A step that is longer than so many of the rate's is looked at."""

_LOOK_AHEAD = 8
"""So many packets or frames say whether a stamp is wrong: the clock goes on without it."""

_TS_SIZES = (188, 192, 204)
"""Bytes of an MPEG-TS packet: plain, with a time code before it, with error correction after it."""


class Stamped(Protocol):
    """A packet: when it is shown and when it is decoded, in ticks, None where the file does not say."""

    pts: int | None
    dts: int | None


PacketT = TypeVar("PacketT", bound=Stamped)
FrameT = TypeVar("FrameT")
ItemT = TypeVar("ItemT")


class _Ahead(Iterator[ItemT]):
    """Items one by one, of which the next few can be seen before; taken only as far as somebody looks."""

    def __init__(self, items: Iterable[ItemT]) -> None:
        self._items = iter(items)
        self._waiting: deque[ItemT] = deque()

    def __next__(self) -> ItemT:
        return self._waiting.popleft() if self._waiting else next(self._items)

    def following(self) -> Iterator[ItemT]:
        """The items that come next, `_LOOK_AHEAD` at most."""
        for place in range(_LOOK_AHEAD):
            if place == len(self._waiting):
                try:
                    self._waiting.append(next(self._items))
                except StopIteration:
                    return
            yield self._waiting[place]


def _goes_on(distance: float, steps: int, step: float) -> bool:
    """Whether so many frames may lie that far from each other, at a rate that need not be exact."""
    return 0.5 * steps * step <= distance <= _USUAL_STEPS * steps * step


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
        self._longest = max(round(LONGEST_STEP_S / tick_s), 5 * self._step)
        self._begins_piece, self._wraps, self._by_showing = begins_piece, wraps, by_showing
        self._back = max(round(1.0 / tick_s), _MOST_REORDERED * self._step) if by_showing else 0
        self._usual = max(_USUAL_STEPS * self._step, self._back)
        self._offset = 0
        self._last: int | None = None
        self._first: int | None = None
        self._unstamped = 0

    def put_right(self, packets: Iterable[PacketT]) -> Iterator[PacketT]:
        """The same packets, each at once but for one whose stamp is odd: that one waits for what follows."""
        ahead = _Ahead(packets)
        for packet in ahead:
            step = self._step_to(packet)
            if step is None or self._least <= step <= self._usual:
                self._accept(packet)
            else:
                self._explain(packet, step, ahead)
            yield packet

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

    @property
    def _least(self) -> int:
        return 1 if self._unstamped and not self._by_showing else -self._back

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

    def _explain(self, packet: Stamped, step: int, ahead: _Ahead[PacketT]) -> None:
        """Find out what an odd step is: a wrong stamp, glue, a hole, or nothing."""
        assert self._last is not None and self._first is not None
        too_far = not self._least <= step <= self._longest
        if self._returns_at_once(step, ahead):
            self._leave_out(packet)
        elif too_far and self._begins_piece is not None and self._begins_piece(packet):
            self._join(packet, step)
        elif self._returns(step, ahead):
            self._leave_out(packet)
        elif step < self._least:
            self._join(packet, step)
        elif too_far and self._begins_piece is not None and next(ahead.following(), None) is None:
            self._drop(packet)  # the last one, which has no witness
        else:
            self._accept(packet)

    def _returns_at_once(self, step: int, ahead: _Ahead[PacketT]) -> bool:
        """Whether the next packet goes on from the one before an odd step."""
        following = next(ahead.following(), None)
        next_step = self._step_to(following)
        if next_step is None or next_step == step:
            return False
        if not self._least <= step <= self._longest:
            return 0 < next_step + self._back <= self._longest + self._back
        return self._least <= next_step < step and _goes_on(next_step, 2 + self._unstamped, self._step)

    def _returns(self, step: int, ahead: _Ahead[PacketT]) -> bool:
        """Whether the packets go on, a few later, from the one before an odd step."""
        steps = [self._step_to(following) for following in ahead.following()]
        if step > 0:
            below = [other is not None and self._least <= other < step for other in steps]
            return 2 * sum(below) > len(below)
        lines = enumerate(steps, 2 + self._unstamped)
        return any(other is not None and _goes_on(other, count, self._step) for count, other in lines)

    def _join(self, packet: Stamped, step: int) -> None:
        """Put a piece to the one before, a step apart."""
        assert self._last is not None and self._first is not None
        ahead = (1 + self._unstamped) * self._step
        at, by = self._last + ahead - self._first, step - ahead
        self.jumps.append(ClockJump(at * self._tick_s, by * self._tick_s))
        self._offset -= by
        self._accept(packet)

    def _leave_out(self, packet: Stamped) -> None:
        # What is shown later may also be beyond a hole that the next is not: `FrameClock` will see.
        self._shift(packet) if self._by_showing else self._drop(packet)

    def _drop(self, packet: Stamped) -> None:
        packet.pts = packet.dts = None
        self.wrong += 1
        self._unstamped += 1


class FrameClock:
    """Times of frames in the order of showing: seconds from the first frame, each later than the one before.

    Attributes:
        origin: the first frame's stamp, in ticks; None while no frame had one.
        filled: the number of frames whose stamp was missing or fitted neither neighbour, and that the rate gave a time.
        holes: from and to which second there is no frame; known when frames come as usual again, or no more.
        slow: from and to which second the first frames lay that are too far apart for any alert, a step of many;
            None without any.
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
        self.slow: tuple[float, float] | None = None
        self.origin = origin
        self._tick_s, self._step_s = tick_s, step_s
        self._hole_s = max(2.0, 5.0 * step_s)
        self._last_s: float | None = None
        self._long_steps: list[tuple[float, float]] = []

    def timed(self, frames: Iterable[tuple[FrameT, int | None]]) -> Iterator[tuple[FrameT, float]]:
        """Frames with their times in place of their stamps, in ticks; one that is odd waits for what follows."""
        ahead = _Ahead(frames)
        for frame, stamp in ahead:
            if stamp is None:
                yield frame, self._accept(self._expected_s, filled=True)
                continue
            time_s = self._since_first(stamp)
            is_usual = self._last_s is None or 0.0 < time_s - self._last_s <= _USUAL_STEPS * self._step_s
            yield frame, self._accept(time_s) if is_usual else self._explain(time_s, ahead)
        self._end_long_steps()

    @property
    def _expected_s(self) -> float:
        return 0.0 if self._last_s is None else self._last_s + self._step_s

    def _since_first(self, stamp: int) -> float:
        if self.origin is None:
            self.origin = stamp - round(self._expected_s / self._tick_s)
        return (stamp - self.origin) * self._tick_s

    def _explain(self, time_s: float, ahead: _Ahead[tuple[FrameT, int | None]]) -> float:
        """The time of an odd frame: of a hole's end, or by the rate where its stamp must be wrong."""
        assert self._last_s is not None
        last_s, is_back = self._last_s, time_s <= self._last_s
        too_far = is_back or time_s - last_s > self._hole_s
        between = 0
        for count, (_, stamp) in enumerate(ahead.following(), 2):
            if stamp is None:
                continue
            next_s = self._since_first(stamp) - last_s
            goes_on = _goes_on(next_s, count, self._step_s)
            if count == 2 and too_far:
                goes_on = 0.0 < next_s <= self._hole_s
            if goes_on and (is_back or next_s < time_s - last_s) and (is_back or count == 2):
                return self._accept(last_s + min(self._step_s, next_s / count), filled=True)
            between += 0.0 < next_s < time_s - last_s
        if is_back or 2 * between > _LOOK_AHEAD:
            return self._accept(self._expected_s, filled=True)
        return self._accept(time_s)

    def _accept(self, time_s: float, filled: bool = False) -> float:
        self.filled += filled
        before_s, self._last_s = self._last_s, time_s if self._last_s is None else max(time_s, self._last_s)
        if before_s is not None:
            self._look_at_step(before_s, self._last_s)
        return max(0.0, self._last_s)

    def _look_at_step(self, from_s: float, to_s: float) -> None:
        """Tell a hole from frames that all lie far apart."""
        if to_s - from_s <= _SLOW_S:
            self._end_long_steps()
            return
        self._long_steps.append((from_s, to_s))
        if len(self._long_steps) >= _SLOW_STEPS:
            lengths = sorted(end_s - start_s for start_s, end_s in self._long_steps)
            usual_s = lengths[len(lengths) // 2]
            self._hole_s = max(self._hole_s, 5.0 * usual_s)
            if self.slow is None:
                start_s = self._long_steps[0][0]
                self.slow = start_s, start_s + usual_s
            self._end_long_steps()

    def _end_long_steps(self) -> None:
        self.holes += [(start_s, end_s) for start_s, end_s in self._long_steps if end_s - start_s > self._hole_s]
        self._long_steps.clear()


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
