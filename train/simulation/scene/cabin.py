"""The car around the driver: shell, dashboard, console and steering wheel, in the shapes of `interiors`."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from train.simulation.appearance import Cabin
from train.simulation.body.rig import (
    PILLAR_FOOT,
    PILLAR_TOP,
    ROOF,
    belt_anchor,
    console_face,
    gear_knob,
    tunnel_top,
    wheel_axes,
)
from train.simulation.scene.seat import seat_mesh
from train.simulation.shapes.atlas import CLUSTER, SCREEN, SEAT, STACK
from train.simulation.shapes.geometry import Array, cross, unit, vector
from train.simulation.shapes.mesh import Mesh, ellipsoid, grid, join, loft, patch, ribbon, rounded_box, surface, tube

_DOOR = 0.46  # y of the door's inner skin, metres
_RAIL = 0.37  # y of the roof rail; side windows lean inwards
_REAR = -1.7

Corners = list[tuple[float, float, float]]


def _upright(x0: float, x1: float, y: float, z0: float, z1: float) -> Corners:
    """The corners of a rectangle along the car, ``y`` metres to the left."""
    return [(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)]


def _panel(corners: Corners, columns: int, rows: int, colour: Array, gloss: float = 0.04) -> Mesh:
    shape = patch(np.array(corners, dtype=np.float64), columns, rows)
    return surface(shape, colour, gloss=gloss, solid=False)


def _box(
    centre: Array,
    half: tuple[float, float, float],
    sides: int,
    rings: int,
    power: float,
    colour: Array,
    gloss: float = 0.0,
) -> Mesh:
    """A box with soft edges, ``half`` being half its length, width and height."""
    return surface(rounded_box(centre, np.diag(half), sides, rings, power), colour, gloss=gloss)


def _bar(points: Corners, across: Array, deep: Array, colour: Array) -> Mesh:
    """A padded bar along points, ``across`` and ``deep`` (3,) being its half width and half thickness."""
    line = np.array(points, dtype=np.float64)
    if float(cross(across, deep) @ (line[-1] - line[0])) < 0.0:
        across, deep = deep, across
    fine = np.stack(
        [np.interp(np.linspace(0, len(line) - 1, 10), np.arange(len(line)), line[:, i]) for i in range(3)], 1
    )
    return surface(loft(fine, np.tile(across, (10, 1)), np.tile(deep, (10, 1)), 10), colour, gloss=0.04)


def _door(cabin: Cabin) -> Mesh:
    sill, trim, front = cabin.sill, cabin.trim, 1.2
    kind, insert = cabin.interior.door, cabin.door_stripe
    lower = cabin.light_trim if cabin.interior.two_tone else trim
    edge = [(_REAR, 0.452, sill - 0.022), (front, 0.452, sill - 0.022)]
    parts = [
        _panel(_upright(_REAR, front, _DOOR, -0.9, sill - 0.16), 20, 8, lower),
        _panel(_upright(_REAR, front, _DOOR, sill - 0.16, sill - 0.04), 20, 3, trim),
        # The window's padded edge.
        _bar(edge, vector(0.0, 0.024, 0.0), vector(0.0, 0.0, -0.026), trim * 1.15),
    ]
    if kind == "sheet":
        # Painted metal above, a thin panel below, a pull strap.
        parts.append(_panel(_upright(-0.9, 0.8, 0.452, sill - 0.15, sill - 0.05), 24, 3, insert * 1.3, 0.3))
        strap = [(-0.05, 0.43, 0.3), (0.12, 0.40, 0.29), (0.3, 0.43, 0.3)]
        parts.append(_bar(strap, vector(0.0, 0.008, 0.0), vector(0.0, 0.0, -0.016), trim * 0.6))
    else:
        high = 0.05 if kind == "swept" else 0.0
        low, top = (0.22 - high, 0.24 + high), (0.33 - high, 0.36 + high)
        swept = [(-0.35, 0.45, low[0]), (0.75, 0.45, low[1]), (0.75, 0.45, top[1]), (-0.35, 0.45, top[0])]
        parts.append(_panel(swept, 24, 4, insert))
        parts.append(_box(vector(0.14, 0.415, 0.19), (0.34, 0.055, 0.03), 24, 8, 0.5, lower * 1.15, 0.05))
        if kind == "pocket":
            parts.append(_box(vector(0.2, 0.43, -0.18), (0.4, 0.05, 0.09), 24, 8, 0.4, trim * 0.85))
    handle = vector(0.4, 0.44, min(sill - 0.1, 0.39))
    parts.append(_box(handle, (0.055, 0.012, 0.014), 14, 6, 0.5, np.full(3, 0.6), 0.5))
    return join(parts)


def _pillars(cabin: Cabin) -> Mesh:
    inside = cabin.interior
    sill, roof, pillar = cabin.sill, ROOF + inside.roof, inside.pillar
    lining = cabin.roof
    top = 0.40  # x of the A pillar's upper end
    foot = top + inside.slope
    high, rail = roof + 0.13, _RAIL + 0.01
    slope = [(_REAR, _RAIL, roof), (0.36, _RAIL, roof), (0.36, -0.25, high), (_REAR, -0.25, high)]
    ceiling = [(_REAR, -0.25, high), (0.36, -0.25, high), (0.36, -1.3, high), (_REAR, -1.3, high)]
    above = [(_REAR, rail, roof - 0.02), (0.2, rail, roof - 0.02), (top, rail, roof - 0.035)]
    b_pillar = [(pillar - 0.075, PILLAR_FOOT, sill - 0.05), (pillar - 0.10, PILLAR_TOP, roof)]
    loop = belt_anchor(cabin) + vector(0.0, 0.004, 0.008)
    a_pillar = [(foot + 0.02, _DOOR - 0.01, sill - 0.06), (top, _RAIL, roof)]
    screen = [(top - 0.03, _RAIL, roof + 0.005), (top - 0.06, -0.3, roof + 0.11), (top - 0.06, -1.3, roof + 0.11)]
    triangle = [
        (foot - 0.19, 0.450, sill - 0.01),
        (foot + 0.01, 0.450, sill - 0.01),
        (foot - 0.095, 0.434, sill + 0.10),
        (foot - 0.115, 0.434, sill + 0.10),
    ]
    wall = [(0.93, 0.6, -0.9), (0.93, -1.3, -0.9), (0.93, -1.3, 0.36), (0.93, 0.6, 0.36)]
    floor = [(_REAR, -1.3, -0.5), (0.9, -1.3, -0.5), (0.9, _DOOR, -0.5), (_REAR, _DOOR, -0.5)]
    parts = [
        _panel(slope, 24, 6, lining),
        _panel(ceiling, 24, 6, lining),
        _bar(above, vector(0.0, 0.022, 0.0), vector(0.0, 0.006, -0.035), lining * 0.95),
        _bar(b_pillar, vector(0.07, 0.0, 0.0), vector(0.0, 0.022, 0.0), lining * 0.85),
        # The loop that the belt comes from.
        _box(loop, (0.034, 0.012, 0.022), 14, 6, 0.5, np.full(3, 0.07), 0.2),
        _bar(a_pillar, vector(0.05, 0.0, 0.035), vector(0.0, 0.026, 0.0), lining * 0.8),
        # The wind-screen's upper edge, and a sun visor.
        _bar(screen, vector(0.05, 0.0, 0.02), vector(0.0, 0.02, -0.03), lining),
        _box(vector(top - 0.08, 0.1, roof + 0.03), (0.07, 0.19, 0.012), 18, 6, 0.4, lining * 0.9),
        # Mirror triangle and outside mirror.
        _panel(triangle, 3, 3, cabin.trim * 0.7),
        _box(vector(foot - 0.08, 0.63, sill + 0.08), (0.05, 0.1, 0.07), 18, 8, 0.35, np.full(3, 0.12), 0.3),
        # The wall under the wind-screen, and the floor.
        _panel(wall, 8, 8, cabin.trim * 0.4),
        _panel(floor, 8, 8, cabin.trim * 0.5),
    ]
    if inside.quarter:
        bar = [(foot - 0.26, _DOOR - 0.005, sill - 0.03), (top - 0.05, _RAIL, roof - 0.03)]
        parts.append(_bar(bar, vector(0.014, 0.0, 0.0), vector(0.0, 0.012, 0.0), np.full(3, 0.05)))
    return join(parts)


def _rear(cabin: Cabin) -> Mesh:
    """What closes the cabin behind the driver."""
    inside = cabin.interior
    roof, sill = ROOF + inside.roof, cabin.sill
    dark = cabin.trim * 0.6
    if inside.rear == "bulkhead":
        wall = [(-0.72, _DOOR, -0.5), (-0.72, -1.3, -0.5), (-0.8, -1.3, roof + 0.13), (-0.8, _RAIL, roof + 0.1)]
        side = [(-0.8, _DOOR, sill - 0.03), (-0.44, _DOOR, sill - 0.03), (-0.5, _RAIL, roof), (-0.8, _RAIL, roof)]
        ribs = [
            _bar([(-0.715, y, -0.4), (-0.79, y, roof)], vector(0.0, 0.02, 0.0), vector(0.012, 0.0, 0.0), cabin.trim)
            for y in (0.25, -0.05, -0.35, -0.65)
        ]
        return join([_panel(wall, 20, 20, cabin.trim * 0.9), _panel(side, 6, 8, cabin.trim * 0.95), *ribs])
    if inside.rear == "glass":
        low = [(-0.62, _DOOR, -0.5), (-0.62, -1.3, -0.5), (-0.66, -1.3, 0.42), (-0.66, _DOOR, 0.42)]
        edge = [(-0.72, _RAIL, roof - 0.02), (-0.72, -1.3, roof)]
        side = [(-0.72, _DOOR, sill - 0.03), (-0.5, _DOOR, sill - 0.03), (-0.55, _RAIL, roof), (-0.75, _RAIL, roof)]
        high = _bar(edge, vector(0.04, 0.0, 0.0), vector(0.0, 0.0, 0.07), cabin.roof * 0.9)
        return join([_panel(low, 16, 12, dark), high, _panel(side, 6, 8, cabin.roof * 0.8)])
    bench = rounded_box(vector(-0.98, 0.0, 0.1), np.diag([0.14, 0.6, 0.36]), 28, 10, 0.4)
    rests = [_box(vector(-1.02, y, 0.54), (0.05, 0.12, 0.08), 20, 10, 0.5, cabin.seat * 0.8) for y in (0.3, -0.3)]
    far = -1.22 if inside.name != "suv" else -1.4
    side = [(_REAR, _DOOR, sill), (far, _DOOR, sill), (far + 0.17, _RAIL, roof), (_REAR, _RAIL, roof)]
    pillar = _panel(side, 6, 8, cabin.roof * 0.7)
    back = _panel([(_REAR, _DOOR, -0.5), (_REAR, -1.3, -0.5), (_REAR, -1.3, sill), (_REAR, _DOOR, sill)], 12, 8, dark)
    return join([surface(bench, cabin.seat * 0.8, region=SEAT), *rests, pillar, back])


def _dashboard(cabin: Cabin) -> Mesh:
    """From the left door to the right one, with a hood over the instruments."""
    inside = cabin.interior
    across = np.linspace(0.5, -1.1, 40)
    outline = np.array(inside.dash)
    outline[0, 1] -= 0.2  # through the floor
    fine = np.linspace(0, len(outline) - 1, 28)
    x, z = (np.interp(fine, np.arange(len(outline)), outline[:, i]) for i in range(2))
    # Round the outline's corners.
    for _ in range(3):
        x[1:-1] = 0.25 * x[:-2] + 0.5 * x[1:-1] + 0.25 * x[2:]
        z[1:-1] = 0.25 * z[:-2] + 0.5 * z[1:-1] + 0.25 * z[2:]
    top = float(outline[-1, 1])
    hood = np.exp(-((across / 0.19) ** 4))
    shape = np.clip((z - top + 0.21) / 0.2, 0.0, 1.0)
    points = np.stack(
        np.broadcast_arrays(
            x[:, None] - inside.hood * hood * (shape * (1.6 - shape))[:, None],
            across[None, :],
            z[:, None] + inside.hood * hood * shape[:, None],
        ),
        axis=-1,
    )
    body = grid(points, wrap=False)
    level = body.points[:, 2:3]
    colours = np.where(level > top - 0.12, cabin.dash, cabin.dash * 1.15)
    if inside.two_tone:
        colours = np.where(level < top - 0.13, cabin.light_trim, colours)
    parts = [surface(body, colours, gloss=0.05, solid=False)]
    # A strip of wood, metal or lacquer across.
    row = int(np.argmin(np.abs(z - (top - 0.115))))
    line = points[row] + vector(-0.008, 0.0, 0.0)
    parts.append(surface(ribbon(line, vector(0.004, 0.0, 0.013)), cabin.door_stripe * 1.2, gloss=0.35, solid=False))
    return join(parts)


def _instruments(cabin: Cabin) -> Mesh:
    inside = cabin.interior
    top, edge = inside.dash[-1][1], min(x for x, z in inside.dash if z > 0.25)
    x = edge - 0.4 * inside.hood
    if inside.cluster == "display":
        x, z, half = edge + 0.02, top + 0.03, 0.055
    else:
        z, half = top - 0.035, 0.055
    # Counter-clockwise seen by the driver, so upside down to begin with: from behind nothing of it is seen.
    corners = np.array(
        [(x - 0.02, 0.135, z - half), (x - 0.02, -0.135, z - half), (x, -0.135, z + half), (x, 0.135, z + half)]
    )
    face = patch(corners, 8, 4)
    face = face._replace(uv=np.stack([face.uv[:, 0], 1.0 - face.uv[:, 1]], axis=-1))
    housing = _box(vector(x + 0.034, 0.0, z), (0.036, 0.142, half + 0.006), 20, 8, 0.35, cabin.dash * 0.7, 0.05)
    return join([surface(face, np.full(3, 0.85), gloss=-0.75, region=CLUSTER), housing])


def _console(cabin: Cabin) -> Mesh:
    """The centre stack, facing the driver a little; screens; what is between the seats."""
    inside = cabin.interior
    face = cabin.console + vector(0.03, 0.0, 0.0)
    y0, y1 = face[1] - 0.12, face[1] + 0.12
    high = min(0.45, inside.dash[-1][1] - 0.01)

    def at(y: float, z: float, lift: float = 0.0) -> tuple[float, float, float]:
        x, _, _ = console_face(cabin, y, z, lift)
        return (float(x), y, z)

    low = -0.1 if inside.console != "none" else 0.06
    front = patch(np.array([at(y1, high), at(y0, high), at(y0, low), at(y1, low)]), 12, 16)
    parts = [surface(front, np.full(3, 0.95), gloss=0.10, solid=False, region=STACK)]
    for y in (y0, y1):
        side = patch(np.array([at(y, high), (0.8, y, high), (0.8, y, low), at(y, low)]), 8, 12)
        parts.append(surface(side, cabin.dash * 0.9, gloss=0.05, solid=False))
    lid = patch(np.array([at(y1, high), at(y0, high), (0.8, y0, high), (0.8, y1, high)]), 8, 6)
    parts.append(surface(lid, cabin.dash * 1.05, gloss=0.05, solid=False))
    if inside.stack in ("tablet", "wide"):
        broad, tall = (0.13, 0.085) if inside.stack == "tablet" else (0.17, 0.055)
        middle = np.array(at(face[1] + (0.0 if inside.stack == "tablet" else 0.05), high + 0.045, 0.03))
        left, up = unit(vector(-0.25, 1.0, 0.0)), unit(vector(0.12, 0.0, 1.0))
        out = unit(cross(up, left))
        case = rounded_box(middle, np.stack([left * (broad + 0.008), up * (tall + 0.008), out * 0.009]), 24, 8, 0.3)
        parts.append(surface(case, np.full(3, 0.03), gloss=0.3))
        glass = middle - out * 0.011 * np.sign(out[0])
        corners = np.array(
            [glass + left * broad * x + up * tall * z for x, z in ((1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0))]
        )
        parts.append(surface(patch(corners, 6, 4), np.full(3, 0.95), gloss=-0.8, solid=False, region=SCREEN))
    parts += _between(cabin, float(face[1]))
    return join(parts)


def _between(cabin: Cabin, middle: float) -> list[Mesh]:
    """Tunnel, gear lever and arm rest."""
    inside = cabin.interior
    metal = np.full(3, 0.55)
    parts = []
    top = tunnel_top(cabin)
    if inside.console != "none":
        height = top + 0.12
        parts.append(_box(vector(0.1, middle, -0.12), (0.42, 0.085, height), 30, 10, 0.3, cabin.trim * 0.85, 0.06))
        for x in (0.02, 0.11):
            rings = np.array([(x, middle, top - 0.004), (x, middle, top + 0.006)])
            holder = loft(rings, np.array([(0.036, 0, 0)] * 2), np.array([(0, 0.036, 0)] * 2), 16)
            parts.append(surface(holder, np.full(3, 0.05), gloss=0.2, solid=False))
    knob_at, foot = gear_knob(cabin), vector(0.26, middle, top)
    if inside.gear == "dash":
        foot = vector(0.50, middle + 0.08, 0.17)
    if inside.gear == "column":
        foot = cabin.wheel + vector(0.12, -0.04, -0.02)
    if inside.gear != "dial":
        stick = tube(foot, knob_at, (0.010, 0.008), 10, 4)
        parts.append(surface(stick, metal if inside.gear == "column" else np.full(3, 0.08), gloss=0.4))
        size = 0.014 if inside.gear == "column" else 0.025
        parts.append(surface(ellipsoid(knob_at, np.eye(3) * size, 16, 11), np.full(3, 0.12), gloss=0.4))
        if inside.gear == "floor":
            rings = np.stack([foot, foot + (knob_at - foot) * 0.5])
            boot = loft(rings, np.array([(0.05, 0, 0), (0.012, 0, 0)]), np.array([(0, 0.05, 0), (0, 0.012, 0)]), 16)
            parts.append(surface(boot, cabin.trim * 0.4, solid=False))
    else:
        dial = ellipsoid(knob_at, np.diag([0.035, 0.035, 0.018]), 18, 9)
        parts.append(surface(dial, metal, gloss=0.6))
    if cabin.armrest or inside.console == "high":
        parts.append(_box(vector(-0.10, -0.285, 0.12), (0.17, 0.055, 0.035), 24, 10, 0.4, cabin.seat, 0.06))
    return parts


@lru_cache(maxsize=8)
def cabin_mesh(cabin: Cabin) -> Mesh:
    """Everything around the driver that never moves."""
    parts = (_door, _pillars, _rear, _dashboard, _instruments, _console, seat_mesh, _outer)
    return join(part(cabin) for part in parts)


def _outer(cabin: Cabin) -> Mesh:
    """What stands behind the camera and keeps the sun out, passenger's door and pillars; and the bonnet."""
    inside, y = cabin.interior, -1.25
    roof, sill = ROOF + inside.roof, cabin.sill
    pillar = inside.pillar
    b_pillar = [(pillar - 0.17, y, sill), (pillar, y, sill), (pillar - 0.05, y, roof), (pillar - 0.18, y, roof)]
    a_pillar = [(0.85, y, sill), (1.0, y, sill), (0.45, y + 0.1, roof), (0.35, y + 0.1, roof)]
    bonnet = [(0.95, 0.58, 0.40), (2.2, 0.52, 0.30), (2.2, -1.4, 0.30), (0.95, -1.4, 0.40)]
    door = _upright(_REAR, 0.9, y, -0.9, sill)
    panels = ((door, 2, 2), (b_pillar, 1, 4), (a_pillar, 1, 4), (bonnet, 2, 2))
    return join(_panel(corners, columns, rows, cabin.trim) for corners, columns, rows in panels)


def wheel_mesh(cabin: Cabin, angle: float) -> Mesh:
    """The steering wheel, turned to the right by ``angle`` radians."""
    across, up, out = wheel_axes(cabin)
    turn = np.linspace(0.0, 2.0 * np.pi, 41) - angle
    spokes = np.cos(turn)[:, None] * across + np.sin(turn)[:, None] * up
    centres = cabin.wheel + cabin.wheel_radius * spokes
    # Around the rim the ring's plane is spanned by the spoke and the wheel's axis.
    tangent = cross(out[None], spokes)
    order = np.sign(np.sum(np.gradient(centres, axis=0) * tangent, axis=1).mean())
    rim = loft(centres, out * 0.0165 * np.ones((41, 1)), spokes * 0.0165 * order, 10)
    parts = [surface(rim, cabin.dash * 0.8, gloss=0.16)]
    hub = cabin.wheel - out * 0.03
    spoke_angles = (
        (0.05, np.pi - 0.05, -np.pi / 2) if cabin.wheel_spokes == 3 else (0.2, np.pi - 0.2, -1.1, np.pi + 1.1)
    )
    steel = np.full(3, 0.42) if cabin.interior.name in ("saloon", "electric", "suv") else cabin.dash * 1.3
    for spoke_angle in spoke_angles:
        spoke = np.cos(spoke_angle - angle) * across + np.sin(spoke_angle - angle) * up
        side = cross(out, spoke)
        fraction = np.linspace(0.0, 1.0, 9)[:, None]
        line = hub + spoke * (0.03 + (cabin.wheel_radius - 0.035) * fraction) + out * 0.03 * fraction
        wide = side * (0.024 - 0.012 * np.sin(np.pi * fraction))
        parts.append(surface(loft(line, np.tile(out * 0.007, (9, 1)), wide, 10), steel, gloss=0.25))
    boss = ellipsoid(hub, np.stack([across * 0.066, up * 0.058, unit(cross(across, up)) * 0.028]), 18, 9)
    parts.append(surface(boss, cabin.dash, gloss=0.12))
    badge = ellipsoid(hub + out * 0.024, np.stack([across, up, cross(across, up)]) * 0.012, 10, 6)
    parts.append(surface(badge, np.full(3, 0.6), gloss=0.5))
    column = tube(hub - out * 0.02, hub - out * 0.2, (0.05, 0.07), 18, 5)
    parts.append(surface(column, cabin.dash * 0.7))
    # The stalks for indicators and wipers do not turn with the wheel.
    for sign in (-1.0, 1.0):
        root = hub - out * 0.06
        stalk = tube(root + across * sign * 0.05, root + across * sign * 0.17 + up * 0.015, (0.008, 0.006))
        parts.append(surface(stalk, np.full(3, 0.06), gloss=0.2))
    return join(parts)
