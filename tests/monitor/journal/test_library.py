"""The library: what a store holds of drives, for people."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engines.errors import UserError
from monitor.alerts.events import EventKind
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.health.camera_health import Health
from monitor.journal.library import Library, file_of
from monitor.journal.store.opening import FILE
from monitor.journal.store.records import StoredFault, incident_uid
from monitor.journal.store.schema import VERSION, migrate
from monitor.journal.store.writer import Store
from tests.monitor.journal.drives import BEGAN, EVENT, SUMMARY, incident, info, kept_in, record, uid

pytestmark = pytest.mark.usefixtures("patient_disk")

FALSE = Review(ReviewStatus.FALSE, "he only scratched, \u2028 I think")
TRUE = Review(ReviewStatus.TRUE)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with kept_in(tmp_path / "library") as library:
        yield library


def test_a_drive_is_kept_with_its_incidents_and_images(library: Library, tmp_path: Path) -> None:
    assert library.drives() == [] and not (tmp_path / "library").exists(), "a look makes nothing"
    noted = StoredFault(uid("drive"), "notice", None, info().began, {"text": "dark"})
    fault = replace(EVENT, kind=EventKind.FAULT, time_s=15.0, incident=None, health=Health.DARK)
    drive = replace(info(driver="Ada"), seen_s=60.0, frames=600, end_reason="stopped", summary=SUMMARY)
    images = [b"%d" % number for number in range(20)]
    library.keep_drive(
        drive,
        [(incident(1), images), (incident(2, 20.0), [])],
        [noted, StoredFault(drive.uid, "health", 15.0, info().began, fault.as_dict())],
    )
    with kept_in(tmp_path / "library") as later:
        (kept,) = later.drives()
        assert kept.info == drive and kept.summary == SUMMARY and kept.length_s == 60.0
        assert kept.incidents == (incident(1), incident(2, 20.0)) and kept.unreviewed == 2
        chosen = later.thumbnails(drive.uid, 1)
        assert len(chosen) == 8 and (chosen[0], chosen[-1]) == (b"0", b"19")
        assert later.thumbnails(drive.uid, 2) == later.thumbnails(drive.uid, 3) == ()
        lines = [json.loads(line) for line in later.lines(drive.uid)]
    kinds = ["drive", "notice", "event", "event", "incident", "event", "event", "event", "incident", "end"]
    assert [line["what"] for line in lines] == kinds
    assert (lines[5]["kind"], lines[5]["health"]) == ("fault", "dark") and lines[-1]["reason"] == "stopped"


def test_only_the_user_can_read_it(library: Library, tmp_path: Path) -> None:
    record(library, info(), incident())
    library.review(uid("drive"), 1, FALSE)
    files = list((tmp_path / "library").iterdir())
    assert files and all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)


def test_the_newest_drive_is_the_first_and_its_day_is_that_of_its_zone(library: Library) -> None:
    for days, name in enumerate(("b", "c", "a")):
        record(library, replace(info(name, days=days), utc_offset_s=16 * 3600))
    drives = library.drives()
    assert [drive.info.uid for drive in drives] == [uid("a"), uid("c"), uid("b")]
    assert drives[-1].info.began_at.date() == BEGAN.date() + timedelta(days=1)


def test_what_is_said_is_known_in_the_next_session(library: Library, tmp_path: Path) -> None:
    drive = record(library, info(), incident(1), incident(2, 20.0))
    library.review(drive.uid, 2, Review(ReviewStatus.UNCLEAR))
    library.review(drive.uid, 2, FALSE)
    library.name_driver(drive.uid, "Grace")
    library.keep(drive.uid, 1, True)
    with kept_in(tmp_path / "library") as later:
        (kept,) = later.drives()
    assert [each.review for each in kept.incidents] == [Review(), FALSE]
    assert kept.info.driver == "Grace" and kept.unreviewed == 1 and kept.kept == {1}
    library.keep(drive.uid, 1, False)
    assert library.drives()[0].kept == frozenset()


def test_a_window_reviews_what_another_monitor_has_kept_and_goes_on_to_write(library: Library, tmp_path: Path) -> None:
    drive = record(library, info(), incident(1), incident(2, 20.0))  # this one has the store's lock from now on
    window = Library(Store(tmp_path / "library"))
    assert [kept.info.uid for kept in window.drives()] == [drive.uid]
    window.review(drive.uid, 1, FALSE)
    window.name_driver(drive.uid, "Ada")
    window.keep(drive.uid, 2, True)
    (kept,) = library.drives()
    assert (kept.incident(1).review, kept.info.driver, kept.kept) == (FALSE, "Ada", {2})
    record(library, info("next"), incident(1))
    assert len(window.drives()) == 2
    window.delete(library.drive(drive.uid))
    assert [kept.info.uid for kept in library.drives()] == [uid("next")]


@pytest.mark.parametrize("name", ["nobody", "x/../y", "", "a\0b"])
def test_what_is_not_there_is_an_error_that_says_so(name: str, library: Library) -> None:
    record(library, info(), incident(1))
    for ask in (
        lambda: library.drive(name),
        lambda: library.review(name, 1, FALSE),
        lambda: library.name_driver(name, "Ada"),
        lambda: library.review(uid("drive"), 7, FALSE),
        lambda: library.drive(uid("drive")).incident(7),
    ):
        with pytest.raises(UserError, match=r"there is no|no drive of the library|has no incident"):
            ask()


def test_where_nothing_is_kept_there_is_nothing_to_see() -> None:
    library = Library(None)
    assert library.drives() == [] and library.notices() == []
    with pytest.raises(UserError, match="--no-store"):
        library.review(uid("drive"), 1, FALSE)


def test_a_recording_that_was_watched_again_is_one_drive_and_keeps_what_was_said(library: Library) -> None:
    about = info("first", path="/drives/a.mp4")
    record(library, about, incident(1), incident(2, 20.0))
    library.review(about.uid, 2, FALSE)
    library.name_driver(about.uid, "Ada")
    again = info("second", path="/drives/a.mp4", days=1)
    record(library, again, incident(1, 9.0), incident(2, 20.0), incident(3, 40.0))
    record(library, info("third", path="/drives/a.mp4", days=2), incident(1, 9.0), length_s=12.0)  # stopped early
    (drive,) = library.drives()
    assert drive.info.uid == again.uid and drive.watches == (about.uid, again.uid, uid("third"))
    assert [each.start_s for each in drive.incidents] == [9.0, 20.0, 40.0]
    assert [each.review for each in drive.incidents] == [Review(), FALSE, Review()] and drive.info.driver == "Ada"
    # What is said of the latest counts for this one, too.
    library.review(uid("third"), 1, TRUE)
    assert library.drives()[0].incident(1).review == TRUE
    library.delete(drive)
    assert library.drives() == []


def test_a_recording_that_another_has_overwritten_is_shown_even_where_it_is_shorter(
    library: Library, tmp_path: Path
) -> None:
    video = tmp_path / "drive.mp4"
    for name, content, length_s, start_s in (("a", b"of yesterday", 10.0, 4.5), ("b", b"of today", 8.0, 2.0)):
        video.write_bytes(content)
        about = info(name, path=str(video))
        about = replace(about, about={**about.about, "file": file_of(str(video))})
        record(library, about, incident(1, start_s), length_s=length_s)
    (drive,) = library.drives()
    assert drive.length_s == 8.0 and [each.start_s for each in drive.incidents] == [2.0]


def test_a_deleted_drive_leaves_no_trace_in_the_files(library: Library, tmp_path: Path) -> None:
    secret = replace(incident(1), review=Review(ReviewStatus.TRUE, "Rumpelstilzchen " * 20))
    about = info("gone", driver="Rumpelstilzchen")
    library.keep_drive(replace(about, end_reason="stopped"), [(secret, [b"Rumpelstilzchen" * 900])])
    record(library, info("stays"), incident(1))

    def traces() -> int:
        return sum(path.read_bytes().count(b"Rumpelstilzchen") for path in (tmp_path / "library").iterdir())

    assert traces() > 900
    library.delete(library.drive(about.uid))
    assert traces() == 0 and [drive.info.uid for drive in library.drives()] == [uid("stays")]


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_store_of_an_earlier_version_is_migrated_by_a_look(version: int, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE, isolation_level=None) as old:
        migrate(old, version)
        old.execute(
            "INSERT INTO drives (uid, source, bundle, speed, live, started_utc_s, started_monotonic_s, boot_id, clock, "
            "zone, utc_offset_s, seen_s, frames, end_reason) "
            f"VALUES ('{uid('old')}', 'camera 0', 'default', '', 1, 1.8e9, 5, 'b', 'ok', 'UTC', 0, 9, 90, 'stopped')"
        )
    old.close()
    with kept_in(tmp_path) as earlier:
        (drive,) = earlier.drives()
    assert drive.info.uid == uid("old") and drive.info.about == {} and drive.summary is None and drive.length_s == 9.0


def test_a_later_store_is_left_and_said(tmp_path: Path) -> None:
    with kept_in(tmp_path) as library:
        record(library, info(), incident(1))
    with sqlite3.connect(tmp_path / FILE, isolation_level=None) as later:
        later.execute(f"PRAGMA user_version = {VERSION + 1}")
    later.close()
    before = (tmp_path / FILE).read_bytes()
    with kept_in(tmp_path) as library:
        for ask in (library.drives, lambda: library.review(uid("drive"), 1, FALSE)):
            with pytest.raises(UserError, match="install the newer program"):
                ask()
    assert (tmp_path / FILE).read_bytes() == before


def test_what_is_damaged_is_set_aside_said_and_shown_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    with kept_in(tmp_path) as library:
        record(library, info(), incident(1))
    content = bytearray((tmp_path / FILE).read_bytes())
    content[:100] = bytes(100)
    (tmp_path / FILE).write_bytes(content)
    with kept_in(tmp_path) as library:
        assert len(library.drives()) == 1
        assert "set aside as store.sqlite.damaged-1" in library.notices()[0] and library.notices() == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anything")
def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    with kept_in(tmp_path / "kept") as library:
        record(library, info(), incident(1))
    (tmp_path / "kept").chmod(0o500)
    try:
        with kept_in(tmp_path / "kept") as library:
            assert len(library.drives()) == 1
            with pytest.raises(UserError, match="cannot write"):
                library.review(uid("drive"), 1, FALSE)
    finally:
        (tmp_path / "kept").chmod(0o700)


def test_an_incident_s_predictions_go_with_it(library: Library, tmp_path: Path) -> None:
    drive = record(library, info(), incident(1))
    assert library.predictions(drive.uid, 1) is None
    saved = incident_uid(drive.uid, 1)
    with sqlite3.connect(tmp_path / "library" / FILE) as database:
        database.execute("INSERT INTO predictions VALUES (?, ?)", (saved, b"content"))
    database.close()
    assert library.predictions(drive.uid, 1) == b"content"
    library.delete(library.drive(drive.uid))
    with sqlite3.connect(tmp_path / "library" / FILE) as database:
        assert database.execute("SELECT count(*) FROM predictions").fetchone() == (0,)
    database.close()
