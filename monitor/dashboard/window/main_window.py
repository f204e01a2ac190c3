"""The window: the three views, the alert banner above them, keys, drops and closing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMenu, QStackedWidget, QWidget

from engines.notice import NoticeText
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.dashboard.access.pin_gate import PinGate
from monitor.dashboard.controller import DriveController
from monitor.dashboard.drive_view import DriveView
from monitor.dashboard.driver.view import DriverView
from monitor.dashboard.library.controller import LibraryController
from monitor.dashboard.library.view import INCIDENTS, LibraryView
from monitor.dashboard.panels.alert_banner import AlertBanner
from monitor.dashboard.panels.event_review import EventReview
from monitor.dashboard.replay.controller import ReplayController, ReplayTools
from monitor.dashboard.replay.view import ReplayView
from monitor.dashboard.settings_store import SettingsStore
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.setup.view import CAMERA, SetupView
from monitor.dashboard.sound import AlertSound, SoundPlayer
from monitor.dashboard.translations import spoken
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.keys import (
    ACKNOWLEDGE_KEY,
    DRIVER_KEY,
    EXPORT_KEY,
    FALSE_ALERT_KEY,
    FULL_SCREEN_KEY,
    HEAT_KEY,
    HELP_KEY,
    KEYPOINTS_KEY,
    MUTE_KEY,
    NOTE_KEY,
    PAUSE_KEY,
    QUIT_KEY,
    REDO_KEY,
    REGIONS_KEY,
    RESTART_KEY,
    SNOOZE_KEY,
    SOURCE_KEY,
    STOP_KEY,
    TRUE_ALERT_KEY,
    UNCLEAR_KEY,
    UNDO_KEY,
    VIEW_KEYS,
    Place,
    bind_keys,
    fill_menu,
)
from monitor.dashboard.widgets.layout import LayoutSize, column, layout_size
from monitor.dashboard.widgets.listening import listen
from monitor.dashboard.window.header import Header
from monitor.dashboard.window.keys_dialog import KeysDialog
from monitor.dashboard.window.notice_bar import NoticeBar
from monitor.dashboard.window.open_label_bar import OpenLabelBar
from monitor.dashboard.window.recording_question import RecordingQuestion
from monitor.dashboard.window.screen_fit import fit_to_screen
from monitor.dashboard.window.source_dialog import SourceDialog
from monitor.dashboard.window.status_bar import StatusBar
from monitor.dashboard.window.watch_question import WatchQuestion
from monitor.evaluation.threshold_effect import MarkScore, ThresholdEffect, with_threshold
from monitor.live.pin_lock import PinLock
from monitor.sources import DEMO
from monitor.viewmodel.banner import BannerStyle
from monitor.viewmodel.driver.glance import Extent
from monitor.viewmodel.event_log import LogEntry, LoggedIncident
from monitor.viewmodel.live_message import Action
from monitor.viewmodel.replay import ReplayModel
from monitor.viewmodel.state import Phase

translate = QCoreApplication.translate

DRIVE, REPLAY, LIBRARY, SETUP = range(4)
"""The views' numbers."""

_SMALLEST = QSize(480, 320)

_FRAMED_MS = 300

_HEADER_MS = 8000
"""For so long a touch of the driver's view shows the way to everything else."""


class MainWindow(QMainWindow):
    """The dashboard."""

    def __init__(
        self,
        controller: DriveController,
        setup: SetupController,
        replay: ReplayTools,
        *,
        player: SoundPlayer | None = None,
        settings_store: SettingsStore | None = None,
        pin_lock: PinLock | None = None,
    ) -> None:
        """Put it together.

        Args:
            controller: closed with the window.
            setup: carries out what is chosen in the settings.
            replay: what recordings are replayed with.
            player: makes the alert sounds; None for a silent machine. Closed with the window.
            settings_store: where the window's position and the switches are saved; None to forget them.
            pin_lock: the PIN before the settings; the user's when None.
        """
        super().__init__()
        self.controller, self.state = controller, controller.state
        self.history = controller.history
        self.replay = ReplayController(ReplayModel(controller.state.overlays), replay, self.history, controller.saving)
        replayed = self.replay.model.drive_state
        self.replay.noticed.connect(replayed.notice)
        # Both draw by the same choice.
        replayed.options_changed.connect(self.state.options_changed.emit)
        self._setup, self._settings_store = setup, settings_store
        self.library = LibraryController(
            controller.library,
            replay,
            self.history,
            controller.saving,
            self._use_threshold,
            lambda: self.library_gate.is_open,
        )
        self.library.noticed.connect(self.state.notice)
        self.library.reviewed.connect(self._library_reviewed)
        # What is said of a recording's incident in one view is shown in the others.
        controller.reviewed.connect(self.replay.reread_reviews)
        self.replay.reviewed.connect(controller.reread_reviews)
        for view in (controller, self.replay):
            view.reviewed.connect(self._reviewed_elsewhere)
        self._player_works = player is not None
        self._pin_lock = pin_lock or PinLock()
        self._sound = AlertSound(self.state, player, controller.report)
        self.setWindowTitle("Driver Monitor")
        self.setAcceptDrops(True)
        self.dialog: SourceDialog | None = None
        self.review: EventReview | None = None
        self.keys_dialog: KeysDialog | None = None
        self._driver_chosen, self._header_asked = False, False
        self._header_goes = QTimer(self)
        self._header_goes.setSingleShot(True)
        self._header_goes.setInterval(_HEADER_MS)
        self._header_goes.timeout.connect(self._hide_header)
        self._build()
        self._looks = QTimer(self)
        self._looks.timeout.connect(self.state.look)
        self._looks.start(1000)
        setup.theme_applied.connect(self._rebuild)
        self.resize(1280, 800)
        if settings_store is not None:
            self.restoreGeometry(settings_store.geometry)
            # Whether the screen is filled is saved by itself.
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowFullScreen)
        self._fit()
        self.screen().availableGeometryChanged.connect(self._fit)

    def _build(self) -> None:
        """Make all widgets; again when theme, text size or language have changed."""
        state, controller = self.state, self.controller
        self.header = Header(
            state,
            choose=self.choose_source,
            toggle_pause=partial(self.toggle_pause, agrees=False),
            stop=partial(self.stop_drive, agrees=False),
            restart=partial(self.restart_drive, agrees=False),
            toggle_driver=self.toggle_driver,
            toggle_full_screen=self.toggle_full_screen,
            open_menu=self.open_menu,
            sound_works=self._player_works,
        )
        self.header.views.chosen.connect(self.show_view)
        self.banner = AlertBanner(state)
        self.drive_view = DriveView(state)
        self.drive_view.message.acted.connect(self._act)
        self.drive_view.events.review_asked.connect(self.review_event)
        self.drive_view.export_asked.connect(self.choose_export)
        self.driver_view = DriverView(
            state,
            acknowledge=controller.acknowledge,
            snooze=controller.snooze,
            end_snooze=controller.end_snooze,
        )
        self.driver_view.acted.connect(self._act)
        self.driver_view.tapped.connect(self._show_header)
        self.driver_view.changed.connect(self._arrange)
        self.drive = QStackedWidget()
        self.drive.addWidget(self.drive_view)
        self.drive.addWidget(self.driver_view)
        self.views = QStackedWidget()
        self.views.addWidget(self.drive)
        self.replay_view = ReplayView(self.replay)
        self.replay_view.review_asked.connect(self.review_replayed)
        self.replay_view.arranged.connect(self._arrange)
        self.views.addWidget(self.replay_view)
        self.library_view = LibraryView(self.library)
        self.library_view.replay_asked.connect(self.open_replay)
        self.library_gate = PinGate(self._pin_lock, self.library_view)
        self.views.addWidget(self.library_gate)
        self.setup_view = SetupView(
            self._setup, language=spoken(), sound_works=self._player_works, sounds=self._sound, pin_lock=self._pin_lock
        )
        self.setup_view.source_asked.connect(self.choose_source)
        self.setup_view.armed.connect(lambda: self.show_view(DRIVE))
        self.open_label = OpenLabelBar(self.replay, lambda: self.show_view(REPLAY))
        self.setup_gate = PinGate(self._pin_lock, self.setup_view)
        self.setup_view.pin_set.connect(lambda: self.setup_gate.refresh(unlocked=True))
        self.views.addWidget(self.setup_gate)
        self.question = WatchQuestion(state, _HEADER_MS)
        self.recording_question = RecordingQuestion(self._setup, self.setup_gate)
        self.notices = NoticeBar(state)
        self.replay_notices = NoticeBar(self.replay.model.drive_state)
        self.status = StatusBar(state)

        central = QWidget()
        parts = (
            self.header,
            self.banner,
            self.question,
            self.open_label,
            self.recording_question,
            (self.views, 1),
            self.notices,
            self.replay_notices,
        )
        self._rows = column(*parts, self.status, into=central)
        self._central = central
        self.setCentralWidget(central)
        self._connect_keys(central)
        listen(central, state.observed, self._show_banner)
        listen(central, state.drive_changed, self._show_banner)
        listen(central, state.drive_changed, self._drive_ended)
        # A focused button would take the space bar from the shortcut.
        for button in self.header.findChildren(QWidget):
            if button.focusPolicy() != Qt.FocusPolicy.NoFocus:
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.show_view(DRIVE)
        self._arrange()

    def _rebuild(self) -> None:
        """Theme, text size or language have changed: build everything again, and stay on the same page."""
        view, page = self.views.currentIndex(), self.setup_view.stack.currentIndex()
        unlocked = self.setup_gate.is_open
        focused = self.focusWidget()
        name = focused.accessibleName() if focused is not None else ""
        self.setup_view.close_view()
        old = self.takeCentralWidget()
        if old is not None:
            old.deleteLater()
        self._build()
        self.setup_gate.refresh(unlocked=unlocked)
        self.setup_view.show_page(page)
        self.show_view(view)
        same = (widget for widget in self.setup_view.findChildren(QWidget) if name and widget.accessibleName() == name)
        if (again := next(same, None)) is not None:
            again.setFocus(Qt.FocusReason.OtherFocusReason)

    def _connect_keys(self, everywhere: QWidget) -> None:
        """Keys without a modifier belong to the drive's view, so that they can be typed in the others."""
        state, controller = self.state, self.controller
        drive = {
            ACKNOWLEDGE_KEY: controller.acknowledge,
            SNOOZE_KEY: controller.snooze,
            TRUE_ALERT_KEY: lambda: controller.review_latest(ReviewStatus.TRUE),
            FALSE_ALERT_KEY: lambda: controller.review_latest(ReviewStatus.FALSE),
            UNCLEAR_KEY: lambda: controller.review_latest(ReviewStatus.UNCLEAR),
            NOTE_KEY: self.note_latest,
            UNDO_KEY: controller.undo,
            REDO_KEY: controller.redo,
            PAUSE_KEY: self.toggle_pause,
            RESTART_KEY: self.restart_drive,
            STOP_KEY: self.stop_drive,
            REGIONS_KEY: state.toggle_regions,
            HEAT_KEY: state.toggle_heat,
            KEYPOINTS_KEY: state.toggle_keypoints,
            MUTE_KEY: state.toggle_muted,
            SOURCE_KEY: self.choose_source,
            EXPORT_KEY: self.choose_export,
            DRIVER_KEY: self.toggle_driver,
        }
        bind_keys(self.drive, Place.DRIVE, drive)
        self.replay_view.bind_keys(toggle_muted=state.toggle_muted)
        self.library_view.bind_keys()
        self.setup_view.bind_keys()
        views = {key: partial(self.show_view, number) for number, key in enumerate(VIEW_KEYS)}
        others = {
            FULL_SCREEN_KEY: self.toggle_full_screen,
            HELP_KEY: self.show_keys,
            QUIT_KEY: self.close,
        }
        bind_keys(everywhere, Place.EVERYWHERE, {**views, **others})

    def stop_drive(self, *, agrees: bool = True) -> None:
        """End the drive; while a camera watches the driver, once that is asked for twice.

        Args:
            agrees: see `WatchQuestion.ask`; for what follows, too.
        """
        question = translate("WatchQuestion", "End the drive? The driver is not watched then.")
        answer = translate("WatchQuestion", "End the drive")
        self._ask_first(STOP_KEY, question, answer, self.controller.stop, agrees)

    def toggle_pause(self, *, agrees: bool = True) -> None:
        """Pause the drive, or resume it; a pause is asked for as above."""
        question = translate("WatchQuestion", "Pause? The driver is not watched meanwhile.")
        self._ask_first(PAUSE_KEY, question, translate("WatchQuestion", "Pause"), self.controller.toggle_pause, agrees)

    def restart_drive(self, *, agrees: bool = True) -> None:
        """Open the source again, asked for as above."""
        question = translate("WatchQuestion", "Start again? The driver is not watched meanwhile.")
        answer = translate("WatchQuestion", "Start again")
        self._ask_first(RESTART_KEY, question, answer, self.controller.restart, agrees)

    def _ask_first(self, key: str, question: str, answer: str, step: Callable[[], None], agrees: bool) -> None:
        self.question.ask(key, question, answer, step, agrees=agrees)
        if self.driver_shown and self.state.watches_live:
            # The question stands where a touch of the display shows the way to everything else.
            self._show_header()

    def open_menu(self) -> None:
        """Show all that can be done here, with the keys for it."""
        button = self.header.menu
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        here = (self.drive, self.replay_view, self.library_view, self.setup_view)[self.views.currentIndex()]
        # What stands behind the PIN is not seen, and nothing is done with it.
        fill_menu(menu, [widget for widget in (here, self._central) if widget.isVisible()])
        corner = button.mapToGlobal(button.rect().bottomRight())
        menu.popup(QPoint(corner.x() - menu.sizeHint().width(), corner.y()))

    def show_keys(self) -> None:
        """List the keys; a second time, no longer."""
        if self.keys_dialog is not None:
            self.keys_dialog.accept()
            return
        self.keys_dialog = KeysDialog(self)
        self.keys_dialog.finished.connect(self._keys_closed)
        self.keys_dialog.resize(min(palette.px(560), self.width() - 16), min(palette.px(620), self.height() - 16))
        self.keys_dialog.open()

    def _keys_closed(self) -> None:
        if self.keys_dialog is not None:
            self.keys_dialog.deleteLater()
            self.keys_dialog = None

    def show_view(self, number: int) -> None:
        """Show one of the views."""
        self.views.setCurrentIndex(number)
        self.drive.setCurrentIndex(int(self._driver_chosen))
        self._sound.leave_drive(number == REPLAY)
        self.header.show_view(number)
        self._arrange()
        if number == DRIVE:
            (self.driver_view if self._driver_chosen else self.drive_view.live_view).setFocus()
        else:
            (self.replay_view, self.library_gate, self.setup_gate)[number - 1].setFocus()
        if number == LIBRARY:
            self.library.refresh()

    def check_view(self) -> None:
        """Show where the camera belongs, and check what it sees."""
        self.show_view(SETUP)
        self.setup_view.show_page(CAMERA)

    def open_replay(self, spec: str, at_s: float) -> None:
        """Replay a recording, from a time on."""
        self.show_view(REPLAY)
        if self.replay.model.spec == spec:
            self.replay.seek(at_s)
        else:
            self.replay.open(spec, at_s)

    def open_library(self) -> None:
        """Review the incidents of the drive just watched."""
        self.show_view(LIBRARY)
        self.library.model.choose(self.state.kept_as)
        self.library_view.show_part(INCIDENTS)

    def _drive_ended(self) -> None:
        """The library that is looked at has one more."""
        if self.state.phase is Phase.ENDED and self.views.currentIndex() == LIBRARY:
            self.library.refresh()

    def _use_threshold(self, effect: ThresholdEffect[MarkScore]) -> bool:
        """Put a threshold into the user's policy, for the drives to come; whether it could be."""
        if any(name.startswith("alerts.enter") for name in self._setup.locked_settings):
            self.state.notice(NoticeText("An administrator has locked the thresholds."))
            return False
        policy = self._setup.policy
        alerts = with_threshold(policy.alerts, effect.activity, effect.threshold)
        self._setup.choose_policy(policy.model_copy(update={"alerts": alerts}))
        return True

    def _library_reviewed(self, entry: LoggedIncident, review: Review) -> None:
        """The library's view has another review of an incident: the drive's and the replay's show it, too."""
        for known in self.state.events.entries:
            if isinstance(known, LoggedIncident) and (known.kept_as, known.incident.number) == (
                entry.kept_as,
                entry.incident.number,
            ):
                self.state.review(known, review)
        self.controller.reread_reviews()
        self.replay.reread_reviews()

    def _reviewed_elsewhere(self) -> None:
        """Another view's review was undone in the library."""
        if self.views.currentIndex() == LIBRARY:
            self.library.refresh()

    def _show_banner(self) -> None:
        """Always with the drive; with the settings only while there is an alert or a fault.

        The replay shows nothing of the drive; its tab says that there is something to see.
        """
        content, in_replay = self.banner.content, self.views.currentIndex() == REPLAY
        urgent = content.style in (
            BannerStyle.CAUTION,
            BannerStyle.WARNING,
            BannerStyle.CRITICAL,
            BannerStyle.FAULT,
        )
        self.header.mark_drive(content if in_replay and urgent else None)
        # Before a drive and after it, and with little room whenever none runs or it is blind, the message says it, too.
        mini = layout_size(self.width(), self.height()) is LayoutSize.MINI
        needless = self.drive_view.message.content is not None and (
            self.state.phase in (Phase.IDLE, Phase.ENDED)
            or (mini and self.banner.content.style in (BannerStyle.IDLE, BannerStyle.FAULT))
        )
        shown = not needless and not in_replay and (urgent or self.views.currentIndex() == DRIVE)
        # The driver's view is a banner itself.
        self.banner.setVisible(shown and not self.driver_shown)

    def _arrange(self) -> None:
        size = layout_size(self.width(), self.height())
        wide = size in (LayoutSize.WIDE, LayoutSize.LOW)
        driver = self.driver_shown
        shown = self.driver_view.shown
        alone = driver and shown.is_watching and (not self._header_asked or shown.extent is Extent.FULL)
        margins = (14, 12, 14, 8) if wide else (8, 6, 8, 4)
        self._rows.setContentsMargins(*((0, 0, 0, 0) if driver else margins))
        self._rows.setSpacing(palette.px(10 if wide else 6))
        self.header.setContentsMargins(*((margins[0], margins[1], margins[2], 0) if driver else (0, 0, 0, 0)))
        self.header.show_driver(driver, full_screen=self.isFullScreen())
        self.header.setVisible(not alone)
        in_replay = self.views.currentIndex() == REPLAY
        self.notices.allow(not alone and not in_replay)
        self.recording_question.allow(not alone)
        self.replay_notices.allow(in_replay)
        labels_shown = in_replay and self.replay_view.labels_shown
        self.open_label.allow(not alone and not labels_shown, in_replay=in_replay)
        self.question.allow(not alone and self.views.currentIndex() == DRIVE)
        self.header.set_layout_size(size, self.width() / palette.scale())
        self.banner.set_compact(size is not LayoutSize.WIDE)
        self.drive_view.set_layout_size(size)
        self.replay_view.set_layout_size(size)
        self.library_view.set_layout_size(size)
        self.setup_view.set_layout_size(size)
        self.status.set_layout_size(self.width() / palette.scale())
        self.status.setVisible(size is not LayoutSize.MINI and not driver and not in_replay)
        self._show_banner()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def choose_source(self) -> None:
        """Show the source picker; a second call brings it to the front."""
        if self.dialog is None:
            self.dialog = SourceDialog(self)
            self.dialog.chosen.connect(self._setup.choose_source)
            self.dialog.finished.connect(self._dialog_closed)
            self.dialog.open()
        self.dialog.raise_()

    def _dialog_closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def review_event(self, entry: LogEntry) -> None:
        """Show the clip of an incident or event of the drive, and why it came."""
        self._open_review(
            EventReview(entry, self.state, self.history, self.controller.review, self, self.library.save_case)
        )

    def review_replayed(self, entry: LogEntry) -> None:
        """The same of the drive that is replayed."""
        replay = self.replay
        review = EventReview(entry, replay.model.drive_state, self.history, replay.review, self)
        review.open_replay.hide()
        self._open_review(review)
        review.write_note()

    def note_latest(self) -> None:
        """Have a note written about the latest incident."""
        entry = self.state.events.latest_incident()
        if entry is None:
            self.controller.notice_no_incident()
        else:
            self.review_event(entry)
            if self.review is not None:
                self.review.write_note()

    def _open_review(self, review: EventReview) -> None:
        self._review_closed()
        self.review = review
        review.finished.connect(self._review_closed)
        review.replay.connect(self.open_replay)
        review.resize(min(palette.px(560), self.width() - 16), min(palette.px(520), self.height() - 16))
        review.open()

    def _review_closed(self) -> None:
        if self.review is not None:
            self.review.hide()
            self.review.deleteLater()
            self.review = None

    def choose_export(self) -> None:
        """Ask where the events go, and write them."""
        kinds = (translate("Export", "Table (*.csv)"), translate("Export", "JSON lines (*.jsonl)"))
        title = translate("Export", "Export the events")
        path, chosen = QFileDialog.getSaveFileName(self, title, "events.csv", ";;".join(kinds))
        if path:
            suffix = ".jsonl" if chosen == kinds[1] else ".csv"
            file = Path(path)
            self.export_events(file if file.suffix else file.with_suffix(suffix))

    def export_events(self, path: Path) -> bool:
        """Write the events to a file; what goes wrong stands in the notice bar. Whether it worked."""
        return self.controller.export_events(lambda: self.state.events.export(path))

    def _act(self, action: Action) -> None:
        steps: dict[Action, Callable[[], None]] = {
            Action.CHOOSE: self.choose_source,
            Action.DEMO: lambda: self.controller.open(DEMO),
            Action.RETRY: self.controller.restart,
            Action.REPLAY: self.controller.restart,
            Action.CHECK: self.check_view,
            Action.ARM: self._setup.arm,
            Action.OPEN_REPLAY: lambda: self.open_replay(self.state.spec or "", 0.0),
            Action.REVIEW: self.open_library,
        }
        steps[action]()

    @property
    def driver_shown(self) -> bool:
        """Whether the driver's view is what is seen."""
        return self._driver_chosen and self.views.currentIndex() == DRIVE

    def toggle_driver(self) -> None:
        """Show the driver's view, or the engineer's behind it."""
        self._choose_driver(not self._driver_chosen)

    def _choose_driver(self, chosen: bool) -> None:
        self._driver_chosen = chosen
        self._hide_header()
        self.show_view(DRIVE)

    def open_window(self, *, full_screen: bool | None = None) -> None:
        """Show the window.

        Args:
            full_screen: fill the screen, with the driver's view; None for as it was closed.
        """
        if full_screen is None:
            full_screen = self._settings_store is not None and self._settings_store.full_screen
        if full_screen:
            self.toggle_full_screen()
        else:
            self.show()
            self._fit_soon()
        self.activateWindow()

    def toggle_full_screen(self) -> None:
        """Fill the screen, with the driver's view, or no longer."""
        fills = not self.isFullScreen()
        if fills:
            self.showFullScreen()
        else:
            self.showNormal()
        self._fit_soon()
        if fills is not self._driver_chosen and self.views.currentIndex() == DRIVE:
            self._choose_driver(fills)
        else:
            self._driver_chosen = fills
            self._arrange()

    def _show_header(self) -> None:
        """The display was touched: the way to everything else is there for some seconds."""
        self._header_asked = True
        self._header_goes.start()
        self._arrange()

    def _hide_header(self) -> None:
        self._header_goes.stop()
        self._header_asked = False
        self._arrange()

    def _fit_soon(self) -> None:
        """Once the window manager has put a frame around it, or where there is none to fill the screen."""
        QTimer.singleShot(_FRAMED_MS, self, self._fit)

    def _fit(self) -> None:
        fit_to_screen(self, _SMALLEST)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        urls = event.mimeData().urls()
        if urls:
            event.acceptProposedAction()
            name = urls[0].toLocalFile() if urls[0].isLocalFile() else urls[0].toString()
            if self.views.currentIndex() == REPLAY:
                self.replay.open(name)
            else:
                self.controller.open(name)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._settings_store is not None:
            self._settings_store.save(
                self.saveGeometry(),
                full_screen=self.isFullScreen(),
                muted=self.state.muted,
                overlays=self.state.overlays,
            )
        self._review_closed()
        for gate in (self.library_gate, self.setup_gate):
            gate.close_gate()
        self.setup_view.close_view()
        self._looks.stop()
        self._header_goes.stop()
        self.question.close_question()
        self._sound.close()
        self.library.close()
        # Half a second for the work in the background, all in all; what hangs longer is left.
        self.replay.cancel()
        self.controller.close(timeout_s=0.3)
        self.replay.close(timeout_s=0.2)
        super().closeEvent(event)
