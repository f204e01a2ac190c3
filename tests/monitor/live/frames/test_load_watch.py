"""Whether a machine keeps up with its camera."""

from __future__ import annotations

import pytest

from monitor.live.frames.load_watch import LASTS_S, LoadWatch


def drive(
    watch: LoadWatch, seconds: float, *, dropped_each: int = 0, age_s: float = 0.05, begin: float = 0.0
) -> list[float]:
    """Ten frames a second are classified; when it was behind."""
    behind, dropped = [], round(begin * 10 * dropped_each)
    for number in range(round(seconds * 10)):
        time_s = begin + number / 10
        dropped += dropped_each
        if watch.update(time_s, dropped, age_s) is not None:
            behind.append(time_s)
    return behind


@pytest.mark.parametrize(("dropped_each", "age_s"), [(0, 0.05), (1, 0.05), (0, 0.5)])
def test_what_is_usual_is_not_behind(dropped_each: int, age_s: float) -> None:
    assert drive(LoadWatch(), 20.0, dropped_each=dropped_each, age_s=age_s) == []


@pytest.mark.parametrize(("dropped_each", "age_s"), [(2, 0.05), (0, 0.6), (5, 3.0)])
def test_most_frames_dropped_or_old_ones_classified_are_behind_after_some_seconds(
    dropped_each: int, age_s: float
) -> None:
    assert drive(LoadWatch(), 20.0, dropped_each=dropped_each, age_s=age_s)[0] == pytest.approx(LASTS_S, abs=0.3)


def test_it_ends_some_seconds_after_the_machine_keeps_up() -> None:
    watch = LoadWatch()
    assert drive(watch, 10.0, age_s=2.0)
    behind = drive(watch, 10.0, begin=10.0)
    assert behind[-1] == pytest.approx(10.0 + LASTS_S + 0.5, abs=0.5)


def test_one_hiccup_is_nothing() -> None:
    """Two seconds in which another program had the machine."""
    watch = LoadWatch()
    drive(watch, 5.0)
    assert watch.update(7.0, 60, 2.0) is None
    for number in range(100):
        assert watch.update(7.1 + number / 10, 60, 0.05) is None


def test_without_frames_it_is_another_s_to_say() -> None:
    watch = LoadWatch()
    drive(watch, 10.0, age_s=2.0)
    watch.reset()
    assert watch.update(20.0, 0, 0.05) is None
