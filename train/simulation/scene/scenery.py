"""What passes by outside the windows: sky, hills, houses, trees, cars and lamps beside the road."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from train.simulation.appearance import Light
from train.simulation.shapes.geometry import Array

_GROUND = -0.65  # z of the road, metres
_LOOP = 120.0  # the scenery repeats after this many metres
_TILE = 128  # side of one image in the sheet, pixels
_TILES = 8  # images in a row of the sheet
_WHITE = np.tile([(7.5 / _TILES, 0.75)], (4, 1))  # the corners of a quad where the sheet is plain white


@dataclass(frozen=True)
class Card:
    """An upright image beside the road: position on the loop, size in metres, and the tile of the sheet it shows."""

    position: float
    y: float
    low: float
    width: float
    height: float
    tile: int


def _alpha(colour: NDArray[np.float64], cover: NDArray[Any]) -> NDArray[np.float64]:
    return np.concatenate([np.broadcast_to(colour, (_TILE, _TILE, 3)), cover[..., None]], axis=2)


def _tree(rng: np.random.Generator) -> NDArray[np.float64]:
    x, y = np.meshgrid(np.linspace(-1.0, 1.0, _TILE), np.linspace(0.0, 1.0, _TILE))
    crown = np.zeros((_TILE, _TILE))
    light = np.full((_TILE, _TILE), 0.65)
    for _ in range(26):
        cx, cy, r = rng.normal(0.0, 0.36), rng.uniform(0.12, 0.62), rng.uniform(0.12, 0.26)
        ball = np.clip(1.0 - ((x - cx) ** 2 + ((y - cy) * 1.6) ** 2) / r**2, 0.0, 1.0)
        light = np.where(ball > 0.05, 0.55 + 0.5 * (1.0 - cy) - 0.25 * cx, light)
        crown = np.maximum(crown, ball)
    rough = cv2.resize(rng.standard_normal((44, 44)), (_TILE, _TILE), interpolation=cv2.INTER_LINEAR)
    cover = (crown + 0.08 * rough > 0.1) * 1.0
    leaf = np.array([0.26, 0.40, 0.20]) * rng.uniform(0.6, 1.5, 3)
    colour = leaf * np.clip(light + 0.14 * rough, 0.3, 1.4)[..., None]
    trunk = (np.abs(x) < 0.05) & (y > 0.5)
    colour = np.where((trunk & (cover < 0.5))[..., None], np.array([0.28, 0.22, 0.17]), colour)
    return _alpha(colour, np.maximum(cover, trunk))


def _house(rng: np.random.Generator) -> NDArray[np.float64]:
    wall = rng.uniform(0.45, 0.95) + rng.uniform(-0.12, 0.12, 3)
    image = np.empty((_TILE, _TILE, 3))
    image[:] = wall * (1.0 + 0.03 * rng.standard_normal((_TILE, _TILE, 1)))
    cover = np.ones((_TILE, _TILE))
    rows, columns = int(rng.integers(2, 5)), int(rng.integers(3, 7))
    roof = 0 if rng.random() < 0.5 else 28
    image[:roof] = np.array([0.45, 0.25, 0.20]) * rng.uniform(0.6, 1.3)
    for row in range(roof):
        inset = (roof - row) * 0.7
        cover[row, : int(inset)] = cover[row, _TILE - int(inset) :] = 0.0
    high, wide = (_TILE - roof) / rows, _TILE / columns
    for row in range(rows):
        for column in range(columns):
            top, left = int(roof + (row + 0.25) * high), int((column + 0.25) * wide)
            pane = np.array([0.25, 0.30, 0.36]) * rng.uniform(0.6, 1.8)
            image[top : top + int(high * 0.5), left : left + int(wide * 0.5)] = pane
    return _alpha(np.clip(image, 0.0, 1.0), cover)


def _car(rng: np.random.Generator) -> NDArray[np.float64]:
    canvas = np.zeros((_TILE, _TILE, 4), np.uint8)
    # Daylight outside is twice as bright as what the sensor takes: pale paint would burn out and leave only tyres.
    shade = np.clip(rng.uniform(0.08, 0.42) + rng.uniform(-0.12, 0.12, 3), 0.03, 0.48)
    paint, lower = ((*(int(c) for c in shade * tone * 255.0), 255) for tone in (1.0, 0.7))
    body = np.array(
        [(4, 84), (10, 62), (34, 56), (50, 32), (92, 32), (110, 56), (122, 64), (124, 88), (118, 96), (8, 96)]
    )
    cv2.fillPoly(canvas, [body.astype(np.int32)], paint, cv2.LINE_AA)
    sill = np.array([(6, 78), (123, 78), (124, 88), (118, 97), (8, 97)])
    cv2.fillPoly(canvas, [sill.astype(np.int32)], lower, cv2.LINE_AA)
    cv2.ellipse(canvas, (64, 111), (60, 4), 0, 0, 360, (10, 10, 12, 200), -1, cv2.LINE_AA)
    for glass in ([(40, 56), (53, 36), (70, 36), (70, 56)], [(74, 56), (74, 36), (90, 36), (102, 56)]):
        cv2.fillPoly(canvas, [np.array(glass, np.int32)], (62, 72, 84, 255), cv2.LINE_AA)
    for x in (30, 98):
        cv2.circle(canvas, (x, 96), 15, (22, 22, 24, 255), -1, cv2.LINE_AA)
        cv2.circle(canvas, (x, 96), 8, (150, 150, 155, 255), -1, cv2.LINE_AA)
    return canvas / 255.0


def _pole(rng: np.random.Generator) -> NDArray[np.float64]:
    canvas = np.zeros((_TILE, _TILE, 4), np.uint8)
    cv2.rectangle(canvas, (60, 4), (66, 127), (120, 122, 124, 255), -1)
    if rng.random() < 0.5:
        sign = (*(int(c) for c in rng.integers(30, 240, 3)), 255)
        cv2.circle(canvas, (63, 28), 24, sign, -1, cv2.LINE_AA)
        cv2.circle(canvas, (63, 28), 18, (240, 240, 240, 255), -1, cv2.LINE_AA)
    else:
        cv2.rectangle(canvas, (60, 4), (110, 9), (120, 122, 124, 255), -1)
    return canvas / 255.0


def _lamp() -> NDArray[np.float64]:
    x, y = np.meshgrid(np.linspace(-1.0, 1.0, _TILE), np.linspace(-1.0, 1.0, _TILE))
    off = np.hypot(x, y)
    return _alpha(np.ones(3) * np.clip(1.4 - off, 0.4, 1.0)[..., None], (off < 0.9) * 1.0)


def _hills(rng: np.random.Generator) -> NDArray[np.float64]:
    """A strip of the horizon: hills or roofs."""
    line = cv2.GaussianBlur(rng.standard_normal((1, _TILE)), (0, 0), float(rng.choice([1.5, 5.0, 9.0]))).ravel()
    top = 60 - 24 * line / max(float(np.abs(line).max()), 1e-6)
    rows = np.arange(_TILE)[:, None]
    cover = (rows > top[None]) * 1.0
    rough = 1.0 + 0.05 * rng.standard_normal((_TILE, _TILE, 1))
    colour = np.array([0.50, 0.58, 0.58]) * rng.uniform(0.7, 1.2) * rough
    return _alpha(np.clip(colour, 0.0, 1.0), cover)


@lru_cache(maxsize=8)
def scenery_sheet(seed: int) -> NDArray[np.uint8]:
    """(256, 1024, 4) RGBA images: trees and hills above, houses, cars, poles and a lamp below."""
    rng = np.random.default_rng([seed, 4])
    above = [_tree(rng) for _ in range(6)] + [_hills(rng) for _ in range(2)]
    below = [_house(rng) for _ in range(4)] + [_car(rng) for _ in range(2)] + [_pole(rng), _lamp()]
    sheet = np.concatenate([np.concatenate(above, axis=1), np.concatenate(below, axis=1)])
    return np.asarray(np.clip(sheet * 255.0, 0.0, 255.0), dtype=np.uint8)


@lru_cache(maxsize=16)
def _cards(seed: int) -> tuple[Card, ...]:
    rng = np.random.default_rng([seed, 5])
    cards = []
    # A town has houses close by, the country hedges and trees.
    town = rng.random() < 0.5
    for _ in range(12 if town else 4):
        cards.append(Card(rng.uniform(0.0, _LOOP), rng.uniform(15.0, 26.0), _GROUND, rng.uniform(8.0, 16.0),
                          rng.uniform(4.0, 10.0), 8 + int(rng.integers(4))))  # fmt: skip
    for _ in range(14 if town else 34):
        size = rng.uniform(3.0, 8.5)
        cards.append(Card(rng.uniform(0.0, _LOOP), rng.uniform(8.5, 24.0), _GROUND, size, size * rng.uniform(0.8, 1.2),
                          int(rng.integers(6))))  # fmt: skip
    for _ in range(int(rng.integers(2, 9))):
        tile = 12 + int(rng.integers(2))
        # Parked at the far kerb, not in the lane of those who come towards us.
        cards.append(Card(rng.uniform(0.0, _LOOP), rng.uniform(6.9, 7.6), _GROUND - 0.3, 4.4, 2.6, tile))
    for number in range(5):
        cards.append(Card(number * _LOOP / 5 + 3.0, 8.5, _GROUND, 3.2, 4.2, 14))
    return tuple(cards)


def _quad(x0: float, x1: float, y: float, z0: float, z1: float) -> Array:
    return np.array([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], dtype=np.float64)


class Scenery:
    """Corners, texture positions and colours of everything outside, ready to be drawn: N quads."""

    def __init__(self, light: Light, time: float) -> None:
        self._quads: list[Array] = []
        self._uv: list[Array] = []
        self._colours: list[Array] = []
        way = light.speed * time
        self._sky(light)
        self._ground(light, way)
        # The car's own flank and bonnet, should a gap in the cabin show them.
        body = np.array([(-3.0, 0.62, -3.0), (2.2, 0.62, -3.0), (2.2, 0.62, 0.34), (-3.0, 0.62, 0.4)])
        self._add(body, _WHITE, np.full(3, 0.03))
        for tile, y, height in ((6, 75.0, 16.0), (7, 55.0, 9.0)):
            for step in range(-2, 3):
                x = (step * 60.0 - way * 0.15) % 300.0 - 150.0
                self._card(_quad(x, x + 61.0, y, _GROUND - height * 0.35, _GROUND + height * 0.65), tile, light, 0.35)
        # What lies behind the car, far enough away to stay as it is; seen by a camera that looks to the rear.
        for tile, y in ((6, 90.0), (7, 30.0), (6, -30.0)):
            corners = np.array([(-100.0, y, -4.0), (-100.0, y - 61.0, -4.0), (-100.0, y - 61.0, 7.0), (-100.0, y, 7.0)])
            self._card(corners, tile, light, 0.4)
        for card in _cards(light.scenery):
            x = (card.position - way + _LOOP / 2) % _LOOP - _LOOP / 2
            quad = _quad(x, x + card.width, card.y, card.low, card.low + card.height)
            self._card(quad, card.tile, light, min(card.y / 60.0, 0.5))
            if light.period in ("night", "dusk") and card.tile >= 8:
                self._lamp(x, card, light)

    def _add(self, quad: Array, uv: Array, colour: Array) -> None:
        self._quads.append(quad)
        self._uv.append(uv)
        self._colours.append(np.broadcast_to(colour, (4, 3)))

    def _card(self, quad: Array, tile: int, light: Light, haze: float) -> None:
        row, column = divmod(tile, _TILES)
        inset = 1.0 / (_TILE * _TILES)
        u0, u1 = column / _TILES + inset, (column + 1) / _TILES - inset
        v0, v1 = row * 0.5 + 2.0 * inset, row * 0.5 + 0.5 - 2.0 * inset
        uv = np.array([(u0, v1), (u1, v1), (u1, v0), (u0, v0)])
        # Lit, then pulled towards the sky by the haze; more cannot be had by multiplying an image.
        self._add(quad, uv, _lit(light) * (1.0 - haze) + light.sky * light.outside * haze * 1.4)

    def _lamp(self, x: float, card: Card, light: Light) -> None:
        size = 0.35 if card.tile >= 12 else 0.8
        high = 0.6 if card.tile in (12, 13) else card.height * 0.8
        quad = _quad(x, x + size, card.y - 0.2, card.low + high, card.low + high + size)
        u0, v0 = 7.05 / _TILES, 0.52
        uv = np.array([(u0, v0 + 0.45), (u0 + 0.11, v0 + 0.45), (u0 + 0.11, v0), (u0, v0)])
        self._add(quad, uv, np.array([1.0, 0.86, 0.6]) * (1.4 if light.period == "night" else 0.9))

    def _sky(self, light: Light) -> None:
        low, high = light.sky * 1.05 + 0.04, light.sky * 0.9
        bright = min(light.outside, 1.4)
        for z0, z1, a, b in ((-4.0, 8.0, low, low), (8.0, 110.0, low, high)):
            quad = _quad(-160.0, 160.0, 90.0, z0, z1)
            self._add(quad, _WHITE, low)
            self._colours[-1] = np.stack([a, a, b, b]) * bright
        behind = np.array([(-120.0, 90.0, -4.0), (-120.0, -160.0, -4.0), (-120.0, -160.0, 60.0), (-120.0, 90.0, 60.0)])
        self._add(behind, _WHITE, low * bright)

    def _ground(self, light: Light, way: float) -> None:
        rng = np.random.default_rng([light.scenery, 11])
        grass, road = np.array([0.46, 0.52, 0.36]) * rng.uniform(0.8, 1.2, 3), np.full(3, rng.uniform(0.4, 0.62))
        lit = _lit(light)
        strips = ((22.0, 89.0, grass * 0.9), (9.6, 22.0, grass), (8.2, 9.6, road * 1.25), (-60.0, 8.2, road))
        for y0, y1, colour in strips:
            corners = np.array([(-90.0, y0, _GROUND), (90.0, y0, _GROUND), (90.0, y1, _GROUND), (-90.0, y1, _GROUND)])
            self._add(corners, _WHITE, colour * lit)
        for number in range(-5, 6):
            x = (number * 12.0 - way) % 132.0 - 66.0
            corners = np.array([(x, 2.6, 0.0), (x + 4.0, 2.6, 0.0), (x + 4.0, 2.75, 0.0), (x, 2.75, 0.0)])
            self._add(corners + np.array([0.0, 0.0, _GROUND + 0.02]), _WHITE, 0.9 * lit)

    def arrays(self) -> tuple[Array, Array, Array, NDArray[np.int32]]:
        """Points (4N, 3), uv (4N, 2), colours (4N, 3) as light, and faces (2N, 3)."""
        count = len(self._quads)
        # From far to near: later ones are painted over earlier ones.
        order = np.argsort([-quad[:, 1].max() for quad in self._quads], kind="stable")
        first = np.arange(count, dtype=np.int32)[:, None] * 4
        faces = (first + np.array([0, 1, 2, 0, 2, 3], dtype=np.int32)).reshape(-1, 3)
        points, uv, colours = (
            np.concatenate([parts[index] for index in order]) for parts in (self._quads, self._uv, self._colours)
        )
        return points, uv, colours, faces


def _lit(light: Light) -> Array:
    """How bright something white outside is, RGB: a sensor set for the cabin sees the outside too bright."""
    glare = float(np.clip((light.outside - 0.7) / 1.6, 0.0, 0.75))
    return np.asarray(1.25 * light.outside * (1.0 - 0.3 * glare) * (0.75 * np.ones(3) + 0.25 * light.sky) + 0.3 * glare)
