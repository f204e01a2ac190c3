"""Single images: a recognisable moment in the course of an activity, by a driver on one of the driver's days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from train.simulation.acting.driver import SimulatedDriver
from train.simulation.acting.movements import ActivitySpan
from train.simulation.acting.near_misses import NearMiss
from train.simulation.acting.visibility import is_recognisable
from train.simulation.appearance import DriveSide
from train.simulation.body.motion import Pose

# Images of one driver that are taken on the same day: same light, same position of the camera.
_SESSION_LENGTH = 5
_TRIES, _DAYS, _OTHER_DAYS = 20, 3, 100_000
_NEAR_MISSES = 0.35
"""How many of the attentive moments are near misses."""


class Found(NamedTuple):
    """Who does what, and when."""

    driver: SimulatedDriver
    pose: Pose
    time: float


@dataclass(frozen=True)
class StillImage:
    """One image: ``number`` counts those of the same driver and activity; together they decide everything."""

    driver: int
    activity: Activity
    number: int
    drive_side: DriveSide = "left"
    elsewhere: bool = False
    """In a seat and before a camera as no other data set has them, see `Appearance.elsewhere`."""

    @property
    def near_miss(self) -> NearMiss | None:
        """What an attentive driver does here that looks like a distraction, if anything."""
        rng = self._rng(11)
        if self.activity is not Activity.SAFE_DRIVING or rng.random() >= _NEAR_MISSES:
            return None
        return list(NearMiss)[int(rng.integers(len(NearMiss)))]

    def draw(self, size: tuple[int, int]) -> NDArray[np.uint8] | None:
        """The image, (H, W, 3) uint8 RGB, for ``size`` = (width, height); None when it is never recognisable."""
        found = self.found()
        return None if found is None else found.driver.frame(found.pose, found.time, size)

    def found(self) -> Found | None:
        """The moment that is shown; None when the activity is never recognisable to this camera."""
        rng, kind = self._rng(8), self.near_miss
        for attempt in range(_TRIES * _DAYS):
            # A camera that sees nothing of it from where it is today is moved a little another day.
            session = self.number // _SESSION_LENGTH + _OTHER_DAYS * (attempt // _TRIES)
            motion = int(rng.integers(2**31))
            driver = SimulatedDriver(self.driver, motion, session, self.drive_side, self.elsewhere)
            start = float(rng.uniform(0.0, 600.0))
            if kind is not None:
                length = float(rng.uniform(*kind.lengths_s))
                time = start + length * float(rng.uniform(0.35, 0.65))
                return Found(driver, driver.near_miss_pose(kind, time, start, start + length), time)
            length = float(rng.uniform(3.0, 10.0))
            time = start + float(rng.uniform(0.0, length))
            pose = driver.pose(self.activity, time, span=ActivitySpan(start, start + length))
            if is_recognisable(driver.appearance.drawn_activity(self.activity), pose, driver.appearance):
                return Found(driver, pose, time)
        return None

    def _rng(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.driver, int(self.activity), self.number, purpose])
