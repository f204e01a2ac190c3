"""What training does to an image before the model view is cut and its regions are found.

Never a horizontal flip: left and right are different classes. An affine transform fills with replicated edges,
because black borders make false keypoints.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torchvision.transforms import v2

_SURPLUS = 1.5
"""How many pixels of an image a pixel of the view may stand for, before the image is shrunk."""


class AugmentationSettings(BaseModel):
    """Ranges of the random changes; zero leaves one out. The defaults are the paper's (section III-D)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shift: float = 0.15
    """± fraction of width and height."""
    degrees: float = 15.0
    """± rotation."""
    scale: tuple[float, float] = (0.85, 1.15)
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    erase: float = 0.0
    """Probability of erasing a random rectangle."""
    grey: float = 0.0
    """Probability of dropping the colours, as an infrared camera does."""


def without_surplus(pixels: NDArray[np.uint8], view_size: int) -> NDArray[np.uint8]:
    """Shrink an image (H, W, 3) whose shorter side is longer than a view of S pixels needs; others stay as they are.

    What the view cannot show is not worth augmenting: recipe `default` takes twenty times as long for an image
    of 1920×1080 pixels as for one of 320×240.
    """
    height, width = pixels.shape[:2]
    factor = _SURPLUS * view_size / min(height, width)
    if factor >= 1:
        return pixels
    size = (round(width * factor), round(height * factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


@dataclass
class Augmentation:
    """Applies random changes to an RGB image; samples from torch's generator, seeded by the loader for each worker."""

    settings: AugmentationSettings
    _colour: v2.Transform = field(init=False)

    def __post_init__(self) -> None:
        chosen = self.settings
        steps: list[v2.Transform] = []
        if chosen.brightness or chosen.contrast or chosen.saturation or chosen.hue:
            steps.append(v2.ColorJitter(chosen.brightness, chosen.contrast, chosen.saturation, chosen.hue))
        if chosen.grey:
            steps.append(v2.RandomGrayscale(chosen.grey))
        if chosen.erase:
            steps.append(v2.RandomErasing(chosen.erase, scale=(0.02, 0.15), value=127))
        self._colour = v2.Compose(steps or [v2.Identity()])

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB → the same shape."""
        return self.apply(pixels)[0]

    def apply(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Change an image and say where its points went.

        Args:
            pixels: (H, W, 3) uint8 RGB.

        Returns:
            The changed image, of the same shape, and the (2, 3) matrix that takes a point (x, y, 1) of the old image to
            the new one, both as fractions of width and height.
        """
        moved, matrix = self._affine(pixels)
        changed = self._colour(torch.from_numpy(moved).permute(2, 0, 1))
        return np.ascontiguousarray(changed.permute(1, 2, 0).numpy()), matrix

    def _affine(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        height, width = pixels.shape[:2]
        chosen = self.settings
        # torchvision samples the parameters; its own warp cannot replicate edges.
        affine = v2.RandomAffine(
            chosen.degrees, translate=(chosen.shift, chosen.shift), scale=chosen.scale
        ).make_params([torch.empty(3, height, width)])
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), affine["angle"], affine["scale"])
        matrix[:, 2] += affine["translate"]
        moved = np.asarray(
            cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
            dtype=np.uint8,
        )
        return moved, _in_fractions(np.asarray(matrix, dtype=np.float64), width, height)


def _in_fractions(matrix: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """OpenCV's (2, 3) matrix, whose pixel centres are whole numbers, for points as fractions of width and height."""
    size = np.array([width, height], dtype=np.float64)
    linear, shift = matrix[:, :2], matrix[:, 2]
    half = np.full(2, 0.5)
    return np.hstack([linear * size / size[:, None], ((shift + half - linear @ half) / size)[:, None]])
