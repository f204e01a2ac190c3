"""What lens and sensor make of the light: blur, glare, bent edges, exposure, colour, fall-off, noise, sharpening."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from train.simulation.appearance import CameraMount, Light

Image = NDArray[np.float32]
_SHARPENED = 1.0  # pixels of an image 320 wide
# An infrared camera sees mostly what the red channel would.
_GREY_DAY, _GREY_NIGHT = (1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0), (0.75, 0.2, 0.05)


@lru_cache(maxsize=2)
def _noise_tile(width: int, height: int) -> Image:
    rng = np.random.default_rng([width, height])
    tile = rng.standard_normal((height, width, 3), dtype=np.float32) * np.float32(0.6)
    return tile + rng.standard_normal((height, width, 1), dtype=np.float32) * np.float32(0.8)


def _noise(width: int, height: int, seed: int) -> Image:
    """Sensor noise (H, W, 3) of strength one: one fixed tile, rolled again for each seed, for drawing it takes long."""
    down, across = np.random.default_rng(seed).integers(0, [height, width])
    return np.roll(_noise_tile(width, height), (down, across), axis=(0, 1))


@lru_cache(maxsize=4)
def _bend_maps(width: int, height: int, barrel: float) -> tuple[Image, Image]:
    x, y = np.meshgrid(np.linspace(-1.0, 1.0, width), np.linspace(-1.0, 1.0, height))
    aspect = height / width
    square = (x**2 + (y * aspect) ** 2) / (1.0 + aspect**2)
    # Scaled so that the corners stay where they are: nothing from outside the image is needed.
    scale = (1.0 + barrel * square) / (1.0 + barrel)
    return (
        ((x * scale + 1.0) * 0.5 * (width - 1)).astype(np.float32),
        ((y * scale + 1.0) * 0.5 * (height - 1)).astype(np.float32),
    )


def expose(scene: Image, light: Light, camera: CameraMount, noise_seed: int) -> NDArray[np.uint8]:
    """Turn light into an image.

    Args:
        scene: (H, W, 3) RGB light, 255 for white.
        light: exposure, colour and noise.
        camera: how much the lens bends the edges.
        noise_seed: decides the noise.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    height, width = scene.shape[:2]
    size = (width, height)
    if camera.barrel > 0.0:
        maps = _bend_maps(width, height, camera.barrel)
        scene = np.asarray(cv2.remap(scene, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
    image = np.asarray(cv2.GaussianBlur(scene, (0, 0), max(light.blur * width / 320.0, 0.2)), np.float32)
    # Bright windows bleed into the cabin.
    small = cv2.resize(image, (max(width // 8, 1), max(height // 8, 1)), interpolation=cv2.INTER_AREA)
    halo = cv2.GaussianBlur(np.clip(small - 150.0, 0.0, None), (0, 0), width / 90.0)
    image += light.bloom * cv2.resize(halo, size, interpolation=cv2.INTER_LINEAR)
    weights = _GREY_NIGHT if light.infrared > 0.0 else _GREY_DAY
    grey = cv2.transform(image, np.array([weights], np.float32))[..., None]
    image = grey + (image - grey) * np.float32(light.saturation)
    x, y = np.linspace(-1.0, 1.0, width), np.linspace(-1.0, 1.0, height)
    fall = 1.0 - light.vignette * 0.5 * (x[None, :] ** 2 + y[:, None] ** 2)
    gain = (fall[..., None] * light.tint * light.exposure).astype(np.float32)
    curve = np.asarray(
        cv2.pow(np.maximum(image * (gain / np.float32(255.0)), np.float32(0.0)), light.gamma), np.float32
    )
    # Bright parts are pressed together before they burn out.
    bright = np.maximum(curve - np.float32(0.75), np.float32(0.0))
    curve -= bright - bright / (np.float32(1.0) + np.float32(1.6) * bright)
    noise = _noise(width, height, noise_seed)
    if light.infrared > 0.0:
        noise = noise[..., :1]
    curve = (curve - np.float32(light.black)) * np.float32(1.0 / (1.0 - light.black)) + noise * np.float32(light.noise)
    # Cameras sharpen what they have seen, noise and all.
    soft = np.asarray(cv2.GaussianBlur(curve, (0, 0), max(_SHARPENED * width / 320.0, 0.3)), np.float32)
    curve += np.float32(light.sharpening) * (curve - soft)
    return np.asarray(np.clip(curve * np.float32(255.0), 0.0, 255.0), np.uint8)
