"""The drive and the replay show nothing of each other, and an open label is said in every view."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.dashboard.window.main_window import DRIVE, REPLAY, SETUP
from monitor.sources import Frame
from monitor.viewmodel.replay import ReplayPhase
from monitor.viewmodel.state import Phase
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, frames_of, picture, write_video

TEXTING = [(Activity.TEXTING_RIGHT, 60.0)]


def live() -> FakeSource:
    frames = [Frame(picture(Activity.TEXTING_RIGHT, index), index / 25.0, index) for index in range(1500)]
    return FakeSource(frames, live=True, interval_s=0.01)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    return write_video(tmp_path / "drive.mp4", frames_of([(Activity.SAFE_DRIVING, 2.0)]))


def open_replay(dashboard: Dashboard, drive: Path) -> None:
    dashboard.window.show_view(REPLAY)
    dashboard.window.replay.open(str(drive))
    model = dashboard.window.replay.model
    dashboard.until(lambda: model.phase is ReplayPhase.OPEN and model.drive_state.frame is not None)


def test_the_replay_shows_nothing_of_the_drive_but_a_mark_on_its_tab(
    dashboard: Dashboard, drive: Path, qtbot: QtBot
) -> None:
    window, state = dashboard.window, dashboard.state
    tab = window.header.views.buttons[0]
    dashboard.play(live())
    dashboard.until(lambda: state.tier is Tier.CRITICAL)
    assert window.banner.isVisible() and window.status.isVisible() and tab.icon().isNull()
    open_replay(dashboard, drive)
    state.notice("the journal cannot be written")
    assert not window.banner.isVisible() and not window.status.isVisible() and not window.notices.isVisible()
    assert not window.replay_notices.isVisible() and not window.header.source.isVisible()
    assert not tab.icon().isNull() and tab.accessibleName() == "Drive: Critical, Texting, right hand"
    # A camera's driver is alerted all the same.
    assert dashboard.player.played[-1] == "critical"
    qtbot.mouseClick(tab, Qt.MouseButton.LeftButton)
    assert window.banner.isVisible() and window.notices.isVisible() and tab.icon().isNull()
    window.show_view(SETUP)
    assert window.banner.isVisible() and window.notices.isVisible()


def test_the_drive_shows_nothing_of_the_replay(dashboard: Dashboard, drive: Path) -> None:
    window = dashboard.window
    open_replay(dashboard, drive)
    window.replay.noticed.emit("The report is written: out")
    assert window.replay_notices.isVisible() and "report" in window.replay_notices.text.full_text
    for view in (DRIVE, SETUP):
        window.show_view(view)
        assert not window.replay_notices.isVisible() and not window.notices.isVisible()
        assert dashboard.state.frame is None and not dashboard.state.events.entries
    assert window.windowTitle() == "Driver Monitor"


def test_a_recording_that_plays_unseen_is_not_heard(dashboard: Dashboard, drive: Path) -> None:
    window, played = dashboard.window, dashboard.player.played
    dashboard.play(FakeSource(frames_of(TEXTING), interval_s=0.01))
    dashboard.until(lambda: dashboard.state.tier is Tier.CRITICAL)
    assert played[-1] == "critical"
    open_replay(dashboard, drive)
    assert played[-1] == "stop" and not dashboard.state.muted
    window.show_view(DRIVE)
    assert played[-1] == "critical"


def test_what_is_drawn_over_the_image_is_one_choice(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    open_replay(dashboard, drive)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_A)
    dashboard.window.show_view(DRIVE)
    assert dashboard.window.header.regions.isChecked()


@pytest.mark.parametrize("view", [DRIVE, SETUP])
def test_an_open_label_is_said_in_every_view_with_a_way_back_and_an_end(
    dashboard: Dashboard, drive: Path, view: int, qtbot: QtBot
) -> None:
    window, bar = dashboard.window, dashboard.window.open_label
    model = window.replay.model
    open_replay(dashboard, drive)
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert not bar.isVisible(), "the panel of labels says so"
    qtbot.mouseClick(window.replay_view.pages.buttons[1], Qt.MouseButton.LeftButton)
    assert bar.isVisible() and not bar.back.isVisible()
    window.show_view(view)
    assert bar.isVisible() and bar.text.full_text == "A label is open: C1 Texting, right hand from 0:00 on"
    qtbot.mouseClick(bar.back, Qt.MouseButton.LeftButton)
    assert window.views.currentIndex() == REPLAY
    window.replay.seek(1.0)
    dashboard.until(lambda: model.position_s == 1.0)
    window.show_view(view)
    qtbot.mouseClick(bar.end, Qt.MouseButton.LeftButton)
    assert not bar.isVisible() and model.labelling is not None
    assert [(segment.start_s, segment.end_s) for segment in model.labelling.segments] == [(0.0, 1.0)]
    window.replay.label(Activity.DRINKING)
    qtbot.mouseClick(bar.discard, Qt.MouseButton.LeftButton)
    assert not bar.isVisible() and len(model.labelling.segments) == 1


def test_a_small_replay_without_the_panel_of_labels_says_that_one_is_open(dashboard: Dashboard, drive: Path) -> None:
    dashboard.window.resize(480, 320)
    open_replay(dashboard, drive)
    dashboard.window.replay.label(Activity.DRINKING)
    assert dashboard.window.open_label.isVisible()


def test_what_is_empty_says_what_to_do(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    window = dashboard.window
    no_events, no_incidents, labels = (
        window.drive_view.no_events,
        window.replay_view.no_incidents,
        window.replay_view.labels.status,
    )
    assert no_events.isVisible() and "choose a source (Ctrl+O)" in no_events.text()
    dashboard.play(FakeSource(frames_of([(Activity.SAFE_DRIVING, 1.0)])))
    dashboard.until_phase(Phase.ENDED)
    assert no_events.isVisible() and "No incidents yet" in no_events.text()
    window.show_view(REPLAY)
    assert labels.isVisible() and "Open a drive" in labels.text()
    qtbot.mouseClick(window.replay_view.pages.buttons[2], Qt.MouseButton.LeftButton)
    assert no_incidents.isVisible() and "Open a drive" in no_incidents.text()
    open_replay(dashboard, drive)
    assert "L loads a file" in labels.text()
    dashboard.until(lambda: window.replay.model.complete)
    assert no_incidents.text() == "There is no incident in this drive."
