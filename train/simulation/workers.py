"""Work shared among processes, its results in the order of the tasks."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import cv2

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def _start() -> None:
    # One process per worker is enough; OpenCV's own threads would fight over the cores.
    cv2.setNumThreads(1)
    # Ctrl-C is for the main process, which then ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def each_in_order(work: Callable[[_Task], _Result], tasks: Sequence[_Task], workers: int) -> Iterator[_Result]:
    """``work(task)`` for each task, in order, by so many processes; by this one alone when there is one worker."""
    if workers <= 1 or len(tasks) <= 1:
        cv2.setNumThreads(1)
        yield from map(work, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(min(workers, len(tasks)), initializer=_start) as pool:
        yield from pool.imap(work, tasks)
