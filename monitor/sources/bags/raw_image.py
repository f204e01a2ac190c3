"""Images that messages hold without compression: the encodings of ROS's ``sensor_msgs/image_encodings.hpp``."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from engines.files.image_size import MAX_PIXELS

# Encoding → samples of a pixel, bytes of a sample, OpenCV's conversion to RGB. A Bayer pattern is named by its first
# two pixels in ROS and by those of its second row in OpenCV.
_ENCODINGS: dict[str, tuple[int, int, int | None]] = {
    "rgb8": (3, 1, None),
    "8uc3": (3, 1, cv2.COLOR_BGR2RGB),
    "bgr8": (3, 1, cv2.COLOR_BGR2RGB),
    "rgba8": (4, 1, cv2.COLOR_RGBA2RGB),
    "8uc4": (4, 1, cv2.COLOR_BGRA2RGB),
    "bgra8": (4, 1, cv2.COLOR_BGRA2RGB),
    "mono8": (1, 1, cv2.COLOR_GRAY2RGB),
    "8uc1": (1, 1, cv2.COLOR_GRAY2RGB),
    "mono16": (1, 2, cv2.COLOR_GRAY2RGB),
    "16uc1": (1, 2, cv2.COLOR_GRAY2RGB),
    "rgb16": (3, 2, None),
    "bgr16": (3, 2, cv2.COLOR_BGR2RGB),
    "bayer_rggb8": (1, 1, cv2.COLOR_BayerBG2RGB),
    "bayer_bggr8": (1, 1, cv2.COLOR_BayerRG2RGB),
    "bayer_gbrg8": (1, 1, cv2.COLOR_BayerGR2RGB),
    "bayer_grbg8": (1, 1, cv2.COLOR_BayerGB2RGB),
    "uyvy": (2, 1, cv2.COLOR_YUV2RGB_UYVY),
    "yuv422": (2, 1, cv2.COLOR_YUV2RGB_UYVY),
    "yuyv": (2, 1, cv2.COLOR_YUV2RGB_YUY2),
    "yuv422_yuy2": (2, 1, cv2.COLOR_YUV2RGB_YUY2),
}

_PLANAR = {"nv12": cv2.COLOR_YUV2RGB_NV12, "nv21": cv2.COLOR_YUV2RGB_NV21}
"""Brightness first, then colour at half the height."""


def raw_image(
    data: bytes | NDArray[np.uint8],
    width: int,
    height: int,
    encoding: str,
    step: int = 0,
    *,
    big_endian: bool = False,
) -> NDArray[np.uint8] | None:
    """An uncompressed image as (H, W, 3) uint8 RGB; None where its bytes do not fit its size.

    Args:
        data: its bytes, row by row.
        width, height: in pixels.
        encoding: as ROS names it.
        step: bytes of a row, which may be more than its pixels need; 0 for as many as these.
        big_endian: whether samples of two bytes begin with the larger.

    Raises:
        UserError: for an encoding that is no image in colour or grey, and for more than `MAX_PIXELS`.
    """
    name = encoding.strip().lower()
    if not (width > 0 and height > 0):
        return None
    if width * height > MAX_PIXELS:
        raise UserError(f"an image has {width:,} × {height:,} pixels: {MAX_PIXELS >> 20} megapixels are the most")
    pixels = np.frombuffer(data, dtype=np.uint8)
    if name in _PLANAR:
        rows = height + height // 2
        step = step or width
        if step < width or pixels.size < rows * step or width % 2 or height % 2:
            return None
        planes = np.ascontiguousarray(pixels[: rows * step].reshape(rows, step)[:, :width])
        return _converted(planes, _PLANAR[name])
    if name not in _ENCODINGS:
        known = ", ".join(sorted([*_ENCODINGS, *_PLANAR]))
        raise UserError(f"an image is encoded as {encoding or 'nothing'}, which is not read; what is: {known}")
    samples, size, conversion = _ENCODINGS[name]
    used = width * samples * size
    step = step or used
    if step < used or pixels.size < (height - 1) * step + used:
        return None
    if pixels.size < height * step:  # some leave the last row's end out
        pixels = np.concatenate([pixels, np.zeros(height * step - pixels.size, dtype=np.uint8)])
    rows_of_bytes = pixels[: height * step].reshape(height, step)[:, :used]
    if size == 2:
        # The upper half of 16 bits.
        rows_of_bytes = rows_of_bytes[:, (0 if big_endian else 1) :: 2]
    image = np.ascontiguousarray(rows_of_bytes.reshape(height, width, samples))
    return image if conversion is None else _converted(image, conversion)


def _converted(image: NDArray[np.uint8], conversion: int) -> NDArray[np.uint8] | None:
    try:
        return np.asarray(cv2.cvtColor(image, conversion), dtype=np.uint8)
    except cv2.error:  # a Bayer pattern or YUV of one pixel
        return None
