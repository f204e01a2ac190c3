"""The driver's body and clothes for a pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from train.simulation.appearance import Appearance, Clothes
from train.simulation.geometry import Array, bend_arm, cross, perpendicular, unit, vector
from train.simulation.hand import brush_mesh, cup_mesh, hand_mesh, phone_mesh, wrist_of
from train.simulation.head import head_mesh
from train.simulation.mesh import Mesh, ellipsoid, grain, grid_quads, join, loft, surface, tubes
from train.simulation.motion import Pose
from train.simulation.rig import Skeleton, skeleton

# Trunk outline over its height 0..1: half width as a share of the shoulder's, half depth in metres.
_TRUNK = np.array(
    [(-0.12, 0.55, 0.06), (-0.08, 0.92, 0.11), (0.05, 0.98, 0.125), (0.25, 0.86, 0.112), (0.42, 0.84, 0.108),
     (0.62, 0.93, 0.115), (0.78, 0.99, 0.110), (0.87, 0.97, 0.092), (0.93, 0.80, 0.072), (0.97, 0.52, 0.062),
     (1.0, 0.36, 0.055), (1.02, 0.30, 0.05)]
)  # fmt: skip
_SIDES, _RINGS = 44, 30


def cloth_colours(clothes: Clothes, u: Array, v: Array, seed: int) -> Array:
    """Colours (N, 3) of the pattern at ``u`` (around) and ``v`` (along), both (N,) in metres."""
    pitch = clothes.pitch
    stripe, hoop = (u / pitch) % 1.0 < 0.42, (v / pitch) % 1.0 < 0.42
    weight = {
        "plain": np.zeros_like(u),
        "stripes": stripe * 1.0,
        "hoops": hoop * 1.0,
        "plaid": stripe * 0.5 + hoop * 0.5,
        "dots": ((u / pitch) % 1.0 < 0.5) * ((v / pitch) % 1.0 < 0.5) * 1.0,
        "knit": np.zeros_like(u),
    }[clothes.pattern]
    base = clothes.colour + (clothes.second - clothes.colour) * weight[:, None]
    return np.asarray(base * grain(len(u), seed, 0.07 if clothes.pattern == "knit" else 0.03), dtype=np.float64)


@dataclass(frozen=True)
class _Arm:
    shoulder: Array
    elbow: Array
    wrist: Array


def _solve_arm(appearance: Appearance, bones: Skeleton, pose: Pose, right: bool) -> _Arm:
    build = appearance.build
    shoulder = bones.right_shoulder if right else bones.left_shoulder
    wrist = wrist_of(pose.right if right else pose.left, right)
    side = -1.0 if right else 1.0
    # Elbows hang down and a little outwards; behind the back they stick up and out.
    behind = float(np.clip((shoulder[0] - wrist[0] - 0.12) * 6.0, 0.0, 1.0))
    pole = vector(0.1, side * 0.75, -1.0) * (1.0 - behind) + vector(0.2, side * 1.0, 0.3) * behind
    # A shoulder gives way when the hand is far off.
    want = wrist - shoulder
    spare = float(np.linalg.norm(want)) - 0.9 * (build.upper_arm + build.forearm)
    shoulder = shoulder + unit(want) * float(np.clip(spare, 0.0, 0.07))
    elbow, reached = bend_arm(shoulder, wrist, build.upper_arm, build.forearm, pole)
    return _Arm(shoulder, elbow, reached)


def _trunk_points(appearance: Appearance, bones: Skeleton, height: Array, angle: Array, swell: float = 0.0) -> Array:
    """Points of the trunk's surface at heights 0..1 and angles (0 is the front, a quarter turn the driver's left)."""
    build = appearance.build
    width = np.interp(height, _TRUNK[:, 0], _TRUNK[:, 1]) * (build.shoulder + 0.005) + swell
    width = width * np.interp(height, [0.0, 0.5, 0.85], [build.girth**0.6, build.girth**0.5, 1.0])
    depth = np.interp(height, _TRUNK[:, 0], _TRUNK[:, 2]) * build.girth**0.4 + swell
    fold = 0.004 * np.sin(31.0 * height + 3.0 * angle) * (height < 0.6)
    forward = np.maximum(np.cos(angle), 0.0)
    bulge = build.belly * 1.4 * np.exp(-(((height - 0.28) / 0.2) ** 2))
    bulge = bulge + build.bust * np.exp(-(((height - 0.68) / 0.11) ** 2)) * (0.75 + 0.25 * np.cos(4.0 * angle))
    x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.8 * depth + bulge * forward + fold
    y = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.8 * width
    # A sitting back is round: the hips stay on the seat while the chest leans, turns and bends.
    sitting = np.clip(1.0 - height * 2.2, 0.0, 1.0)
    local = np.stack(np.broadcast_arrays(x, y, height * build.torso), axis=-1)
    leaning = local @ bones.trunk.rotation.T
    upright = np.stack([local[..., 0] - 0.3 * local[..., 2], local[..., 1], local[..., 2]], axis=-1)
    return np.asarray(bones.trunk.origin + leaning + (upright - leaning) * (sitting**2)[..., None], dtype=np.float64)


def _trunk(appearance: Appearance, bones: Skeleton) -> Mesh:
    height = np.linspace(-0.12, 1.02, _RINGS)[:, None]
    angle = np.linspace(0.0, 2.0 * np.pi, _SIDES, endpoint=False)[None, :]
    quads = grid_quads(_trunk_points(appearance, bones, height, angle), wrap=True)
    rows, columns = np.divmod(np.arange(len(quads)), _SIDES)
    along = (rows + 0.5) / (_RINGS - 1) * 1.14 - 0.12
    colours = cloth_colours(appearance.clothes, columns / _SIDES * 1.0, along * appearance.build.torso, appearance.seed)
    turn = np.minimum(columns, _SIDES - columns) / _SIDES
    neckline = along > 0.98
    if not appearance.clothes.collar:
        colours = np.where(neckline[:, None], appearance.face.skin, colours)
    placket = (turn < 0.02) & (along > 0.3) & appearance.clothes.collar
    colours = np.where(placket[:, None], colours * 0.75, colours)
    return surface(quads, np.clip(colours, 0.0, 1.0))


def _bone(appearance: Appearance, start: Array, end: Array, radii: Array, before: float, seed: int) -> Mesh:
    """Upper arm or forearm in its sleeve; ``before`` is the arm's length up to ``start``, metres."""
    build, clothes = appearance.build, appearance.clothes
    sides = 20
    quads = tubes(start[None], end[None], radii[None] * build.girth**0.5, sides, 13, cap=0.65)
    axis, sleeve = unit(end - start), clothes.sleeve * (build.upper_arm + build.forearm)
    # A sleeve is wider than the arm in it, and lies in slanting folds.
    along = (quads - start) @ axis
    off = quads - start - along[..., None] * axis
    slant = unit(off) @ perpendicular(axis)
    puff = np.where(before + along < sleeve, 0.13 + 0.05 * np.sin(80.0 * along + 2.5 * slant), 0.0)
    middle = before + along.mean(axis=1)
    around = np.tile(np.arange(sides) / sides * 0.3, len(quads) // sides)
    cloth = cloth_colours(clothes, around, middle, seed)
    skin = appearance.face.skin * grain(len(quads), seed + 1, 0.02)
    colours = np.clip(np.where((middle < sleeve)[:, None], cloth, skin), 0.0, 1.0)
    return surface(quads + off * puff[..., None], colours, gloss=0.02)


def _limb(appearance: Appearance, arm: _Arm, seed: int) -> Mesh:
    """Upper arm and forearm, with a sleeve as long as the clothes say."""
    inner = arm.shoulder - unit(arm.elbow - arm.shoulder) * 0.015
    upper = _bone(appearance, inner, arm.elbow, np.array([0.058, 0.043]), 0.0, seed)
    fore = _bone(appearance, arm.elbow, arm.wrist, np.array([0.043, 0.027]), appearance.build.upper_arm, seed + 1)
    return join([upper, fore])


def _watch(appearance: Appearance, arm: _Arm) -> Mesh:
    axis = unit(arm.wrist - arm.elbow)
    start = arm.wrist - axis * 0.035
    quads = tubes(
        start[None], (start + axis * 0.022)[None], np.array([[0.033, 0.032]]) * appearance.build.girth**0.5, 16, 3
    )
    return surface(quads, np.array([0.1, 0.1, 0.11]), gloss=0.5)


def _arm(appearance: Appearance, pose: Pose, bones: Skeleton, right: bool) -> Mesh:
    name = "right" if right else "left"
    hand = pose.right if right else pose.left
    arm = _solve_arm(appearance, bones, pose, right)
    seed = appearance.seed + (11 if right else 12)
    parts = [_limb(appearance, arm, seed), hand_mesh(hand, arm.wrist, right, appearance.face.skin, seed)]
    if pose.phone == name:
        parts.append(phone_mesh(hand, arm.wrist, right, appearance.cabin))
    if pose.cup == name:
        parts.append(cup_mesh(hand, arm.wrist, right, appearance.cabin))
    if pose.brush == name:
        parts.append(brush_mesh(hand, arm.wrist, right))
    if appearance.clothes.watch and not right:
        parts.append(_watch(appearance, arm))
    return join(parts)


def _neck(appearance: Appearance, bones: Skeleton) -> Mesh:
    top = bones.head.at(-0.022, 0.0, -0.05)
    low = bones.neck - (top - bones.neck) * 0.25
    thick = 0.052 * appearance.build.girth**0.6
    quads = tubes(low[None], top[None], np.array([[thick * 1.12, thick]]), 20, 8)
    parts = [surface(quads, appearance.face.skin * 0.93 * grain(len(quads), appearance.seed + 20, 0.02))]
    if appearance.clothes.collar:
        axis = unit(top - low)
        front = unit(cross(vector(0.0, 1.0, 0.0), axis))
        left = cross(axis, front)
        steps = np.array([0.12, 0.3, 0.5])[:, None]
        girth = thick * np.array([1.5, 1.4, 1.28])[:, None]
        band = loft(low + (top - low) * steps, front * girth, left * girth, 24)
        parts.append(surface(band, appearance.clothes.colour * 0.92, solid=False))
    return join(parts)


def _legs(appearance: Appearance) -> Mesh:
    build = appearance.build
    parts = []
    for side in (-1.0, 1.0):
        hip = vector(build.slide + 0.02, side * 0.095, -0.02)
        knee = vector(build.slide + 0.44, side * (0.14 if side < 0 else 0.18), 0.115 + 0.02 * side)
        ankle = vector(build.slide + 0.72, side * 0.13, -0.25)
        quads = np.concatenate(
            [
                tubes(hip[None], knee[None], np.array([[0.095, 0.064]]) * build.girth**0.5, 24, 16),
                tubes(knee[None], ankle[None], np.array([[0.062, 0.045]]) * build.girth**0.4, 20, 10),
            ]
        )
        crease = 1.0 + 0.07 * np.sin(60.0 * quads.mean(axis=1)[:, :1] + 9.0 * quads.mean(axis=1)[:, 2:])
        parts.append(
            surface(quads, appearance.clothes.trousers * crease * grain(len(quads), appearance.seed + 30, 0.05))
        )
    lap = ellipsoid(vector(build.slide + 0.05, 0.0, -0.01), np.diag([0.13, 0.15, 0.085]), 20, 10)
    parts.append(surface(lap, appearance.clothes.trousers))
    return join(parts)


def _belt(appearance: Appearance, bones: Skeleton) -> Mesh:
    """From the pillar over the left shoulder, across the chest to the buckle by the right hip; and over the lap."""
    share = np.linspace(0.0, 1.0, 26)
    height, angle = 0.985 - 0.93 * share, 0.95 - 2.35 * share
    across = _trunk_points(appearance, bones, height, angle, 0.026)
    anchor = vector(-0.34, 0.40, 0.62)
    strap = anchor + (across[0] - anchor) * np.linspace(0.0, 0.96, 9)[:, None]
    line = np.vstack([strap, across])
    along = unit(np.gradient(line, axis=0))
    spine, offset = bones.trunk.rotation[:, 2], line - bones.trunk.origin
    outward = unit(offset - (offset @ spine)[:, None] * spine)
    half = unit(cross(along, outward)) * 0.023
    quads = grid_quads(np.stack([line - half, line, line + half], axis=1), wrap=False)
    colours = appearance.clothes.belt * grain(len(quads), appearance.seed + 40, 0.04)
    return surface(quads, colours, gloss=0.05, solid=False)


def driver_mesh(appearance: Appearance, pose: Pose) -> Mesh:
    """The driver in a pose, in car coordinates."""
    bones = skeleton(appearance.build, pose.trunk, pose.head)
    head = head_mesh(appearance.face, appearance.seed, pose.mouth).placed(bones.head.rotation, bones.head.origin)
    return join(
        [
            _legs(appearance),
            _trunk(appearance, bones),
            _belt(appearance, bones),
            _neck(appearance, bones),
            _arm(appearance, pose, bones, right=False),
            _arm(appearance, pose, bones, right=True),
            head,
        ]
    )
