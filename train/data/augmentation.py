"""What training does to an image before the model view is cut and its regions are found.

Torch and torchvision are loaded when images are augmented, not when a recipe is read.

Never a horizontal flip: left and right are different classes. What moves the image fills with replicated edges, because
black borders make false keypoints.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from train.data.other_cameras import CameraSettings, through_camera

if TYPE_CHECKING:
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
    shear: float = 0.0
    """± degrees, along x and y."""
    perspective: float = 0.0
    """± fraction of width and height by which each corner moves: a camera that stands elsewhere."""
    camera: CameraSettings = CameraSettings()


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
        from torchvision.transforms import v2  # not before a recipe is read

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
            The changed image, of the same shape, and the (3, 3) homography that takes a point (x, y, 1) of the old
            image to the new one, both as fractions of width and height.
        """
        import torch

        moved, matrix = self._move(pixels)
        changed = self._colour(torch.from_numpy(moved).permute(2, 0, 1)).permute(1, 2, 0).numpy()
        if self.settings.camera.chance:
            changed = through_camera(changed, self.settings.camera)
        return np.ascontiguousarray(changed), matrix

    def _move(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        import torch
        from torchvision.transforms import v2

        height, width = pixels.shape[:2]
        chosen = self.settings
        # torchvision samples the parameters; its own warp cannot replicate edges.
        shear = (-chosen.shear, chosen.shear, -chosen.shear, chosen.shear) if chosen.shear else None
        affine = v2.RandomAffine(
            chosen.degrees, translate=(chosen.shift, chosen.shift), scale=chosen.scale, shear=shear
        ).make_params([torch.empty(3, height, width)])
        matrix = np.eye(3)
        matrix[:2] = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), affine["angle"], affine["scale"])
        matrix[:2, 2] += affine["translate"]
        if chosen.shear:
            matrix = _sheared(np.radians(affine["shear"]), width, height) @ matrix
        if chosen.perspective:
            matrix = _tilted(chosen.perspective, width, height) @ matrix
        moved = cv2.warpPerspective(
            pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(moved, dtype=np.uint8), _in_fractions(matrix, width, height)


def _sheared(angles: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """The (3, 3) matrix that shears by angles (2,) along x and y, about the centre."""
    along_x, along_y = np.tan(angles)
    x, y = (width - 1) / 2, (height - 1) / 2
    return np.array([[1, along_x, -along_x * y], [along_y, 1, -along_y * x], [0, 0, 1.0]])


def _tilted(fraction: float, width: int, height: int) -> NDArray[np.float64]:
    """The (3, 3) matrix that moves each corner by up to ± a fraction of width and height."""
    import torch

    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    away = torch.empty(4, 2).uniform_(-fraction, fraction).numpy() * np.array([width, height], dtype=np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, corners + away), dtype=np.float64)


def _in_fractions(matrix: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """OpenCV's (3, 3) matrix, whose pixel centres are whole numbers, for points as fractions of width and height."""
    pixels = np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1.0]])
    moved: NDArray[np.float64] = np.linalg.inv(pixels) @ matrix @ pixels
    return moved
