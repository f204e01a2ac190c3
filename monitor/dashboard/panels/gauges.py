"""Two gauges: how much awareness is left until a critical alert, and the car's speed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor.alerts.events import Tier
from monitor.dashboard.numbers import speed_unit, speed_words
from monitor.dashboard.texts import awareness_words, band_words
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate

_HEIGHT = 92
_FASTEST_KMH = 160.0


class Gauges(QWidget):
    """Two arcs side by side."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFixedHeight(palette.px(_HEIGHT))
        self.setMinimumWidth(palette.px(260))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            translate("Gauges", "Awareness: how much is left until a critical alert. Speed: which rules hold.")
        )
        listen(self, state.observed, self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(palette.px(340), palette.px(_HEIGHT))

    def _refresh(self) -> None:
        alert = self._state.alert
        if alert is not None:
            speed = speed_words(alert.speed_kmh) if alert.speed_kmh is not None else "–"
            self.setAccessibleName(f"{awareness_words(self._state.awareness)}, {speed}")
        else:
            self.setAccessibleName(translate("Gauges", "Awareness and speed"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        alert = self._state.alert
        now = palette.theme()
        painter, area = palette.painter_of(self)
        half = area.width() / 2
        awareness = self._state.awareness
        colour = now.tiers[self._state.tier]
        if self._state.tier is Tier.NONE and awareness is not None and awareness < 0.5:
            colour = now.tiers[Tier.CAUTION]
        value = f"{100.0 * awareness:.0f}" if awareness is not None else "–"
        words = translate("Gauges", "Awareness")
        _dial(painter, QRectF(0, 0, half, area.height()), awareness, colour, value, "%", words)
        kmh, unit = alert.speed_kmh if alert is not None else None, speed_unit()
        words = translate("Gauges", "Speed")
        if alert is not None:
            words = band_words(alert.band) if kmh is not None else translate("Gauges", "no speed signal")
        value = f"{unit.shown(kmh):.0f}" if kmh is not None else "–"
        fraction = min(1.0, kmh / _FASTEST_KMH) if kmh is not None else None
        _dial(painter, QRectF(half, 0, half, area.height()), fraction, now.accent, value, unit.value, words)
        painter.end()


def _dial(
    painter: QPainter, area: QRectF, fraction: float | None, colour: str, value: str, unit: str, words: str
) -> None:
    """An arc of 240 degrees with its value inside and its name below."""
    now = palette.theme()
    side = min(area.height() - 12, area.width() - 20, 84.0)
    circle = QRectF(area.center().x() - side / 2, area.y() + 5, side, side)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for span, stroke in ((1.0, now.raised), (fraction or 0.0, colour)):
        painter.setPen(QPen(QColor(stroke), 6.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        if span > 0.0:
            painter.drawArc(circle, 210 * 16, -round(240 * 16 * span))
    line = QRectF(area.x(), area.bottom() - 17, area.width(), 17)
    centre = Qt.AlignmentFlag.AlignCenter
    palette.paint_text(painter, circle.adjusted(0, -6, 0, -6), value, 22, now.text, bold=True, align=centre)
    palette.paint_text(painter, circle.adjusted(0, 30, 0, 22), unit, 10.5, now.soft, align=centre)
    palette.paint_text(painter, line, words, 11.5, now.soft, align=centre)
