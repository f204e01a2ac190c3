"""Regions that a network finds and that have a name, as they lie in a frame, and where their labels fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engines.driver_parts import DriverPart
from engines.prediction import Prediction
from engines.view import Mount, view_point_to_frame

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1."""


@dataclass(frozen=True)
class NamedRegion:
    """A part of the driver that the network looked at.

    Attributes:
        part: which.
        weight: how much it counts, 0..1; with the other regions' and the whole view's it sums to 1.
        box: in 0..1 of the frame.
    """

    part: DriverPart
    weight: float
    box: Box


def named_regions(prediction: Prediction, mount: Mount) -> list[NamedRegion]:
    """What a prediction's regions hold, the one with the most weight first; nothing where they have no names."""
    found = []
    for index in prediction.attended_boxes(len(prediction.region_names)):
        x0, y0, x1, y1 = (float(value) for value in prediction.regions[index])
        (left, top), (right, bottom) = view_point_to_frame(x0, y0, mount), view_point_to_frame(x1, y1, mount)
        box = (min(left, right), top, max(left, right), bottom)  # a mirrored view's left is the frame's right
        found.append(NamedRegion(prediction.region_names[index], float(prediction.region_weights[index]), box))
    return found


def place_labels(
    boxes: Sequence[Box], sizes: Sequence[tuple[float, float]], area: Box, gap: float = 2.0
) -> list[tuple[float, float] | None]:
    """Where each box's label goes, so that none covers another: the first ones choose.

    Args:
        boxes: in pixels.
        sizes: width and height of the labels.
        area: that labels have to lie in.
        gap: pixels between a box and its label, and between labels.

    Returns:
        A label's left and top; None where there is no room for it.
    """
    placed: list[tuple[float, float] | None] = []
    taken: list[Box] = []
    for (x0, y0, x1, y1), (width, height) in zip(boxes, sizes, strict=True):
        spot = None
        # Above the box, below it, or inside, at its left or at its right.
        for top in (y0 - height - gap, y1 + gap, y0 + gap, y1 - height - gap):
            for wanted in (x0, x1 - width):
                left = min(max(wanted, area[0]), area[2] - width)
                label = (left, top, left + width, top + height)
                inside = left >= area[0] and top >= area[1] and label[3] <= area[3]
                if spot is None and inside and not any(_meet(label, other, gap) for other in taken):
                    spot = label
        if spot is not None:
            taken.append(spot)
        placed.append(spot[:2] if spot is not None else None)
    return placed


def _meet(one: Box, other: Box, gap: float) -> bool:
    return one[0] < other[2] + gap and other[0] < one[2] + gap and one[1] < other[3] + gap and other[1] < one[3] + gap
