"""Work among processes: in order, by any number of workers, and with an end when one of them dies."""

from __future__ import annotations

import os
import time

import cv2
import pytest

from engines.errors import UserError
from train.simulation.output.workers import each_in_order


def _square(number: int) -> int:
    time.sleep(0.01 * (number % 3))  # later ones are ready earlier
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


@pytest.mark.parametrize("workers", [1, 2])
def test_opencv_has_one_thread_while_drawing_and_its_own_again_afterwards(workers: int) -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        assert set(each_in_order(_threads, range(3), workers)) == {1}
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)
