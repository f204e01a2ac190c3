"""The alert banner, across the window: colour, icon and words, readable from the driver's seat."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
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

from engines.notice import NoticeText
from monitor.dashboard.numbers import decimal
from monitor.dashboard.texts import notice_words, sentence, term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.icons import BANNER_ICONS, paint_icon
from monitor.dashboard.widgets.listening import listen
from monitor.dashboard.widgets.pulse import Pulse
from monitor.viewmodel.banner import BannerContent, BannerStyle, banner_content
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate

_HIGH, _LOW = 92, 60


class AlertBanner(QWidget):
    """Draws the `BannerContent` of the state; pulses while the alert is critical."""

    def __init__(
        self,
        state: DashboardState,
        parent: QWidget | None = None,
        *,
        content_of: Callable[[DashboardState], BannerContent] = banner_content,
    ) -> None:
        """`content_of` gives the words for the state."""
        super().__init__(parent)
        self._state, self._content_of = state, content_of
        self._content = content_of(state)
        self._pulse = Pulse(self)
        self._compact = False
        self.set_compact(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        listen(self, state.observed, self._refresh)
        listen(self, state.drive_changed, self._refresh)
        self._name()

    @property
    def content(self) -> BannerContent:
        """What is shown."""
        return self._content

    @property
    def pulsing(self) -> bool:
        """Whether it pulses."""
        return self._pulse.running

    def sizeHint(self) -> QSize:
        return QSize(palette.px(900), self.minimumHeight())

    def set_compact(self, compact: bool) -> None:
        """Be less high, in a small window."""
        self._compact = compact
        self.setFixedHeight(palette.px(_LOW if compact else _HIGH))
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._pulse_if_needed()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pulse.stop()

    def _refresh(self) -> None:
        content = self._content_of(self._state)
        if content == self._content:
            return
        changed = (content.style, content.headline) != (self._content.style, self._content.headline)
        self._content = content
        if changed:
            self._name()
            if self.isVisible():
                QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self._pulse_if_needed()
        self.update()

    def _name(self) -> None:
        self.setAccessibleName(f"{term(self._content.word)}: {term(self._content.headline)}")
        self.setAccessibleDescription(_detail(self._content))

    def _pulse_if_needed(self) -> None:
        self._pulse.run_if(self._content.style is BannerStyle.CRITICAL and self.isVisible())

    def paintEvent(self, event: QPaintEvent) -> None:
        content = self._content
        ground, written = palette.theme().banner[content.style]
        background, foreground = self._pulse.between(ground, palette.theme().pulse), QColor(written)
        painter, area = palette.painter_of(self)
        shape = QPainterPath()
        shape.addRoundedRect(area, 12, 12)
        painter.fillPath(shape, background)
        painter.setClipPath(shape)
        low = self._compact
        edge, side = (16.0, area.height() - 26) if low else (22.0, area.height() - 34)
        icon = QRectF(edge, (area.height() - 4 - side) / 2, side, side)
        paint_icon(painter, BANNER_ICONS[content.style], icon, foreground.name())
        left, right = edge + side + (14 if low else 20), area.width() - edge
        painter.setPen(foreground)
        if content.seconds is not None:
            right = self._paint_seconds(painter, area, right)
        word, detail = term(content.word).upper(), _detail(content)

        def line(top: float, height: float, text: str, size: float, *, bold: bool = True) -> None:
            place = QRectF(left, top, right - left, height)
            palette.paint_text(painter, place, text, size, foreground, bold=bold, min_size=11)

        if low:
            line(7, 16, f"{word}  ·  {detail}", 12)
            line(23, 28, term(content.headline), 21)
        else:
            line(11, 18, word, 13)
            line(27, 38, term(content.headline), 30)
            line(64, 20, detail, 14, bold=False)
        self._paint_awareness(painter, area, foreground)
        painter.end()

    def _paint_seconds(self, painter: QPainter, area: QRectF, right: float) -> float:
        """The distraction timer at the right edge; where it begins."""
        text = f"{decimal(self._content.seconds or 0.0)} s"
        painter.setFont(palette.font(24 if self._compact else 34, bold=True))
        width = painter.fontMetrics().horizontalAdvance(text)
        top, height = (4, 32) if self._compact else (14, 42)
        painter.drawText(QRectF(right - width, top, width, height), Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(palette.font(11 if self._compact else 12))
        painter.drawText(
            QRectF(right - 140, area.height() - (25 if self._compact else 32), 140, 18),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            translate("Banner", "distracted"),
        )
        return right - max(width, 90.0) - 24

    def _paint_awareness(self, painter: QPainter, area: QRectF, colour: QColor) -> None:
        """A line along the lower edge: how much is left until a critical alert."""
        awareness = self._state.awareness
        if awareness is None or self._content.style in (BannerStyle.IDLE, BannerStyle.FAULT):
            return
        line = QColor(colour)
        line.setAlphaF(0.18)
        painter.fillRect(QRectF(0, area.height() - 5, area.width(), 5), line)
        line.setAlphaF(0.85)
        painter.fillRect(QRectF(0, area.height() - 5, area.width() * awareness, 5), line)


def _detail(content: BannerContent) -> str:
    """Why, and what to do."""
    reason = notice_words(content.reason) if isinstance(content.reason, NoticeText) else term(content.reason)
    advice = term(content.advice)
    text = f"{reason}: {advice}" if reason and advice else reason or advice
    return sentence(text)
