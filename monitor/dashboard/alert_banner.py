"""The alert banner, across the window: colour, icon and words, readable from the driver's seat."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QHideEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor.dashboard import palette
from monitor.dashboard.banner_content import BannerContent, Look, banner_content
from monitor.dashboard.icons import paint_icon
from monitor.dashboard.state import DashboardState

_ICONS = {
    Look.IDLE: "camera",
    Look.CALM: "shield",
    Look.WATCHING: "eye",
    Look.FAULT: "fault",
    Look.CAUTION: "caution",
    Look.WARNING: "warning",
    Look.CRITICAL: "critical",
}

_FILLS = {
    Look.IDLE: (palette.SURFACE, palette.SOFT),
    Look.CALM: ("#0f2a20", "#5fe0ae"),
    Look.WATCHING: ("#13293a", "#8fd0ff"),
    Look.FAULT: ("#2a2450", "#cfc7ff"),
    Look.CAUTION: ("#ffc531", "#221800"),
    Look.WARNING: ("#ff8b24", "#201000"),
    Look.CRITICAL: ("#e0203a", "#ffffff"),
}
"""Background and foreground; each pair has a contrast of at least 4.5 to 1."""

_PULSE_TO = QColor("#8c0c20")
_PULSE_MS = 1000
"""One pulse a second: well below three flashes a second, which can harm."""


class AlertBanner(QWidget):
    """Draws the `BannerContent` of the state; pulses while the alert is critical."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._content = banner_content(state)
        self._pulse = QVariantAnimation(self)
        self._pulse.setStartValue(0.0)
        self._pulse.setKeyValueAt(0.5, 1.0)
        self._pulse.setEndValue(0.0)
        self._pulse.setDuration(_PULSE_MS)
        self._pulse.setLoopCount(-1)
        self._pulse.setEasingCurve(QEasingCurve.Type.InOutSine)
        self._pulse.valueChanged.connect(lambda _value: self.update())
        self.setMinimumHeight(92)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        state.observed.connect(self._refresh)
        state.drive_changed.connect(self._refresh)
        self._name()

    @property
    def content(self) -> BannerContent:
        """What is shown."""
        return self._content

    @property
    def pulsing(self) -> bool:
        """Whether it pulses."""
        return self._pulse.state() is QVariantAnimation.State.Running

    def sizeHint(self) -> QSize:
        return QSize(900, 92)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._pulse_if_needed()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pulse.stop()

    def _refresh(self) -> None:
        content = banner_content(self._state)
        if content == self._content:
            return
        changed = (content.look, content.headline) != (self._content.look, self._content.headline)
        self._content = content
        if changed:
            self._name()
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self._pulse_if_needed()
        self.update()

    def _name(self) -> None:
        self.setAccessibleName(f"{self._content.word}: {self._content.headline}")
        self.setAccessibleDescription(self._content.detail)

    def _pulse_if_needed(self) -> None:
        needed = self._content.look is Look.CRITICAL and self.isVisible()
        if needed and not self.pulsing:
            self._pulse.start()
        elif not needed and self.pulsing:
            self._pulse.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        content = self._content
        background, foreground = (QColor(colour) for colour in _FILLS[content.look])
        if self.pulsing:
            background = _between(background, _PULSE_TO, float(self._pulse.currentValue() or 0.0))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(area, 12, 12)
        painter.fillPath(shape, background)
        painter.setClipPath(shape)

        side = area.height() - 34
        paint_icon(painter, _ICONS[content.look], QRectF(22, 17, side, side), foreground.name())
        left = 22 + side + 20
        right = area.width() - 24
        if content.seconds is not None:
            right = self._paint_seconds(painter, foreground, right)
        painter.setPen(foreground)
        painter.setFont(palette.font(13, bold=True))
        painter.drawText(QRectF(left, 11, right - left, 18), Qt.AlignmentFlag.AlignVCenter, content.word.upper())
        painter.setFont(palette.font(30, bold=True))
        headline = painter.fontMetrics().elidedText(content.headline, Qt.TextElideMode.ElideRight, int(right - left))
        painter.drawText(QRectF(left, 27, right - left, 38), Qt.AlignmentFlag.AlignVCenter, headline)
        painter.setFont(palette.font(14))
        detail = f"{content.detail[:1].upper()}{content.detail[1:]}"
        detail = painter.fontMetrics().elidedText(detail, Qt.TextElideMode.ElideRight, int(right - left))
        painter.drawText(QRectF(left, 64, right - left, 20), Qt.AlignmentFlag.AlignVCenter, detail)
        self._paint_awareness(painter, foreground)
        painter.end()

    def _paint_seconds(self, painter: QPainter, colour: QColor, right: float) -> float:
        """The distraction timer at the right edge; where it begins."""
        text = f"{self._content.seconds:.1f} s"
        painter.setPen(colour)
        painter.setFont(palette.font(34, bold=True))
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.drawText(QRectF(right - width, 14, width, 42), Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(palette.font(12))
        painter.drawText(
            QRectF(right - 140, 60, 140, 18), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "distracted"
        )
        return right - max(width, 90.0) - 24

    def _paint_awareness(self, painter: QPainter, colour: QColor) -> None:
        """A line along the lower edge: how much is left until a critical alert."""
        alert = self._state.alert
        if alert is None or self._content.look in (Look.IDLE, Look.FAULT):
            return
        line = QColor(colour)
        line.setAlphaF(0.18)
        painter.fillRect(QRectF(0, self.height() - 5, self.width(), 5), line)
        line.setAlphaF(0.85)
        painter.fillRect(QRectF(0, self.height() - 5, self.width() * alert.awareness, 5), line)


def _between(one: QColor, other: QColor, share: float) -> QColor:
    """The colour at `share` of the way from one to the other."""
    return QColor.fromRgbF(
        one.redF() + share * (other.redF() - one.redF()),
        one.greenF() + share * (other.greenF() - one.greenF()),
        one.blueF() + share * (other.blueF() - one.blueF()),
    )
