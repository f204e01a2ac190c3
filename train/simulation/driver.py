"""A simulated driver who performs activities over time, with smooth changes from one to the next."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from train.simulation.appearance import Appearance
from train.simulation.geometry import smoothstep
from train.simulation.motion import Performance, Pose, blend
from train.simulation.render import render_frame
from train.simulation.script import Script


@lru_cache(maxsize=8)
def _appearance(seed: int) -> Appearance:
    # The still parts of a head and a cabin are kept per appearance, so the same one is handed out again.
    return Appearance.from_seed(seed)


class SimulatedDriver:
    """One driver in one car.

    Args:
        seed: decides appearance, car, camera and light.
        motion_seed: decides how the driver moves; the appearance seed when left out.
        session: another day for the same driver: other light, and the camera not quite where it was.
    """

    def __init__(self, seed: int, motion_seed: int | None = None, session: int | None = None) -> None:
        appearance = _appearance(seed)
        self.appearance = appearance if session is None else appearance.session(session)
        self._motion_seed = seed if motion_seed is None else motion_seed
        self._performance = lru_cache(maxsize=16)(self._new_performance)

    def _new_performance(self, activity: Activity, segment: int) -> Performance:
        return Performance(self.appearance, activity, (self._motion_seed * 1009 + segment) % 2**31)

    def pose(self, activity: Activity, time: float, segment: int = 0) -> Pose:
        """The pose ``time`` seconds into a drive; each ``segment`` performs the activity in a manner of its own."""
        return self._performance(activity, segment).pose(time)

    def pose_in(self, script: Script, time: float) -> Pose:
        """The pose at ``time`` seconds of a script; around a boundary the two activities are blended."""
        index = script.index_at(time)
        here = script.segments[index]
        pose = self.pose(here.activity, time, index)
        half = script.blend_s / 2.0
        if index > 0 and time - here.start_s < half:
            before = self.pose(script.segments[index - 1].activity, time, index - 1)
            return blend(before, pose, smoothstep((time - here.start_s) / script.blend_s + 0.5))
        if index + 1 < len(script.segments) and here.end_s - time < half:
            after = self.pose(script.segments[index + 1].activity, time, index + 1)
            return blend(pose, after, smoothstep((time - here.end_s) / script.blend_s + 0.5))
        return pose

    def frame(self, pose: Pose, time: float, size: tuple[int, int] = (320, 240)) -> NDArray[np.uint8]:
        """Draw a pose at ``time`` seconds: (H, W, 3) uint8 RGB for ``size`` = (width, height)."""
        noise = round(time * 1000.0) + 1_000_003 * (self._motion_seed % 1009)
        return render_frame(self.appearance, pose, time, size, noise)
