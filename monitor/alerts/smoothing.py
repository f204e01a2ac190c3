"""The exponential mean that turns single frames into what the driver has been doing. Pure and clock-free.

It works on seconds, not on frames, so the frame rate does not matter, and lets no single frame decide.
"""

from __future__ import annotations

import math
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", float, NDArray[np.float64])


class Exponential(Generic[Value]):
    """A mean that forgets exponentially, of numbers or of arrays of one shape. Begins with `start`."""

    _mean: Value

    def __init__(self, time_constant_s: float, max_weight: float) -> None:
        """No frame gets more than `max_weight` (0..1), however long the one before it is ago."""
        self._time_constant_s, self._max_weight = time_constant_s, max_weight

    def start(self, value: Value) -> Value:
        """Forget everything and begin with one frame's value; the mean."""
        self._mean = value
        return self._mean

    def add(self, elapsed_s: float, value: Value) -> Value:
        """Take in a frame's value, `elapsed_s` after the one before; the mean."""
        self._mean = self._mean + self.weight(elapsed_s) * (value - self._mean)
        return self._mean

    def weight(self, elapsed_s: float) -> float:
        """0..1: how much a frame counts that comes `elapsed_s` after the one before."""
        if self._time_constant_s <= 0.0:
            return 1.0
        return min(1.0 - math.exp(-elapsed_s / self._time_constant_s), self._max_weight)


def delay_s(time_constant_s: float, left: float) -> float:
    """Seconds from an unmistakable change until only `left` (0..1) of the mean is what was before."""
    return -time_constant_s * math.log(left)
