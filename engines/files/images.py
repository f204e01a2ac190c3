"""Reading image files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


def read_image(path: Path) -> NDArray[np.uint8] | None:
    """An image file as (H, W, 3) uint8 RGB, or None when it cannot be read as one."""
    try:
        # Not cv2.imread, which fails on names that the platform's code page lacks.
        data = np.fromfile(path, dtype=np.uint8)
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if data.size else None
    except (OSError, cv2.error):  # the latter for a header that promises an impossible size
        return None
    return None if pixels is None else np.ascontiguousarray(pixels, dtype=np.uint8)


def require_image(path: Path, advice: str = "leave it out") -> NDArray[np.uint8]:
    """An image file as (H, W, 3) uint8 RGB. Raises `UserError`, with the advice, when it cannot be read as one."""
    pixels = read_image(path)
    if pixels is None:
        raise UserError(f"cannot read the image {path}: {advice}")
    return pixels
