"""A button for a finger in a moving car."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from monitor.dashboard.driver.arrangement import SMALL, TARGET, wrapped
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import keys
from monitor.dashboard.widgets.icons import paint_icon


class TouchButton(QAbstractButton):
    """An icon and words, as large as they fit; one line or two.

    Attributes:
        about: what it does, smaller, below them; empty for nothing.
    """

    def __init__(
        self, symbol: str, text: str, action: Callable[[], object], key: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._symbol, self._key = symbol, key
        self.is_main = False
        self.about = ""
        self.setText(text)
        self.setAccessibleName(text)
        self._describe()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # A focused button would take the space bar, which pauses.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(lambda _checked=False: action())

    def say_about(self, about: str) -> None:
        """Say what it does, below its words."""
        if about != self.about:
            self.about = about
            self.setAccessibleDescription(about)
            self._describe()
            self.update()

    def _describe(self) -> None:
        words = f"{self.text()}: {self.about}" if self.about else self.text()
        self.setToolTip(f"{words} ({keys(self._key)})" if self._key else words)

    def sizeHint(self) -> QSize:
        return QSize(2 * TARGET, TARGET)

    @property
    def written(self) -> tuple[tuple[str, ...], int]:
        """The lines, and their size in pixels."""
        room, smallest = self._text_rect(), self._smallest
        below = QFontMetricsF(palette.font(self.written_below[1])).height() if self.about else 0.0
        for size in range(max(smallest, round(0.34 * self.height())), smallest - 1, -1):
            metrics = QFontMetricsF(palette.font(size, bold=True))
            lines = wrapped(self.text(), metrics, room.width(), breaks=size == smallest)
            if lines is not None and len(lines) <= 2 and len(lines) * metrics.height() + below <= room.height():
                return lines, size
        return (self.text(),), smallest

    @property
    def _smallest(self) -> int:
        """The size of the smallest text, pixels."""
        return min(SMALL, max(10, round(0.26 * self.height())))

    @property
    def written_below(self) -> tuple[str, int]:
        """What is said about it and its size in pixels; cut where it is too long."""
        width, smallest = self._text_rect().width(), self._smallest
        for size in range(max(smallest, round(0.22 * self.height())), smallest - 1, -1):
            metrics = QFontMetricsF(palette.font(size))
            if metrics.horizontalAdvance(self.about) <= width:
                break
        return metrics.elidedText(self.about, Qt.TextElideMode.ElideRight, width), size

    def paintEvent(self, event: QPaintEvent) -> None:
        now = palette.theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        ground, written = (now.accent, now.on_accent) if self.is_main else (now.raised, now.text)
        if self.isDown():
            ground = now.pressed if not self.is_main else now.selected
            written = now.text
        line = now.text if self.hasFocus() else now.accent if self.is_main else now.strong_border
        painter.setPen(QPen(QColor(line), 3.0 if self.hasFocus() else 1.5))
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(area, 0.2 * area.height(), 0.2 * area.height())
        lines, size = self.written
        font = palette.font(size, bold=True)
        metrics = QFontMetricsF(font)
        side, gap = 1.3 * size, 0.5 * size
        about, about_size = self.written_below
        small = QFontMetricsF(palette.font(about_size))
        below = small.height() if about else 0.0
        wide = max(small.horizontalAdvance(about), *(metrics.horizontalAdvance(one) for one in lines))
        left = area.center().x() - 0.5 * (side + gap + wide)
        icon = QRectF(left, area.center().y() - 0.5 * side, side, side)
        paint_icon(painter, self._symbol, icon, written)
        painter.setFont(font)
        painter.setPen(QColor(written))
        top = area.center().y() - 0.5 * (len(lines) * metrics.height() + below)
        for number, one in enumerate(lines):
            rect = QRectF(icon.right() + gap, top + number * metrics.height(), wide + 2.0, metrics.height())
            painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, one)
        if about:
            painter.setFont(palette.font(about_size))
            rect = QRectF(icon.right() + gap, top + len(lines) * metrics.height(), wide + 2.0, below)
            painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, about)
        painter.end()

    def _text_rect(self) -> QRectF:
        """What is left beside the icon and the edges."""
        area, pad = QRectF(self.rect()), 0.14 * self.height()
        return area.adjusted(pad + 0.62 * self.height(), 0.04 * area.height(), -pad, -0.04 * area.height())
