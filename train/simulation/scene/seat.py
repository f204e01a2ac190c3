"""The driver's seat: classic, sport, comfort or bench."""

from __future__ import annotations

import numpy as np

from train.simulation.appearance import Cabin
from train.simulation.shapes.atlas import SEAT
from train.simulation.shapes.geometry import turn_y, vector
from train.simulation.shapes.mesh import Mesh, grid, join, rounded_box, surface, tubes

_LEAN = turn_y(-0.30)  # the back rest leans 17°
_FOOT = vector(-0.175, 0.0, -0.02)
# Of each back rest over its height: half width and half thickness, metres.
_BACKS = {
    "classic": (
        [-0.12, -0.08, 0.05, 0.2, 0.35, 0.48, 0.56, 0.6, 0.615],
        [0.10, 0.22, 0.245, 0.25, 0.245, 0.23, 0.20, 0.14, 0.02],
        [0.02, 0.07, 0.085, 0.085, 0.08, 0.075, 0.065, 0.05, 0.01],
    ),
    "comfort": (
        [-0.12, -0.08, 0.05, 0.2, 0.38, 0.52, 0.60, 0.64, 0.655],
        [0.10, 0.23, 0.26, 0.27, 0.265, 0.25, 0.23, 0.17, 0.02],
        [0.02, 0.08, 0.095, 0.10, 0.095, 0.085, 0.075, 0.055, 0.01],
    ),
    "sport": (
        [-0.12, -0.08, 0.05, 0.2, 0.36, 0.48, 0.56, 0.66, 0.78, 0.83, 0.85],
        [0.10, 0.22, 0.25, 0.265, 0.26, 0.24, 0.18, 0.135, 0.125, 0.09, 0.02],
        [0.02, 0.07, 0.085, 0.085, 0.08, 0.075, 0.065, 0.06, 0.055, 0.04, 0.01],
    ),
    "bench": (
        [-0.12, -0.08, 0.05, 0.2, 0.35, 0.46, 0.52, 0.55, 0.56],
        [0.30, 0.34, 0.345, 0.345, 0.345, 0.34, 0.33, 0.31, 0.2],
        [0.02, 0.07, 0.08, 0.08, 0.075, 0.07, 0.06, 0.045, 0.01],
    ),
}


def _back(cabin: Cabin) -> Mesh:
    kind = cabin.interior.seat
    height, width, depth = (np.array(column) for column in _BACKS[kind])
    fine = np.linspace(height[0], height[-1], 27)
    width, depth = np.interp(fine, height, width), np.interp(fine, height, depth)
    turn = np.linspace(0.0, 2.0 * np.pi, 36, endpoint=False)
    cos, sin = np.cos(turn), np.sin(turn)
    x = np.sign(cos) * np.abs(cos) ** 0.5 * depth[:, None]
    y = np.sign(sin) * np.abs(sin) ** 0.5 * width[:, None]
    if kind != "bench":
        # Side bolsters reach forward around the driver, below the shoulders.
        strength = 0.075 if kind == "sport" else 0.05
        low = np.clip((0.58 - fine) / 0.12, 0.0, 1.0)[:, None]
        x = x + (cos > 0.0) * low * strength * np.clip(np.abs(y) / 0.22 - 0.55, 0.0, 1.0) * 2.0
    local = np.stack(np.broadcast_arrays(x, y, fine[:, None]), axis=-1)
    return surface(grid(local @ _LEAN.T + _FOOT, wrap=True), np.ones(3), gloss=_gloss(cabin), region=SEAT)


def _gloss(cabin: Cabin) -> float:
    return 0.14 if cabin.leather else 0.03


def _head_rest(cabin: Cabin) -> list[Mesh]:
    kind = cabin.interior.seat
    if kind == "sport":
        return []
    size, rise = {
        "classic": ([0.055, 0.135, 0.085], 0.715),
        "comfort": ([0.065, 0.15, 0.095], 0.755),
        "bench": ([0.05, 0.12, 0.07], 0.66),
    }[kind]
    middle = _LEAN @ vector(-0.015, 0.0, rise) + _FOOT
    rest = rounded_box(middle, (_LEAN @ np.diag(size)).T, 28, 14, 0.5)
    low, high = (
        np.stack([_LEAN @ vector(-0.01, side, rise - below) + _FOOT for side in (-0.06, 0.06)])
        for below in (0.16, 0.04)
    )
    posts = tubes(low, high, np.full((2, 2), 0.007))
    return [surface(rest, cabin.seat, gloss=_gloss(cabin)), surface(posts, np.full(3, 0.5), gloss=0.4)]


def _cushion(cabin: Cabin) -> Mesh:
    broad = 0.34 if cabin.interior.seat == "bench" else 0.25
    base = rounded_box(vector(0.12, 0.0, -0.15), np.diag([0.33, broad, 0.085]), 44, 14, 0.5)
    return surface(base, cabin.seat, gloss=_gloss(cabin))


def seat_mesh(cabin: Cabin) -> Mesh:
    """The driver's seat, in car coordinates."""
    return join([_back(cabin), *_head_rest(cabin), _cushion(cabin)])
