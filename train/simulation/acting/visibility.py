"""Whether one look at an image can tell what the driver does: hands where they act, in view, and not hidden."""

from __future__ import annotations

import numpy as np

from engines.activities import Activity
from train.simulation.appearance import Appearance
from train.simulation.body.arm import solve_arm
from train.simulation.body.motion import HandPose, Pose
from train.simulation.body.rig import Skeleton, skeleton
from train.simulation.rendering.render import camera_matrix
from train.simulation.shapes.geometry import Array

_ARM_RADIUS = 0.06  # an arm this close to the line of sight hides what is behind it, metres
_TURNED = -0.42  # a head turned as far as this is turned to the passenger, radians


def is_recognisable(activity: Activity, pose: Pose, appearance: Appearance) -> bool:
    """Whether a pose shows the activity: not half-way to the phone, not a talker's look at the road.

    Args:
        activity: the one that is posed, so in a right-hand-drive car the mirror image.
        pose: what is seen.
        appearance: driver, car and camera.
    """
    bones = skeleton(appearance.build, pose.trunk, pose.head)

    def close(hand: HandPose, position: Array, metres: float) -> bool:
        return float(np.linalg.norm(hand.point - position)) < metres

    held = {"right": pose.right, "left": pose.left}.get(pose.phone or pose.cup)
    if activity in (Activity.TEXTING_RIGHT, Activity.TEXTING_LEFT):
        return held is not None and held.point[2] > 0.2 and _is_seen(held.point, pose, bones, appearance)
    if activity in (Activity.PHONE_RIGHT, Activity.PHONE_LEFT):
        at_ear = held is not None and close(held, bones.head.origin, 0.25)
        return held is not None and at_ear and _is_seen(held.point, pose, bones, appearance)
    if activity is Activity.RADIO:
        return close(pose.right, appearance.cabin.console, 0.27) and _is_in_view(pose.right.point, appearance)
    if activity is Activity.DRINKING:
        return held is not None and close(held, bones.head.origin, 0.4)
    if activity is Activity.REACHING_BEHIND:
        return float(pose.right.point[0]) < -0.2
    if activity is Activity.HAIR_AND_MAKEUP:
        return any(close(hand, bones.head.origin, 0.25) for hand in (pose.right, pose.left))
    if activity is Activity.PASSENGER:
        return float(pose.head[0]) < _TURNED
    return True


def _is_in_view(point: Array, appearance: Appearance) -> bool:
    x, y, _, w = camera_matrix(appearance.camera, 320, 240) @ np.append(point, 1.0)
    return bool(w > 0.0 and abs(x) < 0.95 * w and abs(y) < 0.95 * w)


def _is_seen(point: Array, pose: Pose, bones: Skeleton, appearance: Appearance) -> bool:
    """Whether a point in the left hand, or the right one, is in view and the right arm not before it."""
    if not _is_in_view(point, appearance):
        return False
    if np.linalg.norm(point - pose.right.point) < 0.05:
        return True
    bent = solve_arm(appearance.build, bones, pose, right=True)
    fraction = np.linspace(0.0, 1.0, 9)[:, None]
    arm = np.vstack(
        [bent.shoulder + (bent.elbow - bent.shoulder) * fraction, bent.elbow + (bent.wrist - bent.elbow) * fraction]
    )
    eye = appearance.camera.position
    sight = point - eye
    along = np.clip((arm - eye) @ sight / (sight @ sight), 0.0, 1.0)
    return bool((np.linalg.norm(arm - eye - along[:, None] * sight, axis=1) > _ARM_RADIUS).all())
