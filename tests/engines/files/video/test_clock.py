"""Time stamps that are put right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.files.video.clock import FrameClock, PacketClock, counters_break

TICK_S, STEP = 1 / 90000, 7500
STEP_S = STEP * TICK_S


@dataclass
class FakePacket:
    pts: int | None
    dts: int | None
    is_first: bool = False


def packets(stamps: list[int | None], first: tuple[int, ...] = ()) -> list[FakePacket]:
    return [FakePacket(stamp, stamp, place in first) for place, stamp in enumerate(stamps)]


def is_first(packet: object) -> bool:
    assert isinstance(packet, FakePacket)
    return packet.is_first


def clock(jumping: bool = True, **options: bool) -> PacketClock:
    return PacketClock(TICK_S, STEP_S, is_first if jumping else None, **options)


def put_right(stamps: list[int | None], first: tuple[int, ...] = (), jumping: bool = True) -> list[int | None]:
    return [packet.pts for packet in clock(jumping).put_right(packets(stamps, first))]


steps = st.lists(st.integers(1, 10 * 90000), max_size=30)
jumps = st.integers(-(10**9), -20 * 90000) | st.integers(20 * 90000, 10**9)
pieces = st.lists(st.tuples(jumps, st.lists(st.integers(1, 20000), min_size=3, max_size=20)), min_size=1, max_size=4)


@given(st.integers(0, 1 << 40), steps)
def test_a_good_clock_is_left_alone(start: int, ahead: list[int]) -> None:
    stamps: list[int | None] = [start]
    for step in ahead:
        assert stamps[-1] is not None
        stamps.append(stamps[-1] + step)
    for jumping in (True, False):
        assert put_right(stamps, jumping=jumping) == stamps


@given(pieces)
def test_pieces_are_put_together_a_step_apart(parts: list[tuple[int, list[int]]]) -> None:
    stamps: list[int | None] = []
    expected: list[int] = []
    first = []
    stamp = time = 0
    for jump, ahead in parts:
        stamp, time = stamp + jump, time + STEP if stamps else stamp + jump
        first.append(len(stamps))
        for step in [0, *ahead]:
            stamp, time = stamp + step, time + step
            stamps.append(stamp)
            expected.append(time)
    repaired = clock()
    assert [packet.pts for packet in repaired.put_right(packets(stamps, tuple(first)))] == expected
    assert len(repaired.jumps) == len(parts) - 1 and repaired.wrong == 0


@given(st.integers(3, 20), st.data())
def test_one_wrong_stamp_is_dropped(count: int, data: st.DataObject) -> None:
    stamps: list[int | None] = [place * STEP for place in range(count)]
    place = data.draw(st.integers(1, count - 2))
    wrong = data.draw(st.integers(-(1 << 32), (place - 1) * STEP - 1) | st.integers(20 * 90000, 1 << 32))
    repaired = put_right([*stamps[:place], wrong, *stamps[place + 1 :]], first=(place,))
    assert repaired == [*stamps[:place], None, *stamps[place + 1 :]]


@given(st.integers(10, 30), st.integers(1, 3), st.data())
def test_some_wrong_stamps_in_a_row_are_dropped(count: int, wrong: int, data: st.DataObject) -> None:
    stamps: list[int | None] = [place * STEP for place in range(count)]
    place = data.draw(st.integers(1, count - wrong - 6))
    off = data.draw(st.integers(-(1 << 30), -20 * STEP) | st.integers(10 * STEP, 1 << 30))
    for at in range(place, place + wrong):
        stamps[at] = at * STEP + off
    dropped = [None if place <= at < place + wrong else at * STEP for at in range(count)]
    repaired = clock()
    assert [packet.pts for packet in repaired.put_right(packets(stamps))] == dropped
    assert repaired.wrong == wrong and not repaired.jumps
    frame_clock = FrameClock(TICK_S, STEP_S)
    times = [time_s for _, time_s in frame_clock.timed((None, stamp) for stamp in stamps)]
    assert times == pytest.approx([at * STEP_S for at in range(count)])
    assert frame_clock.filled == wrong and not frame_clock.holes


def test_a_hole_is_kept_where_the_container_has_one_clock_or_no_piece_begins() -> None:
    stamps: list[int | None] = [0, STEP, 600 * 90000, 600 * 90000 + STEP]
    assert put_right(stamps, first=(2,), jumping=False) == stamps
    assert put_right(stamps, first=(), jumping=True) == stamps
    assert put_right(stamps, first=(2,), jumping=True) == [0, STEP, 2 * STEP, 3 * STEP]


def test_a_jump_is_told_with_its_time() -> None:
    repaired = clock()
    list(repaired.put_right(packets([90000, 90000 + STEP, 90000])))
    [jump] = repaired.jumps
    assert jump.at_s == pytest.approx(2 * STEP_S) and jump.by_s == pytest.approx(-2 * STEP_S)


@given(st.integers(0, 29))
def test_a_clock_of_33_bits_may_run_over(before: int) -> None:
    stamps: list[int | None] = [((1 << 33) + (place - before) * STEP) % (1 << 33) for place in range(30)]
    repaired = clock(wraps=True)
    shown = [packet.pts for packet in repaired.put_right(packets(stamps))]
    assert shown == [(stamps[0] or 0) + place * STEP for place in range(30)] and not repaired.jumps


def test_times_of_showing_go_to_and_fro() -> None:
    order = [0, 4, 2, 1, 3, 8, 6, 5, 7]
    whole = [FakePacket(place * STEP, None) for place in order]
    assert [packet.pts for packet in clock(False, by_showing=True).put_right(whole)] == [p * STEP for p in order]
    again = [FakePacket(place * STEP, None) for place in [*range(40), *order]]
    shown = [packet.pts for packet in clock(False, by_showing=True).put_right(again)]
    assert shown == [place * STEP for place in [*range(40), *(40 + place for place in order)]]


def test_only_what_does_not_fit_waits_for_the_next() -> None:
    """A live stream is not to be held up."""
    taken = []

    def source() -> Iterator[FakePacket]:
        for packet in packets([0, STEP, 99 * STEP * 1000, 3 * STEP]):
            taken.append(packet)
            yield packet

    given_out = [len(taken) for _ in clock().put_right(source())]
    assert given_out == [1, 2, 4, 4]


def timed(stamps: list[int | None], origin: int | None = None) -> tuple[list[float], FrameClock]:
    frame_clock = FrameClock(0.1, 1.0, origin)
    return [time_s for _, time_s in frame_clock.timed((None, stamp) for stamp in stamps)], frame_clock


def test_frame_times_count_from_the_first() -> None:
    assert timed([1000, 1010, 1025])[0] == pytest.approx([0.0, 1.0, 2.5])
    assert timed([1000, 1010], origin=900)[0] == pytest.approx([10.0, 11.0])


def test_missing_stamps_are_filled_by_the_rate() -> None:
    times, frame_clock = timed([0, None, 20, None, None, 50])
    assert times == pytest.approx([0, 1, 2, 3, 4, 5]) and frame_clock.filled == 3
    assert timed([None, None, 20])[0] == pytest.approx([0, 1, 2])


def test_repeated_stamps_are_spread() -> None:
    assert timed([0, 0, 20, 20, 40])[0] == pytest.approx([0, 1, 2, 3, 4])


def test_one_wrong_frame_time_is_replaced() -> None:
    times, frame_clock = timed([0, 10, 99999, 30, 40, -500, 60])
    assert times == pytest.approx([0, 1, 2, 3, 4, 5, 6]) and frame_clock.filled == 2 and not frame_clock.holes


def test_a_hole_is_told() -> None:
    times, frame_clock = timed([0, 10, 6010, 6020])
    assert times == pytest.approx([0, 1, 601, 602])
    assert frame_clock.holes == [(pytest.approx(1.0), pytest.approx(601.0))]


@given(st.lists(st.none() | st.integers(-(10**9), 10**9), min_size=1, max_size=30))
def test_frame_times_always_go_ahead(stamps: list[int | None]) -> None:
    times, _ = timed(stamps)
    assert len(times) == len(stamps) and times[0] == 0.0
    assert all(earlier < later for earlier, later in pairwise(times))


def ts_packet(track: int, count: int, *, size: int = 188, begins_anew: bool = False) -> bytes:
    head = bytes([0x47, track >> 8, track & 0xFF, (0x30 if begins_anew else 0x10) | count % 16])
    body = head + (bytes([7, 0x80]) if begins_anew else b"")
    return bytes(size - 188 if size == 192 else 0) + body.ljust(188, b"\xff") + bytes(16 if size == 204 else 0)


@pytest.mark.parametrize("size", [188, 192, 204])
def test_counters_tell_a_piece_from_another(size: int) -> None:
    piece = b"".join(ts_packet(track, count, size=size) for count in range(20) for track in (0, 256))
    onwards = ts_packet(0, 20, size=size) + ts_packet(256, 20, size=size)
    anew = ts_packet(0, 0, size=size) + ts_packet(256, 0, size=size)
    assert not counters_break(piece + onwards)
    assert counters_break(piece + anew)
    assert counters_break(piece + onwards + ts_packet(256, 21, size=size, begins_anew=True))
    assert not counters_break((piece + onwards)[50:])


def test_what_is_no_stream_has_no_counters() -> None:
    assert not counters_break(b"") and not counters_break(bytes(5000))
