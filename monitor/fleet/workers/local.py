"""Drives evaluated by processes of this machine, each with one drive at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache

from monitor.fleet.drive_evaluation import DriveOutcome, Evaluation, FleetOptions
from monitor.fleet.drive_list import FleetDrive

Job = tuple[FleetDrive, tuple[str, str], frozenset[str]]
"""As the arguments of `Evaluation.evaluate`."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def evaluate_here(options: FleetOptions, job: Job) -> DriveOutcome:
    """Evaluate a drive in this process, which keeps the network for the next one."""
    return _evaluation(options).evaluate(*job)


@lru_cache(maxsize=1)
def _evaluation(options: FleetOptions) -> Evaluation:
    prepare_process()
    return Evaluation(options)


def prepare_process() -> None:
    """One thread for each library that computes: sums must not change with the machine."""
    import cv2
    from threadpoolctl import threadpool_limits

    from engines.malloc_settings import limit_malloc_arenas

    limit_malloc_arenas()
    cv2.setNumThreads(1)
    threadpool_limits(1)


def evaluate_locally(options: FleetOptions, jobs: Sequence[Job], workers: int) -> Iterator[DriveOutcome]:
    """Evaluate drives; outcomes come as they are ready.

    A worker that is killed, for want of memory or by a fault in a decoder, costs what it had in hand a second try,
    alone; a drive that ends its worker again has failed.
    """
    for name in _THREADS:
        os.environ[name] = "1"
    waiting, suspects = deque(jobs), deque[Job]()
    while waiting or suspects:
        together = workers if not suspects else 1
        queue = suspects or waiting
        in_hand = yield from _until_broken(options, queue, together)
        if together == 1 and in_hand:
            (drive, _, _) = in_hand[0]
            yield DriveOutcome(drive.uri, "its worker was ended: too little memory, or a fault in a decoder")
            suspects.extend(in_hand[1:])
        else:
            suspects.extend(in_hand)


def _until_broken(options: FleetOptions, jobs: deque[Job], workers: int) -> Generator[DriveOutcome, None, list[Job]]:
    """Take jobs until there are none; returns what was in hand when a worker was ended, nothing otherwise."""
    in_hand: dict[Future[DriveOutcome], Job] = {}
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_start_worker)
    try:
        while jobs or in_hand:
            while jobs and len(in_hand) < workers:
                # Taken only then: to submit fails, too, where a worker was ended since the last outcome.
                in_hand[pool.submit(evaluate_here, options, jobs[0])] = jobs[0]
                jobs.popleft()
            done, _ = wait(in_hand, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = future.result()
                del in_hand[future]
                yield outcome
    except BrokenProcessPool:
        return list(in_hand.values())
    finally:
        # After Ctrl-C nobody waits for drives that take an hour.
        if in_hand:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
    return []


def _start_worker() -> None:
    """Ctrl-C is for the process that asks; a worker ends with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end_with_parent() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
