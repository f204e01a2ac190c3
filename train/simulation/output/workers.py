"""Work divided among processes, its results in the order of the tasks."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import cv2
from joblib import Parallel, delayed

from engines.errors import UserError
from train.data.opencv_threads import one_opencv_thread

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def _start() -> None:
    # One process per worker is enough; OpenCV's own threads would fight over the cores.
    cv2.setNumThreads(1)
    # Ctrl-C is for the main process, which then ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def each_in_order(work: Callable[[_Task], _Result], tasks: Sequence[_Task], workers: int) -> Iterator[_Result]:
    """``work(task)`` for each task, in order, by so many processes; by this one alone when there is one worker.

    Raises:
        UserError: when a worker is killed.
    """
    if workers <= 1 or len(tasks) <= 1:
        with one_opencv_thread():
            yield from map(work, tasks)
        return
    # Three tasks per worker are handed out: enough that none waits, few enough to stop soon.
    parallel = Parallel(
        min(workers, len(tasks)), batch_size=1, pre_dispatch="3 * n_jobs", return_as="generator", initializer=_start
    )
    try:
        yield from parallel(delayed(work)(task) for task in tasks)
    except BrokenProcessPool as error:
        raise UserError("a worker died, perhaps out of memory: run again, or with fewer --workers") from error
