"""Starting the program, Ctrl-C, and the screenshot script."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import platformdirs
import pytest
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from engines.command import run_command
from engines.errors import UserError
from engines.view import Mount
from monitor import __main__ as command
from monitor.alerts.policy_file import read_policy
from monitor.dashboard import app, screenshot
from monitor.dashboard.settings_store import SettingsStore
from monitor.dashboard.setup.policy_form import PolicyForm
from monitor.dashboard.setup.view import ALERTS, CAMERA
from monitor.dashboard.window.interrupt import interrupt_calls
from monitor.dashboard.window.main_window import MainWindow
from monitor.live import options
from monitor.live.engine import Engine, EngineCache, EngineOptions
from monitor.live.user_files import save_choices, user_mount_file, user_policy_file, user_settings_file
from monitor.viewmodel.state import Phase
from monitor.viewmodel.themes import THEMES
from tests.conftest import ROOT
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, fake_engine, frames_of, write_video

DRIVE = [(Activity.SAFE_DRIVING, 0.5), (Activity.TEXTING_RIGHT, 8.0)]


@pytest.fixture
def plain_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start without the user's own settings, camera and sound."""
    settings, store = str(tmp_path / "settings.ini"), SettingsStore
    monkeypatch.setattr(app, "SettingsStore", lambda: store(QSettings(settings, QSettings.Format.IniFormat)))
    monkeypatch.setattr(app, "open_player", lambda: None)
    monkeypatch.setattr("monitor.sources.find_cameras", list)
    monkeypatch.setattr(app, "EngineCache", lambda options: EngineCache(options, lambda _options: fake_engine()))
    monkeypatch.setattr(Engine, "open", lambda _options: fake_engine())
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda _name: str(tmp_path))
    monkeypatch.setattr(platformdirs, "site_config_dir", lambda _name, **_: str(tmp_path / "site"))


def run_dashboard(source: str | None, *arguments: str) -> int:
    return app.run_dashboard(source, command.parser().parse_args(arguments))


def _window() -> MainWindow:
    windows = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
    return next(window for window in windows if window.isVisible())


@pytest.mark.usefixtures("plain_start")
def test_run_dashboard_plays_and_closes(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "open_at", lambda *_spec, **_fps: FakeSource(frames_of([(Activity.SAFE_DRIVING, 0.5)])))
    phases: list[Phase] = []

    def look() -> None:
        phases.append(_window().state.phase)
        if phases[-1] is Phase.ENDED:
            _window().close()
        else:
            QTimer.singleShot(100, look)

    QTimer.singleShot(100, look)
    hook = sys.excepthook
    assert run_dashboard("drive.mp4", "--speed", "80") == 0
    assert phases[-1] is Phase.ENDED
    assert sys.excepthook is hook


@pytest.mark.usefixtures("plain_start")
def test_without_source_and_camera_the_picker_opens(qtbot: QtBot) -> None:
    seen: list[bool] = []

    def look() -> None:
        window = _window()
        seen.append(window.dialog is not None and window.dialog.isVisible())
        window.close()

    QTimer.singleShot(500, look)
    assert run_dashboard(None) == 0
    assert seen == [True]


@pytest.mark.usefixtures("plain_start")
def test_an_uncaught_error_in_the_window_is_reported_there(qtbot: QtBot) -> None:
    notices: list[str] = []

    def break_something() -> None:
        sys.excepthook(ValueError, ValueError("odd"), None)
        notices.extend(_window().state.notices)
        _window().close()

    QTimer.singleShot(300, break_something)
    run_dashboard(None)
    assert "ValueError: odd" in notices[0]


@pytest.mark.usefixtures("plain_start")
def test_a_journal_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="journal"):
        run_dashboard(None, "--journal", str(tmp_path / "file" / "journal.jsonl"))


def test_the_first_camera_is_opened(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.sources.find_cameras", lambda: [1, 3])
    dashboard.sources["1"] = lambda: FakeSource(frames_of([(Activity.SAFE_DRIVING, 0.5)]))
    app.start(dashboard.window, options.first_camera(""))
    dashboard.until_phase(Phase.ENDED)
    assert dashboard.state.spec == "1"


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process there")
def test_ctrl_c_closes(qtbot: QtBot) -> None:
    called: list[bool] = []
    before = signal.getsignal(signal.SIGINT)
    with interrupt_calls(lambda: called.append(True)):
        os.kill(os.getpid(), signal.SIGINT)
        qtbot.waitUntil(lambda: bool(called), timeout=60_000)
    assert signal.getsignal(signal.SIGINT) is before


def use_fake_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshot, "EngineCache", lambda options: EngineCache(options, lambda _options: fake_engine()))
    monkeypatch.setattr(Engine, "open", lambda _options: fake_engine())


def test_screenshots_of_every_view(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drive = write_video(tmp_path / "drive.mp4", frames_of(DRIVE))
    use_fake_engines(monkeypatch)
    folder = tmp_path / "pictures"
    arguments = ["--output", str(folder), "--source", str(drive), "--size", "800x480", "1280x720"]
    assert screenshot.main(arguments) == 0
    names = {path.stem for path in folder.glob("*.png")}
    assert names == {f"{view}-{size}" for view in screenshot.VIEWS for size in ("800x480", "1280x720")}
    image = QImage(str(folder / "drive-1280x720.png"))
    assert (image.width(), image.height()) == (1280, 720)
    # The banner is orange.
    assert image.pixelColor(640, 62).red() > 200
    assert "drive-800x480.png" in capsys.readouterr().out


def test_screenshots_of_some_views(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive = write_video(tmp_path / "drive.mp4", frames_of(DRIVE))
    use_fake_engines(monkeypatch)
    arguments = ["--output", str(tmp_path), "--source", str(drive), "--at", "1", "--theme", "light", "--analysed"]
    assert screenshot.main([*arguments, "--view", "drive", "replay", "--size", "1000x700"]) == 0
    assert (tmp_path / "replay-1000x700.png").is_file()
    image = QImage(str(tmp_path / "drive-1000x700.png"))
    assert image.width() == 1000 and image.pixelColor(2, 2).lightness() > 200


def test_a_screenshot_that_fails_says_why(qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.mp4"
    arguments = ["--output", str(tmp_path), "--source", str(missing)]
    assert run_command(screenshot.main, arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.usefixtures("plain_start")
@pytest.mark.parametrize(
    ("given", "expected"),
    [([], (12.0, True)), (["--max-fps", "20", "--adaptive"], (20.0, True)), (["--no-adaptive"], (12.0, False))],
)
def test_the_command_line_goes_before_what_was_chosen_last(
    given: list[str], expected: tuple[float, bool], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    save_choices(user_settings_file(), max_fps=12.0, adaptive=True, runtime="auto")
    opened: list[EngineOptions] = []
    monkeypatch.setattr(app, "EngineCache", lambda options: opened.append(options) or EngineCache(options))
    QTimer.singleShot(300, lambda: _window().close())
    assert run_dashboard(None, "--threads", "2", *given) == 0
    assert (opened[0].max_fps, opened[0].adaptive) == expected
    assert (opened[0].threads, opened[0].runtime) == (2, "auto")


def old_file(name: str, folder: Path, to: str = "", **replaced: str) -> Path:
    """Copy a file that version 72fc6f8 wrote."""
    text = (ROOT / "tests" / "old_files" / name).read_text(encoding="utf-8")
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / (to or name)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.usefixtures("plain_start")
def test_an_old_kiosk_comes_up_with_its_choices_and_its_alerts_on(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `checked_source` its alerts would be off."""
    (tmp_path / "bundle").mkdir()
    old_file("dashboard.conf", tmp_path, "settings.ini", **{"/srv/kiosk": str(tmp_path)})
    opened: list[EngineOptions] = []
    cameras: list[tuple[str, object]] = []
    armed: list[bool] = []

    def open_camera(spec: str, resolution: object, **_options: object) -> FakeSource:
        cameras.append((spec, resolution))
        return FakeSource(frames_of([(Activity.SAFE_DRIVING, 0.5)]), live=True)

    def look() -> None:
        if cameras:
            armed.append(_window().state.armed)
            _window().close()
        else:
            QTimer.singleShot(20, look)

    def open_engine(options: EngineOptions) -> EngineCache:
        opened.append(options)
        return EngineCache(options, lambda _options: fake_engine())

    monkeypatch.setattr(app, "EngineCache", open_engine)
    monkeypatch.setattr(app, "open_at", open_camera)
    for start in range(2):
        if start:
            old_file("dashboard.conf", tmp_path, "settings.ini", **{"rtsp://cabin/1": "0"})
        QTimer.singleShot(20, look)
        assert run_dashboard(None) == 0
        assert (cameras.pop(), armed.pop()) == (("rtsp://cabin/1", (1280, 720)), True), "imported once"
        options = opened.pop()
        assert (options.bundle, options.runtime, options.precision) == (tmp_path / "bundle", "auto", "auto")
        assert (options.max_fps, options.adaptive) == (12.5, True)
    assert app.SettingsStore().theme is THEMES["light"], "the looks stay where they were"


@pytest.mark.usefixtures("plain_start")
@pytest.mark.parametrize("page", [CAMERA, ALERTS])
@pytest.mark.parametrize(
    ("mount", "policy", "says"),
    [
        ("mount_crop.toml", "policy_right_hand_drive.toml", "right_hand_drive = true"),
        ("mount_mirror.toml", "policy.toml", "mirror = true"),
    ],
)
def test_old_files_that_contradict_each_other_are_a_notice_until_settings_are_saved(
    mount: str, policy: str, says: str, page: int, qtbot: QtBot, tmp_path: Path
) -> None:
    old_file(mount, tmp_path, "mount.toml")
    old_file(policy, tmp_path, "policy.toml")
    save_choices(user_settings_file(), checked_source="rtsp://cabin/1")
    notices: list[list[str]] = []
    seen: list[tuple[Mount, object, bool]] = []

    def look() -> None:
        window = _window()
        notices.append(list(window.state.notices))
        setup, view = window.setup_view.setup, window.setup_view
        view.show_page(ALERTS)
        editors = view.alerts.form.editors if view.alerts is not None else {}
        view.show_page(page)
        if page == CAMERA:
            qtbot.mouseClick(view.camera.full_frame, Qt.MouseButton.LeftButton)
        elif view.alerts is not None:
            editors["alerts.caution_s"].set_value(2.5)
            qtbot.mouseClick(view.alerts.apply, Qt.MouseButton.LeftButton)
        seen.append((setup.mount, editors["right_hand_drive"].value, setup.needs_check("rtsp://cabin/1")))
        window.close()

    for _ in range(2):
        QTimer.singleShot(100, look)
        assert run_dashboard(None) == 0
    before, after = notices
    crop = (0.0, 0.0, 1.0, 1.0) if page == CAMERA else (0.3, 0.1, 0.95, 1.0)
    # Only another crop must be checked again.
    assert seen == [(Mount(crop=crop, mirror=True), True, page == CAMERA)] * 2
    assert len(before) == 1 and before[0].startswith("the view is mirrored: ") and says in before[0]
    assert after == []
    assert Mount.load(user_mount_file()).mirror and read_policy(user_policy_file()).right_hand_drive


@pytest.mark.usefixtures("plain_start")
def test_right_hand_drive_that_is_locked_mirrors_the_window_s_view_too(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    old_file("policy_right_hand_drive.toml", tmp_path / "site", "policy.toml")
    mirrored: list[bool] = []
    enabled: list[bool] = []

    def look() -> None:
        setup = _window().setup_view.setup
        mirrored.append(setup.mount.mirror)
        setup.set_mount(Mount())
        mirrored.append(setup.mount.mirror)
        form = PolicyForm(setup.base_policy, setup.locked_settings)
        enabled.extend(form.editors[name].widget.isEnabled() for name in ("right_hand_drive", "alerts.caution_s"))
        _window().close()

    QTimer.singleShot(100, look)
    assert run_dashboard(None) == 0
    assert mirrored == [True, True]
    assert enabled == [False, True]
