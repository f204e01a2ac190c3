"""What other cameras make of an image: their light, lens, sensor and files stand for cars that no data set shows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

_VIEW_SIDE = 192
"""What lengths in pixels are measured against: the shorter side of an image is so long."""


class CameraSettings(BaseModel):
    """What other cameras do to an image. Each change happens in a part of the images; zero leaves one out.

    Lengths are in pixels of an image whose shorter side has 192 of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    chance: float = Field(0.0, ge=0, le=1, description="that an image is changed, for each of the changes by itself")
    resolution: float = Field(1.0, gt=0, le=1, description="least resolution, as a part of the image's own")
    blur: float = Field(0.0, ge=0, description="largest standard deviation of a lens out of focus, in pixels")
    noise: float = Field(0.0, ge=0, description="largest standard deviation of the sensor's noise, in grey levels")
    jpeg: int = Field(0, ge=0, le=100, description="least quality of compression; 0: none")
    exposure: float = Field(0.0, ge=0, description="± of the exposure, in stops of a display's gamma")
    cast: float = Field(0.0, ge=0, lt=1, description="± of red against blue")
    vignette: float = Field(0.0, ge=0, le=1, description="how much darker the corners may be")


def through_camera(pixels: NDArray[np.uint8], settings: CameraSettings) -> NDArray[np.uint8]:
    """An image (H, W, 3) uint8 as a random other camera would have taken it: light, lens, sensor and file."""
    height, width = pixels.shape[:2]
    size = min(height, width) / _VIEW_SIDE
    if settings.exposure and _happens(settings):
        levels = np.arange(256) / 255
        table = 255 * levels ** (2 ** _between(-settings.exposure, settings.exposure))
        pixels = np.asarray(cv2.LUT(pixels, table.round().astype(np.uint8)), dtype=np.uint8)
    if settings.cast and _happens(settings):
        warm = _between(-settings.cast, settings.cast)
        pixels = cv2.transform(pixels, np.diag([1 + warm, 1.0, 1 - warm]))  # type: ignore[assignment]
    if settings.vignette and _happens(settings):
        x, y = np.linspace(-1, 1, width), np.linspace(-1, 1, height)[:, None]
        light = 1 - _between(0, settings.vignette) * (x**2 + y**2) / 2
        pixels = (pixels * light[..., None]).astype(np.uint8)
    if settings.blur and _happens(settings):
        sigma = size * _between(0.2, settings.blur)
        pixels = cv2.GaussianBlur(pixels, (0, 0), sigma)  # type: ignore[assignment]
    if settings.resolution < 1 and _happens(settings):
        part = _between(settings.resolution, 1)
        small = cv2.resize(pixels, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
        pixels = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    if settings.noise and _happens(settings):
        import torch  # not before a recipe is read

        noise = torch.randn(pixels.shape).mul_(_between(0, settings.noise))
        pixels = (noise + torch.from_numpy(pixels)).clamp_(0, 255).to(torch.uint8).numpy()
    if settings.jpeg and _happens(settings):
        quality = round(_between(settings.jpeg, 95))
        packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        pixels = cv2.imdecode(packed, cv2.IMREAD_COLOR)  # type: ignore[assignment]
    return pixels


def _between(low: float, high: float) -> float:
    import torch

    return float(torch.empty(()).uniform_(low, high)) if low < high else high


def _happens(settings: CameraSettings) -> bool:
    import torch

    return bool(torch.rand(()) < settings.chance)
