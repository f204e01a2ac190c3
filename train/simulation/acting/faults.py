"""What goes wrong with a camera: covered, dark, dazzled, shaken, frozen, turned away; or nobody is in the seat."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from train.simulation.appearance import Appearance
from train.simulation.shapes.geometry import vector

Image = NDArray[np.uint8]


class FaultKind(Enum):
    """A fault; the value is the name in files and on command lines."""

    COVERED = "covered"
    """Something lies on the lens: one colour, hardly a shadow."""
    DARK = "dark"
    """No light: the cap is on, or night without a lamp."""
    GLARE = "glare"
    """The sun shines into the lens."""
    BLUR = "motion-blur"
    """The mount shakes while the shutter is open."""
    FREEZE = "freeze"
    """The camera repeats its last image."""
    FACING = "facing"
    """The camera stands before the driver, not at the side."""
    SWAPPED = "swapped"
    """The image is mirrored: the driver sits where the passenger should."""
    EMPTY_SEAT = "empty-seat"
    """Nobody is in the driver's seat."""


@dataclass(frozen=True)
class Fault:
    """A fault from ``start_s`` to ``end_s``, seconds."""

    start_s: float
    end_s: float
    kind: FaultKind

    def holds(self, time: float) -> bool:
        """Whether it lasts at ``time`` seconds."""
        return self.start_s <= time < self.end_s


def kinds_at(faults: Sequence[Fault], time: float) -> frozenset[FaultKind]:
    """What is wrong at ``time`` seconds."""
    return frozenset(fault.kind for fault in faults if fault.holds(time))


def shown_time(faults: Sequence[Fault], time: float, fps: int | Fraction) -> float:
    """The moment, seconds, whose image the camera gives at ``time``.

    While it is frozen that is the last frame before, at ``fps`` frames per second; or the first of all, where there is
    none before. Freezes that overlap are one.
    """

    def is_frozen(at: float) -> bool:
        return FaultKind.FREEZE in kinds_at(faults, at)

    if not is_frozen(time):
        return time
    # From the frame of this very time on, which is frozen like every other that the fault holds at.
    index = math.floor(time * fps + 1e-6)
    while index > 0 and is_frozen(float(index / fps)):
        index -= 1
    return float(index / fps)


def facing(appearance: Appearance) -> Appearance:
    """The same driver and car, seen from the wind-screen's upper edge, over wheel and hands."""
    camera = replace(
        appearance.camera,
        position=vector(0.66, -0.14, 0.82 + 0.5 * appearance.cabin.interior.roof),
        target=vector(-0.12, 0.0, 0.50),
        field=float(np.deg2rad(58.0)),
    )
    return replace(appearance, camera=camera)


def spoil(pixels: Image, kinds: frozenset[FaultKind], time: float, seed: int) -> Image:
    """The image that a camera with these faults gives.

    Args:
        pixels: (H, W, 3) uint8 RGB; stays as it is.
        kinds: what is wrong. Freezing and whatever changes the scene is not done here.
        time: seconds; glare and shaking move.
        seed: decides colours, positions and noise.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    for kind, change in _CHANGES.items():
        if kind in kinds:
            pixels = change(pixels, time, seed)
    return pixels


def _swapped(pixels: Image, time: float, seed: int) -> Image:
    return np.ascontiguousarray(pixels[:, ::-1])


def _noisy(image: NDArray[np.float32], time: float, seed: int, strength: float) -> Image:
    noise = np.random.default_rng([seed, round(time * 1000.0), 13]).standard_normal(image.shape, dtype=np.float32)
    return np.asarray(np.clip(image + noise * np.float32(strength), 0.0, 255.0), dtype=np.uint8)


def _blurred(pixels: Image, time: float, seed: int) -> Image:
    """Smeared along a direction that changes with every frame, by about a tenth of the image."""
    reach = max(round(0.05 * pixels.shape[1]), 2)
    angle = float(np.random.default_rng([seed, round(time * 1000.0), 14]).uniform(0.0, np.pi))
    across, down = reach * np.cos(angle), reach * np.sin(angle)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), dtype=np.float32)
    start = (round(reach - across), round(reach - down))
    cv2.line(kernel, start, (round(reach + across), round(reach + down)), 1.0)
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), dtype=np.uint8)


def _dazzled(pixels: Image, time: float, seed: int) -> Image:
    """A burnt-out spot with a wide halo, and a veil over everything else."""
    height, width = pixels.shape[:2]
    rng = np.random.default_rng([seed, 15])
    x = width * (rng.uniform(0.3, 0.8) + 0.04 * np.sin(0.8 * time))
    y = height * (rng.uniform(0.1, 0.45) + 0.03 * np.sin(1.1 * time))
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    away = np.hypot(across - x, down - y) / width
    light = np.clip(0.45 + 0.6 * np.exp(-((away / 0.3) ** 2)), 0.0, 1.0)[..., None]
    warm = np.array([255.0, 250.0, 236.0], dtype=np.float32)
    return np.asarray(pixels + (warm - pixels) * light, dtype=np.uint8)


def _covered(pixels: Image, time: float, seed: int) -> Image:
    """The colour of whatever is on the lens, a little lighter at one edge, and the sensor's noise."""
    height, width = pixels.shape[:2]
    rng = np.random.default_rng([seed, 16])
    colour = rng.uniform(60.0, 120.0) * np.array([1.0, rng.uniform(0.6, 1.0), rng.uniform(0.5, 1.0)])
    edge = np.linspace(-4.0, 4.0, width)[None, :, None] * rng.choice([-1.0, 1.0])
    cover = np.broadcast_to(colour + edge, (height, width, 3)).astype(np.float32)
    return _noisy(cover, time, seed, 2.5)


def _darkened(pixels: Image, time: float, seed: int) -> Image:
    return _noisy(pixels.astype(np.float32) * np.float32(0.05), time, seed, 2.0)


# In the order in which light and image pass them; what covers comes last.
_CHANGES: dict[FaultKind, Callable[[Image, float, int], Image]] = {
    FaultKind.SWAPPED: _swapped,
    FaultKind.BLUR: _blurred,
    FaultKind.GLARE: _dazzled,
    FaultKind.DARK: _darkened,
    FaultKind.COVERED: _covered,
}
