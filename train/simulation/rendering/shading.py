"""Light on every vertex: windows as broad lamps, the sun, the sky, and the camera's infrared lamp at night."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from train.simulation.appearance import CameraMount, Light
from train.simulation.shapes.geometry import Array, unit, vector
from train.simulation.shapes.mesh import Mesh

HEADROOM = 2.0
"""How much brighter than white a byte of 255 stands for."""
# The renderer runs a little past a triangle's corners: a byte near 0 or 255 would wrap around to the other end.
DARKEST, BRIGHTEST = 6, 247
FRACTION_LOW, FRACTION_RANGE = 40.0, 200.0
"""The byte of a fraction of 0, and how much more that of a fraction of 1 is."""

Single = NDArray[np.float32]


class Irradiance(NamedTuple):
    """What every lamp of strength one brings to every vertex (V,), before the surface's own colour."""

    lamps: tuple[Single, ...]
    """Diffuse light of wind-screen, side window and passenger's window."""
    shine: tuple[Single, ...]
    """Highlights of wind-screen and passenger's window."""
    sky: Single
    sun: Single
    glint: Single
    infrared: Single


_WINDOWS = (unit([0.85, 0.15, 0.5]), unit([0.05, 0.8, 0.6]), unit([0.25, -0.75, 0.55]))


def _facing(normals: Single, direction: Array) -> Single:
    return np.asarray(normals @ direction.astype(np.float32), dtype=np.float32)


def irradiance(mesh: Mesh, light: Light, camera: CameraMount) -> Irradiance:
    """Light on a mesh; for what does not move this is worked out once."""
    points, normals = mesh.points.astype(np.float32), mesh.normals.astype(np.float32)
    to_eye = camera.position.astype(np.float32) - points
    distance = np.sqrt(np.einsum("ij,ij->i", to_eye, to_eye))
    to_eye /= np.maximum(distance, np.float32(0.05))[:, None]
    towards = np.einsum("ij,ij->i", normals, to_eye)
    # A sheet shows whichever of its sides the camera sees.
    flip = np.where((mesh.sheet > 0.5) & (towards < 0.0), np.float32(-1.0), np.float32(1.0))
    normals *= flip[:, None]
    towards *= flip
    # Deep down little light arrives.
    depth = np.clip(0.42 + 0.95 * (points[:, 2] + np.float32(0.05)), 0.33, 1.0).astype(np.float32)
    glossy = mesh.gloss > 0.0
    upward = (0.78 + 0.22 * normals[:, 2]).astype(np.float32)
    return Irradiance(
        tuple(
            depth * np.clip(_facing(normals, window) * np.float32(0.8) + np.float32(0.2), 0.0, 1.0)
            for window in _WINDOWS
        ),
        # The side window shines on what the camera does not see.
        tuple(_highlight(normals, to_eye, window, 24, glossy) for window in (_WINDOWS[0], _WINDOWS[2])),
        depth * upward,
        np.clip(_facing(normals, light.sun_direction) * 1.05 - 0.02, 0.0, 1.0).astype(np.float32),
        _highlight(normals, to_eye, light.sun_direction, 48, glossy),
        (0.3 + 0.7 * np.clip(towards, 0.0, 1.0)) * np.clip(1.0 / np.maximum(distance, 0.3) ** 2, 0.0, 2.5),
    )


def _highlight(normals: Single, to_eye: Single, lamp: Array, power: int, glossy: NDArray[np.bool_]) -> Single:
    """Blinn's highlight (V,), for the glossy vertices only."""
    shine = np.zeros(len(normals), dtype=np.float32)
    if glossy.any():
        half = to_eye[glossy] + lamp.astype(np.float32)
        length = np.sqrt(np.einsum("ij,ij->i", half, half))
        dots = np.einsum("ij,ij->i", normals[glossy], half) / np.maximum(length, np.float32(1e-6))
        shine[glossy] = np.clip(dots, 0.0, 1.0) ** power
    return shine


def contact(mesh: Mesh, balls: list[tuple[Array, float]]) -> Single:
    """(V,) how much light is left beside the balls (centre (3,), radius), which stand for head and hands."""
    points, normals = mesh.points.astype(np.float32), mesh.normals.astype(np.float32)
    left = np.ones(len(points), dtype=np.float32)
    for centre, radius in balls:
        away = (centre + vector(0.02, 0.02, 0.03)).astype(np.float32) - points
        square = np.maximum(np.einsum("ij,ij->i", away, away), np.float32((0.5 * radius) ** 2))
        facing = np.clip(np.einsum("ij,ij->i", normals, away) / np.sqrt(square), 0.0, 1.0)
        left *= 1.0 - 0.6 * np.clip(radius**2 / square, 0.0, 0.8) * facing * (square > radius**2)
    return left


def shade(mesh: Mesh, received: Irradiance, light: Light, time: float, left: Single | None = None) -> NDArray[np.uint8]:
    """Colours of a mesh's vertices.

    Args:
        mesh: what is lit.
        received: what `irradiance` says of it.
        light: how bright the lamps are.
        time: seconds; the light sways while the car moves.
        left: (V,) fraction of the broad light that arrives, from `contact`; all of it when left out.

    Returns:
        (V, 4) uint8: RGB, where 255 stands for `HEADROOM` times white, and the sun's fraction of it.
    """
    sway = 1.0 + 0.12 * float(np.sin(0.37 * time)) * min(light.speed / 8.0, 1.0)
    strengths = (light.windscreen * sway, light.side * (2.0 - sway), light.passenger)
    broad = received.sky * np.float32(light.ambient)
    shine = np.zeros_like(broad)
    for strength, lamp in zip(strengths, received.lamps, strict=True):
        broad += lamp * np.float32(strength)
    for strength, gleam in zip((strengths[0], strengths[2]), received.shine, strict=True):
        shine += gleam * np.float32(strength)
    if light.infrared > 0.0:
        broad += received.infrared * np.float32(light.infrared)
    if left is not None:
        broad *= left
    gloss = np.maximum(mesh.gloss, 0.0).astype(np.float32)
    colours = mesh.colours.astype(np.float32)
    total = colours * broad[:, None] + (gloss * shine)[:, None] * np.float32(0.6)
    fraction = np.zeros(len(broad), dtype=np.float32)
    if light.sun > 0.0:
        sunny = (colours * received.sun[:, None] + (gloss * received.glint)[:, None]) * (
            light.sun_colour * light.sun
        ).astype(np.float32)
        total += sunny
        fraction = sunny.sum(axis=1) / np.maximum(total.sum(axis=1), np.float32(1e-4))
    glows = mesh.gloss < 0.0
    if glows.any():
        total[glows] = colours[glows] * np.maximum(-mesh.gloss[glows], 0.35)[:, None]
        fraction[glows] = 0.0
    result = np.empty((len(total), 4), dtype=np.uint8)
    result[:, :3] = np.clip(total * np.float32(255.0 / HEADROOM), DARKEST, BRIGHTEST)
    # Never zero, so that a pixel of the cabin differs from a hole in it.
    result[:, 3] = FRACTION_LOW + FRACTION_RANGE * np.clip(fraction, 0.0, 1.0)
    return result
