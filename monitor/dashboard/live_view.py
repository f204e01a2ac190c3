"""The live picture with what the network looked at, drawn over it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engines.prediction import Prediction
from engines.view import Mount, view_point_to_frame
from monitor.dashboard import palette
from monitor.dashboard.clock import clock
from monitor.dashboard.stage_content import stage_content
from monitor.dashboard.stage_message import StageMessage
from monitor.dashboard.state import DashboardState, Phase

REGIONS_SHOWN = 5
_WHOLE = (0.0, 0.0, 1.0, 1.0)


class LiveView(QWidget):
    """Shows the latest frame, the most attended regions and, where there is one, a message in the middle."""

    def __init__(self, state: DashboardState, message: StageMessage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._message = state, message
        message.setParent(self)
        self.setMinimumSize(320, 240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Live view")
        state.observed.connect(self._refresh)
        state.drive_changed.connect(self._refresh)
        state.options_changed.connect(self.update)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(800, 520)

    def picture_rect(self) -> QRectF:
        """Where the picture lies in the widget: as large as fits, its aspect kept."""
        area = QRectF(self.rect())
        frame = self._state.frame
        if frame is None:
            return area
        height, width = frame.pixels.shape[:2]
        scale = min(area.width() / width, area.height() / height)
        size = (width * scale, height * scale)
        return QRectF((area.width() - size[0]) / 2, (area.height() - size[1]) / 2, *size)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_message()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), 12, 12)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), QColor("#05080b"))
        frame = self._state.frame
        if frame is not None:
            rect = self.picture_rect()
            pixels = np.ascontiguousarray(frame.pixels)
            height, width = pixels.shape[:2]
            image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            painter.drawImage(rect, image)
            if self._state.drive is not None:
                mount = self._state.drive.mount
                if mount.crop != _WHOLE:
                    _paint_crop(painter, rect, mount)
                if self._state.regions_shown and self._state.prediction is not None:
                    paint_regions(painter, rect, self._state.prediction, mount)
            if self._message.isVisibleTo(self):
                painter.fillRect(self.rect(), QColor(5, 8, 11, 170))
            self._paint_time(painter)
        painter.end()

    def _paint_time(self, painter: QPainter) -> None:
        """The drive's time, whether it is paused, and how far a recording has come."""
        state = self._state
        duration_s = state.drive.duration_s if state.drive is not None else None
        text = clock(state.since_s)
        if duration_s is not None:
            text += f" / {clock(duration_s)}"
        if state.phase is Phase.PAUSED:
            text = f"Paused · {text}"
        elif state.drive is not None and state.drive.live and state.phase is Phase.RUNNING:
            text = f"Live · {text}"
        painter.setFont(palette.font(13, bold=True))
        width = painter.fontMetrics().horizontalAdvance(text) + 24
        chip = QRectF(14, self.height() - 44, width, 28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(5, 8, 11, 190))
        painter.drawRoundedRect(chip, 14, 14)
        painter.setPen(QColor(palette.TEXT))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
        if duration_s:
            share = min(1.0, state.since_s / duration_s)
            painter.fillRect(QRectF(0, self.height() - 4, self.width(), 4), QColor(255, 255, 255, 40))
            painter.fillRect(QRectF(0, self.height() - 4, self.width() * share, 4), QColor(palette.ACCENT))

    def _refresh(self) -> None:
        content = stage_content(self._state)
        self._message.show_content(content)
        self._place_message()
        self.update()

    def _place_message(self) -> None:
        width = max(280, min(520, self.width() - 40))
        self._message.fit(width)
        self._message.move((self.width() - width) // 2, max(8, (self.height() - self._message.height()) // 2))


def region_rects(prediction: Prediction, mount: Mount, rect: QRectF) -> list[tuple[int, float, QRectF]]:
    """The most attended boxes, weakest first: (region, weight relative to the strongest box, place in the picture)."""
    boxes = prediction.attended_boxes(REGIONS_SHOWN)
    strongest = max((float(prediction.region_weights[region]) for region in boxes), default=0.0)
    placed = []
    for region in reversed(boxes):
        x0, y0, x1, y1 = (float(value) for value in prediction.regions[region])
        one, other = view_point_to_frame(x0, y0, mount), view_point_to_frame(x1, y1, mount)
        corners = [QPointF(rect.x() + x * rect.width(), rect.y() + y * rect.height()) for x, y in (one, other)]
        share = float(prediction.region_weights[region]) / strongest if strongest > 0.0 else 0.0
        placed.append((region, share, QRectF(*corners).normalized()))
    return placed


def paint_regions(painter: QPainter, rect: QRectF, prediction: Prediction, mount: Mount) -> None:
    """Draw the most attended boxes, the stronger the more opaque."""
    # κ primaries and their κ(κ − 1)/2 pairs make up all regions.
    kappa = round(((1 + 8 * len(prediction.regions)) ** 0.5 - 1) / 2)
    for region, share, box in region_rects(prediction, mount, rect):
        colour = QColor(palette.PRIMARY_REGION if region < kappa else palette.SECONDARY_REGION)
        colour.setAlphaF(0.25 + 0.75 * share)
        fill = QColor(colour)
        fill.setAlphaF(0.10 * share)
        painter.setPen(QPen(colour, 1.4 + 1.4 * share))
        painter.setBrush(fill)
        painter.drawRoundedRect(box.adjusted(1.5, 1.5, -1.5, -1.5), 5, 5)


def _paint_crop(painter: QPainter, rect: QRectF, mount: Mount) -> None:
    x0, y0, x1, y1 = mount.crop
    crop = QRectF(
        rect.x() + x0 * rect.width(),
        rect.y() + y0 * rect.height(),
        (x1 - x0) * rect.width(),
        (y1 - y0) * rect.height(),
    )
    outside = QPainterPath()
    outside.addRect(rect)
    inside = QPainterPath()
    inside.addRect(crop)
    painter.fillPath(outside.subtracted(inside), QColor(5, 8, 11, 120))
    painter.setPen(QPen(QColor(255, 255, 255, 170), 1.5, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(crop)
