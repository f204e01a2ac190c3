"""The sun's shadows, per pixel, from an image taken from the sun; and the darkness behind whatever stands in front."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from train.simulation.appearance import Light
from train.simulation.shapes.geometry import Array, cross, unit, vector

Image = NDArray[np.float32]

MAP_SIDE = 256
"""Width and height of the sun's image, pixels."""
_LOW, _HIGH = np.array([-1.0, -1.0, -0.5]), np.array([1.0, 0.55, 1.1])  # the part of the car where shadows are kept
_LIFT = 0.012  # how far a surface is moved out of itself before it asks for the sun, metres
_SLACK = 0.022  # an obstacle must be this much nearer to the sun, metres
_REACH = 1.5  # half the width of the sun's image, metres
# The renderer runs a little past a triangle's corners: a byte near 0 or 255 would wrap around to the other end.
_FIRST, _STEPS = 8.0, 239.0
_CENTRE = vector(0.1, -0.1, 0.35)


def _coded(fraction: Array) -> NDArray[np.uint8]:
    """(V, 4) bytes for fractions (V, 3) or (V, 1) of 0..1."""
    coded = np.full((len(fraction), 4), 255, dtype=np.uint8)
    coded[:, :3] = np.clip(fraction * _STEPS + _FIRST, _FIRST, _FIRST + _STEPS)
    return coded


def position_colours(points: Array, normals: Array) -> NDArray[np.uint8]:
    """(V, 4) bytes that stand for positions in the car; drawn as colours, they tell every pixel where it is."""
    return _coded((points + normals * _LIFT - _LOW) / (_HIGH - _LOW))


def positions(image: NDArray[np.uint8]) -> Image:
    """(H, W, 3) car coordinates of every pixel of an image drawn with `position_colours`, blue first."""
    scale = (_HIGH - _LOW) / _STEPS
    matrix = np.zeros((3, 4))
    matrix[[0, 1, 2], [2, 1, 0]] = scale
    matrix[:, 3] = _LOW - scale * _FIRST
    return np.asarray(cv2.transform(image[..., :3].astype(np.float32), matrix), dtype=np.float32)


def sun_matrix(light: Light) -> Array:
    """(4, 4) from car coordinates to the clip space of the sun's image; depth -1 (near the sun) to 1."""
    forward = -light.sun_direction
    right = unit(cross(forward, vector(0.0, 0.3, 1.0)))
    down = cross(forward, right)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([right, -down, forward]) / _REACH
    matrix[:3, 3] = -matrix[:3, :3] @ _CENTRE
    return matrix


def depth_colours(points: Array, matrix: Array) -> NDArray[np.uint8]:
    """(V, 4) bytes: how far from the sun, for its image."""
    depth = points @ matrix[2, :3] + matrix[2, 3]
    return _coded((depth * 0.5 + 0.5)[:, None])


def sunlit(where: Image, sun_image: NDArray[np.uint8], matrix: Array) -> Image:
    """(H, W) how much of the sun's disc every pixel sees, 0..1.

    Args:
        where: (H, W, 3) car coordinates.
        sun_image: (`MAP_SIDE`, `MAP_SIDE`, 4) drawn with `depth_colours`; zeros where nothing stands.
        matrix: what `sun_matrix` gives.
    """
    half = 0.5 * MAP_SIDE
    pixels = np.array([half, -half, 1.0])[:, None] * matrix[:3]
    pixels[:2, 3] += half - 0.5
    seen = cv2.transform(where, pixels)
    nearest = np.where(sun_image[..., 3] > 0, sun_image[..., 0], 255).astype(np.float32)
    # In metres along the sun's rays.
    nearest = ((nearest - np.float32(_FIRST)) / np.float32(0.5 * _STEPS) - np.float32(1.0)) * np.float32(_REACH)
    x, y, depth = cv2.split(seen)
    limit = depth * np.float32(_REACH) - np.float32(_SLACK)
    free = np.zeros(depth.shape, dtype=np.float32)
    for dx, dy in ((-0.7, -0.3), (0.3, -0.7), (0.7, 0.3), (-0.3, 0.7)):
        at = (x + np.float32(dx), y + np.float32(dy))
        found = cv2.remap(nearest, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        free += np.clip((found - limit) * np.float32(80.0) + np.float32(1.0), 0.0, 1.0)
    return np.asarray(cv2.blur(free * np.float32(0.25), (3, 3)), dtype=np.float32)


_CELLS, _LENGTH = 192, 48.0  # how finely, and over how many metres of road, passing shadows are resolved

_SHUTTER_S = 0.07  # how long the light falls on the sensor, and the eye's own fraction of it


@lru_cache(maxsize=8)
def _roadside(seed: int) -> Image:
    """(1, cells + 1) how much sun the roadside lets through along its length; the last is the first again."""
    rng = np.random.default_rng([seed, 6])
    density = rng.uniform(0.1, 0.6)
    gaps = cv2.GaussianBlur(rng.standard_normal((1, _CELLS)).astype(np.float32), (0, 0), float(rng.uniform(1.2, 4.0)))
    order = np.sort(gaps.ravel())
    std = max(float(gaps.std()), 1e-6)
    profile = np.clip((gaps.ravel() - order[int(density * (_CELLS - 1))]) / std * 3.0, 0.0, 1.0)
    return np.concatenate([profile, profile[:1]]).astype(np.float32)[None]


@lru_cache(maxsize=8)
def _smeared(seed: int, cells: int) -> Image:
    """What the roadside lets through while the car passes so many cells of it: an average, or shadows would strobe."""
    profile = _roadside(seed)[:, :-1]
    if cells > 1:
        wrapped = np.concatenate([profile[:, -cells:], profile, profile[:, :cells]], axis=1)
        profile = np.asarray(cv2.blur(wrapped, (cells, 1))[:, cells:-cells], dtype=np.float32)
    return np.concatenate([profile, profile[:, :1]], axis=1)


def passing(where: Image, light: Light, time: float) -> Image:
    """(H, W) sunlight that trees, poles and houses beside the road let through, as it moves over the car."""
    # Along the road, at the height of the sun's ray: the shadow edge leans like the sun.
    direction = light.sun_direction
    slant = float(np.clip(direction[0] / max(abs(direction[2]), 0.2), -2.0, 2.0))
    along = where[..., 0] - np.float32(slant) * where[..., 2] + np.float32(light.speed * time)
    index = np.mod(along * np.float32(_CELLS / _LENGTH), np.float32(_CELLS))
    cells = min(1 + round(light.speed * _SHUTTER_S * _CELLS / _LENGTH), 16)
    lit = cv2.remap(_smeared(light.scenery, cells), index, np.zeros_like(index), cv2.INTER_LINEAR)
    return np.asarray(0.12 + 0.88 * lit, dtype=np.float32)


def nook_shade(where: Image, forward: Array, covered: NDArray[np.bool_]) -> Image:
    """(H, W) fraction of the broad light left behind edges: what lies close behind something nearer is darker.

    Luft, Colditz and Deussen, "Image Enhancement by Unsharp Masking the Depth Buffer", 2006.
    """
    depth = cv2.transform(where, forward.reshape(1, 3).astype(np.float32))
    depth[~covered] = 3.0
    width = depth.shape[1]
    side = max(width // 24, 3) | 1
    around = cv2.blur(cv2.blur(depth, (side, side)), (side, side))
    behind = np.clip(depth - around, 0.0, 0.12)
    return np.asarray(1.0 - 3.2 * behind, dtype=np.float32)
