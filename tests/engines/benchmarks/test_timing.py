"""Times: in turn, without the warm-up, by the clock and of the CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engines.benchmarks import timing
from engines.benchmarks.timing import LatencyPercentiles, Seconds, time_in_turn, timed


def ticking(*times: float) -> Callable[[], float]:
    left: Iterator[float] = iter(times)
    return lambda: next(left)


def test_works_are_timed_in_turn_and_the_first_rounds_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    order: list[tuple[str, int]] = []

    def work(name: str, seconds: float, first_s: float) -> Callable[[int], None]:
        def run(repeat: int) -> None:
            nonlocal now_s
            order.append((name, repeat))
            now_s += first_s if repeat < 2 else seconds * repeat

        return run

    monkeypatch.setattr(timing.time, "perf_counter", lambda: now_s)
    found = time_in_turn([work("a", 0.25, 8.0), work("b", 1.0, 8.0)], 3, 2)
    assert order == [(name, repeat) for repeat in range(5) for name in "ab"]
    assert found == [[0.5, 0.75, 1.0], [2.0, 3.0, 4.0]]


def test_wall_and_core_time_are_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing.time, "perf_counter", ticking(10.0, 12.5))
    assert timed(lambda: "done", ticking(1.0, 5.0)) == ("done", Seconds(wall=2.5, core=4.0))


def test_percentiles_are_in_milliseconds() -> None:
    assert LatencyPercentiles.of(np.arange(101) / 1e3) == LatencyPercentiles(p50=50.0, p90=90.0, p99=99.0)
