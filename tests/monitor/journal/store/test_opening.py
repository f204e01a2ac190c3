"""Opening a store: new, of every earlier version, of a later one, damaged, or another's."""

from __future__ import annotations

import sqlite3
import stat
import uuid
from pathlib import Path

import pytest

from engines.errors import UserError
from monitor.journal.recording.clip_file import ClipFile
from monitor.journal.store.clips import begin_clip, erase_drive, finish_clip, is_as_written, path_of, sweep
from monitor.journal.store.opening import FILE, integrity_of, open_for_reading, open_for_writing
from monitor.journal.store.records import StoredClip
from monitor.journal.store.schema import VERSION, migrate
from tests.monitor.journal.recording.numbered import packets_of, write_numbered
from tests.monitor.journal.store.stories import Clocks, drive, incident, opened

NOW = Clocks().now()


def filled(folder: Path, incidents: int = 40) -> tuple[Path, str]:
    """A store with one drive; its database's path and the drive's id."""
    database = opened(folder)
    one = drive()
    database.begin_drive(one)
    with database.transaction():
        for number in range(1, incidents + 1):
            database.save_incident(one.uid, incident(number), NOW, NOW)
    database.close()
    return folder / FILE, one.uid


def test_a_new_store_is_for_its_user_alone(tmp_path: Path) -> None:
    database = opened(tmp_path / "drives" / "store")
    database.begin_drive(drive())
    files = list((tmp_path / "drives" / "store").iterdir())
    assert {path.name for path in files} >= {FILE, f"{FILE}-wal"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "drives").stat().st_mode) == 0o700
    (mode,) = database.connection.execute("PRAGMA synchronous").fetchone()
    assert mode == 2
    database.close()


@pytest.mark.parametrize("version", range(VERSION))
def test_a_store_of_every_earlier_version_is_migrated_with_what_it_holds(tmp_path: Path, version: int) -> None:
    path, uid = tmp_path / FILE, drive().uid
    with sqlite3.connect(path, isolation_level=None) as old:
        migrate(old, version)
        if version:
            old.execute(
                "INSERT INTO drives (uid, source, bundle, speed, live, started_utc_s, started_monotonic_s, boot_id, "
                "clock, zone, utc_offset_s) "
                f"VALUES ('{uid}', 'camera 0', 'default', '', 1, 1.8e9, 5, 'b', 'ok', 'UTC', 0)"
            )
    old.close()
    database = opened(tmp_path, destinations=("mqtt",))
    assert [known.uid for known in database.drives()] == ([uid] if version else [])
    assert database.connection.execute("PRAGMA user_version").fetchone()[0] == VERSION
    # What the later version brought works.
    database.begin_drive(one := drive())
    saved = database.save_incident(one.uid, incident(), NOW, NOW)
    database.keep(saved, True)
    assert database.incident(saved).kept and len(database.outbox.pending("mqtt", 9)) == 2
    database.close()
    assert integrity_of(path) == []


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(tmp_path / FILE, isolation_level=None) as old:
        migrate(old, 1)
        monkeypatch.setattr("monitor.journal.store.schema.MIGRATIONS", ((), ("CREATE TABLE more (x)", "nonsense")))
        with pytest.raises(sqlite3.OperationalError):
            migrate(old, 2)
        assert old.execute("PRAGMA user_version").fetchone()[0] == 1
        assert old.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone()[0] == 0
    old.close()


def test_a_later_versions_store_is_left_untouched(tmp_path: Path) -> None:
    path, _ = filled(tmp_path)
    with sqlite3.connect(path, isolation_level=None) as later:
        later.execute(f"PRAGMA user_version = {VERSION + 1}")
    later.close()
    before = path.read_bytes()
    for reach in (lambda: open_for_writing(tmp_path, NOW), lambda: open_for_reading(tmp_path)):
        with pytest.raises(UserError, match="install the newer program"):
            reach()
    assert path.read_bytes() == before and {entry.name for entry in tmp_path.iterdir()} == {FILE, "store.lock"}


def test_another_programs_database_is_left_untouched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as other:
        other.execute("CREATE TABLE theirs (x)")
        other.execute("PRAGMA application_id = 7")
    other.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(UserError, match="no store of the monitor's"):
        open_for_writing(tmp_path, NOW)
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize("damage", ["first page", "a page of rows", "all", "cut short"])
def test_a_damaged_database_is_set_aside_and_what_can_be_read_is_carried_over(tmp_path: Path, damage: str) -> None:
    path, uid = filled(tmp_path, 60)
    content = bytearray(path.read_bytes())
    pages = len(content) // 4096
    match damage:
        case "first page":
            content[:4096] = bytes(4096)
        case "a page of rows":
            # One that holds rows: found by what an incident says.
            holds = [page for page in range(pages) if b"another_activity" in content[page * 4096 : (page + 1) * 4096]]
            content[holds[3] * 4096 : (holds[3] + 1) * 4096] = b"\xff" * 4096
        case "all":
            content[:] = b"nonsense" * (len(content) // 8)
        case _:
            del content[len(content) * 2 // 3 :]
    path.write_bytes(content)
    database, lock, notices = open_for_writing(tmp_path, NOW)
    (notice,) = notices
    assert "set aside as store.sqlite.damaged-1" in notice and (tmp_path / f"{FILE}.damaged-1").exists()
    (said,) = database.faults()
    assert said.kind == "store" and "set aside" in said.content["text"]
    kept = [stored.incident for stored in database.incidents(uid)]
    least = {"first page": 60, "a page of rows": 50, "all": 0, "cut short": 1}[damage]
    assert least <= len(kept) <= 60 and all(one == incident(one.number) for one in kept)
    assert len(database.drives()) == (1 if least else 0)
    # The new one works, and the next start finds nothing wrong.
    database.begin_drive(drive())
    database.close()
    lock.release()
    database, lock, notices = open_for_writing(tmp_path, NOW)
    assert notices == [] and integrity_of(path) == []
    assert not list(tmp_path.glob("*.new*")) and not list(tmp_path.glob("*.mended"))
    database.close()
    lock.release()


def test_an_incident_whose_drive_is_lost_is_carried_over(tmp_path: Path) -> None:
    path, uid = filled(tmp_path)
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("DELETE FROM drives")
        # An index that lies is damage, too.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = 'clips_of_incidents'")
    connection.close()
    database = opened(tmp_path)
    assert len(database.incidents(uid)) == 40
    (stub,) = database.drives()
    assert stub.uid == uid and "damaged" in stub.source and stub.end_reason == "interrupted"
    database.close()


def with_clips(folder: Path) -> tuple[StoredClip, StoredClip, Path]:
    """A store with a clip, one whose writing was cut off, and a video beside them that is not the store's."""
    database = opened(folder)
    one = drive()
    database.begin_drive(one)
    for number in (1, 2):
        database.save_incident(one.uid, incident(number), NOW, NOW)
    packets = packets_of(write_numbered(folder / "drive.mp4", 100))
    clips = []
    for stored in database.incidents():
        clip = begin_clip(database, stored.uid, 100_000)
        file = ClipFile(path_of(database, clip), 1.0, packets[:90])
        if not clips:
            clip = finish_clip(database, clip, file.close(3.0), NOW)
        clips.append(clip)
    database.close()
    theirs = folder / "clips" / f"{uuid.uuid4()}.mp4"
    (folder / "drive.mp4").replace(theirs)
    return clips[0], clips[1], theirs


@pytest.mark.parametrize("lost", ["drives", "incidents", "clips", "all", "the database"])
def test_no_clip_is_forgotten_whose_rows_are_lost(tmp_path: Path, lost: str) -> None:
    """It shows a person: whoever deletes all must find it, and retention drop it."""
    whole, cut, theirs = with_clips(tmp_path)
    path = tmp_path / FILE
    if lost == "the database":
        for file in tmp_path.glob("store*"):
            file.unlink()
    elif lost == "all":
        path.write_bytes(b"nonsense" * 1000)
    else:
        with sqlite3.connect(path, isolation_level=None) as connection:
            connection.execute(f"DELETE FROM {lost}")
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("DELETE FROM sqlite_master WHERE name = 'clips_of_incidents'")
        connection.close()
    database, lock, notices = open_for_writing(tmp_path, NOW)
    lock.release()
    assert any("clips" in notice for notice in notices)
    sweep(database, NOW)
    known = {clip.uid: clip for clip in database.clips()}
    assert known.keys() == {whole.uid, cut.uid}
    assert all(is_as_written(path_of(database, clip), clip) for clip in known.values())
    assert (known[whole.uid].start_s, known[whole.uid].end_s) == pytest.approx((1.0, 3.0), abs=0.05)
    assert {clip.incident_uid for clip in known.values()} == (
        {whole.incident_uid, cut.incident_uid} if lost == "drives" else {None}
    )
    assert integrity_of(path) == []
    for one in database.drives():
        assert erase_drive(database, one.uid) == []
    assert [*(tmp_path / "clips").iterdir()] == [theirs]
    database.close()


def test_the_power_goes_while_a_damaged_database_is_carried_over(tmp_path: Path) -> None:
    path, uid = filled(tmp_path)
    # It was set aside, and the new one has not got its name.
    path.replace(tmp_path / f"{FILE}.new")
    database = opened(tmp_path)
    assert len(database.incidents(uid)) == 40
    database.close()


def test_two_monitors_do_not_write_one_store(tmp_path: Path) -> None:
    database, lock, _ = open_for_writing(tmp_path, NOW)
    with pytest.raises(UserError, match="another monitor writes the store"):
        open_for_writing(tmp_path, NOW)
    with pytest.raises(UserError, match="there is no store"):
        open_for_reading(tmp_path / "other")
    reader = open_for_reading(tmp_path)
    database.begin_drive(drive())
    assert len(reader.drives()) == 1, "who reads does not wait"
    reader.close()
    database.close()
    lock.release()
    opened(tmp_path).close()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot write the store .*file"):
        open_for_writing(tmp_path / "file" / "store", NOW)
