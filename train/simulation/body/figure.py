"""The driver's body and clothes for a pose."""

from __future__ import annotations

import numpy as np

from train.simulation.appearance import Appearance
from train.simulation.body.arm import Arm, solve_arm
from train.simulation.body.gaze import eyelids, gaze
from train.simulation.body.hand import brush_mesh, cup_mesh, hand_mesh, phone_mesh
from train.simulation.body.head import head_mesh
from train.simulation.body.motion import Pose
from train.simulation.body.rig import Skeleton, belt_anchor, skeleton
from train.simulation.shapes.atlas import CLOTH, SLEEVE, TROUSERS
from train.simulation.shapes.geometry import Array, cross, perpendicular, unit, vector
from train.simulation.shapes.mesh import Mesh, ellipsoid, grid, join, loft, surface, tube, tubes

# Trunk outline over its height 0..1: half width as a fraction of the shoulder's, half depth in metres.
_TRUNK = np.array(
    [(-0.12, 0.55, 0.06), (-0.08, 0.92, 0.11), (0.05, 0.98, 0.125), (0.25, 0.86, 0.112), (0.42, 0.84, 0.108),
     (0.62, 0.93, 0.115), (0.78, 0.99, 0.110), (0.87, 0.97, 0.092), (0.93, 0.80, 0.072), (0.97, 0.52, 0.062),
     (1.0, 0.36, 0.055), (1.02, 0.30, 0.05)]
)  # fmt: skip
_SIDES, _RINGS = 44, 30
_CLOTH_SIZE = (1.0, 0.72)  # metres of cloth around and along that the texture shows


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
    shape = grid(_trunk_points(appearance, bones, height, angle), wrap=True)
    along = -0.12 + 1.14 * shape.uv[:, 1]
    cloth = np.stack([shape.uv[:, 0], 0.15 + along * appearance.build.torso / _CLOTH_SIZE[1]], axis=-1)
    return surface(shape._replace(uv=cloth), np.ones(3), region=CLOTH)


def _bone(appearance: Appearance, start: Array, end: Array, radii: Array, before: float, right: bool) -> list[Mesh]:
    """Upper arm or forearm, and the sleeve around it; ``before`` is the arm's length up to ``start``, metres."""
    build, clothes = appearance.build, appearance.clothes
    thick = radii[None] * build.girth**0.5
    length = float(np.linalg.norm(end - start))
    covered = min((clothes.sleeve * (build.upper_arm + build.forearm) - before) / length, 1.0)
    parts = []
    if covered < 0.999:
        arm = tubes(start[None], end[None], thick, 18, 8, cap=0.65)
        parts.append(surface(arm, appearance.face.skin, gloss=0.04))
    if covered > 0.02:
        # A sleeve is wider than the arm in it, and lies in slanting folds.
        cuff = start + (end - start) * covered
        wide = np.array([[thick[0, 0], thick[0, 0] + (thick[0, 1] - thick[0, 0]) * covered]])
        open_end = covered < 0.999 and clothes.sleeve < 0.93
        shape = tubes(start[None], cuff[None], wide * (1.16 if open_end else 1.1), 20, 15, cap=0.65)
        axis = unit(end - start)
        along = (shape.points - start) @ axis
        off = shape.points - start - along[:, None] * axis
        slant = unit(off) @ perpendicular(axis)
        folds = 0.045 * np.sin(70.0 * along + 2.5 * slant) * np.sin(31.0 * along - 1.7 * slant + before * 9.0)
        shift = 0.0 if right else 0.45
        cloth = np.stack(
            [shift + shape.uv[:, 0] * 0.3 / _CLOTH_SIZE[0], (0.1 + before + along) / _CLOTH_SIZE[1]], axis=-1
        )
        folded = shape._replace(points=shape.points + off * folds[:, None], uv=cloth)
        bent = folded._replace(normals=unit(shape.normals - axis * (folds * 8.0)[:, None]))
        parts.append(surface(bent, np.ones(3), region=SLEEVE))
    return parts


def _limb(appearance: Appearance, arm: Arm, right: bool) -> Mesh:
    """Upper arm and forearm, with a sleeve as long as the clothes say."""
    inner = arm.shoulder - unit(arm.elbow - arm.shoulder) * 0.015
    upper = _bone(appearance, inner, arm.elbow, np.array([0.060, 0.043]), 0.0, right)
    fore = _bone(appearance, arm.elbow, arm.wrist, np.array([0.043, 0.027]), appearance.build.upper_arm, right)
    return join([*upper, *fore])


def _watch(appearance: Appearance, arm: Arm) -> Mesh:
    axis = unit(arm.wrist - arm.elbow)
    start = arm.wrist - axis * 0.035
    thick = appearance.build.girth**0.5
    strap = tube(start, start + axis * 0.022, (0.033 * thick, 0.032 * thick), 16, 3)
    return surface(strap, np.array([0.1, 0.1, 0.11]), gloss=0.5)


def _arm(appearance: Appearance, pose: Pose, bones: Skeleton, right: bool) -> Mesh:
    name = "right" if right else "left"
    hand = pose.right if right else pose.left
    arm = solve_arm(appearance.build, bones, pose, right)
    parts = [_limb(appearance, arm, right), hand_mesh(hand, arm.wrist, right, appearance.face.skin)]
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
    # A neck is a good deal narrower than the head on it, however stout the body.
    thick = 0.047 * appearance.build.girth**0.35 * appearance.build.head
    throat = tube(low, top, (thick * 1.12, thick), 24, 8)
    parts = [surface(throat, appearance.face.skin * 0.95, gloss=0.04)]
    if appearance.clothes.collar:
        axis = unit(top - low)
        front = unit(cross(vector(0.0, 1.0, 0.0), axis))
        left = cross(axis, front)
        steps = np.array([0.12, 0.3, 0.5])[:, None]
        girth = thick * np.array([1.5, 1.4, 1.28])[:, None]
        band = loft(low + (top - low) * steps, front * girth, left * girth, 24)
        parts.append(surface(band, np.full(3, 0.92), solid=False, region=SLEEVE))
    return join(parts)


def _legs(appearance: Appearance) -> Mesh:
    build = appearance.build
    parts = []
    for side in (-1.0, 1.0):
        hip = vector(build.slide + 0.02, side * 0.095, -0.02)
        knee = vector(build.slide + 0.44, side * (0.14 if side < 0 else 0.18), 0.115 + 0.02 * side)
        ankle = vector(build.slide + 0.72, side * 0.13, -0.25)
        thigh, calf = build.girth**0.5, build.girth**0.4
        upper = tube(hip, knee, (0.095 * thigh, 0.064 * thigh), 18, 12)
        leg = join([upper, tube(knee, ankle, (0.062 * calf, 0.045 * calf), 16, 8)])
        crease = 1.0 + 0.06 * np.sin(60.0 * leg.points[:, :1] + 9.0 * leg.points[:, 2:])
        parts.append(surface(leg, np.clip(crease, 0.0, 1.1) * np.ones(3) * 0.95, region=TROUSERS))
    lap = ellipsoid(vector(build.slide + 0.05, 0.0, -0.01), np.diag([0.13, 0.15, 0.085]), 24, 12)
    parts.append(surface(lap, np.full(3, 0.95), region=TROUSERS))
    return join(parts)


def _belt(appearance: Appearance, bones: Skeleton) -> Mesh:
    """From the pillar over the left shoulder, across the chest to the buckle by the right hip; and over the lap."""
    fraction = np.linspace(0.0, 1.0, 26)
    height, angle = 0.985 - 0.93 * fraction, 0.95 - 2.35 * fraction
    across = _trunk_points(appearance, bones, height, angle, 0.026)
    anchor = belt_anchor(appearance.cabin)
    free = 9
    strap = anchor + (across[0] - anchor) * np.linspace(0.0, 0.96, free)[:, None]
    line = np.vstack([strap, across])
    along = unit(np.gradient(line, axis=0))
    spine, offset = bones.trunk.rotation[:, 2], line - bones.trunk.origin
    outward = unit(offset - (offset @ spine)[:, None] * spine)
    half = unit(cross(along, outward)) * 0.023
    # Between pillar and shoulder nothing turns the strap: it keeps the direction that it lies in on the shoulder.
    pull = unit(across[0] - anchor)
    lying = half[free + 1]
    half[: free + 1] = unit(lying - pull * float(lying @ pull)) * 0.023
    band = grid(np.stack([line - half, line - half * 0.6, line, line + half * 0.6, line + half], axis=1), wrap=False)
    # The woven edges are a little darker.
    edge = 1.0 - 0.25 * (np.abs(band.uv[:, :1] - 0.5) > 0.4)
    return surface(band, appearance.clothes.belt * edge, gloss=0.06, solid=False)


def driver_mesh(appearance: Appearance, pose: Pose, time: float) -> Mesh:
    """The driver in a pose, in car coordinates; ``time`` in seconds decides when the eyes blink."""
    bones = skeleton(appearance.build, pose.trunk, pose.head)
    look = gaze(pose, bones.head)
    head = head_mesh(appearance.face, appearance.seed, pose.mouth, look, eyelids(appearance.seed, time, look))
    head = head.placed(bones.head.rotation, bones.head.origin)
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
