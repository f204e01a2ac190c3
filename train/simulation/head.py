"""The head: skull, face, hair, hat and glasses, drawn in a frame of its own (metres, x to the front, z up)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from train.simulation.appearance import Face
from train.simulation.geometry import Array, vector
from train.simulation.mesh import Mesh, ellipsoid, grain, grid_quads, join, patch, surface
from train.simulation.rig import HEAD_HEIGHT

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


def _outline(table: Array, height: Array) -> Array:
    return np.interp(height, table[:, 0], table[:, 1])


def _skull(height: Array, azimuth: Array, nose: float, swell: float = 0.0) -> Array:
    """Points (…, 3) of the skull at heights u (-1..1) and azimuths (0 is the front), ``swell`` metres outside it."""
    across = _outline(_WIDTH, height) + swell
    forward = np.cos(azimuth)
    depth = np.where(forward >= 0.0, _outline(_FRONT, height), _outline(_BACK, height)) + swell
    # Nearer to a box than an ellipse: cheeks and temples lie almost in one plane.
    x = depth * np.sign(forward) * np.abs(forward) ** 0.8
    y = across * np.sin(azimuth)
    ridge = _outline(_RIDGE, height) * nose * np.exp(-((y / 0.014) ** 2)) * (forward > 0.0)
    socket = 0.008 * np.exp(-(((np.abs(y) - 0.031) / 0.014) ** 2) - ((height - 0.12) / 0.09) ** 2) * (forward > 0.0)
    z = height * (HEAD_HEIGHT + swell)
    return np.stack(np.broadcast_arrays(x + ridge - socket, y, z), axis=-1)


@lru_cache(maxsize=4)
def _azimuths(sides: int) -> Array:
    even = np.linspace(-np.pi, np.pi, sides, endpoint=False)
    # Denser at the front, where the nose is.
    return even - 0.5 * np.sin(even)


def _skin_mesh(face: Face, seed: int) -> Mesh:
    height = np.linspace(-1.0, 1.0, 31)[:, None]
    azimuth = _azimuths(44)[None, :]
    quads = grid_quads(_skull(height, azimuth, face.nose), wrap=True)
    middle = quads.mean(axis=1)
    u, turn = middle[:, 2] / HEAD_HEIGHT, np.abs(np.arctan2(middle[:, 1], middle[:, 0]))
    colours = np.broadcast_to(face.skin, (len(quads), 3)) * grain(len(quads), seed, 0.02)
    # Blood shows in cheeks and nose.
    rosy = np.exp(-(((u + 0.15) / 0.25) ** 2)) * (turn < 1.1)
    colours = colours * (1.0 - rosy[:, None] * np.array([0.0, 0.08, 0.08]))
    if face.beard != "none":
        lower = np.interp(turn, [0.0, 0.5, 1.0, 1.5, 1.7], [-0.24, -0.26, -0.3, 0.0, 0.1])
        bearded = (u < lower) & (turn < 1.75) & ~((u > -0.45) & (u < -0.28) & (turn < 0.22))
        strength = 0.9 if face.beard == "full" else 0.4
        mixed = face.skin * (1.0 - strength) + face.hair * strength
        colours = np.where(bearded[:, None], mixed * grain(len(quads), seed + 1, 0.12), colours)
    if face.cut == "crop":
        scalp = (u > np.interp(turn, [0.0, 0.7, 1.2, 1.6, 2.0, 3.2], [0.6, 0.55, 0.2, 0.05, -0.2, -0.45]))[:, None]
        colours = np.where(scalp, (0.35 * face.skin + 0.65 * face.hair) * grain(len(quads), seed + 2, 0.1), colours)
    return surface(quads, colours, gloss=0.12)


def _decal(face: Face, left: float, height: float, half: tuple[float, float], colour: Array, lift: float) -> Mesh:
    """A small patch on the face around (left metres, height u), ``half`` its half size in metres."""
    y = np.array([left - half[0], left, left + half[0]])
    u = np.array([height - half[1] / HEAD_HEIGHT, height, height + half[1] / HEAD_HEIGHT])
    grid_u, grid_y = np.meshgrid(u, y, indexing="ij")
    azimuth = np.arcsin(np.clip(grid_y / _outline(_WIDTH, grid_u), -1.0, 1.0))
    points = _skull(grid_u, azimuth, face.nose) + vector(lift, 0.0, 0.0)
    points[..., 1] = grid_y
    return surface(grid_quads(points, wrap=False), colour)


def _features(face: Face) -> Mesh:
    white, iris = np.array([0.85, 0.83, 0.80]), np.array([0.10, 0.07, 0.05])
    brow = face.hair * 0.8 if face.cut != "bald" else face.skin * 0.4
    parts = []
    for side in (-0.032, 0.032):
        parts.append(_decal(face, side, 0.24, (0.019, 0.004), brow, 0.003))
        parts.append(_decal(face, side, 0.13, (0.016, 0.006), face.skin * 0.75, 0.001))
        parts.append(_decal(face, side, 0.115, (0.013, 0.0045), white, 0.0025))
        parts.append(_decal(face, side, 0.115, (0.0055, 0.0048), iris, 0.004))
        # Nostrils.
        parts.append(_decal(face, side * 0.22, -0.19, (0.004, 0.0025), face.skin * 0.35, 0.002))
    return join(parts)


def _mouth(face: Face, opening: float) -> Mesh:
    half = 0.003 + 0.008 * opening
    lips = _decal(face, 0.0, -0.365, (0.024, half + 0.0045), face.lips, 0.002)
    inside = _decal(face, 0.0, -0.365, (0.018, half - 0.0018), face.lips * (0.75 - 0.6 * min(opening * 2, 1.0)), 0.004)
    return join([lips, inside])


def _ears(face: Face) -> Mesh:
    parts = []
    for side in (-1.0, 1.0):
        axes = np.array([[0.017, side * 0.006, 0.0], [-0.003, side * 0.010, 0.0], [0.004, 0.0, 0.031]])
        if side < 0.0:
            axes[[0, 1]] = axes[[1, 0]]
        quads = ellipsoid(vector(-0.008, side * 0.077, -0.004), axes, 10, 8)
        parts.append(surface(quads, face.skin * np.array([0.97, 0.88, 0.86]), gloss=0.05))
        hole = ellipsoid(vector(-0.004, side * 0.087, -0.004), axes * 0.45, 8, 5)
        parts.append(surface(hole, face.skin * 0.55))
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
    azimuth = _azimuths(44)[None, :]
    low = np.interp(np.abs(azimuth), *_HAIRLINES[face.cut])
    share = np.linspace(0.0, 1.0, 24)[:, None]
    height = 1.0 + (low - 1.0) * (1.0 - share)
    # Below the ears long hair hangs straight down, as wide as the head.
    points = _skull(np.maximum(height, -0.05), azimuth, 0.0, _THICK[face.cut])
    points[..., 2] = height * (HEAD_HEIGHT + _THICK[face.cut])
    locks = np.asarray(np.random.default_rng([seed, 7]).normal(size=azimuth.shape[1]))
    fall = np.clip(-height, 0.0, 2.0)
    points[..., 0] -= 0.012 * fall
    points *= 1.0 + (0.012 * locks[None, :] * (0.4 + fall))[..., None] * np.array([1.0, 1.0, 0.0])
    quads = grid_quads(points, wrap=True)
    strands = np.tile(1.0 + 0.13 * locks, len(quads) // len(locks))[:, None]
    colours = face.hair * strands * grain(len(quads), seed + 3, 0.12)
    hair = surface(quads, np.clip(colours, 0.0, 1.0), gloss=0.3, solid=False)
    if face.cut == "bun":
        ball = ellipsoid(vector(-0.125, 0.0, 0.05), np.eye(3) * 0.038, 14, 10)
        hair = join([hair, surface(ball, face.hair * grain(len(ball), seed, 0.12), gloss=0.3)])
    return hair


def _hat(face: Face, seed: int) -> Mesh | None:
    if face.hat == "none":
        return None
    azimuth = _azimuths(36)[None, :]
    swell = 0.026 if face.cut in ("bob", "long") else 0.02
    ends = ([0.0, 1.5, 3.2], [0.36, 0.3, 0.1]) if face.hat == "beanie" else ([0.0, 1.5, 3.2], [0.46, 0.4, 0.3])
    low = np.interp(np.abs(azimuth), *ends)
    height = 1.0 + (low - 1.0) * (1.0 - np.linspace(0.0, 1.0, 11)[:, None])
    dome = _skull(height, azimuth, 0.0, swell)
    if face.hat == "brim":
        dome[..., 2] *= 1.0 + 0.18 * np.clip(height, 0.0, 1.0)
    quads = grid_quads(dome, wrap=True)
    colours = face.hat_colour * grain(len(quads), seed + 4, 0.06)
    parts = [surface(quads, colours, solid=False)]
    if face.hat != "beanie":
        reach = np.where(np.cos(azimuth) > 0.25, 0.075 * np.abs(np.cos(azimuth)) ** 0.5, 0.0)
        if face.hat == "brim":
            reach = np.full_like(azimuth, 0.05)
        edge = dome[0] * 1.0
        steps = np.linspace(0.0, 1.0, 4)[:, None, None]
        outward = np.stack([np.cos(azimuth[0]), np.sin(azimuth[0]), np.full(azimuth.shape[1], -0.12)], axis=-1)
        brim = edge + outward * reach[0][:, None] * steps
        parts.append(surface(grid_quads(brim, wrap=True), face.hat_colour * 0.75, solid=False))
    return join(parts)


def _spectacles(face: Face) -> Mesh | None:
    if face.glasses == "none":
        return None
    dark = np.array([0.04, 0.04, 0.05])
    parts = []
    for side in (-1.0, 1.0):
        x, y, z = 0.104, side * 0.034, 0.013
        lens = np.array([(x, y - 0.027, z - 0.02), (x, y + 0.027, z - 0.02), (x, y + 0.027, z + 0.02),
                         (x, y - 0.027, z + 0.02)])  # fmt: skip
        lens[:, 0] -= 0.25 * (np.abs(lens[:, 1]) - 0.02).clip(0.0)
        if face.glasses == "sun":
            parts.append(surface(patch(lens, 2, 2), dark, gloss=0.5, solid=False))
        else:
            centre = lens.mean(axis=0)
            inner = centre + (lens - centre) * np.array([1.0, 0.86, 0.8])
            rim = np.stack([np.vstack([lens, lens[:1]]), np.vstack([inner, inner[:1]])], axis=1)
            parts.append(surface(grid_quads(rim, wrap=False), dark, solid=False))
        hinge, ear = vector(0.094, side * 0.064, 0.02), vector(-0.01, side * 0.081, 0.018)
        high = vector(0.0, 0.0, 0.004 if face.glasses == "clear" else 0.006)
        strip = np.stack([hinge - high, ear - high, ear + high, hinge + high])
        parts.append(surface(patch(strip, 5, 1), dark, solid=False))
    return join(parts)


@lru_cache(maxsize=8)
def _still_head(seed: int, key: _Key) -> Mesh:
    face = key.face
    options = [_skin_mesh(face, seed), _features(face), _ears(face), _hair(face, seed), _hat(face, seed)]
    return join([part for part in [*options, _spectacles(face)] if part is not None])


class _Key:
    """A face as a dictionary key: by identity, for its arrays cannot be compared."""

    def __init__(self, face: Face) -> None:
        self.face = face

    def __hash__(self) -> int:
        return id(self.face)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.face is self.face


def head_mesh(face: Face, seed: int, opening: float) -> Mesh:
    """The whole head in its own frame; ``opening`` is how far the mouth is open, 0..1."""
    return join([_still_head(seed, _Key(face)), _mouth(face, opening)])
