"""Single pictures: a telling moment in the course of an activity, by a driver on one of the driver's days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from train.simulation.acts import Course
from train.simulation.appearance import DriveSide
from train.simulation.driver import SimulatedDriver
from train.simulation.near_misses import NearMiss
from train.simulation.telling import is_telling

# Pictures of one driver that are taken on the same day: same light, same place of the camera.
_SESSION_LENGTH = 5
_TRIES = 20
_NEAR_MISSES = 0.35
"""How many of the attentive moments are near misses."""


@dataclass(frozen=True)
class Moment:
    """One picture: ``number`` counts those of the same driver and activity; together they decide everything."""

    driver: int
    activity: Activity
    number: int
    drive_side: DriveSide = "left"

    @property
    def near_miss(self) -> NearMiss | None:
        """What an attentive driver does here that looks like a distraction, if anything."""
        rng = self._rng(11)
        if self.activity is not Activity.SAFE_DRIVING or rng.random() >= _NEAR_MISSES:
            return None
        return list(NearMiss)[int(rng.integers(len(NearMiss)))]

    def draw(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """The picture, (H, W, 3) uint8 RGB, for ``size`` = (width, height)."""
        rng, kind = self._rng(8), self.near_miss
        for _ in range(_TRIES):
            motion, session = int(rng.integers(2**31)), self.number // _SESSION_LENGTH
            driver = SimulatedDriver(self.driver, motion, session, self.drive_side)
            start = float(rng.uniform(0.0, 600.0))
            if kind is not None:
                length = float(rng.uniform(*kind.lengths_s))
                time = start + length * float(rng.uniform(0.35, 0.65))
                pose = driver.near_miss_pose(kind, time, start, start + length)
                break
            length = float(rng.uniform(3.0, 10.0))
            time = start + float(rng.uniform(0.0, length))
            pose = driver.pose(self.activity, time, course=Course(start, start + length))
            if is_telling(driver.appearance.drawn_activity(self.activity), pose, driver.appearance):
                break
        return driver.frame(pose, time, size)

    def _rng(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.driver, int(self.activity), self.number, purpose])
