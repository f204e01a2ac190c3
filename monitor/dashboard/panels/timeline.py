"""The last minute and a half as strips: the alert, what was seen, and the labels where the source brings them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engines.activities import Activity
from monitor.alerts.events import Attention, Tier
from monitor.dashboard.panels.strip_chart import Block, StripChart, Style
from monitor.dashboard.texts import term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.history import ShownAlert
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate

ALERT, SEEN, LABEL = 2.0, 1.0, 0.0
"""Rows, bottom up."""

HEIGHTS = {Tier.CAUTION: 0.4, Tier.WARNING: 0.7, Tier.CRITICAL: 1.0}
"""The stronger, the higher: colour alone does not reach everyone."""

OUTAGE_HEIGHT = 0.25
"""Of what was seen while nothing could be."""


class Timeline(StripChart):
    """Scrolls with the drive; the present is at the right edge."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._state = state
        self.setAccessibleName(translate("Timeline", "Timeline of activities and alerts"))
        listen(self, state.observed, self._refresh)
        listen(self, state.drive_changed, self._arrange)
        self._arrange()

    def _arrange(self) -> None:
        """A row more when there are labels."""
        self.name_rows(row_names(labelled=self._labelled))
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
        self.show_range(end_s - history.window_s, end_s)
        self.show_blocks(self.blocks(), history.now_s)

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


def row_names(*, labelled: bool) -> dict[float, str]:
    """The rows that are seen, from the top down, that of the labels or not."""
    names = {ALERT: translate("Timeline", "alert"), SEEN: translate("Timeline", "seen")}
    return {**names, LABEL: translate("Timeline", "label")} if labelled else names


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
