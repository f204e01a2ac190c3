"""The last minute and a half as strips: the alert, what was seen, and the labels where the source brings them."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QStyleOptionGraphicsItem, QWidget

from engines.activities import Activity
from monitor.alerts.events import Attention, Tier
from monitor.dashboard.texts import term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.layout import NO_MARGINS, column
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.clock import clock
from monitor.viewmodel.history import ShownAlert
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate

ALERT, SEEN, LABEL = 2.0, 1.0, 0.0
"""Rows, bottom up."""

Style = tuple[float, float, QColor, str]
"""Row, fraction of the row's height, colour, text."""

Block = tuple[float, float, float, float, QColor, str]
"""start_s, end_s, and a style."""

HEIGHTS = {Tier.CAUTION: 0.4, Tier.WARNING: 0.7, Tier.CRITICAL: 1.0}
"""The stronger, the higher: colour alone does not reach everyone."""


OUTAGE_HEIGHT = 0.25
"""Of what was seen while nothing could be."""


class Timeline(QWidget):
    """Scrolls with the drive; the present is at the right edge."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setAccessibleName(translate("Timeline", "Timeline of activities and alerts"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._plot = StripPlot()
        column(self._plot, into=self, margins=NO_MARGINS)
        listen(self, state.observed, self._refresh)
        listen(self, state.drive_changed, self._arrange)
        self._arrange()

    def _arrange(self) -> None:
        """A row more when there are labels."""
        self._plot.name_rows(labelled=self._labelled)
        # Lower where a small window has no more room.
        self.setMinimumHeight(palette.px(74 if self._labelled else 58))
        self.setMaximumHeight(palette.px(124 if self._labelled else 98))
        self._refresh()

    @property
    def _labelled(self) -> bool:
        return self._state.drive is not None and self._state.drive.labels is not None

    def _refresh(self) -> None:
        history = self._state.history
        end_s = max(history.now_s, history.window_s)
        start_s = end_s - history.window_s
        self._plot.setXRange(start_s, end_s, padding=0.0)
        self._plot.strips.show(self.blocks(), start_s, end_s, 0.0 if self._labelled else 1.0, history.now_s)

    def blocks(self) -> list[Block]:
        """What is drawn."""
        history, drive = self._state.history, self._state.drive
        blocks = [(span.start_s, span.end_s, *seen_style(span.value)) for span in history.activities.spans]
        blocks += [
            (span.start_s, span.end_s, *alert_style(span.value))
            for span in history.alerts.spans
            if span.value is not None
        ]
        if drive is not None and drive.labels is not None:
            # Up to now: what is to come would be a hint.
            blocks += [
                (segment.start_s, min(segment.end_s, history.now_s), *label_style(segment.activity))
                for segment in drive.labels.segments
                if segment.start_s < history.now_s
            ]
        return blocks


def seen_style(activity: Activity | Attention | None) -> Style:
    """Of what was seen; of an outage a low line, of what was unsure a question mark."""
    if activity is Attention.UNKNOWN:
        return SEEN, OUTAGE_HEIGHT, QColor(palette.theme().fault), ""
    if isinstance(activity, Attention):
        activity = None
    return SEEN, 1.0, palette.activity_colour(activity), activity.label if activity is not None else "?"


def alert_style(alert: ShownAlert) -> Style:
    """Of an alert; one that the driver has had hidden says so."""
    if alert.hidden is not None:
        return ALERT, HEIGHTS[alert.tier], QColor(palette.theme().faint), term(alert.hidden.value)
    colour = QColor(palette.theme().tiers[alert.tier])
    return ALERT, HEIGHTS[alert.tier], colour, term(alert.tier.name.capitalize())


def label_style(activity: Activity) -> Style:
    """Of a label."""
    return LABEL, 1.0, palette.activity_colour(activity), activity.label


class StripPlot(pg.PlotWidget):  # type: ignore[misc]
    """Strips over a drive's time, the rows' names at the left and a clock below."""

    def __init__(self) -> None:
        super().__init__(axisItems={"bottom": ClockAxis(orientation="bottom")})
        self.setBackground(None)
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.setStyleSheet("background: transparent")
        self.setMouseEnabled(x=False, y=False)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.getAxis("left").setWidth(palette.px(62))
        self.getAxis("left").setStyle(tickLength=0, tickAlpha=0)
        for axis in (self.getAxis("left"), self.getAxis("bottom")):
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(palette.theme().soft)
            axis.setStyle(tickFont=palette.font(palette.px(11)))
        self.strips = Strips()
        self.addItem(self.strips, ignoreBounds=True)

    def name_rows(self, *, labelled: bool) -> None:
        """Name the rows that are seen, that of the labels or not."""
        rows = [(ALERT + 0.5, translate("Timeline", "alert")), (SEEN + 0.5, translate("Timeline", "seen"))]
        if labelled:
            rows.append((LABEL + 0.5, translate("Timeline", "label")))
        self.getAxis("left").setTicks([rows])
        self.setYRange(0.0 if labelled else 1.0, 3.0, padding=0.02)


class ClockAxis(pg.AxisItem):  # type: ignore[misc]
    """Ticks as ``m:ss``."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [clock(value) for value in values]


class Strips(pg.GraphicsObject):  # type: ignore[misc]
    """Coloured blocks in rows, with their names where these fit."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[Block] = []
        self._area = (0.0, 1.0, 0.0)
        self._now_s = 0.0

    def show(self, blocks: list[Block], start_s: float, end_s: float, lowest: float, now_s: float) -> None:
        """Draw these blocks within a time range."""
        if (start_s, end_s, lowest) != self._area:
            self.prepareGeometryChange()
            self._area = (start_s, end_s, lowest)
        self._blocks, self._now_s = blocks, now_s
        self.update()

    def boundingRect(self) -> QRectF:
        start_s, end_s, lowest = self._area
        return QRectF(start_s, lowest, end_s - start_s, 3.0 - lowest)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        start_s, end_s, lowest = self._area
        to_pixels = painter.worldTransform()
        painter.save()
        # In pixels: texts and round corners must not be scaled like the data.
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(palette.font(palette.px(11), bold=True))
        painter.setPen(Qt.PenStyle.NoPen)
        row = lowest
        while row < 3.0:
            track = to_pixels.mapRect(QRectF(start_s, row, end_s - start_s, 1.0)).adjusted(0, 2, 0, -2)
            painter.setBrush(QColor(palette.theme().raised))
            painter.drawRoundedRect(track, 4, 4)
            row += 1.0
        for begins_s, ends_s, row, height, colour, text in self._blocks:
            begins_s, ends_s = max(begins_s, start_s), min(ends_s, end_s)
            if ends_s <= begins_s:
                continue
            box = to_pixels.mapRect(QRectF(begins_s, row, ends_s - begins_s, 1.0)).adjusted(0, 2, -0.5, -2)
            box.setTop(box.bottom() - height * box.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(box, min(3.0, box.width() / 2), 3)
            fits = painter.fontMetrics().horizontalAdvance(text) + 4 <= box.width()
            if fits and box.height() >= painter.fontMetrics().ascent():
                painter.setPen(QColor(palette.ink_on(colour)))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(QPen(QColor(palette.theme().text), 1.5))
        painter.drawLine(to_pixels.map(QPointF(self._now_s, lowest)), to_pixels.map(QPointF(self._now_s, 3.0)))
        painter.restore()
