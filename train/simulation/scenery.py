"""What passes by outside the windows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from train.simulation.appearance import Light
from train.simulation.geometry import Array
from train.simulation.mesh import Mesh, grain, join, patch, surface

_GROUND = -0.65  # z of the road, metres
_LOOP = 90.0  # the scenery repeats after this many metres


def _upright(x0: float, x1: float, y: float, z0: float, z1: float, cells: int) -> Array:
    return patch(np.array([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], dtype=np.float64), cells, cells)


def _strip(y0: float, y1: float, z: float, colour: Array, seed: int) -> Mesh:
    corners = np.array([(-60.0, y0, z), (60.0, y0, z), (60.0, y1, z), (-60.0, y1, z)], dtype=np.float64)
    quads = patch(corners, 60, 2)
    return surface(quads, colour * grain(len(quads), seed, 0.05), gloss=-1.0, solid=False)


@lru_cache(maxsize=16)
def _ground(seed: int) -> Mesh:
    rng = np.random.default_rng([seed, 4])
    grass = np.array([0.45, 0.62, 0.35]) * rng.uniform(0.7, 1.3, 3)
    road = np.full(3, rng.uniform(0.45, 0.7))
    return join(
        [
            _strip(22.0, 70.0, _GROUND, grass * 0.9, seed),
            _strip(11.5, 22.0, _GROUND, grass, seed + 1),
            _strip(10.0, 11.5, _GROUND + 0.02, np.full(3, 0.85), seed + 2),
            _strip(8.6, 10.0, _GROUND, grass * 1.1, seed + 3),
            _strip(1.0, 8.6, _GROUND, road, seed + 4),
        ]
    )


@lru_cache(maxsize=16)
def _objects(seed: int) -> tuple[tuple[float, Mesh], ...]:
    """Houses, trees, poles and cars, each with its place along the loop in metres, from far to near."""
    rng = np.random.default_rng([seed, 5])
    found: list[tuple[float, float, Mesh]] = []
    for _ in range(9):  # houses
        y, width, height = rng.uniform(24.0, 34.0), rng.uniform(6.0, 13.0), rng.uniform(3.0, 8.0)
        wall = _upright(0.0, width, y, _GROUND, _GROUND + height, 6)
        colours = (rng.uniform(0.4, 0.95) + rng.uniform(-0.12, 0.12, 3)) * grain(len(wall), int(rng.integers(999)), 0.1)
        found.append((y, rng.uniform(0.0, _LOOP), surface(wall, colours, gloss=-1.0, solid=False)))
    for _ in range(16):  # trees
        y, radius, tall = rng.uniform(12.5, 23.0), rng.uniform(1.0, 2.6), rng.uniform(2.0, 4.5)
        turn = np.linspace(0.0, 2.0 * np.pi, 15)[:-1]
        wide = 1.0 + 0.2 * rng.standard_normal(14)
        ring = np.stack(
            [radius * wide * np.cos(turn), np.full(14, y), _GROUND + tall + radius * wide * np.sin(turn)], axis=-1
        )
        centre = ring.mean(axis=0)
        blades = np.stack(
            [np.tile(centre, (14, 1)), ring, np.roll(ring, -1, axis=0), np.roll(ring, -1, axis=0)], axis=1
        )
        leaf = np.array([0.25, 0.42, 0.2]) * rng.uniform(0.6, 1.5, 3)
        crown = surface(blades, leaf * grain(14, int(rng.integers(999)), 0.06), gloss=-1.0, solid=False)
        trunk = surface(_upright(-0.15, 0.15, y, _GROUND, _GROUND + tall, 2), np.array([0.3, 0.25, 0.2]), -1.0, False)
        found.append((y, rng.uniform(0.0, _LOOP), join([trunk, crown])))
    for _ in range(6):  # parked or oncoming cars
        y, paint = rng.uniform(5.0, 8.0), rng.uniform(0.15, 0.9) + rng.uniform(-0.15, 0.15, 3)
        body = surface(_upright(0.0, 4.2, y, _GROUND + 0.3, _GROUND + 0.95, 5), paint, gloss=-1.0, solid=False)
        glass = surface(_upright(0.9, 3.4, y, _GROUND + 0.95, _GROUND + 1.45, 4), np.full(3, 0.35), -1.0, False)
        tyres = [surface(_upright(a, a + 0.6, y - 0.01, _GROUND, _GROUND + 0.5, 2), np.full(3, 0.1), -1.0, False)
                 for a in (0.5, 3.0)]  # fmt: skip
        found.append((y, rng.uniform(0.0, _LOOP), join([body, glass, *tyres])))
    return tuple((place, mesh) for _, place, mesh in sorted(found, key=lambda item: -item[0]))


def scenery_mesh(light: Light, time: float) -> Mesh:
    """Everything outside at ``time`` seconds, in painting order (far to near), in car coordinates."""
    way = light.speed * time
    parts = [_ground(light.scenery)]
    for place, mesh in _objects(light.scenery):
        x = (place - way + _LOOP / 2) % _LOOP - _LOOP / 2
        # Only what can be seen to the left of the car.
        if -40.0 < x < 40.0:
            parts.append(mesh.moved(np.array([x, 0.0, 0.0])))
    return join(parts)
