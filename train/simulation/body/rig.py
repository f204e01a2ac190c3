"""The driver's skeleton: where torso, shoulders and head are for given angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.simulation.appearance import Build, Cabin
from train.simulation.shapes.geometry import Array, turn_x, turn_y, turn_z, vector

HEAD_HEIGHT = 0.122
"""Half the height of a head of size one, metres."""


@dataclass(frozen=True)
class CoordinateFrame:
    """A rotation (3, 3) and an origin (3,)."""

    rotation: Array
    origin: Array

    def at(self, x: float, y: float, z: float) -> Array:
        """The car coordinates of a point given in this frame."""
        return self.origin + self.rotation @ vector(x, y, z)


@dataclass(frozen=True)
class Skeleton:
    """Frames of the trunk and head, and the two shoulder points (3,)."""

    trunk: CoordinateFrame
    head: CoordinateFrame
    neck: Array
    right_shoulder: Array
    left_shoulder: Array


def skeleton(build: Build, trunk: Array, head: Array) -> Skeleton:
    """Place the bones.

    Args:
        build: the body.
        trunk: (3,) lean forward, lean to the right, twist to the left; zero is leaning against the seat.
        head: (3,) yaw to the left, pitch down, roll to the right, against the car.
    """
    lean, side, twist = trunk
    rotation = turn_x(side) @ turn_y(lean - build.recline) @ turn_z(twist)
    body = CoordinateFrame(rotation, vector(build.slide, 0.0, 0.0))
    yaw, pitch, roll = head
    turned = turn_z(yaw) @ turn_y(pitch) @ turn_x(roll)
    pivot = body.at(0.012, 0.0, build.torso + 0.045)
    skull = CoordinateFrame(turned * build.head, pivot + turned @ vector(0.028, 0.0, 0.095) * build.head)
    height = build.torso - 0.07
    return Skeleton(
        trunk=body,
        head=skull,
        neck=body.at(0.0, 0.0, build.torso - 0.02),
        right_shoulder=body.at(0.01, -build.shoulder, height),
        left_shoulder=body.at(0.01, build.shoulder, height),
    )


def wheel_axes(cabin: Cabin) -> tuple[Array, Array, Array]:
    """Of the steering wheel: to the driver's right, up in its plane, and out of it towards the driver; (3,) each."""
    c, s = np.cos(cabin.wheel_tilt), np.sin(cabin.wheel_tilt)
    return vector(0.0, -1.0, 0.0), vector(s, 0.0, c), vector(-c, 0.0, s)


def tunnel_top(cabin: Cabin) -> float:
    """How high the tunnel between the seats stands, metres."""
    return 0.03 if cabin.interior.console == "high" else -0.02


PILLAR_FOOT, PILLAR_TOP = 0.455, 0.375
"""y of the B pillar's middle at the sill and at the roof, metres."""
ROOF = 0.90
"""z of the usual roof rail, metres."""


def belt_anchor(cabin: Cabin) -> Array:
    """Where the belt's loop hangs on the B pillar (3,)."""
    inside = cabin.interior
    low, high = cabin.sill - 0.05, ROOF + inside.roof
    fraction = (0.66 - low) / (high - low)
    middle = PILLAR_FOOT + (PILLAR_TOP - PILLAR_FOOT) * fraction
    return vector(inside.pillar - 0.075 - 0.025 * fraction, middle - 0.032, 0.66)


def console_face(cabin: Cabin, y: float, z: float, lift: float = 0.0) -> Array:
    """The point (3,) of the centre stack at ``y`` and ``z``, ``lift`` metres before it; it leans and turns a little."""
    slope = 0.28 if cabin.interior.stack != "van" else 0.45
    x, middle, low = cabin.console + vector(0.03, 0.0, 0.0)
    return vector(float(x + slope * (z - low) - lift - 0.25 * (y - middle)), y, z)


def gear_knob(cabin: Cabin) -> Array:
    """Where the hand changes gear (3,): knob, stalk or dial."""
    middle, top = float(cabin.console[1]), tunnel_top(cabin)
    if cabin.interior.gear == "dash":
        return vector(0.40, middle + 0.08, 0.24)
    if cabin.interior.gear == "column":
        return np.asarray(cabin.wheel + vector(0.07, -0.24, 0.03), dtype=np.float64)
    return vector(0.22, middle, top + 0.01) if cabin.interior.gear == "dial" else vector(0.237, middle, top + 0.105)
