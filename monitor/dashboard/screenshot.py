"""``python -m monitor.dashboard.screenshot``: screenshots of every view on the demo drive, without a screen."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

# Before Qt is loaded: a screenshot needs no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from engines.command import add_version, number, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.output import prepare_folder
from engines.view import Mount
from monitor.alerts.events import Tier
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.dashboard.controller import DriveController
from monitor.dashboard.driver.poses import POSES, strike
from monitor.dashboard.library.view import DRIVES, INCIDENTS, REVIEW
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.setup.view import ACCESS, ALERTS, APPEARANCE, CAMERA, ENGINE
from monitor.dashboard.translations import LANGUAGES, speak
from monitor.dashboard.widgets import palette
from monitor.dashboard.window.main_window import DRIVE, LIBRARY, REPLAY, SETUP, MainWindow
from monitor.evaluation.drive_summary import DriveSummary
from monitor.journal.library import Library
from monitor.journal.store.writer import Store
from monitor.live.engine import EngineCache, EngineOptions
from monitor.live.session import Ended, EndReason, Summary
from monitor.live.store_listener import StoreListener
from monitor.sources import DEMO
from monitor.viewmodel.replay import ReplayPhase
from monitor.viewmodel.state import DashboardState, Phase
from monitor.viewmodel.themes import THEMES

SIZES = ((800, 480), (1024, 600), (1280, 720), (1920, 1080))

_AFTER_WARNING_S = 0.5
_LIMIT_S = 600.0


class Photographer:
    """Plays a source in a window of its own, and takes screenshots of it."""

    def __init__(
        self,
        source: str,
        engine_cache: EngineCache,
        folder: Path,
        mount: Mount | None = None,
        *,
        at_s: float | None = None,
        analysed: bool = False,
    ) -> None:
        """Open the window; nothing runs before `play`.

        Args:
            source: as on the command line; a recording.
            engine_cache: of the engine.
            folder: where the screenshots go.
            mount: the camera's.
            at_s: seconds of the drive; None for half a second into the first warning, or the drive's end.
            analysed: whether the replay is of a whole drive that was analysed, which takes as long as its network does.
        """
        self._source, self._folder, self._at_s, self._analysed = source, folder, at_s, analysed
        self.state = DashboardState()
        self._kept = tempfile.TemporaryDirectory()
        self._store = Store(Path(self._kept.name))
        self.library = Library(self._store)
        self.controller = DriveController(
            self.state,
            engine_cache,
            library=self.library,
            store_listener=partial(StoreListener, self._store, recordings=True),
        )
        self.setup = SetupController(self.controller, engine_cache, None, mount=mount or Mount())
        self.window = MainWindow(
            self.controller, self.setup, ReplayTools(self.setup.open_for_replay, mount=lambda: self.setup.mount)
        )
        self.window.show()

    def play(self) -> None:
        """Play up to the time. Raises `UserError` when the drive fails or takes too long."""
        self.controller.open(self._source)
        self._wait(self._reached(self._at_s))
        if self.state.problem is not None:
            raise UserError(f"{self.state.problem.title}: {self.state.problem.text}")
        # The frame stays from here on.
        self.controller.close(timeout_s=5.0)
        self._ended = fill(self.library)
        self._seen = (self.state.frame, self.state.prediction, self.state.alert, self.state.since_s)

    def close(self) -> None:
        """Close the window."""
        self.window.close()
        self.window.deleteLater()
        self._store.close()
        self._kept.cleanup()

    def take(self, view: str, size: tuple[int, int]) -> Path:
        """Save a screenshot of a view; its file."""
        self.window.resize(*size)
        VIEWS[view](self)
        for _ in range(3):
            # Layouts settle in steps.
            QApplication.processEvents()
        shown: QWidget = (
            self.window.review if view == "event-review" and self.window.review is not None else self.window
        )
        file = self._folder / f"{view}-{size[0]}x{size[1]}.png"
        if not shown.grab().save(str(file), "PNG"):
            raise UserError(f"cannot write {file}: choose another folder")
        if self.window.review is not None:
            self.window.review.accept()
        return file

    def show_drive(self) -> None:
        """The drive, for the engineer."""
        self._show_seen()
        self._show_drive(driver=False)

    def _show_seen(self) -> None:
        """The drive as it was played, whatever state was shown since."""
        self.state.phase = Phase.RUNNING
        self.state.armed = True
        self.state.show(*self._seen)

    def show_driver(self, pose: str) -> None:
        """The driver's view in one of its states."""
        self.state.phase = Phase.RUNNING
        self._show_drive(driver=True)
        strike(self.state, POSES[pose])

    def _show_drive(self, *, driver: bool) -> None:
        self.window.show_view(DRIVE)
        if self.window.driver_shown is not driver:
            self.window.toggle_driver()

    def show_event_review(self) -> None:
        """The review of the latest incident."""
        self.show_drive()
        entry = self.state.events.latest_incident()
        if entry is not None:
            self.window.review_event(entry)

    def show_summary(self, *, driver: bool) -> None:
        """The drive's end."""
        self._show_seen()
        self._show_drive(driver=driver)
        self.state.on_event(Ended(Summary(drive=self._ended), EndReason.SOURCE_ENDED))

    def show_library(self, part: int, *, inbox: bool) -> None:
        """The library: the inbox, or the newest drive's incidents."""
        self._show_seen()
        self.state.pause(True)
        model = self.window.library.model
        self.window.show_view(LIBRARY)
        self._wait(lambda: not model.loading)
        model.choose("" if inbox else model.drives[0].info.uid)
        self.window.library_view.show_part(part)

    def show_replay(self, page: int) -> None:
        """The replay at the same time, with a page of its side."""
        self._show_seen()
        # The live drive's alert would stand above it.
        self.state.pause(True)
        self.window.show_view(REPLAY)
        replay = self.window.replay
        if replay.model.spec != self._source:
            replay.open(self._source, self.state.since_s)
            self._wait(
                lambda: (
                    replay.model.phase is ReplayPhase.FAILED
                    or (replay.model.now[0] is not None and replay.model.drive_state.frame is not None)
                )
            )
            if self._analysed:
                self._wait(
                    lambda: (
                        replay.model.phase is ReplayPhase.FAILED
                        or (replay.model.complete and not replay.work and not replay.model.without_thumbnail)
                    )
                )
            replay.cancel()
        view = self.window.replay_view
        # In the smallest windows they stand in the drive's place.
        (view.show_side if page else view.show_drive).click()
        view.pages.buttons[page].click()

    def show_setup(self, page: int) -> None:
        """A page of the settings."""
        self._show_seen()
        self.state.pause(True)
        self.window.show_view(SETUP)
        self.window.setup_view.show_page(page)

    def _reached(self, at_s: float | None) -> Callable[[], bool]:
        """Whether the drive has come to the time."""
        state, warned_at_s = self.state, list[float]()

        def come() -> bool:
            if state.phase in (Phase.ENDED, Phase.FAILED):
                return True
            if state.alert is None:
                return False
            if at_s is not None:
                return state.since_s >= at_s
            if state.tier >= Tier.WARNING and not warned_at_s:
                warned_at_s.append(state.since_s)
            return bool(warned_at_s) and state.since_s >= warned_at_s[0] + _AFTER_WARNING_S

        return come

    def _wait(self, come: Callable[[], bool]) -> None:
        """Run the window until a condition holds. Raises `UserError` when it takes too long."""
        loop = QEventLoop()
        until = time.monotonic() + _LIMIT_S
        # A source that gives nothing must not have us wait for ever.
        watch = QTimer()
        watch.timeout.connect(lambda: loop.quit() if come() or time.monotonic() > until else None)
        watch.start(20)
        loop.exec()
        watch.stop()
        if not come():
            raise UserError(f"the drive did not get that far within {_LIMIT_S:.0f} s: choose an earlier --at")


def fill(library: Library) -> DriveSummary:
    """Have a library with the drive just watched look as after some days of use; the drive's summary."""
    (watched,) = library.drives()
    info, summary = watched.info, watched.summary or DriveSummary()
    said = (ReviewStatus.TRUE, ReviewStatus.FALSE, ReviewStatus.NEW, ReviewStatus.UNCLEAR)
    for each, driver in enumerate(("Ada", "Ada", "Grace", "")):
        before = timedelta(days=1 + each // 3, hours=3 * each)
        began = replace(info.began, utc_s=info.began.utc_s - before.total_seconds())
        length_s = summary.length_s * (3 + each)
        reviewed = [
            replace(incident, review=Review(said[each]) if each >= 2 or number < len(watched.incidents) else Review())
            for number, incident in enumerate(watched.incidents, 1)
        ]
        library.keep_drive(
            replace(
                info,
                uid=str(uuid.uuid4()),
                path="",
                source="camera 0",
                driver=driver,
                began=began,
                seen_s=length_s,
                summary=replace(summary, length_s=length_s),
            ),
            [(incident, library.thumbnails(info.uid, incident.number)) for incident in reviewed],
        )
    return summary


VIEWS: dict[str, Callable[[Photographer], None]] = {
    "drive": Photographer.show_drive,
    **{f"driver-{pose}": partial(Photographer.show_driver, pose=pose) for pose in POSES},
    "event-review": Photographer.show_event_review,
    "summary": partial(Photographer.show_summary, driver=False),
    "driver-summary": partial(Photographer.show_summary, driver=True),
    "library": partial(Photographer.show_library, part=DRIVES, inbox=True),
    "library-drive": partial(Photographer.show_library, part=INCIDENTS, inbox=False),
    "library-review": partial(Photographer.show_library, part=REVIEW, inbox=True),
    "replay": lambda photographer: photographer.show_replay(0),
    "replay-probabilities": lambda photographer: photographer.show_replay(1),
    "replay-alerts": lambda photographer: photographer.show_replay(2),
    "settings-camera": lambda photographer: photographer.show_setup(CAMERA),
    "settings-engine": lambda photographer: photographer.show_setup(ENGINE),
    "settings-alerts": lambda photographer: photographer.show_setup(ALERTS),
    "settings-appearance": lambda photographer: photographer.show_setup(APPEARANCE),
    "settings-pin": lambda photographer: photographer.show_setup(ACCESS),
}
"""Name → how it is shown."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = CommandParser(
        prog="python -m monitor.dashboard.screenshot", description="Save screenshots of every view; needs no screen."
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where VIEW-WxH.png go")
    parser.add_argument(
        "--view", action="extend", nargs="+", choices=tuple(VIEWS), metavar="VIEW", help=f"(all) {', '.join(VIEWS)}"
    )
    parser.add_argument("--source", default=DEMO, help="a recording to play (the demo drive)")
    parser.add_argument("--at", type=number, metavar="SECONDS", help="time in the drive (its first warning)")
    parser.add_argument(
        "--size",
        action="extend",
        nargs="+",
        type=_size,
        metavar="WxH",
        help="pixels (800x480, 1024x600, 1280x720, 1920x1080)",
    )
    parser.add_argument("--theme", choices=tuple(THEMES), default="dark", help="colours (dark)")
    parser.add_argument("--scale", type=number, metavar="N", help="text size: 0.8 to 2 (what suits the size)")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="(en)")
    parser.add_argument("--overlays", nargs="+", choices=("heat", "keypoints"), default=(), help="over the frame")
    parser.add_argument("--analysed", action="store_true", help="wait for the replay to be analysed to its end")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (default: the one that is shipped)")
    parser.add_argument("--mount", type=Path, metavar="TOML", help="file of the camera mount")
    add_version(parser)
    return parser


def _size(text: str) -> tuple[int, int]:
    sides = text.split("x")
    if len(sides) != 2 or not all(side.isdecimal() and 3 <= len(side) <= 5 for side in sides):
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write pixels such as 1280x800")
    return int(sides[0]), int(sides[1])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    arguments = parser().parse_args(argv)
    prepare_folder(arguments.output)
    mount = Mount.load(arguments.mount) if arguments.mount is not None else None
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    speak(application, arguments.language)
    palette.apply(application, THEMES[arguments.theme], arguments.scale or 1.0)
    engine_cache = EngineCache(EngineOptions(arguments.bundle))
    photographer = Photographer(
        arguments.source, engine_cache, arguments.output, mount, at_s=arguments.at, analysed=arguments.analysed
    )
    photographer.state.overlays.heat = "heat" in arguments.overlays
    photographer.state.overlays.keypoints = "keypoints" in arguments.overlays
    try:
        photographer.play()
        for view in arguments.view or VIEWS:
            for size in arguments.size or SIZES:
                scale = arguments.scale or palette.suitable_scale(*size)
                if scale != palette.scale():
                    palette.apply(application, THEMES[arguments.theme], scale)
                    photographer.setup.theme_applied.emit()
                print(photographer.take(view, size))
    finally:
        photographer.close()
        speak(application, "en")
        palette.apply(application)
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
