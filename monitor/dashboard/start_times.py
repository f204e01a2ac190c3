"""``python -m monitor.dashboard.start_times``: how long a start takes, to the window and to the first classified frame.

The command `driver-monitor --demo` is started over and over, each time in a process of its own whose age the system
knows; loading Python counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from engines.command import add_version, positive_number, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.regular_file import read_utf8

_LIMIT_S = 120.0

_CHILD = "from monitor.dashboard.start_times import start_once; start_once()"


def start_once() -> None:
    """Start the window with the demo drive in this process, print both times in seconds, and close it."""
    # Loaded here, and first what the command itself loads first: the measurement must not be what takes time.
    from monitor import __main__ as command

    arguments = command.parser().parse_args(["--demo"])
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    class Watch(QObject):
        """Notes when the window is painted for the first time, and when it has a prediction."""

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.Paint and type(watched).__name__ == "MainWindow":
                application.removeEventFilter(self)
                print(f"{_age_s():.3f}", flush=True)
                state = watched.state  # type: ignore[attr-defined]

                def observed() -> None:
                    if state.prediction is not None:
                        state.observed.disconnect(observed)
                        print(f"{_age_s():.3f}", flush=True)
                        QTimer.singleShot(0, watched, watched.close)  # type: ignore[attr-defined]

                state.observed.connect(observed)
            return False

    application = QApplication(sys.argv[:1])
    watch = Watch()
    application.installEventFilter(watch)
    from monitor.dashboard.app import run_dashboard
    from monitor.sources import DEMO

    run_dashboard(DEMO, arguments)


def _age_s() -> float:
    """How old this process is, seconds; its start is known to a hundredth."""
    # The name of the program stands in brackets, and may hold blanks.
    fields = read_utf8(Path("/proc/self/stat")).rpartition(")")[2].split()
    started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s


def measure() -> tuple[float, float]:
    """Start once; seconds to the window, and to the first classified frame. Raises `UserError`."""
    with tempfile.TemporaryDirectory() as home:
        folders = {"HOME": home, "XDG_CONFIG_HOME": f"{home}/config", "XDG_DATA_HOME": f"{home}/data"}
        environment = {**os.environ, **folders}
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        done = subprocess.run(
            [sys.executable, "-c", _CHILD],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    times = [float(line) for line in done.stdout.split()]
    if done.returncode != 0 or len(times) != 2:
        raise UserError(f"the window could not be started: {' '.join(done.stderr.split()[-30:])}")
    return times[0], times[1]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = CommandParser(
        prog="python -m monitor.dashboard.start_times",
        description="Time the start of the window, on Linux: to the window, and to the first classified frame.",
    )
    parser.add_argument("--repeats", type=positive_number, default=5, metavar="N", help="how many starts (5)")
    add_version(parser)
    arguments = parser.parse_args(argv)
    if not sys.platform.startswith("linux"):
        raise UserError("a process's age is known on Linux only")
    starts = [measure() for _ in range(arguments.repeats)]
    for name, times in zip(("window", "first classified frame"), zip(*starts, strict=True), strict=True):
        print(f"{name}: median {median(times):.2f} s, fastest {min(times):.2f} s, slowest {max(times):.2f} s")
    load = os.getloadavg()[0]
    print(f"{len(starts)} starts; load {load:.1f} on {os.cpu_count()} processors")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
