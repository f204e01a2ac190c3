"""Vectors, rotations, and the two-bone arm."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

STRAIGHT = 0.995
"""The share of its length that an arm can reach without being stretched quite straight."""


def vector(x: float, y: float, z: float) -> Array:
    """A point or direction, (3,)."""
    return np.array([x, y, z], dtype=np.float64)


def unit(direction: ArrayLike) -> Array:
    """The direction (…, 3) with length one; a zero vector stays (almost) zero."""
    array = np.asarray(direction, dtype=np.float64)
    length = np.sqrt(np.sum(array * array, axis=-1, keepdims=True))
    return np.asarray(array / np.maximum(length, 1e-9), dtype=np.float64)


def cross(a: Array, b: Array) -> Array:
    """Cross product of (…, 3) arrays; several times faster than `np.cross` on small ones."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def turn_x(angle: float) -> Array:
    """Rotation about x; a positive angle leans an upright body to its right, towards the camera."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def turn_y(angle: float) -> Array:
    """Rotation about y; a positive angle leans an upright body forward, and bows a head."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def turn_z(angle: float) -> Array:
    """Rotation about z; a positive angle turns to the left."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def smoothstep(value: float) -> float:
    """0 below 0, 1 above 1, and a smooth S in between."""
    x = min(max(value, 0.0), 1.0)
    return x * x * (3.0 - 2.0 * x)


def perpendicular(axis: Array) -> Array:
    """Some unit vectors at right angles to the unit vectors ``axis`` (…, 3)."""
    flat = np.abs(axis[..., 2:3]) < 0.9
    helper = np.where(flat, np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]))
    return unit(cross(helper, axis))


def bend_arm(shoulder: Array, wrist: Array, upper: float, fore: float, pole: Array) -> tuple[Array, Array]:
    """Two-bone inverse kinematics.

    Args:
        shoulder: (3,) where the upper arm starts.
        wrist: (3,) where the hand should be; pulled back along the line when it is out of reach.
        upper: length of the upper arm, metres.
        fore: length of the forearm, metres.
        pole: (3,) direction that the elbow prefers.

    Returns:
        Elbow and reached wrist, (3,) each.
    """
    line = wrist - shoulder
    distance = float(np.linalg.norm(line))
    along = unit(line)
    reach = min(max(distance, abs(upper - fore) + 0.02), STRAIGHT * (upper + fore))
    # Law of cosines: how far along the line the elbow lies, and how far off it.
    foot = (upper**2 - fore**2 + reach**2) / (2.0 * reach)
    height = float(np.sqrt(max(upper**2 - foot**2, 0.0)))
    side = unit(pole - along * float(pole @ along))
    return shoulder + along * foot + side * height, shoulder + along * reach
