"""Whether a picture shows the driver's other side: a mirrored picture, or a camera on the wrong side of the car.

The network answers such a picture as surely as any. Here a logistic score on the picture's edges tells it from its
mirror image; `calibration.wrong_view` fits it and says how well it works. Only what differs between the two counts, so
that the score has no offset which another car or camera could shift. The edges are counted by place and direction as
in Dalal and Triggs, Histograms of Oriented Gradients (CVPR 2005).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.output_files import write_whole

SIDE = 64
CELLS = 8
DIRECTIONS = 6
SHAPE_SIZE = CELLS * CELLS * DIRECTIONS

WEIGHTS = Path(__file__).parent / "wrong_view.npz"


def view_shape(view: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much edge of each direction lies in each part of a picture.

    Args:
        view: (S, S, 3) uint8 RGB model view.

    Returns:
        (384,) float32: roots of shares that sum to 1, or zeros for a picture without any edge.
    """
    small = cv2.resize(view, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    across, down = np.zeros_like(grey), np.zeros_like(grey)
    across[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    down[1:-1] = grey[2:] - grey[:-2]
    strength = np.hypot(across, down)
    direction = np.mod(np.arctan2(down, across), np.pi) * np.float32(DIRECTIONS / np.pi)
    # Each pixel counts for the two directions that it lies between.
    turned = np.mod(direction[..., None] - np.arange(DIRECTIONS, dtype=np.float32) + 3.0, DIRECTIONS) - 3.0
    counted = strength[..., None] * np.clip(1.0 - np.abs(turned), 0.0, 1.0)
    cell = SIDE // CELLS
    shares = counted.reshape(CELLS, cell, CELLS, cell, DIRECTIONS).sum(axis=(1, 3)).ravel()
    total = float(shares.sum())
    return np.sqrt(shares / total).astype(np.float32) if total > 0.0 else np.zeros(SHAPE_SIZE, dtype=np.float32)


def mirrored_shape(shape: NDArray[np.float32]) -> NDArray[np.float32]:
    """The shape of the mirror image of a picture with this (384,) shape."""
    cells = shape.reshape(CELLS, CELLS, DIRECTIONS)[:, ::-1]
    # A direction d becomes its supplement.
    return np.ascontiguousarray(np.roll(cells[..., ::-1], 1, axis=-1)).ravel()


@dataclass(frozen=True, eq=False)
class WrongViewScore:
    """A logistic score: how much likelier a view is mirrored than right; that of the mirror image is its negative.

    Attributes:
        weights: (384,) float32, of what a picture's shape has more of than its mirror image's.
    """

    weights: NDArray[np.float32]

    def of(self, view: NDArray[np.uint8]) -> float:
        """The score of an (S, S, 3) uint8 RGB model view."""
        shape = view_shape(view)
        return float((shape - mirrored_shape(shape)) @ self.weights)

    def save(self, path: Path) -> None:
        """Write it as an NPZ file. Raises `UserError` when that fails."""
        content = io.BytesIO()
        np.savez_compressed(content, weights=self.weights)
        write_whole(path, content.getvalue())

    @classmethod
    def load(cls, path: Path) -> WrongViewScore:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["weights"].astype(np.float32))


@lru_cache(maxsize=1)
def shipped_score() -> WrongViewScore:
    """The score that comes with the program."""
    return WrongViewScore.load(WEIGHTS)
