"""The whole drive as strips: alerts, what was seen, labels; a click goes there, the wheel zooms."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from monitor.alerts.incidents.incident import ReviewStatus
from monitor.dashboard.panels.strip_chart import Block, StripChart, Style
from monitor.dashboard.panels.timeline import ALERT, LABEL, alert_style, label_style, row_names, seen_style
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.listening import listen
from monitor.evaluation.policy_run import PolicyRun
from monitor.viewmodel.history import ShownAlert
from monitor.viewmodel.replay import ReplayModel

translate = QCoreApplication.translate

_MAX_GAP_S = 1.0
_MIN_RANGE_S = 4.0


class ReplayTimeline(StripChart):
    """Shows a `ReplayModel`."""

    def __init__(self, model: ReplayModel, parent: QWidget | None = None) -> None:
        super().__init__(zooms=True, parent=parent)
        self._model = model
        self._analysed = 0
        self._states: PolicyRun | None = None
        self._seen, self._alerts = _Runs(), _Runs()
        self.setAccessibleName(translate("ReplayTimeline", "Timeline of the whole drive"))
        self.setFixedHeight(palette.px(118))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.name_rows(row_names(labelled=True))
        listen(self, model.drive_changed, self._fit)
        listen(self, model.analysis_changed, self._refresh)
        listen(self, model.labelled, self._refresh)
        listen(self, model.moved, self._refresh)
        self._fit()

    def _fit(self) -> None:
        """The whole drive."""
        self._states = None
        self.limit(max(1.0, self._model.duration_s), _MIN_RANGE_S)
        self._refresh()

    def _refresh(self) -> None:
        model = self._model
        false_alerts = [(review.time_s, ALERT) for review in model.own_reviews if review.status is ReviewStatus.FALSE]
        self.show_blocks(self.blocks(), model.position_s, false_alerts)
        # The position stays in sight while it plays.
        start_s, end_s = self.time_range_s
        if model.playing and not start_s <= model.position_s <= end_s:
            self.show_range(model.position_s, model.position_s + end_s - start_s)

    def blocks(self) -> list[Block]:
        """What is drawn."""
        model = self._model
        blocks = self._analysed_blocks() + [
            (segment.start_s, segment.end_s, *label_style(segment.activity))
            for segment in (model.labelling.segments if model.labelling is not None else ())
        ]
        begun = model.labelling.open_segment if model.labelling is not None else None
        if begun is not None:
            start_s, end_s = sorted((begun.start_s, model.position_s))
            colour = palette.activity_colour(begun.activity)
            blocks.append((start_s, max(end_s, start_s + 0.05), LABEL, 0.6, colour, f"{begun.activity.label} …"))
        return blocks

    def _analysed_blocks(self) -> list[Block]:
        """Only what has been analysed since the last time is gone through: a drive may last for hours."""
        model = self._model
        if model.states is None:
            return []
        if model.states is not self._states or model.analysed < self._analysed:
            self._states, self._analysed = model.states, 0
            self._seen, self._alerts = _Runs(), _Runs()
        for index in range(self._analysed, model.analysed):
            time_s, state = model.states.drive.times_s[index], model.states.states[index]
            self._seen.add(time_s, model.step_s, state.current, seen_style(state.current))
            alert = ShownAlert.of(state)
            self._alerts.add(time_s, model.step_s, alert, None if alert is None else alert_style(alert))
        self._analysed = model.analysed
        return self._seen.blocks + self._alerts.blocks


class _Runs:
    """Blocks of equal neighbours, made as the frames come.

    Attributes:
        blocks: so far; the last one may still grow.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._key: object = None
        self._latest_s: float | None = None
        self._shows = False

    def add(self, time_s: float, step_s: float, key: object, style: Style | None) -> None:
        """Add a frame's value; one without a style leaves a gap."""
        shown = self._shows
        if shown and self._latest_s is not None:
            # Only now is it known how long the one before lasted.
            self._end(min(time_s, self._latest_s + _MAX_GAP_S))
        if style is not None and shown and key == self._key:
            self._end(time_s + step_s)
        elif style is not None:
            self.blocks.append((time_s, time_s + step_s, *style))
        self._key, self._latest_s, self._shows = key, time_s, style is not None

    def _end(self, end_s: float) -> None:
        self.blocks[-1] = (self.blocks[-1][0], end_s, *self.blocks[-1][2:])
