"""What a simulated frame costs: `pytest --benchmark-enable tests/train/simulation/test_benchmarks.py`; not asserted."""

from __future__ import annotations

import time
from typing import Any

import pytest

from train.data.opencv_threads import one_opencv_thread
from train.simulation.acting.recording import SimulatedDrive
from train.simulation.acting.script import demo_script


# Overcast and in direct sun, where an image is taken from the sun as well.
@pytest.mark.benchmark(group="one simulated frame at 320x240", timer=time.process_time)
@pytest.mark.parametrize("seed", [3, 200_018])
def test_a_frame(benchmark: Any, seed: int) -> None:
    recording = SimulatedDrive(seed, demo_script(), 12, (320, 240))
    with one_opencv_thread():
        recording.at(20.0)  # what stays the same while somebody drives is made with the first frame
        assert benchmark(recording.at, 21.0).shape == (240, 320, 3)
