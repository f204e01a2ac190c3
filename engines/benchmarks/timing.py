"""Taking times: of works in turn, by the clock and of the CPU, and what is said of many."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

Result = TypeVar("Result")


class LatencyPercentiles(BaseModel):
    """Milliseconds of many runs: 50th, 90th and 99th percentile."""

    p50: float
    p90: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float] | NDArray[np.float64]) -> LatencyPercentiles:
        """The percentiles of times in seconds."""
        p50, p90, p99 = (float(value) * 1e3 for value in np.percentile(seconds, (50, 90, 99)))
        return cls(p50=p50, p90=p90, p99=p99)


class Seconds(NamedTuple):
    """What something took: by the clock, and of CPU time."""

    wall: float
    core: float


def timed(work: Callable[[], Result], core_clock: Callable[[], float] = time.process_time) -> tuple[Result, Seconds]:
    """Run something; its result, and what it took.

    Args:
        work: what is run.
        core_clock: seconds of CPU time: of the process, all threads, or `time.thread_time`.
    """
    core, wall = core_clock(), time.perf_counter()
    result = work()
    wall_s = time.perf_counter() - wall
    return result, Seconds(wall_s, core_clock() - core)


def time_in_turn(works: Sequence[Callable[[int], object]], repeats: int, warm_up: int) -> list[list[float]]:
    """Seconds of each work, one after the other and round again: what else the machine does slows all of them alike.

    Args:
        works: called with the round's number, from 0.
        repeats: rounds that count.
        warm_up: rounds before them that do not.
    """
    times: list[list[float]] = [[] for _ in works]
    for repeat in range(warm_up + repeats):
        for work, seconds in zip(works, times, strict=True):
            seconds.append(timed(lambda: work(repeat))[1].wall)  # noqa: B023 - called at once
    return [seconds[warm_up:] for seconds in times]
