"""Smooth surfaces of triangles, and the shapes that everything in the cabin is made of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from train.simulation.shapes.atlas import PLAIN, Region
from train.simulation.shapes.geometry import Array, cross, perpendicular, unit

Faces = NDArray[np.int32]


class Shape(NamedTuple):
    """A surface without a material: V vertices, T triangles, metres."""

    points: Array
    """(V, 3)."""
    normals: Array
    """(V, 3) unit vectors."""
    uv: Array
    """(V, 2) in 0..1: around the shape, and along it."""
    faces: Faces
    """(T, 3) vertex numbers, counter-clockwise seen from outside."""


class Mesh(NamedTuple):
    """A surface with its material; V vertices, T triangles, in car coordinates (metres)."""

    points: Array
    """(V, 3)."""
    normals: Array
    """(V, 3) unit vectors."""
    colours: Array
    """(V, 3) RGB reflectance, 0..1; multiplies what the texture shows."""
    uv: Array
    """(V, 2) position in the texture atlas, 0..1; -1 without a texture."""
    gloss: Array
    """(V,) strength of the highlight; negative for a surface that glows by itself."""
    sheet: Array
    """(V,) 1 for thin sheets that are lit from either side, 0 for the skin of something solid."""
    faces: Faces
    """(T, 3) vertex numbers."""

    def placed(self, rotation: Array, origin: Array) -> Mesh:
        """The same mesh, rotated (and scaled) by (3, 3) and moved by (3,)."""
        return self._replace(points=self.points @ rotation.T + origin, normals=unit(self.normals @ rotation.T))

    def moved(self, offset: Array) -> Mesh:
        """The same mesh, moved by (3,)."""
        return self._replace(points=self.points + offset)


_Surface = TypeVar("_Surface", Shape, Mesh)


def join(surfaces: Iterable[_Surface]) -> _Surface:
    """Several shapes, or several meshes, as one."""
    parts = list(surfaces)
    starts = np.cumsum([0] + [len(part.points) for part in parts[:-1]], dtype=np.int32)
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)])
    # The faces are the last field of both.
    others: list[Array] = [np.concatenate(columns) for columns in zip(*(part[:-1] for part in parts), strict=True)]
    return type(parts[0])._make([*others, faces])


def surface(shape: Shape, colour: Array, gloss: float = 0.0, solid: bool = True, region: Region = PLAIN) -> Mesh:
    """A mesh from a shape and one colour (3,) or one per vertex (V, 3), textured with a region of the atlas."""
    count = len(shape.points)
    colours = np.empty((count, 3))
    colours[:] = colour
    sheet = np.zeros(count) if solid else np.ones(count)
    uv = np.full((count, 2), -1.0) if region is PLAIN else region.place(shape.uv)
    return Mesh(shape.points, shape.normals, colours, uv, np.full(count, gloss), sheet, shape.faces)


@lru_cache(maxsize=256)
def _grid_faces(count: int, rows: int, columns: int) -> Faces:
    start = np.arange(count, dtype=np.int32)[:, None, None] * (rows * columns)
    row = np.arange(rows - 1, dtype=np.int32)[:, None] * columns
    here = start + row + np.arange(columns - 1, dtype=np.int32)
    a, b, c, d = here, here + 1, here + columns + 1, here + columns
    return np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3).astype(np.int32)


@lru_cache(maxsize=256)
def _grid_uv(count: int, rows: int, columns: int) -> Array:
    u, v = np.meshgrid(np.linspace(0.0, 1.0, columns), np.linspace(0.0, 1.0, rows))
    return np.tile(np.stack([u, v], axis=-1).reshape(-1, 2), (count, 1))


def grid(vertices: Array, wrap: bool) -> Shape:
    """A smooth surface over a (…, R, S, 3) grid of vertices, rings by sides; ``wrap`` closes every ring."""
    rows, columns = vertices.shape[-3] - 1, vertices.shape[-2]
    corners = np.concatenate([vertices, vertices[..., :1, :]], axis=-2) if wrap else vertices
    a, b = corners[..., :-1, :-1, :], corners[..., :-1, 1:, :]
    d, c = corners[..., 1:, :-1, :], corners[..., 1:, 1:, :]
    flat = cross(c - a, d - b)
    # A vertex's normal is the mean of the quads around it, weighted by their areas.
    lead = flat.shape[:-3]
    normals = np.zeros((*lead, rows + 1, columns + (1 if wrap else 0), 3))
    normals[..., :-1, :-1, :] += flat
    normals[..., 1:, :-1, :] += flat
    normals[..., :-1, 1:, :] += flat
    normals[..., 1:, 1:, :] += flat
    if wrap:
        seam = normals[..., 0, :] + normals[..., -1, :]
        normals[..., 0, :] = seam
        normals[..., -1, :] = seam
    count, width = int(np.prod(lead, dtype=int)), corners.shape[-2]
    return Shape(
        corners.reshape(-1, 3),
        unit(normals).reshape(-1, 3),
        _grid_uv(count, rows + 1, width),
        _grid_faces(count, rows + 1, width),
    )


@lru_cache(maxsize=64)
def _circle(sides: int) -> tuple[Array, Array]:
    angles = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    return np.cos(angles), np.sin(angles)


def loft(centres: Array, front: Array, left: Array, sides: int) -> Shape:
    """A surface around rings: centres, and the two radius vectors of each ring (R, 3), where front × left points on."""
    cos, sin = _circle(sides)
    return grid(centres[:, None] + front[:, None] * cos[:, None] + left[:, None] * sin[:, None], wrap=True)


def tubes(starts: Array, ends: Array, radii: Array, sides: int = 8, rings: int = 3, cap: float = 1.0) -> Shape:
    """K tapered capsules.

    Args:
        starts, ends: (K, 3) centres of the two ends.
        radii: (K, 2) radius at each end.
        sides: vertices around.
        rings: rings along the straight part; two more close each end.
        cap: how far the round ends stick out, in radii.
    """
    axis = unit(ends - starts)
    a = perpendicular(axis)
    b = cross(axis, a)
    fraction = np.concatenate([[0.0, 0.0], np.linspace(0.0, 1.0, rings), [1.0, 1.0]])
    stick = np.concatenate([[-1.0, -0.62], np.zeros(rings), [0.62, 1.0]]) * cap
    girth = np.concatenate([[0.0, 0.78], np.ones(rings), [0.78, 0.0]])
    radius = radii[:, :1] + (radii[:, 1:] - radii[:, :1]) * fraction
    centres = (
        starts[:, None] + (ends - starts)[:, None] * fraction[:, None] + axis[:, None] * (stick * radius)[..., None]
    )
    cos, sin = _circle(sides)
    spokes = a[:, None] * cos[:, None] + b[:, None] * sin[:, None]
    return grid(centres[:, :, None] + spokes[:, None] * (radius * girth)[..., None, None], wrap=True)


def tube(
    start: Array, end: Array, radii: tuple[float, float], sides: int = 8, rings: int = 3, cap: float = 1.0
) -> Shape:
    """One of `tubes`, between two points (3,)."""
    return tubes(start[None], end[None], np.array([radii]), sides, rings, cap)


def ellipsoid(centre: Array, axes: Array, sides: int = 16, rings: int = 10) -> Shape:
    """An ellipsoid; the rows of ``axes`` (3, 3) are its half axes, right-handed."""
    tilt = np.linspace(-0.5 * np.pi, 0.5 * np.pi, rings + 1)
    girth = np.cos(tilt)[:, None]
    return loft(centre + np.sin(tilt)[:, None] * axes[2], girth * axes[0], girth * axes[1], sides)


def rounded_box(centre: Array, axes: Array, sides: int = 24, rings: int = 8, power: float = 0.35) -> Shape:
    """A box with soft edges; the rows of ``axes`` (3, 3) are its half axes, right-handed."""
    tilt = np.linspace(-0.5 * np.pi, 0.5 * np.pi, rings + 1)
    along = np.sign(np.sin(tilt)) * np.abs(np.sin(tilt)) ** power
    girth = np.maximum(np.cos(tilt), 0.0) ** power
    cos, sin = _circle(sides)
    cos, sin = np.sign(cos) * np.abs(cos) ** power, np.sign(sin) * np.abs(sin) ** power
    ring = cos[:, None] * axes[0] + sin[:, None] * axes[1]
    return grid(centre + along[:, None, None] * axes[2] + girth[:, None, None] * ring, wrap=True)


def patch(corners: Array, columns: int, rows: int) -> Shape:
    """A flat panel cut into small pieces; ``corners`` (4, 3) counter-clockwise seen from its front."""
    u = np.linspace(0.0, 1.0, columns + 1)[None, :, None]
    v = np.linspace(0.0, 1.0, rows + 1)[:, None, None]
    low = corners[0] + (corners[1] - corners[0]) * u
    high = corners[3] + (corners[2] - corners[3]) * u
    return grid(low + (high - low) * v, wrap=False)


def ribbon(points: Array, across: Array) -> Shape:
    """A band along (R, 3) points, ``across`` (R, 3) or (3,) being its half width."""
    return grid(np.stack([points - across, points, points + across], axis=1), wrap=False)
