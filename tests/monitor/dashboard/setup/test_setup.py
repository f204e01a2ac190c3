"""The settings view and the first use, driven as a user would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from engines.benchmarks.timing import LatencyPercentiles
from engines.bundles.bundle import Bundle
from engines.bundles.manifest import DEFAULT_BUNDLE
from engines.errors import UserError
from engines.view import Mount
from monitor.alerts.events import Tier
from monitor.alerts.policy_file import PolicySettings, read_policy
from monitor.dashboard import app
from monitor.dashboard.settings_store import SettingsStore
from monitor.dashboard.setup.engine_page import EnginePage
from monitor.dashboard.setup.view import ALERTS, APPEARANCE, CAMERA
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.background_task import Progress
from monitor.dashboard.window.main_window import DRIVE, SETUP
from monitor.live import options
from monitor.live.drive_speed import DriveSpeed, measure_drive
from monitor.live.engine import Engine, EngineOptions
from monitor.live.user_files import read_choices, user_settings_file
from monitor.sources import Frame
from monitor.viewmodel.live_message import Action
from monitor.viewmodel.state import Phase
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, fake_engine, frames_of, picture, write_video

MakeDashboard = Callable[..., Dashboard]


def camera(activity: Activity = Activity.SAFE_DRIVING) -> FakeSource:
    """A live camera for a minute."""
    frames = [Frame(picture(activity, index), 0.0, index) for index in range(2000)]
    source = FakeSource(frames, live=True, interval_s=0.03)
    source.name = "camera 0"
    return source


@pytest.fixture
def settled() -> Iterator[Callable[[], None]]:
    """Has Qt delete what was replaced, as its event loop would."""

    def settle() -> None:
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    return settle  # type: ignore[return-value]


def drag(qtbot: QtBot, editor: QWidget, one: tuple[float, float], other: tuple[float, float]) -> None:
    rect = editor.frame_rect  # type: ignore[attr-defined]
    points = [QPoint(round(rect.x() + x * rect.width()), round(rect.y() + y * rect.height())) for x, y in (one, other)]
    qtbot.mousePress(editor, Qt.MouseButton.LeftButton, pos=points[0])
    qtbot.mouseMove(editor, points[1])
    qtbot.mouseRelease(editor, Qt.MouseButton.LeftButton, pos=points[1])


def test_a_box_is_dragged_and_holds_at_once(dashboard: Dashboard, qtbot: QtBot, tmp_path: Path) -> None:
    dashboard.play(camera())
    dashboard.until(lambda: dashboard.state.frame is not None)
    window = dashboard.window
    qtbot.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert window.views.currentIndex() == SETUP
    page = window.setup_view.camera
    drag(qtbot, page.editor, (0.2, 0.1), (0.8, 0.9))
    file = tmp_path / "user config" / "mount.toml"
    mount = Mount.load(file)
    assert mount.crop == pytest.approx((0.2, 0.1, 0.8, 0.9), abs=0.01)
    dashboard.until(lambda: dashboard.state.mount.crop == pytest.approx(mount.crop, abs=1e-4))
    assert not dashboard.state.mount.mirror
    page.mirror.click()
    dashboard.until(lambda: dashboard.state.mount.mirror)
    assert Mount.load(file).mirror
    drag(qtbot, page.editor, (0.5, 0.5), (0.45, 0.5))
    assert Mount.load(file).crop == pytest.approx((0.15, 0.1, 0.75, 0.9), abs=0.02)
    before = Mount.load(file).crop
    qtbot.keyClick(page.editor, Qt.Key.Key_Right)
    qtbot.keyClick(page.editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    after = Mount.load(file).crop
    assert after[0] == pytest.approx(before[0] + 0.01) and after[3] == pytest.approx(before[3] - 0.01)
    drag(qtbot, page.editor, (0.05, 0.02), (0.07, 0.04))
    assert Mount.load(file).crop == after
    qtbot.mouseClick(page.full_frame, Qt.MouseButton.LeftButton)
    assert Mount.load(file).crop == (0.0, 0.0, 1.0, 1.0)


def test_a_new_camera_is_checked_before_it_warns(
    make_dashboard: MakeDashboard, qtbot: QtBot, settings_store: SettingsStore
) -> None:
    dashboard = make_dashboard(settings_store=settings_store)
    dashboard.controller.needs_check = dashboard.setup.needs_check
    dashboard.play(camera(Activity.TEXTING_RIGHT), "0")
    dashboard.until(lambda: dashboard.state.alert is not None and dashboard.state.alert.tier is Tier.CAUTION)
    window, state = dashboard.window, dashboard.state
    assert not state.armed and state.tier is Tier.NONE and not state.events.entries
    assert window.banner.content.word == "Alerts off" and not dashboard.player.played
    qtbot.mouseClick(window.drive_view.message.button(Action.CHECK), Qt.MouseButton.LeftButton)
    page = window.setup_view.camera
    assert window.views.currentIndex() == SETUP and window.setup_view.stack.currentIndex() == CAMERA
    qtbot.mouseClick(page.check, Qt.MouseButton.LeftButton)
    dashboard.until(lambda: page.checked, timeout_s=60.0)
    assert page.start.text() == "Turn alerts on"
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    assert window.views.currentIndex() == DRIVE and state.armed
    dashboard.until(lambda: state.tier is not Tier.NONE)
    assert not dashboard.setup.needs_check("0") and dashboard.setup.needs_check("1")
    assert not dashboard.setup.needs_check("drive.mp4")


def test_a_mount_that_is_changed_while_the_drive_opens_holds_from_the_first_frame(
    make_dashboard: MakeDashboard, tmp_path: Path
) -> None:
    opening, go_on = threading.Event(), threading.Event()

    def open_slowly() -> Engine:
        opening.set()
        assert go_on.wait(60.0)
        return fake_engine()

    dashboard = make_dashboard(open_engine=open_slowly)
    dashboard.play(FakeSource(frames_of([(Activity.SAFE_DRIVING, 1.0)])))
    assert opening.wait(60.0)
    dashboard.setup.set_mount(Mount(mirror=True))
    go_on.set()
    dashboard.until_phase(Phase.ENDED)
    assert dashboard.state.drive is not None and dashboard.state.drive.mount.mirror
    assert dashboard.state.result is not None and dashboard.state.result.mount.mirror
    assert make_dashboard().setup.mount.mirror, "the next start shows what was shown"


def test_a_mount_that_cannot_be_saved_does_not_hold(make_dashboard: MakeDashboard, tmp_path: Path) -> None:
    (tmp_path / "user config").write_text("a file where the folder should be")
    dashboard = make_dashboard()
    page = dashboard.window.setup_view.camera
    page.mirror.click()
    assert not dashboard.setup.mount.mirror and not page.mirror.isChecked()
    assert any("cannot write" in notice for notice in dashboard.state.notices)


def test_a_mount_file_that_is_named_is_the_one_that_is_written(
    make_dashboard: MakeDashboard, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "camera.toml"
    Mount(crop=(0.5, 0.0, 1.0, 1.0)).save(file)
    dashboard = make_dashboard(mount_path=file)
    assert dashboard.setup.mount.crop[0] == 0.5
    dashboard.window.setup_view.camera.mirror.click()
    assert Mount.load(file) == Mount(crop=(0.5, 0.0, 1.0, 1.0), mirror=True)
    assert not (tmp_path / "user config" / "mount.toml").exists()


def test_a_damaged_mount_file_of_the_user_is_set_aside(make_dashboard: MakeDashboard, tmp_path: Path) -> None:
    folder = tmp_path / "user config"
    folder.mkdir()
    (folder / "mount.toml").write_text("crop = [0.1, 0.")
    dashboard = make_dashboard()
    assert dashboard.setup.mount == Mount()
    assert "mount.toml.damaged" in dashboard.state.notices[0] and (folder / "mount.toml.damaged").is_file()


def test_mirror_and_right_hand_drive_are_one_switch(
    make_dashboard: MakeDashboard, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "user config").mkdir()
    file = tmp_path / "user config" / "policy.toml"
    file.write_text("right_hand_drive = true\n")
    dashboard = make_dashboard()
    assert dashboard.setup.mount.mirror
    window = dashboard.window
    window.show_view(SETUP)
    view, page = window.setup_view, window.setup_view.camera
    page.show_mount(dashboard.setup.mount)
    assert page.mirror.isChecked()
    dashboard.play(camera())
    dashboard.until(lambda: dashboard.state.frame is not None)
    drag(qtbot, page.editor, (0.2, 0.1), (0.8, 0.9))
    assert dashboard.setup.mount.mirror, "a box that is drawn mirrors nothing back"
    view.show_page(ALERTS)
    assert view.alerts is not None and view.alerts.form.editors["right_hand_drive"].value is True
    page.mirror.click()
    assert not dashboard.setup.mount.mirror and not read_policy(file).right_hand_drive
    assert view.alerts is not None and view.alerts.form.editors["right_hand_drive"].value is False
    view.alerts.form.editors["right_hand_drive"].set_value(True)
    qtbot.mouseClick(view.alerts.apply, Qt.MouseButton.LeftButton)
    assert page.mirror.isChecked() and dashboard.setup.mount.mirror and read_policy(file).right_hand_drive


def test_a_chosen_camera_is_the_first_choice_at_the_next_start(
    make_dashboard: MakeDashboard, settings_store: SettingsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard = make_dashboard(settings_store=settings_store)
    dashboard.sources = dict.fromkeys(("0", "2", "rtsp://cabin/1"), camera)
    monkeypatch.setattr("monitor.sources.find_cameras", lambda: [0, 2])
    for chosen, opened in (("2", "2"), ("rtsp://cabin/1", "rtsp://cabin/1"), ("7", "0"), ("", "0")):
        app.start(dashboard.window, options.first_camera(chosen))
        assert dashboard.state.spec == opened
    dashboard.window.choose_source()
    assert dashboard.window.dialog is not None
    dashboard.window.dialog.address.setText("2")
    dashboard.window.dialog.open_address.click()
    assert read_choices(user_settings_file())[0].source == "2" and dashboard.state.spec == "2"
    assert options.first_camera(read_choices(user_settings_file())[0].source) == "2"


def test_a_view_that_is_wrong_says_what_is_wrong(dashboard: Dashboard, qtbot: QtBot) -> None:
    same = [Frame(picture(Activity.SAFE_DRIVING, 1), 0.0, index) for index in range(2000)]
    dashboard.play(FakeSource(same, live=True, interval_s=0.03))
    dashboard.until(lambda: dashboard.state.frame is not None)
    dashboard.window.check_view()
    page = dashboard.window.setup_view.camera
    qtbot.mouseClick(page.check, Qt.MouseButton.LeftButton)
    dashboard.until(lambda: "✗" in page.verdict.text())
    assert not page.checked


def latency(milliseconds: float) -> LatencyPercentiles:
    return LatencyPercentiles(p50=milliseconds, p90=milliseconds, p99=2 * milliseconds)


def measured(choice: EngineOptions, progress: Progress) -> DriveSpeed:
    progress(0.5, "warming up")
    stages = {"view": latency(1.0), "regions": latency(9.0), "network": latency(10.0)}
    return DriveSpeed("a fake <runtime>", "fake", 50.4, stages, 200)


def test_the_engine_is_measured_in_the_background(qtbot: QtBot) -> None:
    page = EnginePage(EngineOptions(), measured)
    qtbot.addWidget(page)
    page.show()
    qtbot.mouseClick(page.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "10.0 ms" in page.result.text(), timeout=20_000)
    assert "50 frames a second" in page.result.text() and page.run.isEnabled()
    assert "regions" in page.result.text() and "&lt;runtime&gt;" in page.result.text()


def test_what_is_measured_is_a_drive_with_the_engine_that_is_chosen(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[EngineOptions] = []

    def open_engine(options: EngineOptions) -> Engine:
        asked.append(options)
        return fake_engine(options=options)

    drive = write_video(tmp_path / "drive.mp4", frames_of([(Activity.SAFE_DRIVING, 5.0)]))
    chosen = EngineOptions(precision="int8", regions="tracked", max_fps=5.0, adaptive=True)
    run = partial(measure_drive, source=str(drive), open_engine=open_engine, frames=40)
    monkeypatch.setattr("monitor.dashboard.setup.engine_page.measure_drive", run)
    page = EnginePage(chosen)
    qtbot.addWidget(page)
    page.show()
    qtbot.mouseClick(page.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "on 20 frames" in page.result.text(), timeout=20_000)
    # Without the limit: what is asked is how many the machine can do.
    assert asked == [replace(chosen, max_fps=None, adaptive=False)]
    for stage in ("capture", "view", "regions", "network", "policy"):
        assert stage in page.result.text()


def test_a_drive_that_is_too_short_or_ended_measures_nothing(tmp_path: Path) -> None:
    drive = write_video(tmp_path / "drive.mp4", frames_of([(Activity.SAFE_DRIVING, 1.0)]))
    run = partial(measure_drive, EngineOptions(), source=str(drive), open_engine=lambda _options: fake_engine())
    with pytest.raises(UserError, match="has 10 frames"):
        run()
    seen: list[float] = []

    def ends(fraction: float) -> bool:
        seen.append(fraction)
        return len(seen) < 3

    assert run(ends) is None and len(seen) < 8


def test_a_measurement_that_fails_or_is_stopped_leaves_the_page_usable(qtbot: QtBot) -> None:
    def fails(choice: EngineOptions, progress: Progress) -> DriveSpeed:
        raise UserError("tensorrt cannot be loaded: install it, or choose another")

    def endless(choice: EngineOptions, progress: Progress) -> DriveSpeed:
        while True:
            progress(words="measuring")

    for measure, stop, words in ((fails, False, "tensorrt cannot be loaded"), (endless, True, "")):
        page = EnginePage(EngineOptions(), measure)
        qtbot.addWidget(page)
        page.show()
        qtbot.mouseClick(page.run, Qt.MouseButton.LeftButton)
        if stop:
            qtbot.mouseClick(page.cancel, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(page.run.isEnabled, timeout=20_000)
        assert words in page.status.text()
        page.close_page()


def test_another_engine_is_used_and_remembered(
    make_dashboard: MakeDashboard, qtbot: QtBot, settings_store: SettingsStore, tmp_path: Path
) -> None:
    dashboard = make_dashboard(settings_store=settings_store)
    dashboard.sources["drive"] = lambda: FakeSource(frames_of([(Activity.SAFE_DRIVING, 30.0)]), interval_s=0.01)
    dashboard.controller.open("drive")
    dashboard.until(lambda: dashboard.state.since_s > 0.5)
    page = dashboard.window.setup_view.engine
    dashboard.window.show_view(SETUP)
    assert not page.apply.isEnabled()
    page.bundle.setText(str(tmp_path))
    page.apply.click()
    dashboard.until(lambda: "manifest" in page.status.text().lower())
    assert dashboard.setup.engine_cache.options.bundle is None
    page.bundle.clear()
    page.precision.setCurrentIndex(page.precision.findData("auto"))
    page.apply.click()
    dashboard.until(lambda: dashboard.setup.engine_cache.options.precision == "auto")
    assert read_choices(user_settings_file())[0].precision == "auto"
    dashboard.until(lambda: dashboard.state.phase is Phase.RUNNING)


def test_a_limit_of_frames_and_the_adaptive_mode_are_used_and_remembered(
    make_dashboard: MakeDashboard, settings_store: SettingsStore
) -> None:
    opened: list[EngineOptions] = []

    def open_engine(options: EngineOptions) -> Engine:
        opened.append(options)
        return fake_engine(options=options)

    dashboard = make_dashboard(settings_store=settings_store, open_options=open_engine)
    dashboard.sources["0"] = lambda: FakeSource(frames_of([(Activity.SAFE_DRIVING, 60.0)]), live=True, interval_s=0.01)
    dashboard.controller.open("0")
    dashboard.until(lambda: dashboard.state.since_s > 0.2)
    assert dashboard.state.performance.skipped == 0 and "skipped" not in dashboard.window.status.dropped.text()
    page = dashboard.window.setup_view.engine
    assert page.limit.currentData() is None and not page.adaptive.isChecked()
    page.limit.setCurrentIndex(page.limit.findData(10.0))
    page.adaptive.setChecked(True)
    page.apply.click()
    dashboard.until(lambda: dashboard.setup.engine_cache.options.max_fps == 10.0)
    dashboard.until(lambda: dashboard.state.performance.skipped > 5)
    assert (opened[-1].max_fps, opened[-1].adaptive) == (10.0, True)
    choices = read_choices(user_settings_file())[0]
    assert (choices.max_fps, choices.adaptive) == (10.0, True)
    status = dashboard.window.status
    dashboard.until(lambda: "skipped (rate limit)" in status.dropped.text())
    # In a small window the number alone, in a smaller one not even that.
    status.set_layout_size(600.0)
    assert status.dropped.text().endswith(" skipped")
    status.set_layout_size(500.0)
    assert "skipped" not in status.dropped.text()


def test_the_remembered_limit_is_shown_and_one_from_the_command_line_too(qtbot: QtBot) -> None:
    for limit in (10.0, 12.5, None):
        page = EnginePage(EngineOptions(max_fps=limit, adaptive=True), measured)
        qtbot.addWidget(page)
        assert page.chosen == EngineOptions(max_fps=limit, adaptive=True)
        assert not page.apply.isEnabled()


def test_a_limit_below_the_policy_s_is_refused(qtbot: QtBot, tmp_path: Path) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text("[alerts]\nframe_holds_s = 0.5\n", encoding="utf-8")
    page = EnginePage(EngineOptions(policy=policy), measured)
    qtbot.addWidget(page)
    page.limit.setCurrentIndex(page.limit.findData(5.0))
    page.apply.click()
    qtbot.waitUntil(lambda: "choose 6 or more" in page.status.text(), timeout=20_000)


def test_every_setting_of_the_policy_can_be_changed(dashboard: Dashboard, qtbot: QtBot, tmp_path: Path) -> None:
    dashboard.window.show_view(SETUP)
    dashboard.window.setup_view.show_page(ALERTS)
    page = dashboard.window.setup_view.alerts
    assert page is not None
    names = {"right_hand_drive"}
    for table in ("alerts", "health"):
        names |= {f"{table}.{name}" for name in type(getattr(PolicySettings(), table)).model_fields}
    assert set(page.form.editors) == names
    assert not page.apply.isEnabled() and not page.reset.isEnabled()

    editor = page.form.editors["alerts.caution_s"]
    editor.set_value(3600.0)
    assert editor.value == 10.0  # what the policy allows at most
    editor.set_value(2.5)
    assert editor.reset.isVisible() and page.apply.isEnabled()
    page.form.editors["alerts.warning_fast_s"].set_value(1.0)
    assert not page.apply.isEnabled() and "“Caution”, “Warning at high speed”" in page.status.text()
    qtbot.mouseClick(page.form.editors["alerts.warning_fast_s"].reset, Qt.MouseButton.LeftButton)
    page.form.editors["alerts.enter_by_activity"].set_value({"c5": 0.8})
    page.form.editors["alerts.snooze_up_to"].set_value("none")
    qtbot.mouseClick(page.apply, Qt.MouseButton.LeftButton)
    file = tmp_path / "user config" / "policy.toml"
    policy = read_policy(file).alerts
    assert (policy.caution_s, policy.enter_by_activity, policy.snooze_up_to) == (2.5, {"c5": 0.8}, "none")
    assert dashboard.setup.engine_cache.options.policy == file
    qtbot.mouseClick(page.reset, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.apply, Qt.MouseButton.LeftButton)
    assert read_policy(file, Bundle.open(DEFAULT_BUNDLE).manifest.thresholds) == dashboard.setup.base_policy


def test_themes_text_size_and_language_hold_at_once(
    make_dashboard: MakeDashboard, qtbot: QtBot, settings_store: SettingsStore, settled: Callable[[], None]
) -> None:
    dashboard = make_dashboard(settings_store=settings_store)
    dashboard.play(FakeSource(frames_of([(Activity.SAFE_DRIVING, 1.0)])))
    dashboard.until_phase(Phase.ENDED)
    window = dashboard.window
    window.show_view(SETUP)
    window.setup_view.show_page(APPEARANCE)
    listeners = len(dashboard.state.observed), len(dashboard.state.drive_changed)

    page = window.setup_view.appearance
    qtbot.mouseClick(page.themes.buttons[2], Qt.MouseButton.LeftButton)
    dashboard.until(lambda: window.setup_view.appearance is not page)
    assert palette.theme().name == "night-red" == settings_store.theme.name
    page = window.setup_view.appearance
    page.scale.setFocus()
    for _ in range(4):
        qtbot.keyClick(window.setup_view.appearance.scale, Qt.Key.Key_Right)
        qtbot.wait(20)
    assert palette.scale() == pytest.approx(1.4) and settings_store.scale == pytest.approx(1.4)
    qtbot.mouseClick(window.setup_view.appearance.languages.buttons[1], Qt.MouseButton.LeftButton)
    dashboard.until(lambda: window.header.views.buttons[0].text() == "Fahrt")
    assert window.views.currentIndex() == SETUP and window.setup_view.stack.currentIndex() == APPEARANCE
    settled()
    assert (len(dashboard.state.observed), len(dashboard.state.drive_changed)) == listeners
    window.show_view(DRIVE)
    assert window.drive_view.message.button(Action.REPLAY).text() == "Von vorn"


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("size", [(800, 480), (1920, 1080)])
def test_nothing_is_cut_off(
    make_dashboard: MakeDashboard, settings_store: SettingsStore, size: tuple[int, int], scale: float, qtbot: QtBot
) -> None:
    dashboard = make_dashboard(settings_store=settings_store)
    window = dashboard.window
    dashboard.setup.choose_scale(scale)
    window.resize(*size)
    window.show_view(SETUP)
    for page in range(window.setup_view.stack.count()):
        window.setup_view.show_page(page)
        qtbot.wait(20)
        assert (window.width(), window.height()) == size
        for button in window.setup_view.findChildren(QPushButton):
            corner = button.mapTo(window, button.rect().topLeft())
            assert not button.isVisible() or corner.x() < window.width(), button.text()


def test_everything_can_be_reached_by_keyboard(dashboard: Dashboard, qtbot: QtBot) -> None:
    window = dashboard.window
    window.show_view(SETUP)
    window.setup_view.show_page(APPEARANCE)
    page = window.setup_view.appearance
    reached = set()
    window.setup_view.setFocus()
    for _ in range(40):
        qtbot.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
        reached.add(window.focusWidget())
    groups = (window.header.views, window.setup_view.pages, page.themes, page.languages)
    assert page.scale in reached
    for group in groups:
        assert any(button in reached for button in group.buttons), group.accessibleName()
    pages = window.setup_view.pages
    pages.buttons[APPEARANCE].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(pages.buttons[APPEARANCE], Qt.Key.Key_Left)
    assert window.setup_view.stack.currentIndex() == ALERTS
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert window.setup_view.stack.currentIndex() == CAMERA
