"""The textures of an appearance: skin, hair, cloth, seat, plastic and instruments, painted into one atlas."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from train.simulation.appearance import Cabin, Clothes, Face
from train.simulation.body.head import azimuths, skull
from train.simulation.body.rig import HEAD_HEIGHT
from train.simulation.shapes.atlas import (
    CLOTH,
    CLUSTER,
    FACE,
    HAIR,
    SCREEN,
    SEAT,
    SIDE,
    SLEEVE,
    STACK,
    TROUSERS,
    Region,
)
from train.simulation.shapes.geometry import Array


def _coordinates(region: Region) -> tuple[Array, Array]:
    """u and v (H, W) of every pixel of a region."""
    u, v = np.meshgrid(np.linspace(0.0, 1.0, region.width), np.linspace(0.0, 1.0, region.height))
    return u, v


def _clouds(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Array:
    """Soft random blotches (H, W), about one in size."""
    coarse = rng.standard_normal(cells).astype(np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), dtype=np.float64)


def _edge(value: Array, limit: float | Array, soft: float) -> Array:
    """0 where ``value`` is well below ``limit``, 1 where it is well above, a ramp ``soft`` wide between."""
    return np.clip((value - limit) / soft + 0.5, 0.0, 1.0)


def _blob(y: Array, z: Array, at: tuple[float, float], half: tuple[float, float]) -> Array:
    """1 in the middle of an ellipse, falling to 0 outside it; metres."""
    return np.asarray(np.exp(-(((y - at[0]) / half[0]) ** 2) - ((z - at[1]) / half[1]) ** 2))


def _mix(image: Array, colour: NDArray[Any], weight: NDArray[Any]) -> Array:
    return np.asarray(image + (colour - image) * weight[..., None])


def _paint_face(face: Face, rng: np.random.Generator) -> Array:
    u, v = _coordinates(FACE)
    height, azimuth = 2.0 * v - 1.0, azimuths((2.0 * u - 1.0) * np.pi)
    points = skull(height, azimuth, face.nose)
    y, z = points[..., 1], points[..., 2]
    front = np.cos(azimuth) > 0.0
    shape = (FACE.height, FACE.width)
    mottled = 1.0 + 0.015 * _clouds(rng, shape, (40, 40)) + 0.012 * rng.standard_normal(shape)
    image = face.skin * mottled[..., None]
    # Blood shows in cheeks and nose.
    flush = face.skin * np.array([1.0, 0.80, 0.80])
    for side in (-1.0, 1.0):
        image = _mix(image, flush, 0.55 * _blob(y, z, (side * 0.045, -0.018), (0.022, 0.02)) * front)
    image = _mix(image, flush, 0.5 * _blob(y, z, (0.0, -0.012), (0.014, 0.014)) * front)
    dim = face.skin * np.array([0.62, 0.55, 0.54])
    for side in (-1.0, 1.0):
        image = _mix(image, dim, 0.5 * _blob(y, z, (side * 0.030, 0.018), (0.020, 0.009)) * front)
        image = _mix(image, dim, 0.35 * _blob(y, z, (side * 0.031, 0.004), (0.016, 0.004)) * front)
        # Nostrils and the crease beside the mouth.
        image = _mix(image, face.skin * 0.25, 0.9 * _blob(y, z, (side * 0.008, -0.0245), (0.0045, 0.0028)) * front)
        crease = _blob(y, z, (side * (0.024 + 0.25 * 0.014), -0.036), (0.003, 0.016))
        image = _mix(image, dim, 0.35 * crease * front)
    image = _mix(image, dim, 0.4 * _blob(y, z, (0.0, -0.0555), (0.02, 0.003)) * front)
    brow = face.hair * 0.8 if face.cut != "bald" else face.skin * 0.35
    aside = np.abs(y)
    arch = 0.0285 + 0.004 * np.sin(np.clip((aside - 0.012) / 0.042, 0.0, 1.0) * np.pi * 0.8)
    hairs = 1.0 + 0.35 * rng.standard_normal(shape)
    thick = np.interp(aside, [0.010, 0.016, 0.04, 0.055], [0.0, 0.0035, 0.003, 0.0])
    weight = _edge(thick - np.abs(z - arch), 0.0, 0.0018) * front * (aside < 0.055)
    image = _mix(image, brow, np.clip(weight * 0.85 * hairs, 0.0, 1.0))
    turn = np.abs(np.arctan2(y, points[..., 0]))
    if face.beard != "none":
        lower = np.interp(turn, [0.0, 0.18, 0.3, 0.5, 1.0, 1.35, 1.6], [-0.28, -0.27, -0.3, -0.38, -0.36, -0.05, 0.15])
        weight = _edge(lower - height, 0.0, 0.08) * _edge(1.68 - turn, 0.0, 0.08)
        around = np.clip(1.0 - _blob(y, z, (0.0, -0.365 * HEAD_HEIGHT), (0.024, 0.0085)) * 2.2 * front, 0.0, 1.0)
        strength = 0.92 if face.beard == "full" else 0.42
        grains = np.clip(1.0 + 0.3 * rng.standard_normal(shape), 0.0, 1.3)
        image = _mix(image, face.hair * (1.0 + 0.25 * rng.standard_normal((*shape, 1))),
                       np.clip(weight * around * strength * grains, 0.0, 1.0))  # fmt: skip
    if face.cut not in ("bald",):
        # What the hair covers, and its shadow where it starts, have the hair's colour.
        line = np.interp(turn, [0.0, 0.7, 1.2, 1.6, 2.0, 3.2], [0.62, 0.57, 0.25, 0.1, -0.2, -0.45])
        strength = 0.75 if face.cut == "crop" else 0.9
        grains = np.clip(1.0 + 0.2 * rng.standard_normal(shape), 0.0, 1.2)
        image = _mix(image, face.hair, np.clip(_edge(height, line, 0.1) * strength * grains, 0.0, 1.0))
    return image


def _paint_hair(face: Face, rng: np.random.Generator) -> Array:
    """Strands: long along the hair, thin across it."""
    strands = 0.16 * _clouds(rng, (HAIR.height, HAIR.width), (6, 128)) + 0.10 * _clouds(
        rng, (HAIR.height, HAIR.width), (3, 40)
    )
    return np.asarray(face.hair * np.clip(1.0 + strands, 0.4, 1.7)[..., None])


def _paint_cloth(clothes: Clothes, region: Region, rng: np.random.Generator) -> Array:
    """1 m by 0.72 m of the upper body's cloth."""
    u, v = _coordinates(region)
    across, along, pitch = u * 1.0, v * 0.72, clothes.pitch
    stripe = _edge(np.abs((across / pitch) % 1.0 - 0.5), 0.29, 0.08)
    hoop = _edge(np.abs((along / pitch) % 1.0 - 0.5), 0.29, 0.08)
    dot = np.hypot((across / pitch) % 1.0 - 0.5, (along / pitch) % 1.0 - 0.5)
    weight = {
        "plain": np.zeros_like(u),
        "stripes": stripe,
        "hoops": hoop,
        "plaid": 0.5 * stripe + 0.5 * hoop,
        "dots": 1.0 - _edge(dot, 0.26, 0.1),
        "knit": np.zeros_like(u),
    }[clothes.pattern]
    image = clothes.colour + (clothes.second - clothes.colour) * weight[..., None]
    weave = 1.0 + 0.03 * rng.standard_normal(u.shape)
    if clothes.pattern == "knit":
        weave += 0.12 * np.sin(across * 2.0 * np.pi / 0.012) * np.abs(np.sin(along * 2.0 * np.pi / 0.018))
    wrinkles = 0.05 * _clouds(rng, u.shape, (14, 22)) + 0.03 * _clouds(rng, u.shape, (40, 40))
    return np.asarray(image * (weave + wrinkles)[..., None])


def _paint_trunk(clothes: Clothes, face: Face, torso: float, rng: np.random.Generator) -> Array:
    """The cloth around the trunk: a print on the chest for some, and skin where the neckline leaves it bare."""
    image = _paint_cloth(clothes, CLOTH, rng)
    u, v = _coordinates(CLOTH)
    turn = np.minimum(u, 1.0 - u)
    if clothes.pattern == "plain" and rng.random() < 0.4:
        mark = _blob(turn, v, (0.0, 0.62), (0.055, 0.05)) > 0.45
        blocks = _clouds(rng, u.shape, (48, 64)) > 0.0
        image = _mix(image, clothes.second, 0.8 * mark * blocks)
    height = (v - 0.15) * 0.72 / torso
    if clothes.collar:
        placket = (turn < 0.012) & (height > 0.3)
        buttons = (turn < 0.004) & (np.abs((height * 7.0) % 1.0 - 0.5) < 0.05) & (height > 0.3)
        image = np.where(placket[..., None], image * 0.82, image)
        return np.where(buttons[..., None], 0.85, image)
    # As deep in front as the cut of the shirt has it.
    deep = rng.uniform(0.86, 0.95)
    line = np.interp(turn, [0.0, 0.06, 0.12, 0.25, 0.5], [deep, deep + 0.01, 0.96, 0.985, 0.99])
    hem = _edge(0.012 - np.abs(height - line), 0.0, 0.006)
    image = _mix(image, image * 0.75, hem)
    return _mix(image, face.skin * 0.97, _edge(height, line, 0.008))


def _paint_trousers(clothes: Clothes, rng: np.random.Generator) -> Array:
    u, v = _coordinates(TROUSERS)
    twill = 1.0 + 0.04 * np.sin((u * 180.0 + v * 180.0) * np.pi) + 0.03 * rng.standard_normal(u.shape)
    worn = 0.06 * _clouds(rng, u.shape, (12, 12)) + 0.12 * np.exp(-(((v - 0.35) / 0.2) ** 2))
    seam = 1.0 - 0.25 * (np.abs(u - 0.25) < 0.006)
    return np.asarray(clothes.trousers * ((twill + worn) * seam)[..., None])


def _paint_seat(cabin: Cabin, rng: np.random.Generator) -> Array:
    """Around the seat's back (u) and up it (v): bolsters, seams, and a middle of another cloth."""
    u, v = _coordinates(SEAT)
    turn = np.minimum(u, 1.0 - u)
    middle = _edge(0.105 - turn, 0.0, 0.01) * _edge(v, 0.12, 0.02) * _edge(0.88 - v, 0.0, 0.02)
    base = 1.0 + 0.03 * rng.standard_normal(u.shape) + 0.03 * _clouds(rng, u.shape, (10, 10))
    if cabin.leather:
        holes = (np.sin(u * 700.0) * np.sin(v * 300.0)) > 0.75
        inner = cabin.seat * (base * (1.0 - 0.15 * holes))[..., None]
    else:
        woven = base + 0.05 * np.sin(v * 260.0) * np.sin(u * 420.0)
        inner = cabin.seat * np.array([1.25, 1.25, 1.3]) * woven[..., None]
    image = cabin.seat * base[..., None] * (1.0 - middle[..., None]) + inner * middle[..., None]
    seam = np.abs(turn - 0.105) < 0.006
    flutes = (np.abs((v * 7.0) % 1.0 - 0.5) > 0.47) & (middle > 0.5)
    stitches = 1.6 if cabin.leather and cabin.interior.two_tone else 0.55
    return np.asarray(np.where((seam | flutes)[..., None], image * stitches, image))


def _text(image: NDArray[np.uint8], text: str, at: tuple[int, int], size: float, colour: tuple[int, ...]) -> None:
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)


def _paint_stack(cabin: Cabin, rng: np.random.Generator) -> Array:
    """The centre stack from top to bottom: vents, radio, switches, knobs; wide screens leave the middle plain."""
    base = np.clip(cabin.dash * 255.0 * 1.1, 0, 255)
    image = np.empty((STACK.height, STACK.width, 3), np.uint8)
    image[:] = base.astype(np.uint8)
    dark, metal = (10, 10, 11), (118, 118, 122)
    modern = cabin.interior.stack in ("tablet", "wide")
    for left in (14, 134):  # vents
        cv2.rectangle(image, (left, 18), (left + 108, 84 if not modern else 50), dark, -1)
        for row in range(26, 82 if not modern else 48, 10):
            cv2.rectangle(image, (left + 4, row), (left + 104, row + 3), (70, 70, 73), -1)
        cv2.rectangle(image, (left + 52, 22), (left + 56, 80 if not modern else 46), metal, -1)
    if not modern:
        cv2.rectangle(image, (26, 102), (230, 196), (20, 20, 22), -1)
        cv2.rectangle(image, (62, 112), (196, 150), (24, 60, 82), -1)
        _text(image, f"{rng.integers(87, 108)}.{rng.integers(0, 10)}  FM", (72, 138), 0.6, (170, 225, 240))
        for column in range(6):
            cv2.rectangle(image, (44 + 28 * column, 166), (64 + 28 * column, 182), (95, 95, 100), -1)
        for x in (44, 213):
            cv2.circle(image, (x, 130), 13, metal, -1, cv2.LINE_AA)
            cv2.circle(image, (x, 130), 9, (60, 60, 64), -1, cv2.LINE_AA)
    top = 226 if not modern else 90
    for x in (50, 128, 206):
        cv2.circle(image, (x, top + 28), 25, (24, 24, 26), -1, cv2.LINE_AA)
        cv2.circle(image, (x, top + 28), 18, metal, -1, cv2.LINE_AA)
        cv2.line(image, (x, top + 28), (x + 8, top + 14), (240, 240, 240), 2, cv2.LINE_AA)
    for column in range(5):
        cv2.rectangle(image, (24 + 43 * column, top + 70), (58 + 43 * column, top + 88), (46, 46, 49), -1)
        cv2.circle(image, (41 + 43 * column, top + 79), 2, (230, 140, 40), -1)
    cv2.rectangle(image, (30, top + 102), (226, top + 142), dark, -1)  # shelf
    grain = 1.0 + 0.03 * rng.standard_normal((*image.shape[:2], 1))
    return np.asarray(image / 255.0 * grain)


def _paint_cluster(cabin: Cabin, rng: np.random.Generator) -> Array:
    image = np.full((CLUSTER.height, CLUSTER.width, 3), 9, np.uint8)
    if cabin.interior.cluster == "display":
        image[:] = (12, 18, 30)
        _text(image, f"{rng.integers(30, 120)}", (92, 78), 1.6, (235, 240, 250))
        _text(image, "km/h", (104, 104), 0.5, (150, 160, 180))
        cv2.ellipse(image, (128, 62), (112, 54), 0, 150, 300, (60, 140, 230), 5, cv2.LINE_AA)
        return image / 255.0
    for x in (68, 188):
        cv2.circle(image, (x, 64), 56, (150, 155, 165), 3, cv2.LINE_AA)
        for tick in np.linspace(-2.3, 2.3, 13):
            direction = np.array([np.sin(tick), -np.cos(tick)])
            a, b = (np.array([x, 64]) + direction * r for r in (42, 52))
            cv2.line(image, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), (225, 230, 235), 2, cv2.LINE_AA)
        angle = rng.uniform(-2.0, 1.5)
        tip = np.array([x, 64]) + 44.0 * np.array([np.sin(angle), -np.cos(angle)])
        cv2.line(image, (x, 64), (int(tip[0]), int(tip[1])), (230, 60, 35), 3, cv2.LINE_AA)
        cv2.circle(image, (x, 64), 8, (40, 40, 42), -1, cv2.LINE_AA)
    return image / 255.0


def _paint_screen(rng: np.random.Generator) -> Array:
    """A map, or a menu of tiles."""
    image = np.empty((SCREEN.height, SCREEN.width, 3), np.uint8)
    if rng.random() < 0.6:
        image[:] = (188, 205, 180) if rng.random() < 0.5 else (34, 44, 58)
        for _ in range(9):
            a, b = rng.integers(0, SCREEN.width, 2), rng.integers(0, SCREEN.height, 2)
            cv2.line(image, (int(a[0]), int(b[0])), (int(a[1]), int(b[1])), (230, 230, 225), 4, cv2.LINE_AA)
        cv2.line(image, (60, 160), (150, 20), (50, 120, 240), 7, cv2.LINE_AA)
        cv2.circle(image, (110, 84), 8, (30, 90, 230), -1, cv2.LINE_AA)
    else:
        image[:] = (18, 20, 26)
        for tile in range(8):
            x, y = 16 + 60 * (tile % 4), 22 + 66 * (tile // 4)
            colour = tuple(int(c) for c in rng.integers(40, 220, 3))
            cv2.rectangle(image, (x, y), (x + 44, y + 44), colour, -1)
    return image / 255.0


def paint_atlas(seed: int, face: Face, clothes: Clothes, cabin: Cabin, torso: float) -> NDArray[np.uint8]:
    """(SIDE, SIDE, 3) RGB: every texture of an appearance; the same one always gives the same.

    Args:
        seed: decides what is random about them.
        face, clothes, cabin: what they show.
        torso: the body's, metres.
    """
    rng = np.random.default_rng([seed, 10])
    atlas = np.zeros((SIDE, SIDE, 3), np.uint8)
    painted = (
        (FACE, _paint_face(face, rng)),
        (HAIR, _paint_hair(face, rng)),
        (CLOTH, _paint_trunk(clothes, face, torso, rng)),
        (SLEEVE, _paint_cloth(clothes, SLEEVE, rng)),
        (TROUSERS, _paint_trousers(clothes, rng)),
        (SEAT, _paint_seat(cabin, rng)),
        (STACK, _paint_stack(cabin, rng)),
        (CLUSTER, _paint_cluster(cabin, rng)),
        (SCREEN, _paint_screen(rng)),
    )
    for region, image in painted:
        rows = slice(region.top, region.top + region.height)
        atlas[rows, region.left : region.left + region.width] = np.clip(image * 255.0, 0.0, 255.0).astype(np.uint8)
    return atlas
