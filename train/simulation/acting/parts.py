"""Where the driver's head and hands are in an image of the simulation."""

from __future__ import annotations

import numpy as np

from engines.driver_parts import DriverPart
from train.simulation.appearance import Appearance, CameraMount
from train.simulation.body.hand import wrist_of
from train.simulation.body.motion import Pose
from train.simulation.body.rig import skeleton
from train.simulation.rendering.render import camera_matrix
from train.simulation.shapes.geometry import Array

_SIDE = 0.32
"""Metres of a box's side: a head with its hair, or a hand with what it holds."""

_BENDING_STEPS = 8

_OTHER_HAND = {DriverPart.RIGHT_HAND: DriverPart.LEFT_HAND, DriverPart.LEFT_HAND: DriverPart.RIGHT_HAND}


def part_boxes(
    appearance: Appearance, pose: Pose, size: tuple[int, int]
) -> dict[DriverPart, tuple[float, float, float, float]]:
    """The boxes x0, y0, x1, y1 of the parts whose middle is in the image, in 0..1 of it.

    Args:
        appearance: driver, car and camera.
        pose: what is seen.
        size: width and height in pixels.
    """
    width, height = size
    matrix = camera_matrix(appearance.camera, width, height)
    focal = 1.0 / np.tan(0.5 * appearance.camera.field)
    hands = {DriverPart.RIGHT_HAND: pose.right, DriverPart.LEFT_HAND: pose.left}
    middles: dict[DriverPart, Array] = {
        DriverPart.HEAD: skeleton(appearance.build, pose.trunk, pose.head).head.origin,
        **{part: (hand.point + wrist_of(hand, part is DriverPart.RIGHT_HAND)) / 2 for part, hand in hands.items()},
    }
    mirrored = appearance.drive_side == "right"
    boxes = {}
    for part, middle in middles.items():
        x, y, _, depth = matrix @ np.append(middle, 1.0)
        if depth <= 0:
            continue
        across, down = _bent(np.array([x, -y]) / depth, height / width, appearance.camera)
        across = -across if mirrored else across
        if max(abs(across), abs(down)) < 1:
            half = focal * _SIDE / 2 / depth
            reach = np.array([half, half * width / height])
            middle_of_image = np.array([across, down])
            named = _OTHER_HAND.get(part, part) if mirrored else part
            x0, y0, x1, y1 = (np.hstack([middle_of_image - reach, middle_of_image + reach]) + 1) / 2
            boxes[named] = (float(x0), float(y0), float(x1), float(y1))
    return boxes


def _bent(point: Array, aspect: float, camera: CameraMount) -> Array:
    """Where the lens puts a point (2,) of −1..1, y down: `lens.expose` says which point it takes from where."""
    seen = point
    for _ in range(_BENDING_STEPS):
        square = (seen[0] ** 2 + (seen[1] * aspect) ** 2) / (1.0 + aspect**2)
        seen = point * (1.0 + camera.barrel) / (1.0 + camera.barrel * square)
    return seen
