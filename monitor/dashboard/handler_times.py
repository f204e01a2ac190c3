"""``python -m monitor.dashboard.handler_times``: how long the window's handlers take while a drive plays.

Whatever the event loop hands to Python or to a widget counts: signals, timers, painting, layout. A window whose
handlers take long stutters, and reacts to a touch late.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

# Before Qt is loaded: times are taken without a screen, unless a platform is asked for.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from engines.command import add_version, number, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.printable import source_label
from engines.view import Mount
from monitor.dashboard.controller import DriveController
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.widgets import palette
from monitor.dashboard.window.main_window import MainWindow
from monitor.live.engine import EngineCache, EngineOptions
from monitor.sources import DEMO
from monitor.viewmodel.state import DashboardState, Phase


class TimedApplication(QApplication):
    """Notes how long each event took that the loop delivered, those inside it included.

    Attributes:
        wall_s, cpu_s: of every event: by the clock, and this thread's CPU time.
    """

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.wall_s: list[float] = []
        self.cpu_s: list[float] = []
        self._depth = 0

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        self._depth += 1
        began, worked = time.perf_counter(), time.thread_time()
        try:
            return super().notify(receiver, event)
        finally:
            self._depth -= 1
            if self._depth == 0:
                self.wall_s.append(time.perf_counter() - began)
                self.cpu_s.append(time.thread_time() - worked)


def measure(source: str, seconds: float | None, size: tuple[int, int]) -> TimedApplication:
    """Play a recording to its end, or for some seconds of it. Raises `UserError`."""
    application = TimedApplication(sys.argv[:1])
    palette.apply(application)
    state, engine_cache = DashboardState(), EngineCache(EngineOptions())
    controller = DriveController(state, engine_cache)
    setup = SetupController(controller, engine_cache, None, mount=Mount())
    window = MainWindow(controller, setup, ReplayTools(setup.open_for_replay))
    window.resize(*size)
    window.show()
    controller.open(source)
    watch = QTimer()

    def look() -> None:
        ended = state.phase in (Phase.ENDED, Phase.FAILED)
        if ended or (seconds is not None and state.since_s >= seconds):
            application.quit()

    watch.timeout.connect(look)
    watch.start(200)
    application.exec()
    watch.stop()
    problem = state.problem
    window.close()
    window.deleteLater()
    if problem is not None:
        raise UserError(f"{problem.title}: {problem.text}")
    return application


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = CommandParser(
        prog="python -m monitor.dashboard.handler_times", description="Time the window's handlers during a drive."
    )
    parser.add_argument("--source", default=DEMO, help="a recording (the demo drive)")
    parser.add_argument("--seconds", type=number, metavar="N", help="stop after N seconds of the drive (its end)")
    add_version(parser)
    arguments = parser.parse_args(argv)
    if arguments.source != DEMO and not Path(arguments.source).exists():
        raise UserError(f"there is no recording {source_label(arguments.source)}")
    application = measure(arguments.source, arguments.seconds, (1280, 800))
    for name, times in (("by the clock", application.wall_s), ("of CPU time", application.cpu_s)):
        p50, p99, maximum = (1000.0 * float(value) for value in (*np.percentile(times, (50, 99)), max(times)))
        print(f"{len(times)} events, {name}: median {p50:.2f} ms, p99 {p99:.1f} ms, maximum {maximum:.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
