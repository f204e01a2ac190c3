"""The library in the window, worked with as a person would."""

from __future__ import annotations

import sqlite3
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.alerts.settings import AlertSettings
from monitor.dashboard.library.view import INCIDENTS, advice_lines
from monitor.dashboard.translations import speak
from monitor.dashboard.window.main_window import DRIVE, LIBRARY, REPLAY
from monitor.evaluation.threshold_effect import MarkAdvice, MarkScore, ThresholdEffect
from monitor.journal.library import KeptDrive, Library
from monitor.journal.store.opening import FILE
from monitor.journal.store.schema import VERSION
from monitor.journal.store.writer import Store
from monitor.live.pin_lock import PinLock
from monitor.replay.reviews import read_reviews, reviews_file
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.library.marks import LibraryAdvice
from monitor.viewmodel.live_message import Action
from monitor.viewmodel.state import Phase
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, frames_of, write_video
from tests.monitor.journal.drives import BEGAN, incident, info, record, uid

pytestmark = pytest.mark.usefixtures("patient_disk")

STORY = [(0, 3.0), (6, 4.0), (0, 4.0), (1, 3.0), (0, 3.0)]
MakeDashboard = Callable[..., Dashboard]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "library")
    yield store
    store.close()


@pytest.fixture
def library(store: Store) -> Library:
    return Library(store)


@pytest.fixture
def dashboard(store: Store, make_dashboard: MakeDashboard) -> Dashboard:
    return make_dashboard(store=store)


def show(dashboard: Dashboard) -> None:
    dashboard.window.show_view(LIBRARY)
    dashboard.until(lambda: not dashboard.window.library.model.loading)


def press(dashboard: Dashboard, qtbot: QtBot, key: Qt.Key, modifier: object = Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(dashboard.window.library_view, key, modifier)  # type: ignore[arg-type]


def test_a_drive_ends_is_summed_up_reviewed_and_known_in_the_next_session(
    store: Store, make_dashboard: MakeDashboard, library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    video = write_video(tmp_path / "drive.mp4", frames_of(STORY))
    first = make_dashboard(store=store)
    first.sources[str(video)] = lambda: FakeSource(frames_of(STORY))
    first.controller.open(str(video))
    first.until_phase(Phase.ENDED)
    message = first.window.drive_view.message
    assert message.content is not None and message.content.actions[:2] == (Action.REVIEW, Action.OPEN_REPLAY)
    lines = [str(line) for line in message.content.details]
    assert "1 × Warning C6 Drinking" in lines[0] and lines[1] == "length: 0:16" and "under an alert: " in lines[2]
    qtbot.mouseClick(message.button(Action.REVIEW), Qt.MouseButton.LeftButton)
    first.until(lambda: len(first.window.library.model.drives) == 1)
    view = first.window.library_view
    assert first.window.views.currentIndex() == LIBRARY and view.model.chosen
    assert [entry.incident.number for entry in view.model.entries()] == [1, 2]
    # The newest is on top, and looked at first.
    assert view.entry is not None and view.entry.incident.number == 2 and len(view.entry.clip) >= 2
    press(first, qtbot, Qt.Key.Key_W)
    assert view.entry.incident.number == 1  # the next that nobody has reviewed
    press(first, qtbot, Qt.Key.Key_T)
    first.until_saved()
    assert [review.status for review in read_reviews(reviews_file(str(video)))] == [
        ReviewStatus.FALSE, ReviewStatus.TRUE
    ]  # fmt: skip
    # What the drive's own view shows is the same.
    entries = [entry for entry in first.state.events.entries if hasattr(entry, "incident")]
    assert [entry.incident.review.status for entry in entries] == [ReviewStatus.TRUE, ReviewStatus.FALSE]
    first.window.close()

    second = make_dashboard(store=store)
    second.sources[str(video)] = lambda: FakeSource(frames_of(STORY))
    show(second)
    (drive,) = second.window.library.model.drives
    assert drive.unreviewed == 0 and second.window.library_view.entry is None
    assert "Everything is reviewed" in second.window.library_view.empty.text()
    second.controller.open(str(video))
    second.until_phase(Phase.ENDED)
    second.until_saved()
    again = [entry for entry in second.state.events.entries if hasattr(entry, "incident")]
    assert [entry.incident.review.status for entry in again] == [ReviewStatus.TRUE, ReviewStatus.FALSE]
    # A second thought replaces the first.
    second.controller.review(again[0], Review(ReviewStatus.UNCLEAR))
    second.until_saved()
    assert len(read_reviews(reviews_file(str(video)))) == 2


def play_camera(dashboard: Dashboard) -> FakeSource:
    """A camera's drive with one incident that is over; the source hangs at its end."""
    frames = frames_of([(0, 3.0), (6, 4.0), (0, 3.0)])
    source = FakeSource(frames, live=True, own_times=True, hangs=True, in_turn=True)
    dashboard.play(source, "0")
    for frame in frames[:-1]:
        dashboard.until(
            lambda frame=frame: dashboard.state.frame is not None and dashboard.state.since_s >= frame.time - 0.01
        )
        source.give_turn()
    dashboard.until(lambda: dashboard.state.since_s > 9.8)
    return source


def test_a_camera_s_review_is_taken_back_in_the_library_too(dashboard: Dashboard, library: Library) -> None:
    source = play_camera(dashboard)
    dashboard.controller.review_latest(ReviewStatus.TRUE)
    dashboard.until_saved()
    assert library.drives()[0].incidents[0].review == Review(ReviewStatus.TRUE)
    dashboard.controller.undo()
    dashboard.until_saved()
    assert library.drives()[0].incidents[0].review == Review()
    dashboard.controller.redo()
    dashboard.until_saved()
    source.end_turns()
    source.closed.set()
    dashboard.controller.stop()
    dashboard.until_phase(Phase.ENDED)
    assert library.drives()[0].incidents[0].review == Review(ReviewStatus.TRUE)
    dashboard.controller.undo()
    dashboard.until_saved()
    assert library.drives()[0].incidents[0].review == Review()
    # The store is the one place where it stands.
    assert not reviews_file("0").exists()


def test_a_verdict_that_cannot_be_stored_is_said_and_the_incident_stays_the_one_looked_at(
    dashboard: Dashboard, library: Library, store: Store, tmp_path: Path, qtbot: QtBot
) -> None:
    record(library, info("a"), incident(1), incident(2, 20.0))
    show(dashboard)
    view = dashboard.window.library_view
    assert view.entry is not None and view.entry.incident.number == 2
    store.close()
    with closing(sqlite3.connect(tmp_path / "library" / FILE, isolation_level=None)) as later:
        later.execute(f"PRAGMA user_version = {VERSION + 1}")
    press(dashboard, qtbot, Qt.Key.Key_W)
    dashboard.until_saved()
    assert "install the newer program" in dashboard.state.notices[-1]
    assert all(entry.incident.review == Review() for entry in view.model.entries())
    assert not any(button.isChecked() for button in view.card.verdicts.values())


def test_an_incident_is_marked_to_be_kept(dashboard: Dashboard, library: Library, qtbot: QtBot) -> None:
    record(library, info("a"), incident(1), incident(2, 20.0))
    show(dashboard)
    card = dashboard.window.library_view.card
    assert not card.keep.isChecked()
    qtbot.mouseClick(card.keep, Qt.MouseButton.LeftButton)
    dashboard.until_saved()
    assert library.drives()[0].kept == {2} and card.keep.isChecked()
    qtbot.mouseClick(card.keep, Qt.MouseButton.LeftButton)
    dashboard.until_saved()
    assert library.drives()[0].kept == frozenset() and not card.keep.isChecked()


def test_the_inbox_names_driver_and_day(dashboard: Dashboard, library: Library) -> None:
    record(library, info("a", driver="Ada"), incident(1))
    show(dashboard)
    view = dashboard.window.library_view
    row = view.incidents.model().index(0, 0)
    assert f"Ada · {BEGAN.month}/{BEGAN.day}/{BEGAN:%y} 08:15 · " in row.data()
    view.drives.chosen.emit(uid("a"))
    assert "Ada" not in view.incidents.model().index(0, 0).data()


def test_while_a_recording_is_watched_again_reviews_are_of_its_own_incidents(
    dashboard: Dashboard, library: Library, tmp_path: Path
) -> None:
    spec = str(tmp_path / "drive.mp4")
    # As an earlier version of the software has seen it: without the first.
    before = record(library, info("before", path=spec), incident(1, 12.5), length_s=9.0)
    source = FakeSource(frames_of(STORY), hangs=True)
    dashboard.play(source, spec)
    dashboard.until(lambda: sum(isinstance(each, LoggedIncident) for each in dashboard.state.events.entries) == 2)
    first, second = (each for each in dashboard.state.events.entries if isinstance(each, LoggedIncident))
    dashboard.until(lambda: dashboard.state.since_s > 16.8)
    dashboard.controller.review(first, Review(ReviewStatus.TRUE))
    dashboard.until_saved()
    source.closed.set()
    dashboard.controller.stop()
    dashboard.until_phase(Phase.ENDED)
    (drive,) = library.drives()
    assert [each.start_s for each in drive.incidents] == [first.incident.start_s, second.incident.start_s]
    assert [each.review.status for each in drive.incidents] == [ReviewStatus.TRUE, ReviewStatus.NEW]
    assert library.drive(before.uid).unreviewed == 1


def test_a_camera_s_drive_is_ended_by_its_button_and_has_no_replay(
    dashboard: Dashboard, library: Library, qtbot: QtBot
) -> None:
    source = play_camera(dashboard)
    entry = dashboard.state.events.latest_incident()
    assert entry is not None
    dashboard.controller.review(entry, Review(ReviewStatus.FALSE, "a cup holder"))
    qtbot.mouseClick(dashboard.window.header.stop, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dashboard.window.question.leave, Qt.MouseButton.LeftButton)
    source.end_turns()
    source.closed.set()
    dashboard.until_phase(Phase.ENDED)
    dashboard.until_saved()
    content = dashboard.window.drive_view.message.content
    assert content is not None and content.actions == (Action.REVIEW, Action.REPLAY, Action.CHOOSE)
    assert "length: 0:09" in content.details
    (drive,) = library.drives()
    assert not drive.info.is_recording and drive.incidents[0].review == Review(ReviewStatus.FALSE, "a cup holder")


def test_the_inbox_has_what_nobody_has_reviewed_by_day_and_driver(
    dashboard: Dashboard, library: Library, qtbot: QtBot
) -> None:
    record(library, info("a"), incident(1), incident(2, 20.0))
    record(library, info("b", driver="Ada"), incident(1))
    record(library, info("c", days=3))
    library.review(uid("a"), 2, Review(ReviewStatus.TRUE))
    show(dashboard)
    view, model = dashboard.window.library_view, dashboard.window.library.model
    kinds = [type(row).__name__ for row in model.rows()]
    assert kinds == ["Inbox", "Day", "KeptDrive", "Day", "KeptDrive", "KeptDrive"]
    assert [row.info.uid for row in model.rows() if hasattr(row, "info")] == [uid(name) for name in "cba"]
    assert {(entry.kept_as, entry.incident.number) for entry in model.entries()} == {(uid("a"), 1), (uid("b"), 1)}
    press(dashboard, qtbot, Qt.Key.Key_U)
    press(dashboard, qtbot, Qt.Key.Key_U)
    assert model.unreviewed == 0 and len(model.entries()) == 2  # they stay until another look
    press(dashboard, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert model.unreviewed == 1
    press(dashboard, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert model.unreviewed == 0
    view.drives.chosen.emit(uid("c"))
    assert "had no incident" in view.empty.text() and view.card.title.full_text == "No incident is chosen"


def test_a_note_and_a_driver_s_name_are_kept(dashboard: Dashboard, library: Library, qtbot: QtBot) -> None:
    record(library, info("a"), incident(1), incident(2, 20.0))
    show(dashboard)
    view = dashboard.window.library_view
    view.drives.chosen.emit(uid("a"))
    view.card.note.setFocus()
    qtbot.keyClicks(view.card.note, "TWU is no verdict here")
    qtbot.keyClick(view.card.note, Qt.Key.Key_Return)
    assert dashboard.window.focusWidget() is view.incidents  # the next key gives a verdict
    view.driver.setFocus()
    qtbot.keyClicks(view.driver, "Grace")
    qtbot.keyClick(view.driver, Qt.Key.Key_Return)
    dashboard.until_saved()
    assert dashboard.window.focusWidget() is view.incidents
    drive = library.drive(uid("a"))
    assert drive.info.driver == "Grace"
    assert drive.incident(2).review == Review(ReviewStatus.NEW, "TWU is no verdict here")
    assert drive.incident(1).review == Review()


def test_a_case_is_saved_by_key_and_said(
    dashboard: Dashboard, library: Library, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(library, info("a"), incident(1))
    show(dashboard)
    asked: list[str] = []

    def save_as(_parent: object, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        asked.append(name)
        return str(tmp_path / "sent.zip"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", save_as)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    press(dashboard, qtbot, Qt.Key.Key_S, modifiers)
    assert asked == [f"case-{uid('a')[:8]}-1.zip"] and "look through it" in dashboard.state.notices[-1]
    with zipfile.ZipFile(tmp_path / "sent.zip") as archive:
        assert "incident.json" in archive.namelist() and "thumbnails/03.jpg" in archive.namelist()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "sent.zip" / "x.zip"), ""))
    qtbot.mouseClick(dashboard.window.library_view.card.case, Qt.MouseButton.LeftButton)
    assert "choose another path" in dashboard.state.notices[-1]


def test_tooltips_name_the_keys_that_there_are(dashboard: Dashboard) -> None:
    card = dashboard.window.library_view.card
    assert card.note.toolTip() == "Note (E)" and "(Ctrl+Shift+S)" in card.case.toolTip()
    assert card.replay.toolTip() == "Replay"


def test_the_review_of_a_small_window_takes_keys_at_once(dashboard: Dashboard, library: Library, qtbot: QtBot) -> None:
    record(library, info("a"), incident(1))
    dashboard.window.resize(480, 320)
    show(dashboard)
    view = dashboard.window.library_view
    assert dashboard.window.focusWidget() is view.drives
    view.incidents.review_asked.emit(view.entry)
    focused = dashboard.window.focusWidget()
    assert focused is view.card
    qtbot.keyClick(focused, Qt.Key.Key_E)
    assert dashboard.window.focusWidget() is view.card.note
    qtbot.keyClick(view.card.note, Qt.Key.Key_Return)
    assert dashboard.window.focusWidget() is view.card


def test_german_thresholds_have_a_comma(dashboard: Dashboard) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(application, "de")
    effect = ThresholdEffect(Activity.DRINKING, 0.65, AlertSettings(), MarkScore(), 1, 0)
    known = LibraryAdvice(MarkAdvice(drives=1, false=1, effects=(effect,)))
    assert "0,65" in advice_lines(known)[0]
    dashboard.window.library.model.advise(known)
    assert "0,65" in dashboard.window.library_view.use.text()


def test_a_drive_is_forgotten_after_a_question(
    dashboard: Dashboard, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(library, info("a"), incident(1))
    show(dashboard)
    view = dashboard.window.library_view
    view.drives.chosen.emit(uid("a"))
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Cancel)
    view.ask_forget()
    assert len(library.drives()) == 1
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    may_end, delete = threading.Event(), Library.delete

    def delete_slowly(library: Library, drive: KeptDrive) -> None:
        may_end.wait(10.0)
        delete(library, drive)

    monkeypatch.setattr(Library, "delete", delete_slowly)
    view.ask_forget()
    view.ask_forget()
    assert len(library.drives()) == 1, "the window does not wait for it"
    may_end.set()
    dashboard.until(lambda: view.model.drives == [])
    assert library.drives() == [] and "There is none yet" in view.empty.text()
    assert dashboard.state.notices == []


def test_behind_a_pin_nothing_is_undone_from_the_drive(dashboard: Dashboard, library: Library, qtbot: QtBot) -> None:
    record(library, info("a"), incident(1))
    show(dashboard)
    press(dashboard, qtbot, Qt.Key.Key_W)
    PinLock().set("4711")
    dashboard.window.show_view(DRIVE)
    dashboard.controller.undo()
    dashboard.until_saved()
    assert library.drives()[0].incident(1).review == Review(ReviewStatus.FALSE)
    assert "behind the PIN" in dashboard.state.notices[-1]
    PinLock().remove()
    dashboard.controller.undo()
    dashboard.until_saved()
    assert library.drives()[0].unreviewed == 1


def test_what_was_said_of_a_forgotten_drive_does_not_stand_before_other_changes(
    dashboard: Dashboard, library: Library, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        record(library, info(name), incident(1))
    show(dashboard)
    view = dashboard.window.library_view
    for name in ("b", "a", "c"):
        view.drives.chosen.emit(uid(name))
        press(dashboard, qtbot, Qt.Key.Key_W)
    assert view.model.unreviewed == 0
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    view.drives.chosen.emit(uid("a"))
    view.ask_forget()
    dashboard.until(lambda: view.model.drive(uid("a")) is None)
    library.delete(library.drive(uid("c")))  # by another process
    show(dashboard)
    press(dashboard, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    dashboard.until_saved()
    (drive,) = library.drives()
    assert drive.info.uid == uid("b") and drive.incidents[0].review == Review()
    assert not any("another view" in notice for notice in dashboard.state.notices)


def test_a_recording_is_reviewed_alike_in_every_view(
    store: Store, make_dashboard: MakeDashboard, library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    video = write_video(tmp_path / "drive.mp4", frames_of(STORY))
    dashboard = make_dashboard(store=store)
    dashboard.sources[str(video)] = lambda: FakeSource(frames_of(STORY))
    dashboard.controller.open(str(video))
    dashboard.until_phase(Phase.ENDED)
    window, replay = dashboard.window, dashboard.window.replay
    window.open_replay(str(video), 0.0)
    dashboard.until(lambda: bool(replay.model.kept_as))

    def said() -> list[list[ReviewStatus]]:
        entries = [entry for entry in dashboard.state.events.entries if isinstance(entry, LoggedIncident)]
        return [
            [entry.incident.review.status for entry in entries],
            [each.review.status for each in replay.model.incidents],
        ]

    latest = dashboard.state.events.latest_incident()
    assert latest is not None
    dashboard.controller.review(latest, Review(ReviewStatus.TRUE))
    dashboard.until_saved()
    assert said() == [[ReviewStatus.NEW, ReviewStatus.TRUE]] * 2
    replay.review(replay.model.drive_state.events.entries[0], Review(ReviewStatus.FALSE, "a cup"))  # type: ignore[arg-type]
    dashboard.until_saved()
    assert said() == [[ReviewStatus.FALSE, ReviewStatus.TRUE]] * 2
    # Undone in the library, where it is seen, too.
    show(dashboard)
    assert all(drive.unreviewed == 0 for drive in library_drives(dashboard))
    press(dashboard, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    dashboard.until(lambda: dashboard.controller.saving.is_idle and not window.library.model.loading)
    assert said() == [[ReviewStatus.NEW, ReviewStatus.TRUE]] * 2
    assert all(drive.unreviewed == 1 for drive in library_drives(dashboard))


def library_drives(dashboard: Dashboard) -> list[KeptDrive]:
    drives = dashboard.window.library.model.drives
    assert drives
    return drives


def test_a_recording_is_replayed_kept_and_its_marks_advise(
    store: Store, make_dashboard: MakeDashboard, library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    video = write_video(tmp_path / "drive.mp4", frames_of(STORY))
    dashboard = make_dashboard(store=store)
    dashboard.window.show_view(REPLAY)
    dashboard.window.replay.open(str(video))
    dashboard.until(lambda: bool(dashboard.window.replay.model.kept_as))
    show(dashboard)
    (drive,) = library.drives()
    assert len(drive.incidents) == 2 and drive.summary is not None
    assert all(len(library.thumbnails(drive.info.uid, number)) == 1 for number in (1, 2))
    view = dashboard.window.library_view
    press(dashboard, qtbot, Qt.Key.Key_W)
    press(dashboard, qtbot, Qt.Key.Key_T)
    dashboard.until_saved()
    # Replay shows the same.
    assert [each.review.status for each in dashboard.window.replay.model.incidents] == [
        ReviewStatus.TRUE, ReviewStatus.FALSE
    ]  # fmt: skip
    qtbot.mouseClick(view.ask, Qt.MouseButton.LeftButton)
    dashboard.until(lambda: view.model.advice is not None)
    assert view.model.advice is not None and view.model.advice.advice.drives == 1
    assert "threshold" in view.advice.text()
    view.replay_asked.emit(str(video), 3.0)
    assert dashboard.window.views.currentIndex() == REPLAY
    dashboard.window.show_view(DRIVE)


@pytest.mark.parametrize("size", [(800, 480), (1024, 600), (1280, 720), (480, 320)])
def test_in_a_small_window_one_part_leads_to_the_next(
    size: tuple[int, int], dashboard: Dashboard, library: Library, qtbot: QtBot
) -> None:
    record(library, info("a"), incident(1))
    dashboard.window.resize(*size)
    show(dashboard)
    view = dashboard.window.library_view
    view.drives.chosen.emit(uid("a"))
    assert view.incidents.isVisible()
    if view.pages.isVisible():
        assert view.pages.current == INCIDENTS
    view.incidents.review_asked.emit(view.entry)
    assert view.card.isVisible() and view.card.case.isVisible()
    for widget in (view.card.case, *view.card.verdicts.values()):
        corner = widget.mapTo(dashboard.window, widget.rect().bottomRight())
        assert dashboard.window.rect().contains(corner)


def test_what_was_damaged_is_said(
    store: Store, make_dashboard: MakeDashboard, library: Library, tmp_path: Path
) -> None:
    record(library, info("a"), incident(1))
    store.close()
    (tmp_path / "library" / FILE).write_bytes(b"nonsense")
    again = make_dashboard(store=(later := Store(tmp_path / "library")))
    show(again)
    again.until(lambda: any("set aside" in notice for notice in again.state.notices))
    assert again.window.library.model.drives == []
    later.close()
