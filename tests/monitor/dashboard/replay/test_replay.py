"""The replay view, driven as a user would."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from engines.files.labels.drive_labels import read_labels
from monitor.alerts.events import Tier
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.dashboard.panels.timeline import ALERT, SEEN
from monitor.dashboard.texts import notice_words
from monitor.dashboard.window import main_window
from monitor.dashboard.window.main_window import REPLAY
from monitor.replay.reviews import change_review, read_reviews
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.replay import ReplayPhase
from monitor.viewmodel.state import Phase
from tests.conftest import ROOT
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeClassifier, FakeSource, frames_of, write_labels, write_tracks, write_video

DRIVE = [(Activity.SAFE_DRIVING, 3.0), (Activity.TEXTING_RIGHT, 7.0), (Activity.SAFE_DRIVING, 4.0)]

MakeDashboard = Callable[..., Dashboard]


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """A recorded drive without labels."""
    return write_video(tmp_path / "drive.mp4", frames_of(DRIVE))


def open_replay(dashboard: Dashboard, drive: Path, *, analysed: bool = True) -> None:
    model = dashboard.window.replay.model
    dashboard.window.show_view(REPLAY)
    dashboard.window.replay.open(str(drive))
    dashboard.until(lambda: model.phase is ReplayPhase.OPEN and model.drive_state.frame is not None)
    dashboard.until_saved()  # its reviews are known
    if analysed:
        dashboard.until(lambda: model.complete)


def at(dashboard: Dashboard, time_s: float) -> None:
    """Go to a time and wait for it."""
    dashboard.window.replay.seek(time_s)
    dashboard.until(lambda: abs(dashboard.window.replay.model.position_s - time_s) < 1e-6)


def test_a_drive_is_analysed_played_and_ends(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    open_replay(dashboard, drive)
    window, model = dashboard.window, dashboard.window.replay.model
    assert model.name == "drive.mp4" and len(model.incidents) == 1
    at(dashboard, 12.9)
    window.replay.set_speed(4.0)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    dashboard.until(lambda: model.playing)
    dashboard.until(lambda: not model.playing)
    assert model.position_s == pytest.approx(13.9)
    qtbot.mouseClick(window.replay_view.transport.play, Qt.MouseButton.LeftButton)
    dashboard.until(lambda: model.playing and model.position_s < 5.0)


def test_the_track_that_is_named_is_shown_and_analysed(
    make_dashboard: MakeDashboard, drive: Path, tmp_path: Path
) -> None:
    quiet = write_video(tmp_path / "quiet.mp4", frames_of([(Activity.SAFE_DRIVING, 5.0)]))
    dashboard = make_dashboard(track=2)
    open_replay(dashboard, write_tracks(tmp_path / "both.mkv", quiet, drive))
    model = dashboard.window.replay.model
    assert model.duration_s == pytest.approx(14.0) and len(model.incidents) == 1
    dashboard.until(lambda: not model.without_thumbnail)
    dashboard.window.replay.export(tmp_path / "report")
    dashboard.until(lambda: (tmp_path / "report" / "report.html").exists())
    assert len(json.loads((tmp_path / "report" / "report.json").read_text())["alerts"]) == 1


def test_steps_seeks_and_jumps(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    open_replay(dashboard, drive)
    window, model = dashboard.window, dashboard.window.replay.model
    at(dashboard, 2.0)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    dashboard.until(lambda: abs(model.position_s - 2.1) < 1e-6)
    qtbot.keyClick(window, Qt.Key.Key_Left)
    dashboard.until(lambda: abs(model.position_s - 2.0) < 1e-6)
    qtbot.keyClick(window, Qt.Key.Key_N)
    raised_s = model.incidents[0].start_s
    dashboard.until(lambda: abs(model.position_s - raised_s) < 1e-6)
    assert model.tier is Tier.CAUTION and window.replay_view.banner.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_N)
    assert "no further incident" in dashboard.window.replay.model.drive_state.notices[-1]
    window.replay_view.timeline.sought.emit(9.0)
    dashboard.until(lambda: abs(model.position_s - 9.0) < 1e-6)
    assert model.tier is Tier.CRITICAL
    for key, speed in ((Qt.Key.Key_Plus, 2.0), (Qt.Key.Key_Minus, 1.0), (Qt.Key.Key_Minus, 0.5)):
        qtbot.keyClick(window, key)
        assert model.speed == speed


def test_labels_stand_beside_predictions(dashboard: Dashboard, drive: Path) -> None:
    write_labels(drive.with_suffix(".csv"), [(Activity.SAFE_DRIVING, 4.0), (Activity.TEXTING_RIGHT, 10.0)])
    open_replay(dashboard, drive)
    model, panel = dashboard.window.replay.model, dashboard.window.replay_view.comparison
    at(dashboard, 1.5)
    assert [side[1] for side in panel.sides] == [Activity.SAFE_DRIVING, Activity.SAFE_DRIVING]
    at(dashboard, 13.5)
    assert [side[1] for side in panel.sides] == [Activity.TEXTING_RIGHT, Activity.SAFE_DRIVING]
    dashboard.until(lambda: bool(model.verdict))
    assert "1 of 1" in model.verdict[0] and "64.3 %" in model.verdict[2]
    assert "beyond the clearing time: 0.6 s (154 s an hour, 15.0 % of it; 0.6 s in all)" in model.verdict[1]


def test_a_drive_is_labelled_by_keyboard(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    open_replay(dashboard, drive)
    window, model, file = dashboard.window, dashboard.window.replay.model, drive.with_suffix(".csv")
    qtbot.keyClick(window, Qt.Key.Key_0)
    at(dashboard, 3.0)
    qtbot.keyClick(window, Qt.Key.Key_1)
    at(dashboard, 10.0)
    assert "Texting, right hand" in window.replay_view.labels.status.text()
    qtbot.keyClick(window, Qt.Key.Key_Return)
    segments = [(s.start_s, s.end_s, s.activity.value) for s in read_labels(file).segments]
    assert segments == [(0.0, 3.0, 0), (3.0, 10.0, 1)]
    assert model.label is None
    dashboard.until(lambda: bool(model.verdict))
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(read_labels(file).segments) == 1
    redo = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_Z, redo)
    at(dashboard, 5.0)
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert len(read_labels(file).segments) == 1
    qtbot.mouseClick(window.replay_view.labels.buttons[Activity.RADIO], Qt.MouseButton.LeftButton)
    assert model.labelling is not None and model.labelling.open_segment is not None
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert model.labelling.open_segment is None


def test_labels_that_cannot_be_read_are_not_overwritten(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    drive.with_suffix(".csv").write_text("precious but broken")
    open_replay(dashboard, drive, analysed=False)
    assert any("drive-new.csv" in notice for notice in dashboard.window.replay.model.drive_state.notices)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_0)
    at(dashboard, 3.0)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_0)
    assert drive.with_suffix(".csv").read_text() == "precious but broken"
    assert read_labels(drive.with_name("drive-new.csv")).segments[0].end_s == 3.0


def test_labels_that_do_not_fit_are_said_as_without_a_window(dashboard: Dashboard, drive: Path) -> None:
    file = drive.with_suffix(".csv")
    file.write_text("start_s,end_s,activity\n0,4000,c0\n4000,14000,c6\n")
    open_replay(dashboard, drive, analysed=False)
    assert any(
        "milliseconds" in notice and "drive-new.csv" in notice
        for notice in dashboard.window.replay.model.drive_state.notices
    )
    dashboard.state.dismiss_notices()
    file.write_text("start_s,end_s,activity\n0,4,c0\n4,20,c6\n")
    open_replay(dashboard, drive, analysed=False)
    assert any(
        "drive.csv: the labels go on to 20.0 s" in notice
        for notice in dashboard.window.replay.model.drive_state.notices
    )


def test_what_is_wrong_with_a_recording_is_said_as_without_a_window(dashboard: Dashboard, tmp_path: Path) -> None:
    path = write_video(tmp_path / "slow.mp4", frames_of([(Activity.SAFE_DRIVING, 2.0)], fps=5.0), fps=0.5)
    open_replay(dashboard, path)
    dashboard.until(
        lambda: any("0.5 frames a second" in notice for notice in dashboard.window.replay.model.drive_state.notices)
    )


def test_a_false_alert_is_marked_and_unmarked(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    open_replay(dashboard, drive)
    window, model, file = dashboard.window, dashboard.window.replay.model, drive.with_suffix(".reviews.csv")
    qtbot.keyClick(window, Qt.Key.Key_W)
    assert "no incident" in dashboard.window.replay.model.drive_state.notices[-1]
    at(dashboard, 9.0)
    qtbot.keyClick(window, Qt.Key.Key_W)
    dashboard.until_saved()
    assert [(review.tier, review.source) for review in read_reviews(file)] == [("critical", "drive.mp4")]
    assert [one.review.status.value for one in model.incidents] == ["false"]
    qtbot.keyClick(window, Qt.Key.Key_W)
    dashboard.until_saved()
    assert read_reviews(file) == [] and [one.review.status.value for one in model.incidents] == ["new"]


def test_labels_and_reviews_are_taken_back_in_the_order_they_were_made(
    dashboard: Dashboard, drive: Path, qtbot: QtBot
) -> None:
    write_labels(drive.with_suffix(".csv"), [(Activity.SAFE_DRIVING, 4.0), (Activity.TEXTING_RIGHT, 10.0)])
    open_replay(dashboard, drive)
    window, model, file = dashboard.window, dashboard.window.replay.model, drive.with_suffix(".reviews.csv")

    def state() -> tuple[int, int]:
        dashboard.until_saved()
        return 0 if model.labelling is None else len(model.labelling.segments), len(read_reviews(file))

    began = state()
    at(dashboard, 9.0)
    qtbot.keyClick(window, Qt.Key.Key_W)
    marked = state()
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    both = state()
    assert marked == (began[0], 1) and both == (began[0] - 1, 1)
    undo, redo = (
        Qt.KeyboardModifier.ControlModifier,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    seen = []
    for modifiers in (undo, undo, undo, redo, redo, redo):
        qtbot.keyClick(window, Qt.Key.Key_Z, modifiers)
        seen.append(state())
    assert seen == [marked, began, began, marked, both, both]


CONTROL = Qt.KeyboardModifier.ControlModifier


def test_other_labels_are_loaded_and_taken_back(
    dashboard: Dashboard, drive: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    write_labels(drive.with_suffix(".csv"), [(Activity.SAFE_DRIVING, 4.0), (Activity.TEXTING_RIGHT, 10.0)])
    write_labels(tmp_path / "other.csv", [(Activity.DRINKING, 6.0)])
    open_replay(dashboard, drive)
    window, model = dashboard.window, dashboard.window.replay.model
    labelling = model.labelling
    assert labelling is not None
    own, file = labelling.segments, drive.with_suffix(".csv")
    at(dashboard, 5.0)
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    erased = labelling.segments
    window.replay.load_labels(tmp_path / "other.csv")
    loaded = labelling.segments
    assert [segment.activity for segment in loaded] == [Activity.DRINKING]
    assert read_labels(file).segments == erased, "only a change writes them"
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert not file.exists()
    seen = []
    for _ in range(3):
        assert window.replay_view.undo.isEnabled()
        qtbot.mouseClick(window.replay_view.undo, Qt.MouseButton.LeftButton)
        seen.append(labelling.segments)
    assert seen == [loaded, erased, own] and read_labels(file).segments == own
    assert not window.replay_view.undo.isEnabled()
    assert window.replay_view.redo.toolTip().startswith("Redo: a label")


def test_an_incident_is_reviewed_by_a_key_or_a_button_each(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    open_replay(dashboard, drive)
    window, model, bar = dashboard.window, dashboard.window.replay.model, dashboard.window.replay_view.review_bar
    qtbot.mouseClick(window.replay_view.pages.buttons[2], Qt.MouseButton.LeftButton)
    assert not any(button.isEnabled() for button in bar.verdicts.values()) and "No incident" in bar.about.full_text
    at(dashboard, 9.0)
    keys = zip((Qt.Key.Key_T, Qt.Key.Key_W, Qt.Key.Key_U), bar.verdicts.items(), strict=True)
    for key, (status, button) in keys:
        qtbot.keyClick(window, key)
        assert model.incidents[0].review.status is status and button.isChecked()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert model.incidents[0].review == Review() and not button.isChecked()
    qtbot.mouseClick(bar.verdicts[ReviewStatus.UNCLEAR], Qt.MouseButton.LeftButton)
    qtbot.keyClick(window, Qt.Key.Key_E)
    review = window.review
    assert review is not None and review.isVisible() and review.focusWidget() is review.note
    assert not review.open_replay.isVisible()
    qtbot.keyClicks(review.note, "was it a cup?")
    review.accept()
    assert model.incidents[0].review == Review(ReviewStatus.UNCLEAR, "was it a cup?")
    for expected in (Review(ReviewStatus.UNCLEAR), Review()):
        qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
        assert model.incidents[0].review == expected


def test_a_review_of_the_drive_and_a_label_of_the_replay_are_one_history(
    dashboard: Dashboard, drive: Path, qtbot: QtBot
) -> None:
    window, state = dashboard.window, dashboard.state
    dashboard.play(FakeSource(frames_of(DRIVE)))
    dashboard.until_phase(Phase.ENDED)
    qtbot.keyClick(window, Qt.Key.Key_T)
    qtbot.keyClick(window, Qt.Key.Key_W)

    def verdict() -> ReviewStatus:
        entry = state.events.latest_incident()
        assert entry is not None
        return entry.incident.review.status

    open_replay(dashboard, drive, analysed=False)
    qtbot.keyClick(window, Qt.Key.Key_1)
    at(dashboard, 2.0)
    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert window.replay.model.labelling is not None
    window.show_view(main_window.DRIVE)
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert window.replay.model.labelling.segments == () and verdict() is ReviewStatus.FALSE
    assert "Changed in another view" in notice_words(state.notices[-1])
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert verdict() is ReviewStatus.TRUE
    window.show_view(REPLAY)
    assert "true" in window.replay_view.undo.toolTip() and "false" in window.replay_view.redo.toolTip()
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert verdict() is ReviewStatus.NEW
    # Another drive in Replay takes its own changes out of the history, and no others.
    window.replay.open(str(drive))
    dashboard.until(lambda: window.replay.model.phase is ReplayPhase.OPEN)
    for expected in (ReviewStatus.TRUE, ReviewStatus.FALSE, ReviewStatus.FALSE):
        qtbot.mouseClick(window.replay_view.redo, Qt.MouseButton.LeftButton)
        assert verdict() is expected


def test_a_label_that_was_only_begun_is_said_when_another_drive_is_opened(
    dashboard: Dashboard, drive: Path, qtbot: QtBot
) -> None:
    open_replay(dashboard, drive, analysed=False)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_1)
    open_replay(dashboard, drive, analysed=False)
    assert any("was not ended" in notice for notice in dashboard.window.replay.model.drive_state.notices)


def test_a_review_made_elsewhere_meanwhile_is_kept(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    open_replay(dashboard, drive)
    window, file = dashboard.window, drive.with_suffix(".reviews.csv")
    at(dashboard, 9.0)
    qtbot.keyClick(window, Qt.Key.Key_W)
    dashboard.until_saved()
    (mine,) = read_reviews(file)
    theirs = replace(mine, time_s=mine.time_s + 60.0)
    change_review(file, None, theirs)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    dashboard.until_saved()
    assert read_reviews(file) == [theirs]
    qtbot.keyClick(window, Qt.Key.Key_W)
    dashboard.until_saved()
    assert len(read_reviews(file)) == 2


def test_what_an_earlier_version_marked_as_false_is_shown_and_can_be_unmarked(
    dashboard: Dashboard, drive: Path, qtbot: QtBot
) -> None:
    old = drive.with_suffix(".wrong.csv")
    shutil.copy(ROOT / "tests" / "old_files" / old.name, old)
    open_replay(dashboard, drive)
    entries = dashboard.window.replay.model.drive_state.events.entries
    assert sum(isinstance(entry, LoggedIncident) and entry.false_alert for entry in entries) == 1
    at(dashboard, 9.0)
    qtbot.keyClick(dashboard.window, Qt.Key.Key_W)
    dashboard.until_saved()
    assert read_reviews(drive.with_suffix(".reviews.csv")) == [] and not old.exists()


def test_every_alert_in_the_list_has_its_thumbnail(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    open_replay(dashboard, drive)
    window, model = dashboard.window, dashboard.window.replay.model
    entries = model.drive_state.events.entries
    dashboard.until(lambda: bool(entries) and all(entry.thumbnail for entry in entries))
    pixels = cv2.imdecode(np.frombuffer(entries[0].thumbnail or b"", np.uint8), cv2.IMREAD_COLOR)
    height, width = pixels.shape[:2]
    corner = pixels[height // 5 : 2 * height // 5, width // 5 : 2 * width // 5]
    # Red says the activity, see `picture`: the drive's first alert is about texting. A region's outline may cross it.
    assert float(np.median(corner[..., 2])) == pytest.approx(12 + 24 * Activity.TEXTING_RIGHT, abs=10)
    qtbot.keyClick(window, Qt.Key.Key_W)
    at(dashboard, 9.0)
    qtbot.keyClick(window, Qt.Key.Key_W)
    assert any(isinstance(entry, LoggedIncident) and entry.false_alert and entry.thumbnail for entry in entries)


def test_the_timeline_s_blocks_grow_as_the_drive_is_analysed(dashboard: Dashboard, drive: Path) -> None:
    open_replay(dashboard, drive)
    model, timeline = dashboard.window.replay.model, dashboard.window.replay_view.timeline
    blocks, analysed = timeline.blocks(), model.analysed
    seen = [block for block in blocks if block[2] == SEEN]
    # Between two activities the smoothed prediction is confident of neither.
    assert [block[5] for block in seen if block[5] != "?"] == ["C0", "C1", "C0"]
    assert [one[1] for one in seen[:-1]] == pytest.approx([other[0] for other in seen[1:]])
    assert [block[5] for block in blocks if block[2] == ALERT] == ["Caution", "Warning", "Critical"]
    model.analysed = 0
    for model.analysed in (1, 7, analysed // 2, analysed // 2 + 1, analysed):
        timeline.blocks()
    assert timeline.blocks() == blocks


def test_the_report_is_exported(dashboard: Dashboard, drive: Path, tmp_path: Path) -> None:
    write_labels(drive.with_suffix(".csv"), DRIVE)
    open_replay(dashboard, drive)
    dashboard.window.replay.export(tmp_path / "report")
    dashboard.until(lambda: (tmp_path / "report" / "report.html").is_file() and not dashboard.window.replay.work)
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["distractions"]["detected"] == 1
    assert "report.html" in dashboard.window.replay.model.drive_state.notices[-1]


def test_what_was_analysed_stays_when_it_is_stopped(make_dashboard: MakeDashboard, drive: Path, qtbot: QtBot) -> None:
    dashboard = make_dashboard(classifier=FakeClassifier(delay_s=0.02))
    open_replay(dashboard, drive, analysed=False)
    model = dashboard.window.replay.model
    dashboard.until(lambda: model.analysed > 5)
    assert dashboard.window.replay_view.bar.isVisible()
    qtbot.mouseClick(dashboard.window.replay_view.stop, Qt.MouseButton.LeftButton)
    dashboard.until(lambda: not dashboard.window.replay.work)
    assert not model.complete and 5 < model.analysed < 140
    assert dashboard.window.replay_view.timeline.blocks()


def test_a_drive_that_cannot_be_opened_says_why(dashboard: Dashboard, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"not a video")
    dashboard.window.show_view(REPLAY)
    dashboard.window.replay.open(str(tmp_path / "bad.mp4"))
    dashboard.until(lambda: dashboard.window.replay.model.phase is ReplayPhase.FAILED)
    message = dashboard.window.replay_view.message
    assert message.isVisible() and message.content is not None and "not a video" in message.content.problem


def test_an_event_of_the_drive_opens_in_the_replay(dashboard: Dashboard, drive: Path, qtbot: QtBot) -> None:
    dashboard.window.open_replay(str(drive), 4.0)
    model = dashboard.window.replay.model
    dashboard.until(lambda: model.phase is ReplayPhase.OPEN and abs(model.position_s - 4.0) < 1e-6)
    assert dashboard.window.views.currentIndex() == REPLAY


def test_closing_in_mid_analysis_ends_it(make_dashboard: MakeDashboard, drive: Path) -> None:
    dashboard = make_dashboard(classifier=FakeClassifier(delay_s=0.05))
    open_replay(dashboard, drive, analysed=False)
    model = dashboard.window.replay.model
    dashboard.until(lambda: model.analysed > 2)
    dashboard.window.close()
    for thread in threading.enumerate():
        if thread.name.startswith("dashboard"):
            thread.join()
    assert model.analysed < 140, "it did not wait for the analysis"


@pytest.mark.parametrize("size", [(480, 320), (800, 480), (1280, 720), (1920, 1080)])
def test_nothing_is_cut_off(dashboard: Dashboard, drive: Path, size: tuple[int, int], qtbot: QtBot) -> None:
    dashboard.window.resize(*size)
    open_replay(dashboard, drive, analysed=False)
    window, view = dashboard.window, dashboard.window.replay_view
    assert (window.width(), window.height()) == size
    for button in view.pages.buttons:
        if button.isVisible():
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            qtbot.wait(20)
        for widget in (view.transport, view.timeline, view.labels, view.bars, view.events, window.status):
            corner = widget.mapTo(window, widget.rect().bottomRight())
            assert not widget.isVisible() or window.rect().contains(corner), widget
