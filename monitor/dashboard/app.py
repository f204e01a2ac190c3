"""Starts the dashboard. Raises `ImportError` when imported where Qt cannot be loaded."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from engines.view import Mount
from monitor.candidate import Candidate
from monitor.dashboard import palette
from monitor.dashboard.controller import DriveController, source_opener
from monitor.dashboard.engine import OpenEngine, engine_opener
from monitor.dashboard.interrupt import interrupt_calls
from monitor.dashboard.main_window import MainWindow
from monitor.dashboard.remembered import Remembered
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.sound import open_player
from monitor.dashboard.state import DashboardState
from monitor.display import check_display
from monitor.journal import Journal
from monitor.sources import find_cameras, is_live
from monitor.speed import SpeedSource, SpeedSpec, open_speed

logger = logging.getLogger(__name__)


def run_dashboard(
    source: str | None,
    bundle: Path | None,
    mount: Mount | None,
    speed: SpeedSpec | None = None,
    *,
    policy: Path | None = None,
    journal: Path | None = None,
    fps: float | None = None,
    runtime: str = "onnxruntime",
    precision: str = "fp32",
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

    Raises:
        UserError: when no window can be shown or the journal cannot be written.
    """
    check_display()
    kept = Journal(journal) if journal is not None else None
    try:
        open_candidate = partial(Candidate.open, bundle, policy, mount, runtime=runtime, precision=precision)
        tools = ReplayTools(open_candidate, partial(_open_speed, speed or SpeedSpec(None)), fps=fps)
        return _run(source, engine_opener(bundle, mount, policy, runtime, precision), tools, kept)
    finally:
        if kept is not None:
            kept.close()


def _run(
    source: str | None,
    open_engine: OpenEngine,
    tools: ReplayTools,
    journal: Journal | None,
) -> int:
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Driver Monitor")
    remembered = Remembered()
    palette.apply(application, remembered.theme, remembered.scale)
    state = DashboardState(muted=remembered.muted, overlays=remembered.overlays)
    controller = DriveController(
        state,
        open_engine,
        open_speed=tools.open_speed,
        journal=journal,
        open_source=source_opener(tools.fps),
    )
    window = MainWindow(controller, tools, player=open_player(), remembered=remembered)
    window.show()
    start(window, source)
    with _surprises_told(state), interrupt_calls(window.close):
        code = application.exec()
    controller.close()
    # Now, while Qt still runs; at the interpreter's end the order would be anyone's guess.
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    return code


def _open_speed(speed: SpeedSpec, source: str, lost_after_s: float) -> SpeedSource:
    """Where the speed comes from for a source, as named by the user."""
    return open_speed(speed, lost_after_s=lost_after_s, drive=None if is_live(source) else Path(source))


def start(window: MainWindow, source: str | None) -> None:
    """Open the source; without one, the first camera, or the picker where there is none."""
    if source is None:
        cameras = find_cameras()
        source = str(cameras[0]) if cameras else None
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
