"""Work that may hang keeps nobody waiting for long."""

from __future__ import annotations

import threading

import pytest

from monitor.journal.bounded_wait import BoundedWait
from tests.monitor.fakes import FakeClock


def test_work_is_done_when_it_is_asked_for_and_its_errors_are_the_caller_s() -> None:
    done = list[int]()

    def work() -> None:
        done.append(len(done))
        if len(done) == 2:
            raise OSError("no room")

    wait = BoundedWait(work, "test")
    assert wait.run(30.0) and done == [0]
    with pytest.raises(OSError, match="no room"):
        wait.run(30.0)
    assert wait.run(30.0) and len(done) == 3
    assert wait.close(60.0) and wait.run(30.0) and len(done) == 3


def test_late_work_is_waited_for_once_and_done_again_for_those_who_asked_meanwhile() -> None:
    clock, free, begun, done = FakeClock(), threading.Event(), threading.Semaphore(0), list[str]()

    def work() -> None:
        begun.release()
        free.wait()
        done.append("done")

    wait = BoundedWait(work, "test", clock.now)
    assert wait.hangs_s == 0.0
    assert not wait.run(0.001)
    assert begun.acquire(timeout=60.0)
    clock.advance(5.0)
    assert wait.hangs_s == 5.0
    assert not wait.run(3600.0), "nobody waits again"
    assert done == []
    free.set()
    assert wait.close(60.0) and len(done) == 2 and wait.hangs_s == 0.0


def test_work_that_hangs_is_left_behind() -> None:
    free = threading.Event()
    wait = BoundedWait(free.wait, "test")
    assert not wait.run(0.001) and not wait.close(0.001)
    free.set()
    assert wait.close(60.0)
