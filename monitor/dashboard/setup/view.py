"""The settings view: its five pages."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from monitor.dashboard.access.recording_choice import RecordingChoice
from monitor.dashboard.setup.access_page import AccessPage
from monitor.dashboard.setup.alerts_page import AlertChoices, AlertsPage, Sounds
from monitor.dashboard.setup.appearance_page import AppearancePage
from monitor.dashboard.setup.camera_page import CameraPage
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.setup.engine_page import EnginePage
from monitor.dashboard.widgets.buttons import keys
from monitor.dashboard.widgets.keys import PAGE_KEYS, Place, bind_keys
from monitor.dashboard.widgets.layout import NO_MARGINS, SMALL, LayoutSize, column, row
from monitor.dashboard.widgets.segments import Segments
from monitor.live.pin_lock import PinLock

translate = QCoreApplication.translate

CAMERA, ENGINE, ALERTS, APPEARANCE, ACCESS = range(5)
"""The pages' numbers."""


class SetupView(QWidget):
    """The alerts' page, the largest, is made when it is first shown."""

    source_asked = Signal()
    armed = Signal()
    """The view was checked: back to the drive."""
    pin_set = Signal()
    """There is a new PIN, which whoever set it need not enter again."""

    def __init__(
        self,
        setup: SetupController,
        *,
        language: str,
        sound_works: bool,
        sounds: Sounds,
        pin_lock: PinLock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setup, self._sounds = setup, sounds
        state = setup.controller.state
        self.pages = Segments(
            (
                translate("SetupView", "Camera"),
                translate("SetupView", "Engine"),
                translate("SetupView", "Alerts"),
                translate("SetupView", "Appearance"),
                translate("SetupView", "Privacy"),
            ),
            translate("SetupView", "Pages of the settings"),
        )
        self.pages.chosen.connect(self.show_page)
        self.camera = CameraPage(
            state,
            mount=setup.mount,
            mount_path=str(setup.mount_path),
            resolution=setup.resolution_text,
            mirror_locked_by=setup.locked_by if setup.mirror_locked else "",
            classifier=lambda: setup.engine_cache.opened.classifier if setup.engine_cache.opened is not None else None,
        )
        self.camera.mount_changed.connect(setup.set_mount)
        setup.mount_changed.connect(self.camera.show_mount)
        setup.policy_changed.connect(self._forget_alerts)
        self.camera.resolution_chosen.connect(setup.choose_resolution)
        self.camera.source_asked.connect(self.source_asked)
        self.camera.armed.connect(self._arm)
        self.engine = EnginePage(setup.engine_cache.options)
        self.engine.applied.connect(setup.choose_engine)
        self.alerts: AlertsPage | None = None
        self._alerts_holder = QWidget()
        self._alerts_column = column(into=self._alerts_holder, margins=NO_MARGINS)
        self.appearance = AppearancePage(state, language=language, sound_works=sound_works)
        # Not at once: the page that emits it goes when the window is rebuilt.
        queued = Qt.ConnectionType.QueuedConnection
        self.appearance.theme_chosen.connect(setup.choose_theme, queued)
        self.appearance.scale_chosen.connect(setup.choose_scale, queued)
        self.appearance.language_chosen.connect(setup.choose_language, queued)
        self.appearance.speed_unit_chosen.connect(setup.choose_speed_unit, queued)
        recordings = setup.controller.recordings
        self.recording = RecordingChoice(recordings.privacy, is_possible=recordings.is_possible)
        self.recording.chosen.connect(setup.choose_recording)
        setup.recording_changed.connect(self._show_recording)
        self.access = AccessPage(pin_lock, self.recording)
        self.access.pin_set.connect(self.pin_set)
        self.stack = QStackedWidget()
        for page in (self.camera, self.engine, self._alerts_holder, self.appearance, self.access):
            self.stack.addWidget(page)
        column(row(self.pages, None), (self.stack, 1), into=self, spacing=8, margins=NO_MARGINS)
        for button, key in zip(self.pages.buttons, PAGE_KEYS, strict=True):
            button.setToolTip(f"{button.text()} ({keys(key)})")
        self.show_page(CAMERA)

    def bind_keys(self) -> None:
        """Have the keys of the settings work."""
        bind_keys(self, Place.SETTINGS, {key: partial(self.show_page, page) for page, key in enumerate(PAGE_KEYS)})

    def show_page(self, number: int) -> None:
        """Show one of the pages."""
        if number == ALERTS and self.alerts is None:
            setup = self.setup
            self.alerts = AlertsPage(
                AlertChoices(
                    setup.base_policy,
                    setup.policy,
                    str(setup.policy_path),
                    setup.locked_settings,
                    setup.locked_by,
                    setup.has_speed,
                    setup.own_policy,
                ),
                setup.choose_policy,
                self._sounds,
                keep_own=setup.keep_own_policy,
            )
            self._alerts_column.addWidget(self.alerts)
        if number == ACCESS:
            self.access.show_state()
        self.stack.setCurrentIndex(number)
        self.pages.choose(number)

    def _forget_alerts(self) -> None:
        """What the page shows no longer holds: it is built again, at once where it is seen."""
        if self.alerts is not None:
            self.alerts.close_page()
            self._alerts_column.removeWidget(self.alerts)
            self.alerts.deleteLater()
            self.alerts = None
            self.show_page(self.stack.currentIndex())

    def set_layout_size(self, size: LayoutSize) -> None:
        """Arrange everything for a layout size."""
        self.camera.set_layout_size(size)
        self.pages.set_tight(size in SMALL)

    def _show_recording(self) -> None:
        recordings = self.setup.controller.recordings
        self.recording.show_privacy(recordings.privacy, is_possible=recordings.is_possible)

    def _arm(self) -> None:
        self.setup.arm()
        self.armed.emit()

    def close_view(self) -> None:
        """Leave the work in the background."""
        self.camera.close_page()
        self.engine.close_page()
        if self.alerts is not None:
            self.alerts.close_page()
