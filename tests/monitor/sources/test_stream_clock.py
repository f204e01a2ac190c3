"""When a stream's pictures were taken: what was held up is old, what is merely slow is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.stream_clock import StreamClock

Arrivals = list[tuple[float, float]]
"""(seconds of the stream's own clock, seconds of ours)."""


def ages(arrivals: Arrivals, decoding_s: float = 0.0) -> list[float]:
    """How old each packet is said to be when it arrives; the receiver is away for `decoding_s` after each."""
    clock, asked_s, said = StreamClock(), arrivals[0][1], []
    for own_s, there_s in arrivals:
        now_s = max(asked_s, there_s)
        said.append(now_s - clock.taken(own_s, now_s, now_s - asked_s))
        asked_s = now_s + decoding_s
    return said


def paced(
    seconds: float, *, fps: float = 10.0, own_s: float = 50.0, now_s: float = 1000.0, slow: float = 1.0
) -> Arrivals:
    """Pictures that come as they are taken; a clock that is `slow` by a factor."""
    return [(own_s + number / fps / slow, now_s + number / fps) for number in range(round(seconds * fps))]


def test_what_comes_at_its_own_pace_is_fresh() -> None:
    assert set(ages(paced(20.0))) == {0.0}


@pytest.mark.parametrize("slow", [1.0001, 1.2, 2.0, 5.0], ids=str)
def test_a_slow_clock_makes_nothing_old(slow: float) -> None:
    """Camera boxes stamp 25 frames a second and give 20."""
    assert max(ages(paced(60.0, slow=slow))) == 0.0


@pytest.mark.parametrize("slow", [0.5, 0.1], ids=str)
def test_a_stream_that_comes_faster_than_its_clock_is_fresh(slow: float) -> None:
    assert max(ages(paced(20.0, slow=slow))) == 0.0


@pytest.mark.parametrize("stood_s", [1.0, 3.0, 20.0], ids=str)
def test_what_was_held_up_in_the_network_is_as_old_as_it_is(stood_s: float) -> None:
    """The network is away from 5 s on; then everything comes in a burst."""
    own = paced(40.0)
    there = [(own_s, max(now_s, 1005.0 + stood_s) if now_s >= 1005.0 else now_s) for own_s, now_s in own]
    for (own_s, arrived_s), age_s in zip(there, ages(there), strict=True):
        true_s = arrived_s - (own_s - 50.0 + 1000.0)
        assert age_s == pytest.approx(true_s if true_s > 0.5 else 0.0, abs=1e-6)


def test_a_camera_that_stood_still_with_its_clock_is_fresh_again_within_some_seconds() -> None:
    arrivals = paced(5.0) + paced(10.0, own_s=55.0, now_s=1015.0)
    said = ages(arrivals)
    assert max(said[50:60]) == pytest.approx(10.0), "it may be a burst that begins"
    assert max(said[65:]) == 0.0


def test_a_receiver_that_is_too_slow_gets_old_pictures() -> None:
    said = ages(paced(20.0), decoding_s=0.15)
    assert said[-1] > 8.0 and said[20:] == sorted(said[20:])


@pytest.mark.parametrize("jump_s", [-3600.0, -50.0, 3600.0], ids=str)
def test_a_clock_that_jumps_makes_nothing_old(jump_s: float) -> None:
    """A box that restarts, or a counter of 33 bits that begins again."""
    arrivals = paced(5.0) + paced(5.0, own_s=55.0 + jump_s, now_s=1005.0)
    assert max(ages(arrivals)) == 0.0


def test_pictures_that_come_every_two_seconds_are_fresh() -> None:
    assert max(ages(paced(60.0, fps=0.5))) == 0.0


def test_pieces_of_a_second_are_as_old_as_they_waited() -> None:
    """A box that sends once a second what it has taken meanwhile."""
    arrivals = [(50.0 + number / 10, 1000.0 + number // 10 + 0.9) for number in range(100)]
    for number, age_s in enumerate(ages(arrivals)[10:]):
        assert 0.0 <= age_s <= 0.9 - number % 10 / 10 + 1e-6


def test_without_times_what_arrives_is_fresh() -> None:
    clock = StreamClock()
    assert [clock.taken(None, now_s, 0.0) for now_s in (3.0, 9.0)] == [3.0, 9.0]


@given(st.lists(st.tuples(st.floats(-5.0, 60.0), st.floats(0.0, 60.0)), min_size=1, max_size=80))
def test_nothing_is_from_the_future_and_what_keeps_its_pace_becomes_fresh(steps: list[tuple[float, float]]) -> None:
    """Whatever the clocks did before."""
    clock, own_s, now_s = StreamClock(), 0.0, 1000.0
    for own_step_s, waited_s in steps:
        own_s, now_s = own_s + own_step_s, now_s + waited_s
        assert clock.taken(own_s, now_s, waited_s) <= now_s
    for _ in range(30):
        own_s, now_s = own_s + 0.1, now_s + 0.1
        taken_s = clock.taken(own_s, now_s, 0.1)
    assert taken_s == now_s
