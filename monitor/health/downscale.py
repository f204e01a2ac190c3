"""A small grey copy of a frame: enough to assess whether it shows anything, and whether it has changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMALL_WIDTH, SMALL_HEIGHT = 160, 120


def small_grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means over the areas of an (H, W, 3) uint8 RGB frame, (120, 160) uint8 grey, whatever its aspect."""
    import cv2  # here: the settings of health are read without it

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    # Halving is several times as fast as any other ratio; the last step still averages two pixels each way or more.
    while grey.shape[1] >= 4 * SMALL_WIDTH and grey.shape[0] >= 4 * SMALL_HEIGHT:
        grey = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    small = cv2.resize(grey, (SMALL_WIDTH, SMALL_HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)
