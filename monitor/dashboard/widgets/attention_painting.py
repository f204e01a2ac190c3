"""What the network looked at, drawn over a frame: attended regions, heat, keypoints, and the driver crop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from engines.driver_parts import DriverPart
from engines.prediction import Prediction
from engines.view import Mount, view_point_to_frame
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.frame_painting import line_over_frame
from monitor.evaluation.named_regions import Box, named_regions, place_labels
from monitor.viewmodel.region_heat import region_heat

translate = QCoreApplication.translate

REGIONS_SHOWN = 5
_LABEL_SIZE = 11.5
_DARK = QColor(5, 8, 11, 190)
"""Ground of what is readable over any frame."""

FULL_FRAME = (0.0, 0.0, 1.0, 1.0)
_HEAT_LEVELS = np.array(
    [[40, 60, 180, 0], [0, 190, 200, 90], [250, 210, 60, 115], [255, 70, 40, 130]], dtype=np.float32
)
"""RGBA from no attention to the most."""


def crop_rect(rect: QRectF, mount: Mount) -> QRectF:
    """Where the driver crop lies in a frame."""
    x0, y0, x1, y1 = mount.crop
    return QRectF(
        rect.x() + x0 * rect.width(),
        rect.y() + y0 * rect.height(),
        (x1 - x0) * rect.width(),
        (y1 - y0) * rect.height(),
    )


def region_rects(prediction: Prediction, mount: Mount, rect: QRectF) -> list[tuple[int, float, QRectF]]:
    """The most attended boxes, weakest first: (region, weight relative to the strongest, box in the frame)."""
    boxes = prediction.attended_boxes(REGIONS_SHOWN)
    strongest = max((float(prediction.region_weights[region]) for region in boxes), default=0.0)
    drawn = []
    for region in reversed(boxes):
        x0, y0, x1, y1 = (float(value) for value in prediction.regions[region])
        one, other = view_point_to_frame(x0, y0, mount), view_point_to_frame(x1, y1, mount)
        corners = [QPointF(rect.x() + x * rect.width(), rect.y() + y * rect.height()) for x, y in (one, other)]
        fraction = float(prediction.region_weights[region]) / strongest if strongest > 0.0 else 0.0
        drawn.append((region, fraction, QRectF(*corners).normalized()))
    return drawn


def region_name(region: int, kappa: int) -> str:
    """A primary region's number, or the two whose keypoints a secondary region holds."""
    if region < kappa:
        return translate("Regions", "Region {0}").format(region + 1)
    pairs = [(one, other) for one in range(kappa) for other in range(one + 1, kappa)]
    one, other = pairs[region - kappa]
    return translate("Regions", "Regions {0} + {1}").format(one + 1, other + 1)


def part_names() -> dict[DriverPart, str]:
    """What parts of the driver are called in the window's language."""
    return {
        DriverPart.HEAD: translate("Regions", "head"),
        DriverPart.RIGHT_HAND: translate("Regions", "right hand"),
        DriverPart.LEFT_HAND: translate("Regions", "left hand"),
    }


def paint_regions(painter: QPainter, rect: QRectF, prediction: Prediction, mount: Mount) -> None:
    """Draw what the network looks at: parts of the driver by name, or else the boxes with the most weight."""
    if prediction.region_names:
        _paint_parts(painter, rect, prediction, mount)
    else:
        _paint_attended(painter, rect, prediction, mount)


def _paint_parts(painter: QPainter, rect: QRectF, prediction: Prediction, mount: Mount) -> None:
    """Draw all parts with name and weight, the one with the most weight thick and filled."""
    names, regions = part_names(), named_regions(prediction, mount)
    left, top, width, height = rect.x(), rect.y(), rect.width(), rect.height()
    boxes: list[Box] = [
        (left + x0 * width, top + y0 * height, left + x1 * width, top + y1 * height)
        for x0, y0, x1, y1 in (region.box for region in regions)
    ]
    for rank in reversed(range(len(boxes))):
        colour = QColor(palette.theme().primary_region)
        fill = QColor(colour)
        colour.setAlphaF(1.0 if rank == 0 else 0.6)
        fill.setAlphaF(0.12 if rank == 0 else 0.0)
        painter.setPen(QPen(colour, 3.0 if rank == 0 else 1.4))
        painter.setBrush(fill)
        x0, y0, x1, y1 = boxes[rank]
        painter.drawRoundedRect(QRectF(x0 + 1.5, y0 + 1.5, x1 - x0 - 3.0, y1 - y0 - 3.0), 5, 5)
    texts = [f"{names[region.part]} · {100.0 * region.weight:.0f} %" for region in regions]
    painter.setFont(palette.font(_LABEL_SIZE, bold=True))
    metrics = painter.fontMetrics()
    sizes = [(metrics.horizontalAdvance(text) + 14.0, metrics.height() + 4.0) for text in texts]
    places = place_labels(boxes, sizes, (left, top, left + width, top + height))
    for rank, (text, place) in enumerate(zip(texts, places, strict=True)):
        if place is not None:
            chip, strong = QRectF(*place, *sizes[rank]), QColor(palette.theme().primary_region)
            if rank == 0:
                _paint_chip(painter, chip, text, strong)
            else:
                _paint_chip(painter, chip, text, _DARK, strong)


def _paint_attended(painter: QPainter, rect: QRectF, prediction: Prediction, mount: Mount) -> None:
    """Draw the most attended boxes, the stronger the more opaque, and name the strongest."""
    # κ primaries and their κ(κ − 1)/2 pairs make up all regions.
    kappa = round(((1 + 8 * len(prediction.regions)) ** 0.5 - 1) / 2)
    now = palette.theme()
    drawn = region_rects(prediction, mount, rect)
    for region, fraction, box in drawn:
        colour = QColor(now.primary_region if region < kappa else now.secondary_region)
        colour.setAlphaF(0.2 + 0.8 * fraction)
        fill = QColor(colour)
        fill.setAlphaF(0.10 * fraction)
        painter.setPen(QPen(colour, 1.2 + 1.4 * fraction))
        painter.setBrush(fill)
        painter.drawRoundedRect(box.adjusted(1.5, 1.5, -1.5, -1.5), 5, 5)
    if drawn:
        region, _, box = drawn[-1]
        fraction = float(prediction.region_weights[region])
        text = f"{region_name(region, kappa)} · {100.0 * fraction:.0f} %"
        _paint_label(painter, rect, box, text, QColor(now.primary_region if region < kappa else now.secondary_region))


def _paint_label(painter: QPainter, rect: QRectF, box: QRectF, text: str, colour: QColor) -> None:
    painter.setFont(palette.font(_LABEL_SIZE, bold=True))
    width = painter.fontMetrics().horizontalAdvance(text) + 14
    # Above the box, or inside it where there is no room above.
    top = box.top() - 21 if box.top() - 21 >= rect.top() else box.top() + 3
    left = max(rect.left() + 2, min(box.left() + 1.5, rect.right() - width - 2))
    _paint_chip(painter, QRectF(left, top, width, 19), text, colour)


def _paint_chip(painter: QPainter, label: QRectF, text: str, ground: QColor, ink: QColor | None = None) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(label, 5, 5)
    painter.setPen(ink or QColor(palette.theme().ink))
    painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)


def paint_heat(painter: QPainter, rect: QRectF, prediction: Prediction, mount: Mount) -> None:
    """Lay the regions' weights over the driver crop."""
    heat = region_heat(prediction)
    if mount.mirror:
        heat = heat[:, ::-1]
    steps = np.linspace(0.0, 1.0, len(_HEAT_LEVELS))
    rgba = np.stack([np.interp(heat, steps, _HEAT_LEVELS[:, channel]) for channel in range(4)], axis=-1)
    pixels = np.ascontiguousarray(rgba.astype(np.uint8))
    side = pixels.shape[0]
    image = QImage(pixels.data, side, side, 4 * side, QImage.Format.Format_RGBA8888)
    painter.drawImage(crop_rect(rect, mount), image)


def paint_keypoints(painter: QPainter, rect: QRectF, keypoints: NDArray[np.float64], mount: Mount) -> None:
    """Draw the (N, 2) keypoints of a view, 0..1."""
    colour = QColor(palette.theme().primary_region)
    colour.setAlphaF(0.8)
    painter.setPen(QPen(colour, 3.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    points = (view_point_to_frame(float(x), float(y), mount) for x, y in keypoints)
    painter.drawPoints([QPointF(rect.x() + x * rect.width(), rect.y() + y * rect.height()) for x, y in points])


def paint_crop(painter: QPainter, rect: QRectF, mount: Mount) -> None:
    """Dim what lies outside the driver crop."""
    if mount.crop == FULL_FRAME:
        return
    crop = crop_rect(rect, mount)
    outside = QPainterPath()
    outside.addRect(rect)
    inside = QPainterPath()
    inside.addRect(crop)
    painter.fillPath(outside.subtracted(inside), QColor(5, 8, 11, 120))
    painter.setPen(QPen(line_over_frame(170), 1.5, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(crop)
