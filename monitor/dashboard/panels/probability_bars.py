"""Ten calm bars: how likely each activity is."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engines.activities import Activity
from monitor.dashboard.texts import fitting_title
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate

_TICK_FROM = 0.02
"""Ticks at the very left would only flicker."""

_MIN_ROW = 13
_TWO_COLUMNS_FROM = 340


class ProbabilityBars(QWidget):
    """A bar for the smoothed probability that alerts are made from, a tick for that of the latest frame."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setMinimumSize(palette.px(200), palette.px(5 * 13))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(translate("Bars", "Probability of each activity"))
        self.setToolTip(translate("Bars", "Bar: smoothed, as the alerts see it. Tick: the latest frame alone."))
        listen(self, state.observed, self.update)

    def sizeHint(self) -> QSize:
        return QSize(palette.px(340), palette.px(10 * 24))

    def paintEvent(self, event: QPaintEvent) -> None:
        alert, prediction = self._state.alert, self._state.prediction
        smoothed = alert.probabilities if alert is not None else None
        raw = prediction.probabilities if prediction is not None and smoothed is not None else None
        painter, area = palette.painter_of(self)
        # Where it is low and wide, five beside five: ten rows could not be read.
        columns = 2 if area.height() < len(Activity) * _MIN_ROW and area.width() >= _TWO_COLUMNS_FROM else 1
        rows = len(Activity) // columns
        row, width = area.height() / rows, (area.width() - 20 * (columns - 1)) / columns
        names = min(196.0, 0.54 * width)
        size = min(12.5, 0.72 * row)
        bar = max(3.0, min(10.0, row - 8.0))
        for activity in Activity:
            left, top = (activity // rows) * (width + 20), (activity % rows) * row
            track_left, track_right = left + names + 8, left + width - 46.0
            current = alert is not None and activity is alert.current
            value = float(smoothed[activity]) if smoothed is not None else 0.0
            painter.setFont(palette.font(size, bold=current))
            painter.setPen(QColor(palette.theme().text if current else palette.theme().soft))
            painter.drawText(QRectF(left, top, 28, row), Qt.AlignmentFlag.AlignVCenter, activity.label)
            title = fitting_title(activity, painter.fontMetrics(), names - 28)
            painter.drawText(QRectF(left + 28, top, names - 28, row), Qt.AlignmentFlag.AlignVCenter, title)
            painter.drawText(
                QRectF(track_right, top, 46, row),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                f"{100.0 * value:.0f} %" if smoothed is not None else "–",
            )
            track = QRectF(track_left, top + (row - bar) / 2, track_right - track_left, bar)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.theme().raised))
            painter.drawRoundedRect(track, bar / 2, bar / 2)
            if value > 0.004:
                colour = palette.activity_colour(activity)
                colour.setAlphaF(1.0 if current else 0.6)
                painter.setBrush(colour)
                filled = QRectF(track.x(), track.y(), max(bar, track.width() * value), bar)
                painter.drawRoundedRect(filled, bar / 2, bar / 2)
            if raw is not None and raw[activity] > _TICK_FROM:
                x = track.x() + 1 + (track.width() - 2) * float(raw[activity])
                painter.setBrush(QColor(palette.theme().text))
                painter.drawRoundedRect(QRectF(x - 1, track.y() - 3, 2, bar + 6), 1, 1)
        painter.end()
