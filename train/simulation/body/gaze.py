"""Where the driver looks: the eyes run ahead of the head."""

from __future__ import annotations

import numpy as np

from train.simulation.body.motion import Pose
from train.simulation.body.rig import CoordinateFrame
from train.simulation.shapes.geometry import Array, smoothstep

_MIN, _MAX = np.array([-0.55, -0.6]), np.array([0.55, 0.4])  # radians, left and up
_BLINK_S = 0.2


def gaze(pose: Pose, head: CoordinateFrame) -> Array:
    """(2,) radians to the left and up, against the head.

    Somebody whose head is bowed over a phone looks at it; anybody else looks on in the direction that the head has
    begun to turn to.
    """
    angles = np.array([0.25 * pose.head[0], -0.3 * pose.head[1]])
    if pose.phone:
        hand = pose.right if pose.phone == "right" else pose.left
        away = float(np.linalg.norm(hand.point - head.origin))
        # The eyes leave the road a little before the head does.
        fraction = smoothstep((float(pose.head[1]) - 0.06) / 0.09) * smoothstep((away - 0.17) / 0.06)
        local = head.rotation.T @ (hand.point - head.origin)
        down = np.array([np.arctan2(local[1], local[0]), np.arcsin(local[2] / np.linalg.norm(local))])
        angles = angles + (down - angles) * fraction
    return np.asarray(np.clip(angles, _MIN, _MAX))


def eyelids(seed: int, time: float, look: Array) -> float:
    """How far the eyes are open, 0..1: less when they look down, and shut in a blink every few seconds."""
    period = 3.0 + (seed % 17) / 8.0
    since = (time + 0.37 * seed) % period
    blink = 1.0 - np.sin(np.pi * min(since / _BLINK_S, 1.0))
    return float(blink * np.clip(1.0 + 0.9 * min(look[1], 0.0), 0.4, 1.0))
