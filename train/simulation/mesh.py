"""Small surfaces of quads, and the shapes that everything in the cabin is made of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from train.simulation.geometry import Array, cross, perpendicular, unit


class Mesh(NamedTuple):
    """N quads in car coordinates (metres)."""

    quads: Array
    """(N, 4, 3) corners, counter-clockwise seen from outside."""
    colours: Array
    """(N, 3) RGB reflectance, 0..1."""
    gloss: Array
    """(N,) strength of the highlight; negative for a surface that glows by itself."""
    solid: Array
    """(N,) 1 where the back face is never seen, 0 for thin sheets that have two sides."""

    def placed(self, rotation: Array, origin: Array) -> Mesh:
        """The same mesh, rotated by (3, 3) and moved by (3,)."""
        return self._replace(quads=self.quads @ rotation.T + origin)

    def moved(self, offset: Array) -> Mesh:
        """The same mesh, moved by (3,)."""
        return self._replace(quads=self.quads + offset)


def join(meshes: Iterable[Mesh]) -> Mesh:
    """All quads of several meshes as one."""
    parts = list(meshes)
    return Mesh(*(np.concatenate([part[field] for part in parts]) for field in range(4)))


def surface(quads: Array, colour: Array, gloss: float = 0.0, solid: bool = True) -> Mesh:
    """A mesh from quads (N, 4, 3) and one colour (3,) or one per quad (N, 3)."""
    count = len(quads)
    colours = np.broadcast_to(colour, (count, 3)).astype(np.float64)
    return Mesh(quads, colours, np.full(count, gloss), np.full(count, 1.0 if solid else 0.0))


def grid_quads(vertices: Array, wrap: bool) -> Array:
    """Quads of a (…, R, S, 3) grid of vertices, rings by sides; ``wrap`` joins the last side to the first."""
    after = np.roll(vertices, -1, axis=-2) if wrap else vertices[..., 1:, :]
    here = vertices if wrap else vertices[..., :-1, :]
    quads = np.stack([here[..., :-1, :, :], after[..., :-1, :, :], after[..., 1:, :, :], here[..., 1:, :, :]], axis=-2)
    return quads.reshape(-1, 4, 3)


@lru_cache(maxsize=64)
def _circle(sides: int) -> tuple[Array, Array]:
    angles = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    return np.cos(angles), np.sin(angles)


def loft(centres: Array, front: Array, left: Array, sides: int) -> Array:
    """Quads around rings: centres, and the two radius vectors of each ring (R, 3), where front × left points on."""
    cos, sin = _circle(sides)
    vertices = centres[:, None] + front[:, None] * cos[:, None] + left[:, None] * sin[:, None]
    return grid_quads(vertices, wrap=True)


def tubes(starts: Array, ends: Array, radii: Array, sides: int = 8, rings: int = 3, cap: float = 1.0) -> Array:
    """Quads of K tapered capsules.

    Args:
        starts, ends: (K, 3) centres of the two ends.
        radii: (K, 2) radius at each end.
        sides: quads around.
        rings: rings along the straight part; two more close each end.
        cap: how far the round ends stick out, in radii.
    """
    axis = unit(ends - starts)
    a = perpendicular(axis)
    b = cross(axis, a)
    share = np.concatenate([[0.0, 0.0], np.linspace(0.0, 1.0, rings), [1.0, 1.0]])
    stick = np.concatenate([[-1.0, -0.7], np.zeros(rings), [0.7, 1.0]]) * cap
    girth = np.concatenate([[0.02, 0.7], np.ones(rings), [0.7, 0.02]])
    radius = radii[:, :1] + (radii[:, 1:] - radii[:, :1]) * share
    centres = starts[:, None] + (ends - starts)[:, None] * share[:, None] + axis[:, None] * (stick * radius)[..., None]
    cos, sin = _circle(sides)
    spokes = a[:, None] * cos[:, None] + b[:, None] * sin[:, None]
    vertices = centres[:, :, None] + spokes[:, None] * (radius * girth)[..., None, None]
    return grid_quads(vertices, wrap=True)


def ellipsoid(centre: Array, axes: Array, sides: int = 16, rings: int = 10) -> Array:
    """Quads of an ellipsoid; the rows of ``axes`` (3, 3) are its half axes, right-handed."""
    tilt = np.linspace(-0.5 * np.pi, 0.5 * np.pi, rings + 1)
    girth = np.cos(tilt)[:, None]
    return loft(centre + np.sin(tilt)[:, None] * axes[2], girth * axes[0], girth * axes[1], sides)


def rounded_box(centre: Array, axes: Array, sides: int = 24, rings: int = 8, power: float = 0.35) -> Array:
    """Quads of a box with soft edges; the rows of ``axes`` (3, 3) are its half axes, right-handed."""
    tilt = np.linspace(-0.5 * np.pi, 0.5 * np.pi, rings + 1)
    along = np.sign(np.sin(tilt)) * np.abs(np.sin(tilt)) ** power
    girth = np.cos(tilt) ** power
    cos, sin = _circle(sides)
    cos, sin = np.sign(cos) * np.abs(cos) ** power, np.sign(sin) * np.abs(sin) ** power
    ring = cos[:, None] * axes[0] + sin[:, None] * axes[1]
    vertices = centre + along[:, None, None] * axes[2] + girth[:, None, None] * ring
    return grid_quads(vertices, wrap=True)


def patch(corners: Array, columns: int, rows: int) -> Array:
    """A flat panel cut into small quads; ``corners`` (4, 3) counter-clockwise seen from its front."""
    u = np.linspace(0.0, 1.0, columns + 1)[None, :, None]
    v = np.linspace(0.0, 1.0, rows + 1)[:, None, None]
    low = corners[0] + (corners[1] - corners[0]) * u
    high = corners[3] + (corners[2] - corners[3]) * u
    return grid_quads(low + (high - low) * v, wrap=False)


def ribbon(points: Array, across: Array) -> Array:
    """Quads of a band along (R, 3) points, ``across`` (R, 3) or (3,) being its half width."""
    return grid_quads(np.stack([points - across, points + across], axis=1), wrap=False)


@lru_cache(maxsize=256)
def grain(count: int, seed: int, strength: float) -> Array:
    """(count, 1) random factors around one: the same for the same count and seed, so a surface keeps its texture."""
    return 1.0 + strength * np.random.default_rng([seed, count]).standard_normal((count, 1))
