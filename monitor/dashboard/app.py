"""Starts the dashboard. Raises `ImportError` when imported where Qt cannot be loaded."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from engines.errors import UserError
from engines.files.printable import printable
from engines.notice import NoticeText
from monitor.dashboard.controller import DriveController
from monitor.dashboard.display import check_display
from monitor.dashboard.numbers import use_speed_unit
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.settings_store import SettingsStore
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.sound import open_player
from monitor.dashboard.translations import speak
from monitor.dashboard.widgets import palette
from monitor.dashboard.window.interrupt import interrupt_calls
from monitor.dashboard.window.main_window import MainWindow
from monitor.journal.json_lines import Journal
from monitor.journal.library import Library
from monitor.journal.store.writer import Store
from monitor.live.engine import Engine, EngineCache
from monitor.live.options import first_camera, open_store, resolve, speed_options
from monitor.live.recording.choice import Privacy, Recorded, keep_nothing, resolve_privacy, unstored
from monitor.live.recording.recordings import Recordings
from monitor.live.session import SessionOptions
from monitor.live.store_listener import StoreListener
from monitor.live.user_files import LastChoices, read_choices, save_choices, user_settings_file, was_set_aside_as
from monitor.messages.opening import Messages
from monitor.messages.options import message_settings
from monitor.sources import is_live
from monitor.sources.camera_modes import open_at
from monitor.speed.open_speed import SpeedOptions
from monitor.speed.source import SpeedSource
from monitor.viewmodel.state import DashboardState

logger = logging.getLogger(__name__)

_SAVING_S = 5.0
"""A slow disk has so long at the end, when the window is gone."""


def run_dashboard(source: str | None, arguments: argparse.Namespace) -> int:
    """Show the dashboard until its window is closed, or Ctrl-C; the exit code.

    Args:
        source: as on the command line; None for what was chosen last, the first camera, or the source picker.
        arguments: of the monitor's command line; where they say nothing, the user's files and last choices hold.

    Raises:
        UserError: when no window can be shown, the journal cannot be written, or what is named cannot be used.
    """
    check_display()
    # What is wrong with what is named is said here, before any window.
    Engine.open(resolve(arguments, LastChoices(), user_files=False).engine)
    privacy = resolve_privacy(arguments, LastChoices(), user_files=False)
    if privacy.closed_loop:
        keep_nothing(arguments)
    journal = Journal(arguments.journal, live=True) if arguments.journal is not None else None
    message_options = message_settings(arguments)
    store = open_store(arguments, message_options.destinations)
    messages: Messages | None = None
    try:
        if arguments.store is not None and store is not None and source is not None and not is_live(source):
            store.open()  # a camera's drive begins without it
        existing = QApplication.instance()
        application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
        application.setApplicationName("Driver Monitor")
        messages = Messages(store, message_options, metrics_at=arguments.metrics)
        return _run(application, source, arguments, journal, store, privacy, messages)
    finally:
        if journal is not None:
            journal.close()
        if messages is not None:
            messages.close()
        if store is not None:
            store.close()


def last_choices(settings_store: SettingsStore, path: Path) -> tuple[LastChoices, str | None]:
    """What was chosen last, and what is to be noticed; at the first start with such a file, from Qt's settings."""
    if path.exists() or was_set_aside_as(path).exists():
        return read_choices(path)
    choices = settings_store.choices
    if choices == LastChoices():
        return choices, None
    try:
        save_choices(path, **choices.model_dump())
    except UserError as error:
        return choices, str(error)
    return choices, None


def _run(
    application: QApplication,
    source: str | None,
    arguments: argparse.Namespace,
    journal: Journal | None,
    store: Store | None,
    privacy: Privacy,
    messages: Messages,
) -> int:
    settings_store, choices_path = SettingsStore(), user_settings_file()
    choices, notice = last_choices(settings_store, choices_path)
    resolved = resolve(arguments, choices, user_files=True)
    if not privacy.is_chosen:
        privacy = resolve_privacy(arguments, choices, user_files=True)
    recordings = Recordings(
        store,
        privacy,
        of_recordings=None not in (arguments.record, arguments.store),
        around_s=arguments.record_around,
    )

    def apply_theme() -> None:
        speak(application, settings_store.language)
        use_speed_unit(settings_store.speed_unit)
        screen = application.primaryScreen().availableSize()
        scale = settings_store.scale or palette.suitable_scale(screen.width(), screen.height())
        palette.apply(application, settings_store.theme, scale)

    apply_theme()
    state = DashboardState(muted=settings_store.muted, overlays=settings_store.overlays)
    unkept = unstored(privacy, arguments) if store is None else []
    said = (*resolved.notices, *privacy.notices, *unkept, *messages.notices)
    for text in (*([notice] if notice is not None else []), *said):
        state.notice(text)
    engine_cache = EngineCache(resolved.engine)
    open_drive_speed = partial(_open_speed, speed_options(arguments))
    library = Library(store)
    controller = DriveController(
        state,
        engine_cache,
        open_speed=open_drive_speed,
        journal=journal,
        library=library,
        recordings=recordings,
        store_listener=None
        if store is None
        else partial(
            StoreListener,
            store,
            driver=printable(arguments.driver),
            recordings=arguments.store is not None,
            camera_images=lambda: recordings.privacy.record is not Recorded.NOTHING,
        ),
        message_listeners=messages.listeners,
        open_source=lambda spec, tap=None: open_at(
            spec, setup.resolution, fps=arguments.fps, track=arguments.track, tap=tap
        ),
    )
    setup = SetupController(
        controller,
        engine_cache,
        settings_store,
        choices=choices,
        choices_path=choices_path,
        mount=resolved.mount,
        mount_path=arguments.mount,
        apply_theme=apply_theme,
        has_speed=speed_options(arguments).text is not None,
    )
    if resolved.mount_lost:
        setup.forget_check()
    if arguments.mount is None:
        controller.needs_check = setup.needs_check
    tools = ReplayTools(
        setup.open_for_replay,
        open_drive_speed,
        fps=arguments.fps,
        track=arguments.track,
        mount=lambda: setup.mount,
        library=library if arguments.store is not None else None,
    )
    window = MainWindow(controller, setup, tools, player=open_player(), settings_store=settings_store)
    window.open_window(full_screen=arguments.fullscreen)
    start(window, source or first_camera(choices.source))
    with _report_uncaught(state), interrupt_calls(window.close):
        code = application.exec()
    unsaved = controller.saving.finish(_SAVING_S)
    if unsaved:
        with suppress(OSError):
            print(f"warning: reviews or names that could not be saved: {unsaved}", file=sys.stderr)
    controller.close()
    recordings.close()
    # Now, while Qt still runs; at the interpreter's end the order would be anyone's guess.
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    return code


def _open_speed(speed: SpeedOptions, source: str, lost_after_s: float) -> SpeedSource:
    """Where the speed comes from for a source, as named by the user."""
    return SessionOptions(source, speed=speed).open_speed(lost_after_s)


def start(window: MainWindow, source: str | None) -> None:
    """Open a source, or the picker where there is none."""
    if source is not None:
        window.controller.open(source)
    else:
        # Once the window is there: a picker without a window behind it would look lost.
        QTimer.singleShot(0, window, window.choose_source)


@contextmanager
def _report_uncaught(state: DashboardState) -> Iterator[None]:
    """Within the block, an exception that a widget lets slip is reported in the window instead of ending it."""

    def report(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        logger.error("the window failed", exc_info=(kind, error, traceback))
        state.notice(
            NoticeText(
                "Something in this window failed ({kind}: {error}); the monitor continues.",
                kind=kind.__name__,
                error=str(error),
            )
        )

    before, sys.excepthook = sys.excepthook, report
    try:
        yield
    finally:
        sys.excepthook = before
