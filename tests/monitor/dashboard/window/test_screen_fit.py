"""The window never exceeds its screen, also where no window manager keeps it there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, QSize

from monitor.dashboard.window.screen_fit import fit_to_screen, fitted
from tests.monitor.dashboard.conftest import Dashboard

rects = st.builds(QRect, st.integers(-5000, 5000), st.integers(-5000, 5000), st.integers(1, 8000), st.integers(1, 8000))


@given(rects, rects)
def test_a_window_is_moved_and_only_then_made_smaller(wanted: QRect, available: QRect) -> None:
    found = fitted(wanted, available)
    assert available.contains(found)
    assert found.width() == min(wanted.width(), available.width())
    assert found.height() == min(wanted.height(), available.height())
    if available.contains(wanted):
        assert found == wanted


def test_a_window_that_grew_too_large_comes_back(make_dashboard: Callable[..., Dashboard]) -> None:
    window = make_dashboard().window
    available = window.screen().availableGeometry()
    window.setGeometry(available.right() - 100, available.bottom() - 100, 3000, 2000)
    fit_to_screen(window, QSize(480, 320))
    assert available.contains(window.geometry())
    assert window.minimumSize() == QSize(480, 320)


_KIOSK = """
import sys
import time
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QApplication
from monitor.dashboard.controller import DriveController
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.translations import speak
from monitor.dashboard.widgets import palette
from monitor.dashboard.window.main_window import SETUP, MainWindow
from monitor.live.engine import EngineCache, EngineOptions
from monitor.viewmodel.state import DashboardState

language, scale, full_screen = sys.argv[1], float(sys.argv[2]), sys.argv[3] == "full"
application = QApplication(sys.argv[:1])
speak(application, language)
palette.apply(application, chosen_scale=scale)
state = DashboardState()
engines = EngineCache(EngineOptions())
controller = DriveController(state, engines)
setup = SetupController(controller, engines, None)
window = MainWindow(controller, setup, ReplayTools(setup.open_for_replay))
window.open_window(full_screen=full_screen)
screen = window.screen().geometry()
until = time.monotonic() + 20.0
# The frame is put around it a little later.
while not screen.contains(window.frameGeometry()) and time.monotonic() < until:
    application.processEvents()
assert screen.contains(window.frameGeometry()), (screen, window.frameGeometry())
assert not full_screen or window.geometry() == screen
for view in range(window.views.count()):
    window.show_view(view)
    for page in range(window.setup_view.stack.count() if view == SETUP else 1):
        if view == SETUP:
            window.setup_view.show_page(page)
        for _ in range(3):
            application.processEvents()
        assert screen.contains(window.frameGeometry()), (view, page, window.geometry())
        for button in (window.header.views, *window.header.findChildren(QAbstractButton)):
            if button.isVisible():
                rect = QRect(button.mapTo(window, QPoint(0, 0)), button.size())
                assert window.rect().contains(rect), (view, page, button.accessibleName(), rect)
window.close()
print("fits", screen.width(), screen.height())
"""


@pytest.mark.parametrize(
    ("size", "language", "scale", "how"),
    [
        ((800, 480), "de", "2.0", "window"),
        pytest.param((800, 480), "en", "1.0", "full", marks=pytest.mark.slow),
        pytest.param((1024, 600), "en", "2.0", "full", marks=pytest.mark.slow),
        pytest.param((1280, 720), "de", "1.0", "window", marks=pytest.mark.slow),
    ],
)
def test_a_kiosk_without_a_window_manager(
    size: tuple[int, int], language: str, scale: str, how: str, tmp_path: Path
) -> None:
    """Qt's screen without a display, of a fixed size; it has no window manager either."""
    screen = {"name": "panel", "x": 0, "y": 0, "width": size[0], "height": size[1], "logicalDpi": 96}
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps({"screens": [screen | {"logicalBaseDpi": 96, "dpr": 1}]}), encoding="utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={screens}", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", _KIOSK, language, scale, how],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"fits {size[0]} {size[1]}" in done.stdout
