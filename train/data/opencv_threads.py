"""OpenCV's own threads, which are in the way of processes that share the cores, and of forking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """OpenCV works in the calling thread alone; how many it used before is put back at the end.

    Processes must be forked within it: a child cannot end the threads that its parent had, and waits for ever when it
    sets another number of them (OpenCV 5.0, pthreads).
    """
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def one_thread_a_worker(_worker: int) -> None:
    """Loader worker start: OpenCV's own threads would fight with the other workers for the cores."""
    cv2.setNumThreads(1)
