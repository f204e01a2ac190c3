"""Starting the program, Ctrl-C, and the screenshot script."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from engines.errors import UserError, run_command
from monitor.dashboard import app, screenshot
from monitor.dashboard.interrupt import interrupt_calls
from monitor.dashboard.main_window import MainWindow
from monitor.dashboard.remembered import Remembered
from monitor.dashboard.state import Phase
from monitor.sources import Source
from monitor.speed import SpeedSpec
from tests.monitor.dashboard.conftest import Dashboard, fake_engine
from tests.monitor.fakes import FakeSource, frames_of

DRIVE = [(Activity.SAFE_DRIVING, 0.5), (Activity.TEXTING_RIGHT, 8.0)]


@pytest.fixture
def plain_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start without the user's own settings, camera and sound."""
    settings = str(tmp_path / "settings.ini")
    monkeypatch.setattr(app, "Remembered", lambda: Remembered(QSettings(settings, QSettings.Format.IniFormat)))
    monkeypatch.setattr(app, "open_player", lambda: None)
    monkeypatch.setattr(app, "find_cameras", list)
    monkeypatch.setattr(app, "engine_opener", lambda *_setup: fake_engine)


def _window() -> MainWindow:
    windows = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
    return next(window for window in windows if window.isVisible())


@pytest.mark.usefixtures("plain_start")
def test_run_dashboard_plays_and_closes(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def opener(fps: float | None) -> Callable[[str], Source]:
        return lambda spec: FakeSource(frames_of([(Activity.SAFE_DRIVING, 0.5)]))

    monkeypatch.setattr(app, "source_opener", opener)
    phases: list[Phase] = []

    def look() -> None:
        phases.append(_window().state.phase)
        _window().close()

    QTimer.singleShot(1500, look)
    hook = sys.excepthook
    assert app.run_dashboard("drive.mp4", None, None, SpeedSpec("80")) == 0
    assert phases == [Phase.ENDED]
    assert sys.excepthook is hook


@pytest.mark.usefixtures("plain_start")
def test_without_source_and_camera_the_picker_opens(qtbot: QtBot) -> None:
    seen: list[bool] = []

    def look() -> None:
        window = _window()
        seen.append(window.dialog is not None and window.dialog.isVisible())
        window.close()

    QTimer.singleShot(500, look)
    assert app.run_dashboard(None, None, None) == 0
    assert seen == [True]


@pytest.mark.usefixtures("plain_start")
def test_a_surprise_in_the_window_is_told_there(qtbot: QtBot) -> None:
    told: list[str] = []

    def break_something() -> None:
        sys.excepthook(ValueError, ValueError("odd"), None)
        told.extend(_window().state.notices)
        _window().close()

    QTimer.singleShot(300, break_something)
    app.run_dashboard(None, None, None)
    assert "ValueError: odd" in told[0]


@pytest.mark.usefixtures("plain_start")
def test_a_journal_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="journal"):
        app.run_dashboard(None, None, None, journal=tmp_path / "file" / "journal.jsonl")


def test_the_first_camera_is_opened(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "find_cameras", lambda: [1, 3])
    dashboard.sources["1"] = lambda: FakeSource(frames_of([(Activity.SAFE_DRIVING, 0.5)]))
    app.start(dashboard.window, None)
    dashboard.until_phase(Phase.ENDED)
    assert dashboard.state.spec == "1"


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process there")
def test_ctrl_c_closes(qtbot: QtBot) -> None:
    called: list[bool] = []
    before = signal.getsignal(signal.SIGINT)
    with interrupt_calls(lambda: called.append(True)):
        os.kill(os.getpid(), signal.SIGINT)
        qtbot.waitUntil(lambda: bool(called), timeout=2000)
    assert signal.getsignal(signal.SIGINT) is before


def _opener(spec: str) -> Source:
    return FakeSource(frames_of(DRIVE), interval_s=0.0)


def test_a_screenshot_shows_the_first_warning(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "dashboard.png"
    state = screenshot.take_screenshot(file, "drive", fake_engine, open_source=_opener, limit_s=30.0)
    assert state.events.entries[-1].event.tier.code in ("warning", "critical")
    image = QImage(str(file))
    assert (image.width(), image.height()) == (1280, 800)
    pixels = np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB888).constBits(), dtype=np.uint8)
    assert pixels.std() > 10.0
    # The banner is orange.
    assert image.pixelColor(640, 80).red() > 200


def test_a_screenshot_at_a_time_and_size(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "dashboard.png"
    state = screenshot.take_screenshot(
        file, "drive", fake_engine, at_s=1.0, size=(1000, 700), open_source=_opener, limit_s=30.0
    )
    assert 1.0 <= state.since_s < 1.5
    assert QImage(str(file)).width() == 1000


def test_a_screenshot_that_fails_says_why(qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.mp4"
    arguments = ["--output", str(tmp_path / "a.png"), "--source", str(missing), "--bundle", str(tmp_path)]
    assert run_command(screenshot.main, arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
