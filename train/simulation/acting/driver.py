"""A simulated driver who performs activities over time, with smooth changes from one to the next."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from train.simulation.acting.movements import ALWAYS, ActivitySpan, Movement
from train.simulation.acting.near_misses import NearMiss, NearMissMovement
from train.simulation.acting.script import BLEND_S, PACES, Script
from train.simulation.appearance import Appearance, DriveSide
from train.simulation.body.motion import Pose, blend
from train.simulation.rendering.render import render_frame
from train.simulation.shapes.geometry import smoothstep

_ROOM = 0.45  # the fraction of a segment that the change at one of its ends may take


@lru_cache(maxsize=8)
def _appearance(seed: int, drive_side: DriveSide, elsewhere: bool) -> Appearance:
    # The still parts of a head and a cabin are kept per appearance, so the same one is handed out again.
    appearance = Appearance.from_seed(seed, drive_side)
    return appearance.elsewhere() if elsewhere else appearance


class SimulatedDriver:
    """One driver in one car.

    Args:
        seed: decides appearance, car, camera and light.
        motion_seed: decides how the driver moves; the appearance seed when left out.
        session: another day for the same driver: other light, and the camera not quite where it was.
        drive_side: where the steering wheel is. Activities are named by the driver's own left and right, but poses stay
            those of the mirror image, a left-hand-drive car.
        elsewhere: in a seat and before a camera as no other data set has them, see `Appearance.elsewhere`.
    """

    def __init__(
        self,
        seed: int,
        motion_seed: int | None = None,
        session: int | None = None,
        drive_side: DriveSide = "left",
        elsewhere: bool = False,
    ) -> None:
        appearance = _appearance(seed, drive_side, elsewhere)
        self.appearance = appearance if session is None else appearance.session(session)
        self._motion_seed = seed if motion_seed is None else motion_seed
        self._movement = lru_cache(maxsize=16)(self._new_movement)
        self._near_miss = lru_cache(maxsize=16)(self._new_near_miss)
        # Some drivers are quick, some slow.
        self._pace = float(np.random.default_rng([self._motion_seed, 9]).uniform(*PACES))

    def _new_movement(self, activity: Activity, segment: int, span: ActivitySpan) -> Movement:
        drawn = self.appearance.drawn_activity(activity)
        return Movement(self.appearance, drawn, (self._motion_seed * 1009 + segment) % 2**31, span)

    def _new_near_miss(self, kind: NearMiss, number: int, start_s: float, end_s: float) -> NearMissMovement:
        seed = (self._motion_seed * 1009 + number) % 2**31
        return NearMissMovement(self.appearance, kind, seed, start_s, end_s)

    def pose(self, activity: Activity, time: float, segment: int = 0, span: ActivitySpan = ALWAYS) -> Pose:
        """The pose ``time`` seconds into a drive; each ``segment`` performs the activity in a style of its own.

        The activity is in full swing, unless its ``span`` says when it begins and ends.
        """
        return self._movement(activity, segment, span).pose(time)

    def near_miss_pose(self, kind: NearMiss, time: float, start_s: float, end_s: float, number: int = 0) -> Pose:
        """The pose at ``time`` of an attentive driver with a near miss from ``start_s`` to ``end_s``, seconds."""
        attentive = self.pose(Activity.SAFE_DRIVING, time, number)
        return self._near_miss(kind, number, start_s, end_s).over(attentive, time)

    def pose_in(self, script: Script, time: float) -> Pose:
        """The pose at ``time`` seconds of a script.

        Around a boundary the two activities are blended. Where a thing is needed, the label changes when the hand has
        reached it, and back when the hand has put it down; else in the middle of the movement.
        """
        index = script.index_at(time)
        for boundary in (index, index + 1):
            if not 0 < boundary < len(script.segments):
                continue
            start_s, end_s = self._change(script, boundary)
            if start_s <= time < end_s:
                fraction = smoothstep((time - start_s) / (end_s - start_s))
                # On the way to a thing, and back from it, the hand is empty.
                first, second = (
                    pose.empty_handed() if self._carries(script, index) else pose
                    for index, pose in ((n, self._pose_of(script, n, time)) for n in (boundary - 1, boundary))
                )
                return blend(first, second, fraction)
        return self._pose_of(script, index, time)

    def _pose_of(self, script: Script, index: int, time: float) -> Pose:
        """The pose of one segment at ``time`` seconds, with the near miss that falls into it, and no blending."""
        pose = self._acting(script, index).pose(time)
        number = script.near_miss_at(time)
        if number is None:
            return pose
        event, segment = script.near_misses[number], script.segments[index]
        if not segment.start_s <= event.start_s < segment.end_s:
            return pose
        return self._near_miss(event.kind, number, event.start_s, event.end_s).over(pose, time)

    def _carries(self, script: Script, index: int) -> bool:
        return self._movement(script.segments[index].activity, index, ALWAYS).carries

    def _change(self, script: Script, boundary: int) -> tuple[float, float]:
        """From when to when the segment before ``boundary`` gives way to the one after it, seconds."""
        at_s, length_s = script.segments[boundary].start_s, BLEND_S * self._pace
        # The way to the back seat is longer than any other.
        if any(script.segments[index].activity is Activity.REACHING_BEHIND for index in (boundary - 1, boundary)):
            length_s *= 1.5
        leaves, takes = self._carries(script, boundary - 1), self._carries(script, boundary)
        before = 0.5 * (1.0 + takes - leaves)
        # Neither end takes more of its segment than the segment's other change leaves over.
        for index, part in ((boundary - 1, before), (boundary, 1.0 - before)):
            room_s = _ROOM * (script.segments[index].end_s - script.segments[index].start_s)
            length_s = min(length_s, room_s / max(part, 1e-9))
        return at_s - before * length_s, at_s + (1.0 - before) * length_s

    def _acting(self, script: Script, index: int) -> Movement:
        start_s = self._change(script, index)[1] if index > 0 else -np.inf
        last = index + 1 == len(script.segments)
        end_s = np.inf if last else self._change(script, index + 1)[0]
        return self._movement(script.segments[index].activity, index, ActivitySpan(float(start_s), float(end_s)))

    def frame(
        self,
        pose: Pose,
        time: float,
        size: tuple[int, int] = (320, 240),
        *,
        appearance: Appearance | None = None,
        driver_present: bool = True,
    ) -> NDArray[np.uint8]:
        """Draw a pose.

        Args:
            pose: what `pose` or `pose_in` gives.
            time: seconds.
            size: width and height in pixels.
            appearance: what to draw instead of this driver, such as the same one seen by another camera.
            driver_present: whether anybody sits in the seat.

        Returns:
            (H, W, 3) uint8 RGB.
        """
        noise = round(time * 1000.0) + 1_000_003 * (self._motion_seed % 1009)
        return render_frame(appearance or self.appearance, pose, time, size, noise, driver_present=driver_present)
