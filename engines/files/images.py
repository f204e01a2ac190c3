"""Reading image files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from engines.files.image_size import MAX_PIXELS, image_size
from engines.files.regular_file import read_bytes

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


MAX_BYTES = 256 << 20
"""Of an image's file: 64 megapixels without any compression."""

_MOST_SCANS = 100
"""Of a JPEG, each of which goes over the whole image; ten are usual."""


class ImageTooLargeError(UserError):
    """An image that would take more memory than any of a camera; it was not unpacked."""


def read_image(path: Path) -> NDArray[np.uint8] | None:
    """An image file as (H, W, 3) uint8 RGB, or None when it cannot be read as one.

    Raises:
        ImageTooLargeError: for more than `MAX_PIXELS`, by its header: a few kilobytes may unpack to gigabytes.
    """
    try:
        data = read_bytes(path, MAX_BYTES)
        size = image_size(data)
        if size is not None and size[0] * size[1] > MAX_PIXELS:
            raise _too_large(path, f"has {size[0]:,} × {size[1]:,} pixels")
        if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > _MOST_SCANS:
            raise ImageTooLargeError(f"the image {path} is stored in more than {_MOST_SCANS} scans: save it again")
        # Not cv2.imread, which fails on names that the platform's code page lacks.
        pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR_RGB) if data else None
    except OSError:
        return None
    except cv2.error as error:  # for a header that promises an impossible size
        if "CV_IO_MAX_IMAGE" in str(error):
            raise _too_large(path, "is too large") from error
        return None
    return None if pixels is None else np.ascontiguousarray(pixels, dtype=np.uint8)


def _too_large(path: Path, what: str) -> ImageTooLargeError:
    return ImageTooLargeError(f"the image {path} {what}: {MAX_PIXELS >> 20} megapixels are the most; scale it down")


def require_image(path: Path, advice: str = "leave it out") -> NDArray[np.uint8]:
    """An image file as (H, W, 3) uint8 RGB.

    Raises:
        UserError: with the advice, when it cannot be read as one; also an `ImageTooLargeError`.
    """
    pixels = read_image(path)
    if pixels is None:
        raise UserError(f"cannot read the image {path}: {advice}")
    return pixels
