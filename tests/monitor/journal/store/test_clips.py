"""The clips' files: from a row to a file with its name, and what becomes of them when the power goes."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from engines.errors import UserError
from monitor.journal.recording.clip_file import ClipFile
from monitor.journal.store.clips import (
    Removal,
    abandon_clip,
    begin_clip,
    erase_drive,
    finish_clip,
    is_as_written,
    path_of,
    remove_clip,
    sweep,
)
from monitor.journal.store.database import Database
from monitor.journal.store.records import StoredClip
from tests.monitor.journal.recording.numbered import numbers_in, packets_of, span, write_numbered
from tests.monitor.journal.store.stories import Clocks, drive, incident, opened

NOW = Clocks().now()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = opened(tmp_path / "store", destinations=("mqtt",))
    database.begin_drive(one := drive())
    database.save_incident(one.uid, incident(), NOW, NOW)
    return database


def begun(database: Database, content: bytes = b"a clip") -> StoredClip:
    (stored,) = database.incidents()
    clip = begin_clip(database, stored.uid, 1000)
    path_of(database, clip).write_bytes(content)
    return clip


def test_a_clip_gets_its_name_when_it_is_complete(database: Database) -> None:
    clip = begun(database)
    assert path_of(database, clip).suffixes == [".mp4", ".part"]
    assert stat.S_IMODE(path_of(database, clip).stat().st_mode) == 0o600
    assert database.incidents()[0].incident.clip is None, "nobody is shown half a clip"
    done = finish_clip(database, clip, (1.0, 11.0), NOW, b"jpeg")
    (stored,) = database.incidents()
    assert stored.incident.clip == done.file and (database.folder / done.file).read_bytes() == b"a clip"
    assert database.clips() == [done] and done.bytes == 6 and (done.start_s, done.end_s) == (1.0, 11.0)
    assert [message.kind for message in database.outbox.pending("mqtt", 9)] == ["new", "end", "update"]
    # A later state of the incident takes nothing away.
    database.save_incident(stored.drive_uid, incident(), NOW, NOW)
    assert database.incidents()[0].incident.clip == done.file
    assert sweep(database, NOW).lost == 0 and path_of(database, done).exists()


def test_a_clip_that_is_abandoned_leaves_nothing(database: Database) -> None:
    abandon_clip(database, begun(database))
    assert database.clips() == [] and list((database.folder / "clips").iterdir()) == []
    with pytest.raises(UserError, match="no incident nobody"):
        begin_clip(database, "nobody", 1)


def test_a_clip_that_is_written_goes_with_its_drive(database: Database) -> None:
    clip = begun(database)
    part = path_of(database, clip)
    assert erase_drive(database, clip.drive_uid) == []
    assert list(part.parent.iterdir()) == [] and database.clips() == []
    part.write_bytes(b"whoever recorded went on")
    with pytest.raises(UserError, match="was deleted"):
        finish_clip(database, clip, (0.0, 1.0), NOW)
    assert list(part.parent.iterdir()) == []


def test_a_clip_that_was_finished_after_all_is_not_abandoned(database: Database) -> None:
    """Whoever waited for the store had given up."""
    clip = begun(database)
    done = finish_clip(database, clip, (0.0, 1.0), NOW)
    abandon_clip(database, clip)
    assert database.clips() == [done] and path_of(database, done).exists()


@pytest.mark.parametrize("cut", ["no file yet", "half a file", "no name yet", "deleted, but known"])
def test_what_the_power_has_cut_off_is_finished_or_gone_after_a_start(database: Database, cut: str) -> None:
    clip = begun(database)
    part = path_of(database, clip)
    if cut == "no file yet":
        part.unlink()
    if cut in ("no name yet", "deleted, but known"):
        clip = finish_clip(database, clip, (0.0, 1.0), NOW)
        if cut == "no name yet":
            path_of(database, clip).replace(part)
        else:
            path_of(database, clip).unlink()
    sweep(database, NOW)
    left = [path.name for path in (database.folder / "clips").iterdir()]
    assert left == ([Path(clip.file).name] if cut == "no name yet" else [])
    assert [known.file for known in database.clips()] == ([clip.file] if left else [])
    assert database.incidents()[0].incident.clip == (clip.file if left else None)


def test_what_was_recorded_until_the_power_went_becomes_a_clip(database: Database, tmp_path: Path) -> None:
    clip = begun(database)
    part = path_of(database, clip)
    packets = packets_of(write_numbered(tmp_path / "drive.mp4", 100))
    file = ClipFile(part, 1.0, packets[:90])
    whole = part.with_name(f"{part.name}.whole")
    whole.write_bytes(b"of a start that was cut off, too")
    assert sweep(database, NOW).lost == 0
    (kept,) = database.clips()
    path = path_of(database, kept)
    assert [*(database.folder / "clips").iterdir()] == [path] and is_as_written(path, kept)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first, last = span(numbers_in(path))
    assert first == 25 and 60 <= last < 90
    assert (kept.start_s, kept.end_s) == pytest.approx((1.0, (last + 1) / 25), abs=0.01)
    assert database.incidents()[0].incident.clip == kept.file
    assert sweep(database, NOW).lost == 0
    file.close()


@pytest.mark.parametrize("error", [UserError("no clip can be made of it"), OSError(errno.EIO, "Input/output error")])
def test_a_clip_that_can_never_be_completed_is_kept_as_it_is_after_some_starts(
    database: Database, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(part: Path, whole: Path) -> tuple[float, float]:
        raise error

    monkeypatch.setattr("monitor.journal.recording.clip_file.recover", fail)
    clip = begun(database)
    for _ in range(2):
        assert sweep(database, NOW).texts == [] and database.clips()[0].writing
    (text,) = sweep(database, NOW).texts
    assert clip.file in text
    (kept,) = database.clips()
    assert not kept.writing and is_as_written(path_of(database, kept), kept)
    assert [*(database.folder / "clips").iterdir()] == [path_of(database, kept)]
    assert sweep(database, NOW).texts == []
    assert erase_drive(database, clip.drive_uid) == [] and not [*(database.folder / "clips").iterdir()]


def test_a_full_disk_says_nothing_of_a_clip(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(part: Path, whole: Path) -> tuple[float, float]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("monitor.journal.recording.clip_file.recover", fail)
    begun(database)
    for _ in range(5):
        assert sweep(database, NOW).texts == [] and database.clips()[0].writing


@pytest.mark.parametrize("other", ["another content", "a link", "a folder"])
def test_what_the_store_did_not_write_is_not_deleted(database: Database, other: str, tmp_path: Path) -> None:
    clip = finish_clip(database, begun(database), (0.0, 1.0), NOW)
    path = path_of(database, clip)
    theirs = tmp_path / "theirs.mp4"
    theirs.write_bytes(path.read_bytes())
    path.unlink()
    if other == "another content":
        path.write_bytes(b"A clip")
    elif other == "a link":
        path.symlink_to(theirs)
    else:
        path.mkdir()
    assert remove_clip(database, clip) is Removal.NOT_OURS
    assert os.path.lexists(path) and theirs.exists() and database.clips() == []


def test_a_clip_that_nobody_has_touched_is_deleted_without_being_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drive of gigabytes would take minutes, in which nothing else is written."""
    clip = finish_clip(database, begun(database), (0.0, 1.0), NOW)
    monkeypatch.setattr("monitor.journal.store.clips._sha256", lambda path: pytest.fail(f"{path} is read"))
    assert erase_drive(database, clip.drive_uid) == [] and not path_of(database, clip).exists()


def test_of_a_store_that_was_copied_the_content_counts(database: Database) -> None:
    clip = finish_clip(database, begun(database), (0.0, 1.0), NOW)
    os.utime(path_of(database, clip), ns=(1, 1))
    assert remove_clip(database, clip) is Removal.DELETED


def test_a_clip_that_has_to_go_soon_is_not_read(database: Database) -> None:
    clip = finish_clip(database, begun(database), (0.0, 1.0), NOW)
    path_of(database, clip).write_bytes(b"A clip")
    assert remove_clip(database, clip, soon=True) is Removal.DELETED
    clip = finish_clip(database, begun(database), (0.0, 1.0), NOW)
    path_of(database, clip).write_bytes(b"of another size")
    assert remove_clip(database, clip, soon=True) is Removal.NOT_OURS and path_of(database, clip).exists()


def test_files_that_nobody_knows_of_stay(database: Database) -> None:
    clip = finish_clip(database, begun(database), (0.0, 1.0), NOW)
    for name in ("holiday.mp4", "x.mp4.part", f"{clip.uid}.mp4.part"):
        (database.folder / "clips" / name).write_bytes(b"theirs")
    assert sweep(database, NOW).lost == 0
    assert remove_clip(database, clip) is Removal.DELETED and remove_clip(database, clip) is Removal.MISSING
    assert len(list((database.folder / "clips").iterdir())) == 3
