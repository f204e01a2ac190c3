"""What the driver is doing now, in large type."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.dashboard.texts import activity_words, term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.icons import ACTIVITY_ICONS, paint_icon
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.banner import banner_content
from monitor.viewmodel.state import DashboardState, Phase

translate = QCoreApplication.translate

_TILE = 64.0


class ActivityPanel(QWidget):
    """Icon, name and confidence of the current activity; of an alert what the banner names, and then what is seen."""

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
        words = " ".join(self._words()[1:])
        self.setAccessibleName(translate("Activity", "Current activity: {0}").format(words))
        self.update()

    def _words(self) -> tuple[Activity | None, str, str]:
        """The activity, what it is called, and what is said below."""
        alert, content = self._state.alert, banner_content(self._state)
        title, confidence = activity_words(alert, self._state.health, is_over=self._state.phase is Phase.ENDED)
        current = alert.current if alert is not None else None
        if self._state.tier is Tier.NONE or content.activity is current is not None:
            return current, title, confidence
        return content.activity, term(content.headline), translate("Activity", "now: {0}").format(title)

    def paintEvent(self, event: QPaintEvent) -> None:
        activity, title, confidence = self._words()
        colour = palette.activity_colour(activity)
        painter, area = palette.painter_of(self)
        tile = QRectF(0, (area.height() - _TILE) / 2, _TILE, _TILE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(tile, 14, 14)
        name = ACTIVITY_ICONS[activity] if activity is not None else "question"
        paint_icon(painter, name, tile.adjusted(14, 14, -14, -14), palette.ink_on(colour))
        left, width = _TILE + 15, area.width() - _TILE - 15
        upper, lower = QRectF(left, tile.top() + 5, width, 32), QRectF(left, tile.top() + 37, width, 22)
        palette.paint_text(painter, upper, title, 23.0, palette.theme().text, bold=True, min_size=13.0)
        palette.paint_text(painter, lower, confidence, 14, palette.theme().soft)
        painter.end()
