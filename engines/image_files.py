"""Reading image files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

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
