"""The head: skull, eyes, mouth, ears, hair, hat and glasses, in a frame of its own (metres, x to the front, z up)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from train.simulation.appearance import Face
from train.simulation.body.rig import HEAD_HEIGHT
from train.simulation.shapes.atlas import FACE, HAIR
from train.simulation.shapes.geometry import Array, unit, vector
from train.simulation.shapes.mesh import Mesh, ellipsoid, grid, join, loft, patch, ribbon, surface

# Outlines over the height u, -1 (under the chin) to 1 (crown): half width, depth to the front and to the back, metres.
_WIDTH = np.array(
    [(-1.0, 0.018), (-0.85, 0.034), (-0.65, 0.050), (-0.4, 0.062), (-0.1, 0.071), (0.2, 0.075), (0.45, 0.073),
     (0.65, 0.064), (0.82, 0.048), (0.94, 0.027), (1.0, 0.002)]
)  # fmt: skip
_FRONT = np.array(
    [(-1.0, 0.040), (-0.9, 0.072), (-0.72, 0.088), (-0.48, 0.086), (-0.34, 0.090), (-0.2, 0.090), (0.08, 0.087),
     (0.22, 0.095), (0.45, 0.095), (0.65, 0.086), (0.82, 0.066), (0.94, 0.037), (1.0, 0.002)]
)  # fmt: skip
_BACK = np.array(
    [(-1.0, 0.015), (-0.8, 0.025), (-0.5, 0.055), (-0.2, 0.083), (0.1, 0.100), (0.4, 0.103), (0.65, 0.089),
     (0.82, 0.066), (0.94, 0.036), (1.0, 0.002)]
)  # fmt: skip
# What sticks out of the middle of the face: nose, lips and chin.
_RIDGE = np.array(
    [(-1.0, 0.0), (-0.8, 0.004), (-0.7, 0.010), (-0.6, 0.006), (-0.5, 0.001), (-0.42, 0.009), (-0.36, 0.006),
     (-0.31, 0.010), (-0.24, 0.004), (-0.2, 0.014), (-0.14, 0.028), (-0.08, 0.029), (0.0, 0.020), (0.12, 0.008),
     (0.2, 0.003), (0.3, 0.0), (1.0, 0.0)]
)  # fmt: skip
EYE_HEIGHT = 0.115
"""Height u of the eyes."""
EYE_ASIDE = 0.032
"""How far each eye lies from the middle, metres."""


def _outline(table: Array, height: Array) -> Array:
    return np.interp(height, table[:, 0], table[:, 1])


def skull(height: Array, azimuth: Array, nose: float, swell: float = 0.0) -> Array:
    """Points (…, 3) of the skull at heights u (-1..1) and azimuths (0 is the front), ``swell`` metres outside it."""
    # At the crown everything closes.
    aside = swell * np.sqrt(np.clip((1.0 - height) * 8.0, 0.0, 1.0))
    across = _outline(_WIDTH, height) + aside
    forward = np.cos(azimuth)
    depth = np.where(forward >= 0.0, _outline(_FRONT, height), _outline(_BACK, height)) + aside
    # Nearer to a box than an ellipse: cheeks and temples lie almost in one plane.
    x = depth * np.sign(forward) * np.abs(forward) ** 0.8
    y = across * np.sin(azimuth)
    ridge = _outline(_RIDGE, height) * nose * np.exp(-((y / 0.014) ** 2)) * (forward > 0.0)
    socket = 0.009 * np.exp(-(((np.abs(y) - 0.031) / 0.015) ** 2) - ((height - 0.12) / 0.09) ** 2) * (forward > 0.0)
    brow = 0.004 * np.exp(-(((np.abs(y) - 0.03) / 0.022) ** 2) - ((height - 0.27) / 0.06) ** 2) * (forward > 0.0)
    cheek = 0.004 * np.exp(-(((np.abs(y) - 0.04) / 0.02) ** 2) - ((height + 0.08) / 0.12) ** 2) * (forward > 0.0)
    z = height * (HEAD_HEIGHT + swell)
    return np.stack(np.broadcast_arrays(x + ridge - socket + brow + cheek, y, z), axis=-1)


def azimuths(even: Array) -> Array:
    """Azimuths denser at the front, where the nose is, of evenly spread ones."""
    return even - 0.5 * np.sin(even)


@lru_cache(maxsize=4)
def _ring(sides: int) -> Array:
    return azimuths(np.linspace(-np.pi, np.pi, sides, endpoint=False))


def _skin_mesh(face: Face) -> Mesh:
    height = np.linspace(-1.0, 1.0, 33)[:, None]
    return surface(grid(skull(height, _ring(48)[None, :], face.nose), wrap=True), np.ones(3), gloss=0.10, region=FACE)


def _on_face(face: Face, y: Array, u: Array, lift: float) -> Array:
    """Points (…, 3) on the face at y metres and heights u, ``lift`` metres before it."""
    azimuth = np.arcsin(np.clip(y / _outline(_WIDTH, u), -1.0, 1.0))
    points = skull(u, azimuth, face.nose) + vector(lift, 0.0, 0.0)
    points[..., 1] = y
    return points


def _eye(face: Face, side: float, gaze: Array, opening: float) -> Mesh:
    """An eye in its lids; ``gaze`` is (2,) left and up in radians against the head, ``opening`` 0 (shut) to 1."""
    across, along = np.meshgrid(np.linspace(-1.0, 1.0, 15), np.linspace(-1.0, 1.0, 11))
    half = 0.0060 * max(opening, 0.08)
    # An almond: the lids meet in the corners.
    lid = np.sqrt(np.clip(1.0 - across**2, 0.0, 1.0)) * 0.9 + 0.1
    y = side * EYE_ASIDE + 0.0145 * across
    up = half * along * lid
    shape = grid(_on_face(face, y, EYE_HEIGHT + up / HEAD_HEIGHT, 0.0026), wrap=False)
    off = np.hypot(0.0145 * across - 0.010 * gaze[0], up - 0.008 * gaze[1]).reshape(-1, 1)
    white, iris = np.array([0.86, 0.84, 0.82]), np.array([0.13, 0.08, 0.05])
    if face.skin.mean() > 0.6:
        iris = iris + (face.lips[::-1] * 0.25)
    colours = np.where(off < 0.0062, iris, white)
    colours = np.where(off < 0.0028, 0.02, colours)
    # The lashes shade the upper edge.
    edge = np.clip((np.abs(along) - 0.55) / 0.45, 0.0, 1.0).reshape(-1, 1) * np.where(along > 0.0, 0.85, 0.4).reshape(
        -1, 1
    )
    colours = colours * (1.0 - edge) + face.skin * 0.25 * edge
    return surface(shape, colours, gloss=0.25)


def _mouth(face: Face, opening: float) -> Mesh:
    """The lips, and what is between them when they are open."""
    across, along = np.meshgrid(np.linspace(-1.0, 1.0, 13), np.linspace(-1.0, 1.0, 11))
    gap = 0.009 * opening
    bow = np.clip(1.0 - across**2, 0.0, 1.0) ** 0.6
    up = along * (0.0068 * bow + 0.0012) + gap * bow * np.clip(along * 3.0, -1.0, 1.0)
    points = _on_face(face, 0.025 * across, -0.365 + up / HEAD_HEIGHT, 0.0022)
    points[..., 0] += 0.0028 * np.sin(np.pi * np.clip(np.abs(along), 0.0, 1.0)) * bow
    inside = np.clip(1.0 - np.abs(along) / 0.3, 0.0, 1.0).reshape(-1, 1) * bow.reshape(-1, 1)
    dark = face.lips * (0.55 - 0.4 * min(opening * 3.0, 1.0))
    colours = face.lips + (dark - face.lips) * np.clip(inside * 1.6, 0.0, 1.0)
    edge = np.clip((np.abs(across) - 0.75) / 0.25, 0.0, 1.0).reshape(-1, 1)
    colours = colours * (1.0 - 0.4 * edge) + face.skin * 0.4 * edge
    return surface(grid(points, wrap=False), colours, gloss=0.15)


def _ears(face: Face) -> Mesh:
    parts = []
    for side in (-1.0, 1.0):
        axes = np.array([[0.017, side * 0.006, 0.0], [-0.003, side * 0.010, 0.0], [0.004, 0.0, 0.031]])
        if side < 0.0:
            axes[[0, 1]] = axes[[1, 0]]
        shell = ellipsoid(vector(-0.008, side * 0.077, -0.004), axes, 14, 10)
        # Darker towards the ear's hole.
        off = np.linalg.norm((shell.points - vector(-0.001, side * 0.088, -0.006)) / vector(0.011, 0.02, 0.016), axis=1)
        shade = 0.5 + 0.5 * np.clip(off - 0.25, 0.0, 1.0)[:, None]
        parts.append(surface(shell, face.skin * np.array([0.99, 0.90, 0.88]) * shade, gloss=0.05))
    return join(parts)


# Where the hair ends, as height u over the azimuth in radians: forehead, temple, ear, nape.
_HAIRLINES = {
    "short": ([0.0, 0.6, 1.0, 1.35, 1.6, 1.9, 3.2], [0.52, 0.5, 0.3, -0.05, 0.12, -0.35, -0.6]),
    "bun": ([0.0, 0.6, 1.0, 1.35, 1.6, 1.9, 3.2], [0.55, 0.5, 0.3, 0.0, 0.15, -0.3, -0.55]),
    "bob": ([0.0, 0.5, 0.8, 1.05, 1.5, 3.2], [0.5, 0.42, 0.1, -0.75, -1.05, -1.1]),
    "long": ([0.0, 0.5, 0.85, 1.1, 1.5, 2.2, 3.2], [0.52, 0.45, 0.1, -0.9, -2.1, -2.5, -2.6]),
}
_THICK = {"short": 0.013, "bun": 0.011, "bob": 0.02, "long": 0.019}


def _hair(face: Face, seed: int) -> Mesh | None:
    if face.cut not in _HAIRLINES:
        return None
    azimuth = _ring(48)[None, :]
    rng = np.random.default_rng([seed, 7])
    low = np.interp(np.abs(azimuth), *_HAIRLINES[face.cut]) + 0.025 * rng.normal(size=azimuth.shape)
    fraction = np.linspace(0.0, 1.0, 20)[:, None]
    height = 1.0 + (low - 1.0) * (1.0 - fraction)
    # Below the ears long hair hangs straight down, as wide as the head.
    points = skull(np.maximum(height, -0.05), azimuth, 0.0, _THICK[face.cut])
    points[..., 2] = height * (HEAD_HEIGHT + _THICK[face.cut])
    locks = np.asarray(rng.normal(size=azimuth.shape[1]))
    locks = 0.6 * locks + 0.4 * np.roll(locks, 1)
    fall = np.clip(-height, 0.0, 2.0)
    points[..., 0] -= 0.012 * fall
    # Thin where it starts, so that the hair lies on the head instead of standing around it.
    thin = np.clip(1.0 - fraction / 0.12, 0.0, 1.0) * np.clip(1.0 - fall * 4.0, 0.0, 1.0)
    points *= 1.0 + ((0.016 * locks[None, :] * (0.4 + fall)) - 0.09 * thin)[..., None] * np.array([1.0, 1.0, 0.0])
    hair = surface(grid(points, wrap=True), np.ones(3), gloss=0.22, solid=False, region=HAIR)
    if face.cut == "bun":
        ball = ellipsoid(vector(-0.125, 0.0, 0.05), np.eye(3) * 0.038, 16, 12)
        hair = join([hair, surface(ball, np.ones(3), gloss=0.22, region=HAIR)])
    return hair


def _hat(face: Face) -> Mesh | None:
    if face.hat == "none":
        return None
    azimuth = _ring(40)[None, :]
    swell = 0.026 if face.cut in ("bob", "long") else 0.02
    ends = ([0.0, 1.5, 3.2], [0.36, 0.3, 0.1]) if face.hat == "beanie" else ([0.0, 1.5, 3.2], [0.46, 0.4, 0.3])
    low = np.interp(np.abs(azimuth), *ends)
    fraction = np.linspace(0.0, 1.0, 16)[:, None]
    height = 1.0 + (low - 1.0) * (1.0 - fraction)
    dome = skull(height, azimuth, 0.0, swell)
    if face.hat == "brim":
        dome[..., 2] *= 1.0 + 0.18 * np.clip(height, 0.0, 1.0)
    knitted = face.hat == "beanie"
    if knitted:
        # A turned-up edge, and ribs.
        dome *= 1.0 + (0.05 * (fraction < 0.3) + 0.008 * (np.arange(40) % 2))[..., None] * np.array([1.0, 1.0, 0.0])
    shape = grid(dome, wrap=True)
    seams = 1.0 - 0.12 * (np.abs((shape.uv[:, :1] * 6.0) % 1.0 - 0.5) > 0.46) * (not knitted)
    parts = [surface(shape, face.hat_colour * seams, solid=False)]
    if not knitted:
        reach = np.where(np.cos(azimuth) > 0.25, 0.075 * np.abs(np.cos(azimuth)) ** 0.5, 0.0)
        if face.hat == "brim":
            reach = np.full_like(azimuth, 0.05)
        steps = np.linspace(0.0, 1.0, 4)[:, None, None]
        outward = np.stack([np.cos(azimuth[0]), np.sin(azimuth[0]), np.full(azimuth.shape[1], -0.12)], axis=-1)
        brim = dome[0] + outward * reach[0][:, None] * steps
        parts.append(surface(grid(brim, wrap=True), face.hat_colour * 0.75, solid=False))
    return join(parts)


def _lens_outline(side: float) -> Array:
    """The rim of one glass (17, 3), closed, rounded like a soft rectangle."""
    turn = np.linspace(0.0, 2.0 * np.pi, 17)
    cos, sin = np.cos(turn), np.sin(turn)
    y = side * 0.034 + 0.026 * np.sign(cos) * np.abs(cos) ** 0.7
    z = 0.011 + 0.019 * np.sign(sin) * np.abs(sin) ** 0.75
    return np.stack([0.106 - 0.25 * np.clip(np.abs(y) - 0.02, 0.0, 1.0), y, z], axis=-1)


def _spectacles(face: Face) -> Mesh | None:
    if face.glasses == "none":
        return None
    dark = np.array([0.04, 0.04, 0.05])
    parts = []
    for side in (-1.0, 1.0):
        rim = _lens_outline(side)
        if face.glasses == "sun":
            centre = np.broadcast_to(rim[:-1].mean(axis=0), rim.shape)
            parts.append(surface(grid(np.stack([centre, rim]), wrap=False), dark, gloss=0.5, solid=False))
        outward = unit(rim - rim[:-1].mean(axis=0)) * 0.0019
        frame = loft(rim, np.tile(vector(0.0019, 0.0, 0.0), (17, 1)), outward * side, 5)
        parts.append(surface(frame, dark, gloss=0.3, solid=False))
        hinge, ear = vector(0.094, side * 0.064, 0.02), vector(-0.01, side * 0.083, 0.018)
        high = vector(0.0, 0.0, 0.003 if face.glasses == "clear" else 0.006)
        strip = np.stack([hinge - high, ear - high, ear + high, hinge + high])
        parts.append(surface(patch(strip, 5, 1), dark, solid=False))
    bridge = np.array([(0.106, 0.009, 0.016), (0.111, 0.0, 0.018), (0.106, -0.009, 0.016)])
    parts.append(surface(ribbon(bridge, vector(0.0, 0.0, 0.0018)), dark, solid=False))
    return join(parts)


@lru_cache(maxsize=8)
def _still_head(seed: int, face: Face) -> Mesh:
    options = [_skin_mesh(face), _ears(face), _hair(face, seed), _hat(face), _spectacles(face)]
    return join([part for part in options if part is not None])


def head_mesh(face: Face, seed: int, opening: float, gaze: Array, lids: float) -> Mesh:
    """The whole head in its own frame.

    Args:
        face: what it looks like.
        seed: decides the hair's locks.
        opening: how far the mouth is open, 0..1.
        gaze: (2,) where the eyes point against the head: to the left and up, radians.
        lids: how far the eyes are open, 0..1.
    """
    eyes = [_eye(face, side, gaze, lids) for side in (-1.0, 1.0)]
    return join([_still_head(seed, face), *eyes, _mouth(face, opening)])
