"""Where an arm bends: from the shoulder to a hand that touches what its pose says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.simulation.appearance import Build
from train.simulation.body.hand import wrist_of
from train.simulation.body.motion import Pose
from train.simulation.body.rig import Skeleton
from train.simulation.shapes.geometry import STRAIGHT, Array, bend_arm, unit, vector

_GIVE = 0.07  # how far a shoulder comes forward for a hand that is far off, metres
_SHORT = 0.035  # how far a hand may stay from what it holds before the driver leans to it, metres
_LEAN = 0.06  # how far that brings the shoulder, metres
_DOOR_SIDE = 0.36  # a left hand this far out lies on the window's edge, metres


@dataclass(frozen=True)
class Arm:
    """Three joints, (3,) each; the wrist is where the arm reaches, which may fall short of what was wanted."""

    shoulder: Array
    elbow: Array
    wrist: Array


def solve_arm(build: Build, bones: Skeleton, pose: Pose, right: bool) -> Arm:
    """The right or left arm of a pose."""
    shoulder = bones.right_shoulder if right else bones.left_shoulder
    wrist = wrist_of(pose.right if right else pose.left, right)
    side = -1.0 if right else 1.0
    # Elbows hang down and a little outwards; behind the back they stick up and out.
    behind = float(np.clip((shoulder[0] - wrist[0] - 0.12) * 6.0, 0.0, 1.0))
    pole = vector(0.1, side * 0.75, -1.0) * (1.0 - behind) + vector(0.2, side * 1.0, 0.3) * behind
    if not right:
        # Whose hand is on the window's edge has the elbow there as well.
        out = float(np.clip((wrist[1] - _DOOR_SIDE) * 14.0, 0.0, 1.0))
        pole = pole * (1.0 - out) + vector(-0.4, 1.0, 0.3) * out
    # A shoulder gives way when the hand is far off.
    want = wrist - shoulder
    away, length = float(np.linalg.norm(want)), build.upper_arm + build.forearm
    give = float(np.clip(away - 0.9 * length, 0.0, _GIVE))
    # Few arms are too short even so: those of the smallest drivers, with a hand at the top of the wheel.
    give += float(np.clip(away - give - STRAIGHT * length - _SHORT, 0.0, _LEAN))
    shoulder = shoulder + unit(want) * give
    elbow, reached = bend_arm(shoulder, wrist, build.upper_arm, build.forearm, pole)
    return Arm(shoulder, elbow, reached)
