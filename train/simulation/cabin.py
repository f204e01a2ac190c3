"""The car around the driver: seat, steering wheel, dashboard and console, door, pillars and roof."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from train.simulation.appearance import Cabin
from train.simulation.geometry import Array, cross, turn_y, unit, vector
from train.simulation.mesh import (
    Mesh,
    ellipsoid,
    grain,
    grid_quads,
    join,
    loft,
    patch,
    ribbon,
    rounded_box,
    surface,
    tubes,
)
from train.simulation.rig import wheel_axes

_DOOR = 0.46  # y of the door's inner skin, metres
_RAIL = 0.37  # y of the roof rail; side windows lean inwards
_ROOF = 0.90  # z of the roof rail


class CabinKey:
    """A cabin as a dictionary key: by identity, for its arrays cannot be compared."""

    def __init__(self, cabin: Cabin, seed: int) -> None:
        self.cabin, self.seed = cabin, seed

    def __hash__(self) -> int:
        return hash((id(self.cabin), self.seed))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CabinKey) and other.cabin is self.cabin and other.seed == self.seed


def _panel(corners: list[tuple[float, float, float]], columns: int, rows: int, colour: Array, seed: int) -> Mesh:
    quads = patch(np.array(corners, dtype=np.float64), columns, rows)
    return surface(quads, np.clip(colour * grain(len(quads), seed, 0.03), 0.0, 1.0), gloss=0.03, solid=False)


@lru_cache(maxsize=8)
def shell_mesh(key: CabinKey) -> Mesh:
    """What lies behind the driver, in painting order: door, pillars, roof, rear. The windows are left open."""
    cabin, seed, sill = key.cabin, key.seed, key.cabin.sill
    low, front, rear = -0.9, 0.86, -1.7
    rail = _RAIL + 0.02
    dark = cabin.trim * 0.55
    door = [
        _panel([(rear, _DOOR, low), (front, _DOOR, low), (front, _DOOR, sill), (rear, _DOOR, sill)],
               50, 24, cabin.trim, seed),
        # Padded strip, arm rest and pocket stand out from the skin.
        _panel([(rear, 0.44, sill - 0.05), (front, 0.44, sill - 0.05), (front, 0.45, sill), (rear, 0.45, sill)],
               50, 1, cabin.trim * 1.25, seed + 1),
        _panel([(-0.25, 0.45, 0.22), (0.7, 0.45, 0.24), (0.72, 0.45, 0.36), (-0.22, 0.45, 0.34)],
               24, 4, cabin.door_stripe, seed + 2),
        _panel([(-0.2, 0.36, 0.17), (0.5, 0.40, 0.19), (0.52, 0.45, 0.23), (-0.2, 0.45, 0.21)],
               18, 2, cabin.trim * 1.35, seed + 3),
        _panel([(-0.2, 0.36, 0.11), (0.5, 0.40, 0.13), (0.5, 0.40, 0.19), (-0.2, 0.36, 0.17)],
               18, 2, cabin.trim * 0.8, seed + 4),
        _panel([(0.34, 0.44, 0.36), (0.47, 0.44, 0.37), (0.47, 0.44, 0.41), (0.34, 0.44, 0.40)],
               5, 2, np.full(3, 0.55), seed + 5),
    ]  # fmt: skip
    pillars = [
        # The roof above the side windows, and the rail.
        _panel([(rear, _RAIL, _ROOF), (0.36, _RAIL, _ROOF), (0.36, -0.2, 1.06), (rear, -0.2, 1.06)],
               30, 6, cabin.roof, seed),
        _panel([(rear, rail, _ROOF - 0.05), (0.34, rail, _ROOF - 0.05), (0.38, _RAIL, _ROOF + 0.01),
                (rear, _RAIL, _ROOF + 0.01)], 40, 2, cabin.roof * 0.9, seed + 6),
        # B pillar.
        _panel([(-0.46, _DOOR, sill - 0.03), (-0.31, _DOOR, sill - 0.03), (-0.36, _RAIL, _ROOF), (-0.49, _RAIL, _ROOF)],
               4, 10, cabin.roof * 0.8, seed + 7),
        # C pillar and everything behind it.
        _panel([(-1.7, _DOOR, sill), (-1.22, _DOOR, sill), (-1.05, _RAIL, _ROOF), (-1.7, _RAIL, _ROOF)],
               6, 8, dark, seed + 8),
        # A pillar.
        _panel([(0.83, _DOOR + 0.02, sill - 0.02), (0.93, _DOOR, sill - 0.02), (0.44, _RAIL - 0.02, _ROOF + 0.04),
                (0.33, _RAIL, _ROOF - 0.02)], 3, 16, cabin.roof * 0.75, seed + 9),
        # Mirror triangle.
        _panel([(0.68, _DOOR, sill), (0.86, _DOOR, sill), (0.80, 0.45, sill + 0.07), (0.70, _DOOR, sill + 0.08)],
               3, 3, cabin.trim * 0.7, seed + 10),
        # The wind-screen's upper edge.
        _panel([(0.30, _RAIL, _ROOF + 0.01), (0.44, _RAIL, _ROOF + 0.02), (0.42, -1.6, 1.06), (0.2, -1.6, 1.06)],
               4, 12, cabin.roof, seed + 11),
    ]  # fmt: skip
    return join([*door, *pillars, _mirror(sill)])


def _mirror(sill: float) -> Mesh:
    """The outside mirror, seen through the front of the side window."""
    body = rounded_box(vector(0.80, 0.66, sill + 0.08), np.diag([0.05, 0.1, 0.07]), 18, 8)
    return surface(body, np.full(3, 0.12), gloss=0.3)


def _seat(cabin: Cabin, seed: int) -> Mesh:
    """The driver's seat; its backrest leans 17°."""
    lean = turn_y(-0.30)
    back_low = vector(-0.155, 0.0, -0.02)
    height = np.array([-0.12, -0.08, 0.05, 0.2, 0.35, 0.48, 0.56, 0.6, 0.615])
    width = np.array([0.10, 0.22, 0.245, 0.25, 0.245, 0.23, 0.20, 0.14, 0.02])
    depth = np.array([0.02, 0.07, 0.085, 0.085, 0.08, 0.075, 0.065, 0.05, 0.01])
    fine = np.linspace(-0.12, 0.615, 24)
    width, depth = np.interp(fine, height, width), np.interp(fine, height, depth)
    turn = np.linspace(0.0, 2.0 * np.pi, 36, endpoint=False)
    cos, sin = np.cos(turn), np.sin(turn)
    x = np.sign(cos) * np.abs(cos) ** 0.5 * depth[:, None]
    y = np.sign(sin) * np.abs(sin) ** 0.5 * width[:, None]
    # Side bolsters reach forward around the driver.
    x = x + (cos > 0.0) * 0.055 * np.clip(np.abs(y) / 0.22 - 0.55, 0.0, 1.0) * 2.0
    local = np.stack(np.broadcast_arrays(x, y, fine[:, None]), axis=-1)
    back = grid_quads(local @ lean.T + back_low, wrap=True)
    seam = np.abs(np.abs(y[:-1]).ravel() - 0.16) < 0.012
    colours = cabin.seat * np.where(seam[:, None], 0.6, 1.0) * grain(len(back), seed, 0.04)
    rest = rounded_box(
        lean @ vector(-0.015, 0.0, 0.715) + back_low, (lean @ np.diag([0.055, 0.135, 0.085])).T, 26, 12, 0.5
    )
    posts = tubes(
        np.stack([lean @ vector(-0.01, side, 0.56) + back_low for side in (-0.06, 0.06)]),
        np.stack([lean @ vector(-0.01, side, 0.68) + back_low for side in (-0.06, 0.06)]),
        np.full((2, 2), 0.007),
    )
    parts = [
        surface(back, np.clip(colours, 0.0, 1.0), gloss=0.06),
        surface(rest, cabin.seat * grain(len(rest), seed + 1, 0.03), gloss=0.06),
        surface(posts, np.full(3, 0.5), gloss=0.4),
    ]
    base = rounded_box(vector(0.12, 0.0, -0.15), np.diag([0.33, 0.25, 0.085]), 40, 12, 0.5)
    parts.append(surface(base, cabin.seat * grain(len(base), seed + 2, 0.04), gloss=0.05))
    return join(parts)


def _dashboard(cabin: Cabin, seed: int) -> Mesh:
    """From the left door to the right one, with a hood over the instruments."""
    across = np.linspace(0.5, -0.95, 34)
    outline = np.array([(0.72, -0.5), (0.60, -0.2), (0.57, 0.1), (0.58, 0.28), (0.60, 0.37), (0.66, 0.42), (0.78, 0.45),
                        (1.0, 0.46)])  # fmt: skip
    fine = np.linspace(0, len(outline) - 1, 24)
    x, z = (np.interp(fine, np.arange(len(outline)), outline[:, i]) for i in range(2))
    hood = np.exp(-((across / 0.19) ** 4))
    shape = np.clip((z - 0.25) / 0.2, 0.0, 1.0)
    points = np.stack(
        np.broadcast_arrays(
            x[:, None] - 0.05 * hood * (shape * (1.6 - shape))[:, None],
            across[None, :],
            z[:, None] + 0.05 * hood * shape[:, None],
        ),
        axis=-1,
    )
    quads = grid_quads(points, wrap=False)
    return surface(quads, np.clip(cabin.dash * grain(len(quads), seed + 50, 0.04), 0.0, 1.0), gloss=0.04, solid=False)


def _instruments(cabin: Cabin) -> Mesh:
    parts = []
    for y in (-0.075, 0.075):
        turn = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
        ring = np.stack([np.full(24, 0.535), y + 0.058 * np.cos(turn), 0.41 + 0.05 * np.sin(turn)], axis=-1)
        rims = [
            ring,
            vector(0.533, y, 0.41) + (ring - vector(0.535, y, 0.41)) * 0.8,
            np.tile(vector(0.536, y, 0.41), (24, 1)),
        ]
        quads = grid_quads(np.stack(rims), wrap=True)
        colours = np.where(np.arange(len(quads))[:, None] < 24, vector(0.6, 0.65, 0.7), vector(0.06, 0.07, 0.1))
        parts.append(surface(quads, colours, gloss=-0.4, solid=False))
    return join(parts)


def _console(cabin: Cabin, seed: int) -> Mesh:
    """The centre stack with vents, radio and knobs, facing the driver a little; tunnel and gear lever."""
    face = cabin.console + vector(0.03, 0.0, 0.0)
    y0, y1 = face[1] - 0.12, face[1] + 0.12
    slope = 0.28

    def at(y: float, z: float, lift: float = 0.0) -> tuple[float, float, float]:
        return (face[0] + slope * (z - face[2]) - lift - 0.25 * (y - face[1]), y, z)

    stack = patch(np.array([at(y0, 0.45), at(y1, 0.45), at(y1, -0.05), at(y0, -0.05)]), 16, 26)
    side = patch(np.array([at(y1, 0.45), (0.8, y1, 0.45), (0.8, y1, -0.05), at(y1, -0.05)]), 8, 14)
    near = patch(np.array([(0.8, y0, 0.45), at(y0, 0.45), at(y0, -0.05), (0.8, y0, -0.05)]), 8, 14)
    shade = np.concatenate([np.full(len(stack), 1.1), np.full(len(side) + len(near), 0.8)])[:, None]
    body = np.concatenate([stack, side, near])
    parts = [surface(body, cabin.dash * shade * grain(len(body), seed + 60, 0.03), gloss=0.08, solid=False)]
    dark, metal = np.full(3, 0.04), np.full(3, 0.55)

    def plate(left: float, right: float, bottom: float, top: float, colour: Array, gloss: float) -> None:
        # Far enough in front of the stack to be painted after it.
        lift = 0.022 if bottom + 0.02 < top else 0.034
        z0, z1 = face[2] + bottom, face[2] + top
        corners = np.array([at(y0 + left, z1, lift), at(y0 + right, z1, lift), at(y0 + right, z0, lift),
                            at(y0 + left, z0, lift)])  # fmt: skip
        parts.append(surface(patch(corners, 5, 3), colour, gloss=gloss, solid=False))

    for left in (0.02, 0.13):
        plate(left, left + 0.09, 0.11, 0.17, dark, 0.1)
        for row in range(3):
            plate(left + 0.004, left + 0.086, 0.118 + 0.018 * row, 0.124 + 0.018 * row, metal * 0.6, 0.2)
    plate(0.03, 0.21, 0.01, 0.085, np.array([0.10, 0.22, 0.30]), -0.5)
    for column in range(6):
        plate(0.028 + 0.032 * column, 0.05 + 0.032 * column, -0.035, -0.012, metal * 0.7, 0.2)
    for y in (y0 + 0.05, y0 + 0.19):
        centre = np.array(at(y, face[2] - 0.08, 0.014))
        parts.append(surface(ellipsoid(centre, np.diag([0.016, 0.024, 0.024]), 14, 8), metal, gloss=0.4))
    tunnel = rounded_box(vector(0.1, face[1], -0.12), np.diag([0.42, 0.085, 0.1]), 30, 8, 0.3)
    parts.append(surface(tunnel, cabin.trim * 0.8 * grain(len(tunnel), seed + 61, 0.04), gloss=0.05))
    stick = tubes(vector(0.26, face[1], -0.03)[None], vector(0.24, face[1], 0.07)[None], np.array([[0.009, 0.008]]))
    knob = ellipsoid(vector(0.237, face[1], 0.085), np.diag([0.026, 0.024, 0.024]), 14, 9)
    parts += [surface(stick, metal, gloss=0.4), surface(knob, np.full(3, 0.3), gloss=0.4)]
    if cabin.armrest:
        rest = rounded_box(vector(-0.06, -0.275, 0.13), np.diag([0.17, 0.045, 0.032]), 24, 8, 0.4)
        parts.append(surface(rest, cabin.seat * grain(len(rest), seed + 62, 0.03), gloss=0.05))
    return join(parts)


@lru_cache(maxsize=8)
def furniture_mesh(key: CabinKey) -> Mesh:
    """What stands around the driver and never moves: seats, dashboard and console."""
    cabin, seed = key.cabin, key.seed
    rear = rounded_box(vector(-0.98, 0.0, 0.1), np.diag([0.14, 0.6, 0.36]), 40, 12, 0.4)
    return join(
        [
            surface(rear, cabin.seat * 0.8 * grain(len(rear), seed + 70, 0.05)),
            _seat(cabin, seed),
            _dashboard(cabin, seed),
            _instruments(cabin),
            _console(cabin, seed),
        ]
    )


def wheel_mesh(cabin: Cabin, angle: float, seed: int) -> Mesh:
    """The steering wheel, turned to the right by ``angle`` radians."""
    across, up, out = wheel_axes(cabin)
    turn = np.linspace(0.0, 2.0 * np.pi, 49) - angle
    spokes = np.cos(turn)[:, None] * across + np.sin(turn)[:, None] * up
    centres = cabin.wheel + cabin.wheel_radius * spokes
    # Around the rim the ring's plane is spanned by the spoke and the wheel's axis.
    tangent = cross(out[None], spokes)
    order = np.sign(np.sum(np.gradient(centres, axis=0) * tangent, axis=1).mean())
    rim = loft(centres, out * 0.018 * np.ones((49, 1)), spokes * 0.018 * order, 12)
    parts = [surface(rim, cabin.dash * 0.8 * grain(len(rim), seed + 80, 0.05), gloss=0.12)]
    hub = cabin.wheel - out * 0.03
    places = (0.05, np.pi - 0.05, -np.pi / 2) if cabin.wheel_spokes == 3 else (0.2, np.pi - 0.2, -1.1, np.pi + 1.1)
    for place in places:
        spoke = np.cos(place - angle) * across + np.sin(place - angle) * up
        side = cross(out, spoke)
        line = (
            hub + spoke * np.linspace(0.03, cabin.wheel_radius, 7)[:, None] + out * np.linspace(0.0, 0.03, 7)[:, None]
        )
        parts.append(surface(ribbon(line, side * 0.02), cabin.dash * 1.3, gloss=0.2, solid=False))
    boss = ellipsoid(hub, np.stack([across * 0.062, up * 0.055, unit(cross(across, up)) * 0.026]), 22, 10)
    parts.append(surface(boss, cabin.dash * grain(len(boss), seed + 81, 0.04), gloss=0.15))
    badge = ellipsoid(hub + out * 0.024, np.stack([across, up, cross(across, up)]) * 0.012, 10, 6)
    parts.append(surface(badge, np.full(3, 0.6), gloss=0.5))
    column = tubes((hub - out * 0.02)[None], (hub - out * 0.18)[None], np.array([[0.05, 0.07]]), 16, 5)
    parts.append(surface(column, cabin.dash * 0.7))
    keys = rounded_box(hub - out * 0.05 + across * 0.11 - up * 0.11, np.diag([0.012, 0.006, 0.03]), 8, 5)
    parts.append(surface(keys, np.full(3, 0.6), gloss=0.5))
    return join(parts)
