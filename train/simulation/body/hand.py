"""Hands, and what they hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from train.simulation.appearance import Cabin
from train.simulation.body.motion import HandPose
from train.simulation.shapes.geometry import Array, cross, unit, vector
from train.simulation.shapes.mesh import Mesh, ellipsoid, join, loft, rounded_box, surface, tubes

PALM = 0.055
"""From the wrist to the middle of the palm, metres."""
_GRASP = 0.03
# Four fingers: position across the palm (from the thumb's side), length of each of two bones, radius, metres.
_FINGERS = np.array([(0.030, 0.040, 0.0105), (0.010, 0.044, 0.0110), (-0.010, 0.042, 0.0105), (-0.029, 0.034, 0.0095)])


def hand_axes(pose: HandPose, right: bool) -> tuple[Array, Array, Array]:
    """Along the fingers, out of the palm, and to the thumb's side; unit vectors (3,) at right angles."""
    fingers = unit(pose.fingers)
    side = unit(pose.thumb - fingers * float(pose.thumb @ fingers))
    palm = cross(side, fingers) if right else cross(fingers, side)
    return fingers, palm, side


def wrist_of(pose: HandPose, right: bool) -> Array:
    """Where the wrist (3,) must be for the hand to touch or hold its point."""
    fingers, palm, _ = hand_axes(pose, right)
    return pose.point - palm * _GRASP - fingers * (PALM + pose.reach)


def fingertip(curl: float) -> tuple[float, float]:
    """How far the middle finger's tip lies from the wrist along the fingers, and out of the palm, metres."""
    length = float(_FINGERS[1, 1])
    ahead = 0.088 + length * (np.cos(curl) + 0.95 * np.cos(2.3 * curl))
    return float(ahead), float(length * (np.sin(curl) + 0.95 * np.sin(2.3 * curl)))


def touching(tip: Array, fingers: Array, thumb: Array, curl: float, right: bool) -> HandPose:
    """The hand whose middle finger touches ``tip`` (3,), pointing along ``fingers`` with the thumb to ``thumb``."""
    pose = HandPose(tip, unit(fingers), unit(thumb), curl)
    along, palm, _ = hand_axes(pose, right)
    ahead, out = fingertip(curl)
    return replace(pose, point=tip - along * (ahead - PALM) - palm * (out - _GRASP))


def _box_axes(long: Array, wide: Array, thin: Array) -> Array:
    """Half axes (3, 3) in right-handed order."""
    swap = float(cross(wide, thin) @ long) < 0.0
    return np.stack([thin, wide, long] if swap else [wide, thin, long])


def hand_mesh(pose: HandPose, wrist: Array, right: bool, skin: Array) -> Mesh:
    """The hand at the reached wrist (3,)."""
    fingers, palm, side = hand_axes(pose, right)
    blade = rounded_box(wrist + fingers * 0.05, _box_axes(fingers * 0.048, side * 0.040, palm * 0.0145), 18, 9, 0.62)
    knuckles = wrist + fingers * 0.088 + side * _FINGERS[:, :1]
    first, second = pose.curl * 1.0, pose.curl * 2.3
    spread = side * _FINGERS[:, :1] * (1.0 - pose.curl) * 5.0
    one = unit(fingers * np.cos(first) + palm * np.sin(first) + spread)
    two = unit(fingers * np.cos(second) + palm * np.sin(second) + spread)
    length, radius = _FINGERS[:, 1:2], _FINGERS[:, 2:3]
    joints = knuckles + one * length
    tips = joints + two * length * 0.95
    root = wrist + fingers * 0.03 + side * 0.034 + palm * 0.006
    bend = unit(side * (0.75 - 0.4 * pose.curl) + fingers * 0.65 + palm * 0.55 * pose.curl)
    tip = unit(side * (0.3 - 0.5 * pose.curl) + fingers * 0.8 + palm * 0.7 * pose.curl)
    thumb = root + bend * 0.045
    ball = ellipsoid(
        wrist + fingers * 0.036 + side * 0.022 + palm * 0.008,
        _box_axes(fingers * 0.034, side * 0.020, palm * 0.016),
        10,
        7,
    )
    heel = rounded_box(wrist + fingers * 0.006, _box_axes(fingers * 0.03, side * 0.028, palm * 0.021), 14, 7, 0.75)
    starts = np.vstack([knuckles, joints, root, thumb])
    ends = np.vstack([joints, tips, thumb, thumb + tip * 0.034])
    girth = np.vstack([np.hstack([radius, radius * 0.95]), np.hstack([radius * 0.95, radius * 0.8]),
                       [[0.016, 0.0125], [0.0125, 0.0098]]])  # fmt: skip
    bones = tubes(starts, ends, girth, sides=9, rings=2)
    shape = join([blade, ball, heel, bones])
    # Blood shows in knuckles and finger tips.
    ends_far = np.min(np.linalg.norm(shape.points[:, None] - np.vstack([joints, tips])[None], axis=2), axis=1)
    rosy = np.exp(-((ends_far / 0.014) ** 2))[:, None] * np.array([0.0, 0.09, 0.07])
    return surface(shape, skin * (1.0 - rosy), gloss=0.07)


def phone_mesh(pose: HandPose, wrist: Array, right: bool, cabin: Cabin) -> Mesh:
    """A phone along the fingers, its screen away from the palm."""
    fingers, palm, side = hand_axes(pose, right)
    centre = wrist + fingers * (PALM + 0.035) + palm * 0.026
    body = rounded_box(centre, _box_axes(fingers * 0.074, side * 0.037, palm * 0.0055), 20, 9, 0.3)
    screen = rounded_box(centre + palm * 0.0040, _box_axes(fingers * 0.069, side * 0.034, palm * 0.003), 20, 7, 0.3)
    case = surface(body, cabin.phone, gloss=0.4)
    return join([case, surface(screen, np.array([0.42, 0.50, 0.60]), gloss=-0.6)])


def cup_mesh(pose: HandPose, wrist: Array, right: bool, cabin: Cabin) -> Mesh:
    """A cup, bottle or can in the closed hand, standing along the thumb."""
    fingers, palm, side = hand_axes(pose, right)
    base = wrist + fingers * (PALM + 0.025) + palm * 0.045
    outlines = {
        "cup": [(-0.06, 0.001), (-0.06, 0.029), (0.0, 0.035), (0.06, 0.041), (0.064, 0.043), (0.068, 0.038),
                (0.072, 0.001)],
        "bottle": [(-0.09, 0.001), (-0.09, 0.031), (-0.03, 0.033), (0.03, 0.033), (0.06, 0.028), (0.085, 0.014),
                   (0.11, 0.013), (0.112, 0.001)],
        "can": [(-0.06, 0.001), (-0.06, 0.028), (-0.05, 0.033), (0.05, 0.033), (0.062, 0.027), (0.062, 0.001)],
    }  # fmt: skip
    outline = np.array(outlines[cabin.cup_kind])
    heights = np.concatenate([np.linspace(a, b, 4)[:-1] for a, b in zip(outline[:-1, 0], outline[1:, 0], strict=True)])
    radii = np.concatenate([np.linspace(a, b, 4)[:-1] for a, b in zip(outline[:-1, 1], outline[1:, 1], strict=True)])
    heights, radii = np.append(heights, outline[-1, 0]), np.append(radii, outline[-1, 1])
    a, b = fingers, cross(side, fingers)
    shape = loft(base + side * heights[:, None], a * radii[:, None], b * radii[:, None], 22)
    level = ((shape.points - base) @ side)[:, None]
    band = (level > -0.035) & (level < 0.02)
    colours = np.where(band, 1.0 - 0.75 * cabin.cup, cabin.cup)
    colours = np.where(level > 0.062, np.array([0.85, 0.85, 0.83]), colours)
    return surface(shape, colours, gloss=0.5)


def brush_mesh(pose: HandPose, wrist: Array, right: bool) -> Mesh:
    """A make-up brush between thumb and fingers."""
    fingers, palm, side = hand_axes(pose, right)
    start = wrist + fingers * 0.07 + palm * 0.035 + side * 0.02
    end = start + unit(fingers * 0.5 + side * 0.9 + palm * 0.25) * 0.10
    middle = start + (end - start) * 0.7
    shape = tubes(np.stack([start, middle]), np.stack([middle, end]), np.array([[0.005, 0.005], [0.008, 0.006]]), 8, 3)
    handle = np.arange(len(shape.points))[:, None] < len(shape.points) // 2
    return surface(shape, np.where(handle, vector(0.08, 0.08, 0.1), vector(0.75, 0.3, 0.35)), gloss=0.3)
