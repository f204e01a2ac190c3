"""What the driver is doing now, in large type."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor.alert_events import AlertState
from monitor.dashboard import palette
from monitor.dashboard.icons import ACTIVITY_ICONS, paint_icon
from monitor.dashboard.state import DashboardState
from monitor.health import Health


class ActivityPanel(QWidget):
    """Icon, name and confidence of the current activity."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setMinimumHeight(76)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        state.observed.connect(self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(360, 76)

    def _refresh(self) -> None:
        self.setAccessibleName("Current activity: " + " ".join(activity_words(self._state.alert)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        alert = self._state.alert
        activity = alert.current if alert is not None else None
        colour = palette.activity_colour(activity)
        title, confidence = activity_words(alert)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tile = QRectF(0, (self.height() - 68) / 2, 68, 68)
        background = QColor(colour)
        background.setAlphaF(0.16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(background)
        painter.drawRoundedRect(tile, 14, 14)
        name = ACTIVITY_ICONS[activity] if activity is not None else "question"
        paint_icon(painter, name, tile.adjusted(15, 15, -15, -15), colour.name())
        left, width = 84.0, self.width() - 84.0
        painter.setPen(QColor(palette.TEXT))
        size = 23.0
        painter.setFont(palette.font(size, bold=True))
        while size > 14.0 and painter.fontMetrics().horizontalAdvance(title) > width:
            size -= 1.0
            painter.setFont(palette.font(size, bold=True))
        painter.drawText(QRectF(left, tile.top() + 6, width, 32), Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(palette.font(14))
        painter.setPen(QColor(palette.SOFT))
        painter.drawText(QRectF(left, tile.top() + 39, width, 22), Qt.AlignmentFlag.AlignVCenter, confidence)
        painter.end()


def activity_words(alert: AlertState | None) -> tuple[str, str]:
    """The activity and how sure the model is, for people."""
    if alert is None:
        return "No picture yet", "nothing is judged"
    if alert.health not in (Health.OK, Health.UNSURE) or alert.probabilities is None:
        return "Not judged", "the camera is blind"
    if alert.current is None:
        return "Unsure", f"{100.0 * float(alert.probabilities.max()):.0f} % at best"
    share = 100.0 * float(alert.probabilities[alert.current])
    return alert.current.title, f"{alert.current.label} · {share:.0f} % sure"
