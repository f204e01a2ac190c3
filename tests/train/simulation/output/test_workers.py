"""Work among processes: in order, by any number of workers, and with an end when one of them dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import cv2
import pytest

from engines.errors import UserError
from train.simulation.output.workers import each_in_order


def _square(number: int) -> int:
    sum(range(300_000 * (number % 3)))  # later ones are ready earlier
    return number * number


def _die(number: int) -> int:
    if number == 3:
        os._exit(9)
    return number


def _threads(number: int) -> int:
    return cv2.getNumThreads()


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_tasks(workers: int) -> None:
    assert list(each_in_order(_square, range(20), workers)) == [number**2 for number in range(20)]


@pytest.mark.timeout(120)
def test_a_worker_that_dies_is_an_error_and_no_waiting() -> None:
    with pytest.raises(UserError, match="fewer --workers"):
        list(each_in_order(_die, range(12), 2))


def _wait(number: int) -> None:
    if number:
        signal.pause()


@pytest.mark.slow
def test_ctrl_c_ends_the_work_and_leaves_no_worker() -> None:
    program = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background jobs ignore it
        "from tests.train.simulation.output.test_workers import _wait\n"
        "from train.simulation.output.workers import each_in_order\n"
        "for number, _ in enumerate(each_in_order(_wait, range(200), 2)):\n"
        "    print(number, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"0\n"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
        assert process.wait(30) == -signal.SIGINT
        assert process.stderr.read().count(b"Traceback") == 1  # the workers hold the pipe, so they are gone


@pytest.mark.parametrize("workers", [1, 2])
def test_opencv_has_one_thread_while_drawing_and_its_own_again_afterwards(workers: int) -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        assert set(each_in_order(_threads, range(3), workers)) == {1}
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)
