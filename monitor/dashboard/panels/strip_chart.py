"""Strips over a drive's time: coloured blocks in rows, the rows' names at the left and a clock below."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from monitor.dashboard.widgets import palette
from monitor.viewmodel.clock import clock

Style = tuple[float, float, QColor, str]
"""Row, fraction of the row's height, colour, text."""

Block = tuple[float, float, float, float, QColor, str]
"""start_s, end_s, and a style."""

_NAMES, _CLOCK, _GAP = 62, 20, 2
"""Pixels at a text size of 100 %: the names' width, the clock's height, and between rows."""

_TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
_TICK_DISTANCE = 56

_ZOOM_A_STEP = 0.8
_WHEEL_STEP = 120


class StripChart(QWidget):
    """Shows a range of time; where it zooms, by the wheel, dragging moves the range."""

    sought = Signal(float)
    """Seconds that were clicked."""

    def __init__(self, *, zooms: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zooms = zooms
        self._names: dict[float, str] = {}
        self._blocks: Sequence[Block] = ()
        self._crosses: Sequence[tuple[float, float]] = ()
        self._now_s, self._start_s, self._end_s = 0.0, 0.0, 1.0
        self._duration_s, self._shortest_s = math.inf, 0.0
        self._clock_shown = True
        self._pressed: tuple[QPointF, float] | None = None
        self._dragged = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(palette.px(256), self.maximumHeight())

    @property
    def time_range_s(self) -> tuple[float, float]:
        """What is shown, seconds."""
        return self._start_s, self._end_s

    def name_rows(self, names: Mapping[float, str]) -> None:
        """The rows that are seen, from the top down: number → name."""
        self._names = dict(names)
        self.update()

    def show_clock(self, shown: bool) -> None:
        """With times along the lower edge, or without."""
        self._clock_shown = shown
        self.update()

    def limit(self, duration_s: float, shortest_s: float) -> None:
        """Show a whole drive, and let nothing beyond it be seen, nor less than so many seconds."""
        self._duration_s, self._shortest_s = duration_s, min(shortest_s, duration_s)
        self.show_range(0.0, duration_s)

    def show_range(self, start_s: float, end_s: float) -> None:
        """Show this range, within the limits."""
        length_s = min(max(end_s - start_s, self._shortest_s), self._duration_s)
        self._start_s = max(0.0, min(start_s, self._duration_s - length_s))
        self._end_s = self._start_s + length_s
        self.update()

    def show_blocks(self, blocks: Sequence[Block], now_s: float, crosses: Sequence[tuple[float, float]] = ()) -> None:
        """Draw blocks, a line at the present, and crosses (seconds, row)."""
        self._blocks, self._now_s, self._crosses = blocks, now_s, crosses
        self.update()

    def x_at(self, time_s: float) -> float:
        """Where a time is drawn, pixels from the left edge."""
        strips = self._strips
        return strips.left() + (time_s - self._start_s) / (self._end_s - self._start_s) * strips.width()

    def time_at_s(self, x: float) -> float:
        """The time at so many pixels from the left edge; where there are no strips, the nearest."""
        strips = self._strips
        share = (x - strips.left()) / max(1.0, strips.width())
        return self._start_s + min(1.0, max(0.0, share)) * (self._end_s - self._start_s)

    @property
    def _strips(self) -> QRectF:
        return QRectF(self.rect()).adjusted(palette.px(_NAMES), 0, 0, -palette.px(_CLOCK) * self._clock_shown)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """The clock: seconds and their text, at round times."""
        wanted_s = palette.px(_TICK_DISTANCE) / max(1.0, self._strips.width()) * (self._end_s - self._start_s)
        hours = math.ceil(wanted_s / 3600)
        step_s = next((step_s for step_s in _TICK_STEPS_S if step_s >= wanted_s), 3600 * hours)
        for number in range(math.ceil(self._start_s / step_s), math.floor(self._end_s / step_s) + 1):
            yield number * step_s, clock(number * step_s)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, strips, now = QPainter(self), self._strips, palette.theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = strips.height() / max(1, len(self._names))
        tops = {row: strips.top() + high * index for index, row in enumerate(self._names)}
        painter.setFont(palette.font(palette.px(11)))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, top in tops.items():
            painter.setPen(QColor(now.soft))
            painter.drawText(QRectF(0, top, strips.left() - palette.px(6), high), right, self._names[row])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.raised))
            painter.drawRoundedRect(QRectF(strips.left(), top, strips.width(), high).adjusted(0, _GAP, 0, -_GAP), 4, 4)
        if self._clock_shown:
            self._paint_clock(painter, strips)
        painter.setFont(palette.font(palette.px(11), bold=True))
        for start_s, end_s, row, height, colour, text in self._blocks:
            start_s, end_s = max(start_s, self._start_s), min(end_s, self._end_s)
            if end_s > start_s and row in tops:
                box = QRectF(QPointF(self.x_at(start_s), tops[row]), QPointF(self.x_at(end_s), tops[row] + high))
                box.adjust(0, _GAP, -0.5, -_GAP)
                box.setTop(box.bottom() - height * box.height())
                _paint_block(painter, box, colour, text)
        self._paint_marks(painter, strips, {row: top + high / 2 for row, top in tops.items()})
        painter.end()

    def _paint_clock(self, painter: QPainter, strips: QRectF) -> None:
        painter.setPen(QColor(palette.theme().soft))
        for time_s, text in self.ticks():
            wide = painter.fontMetrics().horizontalAdvance(text)
            left = self.x_at(time_s) - wide / 2
            # Half a time at an edge would be read as another one.
            if strips.left() - wide / 2 <= left <= self.width() - wide:
                where = QRectF(left, strips.bottom(), wide + 1, self.height() - strips.bottom())
                painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_marks(self, painter: QPainter, strips: QRectF, middles: Mapping[float, float]) -> None:
        text = QColor(palette.theme().text)
        painter.setPen(QPen(text, palette.px(2)))
        arm = palette.px(4)
        for time_s, row in self._crosses:
            if self._start_s <= time_s <= self._end_s and row in middles:
                x, y = self.x_at(time_s), middles[row]
                painter.drawLines(
                    [QLineF(x - arm, y - arm, x + arm, y + arm), QLineF(x - arm, y + arm, x + arm, y - arm)]
                )
        if self._start_s <= self._now_s <= self._end_s:
            painter.setPen(QPen(text, 1.5))
            x = min(self.x_at(self._now_s), strips.right() - 1.0)
            painter.drawLine(QLineF(x, strips.top(), x, strips.bottom()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self._zooms:
            event.ignore()
            return
        turned, length_s = event.angleDelta(), self._end_s - self._start_s
        under_s = self.time_at_s(event.position().x())
        zoomed_s = min(max(length_s * _ZOOM_A_STEP ** (turned.y() / _WHEEL_STEP), self._shortest_s), self._duration_s)
        # What is under the mouse stays there.
        start_s = under_s - (under_s - self._start_s) / length_s * zoomed_s
        start_s -= turned.x() / _WHEEL_STEP * (1.0 - _ZOOM_A_STEP) * zoomed_s
        self.show_range(start_s, start_s + zoomed_s)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = (event.position(), self._start_s), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not self._zooms:
            return
        (pressed, start_s), length_s = self._pressed, self._end_s - self._start_s
        moved = event.position().x() - pressed.x()
        self._dragged = self._dragged or abs(moved) >= QApplication.startDragDistance()
        if self._dragged:
            start_s -= moved / max(1.0, self._strips.width()) * length_s
            self.show_range(start_s, start_s + length_s)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._pressed is not None:
            self._pressed = None
            if not self._dragged:
                self.sought.emit(self.time_at_s(event.position().x()))


def _paint_block(painter: QPainter, box: QRectF, colour: QColor, text: str) -> None:
    """A block, with its name where that fits."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(box, min(3.0, box.width() / 2), 3)
    metrics = painter.fontMetrics()
    if box.height() >= metrics.ascent() and metrics.horizontalAdvance(text) + 4 <= box.width():
        painter.setPen(QColor(palette.ink_on(colour)))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
