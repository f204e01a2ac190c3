"""What the driver is doing now, in large type."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor.alerts.events import AlertState
from monitor.dashboard import palette
from monitor.dashboard.icons import ACTIVITY_ICONS, paint_icon
from monitor.dashboard.listening import listen
from monitor.dashboard.terms import term
from monitor.health.camera_health import Health
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate

_TILE = 64.0


class ActivityPanel(QWidget):
    """Icon, name and confidence of the current activity."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFixedHeight(palette.px(72))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        listen(self, state.observed, self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(palette.px(340), palette.px(72))

    def _refresh(self) -> None:
        words = " ".join(activity_words(self._state.alert))
        self.setAccessibleName(translate("Activity", "Current activity: {0}").format(words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        alert = self._state.alert
        activity = alert.current if alert is not None else None
        colour = palette.activity_colour(activity)
        title, confidence = activity_words(alert)
        painter, area = palette.painter_of(self)
        tile = QRectF(0, (area.height() - _TILE) / 2, _TILE, _TILE)
        background = QColor(colour)
        background.setAlphaF(0.16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(background)
        painter.drawRoundedRect(tile, 14, 14)
        name = ACTIVITY_ICONS[activity] if activity is not None else "question"
        paint_icon(painter, name, tile.adjusted(14, 14, -14, -14), colour.name())
        left, width = _TILE + 15, area.width() - _TILE - 15
        painter.setPen(QColor(palette.theme().text))
        size = 23.0
        painter.setFont(palette.font(size, bold=True))
        while size > 13.0 and painter.fontMetrics().horizontalAdvance(title) > width:
            size -= 1.0
            painter.setFont(palette.font(size, bold=True))
        title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(width))
        painter.drawText(QRectF(left, tile.top() + 5, width, 32), Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(palette.font(14))
        painter.setPen(QColor(palette.theme().soft))
        confidence = painter.fontMetrics().elidedText(confidence, Qt.TextElideMode.ElideRight, int(width))
        painter.drawText(QRectF(left, tile.top() + 37, width, 22), Qt.AlignmentFlag.AlignVCenter, confidence)
        painter.end()


def activity_words(alert: AlertState | None) -> tuple[str, str]:
    """The activity and how sure the model is, for people."""
    if alert is None:
        return translate("Activity", "No picture yet"), translate("Activity", "nothing is judged")
    if alert.health not in (Health.OK, Health.UNSURE) or alert.probabilities is None:
        return translate("Activity", "Not judged"), translate("Activity", "the camera is blind")
    if alert.current is None:
        best = round(100.0 * float(alert.probabilities.max()))
        return translate("Activity", "Unsure"), translate("Activity", "{0} % at best").format(best)
    share = round(100.0 * float(alert.probabilities[alert.current]))
    sure = translate("Activity", "{0} % sure").format(share)
    return term(alert.current.title), f"{alert.current.label} · {sure}"
