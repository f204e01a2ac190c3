"""A key or a button that is hit by chance ends no camera's watch: it is asked on the spot, and asked for again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from monitor.dashboard.driver.poses import POSES, strike
from monitor.dashboard.translations import speak
from monitor.dashboard.widgets import palette
from monitor.dashboard.window import main_window
from monitor.dashboard.window.main_window import DRIVE, REPLAY
from monitor.sources import Frame
from monitor.viewmodel.driver.glance import Extent
from monitor.viewmodel.state import Phase
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, frames_of, picture
from tests.monitor.viewmodel.test_state import opened

KEYS = [Qt.Key.Key_X, Qt.Key.Key_Space, Qt.Key.Key_R]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, no question goes before it is looked at."""
    monkeypatch.setattr(main_window, "_HEADER_MS", 600_000)


def watch(dashboard: Dashboard) -> list[FakeSource]:
    """A camera's drive that goes on; the cameras that were opened for it."""
    cameras: list[FakeSource] = []
    images = [picture(Activity.SAFE_DRIVING, index) for index in range(2)]

    def camera() -> FakeSource:
        frames = [Frame(images[index % 2], index / 25.0, index) for index in range(20_000)]
        cameras.append(FakeSource(frames, live=True, interval_s=0.01))
        return cameras[-1]

    dashboard.sources["0"] = camera
    dashboard.controller.open("0")
    dashboard.until(lambda: dashboard.state.alert is not None and dashboard.state.frame is not None)
    return cameras


def assert_watched(dashboard: Dashboard) -> None:
    """The camera's frames go on being classified."""
    state, seen = dashboard.state, dashboard.state.frame
    assert seen is not None
    until = seen.index + 5
    dashboard.until(lambda: (state.frame is not None and state.frame.index > until) or state.phase is not Phase.RUNNING)
    assert state.phase is Phase.RUNNING


@pytest.fixture
def watching(dashboard: Dashboard) -> Dashboard:
    watch(dashboard)
    return dashboard


@pytest.mark.parametrize("key", KEYS)
def test_a_key_hit_once_asks_and_the_camera_watches_on(watching: Dashboard, key: Qt.Key, qtbot: QtBot) -> None:
    question = watching.window.question
    assert not question.isVisible()
    qtbot.keyClick(watching.window, key)
    assert question.isVisible() and "not watched" in question.text.full_text
    qtbot.mouseClick(question.stay, Qt.MouseButton.LeftButton)
    assert not question.isVisible()
    assert_watched(watching)


def test_the_same_key_again_ends_the_drive(watching: Dashboard, qtbot: QtBot) -> None:
    qtbot.keyClick(watching.window, Qt.Key.Key_X)
    qtbot.keyClick(watching.window, Qt.Key.Key_X)
    watching.until_phase(Phase.ENDED)
    assert not watching.window.question.isVisible()


def test_the_same_key_again_pauses_and_resuming_is_not_asked(watching: Dashboard, qtbot: QtBot) -> None:
    for _ in range(2):
        qtbot.keyClick(watching.window, Qt.Key.Key_Space)
    assert watching.state.phase is Phase.PAUSED
    qtbot.keyClick(watching.window, Qt.Key.Key_Space)
    assert watching.state.phase is Phase.RUNNING and not watching.window.question.isVisible()


def test_the_same_key_again_opens_the_camera_again(dashboard: Dashboard, qtbot: QtBot) -> None:
    cameras = watch(dashboard)
    for _ in range(2):
        qtbot.keyClick(dashboard.window, Qt.Key.Key_R)
    dashboard.until(lambda: len(cameras) == 2 and dashboard.state.phase is Phase.RUNNING)


def test_another_key_asks_for_itself(watching: Dashboard, qtbot: QtBot) -> None:
    qtbot.keyClick(watching.window, Qt.Key.Key_X)
    qtbot.keyClick(watching.window, Qt.Key.Key_Space)
    assert watching.window.question.leave.text() == "Pause"
    assert_watched(watching)


def test_a_key_that_is_held_down_agrees_to_nothing(watching: Dashboard, qtbot: QtBot) -> None:
    window = watching.window
    qtbot.keyPress(window, Qt.Key.Key_X)
    for _ in range(5):
        QTest.simulateEvent(window, True, Qt.Key.Key_X, Qt.KeyboardModifier.NoModifier, "x", True, -1)
    qtbot.keyRelease(window, Qt.Key.Key_X)
    assert window.question.isVisible()
    assert_watched(watching)


def test_the_mouse_ends_it_in_two_steps_at_two_places(watching: Dashboard, qtbot: QtBot) -> None:
    header, question = watching.window.header, watching.window.question
    qtbot.mouseClick(header.stop, Qt.MouseButton.LeftButton)
    assert_watched(watching)
    qtbot.mouseClick(question.leave, Qt.MouseButton.LeftButton)
    watching.until_phase(Phase.ENDED)


def test_a_double_click_ends_nothing(watching: Dashboard, qtbot: QtBot) -> None:
    for _ in range(2):
        qtbot.mouseDClick(watching.window.header.stop, Qt.MouseButton.LeftButton)
    assert_watched(watching)


def test_the_question_goes_with_the_drive_and_with_its_view(watching: Dashboard, qtbot: QtBot) -> None:
    window = watching.window
    qtbot.keyClick(window, Qt.Key.Key_X)
    window.show_view(REPLAY)
    assert not window.question.isVisible()
    window.show_view(DRIVE)
    watching.controller.stop()
    watching.until_phase(Phase.ENDED)
    assert not window.question.isVisible()


def test_it_goes_by_itself(watching: Dashboard, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_window, "_HEADER_MS", 20)
    watching.setup.theme_applied.emit()
    question = watching.window.question
    qtbot.keyClick(watching.window, Qt.Key.Key_X)
    watching.until(lambda: not question.isVisible())
    assert_watched(watching)


def test_in_the_driver_s_view_it_is_asked_too_but_not_during_a_critical_alert(
    dashboard: Dashboard, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, state, ended = dashboard.window, dashboard.state, []
    monkeypatch.setattr(dashboard.controller, "stop", lambda: ended.append("ended"))
    window.resize(800, 480)
    window.toggle_driver()
    state.begin("0")
    state.on_event(opened(live=True))
    strike(state, POSES["attentive"])
    qtbot.keyClick(window, Qt.Key.Key_X)
    assert window.question.isVisible() and window.header.isVisible()
    strike(state, POSES["critical"])
    assert window.driver_view.shown.extent is Extent.FULL and not window.question.isVisible()
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_X)
    assert not ended
    strike(state, POSES["attentive"])
    assert window.question.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_X)
    assert ended == ["ended"] and not window.question.isVisible()


def test_nothing_is_asked_of_a_recording_or_while_alerts_are_off(dashboard: Dashboard, qtbot: QtBot) -> None:
    dashboard.play(FakeSource(frames_of([(Activity.SAFE_DRIVING, 60.0)]), interval_s=0.05))
    dashboard.until(lambda: dashboard.state.alert is not None)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_X)
    dashboard.until_phase(Phase.ENDED)
    dashboard.controller.needs_check = lambda _spec: True
    watch(dashboard)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_X)
    dashboard.until_phase(Phase.ENDED)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("size", "scale"), [((480, 320), 1.0), ((800, 480), 2.0)])
def test_its_buttons_fit_into_the_window(
    size: tuple[int, int], scale: float, language: str, make_dashboard: Callable[..., Dashboard], qtbot: QtBot
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(application, language)
    palette.apply(application, chosen_scale=scale)
    dashboard = make_dashboard()
    window = dashboard.window
    window.resize(*size)
    watch(dashboard)
    for _ in ("engineer", "driver"):
        for key in KEYS:
            qtbot.keyClick(window, key)
            for _ in range(4):  # layouts come to rest in steps
                QApplication.processEvents()
            assert window.size().toTuple() == size
            for button in (window.question.leave, window.question.stay):
                assert button.isVisible() and button.width() >= button.sizeHint().width()
                assert window.rect().contains(QRect(button.mapTo(window, QPoint(0, 0)), button.size()))
        window.question.close_question()
        window.toggle_driver()
