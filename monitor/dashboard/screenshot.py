"""``python -m monitor.dashboard.screenshot``: a picture of the dashboard on the demo drive, without a screen."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Before Qt is loaded: a picture needs no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from engines.errors import UserError, run_command
from engines.output_files import prepare_file
from engines.view import Mount
from monitor.alert_events import Tier
from monitor.candidate import Candidate
from monitor.dashboard import palette
from monitor.dashboard.controller import DriveController, OpenSource
from monitor.dashboard.engine import OpenEngine, engine_opener
from monitor.dashboard.main_window import MainWindow
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.state import DashboardState, Phase
from monitor.sources import DEMO


def take_screenshot(
    output: Path,
    source: str,
    open_engine: OpenEngine,
    *,
    at_s: float | None = None,
    size: tuple[int, int] = (1280, 800),
    open_source: OpenSource | None = None,
    limit_s: float = 300.0,
) -> DashboardState:
    """Play a source in a window of its own and save a picture of it.

    Args:
        output: the PNG file.
        source: as on the command line.
        open_engine: opens the engine.
        at_s: seconds of the drive; None for half a second into the first warning, or the drive's end.
        size: width and height of the window in pixels.
        open_source: opens the source by its name.
        limit_s: seconds to wait at most.

    Returns:
        The state that the picture shows.

    Raises:
        UserError: when the drive fails, takes too long, or the file cannot be written.
    """
    prepare_file(output)
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    palette.apply(application)
    state = DashboardState()
    controller = DriveController(state, open_engine, open_source=open_source)
    window = MainWindow(controller, ReplayTools(Candidate.open))
    try:
        window.resize(*size)
        window.show()
        controller.open(source)
        if not _wait(state, _moment(state, at_s), limit_s):
            raise UserError(f"the drive did not get that far within {limit_s:.0f} s: choose an earlier --at")
        if state.problem is not None:
            raise UserError(f"{state.problem.title}: {state.problem.text}")
        if not window.grab().save(str(output), "PNG"):
            raise UserError(f"cannot write {output}: choose another place")
    finally:
        window.close()
        window.deleteLater()
    return state


def _moment(state: DashboardState, at_s: float | None) -> Callable[[], bool]:
    """Whether the moment has come."""
    warned_at_s: list[float] = []

    def come() -> bool:
        if state.phase in (Phase.ENDED, Phase.FAILED):
            return True
        if state.alert is None:
            return False
        if at_s is not None:
            return state.since_s >= at_s
        if state.tier >= Tier.WARNING and not warned_at_s:
            warned_at_s.append(state.since_s)
        return bool(warned_at_s) and state.since_s >= warned_at_s[0] + 0.5

    return come


def _wait(state: DashboardState, come: Callable[[], bool], limit_s: float) -> bool:
    """Run the window until the moment comes; False when it takes too long."""
    loop = QEventLoop()
    until = time.monotonic() + limit_s
    done = False

    def look() -> None:
        nonlocal done
        done = done or come()
        if done or time.monotonic() > until:
            loop.quit()

    # A source that gives nothing must not keep us waiting for ever.
    watch = QTimer()
    watch.timeout.connect(look)
    watch.start(50)
    loop.exec()
    watch.stop()
    return done


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m monitor.dashboard.screenshot", description="Save a picture of the dashboard; needs no screen."
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.png", help="the picture")
    parser.add_argument("--source", default=DEMO, help="what to play (default: the demo drive)")
    parser.add_argument("--at", type=float, metavar="SECONDS", help="time in the drive (default: its first warning)")
    parser.add_argument("--size", type=_size, default=(1280, 800), metavar="WxH", help="pixels (default: 1280x800)")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (default: the one that is shipped)")
    parser.add_argument("--mount", type=Path, metavar="TOML", help="how the camera sits")
    return parser


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write pixels such as 1280x800")
    return int(match.group(1)), int(match.group(2))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    arguments = parser().parse_args(argv)
    mount = Mount.load(arguments.mount) if arguments.mount is not None else None
    state = take_screenshot(
        arguments.output,
        arguments.source,
        engine_opener(arguments.bundle, mount),
        at_s=arguments.at,
        size=arguments.size,
    )
    print(f"{arguments.output}: {state.source_name} at {state.since_s:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
