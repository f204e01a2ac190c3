"""The words of the driver's view, painted over the whole display."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFontMetricsF,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from monitor.dashboard.driver.arrangement import SMALL, Arrangement, TextBlock, Words, arrange, wrapped
from monitor.dashboard.numbers import decimal
from monitor.dashboard.texts import notice_words, sentence, short_title, term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.icons import BANNER_ICONS, paint_icon
from monitor.dashboard.widgets.pulse import Pulse
from monitor.health.camera_health import Health
from monitor.viewmodel.banner import BannerContent, BannerStyle
from monitor.viewmodel.clock import clock
from monitor.viewmodel.driver.glance import Extent, Glance

translate = QCoreApplication.translate


class GlancePanel(QWidget):
    """Shows a `Glance`: the coloured part grows with the alert, the words stay where they are."""

    tapped = Signal()

    def __init__(self, shown: Glance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glance, self._note_rect, self._unit = shown, QRectF(), 1.0
        self._pulse = Pulse(self)
        self._arrange()
        self._name()

    @property
    def pulsing(self) -> bool:
        """Whether it pulses."""
        return self._pulse.running

    @property
    def arrangement(self) -> Arrangement:
        """Where the words stand, and how large they are."""
        return self._arrangement

    @property
    def note(self) -> TextBlock | None:
        """What is snoozed, and that the drive is recorded; None where neither is, or something else is more urgent."""
        return self._note

    def show_glance(self, shown: Glance) -> None:
        """Show another one."""
        if shown == self._glance:
            return
        before, self._glance = self._glance, shown
        if self.isVisible():
            self._arrange()
        if note_words(before) != note_words(shown):
            self._name()
        if (before.content.style, before.content.headline) != (shown.content.style, shown.content.headline):
            self._name()
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self._pulse.run_if(self._pulses)
        self.update()

    def place_note(self, rect: QRectF, one: float) -> None:
        """Where the note stands, nowhere when the rectangle is empty; `one` is the display's unit."""
        self._note_rect, self._unit = rect, one
        self._arrange()
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._arrange()
        self._pulse.run_if(self._pulses)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pulse.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.tapped.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        style, now = self._glance.content.style, palette.theme()
        arrangement = self._arrangement
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(now.background))
        ground, written = now.banner[style]
        if arrangement.panel is not None:
            painter.fillRect(arrangement.panel, self._pulse.between(ground, now.pulse))
        lesser = written if arrangement.panel is not None else now.soft
        colours = {
            "state": written,
            "headline": written if arrangement.panel is not None else now.text,
            "detail": lesser,
            "time": written if self._glance.content.seconds is not None else lesser,
        }
        # Unsure is another thing than blind.
        unsure = self._glance.content.fault is Health.UNSURE
        paint_icon(painter, "question" if unsure else BANNER_ICONS[style], arrangement.icon, written)
        for block in arrangement.blocks:
            _paint_block(painter, block, colours[block.name])
        if self._note is not None:
            _paint_block(painter, self._note, now.text)
        painter.end()

    @property
    def _pulses(self) -> bool:
        return self._glance.content.style is BannerStyle.CRITICAL and self.isVisible()

    def _arrange(self) -> None:
        width, height = max(1, self.width()), max(1, self.height())
        self._arrangement = arrange(words_of(self._glance), self._glance.extent, width, height, self._unit)
        self._note = None
        words = note_words(self._glance)
        if words and self._glance.extent is not Extent.FULL and not self._note_rect.isEmpty():
            self._note = _note(words, self._note_rect, self._unit)

    def _name(self) -> None:
        words = words_of(self._glance)
        self.setAccessibleName(f"{words.state}: {words.headlines[0]}")
        self.setAccessibleDescription(" ".join(filter(None, (words.detail, note_words(self._glance)))))
        self.setToolTip(words.detail if self._glance.problem else "")


def words_of(shown: Glance) -> Words:
    """The words of a glance, in the window's language."""
    content = shown.content
    headline = term(content.headline)
    about = content.fault if content.activity is None else content.activity
    headlines = (headline,) if about is None else (headline, short_title(about))
    counts = content.seconds is not None
    if content.seconds is not None:
        time = f"{decimal(content.seconds)} s"
    else:
        time = "" if shown.since_s is None else translate("DriverView", "Drive {0}").format(clock(shown.since_s))
    return Words(term(content.word), headlines, _detail(content, shown.problem), time, counts)


def snoozed_words(shown: Glance) -> str:
    """What is snoozed, in one line."""
    names = ", ".join(short_title(activity) for activity in shown.snoozed)
    return translate("DriverView", "Snoozed: {0}").format(names)


def note_words(shown: Glance) -> str:
    """What is no alert, in one line: what is snoozed, and that the drive is recorded."""
    recorded = translate("Status", "⏺ recording") if shown.is_recorded else ""
    return " · ".join(filter(None, (snoozed_words(shown) if shown.snoozed else "", recorded)))


def _detail(content: BannerContent, problem: str) -> str:
    """What to do."""
    if problem:
        return f"{sentence(notice_words(problem))}."
    if content.style is BannerStyle.CALM:
        return ""  # there is nothing to do
    return sentence(term(content.advice))


def _note(text: str, rect: QRectF, one: float) -> TextBlock:
    smallest = round(SMALL * min(1.0, one))
    for size in range(max(smallest, round(26 * one * palette.scale())), smallest - 1, -1):
        metrics = QFontMetricsF(palette.font(size))
        lines = wrapped(text, metrics, rect.width(), breaks=size == smallest)
        if lines is not None and len(lines) * metrics.height() <= rect.height():
            break
    assert lines is not None
    return TextBlock("note", lines, size, rect)


def _paint_block(painter: QPainter, block: TextBlock, colour: str) -> None:
    bold = block.name in ("state", "headline", "time")
    painter.setFont(palette.font(block.size, bold=bold))
    painter.setPen(QColor(colour))
    side = Qt.AlignmentFlag.AlignRight if block.name == "time" else Qt.AlignmentFlag.AlignLeft
    height = painter.fontMetrics().height()
    top = block.rect.top()
    if block.name in ("note", "time"):
        top += 0.5 * (block.rect.height() - height * len(block.lines))
    for number, line in enumerate(block.lines):
        rect = QRectF(block.rect.left(), top + number * height, block.rect.width(), height)
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, line)
