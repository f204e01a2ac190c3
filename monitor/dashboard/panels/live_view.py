"""The latest frame with what the network looked at, drawn over it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor.dashboard.numbers import speed_words
from monitor.dashboard.panels.live_message import LiveMessage
from monitor.dashboard.texts import awareness_words
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.attention_painting import paint_crop, paint_heat, paint_keypoints, paint_regions
from monitor.dashboard.widgets.frame_painting import canvas_painter_of, draw_frame, fitted_rect, paint_progress
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.clock import clock
from monitor.viewmodel.live_message import live_message
from monitor.viewmodel.state import DashboardState, Phase

translate = QCoreApplication.translate


class LiveView(QWidget):
    """Shows the latest frame, the most attended regions and, where there is one, a message in the middle."""

    def __init__(self, state: DashboardState, message: LiveMessage | None, parent: QWidget | None = None) -> None:
        """Without a `message` nothing is laid over the frame."""
        super().__init__(parent)
        self._state, self._message = state, message
        self.time_shown, self.figures_shown = True, False
        if message is not None:
            message.setParent(self)
        self.setMinimumSize(120, 90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(translate("LiveView", "Live view"))
        listen(self, state.observed, self._refresh)
        listen(self, state.drive_changed, self._refresh)
        listen(self, state.options_changed, self.update)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(800, 520)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_message()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = canvas_painter_of(self)
        state = self._state
        if state.frame is not None:
            height, width = state.frame.pixels.shape[:2]
            rect = fitted_rect(area, width, height)
            draw_frame(painter, rect, state.frame.pixels)
            if state.drive is not None:
                self._paint_overlays(painter, rect)
            covered = self._message is not None and self._message.isVisibleTo(self)
            if covered:
                painter.fillRect(area, QColor(5, 8, 11, 170))
            # Half of it would look out from under a message.
            if self.time_shown and not covered:
                self._paint_time(painter, area)
            if self.figures_shown and not covered:
                self._paint_figures(painter, area)
        painter.end()

    def _paint_overlays(self, painter: QPainter, rect: QRectF) -> None:
        state = self._state
        mount, prediction = state.mount, state.prediction
        if state.overlays.heat and prediction is not None:
            paint_heat(painter, rect, prediction, mount)
        paint_crop(painter, rect, mount)
        if state.overlays.keypoints and state.keypoints is not None:
            paint_keypoints(painter, rect, state.keypoints, mount)
        if state.shows_regions and prediction is not None:
            paint_regions(painter, rect, prediction, mount)

    def _paint_time(self, painter: QPainter, area: QRectF) -> None:
        """The drive's time, whether it is paused, and how far a recording has come."""
        state = self._state
        duration_s = state.drive.duration_s if state.drive is not None else None
        text = clock(state.since_s)
        if duration_s is not None:
            text += f" / {clock(duration_s)}"
        if state.phase is Phase.PAUSED:
            text = translate("LiveView", "Paused") + f" · {text}"
        elif state.drive is not None and state.drive.live and state.phase is Phase.RUNNING:
            text = translate("LiveView", "Live") + f" · {text}"
        _chip(painter, text, left=12, bottom=area.height() - 14)
        if duration_s:
            paint_progress(painter, area, state.since_s / duration_s)

    def _paint_figures(self, painter: QPainter, area: QRectF) -> None:
        """Awareness and speed, where the window is too small for the gauges."""
        alert = self._state.alert
        if alert is None:
            return
        awareness = awareness_words(self._state.awareness)
        speed = speed_words(alert.speed_kmh) if alert.speed_kmh is not None else ""
        text = f"{awareness} · {speed}" if speed else awareness
        _chip(painter, text, right=area.width() - 12, bottom=area.height() - 14)

    def _refresh(self) -> None:
        if self._message is not None:
            self._message.show_content(live_message(self._state))
            self._place_message()
        self.update()

    def _place_message(self) -> None:
        if self._message is None:
            return
        width = max(min(240, self.width()), min(palette.px(520), self.width() - 24))
        self._message.fit(width, self.height())
        self._message.move((self.width() - width) // 2, max(0, (self.height() - self._message.height()) // 2))


def _chip(painter: QPainter, text: str, *, bottom: float, left: float = 0.0, right: float | None = None) -> None:
    """A text on a dark, rounded ground, readable over any frame."""
    painter.setFont(palette.font(12.5, bold=True))
    width = painter.fontMetrics().horizontalAdvance(text) + 24
    chip = QRectF(left if right is None else right - width, bottom - 26, width, 26)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(5, 8, 11, 190))
    painter.drawRoundedRect(chip, 13, 13)
    painter.setPen(QColor("#eaf0f6" if palette.theme().name != "night-red" else palette.theme().text))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
