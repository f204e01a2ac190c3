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

from engines.regions.tracking import DEFAULT_REGION_MODE
from engines.view import Mount
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
from monitor.live.engine import EngineChoice, EngineHolder
from monitor.live.user_files import user_mount_file, user_policy_file
from monitor.sources import find_cameras, is_live
from monitor.sources.camera_modes import open_at
from monitor.speed.open_speed import SpeedOptions, open_speed
from monitor.speed.source import SpeedSource
from monitor.viewmodel.state import DashboardState

logger = logging.getLogger(__name__)


def run_dashboard(
    source: str | None,
    bundle: Path | None,
    mount: Mount | None,
    speed: SpeedOptions | None = None,
    *,
    policy: Path | None = None,
    journal: Path | None = None,
    fps: float | None = None,
    runtime: str = "onnxruntime",
    precision: str = "fp32",
    regions: str = DEFAULT_REGION_MODE,
    threads: int | None = None,
    max_fps: float | None = None,
    adaptive: bool = False,
) -> int:
    """Show the dashboard until its window is closed, or Ctrl-C; the exit code.

    Args:
        source: as on the command line; None for the first camera, or the source picker where there is none.
        bundle: the engine bundle; the default one when None.
        mount: how the camera sits.
        speed: where the car's speed comes from; None without a signal.
        policy: a file with alert settings.
        journal: a file that also gets every event.
        fps: images a second of a folder of images.
        runtime, precision: what runs the network, see `engines.runtimes.choose`.
        regions: how regions are found, see `engines.regions.tracking.REGION_MODES`.
        threads: CPU threads of the network; the runtime's own choice when None.
        max_fps: frames a second to judge at most; what was chosen last when None.
        adaptive: judge fewer frames of a camera while nothing changes; what was chosen last when not.

    Raises:
        UserError: when no window can be shown or the journal cannot be written.
    """
    check_display()
    kept = Journal(journal) if journal is not None else None
    try:
        existing = QApplication.instance()
        application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
        application.setApplicationName("Driver Monitor")
        remembered = SettingsStore()
        choice = _choice(remembered, bundle, mount, policy, runtime, precision)
        holder = EngineHolder(
            replace(
                choice,
                regions=regions,
                threads=threads,
                max_fps=remembered.max_fps if max_fps is None else max_fps,
                adaptive=adaptive or remembered.adaptive,
            )
        )
        tools = ReplayTools(holder.candidate, partial(_open_speed, speed or SpeedOptions(None)), fps=fps)
        return _run(application, source, holder, tools, kept, remembered, mount_given=mount is not None)
    finally:
        if kept is not None:
            kept.close()


def _choice(
    remembered: SettingsStore,
    bundle: Path | None,
    mount: Mount | None,
    policy: Path | None,
    runtime: str,
    precision: str,
) -> EngineChoice:
    """What the command line says, and where it says nothing, what was chosen last."""
    chosen = Path(text) if (text := remembered.text("bundle")) else None
    user_mount, user_policy = user_mount_file(), user_policy_file()
    if mount is None and user_mount.is_file():
        mount = Mount.load(user_mount)
    if runtime == "onnxruntime" and precision == "fp32":
        runtime, precision = remembered.text("runtime") or runtime, remembered.text("precision") or precision
    if bundle is None and chosen is not None and chosen.is_dir():
        bundle = chosen
    return EngineChoice(bundle, mount, policy or (user_policy if user_policy.is_file() else None), runtime, precision)


def _run(
    application: QApplication,
    source: str | None,
    holder: EngineHolder,
    tools: ReplayTools,
    journal: Journal | None,
    remembered: SettingsStore,
    *,
    mount_given: bool,
) -> int:
    def dress() -> None:
        speak(application, remembered.language)
        screen = application.primaryScreen().availableSize()
        scale = remembered.scale or palette.suitable_scale(screen.width(), screen.height())
        palette.apply(application, remembered.theme, scale)

    dress()
    state = DashboardState(muted=remembered.muted, overlays=remembered.overlays)
    controller = DriveController(
        state,
        holder,
        open_speed=tools.open_speed,
        journal=journal,
        open_source=lambda spec: open_at(spec, setup.resolution, fps=tools.fps),
    )
    setup = SetupController(controller, holder, remembered, dress=dress)
    if not mount_given:
        controller.needs_check = setup.needs_check
    window = MainWindow(controller, setup, tools, player=open_player(), remembered=remembered)
    window.show()
    start(window, source, remembered.text("source"))
    with _surprises_told(state), interrupt_calls(window.close):
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
def _surprises_told(state: DashboardState) -> Iterator[None]:
    """Within the block, an exception that a widget lets slip is told in the window instead of ending it."""

    def told(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        logger.error("the window failed", exc_info=(kind, error, traceback))
        state.notice(f"Something in this window failed ({kind.__name__}: {error}); the monitor goes on.")

    before, sys.excepthook = sys.excepthook, told
    try:
        yield
    finally:
        sys.excepthook = before
