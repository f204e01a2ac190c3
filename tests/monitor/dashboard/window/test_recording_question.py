"""What is recorded: asked once when a camera is first used, chosen in the settings, said while it is recorded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import platformdirs
import pytest
from pytestqt.qtbot import QtBot

from monitor.dashboard.controller import DriveController
from monitor.dashboard.replay.controller import ReplayTools
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.window.main_window import DRIVE, SETUP, MainWindow
from monitor.journal.recording.recorder import Recorder
from monitor.journal.store.opening import open_for_reading
from monitor.journal.store.writer import Store
from monitor.live.engine import EngineCache, EngineOptions
from monitor.live.pin_lock import PinLock
from monitor.live.recording.choice import Privacy, Recorded
from monitor.live.recording.recordings import Recordings
from monitor.live.store_listener import StoreListener
from monitor.live.user_files import read_choices, user_settings_file
from monitor.sources import Frame, Source
from monitor.sources.encoded import Tap
from monitor.speed.source import FixedSpeed
from monitor.viewmodel.state import DashboardState, Phase
from tests.monitor.dashboard.conftest import FakeSoundPlayer
from tests.monitor.fakes import FakeSource, fake_engine, frames_of

CAMERA = "rtsp://camera/cabin"


class Tapped(FakeSource):
    """A camera without packets."""

    def __init__(self, tap: Tap | None) -> None:
        super().__init__(frames_of([(0, 60.0)]), live=True, interval_s=0.05)
        self.tap = tap

    def read(self) -> Frame | None:
        frame = super().read()
        if frame is not None and self.tap is not None:
            self.tap.frame(frame)
        return frame


@pytest.fixture(autouse=True)
def users_files_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda _name: str(tmp_path / "config"))
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda _name: str(tmp_path / "data"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "store")
    yield opened
    opened.close(60.0)


def window_of(
    qtbot: QtBot,
    store: Store | None,
    privacy: Privacy,
    *,
    armed: bool = False,
    may_open: threading.Event | None = None,
) -> tuple[MainWindow, list[Tapped]]:
    opened: list[Tapped] = []

    def open_source(_spec: str, tap: Tap | None = None) -> Source:
        if may_open is not None:
            may_open.wait(60.0)
        opened.append(Tapped(tap))
        return opened[-1]

    cache = EngineCache(EngineOptions(), open_engine=lambda _options: fake_engine())
    controller = DriveController(
        DashboardState(),
        cache,
        open_source=open_source,
        open_speed=lambda _spec, _lost_s: FixedSpeed(None),
        store_listener=None if store is None else partial(StoreListener, store),
        recordings=Recordings(store, privacy),
        needs_check=lambda _spec: not armed,
    )
    setup = SetupController(controller, cache, None, choices_path=user_settings_file())
    window = MainWindow(controller, setup, ReplayTools(lambda: fake_engine()), player=FakeSoundPlayer())
    qtbot.addWidget(window)
    window.show()
    return window, opened


def test_the_question_is_asked_once_and_the_answer_holds(qtbot: QtBot, store: Store) -> None:
    window, opened = window_of(qtbot, store, Privacy())
    assert not window.recording_question.isVisible()
    window.controller.open(CAMERA)
    qtbot.waitUntil(lambda: window.state.phase is Phase.RUNNING, timeout=60_000)
    assert window.recording_question.isVisible() and opened[-1].tap is None, "nothing until it is chosen"
    assert not window.status.recording.isVisible()
    window.recording_question.buttons[Recorded.INCIDENTS].click()
    qtbot.waitUntil(lambda: len(opened) == 2 and window.state.phase is Phase.RUNNING, timeout=60_000)
    assert opened[-1].tap is not None and not window.recording_question.isVisible()
    assert window.status.recording.isVisible()
    choices, _ = read_choices(user_settings_file())
    assert choices.record == "incidents"
    window.close()
    window.controller.recordings.close()


def test_who_chooses_nothing_is_not_asked_again_and_the_drive_goes_on(qtbot: QtBot, store: Store) -> None:
    window, opened = window_of(qtbot, store, Privacy())
    window.controller.open(CAMERA)
    qtbot.waitUntil(lambda: window.state.phase is Phase.RUNNING, timeout=60_000)
    window.recording_question.buttons[Recorded.NOTHING].click()
    assert not window.recording_question.isVisible() and len(opened) == 1
    assert read_choices(user_settings_file())[0].record == "nothing"
    window.close()


def test_more_is_recorded_from_the_next_drive_on_while_alerts_are_on(qtbot: QtBot, store: Store) -> None:
    window, opened = window_of(qtbot, store, Privacy(), armed=True)
    window.controller.open(CAMERA)
    qtbot.waitUntil(lambda: window.state.phase is Phase.RUNNING, timeout=60_000)
    window.recording_question.buttons[Recorded.INCIDENTS].click()
    assert len(opened) == 1 and window.state.phase is Phase.RUNNING, "the driver is watched on"
    assert window.notices.isVisible() and "next drive" in window.notices.text.text()
    assert not window.recording_question.isVisible() and not window.status.recording.isVisible()
    window.controller.restart()
    qtbot.waitUntil(lambda: len(opened) == 2 and window.state.phase is Phase.RUNNING, timeout=60_000)
    assert opened[-1].tap is not None and window.status.recording.isVisible()
    window.close()
    window.controller.recordings.close()
    store.close(60.0)


@pytest.mark.parametrize("is_opening", [False, True])
def test_nothing_holds_at_once_and_the_drive_goes_on(qtbot: QtBot, store: Store, is_opening: bool) -> None:
    may_open = threading.Event()
    window, opened = window_of(
        qtbot, store, Privacy(Recorded.EVERYTHING, is_chosen=True), armed=True, may_open=may_open
    )
    window.controller.open(CAMERA)
    if is_opening:
        window.setup_view.recording.cards.buttons[0].click()
    may_open.set()
    qtbot.waitUntil(lambda: window.state.phase is Phase.RUNNING, timeout=60_000)
    if not is_opening:
        assert window.status.recording.isVisible()
        window.setup_view.recording.cards.buttons[0].click()
    assert not window.status.recording.isVisible() and len(opened) == 1
    (recorder,) = {opened[0].tap}
    assert isinstance(recorder, Recorder)
    qtbot.waitUntil(lambda: recorder.is_over, timeout=60_000)
    window.close()
    store.close(60.0)
    with closing(open_for_reading(store.folder)) as database:
        assert database.clips() == []


def test_who_does_not_know_the_pin_is_not_asked(qtbot: QtBot, store: Store) -> None:
    window, _ = window_of(qtbot, store, Privacy())
    PinLock().set("4711")
    window.setup_gate.refresh()
    window.controller.open(CAMERA)
    qtbot.waitUntil(lambda: window.state.phase is Phase.RUNNING, timeout=60_000)
    assert not window.recording_question.isVisible()
    window.show_view(SETUP)
    assert not window.recording_question.isVisible()
    window.setup_gate.refresh(unlocked=True)
    assert window.recording_question.isVisible()
    window.show_view(DRIVE)
    assert not window.recording_question.isVisible()
    window.close()


@pytest.mark.parametrize("privacy", [Privacy(), Privacy(Recorded.NOTHING, is_chosen=True)])
def test_nobody_is_asked_without_a_store_or_who_has_chosen(qtbot: QtBot, store: Store, privacy: Privacy) -> None:
    window, _ = window_of(qtbot, store if privacy.is_chosen else None, privacy)
    window.controller.open(CAMERA)
    qtbot.waitUntil(lambda: window.state.phase is Phase.RUNNING, timeout=60_000)
    assert not window.recording_question.isVisible()
    window.close()


def test_settings_show_what_holds_and_a_lock_cannot_be_changed(qtbot: QtBot, store: Store) -> None:
    window, _ = window_of(qtbot, store, Privacy(Recorded.INCIDENTS, is_chosen=True))
    recording = window.setup_view.recording
    assert recording.cards.current == 1 and recording.cards.isEnabled()
    recording.cards.buttons[2].click()
    assert window.controller.recordings.privacy.record is Recorded.EVERYTHING
    locked = Privacy(Recorded.NOTHING, is_chosen=True, locked=Path("/etc/xdg/driver-monitor/privacy.toml"))
    recording.show_privacy(locked, is_possible=True)
    assert not recording.cards.isEnabled() and "privacy.toml" in recording.about.text()
    window.controller.recordings.privacy = locked
    window._setup.choose_recording(Recorded.EVERYTHING)
    assert window.controller.recordings.privacy == locked
    window.close()


def test_the_closed_loop_keeps_no_image_and_no_review(qtbot: QtBot) -> None:
    window, _ = window_of(qtbot, None, Privacy(is_chosen=True, closed_loop=True))
    window.controller.open(CAMERA)
    qtbot.waitUntil(lambda: window.state.phase is Phase.RUNNING, timeout=60_000)
    written: list[str] = []
    assert not window.controller.export_events(lambda: written.append("events"))
    assert written == [] and any("closed loop" in notice for notice in window.state.notices)
    window.close()
