"""The replay: a recording, its labels beside the predictions, and labelling."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from engines.activities import Activity
from engines.files.printable import source_label
from monitor.alerts.incidents.incident import ReviewStatus
from monitor.dashboard.panels.alert_banner import AlertBanner
from monitor.dashboard.panels.event_list import EventList
from monitor.dashboard.panels.live_message import LiveMessage
from monitor.dashboard.panels.live_view import LiveView
from monitor.dashboard.panels.probability_bars import ProbabilityBars
from monitor.dashboard.replay.comparison_panel import ComparisonPanel
from monitor.dashboard.replay.controller import ReplayController
from monitor.dashboard.replay.label_panel import LabelPanel
from monitor.dashboard.replay.review_bar import ReviewBar
from monitor.dashboard.replay.timeline import ReplayTimeline
from monitor.dashboard.replay.transport import Transport
from monitor.dashboard.texts import term, unbroken
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import describe, icon_button, set_up
from monitor.dashboard.widgets.elided_label import ElidedLabel
from monitor.dashboard.widgets.keys import (
    ABANDON_KEY,
    BACK_KEY,
    BEGINNING_KEY,
    END_KEY,
    ERASE_KEY,
    EXPORT_KEY,
    FALSE_ALERT_KEY,
    FASTER_KEY,
    FINISH_KEY,
    FORWARD_KEY,
    HEAT_KEY,
    LABEL_KEYS,
    LABELS_KEY,
    MUTE_KEY,
    NEXT_KEY,
    NOTE_KEY,
    PLAY_KEY,
    PREVIOUS_KEY,
    REDO_KEY,
    REGIONS_KEY,
    SKIP_BACK_KEY,
    SKIP_KEY,
    SLOWER_KEY,
    SOURCE_KEY,
    TRUE_ALERT_KEY,
    UNCLEAR_KEY,
    UNDO_KEY,
    Place,
    bind_keys,
)
from monitor.dashboard.widgets.layout import NO_MARGINS, SMALL, LayoutSize, card, column, row, scrolling
from monitor.dashboard.widgets.listening import listen
from monitor.dashboard.widgets.segments import Segments
from monitor.dashboard.window.source_dialog import video_filter
from monitor.sources import DEMO
from monitor.viewmodel.banner import past_content
from monitor.viewmodel.event_log import LogEntry
from monitor.viewmodel.live_message import Action, LiveMessageContent
from monitor.viewmodel.replay import ReplayPhase

translate = QCoreApplication.translate

_SKIP_S = 5.0
_ANY_WIDTH = 16_777_215
"""Qt's largest."""


class ReplayView(QWidget):
    """Only asks the controller; in a small window, one part of the side is seen at a time.

    In the smallest the side takes the place of the drive, by a button beside the transport's.
    """

    review_asked = Signal(object)
    """A `LoggedIncident` shall be reviewed."""

    arranged = Signal()
    """Another part of the side is seen."""

    def __init__(self, controller: ReplayController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controller, self.model = controller, controller.model
        model = self.model
        self._layout_size: LayoutSize | None = None
        self._side_asked = False
        self.message = LiveMessage()
        self.message.acted.connect(self._act)
        self.live_view = LiveView(model.drive_state, None)
        self.message.setParent(self.live_view)
        self.banner = AlertBanner(model.drive_state, content_of=past_content)
        self.banner.set_compact(True)
        self.comparison = ComparisonPanel(model)
        self.bars = ProbabilityBars(model.drive_state)
        self.events = EventList(model.drive_state)
        self.events.review_asked.connect(self._seek_event)
        self.review_bar = ReviewBar(model, controller, self.ask_review)
        self.labels = LabelPanel(model, controller)
        self.timeline = ReplayTimeline(model)
        self.timeline.sought.connect(controller.seek)
        self.transport = Transport(model, controller)
        what = translate("ReplayView", "Labelling, probabilities and incidents")
        self.show_side = icon_button("side", what, lambda: self._ask_side(True))
        self.show_drive = icon_button(
            "back", translate("ReplayView", "Back to the drive"), lambda: self._ask_side(False)
        )
        self.verdict = QLabel()
        self.verdict.setObjectName("small")
        self.verdict.setWordWrap(True)
        self.pages = Segments(
            (
                translate("ReplayView", "Labelling"),
                translate("ReplayView", "Probabilities"),
                translate("ReplayView", "Incidents"),
            ),
            translate("ReplayView", "What is shown"),
        )
        self.pages.choose(0)
        self.pages.chosen.connect(self._choose_page)

        self.open_button = _tool("video", translate("ReplayView", "Open a drive…"), self.choose_drive, SOURCE_KEY)
        self.labels_button = _tool(
            "label", translate("ReplayView", "Labels of another file…"), self.choose_labels, LABELS_KEY
        )
        self.export_button = _tool(
            "report", translate("ReplayView", "Export the report…"), self.choose_export, EXPORT_KEY
        )
        self.name = ElidedLabel()
        self.name.setObjectName("subtitle")
        self.work = QLabel()
        self.work.setObjectName("small")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setMaximumWidth(palette.px(160))
        self.bar.setAccessibleName(translate("ReplayView", "How far the work in the background is"))
        self.stop = icon_button(
            "close", translate("ReplayView", "Stop; what was analysed is saved"), controller.cancel, plain=True
        )
        self.undo = icon_button("undo", translate("ReplayView", "Undo"), controller.undo, UNDO_KEY)
        self.redo = icon_button("redo", translate("ReplayView", "Redo"), controller.redo, REDO_KEY)
        self._tools = QWidget()
        tools = (self.work, self.bar, self.stop, self.undo, self.redo, self.labels_button, self.export_button)
        row(self.open_button, (self.name, 1), *tools, into=self._tools, spacing=8, margins=NO_MARGINS)

        below = QWidget()
        row((self.transport, 1), self.show_side, into=below, spacing=6, margins=NO_MARGINS)
        self._timeline_card = card(None, self.timeline, below, margins=(8, 6, 10, 8), stretch=False)
        left = column(self.banner, (self.live_view, 1), self._timeline_card, spacing=8)
        side = QWidget()
        self._comparison_card = card(None, self.comparison, self.verdict, margins=(10, 10, 10, 10), stretch=False)
        self._label_card = card(None, self.labels, margins=(10, 10, 10, 8))
        self._bars_card = card(None, self.bars, margins=(14, 10, 14, 10))
        self.no_incidents = QLabel()
        self.no_incidents.setObjectName("soft")
        self.no_incidents.setWordWrap(True)
        self.no_incidents.setAlignment(Qt.AlignmentFlag.AlignTop)
        parts = (self.review_bar, self.no_incidents, self.events)
        self._events_card = card(None, *parts, margins=(8, 6, 6, 6))
        pages = row(self.show_drive, (self.pages, 1), spacing=6)
        cards = (self._comparison_card, pages, (self._label_card, 4), (self._bars_card, 5), (self._events_card, 5))
        column(*cards, into=side, spacing=8, margins=NO_MARGINS)
        # With large text on a small screen all of it is reached.
        self._side = scrolling(side, sideways=False)
        self._columns = row((left, 13), (self._side, 6), spacing=10)
        column(self._tools, (self._columns, 1), into=self, spacing=8, margins=NO_MARGINS)

        for listeners in (model.drive_changed, model.labelled, model.analysis_changed):
            listen(self, listeners, self._refresh)
        listen(self, model.moved, self._show_banner)
        listen(self, model.drive_state.event_logged, self._show_empty)
        listen(self, controller.history.changed, self._show_history)
        controller.working.connect(self._refresh)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.set_layout_size(LayoutSize.WIDE)
        self._refresh()

    def bind_keys(self, *, toggle_muted: Callable[[], None]) -> None:
        """Have the keys of the replay work; sound is the whole window's."""
        control = self.controller
        state = self.model.drive_state
        handlers: dict[str, Callable[[], object]] = {
            PLAY_KEY: control.toggle_play,
            BACK_KEY: lambda: control.step(-1),
            FORWARD_KEY: lambda: control.step(1),
            SKIP_BACK_KEY: lambda: control.skip(-_SKIP_S),
            SKIP_KEY: lambda: control.skip(_SKIP_S),
            BEGINNING_KEY: lambda: control.seek(0.0),
            END_KEY: lambda: control.seek(self.model.duration_s),
            NEXT_KEY: control.jump_to_alert,
            PREVIOUS_KEY: lambda: control.jump_to_alert(False),
            SLOWER_KEY: lambda: control.change_speed(-1),
            FASTER_KEY: lambda: control.change_speed(1),
            FINISH_KEY: control.finish_label,
            ABANDON_KEY: control.abandon_label,
            ERASE_KEY: control.erase_label,
            UNDO_KEY: control.undo,
            REDO_KEY: control.redo,
            TRUE_ALERT_KEY: lambda: control.toggle_review(ReviewStatus.TRUE),
            FALSE_ALERT_KEY: lambda: control.toggle_review(ReviewStatus.FALSE),
            UNCLEAR_KEY: lambda: control.toggle_review(ReviewStatus.UNCLEAR),
            NOTE_KEY: self.ask_review,
            REGIONS_KEY: state.toggle_regions,
            HEAT_KEY: state.toggle_heat,
            SOURCE_KEY: self.choose_drive,
            LABELS_KEY: self.choose_labels,
            EXPORT_KEY: self.choose_export,
            MUTE_KEY: toggle_muted,
        }
        labels = {key: partial(control.label, activity) for key, activity in zip(LABEL_KEYS, Activity, strict=True)}
        bind_keys(self, Place.REPLAY, {**handlers, **labels})

    def ask_review(self) -> None:
        """Have the incident at the position reviewed, with a note."""
        entry = self.controller.incident
        if entry is None:
            self.controller.notice_no_incident()
        else:
            self.review_asked.emit(entry)

    def set_layout_size(self, size: LayoutSize) -> None:
        """Arrange everything for a layout size."""
        if size is self._layout_size:
            return
        self._layout_size = size
        full = size in (LayoutSize.WIDE, LayoutSize.LOW)
        for button in (self.open_button, self.labels_button, self.export_button):
            button.setText(f" {button.accessibleName()}" if full else "")
        self.transport.set_narrow(not full)
        self._arrange()

    @property
    def labels_shown(self) -> bool:
        """Whether the panel of labels is seen, which says what was begun."""
        return self._side.isVisibleTo(self) and self.pages.current == 0

    def _ask_side(self, asked: bool) -> None:
        """Show the side in the drive's place, or the drive again."""
        self._side_asked = asked
        self._arrange()
        self.arranged.emit()

    def _choose_page(self, _number: int) -> None:
        self._arrange()
        self.arranged.emit()

    def _arrange(self) -> None:
        size, page = self._layout_size, self.pages.current
        tiny, full = size in SMALL, size in (LayoutSize.WIDE, LayoutSize.LOW)
        self._side.setMinimumWidth(palette.px(350) if full else 0)
        self._side.setMaximumWidth(_ANY_WIDTH if tiny else palette.px(560))
        self._comparison_card.setVisible(not tiny or page == 0)
        self._label_card.setVisible(page == 0)
        self._bars_card.setVisible(page == 1 or (page == 0 and size is LayoutSize.WIDE))
        self._events_card.setVisible(page == 2)
        mini = size is LayoutSize.MINI
        self.timeline.setFixedHeight(palette.px(118 if full else 40 if mini else 70 if tiny else 92))
        self.timeline.show_clock(not mini)
        # Elsewhere the timeline and the line below it say it.
        self.live_view.time_shown = mini
        self.live_view.figures_shown = not full
        self.review_bar.set_narrow(not full and not tiny)
        self.events.setMinimumHeight(palette.px(130 if tiny else 0))
        self.transport.time.setVisible(not mini)  # it stands beside the image there
        self._show_tools()
        self._show_banner()

    def _show_tools(self) -> None:
        """The smallest window has no room for them beside a drive; their keys still work.

        What a message asks for, where no drive is open, needs the room of the timeline there.
        """
        small, is_open = self._layout_size in SMALL, self.model.phase is ReplayPhase.OPEN
        side_alone = small and is_open and self._side_asked
        self._side.setVisible(not small or side_alone)
        self.live_view.setVisible(not side_alone)
        full = self._layout_size in (LayoutSize.WIDE, LayoutSize.LOW)
        self._columns.setStretch(0, 0 if side_alone else 13)
        self._columns.setStretch(1, 6 if full else 9)
        self._timeline_card.setVisible(not side_alone and (not small or is_open))
        self.show_side.setVisible(small)
        self.show_drive.setVisible(small)
        self._tools.setVisible(not side_alone and (self._layout_size is not LayoutSize.MINI or not is_open))

    def choose_drive(self) -> None:
        """Ask for a video."""
        path, _ = QFileDialog.getOpenFileName(self, translate("ReplayView", "Open a drive"), "", video_filter())
        if path:
            self.controller.open(path)

    def choose_labels(self) -> None:
        """Ask for labels."""
        if self.model.phase is ReplayPhase.OPEN:
            kinds = translate("ReplayView", "Labels (*.csv *.json)")
            path, _ = QFileDialog.getOpenFileName(self, translate("ReplayView", "Open labels"), "", kinds)
            if path:
                self.controller.load_labels(Path(path))

    def choose_export(self) -> None:
        """Ask for the report's folder."""
        if self.controller.can_export:
            title = translate("ReplayView", "The folder of the report")
            path = QFileDialog.getExistingDirectory(self, title)
            if path:
                self.controller.export(Path(path))

    def _seek_event(self, entry: LogEntry) -> None:
        self.controller.seek(entry.since_s)

    def _act(self, action: Action) -> None:
        if action is Action.DEMO:
            self.controller.open(DEMO)
        elif action is Action.RETRY:
            self.controller.open(self.model.spec)
        else:
            self.choose_drive()

    def _refresh(self) -> None:
        model = self.model
        self.name.setText(term(model.name))
        self.name.setToolTip(source_label(model.spec))
        self.labels_button.setEnabled(model.phase is ReplayPhase.OPEN)
        self.export_button.setEnabled(self.controller.can_export)
        self.verdict.setText(unbroken("\n".join(model.verdict)))
        self.verdict.setVisible(bool(model.verdict))
        work = next(iter(self.controller.work.items()), None)
        for widget in (self.work, self.bar, self.stop):
            widget.setVisible(work is not None)
        if work is not None:
            title, progress = work
            self.work.setText(progress.words or title)
            self.bar.setRange(0, 1000 if progress.fraction is not None else 0)
            self.bar.setValue(round(1000 * (progress.fraction or 0.0)))
        self._show_tools()
        self._show_message()
        self._show_empty()
        self._show_history()
        self._show_banner()

    def _show_empty(self) -> None:
        """What there is to do, or to wait for, where no incident is listed."""
        model = self.model
        some = bool(model.drive_state.events.entries)
        self.events.setVisible(some)
        self.no_incidents.setVisible(not some)
        if model.phase is not ReplayPhase.OPEN:
            text = translate("ReplayView", "Open a drive: its incidents are listed here.")
        elif model.complete:
            text = translate("ReplayView", "There is no incident in this drive.")
        elif self.controller.work:
            text = translate("ReplayView", "The drive is being analysed: incidents appear here as they are found.")
        else:
            text = translate(
                "ReplayView", "There is no incident in what was analysed. Open the drive again to analyse the rest."
            )
        self.no_incidents.setText(text)

    def _show_history(self) -> None:
        """What can be taken back, and made again, by name."""
        history, labelling = self.controller.history, self.model.labelling
        begun = labelling is not None and labelling.open_segment is not None
        undo, redo = translate("ReplayView", "Undo"), translate("ReplayView", "Redo")
        back, again = history.to_undo, history.to_redo
        self.undo.setEnabled(begun or back is not None)
        self.redo.setEnabled(again is not None)
        what = translate("Replay", "a label") if begun else back.what if back is not None else ""
        describe(self.undo, "undo", f"{undo}: {what}" if what else undo, UNDO_KEY)
        describe(self.redo, "redo", f"{redo}: {again.what}" if again is not None else redo, REDO_KEY)

    def _show_banner(self) -> None:
        self.banner.setVisible(
            self.model.drive_state.alert is not None and self._layout_size in (LayoutSize.WIDE, LayoutSize.LOW)
        )

    def _show_message(self) -> None:
        model = self.model
        content = None
        if model.phase is ReplayPhase.EMPTY:
            content = LiveMessageContent(
                "video",
                "Replay a drive",
                "Open a recorded drive to see what the network saw, compare it with labels, or label it.",
                (Action.OPEN, Action.DEMO),
            )
        elif model.phase is ReplayPhase.OPENING:
            content = LiveMessageContent(
                "video", "Opening {0}", "Reading the recording.", subject=Path(model.name).name
            )
        elif model.phase is ReplayPhase.FAILED:
            content = LiveMessageContent(
                "fault", "The drive cannot be shown", "", (Action.RETRY, Action.OPEN), problem=model.problem
            )
        self.message.show_content(content)
        self._place_message()

    def _place_message(self) -> None:
        width = min(palette.px(460), max(200, self.live_view.width() - 20))
        self.message.fit(width, max(60, self.live_view.height()))
        self.message.move(
            (self.live_view.width() - width) // 2, max(0, (self.live_view.height() - self.message.height()) // 2)
        )

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place_message()


def _tool(symbol: str, text: str, action: Callable[[], object], key: str) -> QPushButton:
    """A button that shows its text where it fits."""
    button = QPushButton(text)
    set_up(button, symbol, text, action, key)
    return button
