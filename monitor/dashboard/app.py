"""Starts the dashboard. Raises `ImportError` when imported where Qt cannot be loaded."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from monitor.dashboard.controller import DriveController
from monitor.dashboard.display import check_display
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.settings_store import SettingsStore
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.sound import open_player
from monitor.dashboard.translations import speak
from monitor.dashboard.widgets import palette
from monitor.dashboard.window.interrupt import interrupt_calls
from monitor.dashboard.window.main_window import MainWindow
from monitor.journal.json_lines import Journal
from monitor.live.engine import EngineCache, EngineOptions
from monitor.live.user_files import user_policy_file
from monitor.sources import find_cameras, is_live
from monitor.sources.camera_modes import open_at
from monitor.speed.open_speed import SpeedOptions, open_speed
from monitor.speed.source import SpeedSource
from monitor.viewmodel.state import DashboardState

logger = logging.getLogger(__name__)


def run_dashboard(
    source: str | None,
    options: EngineOptions,
    mount: Path | None = None,
    speed: SpeedOptions | None = None,
    *,
    journal: Path | None = None,
    fps: float | None = None,
    track: int | None = None,
) -> int:
    """Show the dashboard until its window is closed, or Ctrl-C; the exit code.

    Args:
        source: as on the command line; None for the first camera, or the source picker where there is none.
        options: of the engine, as on the command line; where it says nothing, what was chosen last holds.
        mount: the mount file, which the settings write, too; the user's when None.
        speed: where the car's speed comes from; None without a signal.
        journal: a file that also gets every event.
        fps: images a second of a folder of images, or of a video without a clock.
        track: the video track of a file that has several.

    Raises:
        UserError: when no window can be shown or the journal cannot be written.
    """
    check_display()
    open_journal = Journal(journal) if journal is not None else None
    try:
        existing = QApplication.instance()
        application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
        application.setApplicationName("Driver Monitor")
        remembered = SettingsStore()
        engine_cache = EngineCache(_chosen_last(remembered, options))
        return _run(
            application,
            source,
            engine_cache,
            speed or SpeedOptions(None),
            open_journal,
            remembered,
            mount=mount,
            fps=fps,
            track=track,
        )
    finally:
        if open_journal is not None:
            open_journal.close()


def _chosen_last(remembered: SettingsStore, options: EngineOptions) -> EngineOptions:
    """What the command line says, and where it says nothing, what was chosen last."""
    last_bundle = Path(text) if (text := remembered.text("bundle")) else None
    bundle, policy = options.bundle, options.policy
    runtime, precision = options.runtime, options.precision
    if bundle is None and last_bundle is not None and last_bundle.is_dir():
        bundle = last_bundle
    if policy is None and user_policy_file().is_file():
        policy = user_policy_file()
    if runtime == "onnxruntime" and precision == "fp32":
        runtime, precision = remembered.text("runtime") or runtime, remembered.text("precision") or precision
    return replace(
        options,
        bundle=bundle,
        policy=policy,
        runtime=runtime,
        precision=precision,
        max_fps=remembered.max_fps if options.max_fps is None else options.max_fps,
        adaptive=options.adaptive or remembered.adaptive,
    )


def _run(
    application: QApplication,
    source: str | None,
    engine_cache: EngineCache,
    speed: SpeedOptions,
    journal: Journal | None,
    remembered: SettingsStore,
    *,
    mount: Path | None,
    fps: float | None,
    track: int | None,
) -> int:
    def apply_theme() -> None:
        speak(application, remembered.language)
        screen = application.primaryScreen().availableSize()
        scale = remembered.scale or palette.suitable_scale(screen.width(), screen.height())
        palette.apply(application, remembered.theme, scale)

    apply_theme()
    state = DashboardState(muted=remembered.muted, overlays=remembered.overlays)
    open_drive_speed = partial(_open_speed, speed)
    controller = DriveController(
        state,
        engine_cache,
        open_speed=open_drive_speed,
        journal=journal,
        open_source=lambda spec: open_at(spec, setup.resolution, fps=fps, track=track),
    )
    setup = SetupController(controller, engine_cache, remembered, mount_path=mount, apply_theme=apply_theme)
    if mount is None:
        controller.needs_check = setup.needs_check
    tools = ReplayTools(setup.open_for_replay, open_drive_speed, fps=fps, mount=lambda: setup.mount)
    window = MainWindow(controller, setup, tools, player=open_player(), settings_store=remembered)
    window.show()
    start(window, source, remembered.text("source"))
    with _report_uncaught(state), interrupt_calls(window.close):
        code = application.exec()
    controller.close()
    # Now, while Qt still runs; at the interpreter's end the order would be anyone's guess.
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    return code


def _open_speed(speed: SpeedOptions, source: str, lost_after_s: float) -> SpeedSource:
    """Where the speed comes from for a source, as named by the user."""
    return open_speed(speed, lost_after_s=lost_after_s, drive=None if is_live(source) else Path(source))


def start(window: MainWindow, source: str | None, last: str = "") -> None:
    """Open the source; without one the `last` that was chosen, the first camera, or the picker where there is none."""
    if source is None:
        cameras = [str(number) for number in find_cameras()]
        chosen = last in cameras or (is_live(last) and not last.isdecimal())
        source = last if chosen else next(iter(cameras), None)
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
        state.notice(f"Something in this window failed ({kind.__name__}: {error}); the monitor continues.")

    before, sys.excepthook = sys.excepthook, report
    try:
        yield
    finally:
        sys.excepthook = before
