"""Frames in the window: the rounded canvas behind them, and where and how they are drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QWidget

from monitor.dashboard.widgets import palette

_CORNER = 12


def canvas_painter_of(widget: QWidget) -> tuple[QPainter, QRectF]:
    """A painter as `palette.painter_of` gives it, on a dark ground with round corners that nothing leaves."""
    painter, area = palette.painter_of(widget)
    outline = QPainterPath()
    outline.addRoundedRect(area, _CORNER, _CORNER)
    painter.setClipPath(outline)
    painter.fillRect(area, QColor(palette.theme().canvas))
    return painter, area


def paint_progress(painter: QPainter, area: QRectF, fraction: float) -> None:
    """A line along the lower edge of a canvas: how far a recording has come, 0..1."""
    line = QRectF(0, area.height() - 4, area.width(), 4)
    painter.fillRect(line, line_over_frame(40))
    line.setWidth(area.width() * min(1.0, max(0.0, fraction)))
    painter.fillRect(line, QColor(palette.theme().accent))


def draw_frame(painter: QPainter, rect: QRectF, pixels: NDArray[np.uint8]) -> None:
    """Draw an (H, W, 3) uint8 RGB frame into a rectangle."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    draw_image(painter, rect, QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888))


def draw_image(painter: QPainter, rect: QRectF, image: QImage, part: QRectF | None = None) -> None:
    """Draw an image, or a part of it, into a rectangle; in the theme's tint where it has one."""
    part, tint = part or QRectF(image.rect()), palette.theme().tint
    if tint is None:
        painter.drawImage(rect, image, part)
        return
    painter.drawImage(rect, image.convertToFormat(QImage.Format.Format_Grayscale8), part)
    painter.save()
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    painter.fillRect(rect, QColor(tint))
    painter.restore()


def line_over_frame(alpha: int) -> QColor:
    """The colour of a line over a frame, whatever its colours."""
    colour = QColor("#ffffff" if palette.theme().tint is None else palette.theme().text)
    colour.setAlpha(alpha)
    return colour


def fitted_rect(area: QRectF, width: float, height: float) -> QRectF:
    """The largest rectangle of an aspect in the middle of an area."""
    scale = min(area.width() / width, area.height() / height)
    return QRectF(
        area.x() + (area.width() - width * scale) / 2,
        area.y() + (area.height() - height * scale) / 2,
        width * scale,
        height * scale,
    )
