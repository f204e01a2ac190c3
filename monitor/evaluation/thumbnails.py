"""Thumbnails: a frame, small and as JPEG, with the regions that the network found and has a name for."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.driver_parts import DriverPart
from engines.prediction import Prediction
from engines.view import Mount
from monitor.evaluation.named_regions import Box, named_regions, place_labels

_COLOUR, _FAINT, _INK = (255, 196, 0), (214, 200, 160), (20, 20, 20)
_FONT, _FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.4
_PADDING = 3
_ALL_LABELLED_FROM = 240
"""Pixels of width that a thumbnail needs for the names of all regions; a smaller one names the strongest."""


def thumbnail(
    pixels: NDArray[np.uint8], prediction: Prediction, mount: Mount, *, width: int = 320, quality: int = 72
) -> str:
    """As `thumbnail_jpeg`, in base64 for a page."""
    return base64.b64encode(thumbnail_jpeg(pixels, prediction, mount, width=width, quality=quality)).decode("ascii")


def thumbnail_jpeg(
    pixels: NDArray[np.uint8],
    prediction: Prediction,
    mount: Mount,
    *,
    width: int = 320,
    quality: int = 72,
    part_names: Mapping[DriverPart, str] | None = None,
) -> bytes:
    """A frame as JPEG. Regions with names are drawn, the one with the most weight thicker.

    Those of a network that does not know what they hold are not: they would say nothing of what the driver does.

    Args:
        pixels: (H, W, 3) uint8 RGB frame.
        prediction: whose regions are relative to the model view.
        mount: how the view was cut from the frame.
        width: of the thumbnail, in pixels; a smaller frame keeps its size.
        quality: JPEG quality, 0..100.
        part_names: what parts of the driver are called, in ASCII, which is all that OpenCV writes; English when None.
    """
    height, full_width = pixels.shape[:2]
    scale = min(1.0, width / full_width)
    size = (max(1, round(full_width * scale)), max(1, round(height * scale)))
    small = np.ascontiguousarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    _draw_regions(small, prediction, mount, part_names or {})
    done, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError("OpenCV cannot encode JPEG")
    return data.tobytes()


def _draw_regions(
    image: NDArray[np.uint8], prediction: Prediction, mount: Mount, part_names: Mapping[DriverPart, str]
) -> None:
    height, width = image.shape[:2]
    regions = named_regions(prediction, mount)
    boxes: list[Box] = [
        (x0 * (width - 1), y0 * (height - 1), x1 * (width - 1), y1 * (height - 1))
        for x0, y0, x1, y1 in (region.box for region in regions)
    ]
    for rank in reversed(range(len(boxes))):
        x0, y0, x1, y1 = map(round, boxes[rank])
        colour, thickness = (_COLOUR, 2) if rank == 0 else (_FAINT, 1)
        cv2.rectangle(image, (x0, y0), (x1, y1), colour, thickness, cv2.LINE_AA)
    if width < _ALL_LABELLED_FROM:
        regions, boxes = regions[:1], boxes[:1]
    texts = [f"{part_names.get(region.part, region.part.value)} {region.weight:.0%}" for region in regions]
    letters = [cv2.getTextSize(text, _FONT, _FONT_SCALE, 1)[0] for text in texts]
    sizes = [(w + 2.0 * _PADDING, h + 2.0 * _PADDING) for w, h in letters]
    places = place_labels(boxes, sizes, (0.0, 0.0, float(width), float(height)))
    for rank, (text, place) in enumerate(zip(texts, places, strict=True)):
        if place is None:
            continue
        left, bottom = round(place[0]), round(place[1] + sizes[rank][1])
        corner = (round(place[0] + sizes[rank][0]), round(place[1]))
        cv2.rectangle(image, (left, bottom), corner, _COLOUR if rank == 0 else _FAINT, cv2.FILLED)
        origin = (left + _PADDING, bottom - _PADDING)
        cv2.putText(image, text, origin, _FONT, _FONT_SCALE, _INK, 1, cv2.LINE_AA)
