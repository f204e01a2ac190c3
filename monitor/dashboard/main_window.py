"""The window: puts the widgets together, and connects keys, drops and closing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QMainWindow, QToolButton, QVBoxLayout, QWidget

from monitor.dashboard import palette
from monitor.dashboard.activity_panel import ActivityPanel
from monitor.dashboard.alert_banner import AlertBanner
from monitor.dashboard.controller import DriveController
from monitor.dashboard.event_list import EventList
from monitor.dashboard.header import (
    ACKNOWLEDGE_KEY,
    EXPORT_KEY,
    MUTE_KEY,
    PAUSE_KEY,
    REGIONS_KEY,
    RESTART_KEY,
    SNOOZE_KEY,
    SOURCE_KEY,
    Header,
)
from monitor.dashboard.icons import icon
from monitor.dashboard.live_view import LiveView
from monitor.dashboard.notice_bar import NoticeBar
from monitor.dashboard.probability_bars import ProbabilityBars
from monitor.dashboard.remembered import Remembered
from monitor.dashboard.sound import AlertSound, Player
from monitor.dashboard.source_dialog import SourceDialog
from monitor.dashboard.stage_content import Action
from monitor.dashboard.stage_message import StageMessage
from monitor.dashboard.status_line import StatusLine
from monitor.dashboard.timeline import Timeline
from monitor.sources import DEMO

EXPORT_FILTER = "Table (*.csv);;JSON lines (*.jsonl)"


class MainWindow(QMainWindow):
    """The dashboard."""

    def __init__(
        self, controller: DriveController, *, player: Player | None = None, remembered: Remembered | None = None
    ) -> None:
        """Put it together.

        Args:
            controller: closed with the window.
            player: makes the alert sounds; None for a silent machine. Closed with the window.
            remembered: where the window's place and the switches are kept; None to forget them.
        """
        super().__init__()
        state = controller.state
        self.controller, self.state = controller, state
        self._remembered = remembered
        self._sound = AlertSound(state, player)
        self.setWindowTitle("Driver Monitor")
        self.setMinimumSize(900, 620)
        self.resize(1280, 800)
        self.setAcceptDrops(True)

        self.header = Header(
            state,
            choose=self.choose_source,
            toggle_pause=controller.toggle_pause,
            restart=controller.restart,
            sound_works=player is not None,
        )
        self.banner = AlertBanner(state)
        self.message = StageMessage()
        self.message.acted.connect(self._act)
        self.live_view = LiveView(state, self.message)
        self.timeline = Timeline(state)
        self.activity = ActivityPanel(state)
        self.bars = ProbabilityBars(state)
        self.events = EventList(state)
        self.notices = NoticeBar(state)
        self.status = StatusLine(state)
        self.dialog: SourceDialog | None = None

        self.export = QToolButton()
        self.export.setObjectName("plain")
        self.export.setIcon(icon("export", palette.SOFT))
        self.export.setIconSize(QSize(16, 16))
        self.export.setToolTip(f"Export the events as CSV or JSON lines ({EXPORT_KEY})")
        self.export.setAccessibleName("Export the events")
        self.export.clicked.connect(self.choose_export)
        state.event_logged.connect(self._events_grew)
        self._no_events = QLabel("No events yet")
        self._no_events.setObjectName("soft")
        self._events_grew()

        self.setCentralWidget(self._arrange())
        for key, action in (
            (PAUSE_KEY, controller.toggle_pause),
            (RESTART_KEY, controller.restart),
            (REGIONS_KEY, state.toggle_regions),
            (MUTE_KEY, state.toggle_muted),
            (SOURCE_KEY, self.choose_source),
            (EXPORT_KEY, self.choose_export),
            (ACKNOWLEDGE_KEY, controller.acknowledge),
            (SNOOZE_KEY, controller.snooze),
            ("F11", self._toggle_full_screen),
            ("Ctrl+Q", self.close),
        ):
            QShortcut(QKeySequence(key), self).activated.connect(action)
        # A focused button would take the space bar from the shortcut.
        for button in self.header.findChildren(QWidget):
            if button.focusPolicy() != Qt.FocusPolicy.NoFocus:
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # Nothing is lit up as if it had been chosen, until the Tab key is used.
        self.live_view.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.live_view.setFocus()
        if remembered is not None:
            self.restoreGeometry(remembered.geometry)

    def _arrange(self) -> QWidget:
        live = QVBoxLayout()
        live.setSpacing(10)
        live.addWidget(self.live_view, 1)
        live.addWidget(_card(None, self.timeline, margins=(8, 6, 12, 2)))

        events_head = QHBoxLayout()
        events_head.addWidget(_section("EVENTS"))
        events_head.addStretch(1)
        events_head.addWidget(self.export)
        events = QFrame()
        events.setObjectName("card")
        events_layout = QVBoxLayout(events)
        events_layout.setContentsMargins(16, 8, 10, 8)
        events_layout.setSpacing(4)
        events_layout.addLayout(events_head)
        events_layout.addWidget(self._no_events, 1, Qt.AlignmentFlag.AlignTop)
        events_layout.addWidget(self.events, 1)

        side = QVBoxLayout()
        side.setSpacing(10)
        side.addWidget(_card("THE DRIVER IS", self.activity))
        side.addWidget(_card("PROBABILITIES", self.bars), 5)
        side.addWidget(events, 4)
        side_panel = QWidget()
        side_panel.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        side_panel.setMinimumWidth(360)
        side_panel.setMaximumWidth(560)

        columns = QHBoxLayout()
        columns.setSpacing(12)
        columns.addLayout(live, 13)
        columns.addWidget(side_panel, 6)

        central = QWidget()
        rows = QVBoxLayout(central)
        rows.setContentsMargins(14, 12, 14, 8)
        rows.setSpacing(10)
        rows.addWidget(self.header)
        rows.addWidget(self.banner)
        rows.addLayout(columns, 1)
        rows.addWidget(self.notices)
        rows.addWidget(self.status)
        return central

    def choose_source(self) -> None:
        """Show the source picker; a second call brings it to the front."""
        if self.dialog is None:
            self.dialog = SourceDialog(self)
            self.dialog.chosen.connect(self.controller.open)
            self.dialog.finished.connect(self._dialog_closed)
            self.dialog.open()
        self.dialog.raise_()

    def _dialog_closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def choose_export(self) -> None:
        """Ask where the events go, and write them."""
        path, chosen = QFileDialog.getSaveFileName(self, "Export the events", "events.csv", EXPORT_FILTER)
        if path:
            suffix = ".jsonl" if "jsonl" in chosen else ".csv"
            file = Path(path)
            self.export_events(file if file.suffix else file.with_suffix(suffix))

    def export_events(self, path: Path) -> bool:
        """Write the events to a file; what goes wrong is told in the notice bar. Whether it worked."""
        return self.controller.export_events(lambda: self.state.events.export(path))

    def _events_grew(self) -> None:
        some = bool(self.state.events.entries)
        self.export.setEnabled(some)
        self._no_events.setVisible(not some)
        self.events.setVisible(some)

    def _act(self, action: Action) -> None:
        steps: dict[Action, Callable[[], None]] = {
            Action.CHOOSE: self.choose_source,
            Action.DEMO: lambda: self.controller.open(DEMO),
            Action.RETRY: self.controller.restart,
            Action.REPLAY: self.controller.restart,
        }
        steps[action]()

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        urls = event.mimeData().urls()
        if urls:
            event.acceptProposedAction()
            self.controller.open(urls[0].toLocalFile() if urls[0].isLocalFile() else urls[0].toString())

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._remembered is not None:
            self._remembered.keep(self.saveGeometry(), muted=self.state.muted, regions_shown=self.state.regions_shown)
        self._sound.close()
        self.controller.close()
        super().closeEvent(event)


def _section(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("section")
    return label


def _card(title: str | None, content: QWidget, margins: tuple[int, int, int, int] = (16, 10, 16, 10)) -> QFrame:
    card = QFrame()
    card.setObjectName("card")
    layout = QVBoxLayout(card)
    layout.setContentsMargins(*margins)
    layout.setSpacing(6)
    if title is not None:
        layout.addWidget(_section(title))
    layout.addWidget(content, 1)
    return card
