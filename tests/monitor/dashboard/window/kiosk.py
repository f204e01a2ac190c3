"""Shows every view on the screen that there is, and says what of it is cut off; run by `test_kiosk` under Xvfb.

``python -m tests.monitor.dashboard.window.kiosk LANGUAGE SCALE window|full FOLDER``
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QLabel,
    QMenu,
    QWidget,
)

from engines.activities import Activity
from monitor.dashboard.controller import DriveController
from monitor.dashboard.driver.poses import POSES, strike
from monitor.dashboard.driver.touch_button import TouchButton
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.translations import speak
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.elided_label import ElidedLabel
from monitor.dashboard.window.main_window import DRIVE, LIBRARY, REPLAY, SETUP, MainWindow
from monitor.live.engine import EngineCache, EngineOptions
from monitor.viewmodel.replay import ReplayPhase
from monitor.viewmodel.state import DashboardState, Phase
from tests.monitor.fakes import FakeSource, fake_engine, frames_of, write_video

DRIVEN = [(Activity.SAFE_DRIVING, 2.0), (Activity.TEXTING_RIGHT, 7.0), (Activity.SAFE_DRIVING, 2.0)]

_LIMIT_S = 120.0


class Kiosk:
    """A window on a fake network, shown view by view."""

    def __init__(self, application: QApplication, folder: Path) -> None:
        self._application = application
        self.recording = write_video(folder / "drive.mp4", frames_of(DRIVEN))
        self.state = DashboardState()
        engines = EngineCache(EngineOptions(), lambda _options: fake_engine())
        self.controller = DriveController(
            self.state, engines, open_source=lambda _spec: FakeSource(frames_of(DRIVEN)), realtime=False
        )
        setup = SetupController(self.controller, engines, None, mount_path=None)
        self.window = MainWindow(self.controller, setup, ReplayTools(fake_engine, cache=folder / "cache"))

    def until(self, come: Callable[[], bool]) -> None:
        until = time.monotonic() + _LIMIT_S
        while not come():
            assert time.monotonic() < until, "it takes too long"
            self._application.processEvents()
            time.sleep(0.005)

    def settle(self) -> None:
        """Layouts come to rest in steps."""
        for _ in range(4):
            self._application.processEvents()

    def views(self) -> Iterator[str]:
        """Shows one after the other."""
        window, state = self.window, self.state
        window.show_view(DRIVE)
        if window.driver_shown:
            window.toggle_driver()
        yield "no source"
        window.toggle_driver()
        yield "the driver's view without a source"
        window.toggle_driver()
        self.controller.open("drive")
        self.until(lambda: state.phase is Phase.ENDED)
        yield "the drive is over"
        for page, button in enumerate(window.drive_view.pages.buttons):
            if button.isVisible():
                button.click()
                yield f"the drive's page {page}"
        state.phase = Phase.RUNNING
        for driver in (False, True):
            if window.driver_shown is not driver:
                window.toggle_driver()
            for pose in POSES:
                strike(state, POSES[pose])
                yield f"{pose}{' for the driver' if driver else ''}"
        window.toggle_driver()
        state.armed = True
        window.show_view(REPLAY)
        yield "an empty replay"
        model = window.replay.model
        window.replay.open(str(self.recording), 5.0)
        self.until(lambda: model.phase is ReplayPhase.FAILED or model.complete)
        assert model.phase is ReplayPhase.OPEN, model.problem
        window.replay.label(Activity.DRINKING)
        for page, button in enumerate(window.replay_view.pages.buttons):
            if button.isVisible():
                button.click()
            yield f"the replay's page {page}"
        window.show_view(LIBRARY)
        yield "an empty library"
        window.show_view(SETUP)
        for page in range(len(window.setup_view.pages.buttons)):
            window.setup_view.show_page(page)
            yield f"the settings' page {page}"
        window.replay.abandon_label()
        window.show_view(DRIVE)

    def dialogs(self) -> Iterator[tuple[str, QWidget]]:
        """Opens one after the other."""
        window = self.window
        entry = self.state.events.latest_incident()
        assert entry is not None
        window.review_event(entry)
        assert window.review is not None
        yield "the review", window.review
        window.review.accept()
        window.show_keys()
        assert window.keys_dialog is not None
        yield "the keys", window.keys_dialog
        window.keys_dialog.accept()
        window.choose_source()
        assert window.dialog is not None
        yield "the sources", window.dialog
        window.dialog.reject()
        window.open_menu()
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        yield "the menu", menu
        menu.close()


def cut_off(top: QWidget) -> Iterator[str]:
    """What of a window cannot be seen: parts outside of what is around them, and text that has no room."""
    for widget in top.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not top.window():
            continue
        name = f"{type(widget).__name__} {widget.accessibleName() or widget.objectName()!r}"
        if not scrolled(widget):
            around = widget.parentWidget()
            while around is not None:
                rect = QRect(widget.mapTo(around, QPoint(0, 0)), widget.size())
                if not around.rect().contains(rect):
                    yield f"{name} at {rect.getRect()} is not within {type(around).__name__} {around.size().toTuple()}"
                    break
                if around is top:
                    break
                around = around.parentWidget()
        yield from without_room(widget, name)


def scrolled(widget: QWidget) -> bool:
    """Whether it is part of what can be scrolled to."""
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QAbstractScrollArea):
            return True
        around = around.parentWidget()
    return False


def without_room(widget: QWidget, name: str) -> Iterator[str]:
    """Words of a button or label that are not all there."""
    if isinstance(widget, TouchButton):
        lines, size = widget.written
        wide = max(QFontMetricsF(palette.font(size, bold=True)).horizontalAdvance(line) for line in lines)
        if (
            " ".join(lines).replace("- ", "").replace("-", "") != widget.text().replace("-", "")
            or wide > widget.width()
        ):
            yield f"{name} has no room for its words: {lines}"
    elif isinstance(widget, QAbstractButton) and widget.text():
        wide = widget.fontMetrics().horizontalAdvance(widget.text().replace("&", ""))
        if wide > widget.width():
            yield f"{name} is {widget.width()} pixels wide, its words {wide}"
        # Its accessible name has all words; a source's name stands in the tooltip.
        words = widget.accessibleName()
        elided = bool(words) and "…" in widget.text() and "…" not in words
        if elided and widget.text().strip(" …") not in widget.toolTip():
            yield f"{name} is elided: {widget.text()}"
    elif isinstance(widget, QLabel) and widget.text() and not isinstance(widget, ElidedLabel):
        room = widget.contentsRect()
        if widget.wordWrap():
            if (high := widget.heightForWidth(widget.width())) > widget.height() + 1:
                yield f"{name} is {widget.height()} high, its text {high}: {widget.text()!r}"
        elif widget.sizeHint().width() > room.width() + 1:
            yield f"{name} is {room.width()} wide, its text {widget.sizeHint().width()}: {widget.text()!r}"


def main() -> int:
    """Show all, print what is cut off; 1 if something is."""
    language, scale, how, folder = sys.argv[1], float(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
    application = QApplication(sys.argv[:1])
    speak(application, language)
    palette.apply(application, chosen_scale=scale)
    kiosk = Kiosk(application, folder)
    window = kiosk.window
    window.open_window(full_screen=how == "full")
    screen = window.screen().geometry()
    kiosk.until(lambda: screen.contains(window.frameGeometry()) and (how == "window" or window.geometry() == screen))
    faults: list[str] = []
    shown = 0
    for view in kiosk.views():
        kiosk.settle()
        shown += 1
        if not screen.contains(window.frameGeometry()):
            faults.append(f"{view}: the window is at {window.frameGeometry().getRect()}")
        faults += [f"{view}: {fault}" for fault in cut_off(window)]
    for name, dialog in kiosk.dialogs():
        kiosk.settle()
        shown += 1
        if not screen.contains(dialog.geometry()):
            faults.append(f"{name}: at {dialog.geometry().getRect()}")
        faults += [f"{name}: {fault}" for fault in cut_off(dialog)]
    window.close()
    print("\n".join(dict.fromkeys(faults)))
    print(f"{shown} shown on {screen.width()}x{screen.height()}, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
