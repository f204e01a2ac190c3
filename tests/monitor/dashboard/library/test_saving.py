"""What is said of incidents and drives is shown at once and written by another thread, however slow the disk is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engines.errors import UserError
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.dashboard.library.saving import Saving
from monitor.dashboard.window.main_window import LIBRARY, REPLAY
from monitor.journal.library import Library
from monitor.journal.store.writer import Store
from monitor.replay import reviews as review_files
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.state import Phase
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, frames_of, write_video
from tests.monitor.journal.drives import incident, info, record, uid

pytestmark = pytest.mark.usefixtures("patient_disk")

TRUE, FALSE = Review(ReviewStatus.TRUE), Review(ReviewStatus.FALSE)
STORY = [(0, 3.0), (6, 4.0), (0, 3.0)]


class Disk:
    """Stands before what writes: holds it, and has it fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers, self.fails, self.fails_once = threading.Event(), False, False
        self.answers.set()
        for name in ("review", "keep", "name_driver"):
            monkeypatch.setattr(Library, name, self._before(getattr(Library, name)))
        monkeypatch.setattr(review_files, "write_atomic", self._before(review_files.write_atomic))

    def _before(self, write: Callable[..., None]) -> Callable[..., None]:
        def waits(*arguments: object) -> None:
            assert self.answers.wait(60.0)
            fails_once, self.fails_once = self.fails_once, False
            if self.fails or fails_once:
                raise UserError("the disk is full: delete something")
            write(*arguments)

        return waits


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk(monkeypatch)
    yield disk
    disk.answers.set()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    store = Store(tmp_path / "library")
    yield Library(store)
    store.close()


@pytest.fixture
def dashboard(library: Library, make_dashboard: Callable[..., Dashboard]) -> Dashboard:
    return make_dashboard(store=library._store)


def show(dashboard: Dashboard) -> None:
    dashboard.window.show_view(LIBRARY)
    dashboard.until(lambda: not dashboard.window.library.model.loading)


def said(dashboard: Dashboard) -> dict[int, Review]:
    return {entry.incident.number: entry.incident.review for entry in dashboard.window.library.model.entries()}


def in_store(library: Library) -> dict[int, Review]:
    return {each.number: each.review for each in library.drive(uid("a")).incidents}


def press(dashboard: Dashboard, qtbot: QtBot, *keys: Qt.Key) -> None:
    for key in keys:
        qtbot.keyClick(dashboard.window.library_view, key)


def undo(dashboard: Dashboard, qtbot: QtBot) -> None:
    qtbot.keyClick(dashboard.window.library_view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def test_while_the_disk_hangs_reviews_go_on_and_are_written_in_order(
    dashboard: Dashboard, library: Library, disk: Disk, qtbot: QtBot
) -> None:
    record(library, info("a"), incident(1), incident(2, 20.0), incident(3, 40.0))
    show(dashboard)
    disk.answers.clear()
    press(dashboard, qtbot, Qt.Key.Key_T, Qt.Key.Key_W, Qt.Key.Key_U)
    assert said(dashboard) == {3: TRUE, 2: FALSE, 1: Review(ReviewStatus.UNCLEAR)}
    undo(dashboard, qtbot)
    undo(dashboard, qtbot)
    view = dashboard.window.library_view
    view.drives.chosen.emit(uid("a"))
    dashboard.window.library.keep(view.model.entries()[0], True)
    (drive,) = view.model.drives
    dashboard.window.library.name_driver(drive, "Ada")
    assert said(dashboard) == {3: TRUE, 2: Review(), 1: Review()} and view.model.drives[0].info.driver == "Ada"
    assert set(in_store(library).values()) == {Review()}, "the disk has taken nothing yet"
    disk.answers.set()
    dashboard.until_saved()
    assert in_store(library) == {3: TRUE, 2: Review(), 1: Review()}
    kept = library.drive(uid("a"))
    assert kept.kept == {1} and kept.info.driver == "Ada" and dashboard.state.notices == []


def test_what_cannot_be_written_is_taken_back_and_said_once(
    dashboard: Dashboard, library: Library, disk: Disk, qtbot: QtBot
) -> None:
    record(library, info("a"), incident(1), incident(2, 20.0))
    show(dashboard)
    press(dashboard, qtbot, Qt.Key.Key_T)
    dashboard.until_saved()
    disk.answers.clear()
    disk.fails = True
    press(dashboard, qtbot, Qt.Key.Key_W)
    undo(dashboard, qtbot)
    undo(dashboard, qtbot)
    assert said(dashboard) == {2: Review(), 1: Review()}
    disk.answers.set()
    dashboard.until_saved()
    assert said(dashboard) == {2: TRUE, 1: Review()} == in_store(library)
    assert dashboard.state.notices == ["the disk is full: delete something"]
    # What was stored can still be taken back, and what was not cannot.
    disk.fails = False
    undo(dashboard, qtbot)
    dashboard.until_saved()
    assert said(dashboard) == {2: Review(), 1: Review()} == in_store(library)
    assert dashboard.window.history.to_undo is None
    # The next failure is another one.
    disk.fails = True
    press(dashboard, qtbot, Qt.Key.Key_U)
    dashboard.until_saved()
    assert len(dashboard.state.notices) == 2


def test_the_library_that_is_read_meanwhile_shows_what_was_said(
    dashboard: Dashboard, library: Library, disk: Disk, qtbot: QtBot
) -> None:
    record(library, info("a"), incident(1))
    show(dashboard)
    disk.answers.clear()
    press(dashboard, qtbot, Qt.Key.Key_T)
    dashboard.window.library.refresh()
    qtbot.wait(50)  # perhaps it is read by now: as the disk has it, without what was said
    assert said(dashboard) == {1: TRUE}
    disk.answers.set()
    dashboard.until(lambda: dashboard.controller.saving.is_idle and not dashboard.window.library.model.loading)
    assert dashboard.window.library.model.drives[0].incidents[0].review == TRUE and in_store(library) == {1: TRUE}


def test_a_drive_s_review_is_shown_while_the_disk_hangs_and_taken_back_when_it_fails(
    make_dashboard: Callable[..., Dashboard], disk: Disk, tmp_path: Path
) -> None:
    dashboard = make_dashboard()
    dashboard.play(FakeSource(frames_of(STORY)), str(tmp_path / "drive.mp4"))
    dashboard.until_phase(Phase.ENDED)

    def latest() -> LoggedIncident:
        entry = dashboard.state.events.latest_incident()
        assert entry is not None
        return entry

    disk.answers.clear()
    reviewed = dashboard.controller.review(latest(), TRUE)
    assert reviewed is not None and reviewed.incident.review == TRUE
    dashboard.controller.review(latest(), FALSE)
    dashboard.controller.undo()
    assert latest().incident.review == TRUE
    disk.fails = True
    disk.answers.set()
    dashboard.until_saved()
    assert latest().incident.review == Review() and dashboard.state.notices == ["the disk is full: delete something"]
    assert dashboard.window.history.to_undo is None is dashboard.window.history.to_redo
    disk.fails = False
    dashboard.controller.review(latest(), FALSE)
    dashboard.until_saved()
    file = tmp_path / "drive.reviews.csv"
    assert [each.status for each in review_files.read_reviews(file)] == [ReviewStatus.FALSE]


def test_a_replayed_drive_s_review_that_failed_is_not_shown_once_the_next_one_is_stored(
    make_dashboard: Callable[..., Dashboard], disk: Disk, tmp_path: Path
) -> None:
    dashboard = make_dashboard()
    drive = write_video(tmp_path / "drive.mp4", frames_of([*STORY, (6, 4.0), (0, 3.0)]))
    replay = dashboard.window.replay
    dashboard.window.show_view(REPLAY)
    replay.open(str(drive))
    dashboard.until(lambda: replay.model.complete and len(replay.model.incidents) == 2)
    replay.seek(replay.model.duration_s - 0.1)
    dashboard.until(lambda: replay.incident is not None and replay.incident.incident.number == 2)
    dashboard.until_saved()
    entries = sorted(
        (entry for entry in replay.model.drive_state.events.entries if isinstance(entry, LoggedIncident)),
        key=lambda entry: entry.incident.number,
    )
    disk.answers.clear()
    disk.fails_once = True
    for entry in entries:
        replay.review(entry, TRUE)
    assert [incident.review for incident in replay.model.incidents] == [TRUE, TRUE]
    disk.answers.set()
    dashboard.until_saved()
    assert [incident.review for incident in replay.model.incidents] == [Review(), TRUE]
    assert len(review_files.read_reviews(tmp_path / "drive.reviews.csv")) == 1


def test_work_is_done_in_order_and_read_again_after_what_is_written_meanwhile(qtbot: QtBot) -> None:
    saving, done = Saving(), []
    may_go, began = threading.Event(), threading.Event()

    def hang() -> str:
        began.set()
        assert may_go.wait(60.0)
        return "read"

    saving.read(hang, lambda read: done.append(read), done.append)
    assert began.wait(60.0)
    for number in range(3):
        saving.write("a", lambda number=number: done.append(number), say=done.append)
    may_go.set()
    qtbot.waitUntil(lambda: saving.is_idle, timeout=60_000)
    assert done == [0, 1, 2, "read"]


def test_at_the_end_it_is_waited_for_and_what_is_left_is_counted(qtbot: QtBot) -> None:
    saving = Saving()
    done: list[object] = []
    may_go = threading.Event()

    def fail() -> None:
        raise UserError("the disk is full: delete something")

    saving.write("a", lambda: may_go.wait(60.0), say=done.append)
    saving.read(lambda: "read", done.append, done.append)
    saving.write("a", lambda: done.append("written"), say=done.append)
    saving.write("b", fail, say=done.append)
    assert saving.finish(0.05) == 3 and done == []
    may_go.set()
    # What fails is not saved either, and nobody is there any more to be told.
    assert saving.finish(60.0) == 1 and done == ["written"]
