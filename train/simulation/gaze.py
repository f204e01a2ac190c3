"""Where the driver looks: the eyes run ahead of the head."""

from __future__ import annotations

import numpy as np

from train.simulation.geometry import Array, unit
from train.simulation.motion import Pose
from train.simulation.rig import Frame

_FARTHEST = np.array([0.55, 0.4])  # radians, left and up
_BLINK_S = 0.2


def gaze(pose: Pose, head: Frame) -> Array:
    """(2,) radians to the left and up, against the head.

    Somebody whose head is bowed over a phone looks at it; anybody else looks on in the direction that the head has
    begun to turn to.
    """
    target = None
    if pose.phone:
        hand = pose.right if pose.phone == "right" else pose.left
        if np.linalg.norm(hand.point - head.origin) > 0.2 and pose.head[1] > 0.15:
            target = hand.point
    if target is None:
        ahead = np.array([0.25 * pose.head[0], -0.3 * pose.head[1]])
        return np.asarray(np.clip(ahead, -_FARTHEST, _FARTHEST))
    local = head.rotation.T @ unit(target - head.origin)
    angles = np.array([np.arctan2(local[1], local[0]), np.arcsin(np.clip(local[2] / np.linalg.norm(local), -1.0, 1.0))])
    return np.asarray(np.clip(angles, -_FARTHEST, _FARTHEST))


def eyelids(seed: int, time: float, look: Array) -> float:
    """How far the eyes are open, 0..1: less when they look down, and shut in a blink every few seconds."""
    period = 3.0 + (seed % 17) / 8.0
    since = (time + 0.37 * seed) % period
    blink = 1.0 - np.sin(np.pi * min(since / _BLINK_S, 1.0))
    return float(blink * np.clip(1.0 + 0.9 * min(look[1], 0.0), 0.4, 1.0))
