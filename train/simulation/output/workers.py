"""Work shared among processes, its results in the order of the tasks."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

import cv2

from engines.errors import UserError
from train.data.opencv_threads import one_opencv_thread

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_AHEAD = 3  # tasks that are handed out per worker: enough that none waits, few enough to stop soon


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
    count = min(workers, len(tasks))
    # Not `multiprocessing.Pool`: that one never notices that a worker was killed, and waits for ever.
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _start)
    waiting: deque[Future[_Result]] = deque()
    left = iter(tasks)
    try:
        waiting.extend(pool.submit(work, task) for task in islice(left, _AHEAD * count))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(work, task) for task in islice(left, 1))
            yield result
    except BrokenProcessPool as error:
        raise UserError("a worker died, perhaps out of memory: run again, or with fewer --workers") from error
    finally:
        pool.shutdown(cancel_futures=True)
