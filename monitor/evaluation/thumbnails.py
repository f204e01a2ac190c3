"""Thumbnails: a frame, small and as JPEG, with the regions that the network attended to most."""

from __future__ import annotations

import base64

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.prediction import Prediction
from engines.view import Mount, view_point_to_frame

_MAX_REGIONS = 4
_COLOUR = (255, 196, 0)


def thumbnail(
    pixels: NDArray[np.uint8], prediction: Prediction, mount: Mount, *, width: int = 320, quality: int = 72
) -> str:
    """As `thumbnail_jpeg`, in base64 for a page."""
    return base64.b64encode(thumbnail_jpeg(pixels, prediction, mount, width=width, quality=quality)).decode("ascii")


def thumbnail_jpeg(
    pixels: NDArray[np.uint8], prediction: Prediction, mount: Mount, *, width: int = 320, quality: int = 72
) -> bytes:
    """A frame as JPEG with the most attended regions drawn, the heaviest thicker.

    Args:
        pixels: (H, W, 3) uint8 RGB frame.
        prediction: whose regions are relative to the model view.
        mount: how the view was cut from the frame.
        width: of the thumbnail, in pixels; a smaller frame keeps its size.
        quality: JPEG quality, 0..100.
    """
    height, full_width = pixels.shape[:2]
    scale = min(1.0, width / full_width)
    size = (max(1, round(full_width * scale)), max(1, round(height * scale)))
    small = np.ascontiguousarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    for rank, index in reversed(list(enumerate(prediction.attended_boxes(_MAX_REGIONS)))):
        x0, y0, x1, y1 = (float(value) for value in prediction.regions[index])
        corners = [view_point_to_frame(x, y, mount) for x, y in ((x0, y0), (x1, y1))]
        first, second = ((round(x * (size[0] - 1)), round(y * (size[1] - 1))) for x, y in corners)
        cv2.rectangle(small, first, second, _COLOUR, 2 if rank == 0 else 1, cv2.LINE_AA)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError("OpenCV cannot encode JPEG")
    return data.tobytes()
