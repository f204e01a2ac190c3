"""A monitor's side of the store: nobody waits, nothing is lost while the disk is away, and what is wrong is said."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import UserError
from monitor.alerts.events import Tier
from monitor.journal.store import writer
from monitor.journal.store.clips import path_of
from monitor.journal.store.database import Database
from monitor.journal.store.opening import FILE, open_for_reading, open_for_writing
from monitor.journal.store.outbox import Outbox
from monitor.journal.store.records import StoredDrive
from monitor.journal.store.retention import Retention, RetentionLimits
from monitor.journal.store.writer import Store
from tests.monitor.journal.store.stories import DAY_S, Clocks, drive, incident, opened

WAIT_S = 60.0
"""Far more than anything takes."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried at once."""
    monkeypatch.setattr(writer, "_RETRY_S", 0.01)


def until(store: Store, met: Callable[[], bool]) -> bool:
    """Wait until the writer has got so far; whether it has."""
    event = threading.Event()
    for _ in range(int(WAIT_S / 0.01)):
        if met():
            return True
        event.wait(0.01)
    return False


def begin(store: Store, one: StoredDrive) -> None:
    store.put(("drive", one.uid), lambda database: database.begin_drive(one))


def save(store: Store, one: StoredDrive, number: int, *, over: bool = True) -> None:
    now = store.clock.now()
    kept = incident(number, Tier.CRITICAL, over=over)
    store.put(("incident", number), lambda database: database.save_incident(one.uid, kept, now, now))


def numbers(folder: Path) -> list[int]:
    with closing(open_for_reading(folder)) as database:
        return [stored.incident.number for stored in database.incidents()]


def test_nothing_is_made_before_there_is_something_to_keep(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert store.problem is None and store.close() and not (tmp_path / "store").exists()


def test_what_is_left_with_a_store_is_there_after_a_flush_and_after_its_end(tmp_path: Path) -> None:
    store, one = Store(tmp_path), drive()
    begin(store, one)
    save(store, one, 1)
    assert store.flush(WAIT_S) and numbers(tmp_path) == [1]
    save(store, one, 2)
    assert store.close(WAIT_S) and store.close() and numbers(tmp_path) == [1, 2]
    save(store, one, 3)
    with pytest.raises(UserError, match="is closed"):
        store.open()
    assert numbers(tmp_path) == [1, 2]


def test_a_folder_that_is_none_is_said_and_nobody_waits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file" / "store")
    with pytest.raises(UserError, match="cannot write the store"):
        store.open()
    begin(store, drive())
    assert store.problem is not None and "cannot write the store" in store.problem
    assert not store.close(WAIT_S)
    assert "records lost: 1" in capsys.readouterr().err


def test_a_database_that_another_process_has_locked_is_written_when_it_is_free(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.journal.store.opening._BUSY_S", 0.01)
    store, one = Store(tmp_path), drive()
    store.open()
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begin(store, one)
        save(store, one, 1)
        assert until(store, lambda: store.problem is not None)
        assert "locked" in str(store.problem)
        other.execute("ROLLBACK")
        assert until(store, lambda: store.problem is None) and store.flush(WAIT_S)
    assert store.close(WAIT_S) and numbers(tmp_path) == [1]


def test_the_second_of_two_monitors_says_so_and_writes_when_the_first_has_gone(tmp_path: Path, quick: None) -> None:
    first, second, one = Store(tmp_path), Store(tmp_path), drive()
    first.open()
    begin(second, one)
    save(second, one, 7)
    assert until(second, lambda: second.problem is not None) and "another monitor writes" in str(second.problem)
    assert first.close(WAIT_S)
    assert until(second, lambda: second.problem is None) and second.flush(WAIT_S)
    assert second.close(WAIT_S) and numbers(tmp_path) == [7]


def test_a_full_disk_is_said_retention_is_asked_for_room_and_nothing_is_lost(tmp_path: Path, quick: None) -> None:
    """Full as SQLite finds it: the database may have no more pages, until retention has made room."""
    pages, asked = {"most": 1 << 30}, threading.Event()

    def size(database: Database) -> int:
        database.connection.execute(f"PRAGMA max_page_count = {pages['most']}").fetchone()
        asked.set()
        return 0

    store, one = Store(tmp_path, retention=Retention(RetentionLimits(free_bytes=0), size=size)), drive()
    begin(store, one)
    save(store, one, 1)
    store.flush(WAIT_S)
    pages["most"] = 1
    store.call(size, WAIT_S)
    asked.clear()
    for number in range(2, 80):
        save(store, one, number)
    assert until(store, lambda: store.problem is not None and "full" in str(store.problem))
    assert asked.wait(WAIT_S)
    pages["most"] = 1 << 30
    assert until(store, lambda: store.problem is None) and store.flush(WAIT_S)
    assert store.close(WAIT_S) and numbers(tmp_path) == list(range(1, 80))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_small_disk_that_fills(tmp_path: Path, quick: None) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "none", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        store, one = Store(disk / "store", limits=RetentionLimits(free_bytes=0)), drive()
        begin(store, one)
        save(store, one, 1)
        assert store.flush(WAIT_S)
        with pytest.raises(OSError, match="No space"):
            (disk / "other").write_bytes(bytes(1 << 20))
        for number in range(2, 100):
            save(store, one, number)
        assert until(store, lambda: store.problem is not None)
        assert any(word in str(store.problem) for word in ("full", "I/O", "free"))
        (disk / "other").unlink()
        assert until(store, lambda: store.problem is None) and store.flush(WAIT_S)
        assert store.close(WAIT_S) and numbers(disk / "store") == list(range(1, 100))
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_messages_that_were_dropped_are_told_once_though_the_store_is_opened_again(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.journal.store.database.Outbox", partial(Outbox, most=4))
    store, one, broken = Store(tmp_path, destinations=("mqtt",)), drive(), [True]
    begin(store, one)
    for number in range(1, 6):
        save(store, one, number)
    assert store.flush(WAIT_S)

    def breaks_once(database: Database) -> None:
        if broken:
            broken.clear()
            raise sqlite3.OperationalError("disk I/O error")

    store.put("breaks", breaks_once)
    assert until(store, lambda: not broken and store.problem is None) and store.flush(WAIT_S)
    for number in range(6, 8):
        save(store, one, number)
    assert store.close(WAIT_S)
    told = [re.search(r"messages dropped: (.*)$", notice) for notice in store.take_notices()]
    counts = [int(found[1]) for found in told if found is not None]
    assert sum(counts) == 10 and min(counts) > 0


@pytest.mark.skipif(os.name == "nt", reason="no file that is open can be deleted there")
@pytest.mark.parametrize("instead", ["nothing", "no folder", "a backup", "it is elsewhere"])
def test_a_store_that_is_deleted_or_moved_meanwhile_is_begun_anew_with_the_drive_that_goes_on(
    instead: str, tmp_path: Path, quick: None
) -> None:
    folder = tmp_path / "store"
    with closing(opened(tmp_path / "backup")) as backup:
        backup.begin_drive(replace(drive(), end_reason="stopped"))
    store, ended, one = Store(folder), drive(), drive()
    for each in (ended, one):
        begin(store, each)
    save(store, one, 1)
    save(store, one, 2, over=False)
    assert store.flush(WAIT_S)
    store.call(lambda database: database.end_drive(ended.uid, 9.0, 90, "stopped"), WAIT_S)
    if instead == "it is elsewhere":
        folder.rename(tmp_path / "elsewhere")
    elif instead == "a backup":
        (tmp_path / "backup" / FILE).replace(folder / FILE)
    else:
        for file in folder.iterdir():
            file.unlink()
        if instead == "no folder":
            folder.rmdir()
    save(store, one, 3)
    assert until(store, lambda: store.flush(WAIT_S)) and numbers(folder) == [1, 2, 3]
    (said,) = store.take_notices()
    assert "moved or deleted" in said
    save(store, one, 2)
    store.put(("end", one.uid), lambda database: database.end_drive(one.uid, 60.0, 600, "stopped"))
    assert store.close(WAIT_S)
    with closing(open_for_reading(folder)) as database:
        assert [known.uid for known in database.drives() if known.uid == one.uid] == [one.uid]
        assert len(database.drives()) == (2 if instead == "a backup" else 1)
        assert {known.end_reason for known in database.drives()} == {"stopped"}
        assert all(stored.incident.is_over for stored in database.incidents())
        assert [fault.kind for fault in database.faults()] == ["store"]
    if instead == "it is elsewhere":
        assert {path.name for path in (tmp_path / "elsewhere").iterdir()} >= {FILE}


def test_what_takes_long_to_open_is_not_called_a_disk_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = threading.Event()

    def open_slowly(*arguments: Any) -> Any:
        opens.wait(WAIT_S)
        return open_for_writing(*arguments)

    monkeypatch.setattr(writer, "open_for_writing", open_slowly)
    store = Store(tmp_path)
    begin(store, drive())
    monkeypatch.setattr(writer, "_HANGS_S", 0.0)
    assert until(store, lambda: store.problem is not None)
    assert "is carried over, or its disk hangs" in str(store.problem)
    opens.set()
    assert store.close(WAIT_S) and store.problem is None


def test_a_disk_that_may_only_be_read(tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: Any, flags: int, *more: Any, **others: Any) -> int:
        if flags & os.O_CREAT and str(path).startswith(str(tmp_path / "store")):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, flags, *more, **others)

    monkeypatch.setattr(os, "open", refuse)
    store, one = Store(tmp_path / "store"), drive()
    begin(store, one)
    assert until(store, lambda: store.problem is not None) and "the disk can only be read" in str(store.problem)
    monkeypatch.setattr(os, "open", real)
    assert until(store, lambda: store.problem is None) and store.close(WAIT_S)


def test_a_record_that_fits_nothing_costs_no_other(tmp_path: Path) -> None:
    store, one = Store(tmp_path), drive()
    begin(store, one)
    save(store, drive(), 1)
    save(store, one, 2)
    assert store.close(WAIT_S) and numbers(tmp_path) == [2]


def test_a_clock_that_is_set_is_kept_and_nothing_is_old_for_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_UPKEEP_S", 0.0)
    clocks = Clocks()
    store, one = Store(tmp_path, clock=clocks.store_clock), drive(clocks.now())
    begin(store, one)
    save(store, one, 1)
    store.flush(WAIT_S)
    store.call(lambda database: database.end_drive(one.uid, 9.0, 90, "stopped"), WAIT_S)
    clocks.utc_s += 400 * DAY_S
    assert until(store, lambda: any("clock was set forwards" in text for text in store.take_notices()))
    assert numbers(tmp_path) == [1]
    clocks.pass_time(3601.0)
    assert until(store, lambda: numbers(tmp_path) == [])
    assert until(store, lambda: any("older than they are kept" in text for text in store.take_notices()))
    clocks.utc_s -= DAY_S
    assert until(store, lambda: any("set back by 86400 s" in text for text in store.take_notices()))
    assert store.close(WAIT_S)
    with closing(open_for_reading(tmp_path)) as database:
        assert [fault.kind for fault in database.faults()] == ["clock", "retention", "clock"]


def test_a_clock_that_is_far_ahead_at_a_start_makes_nothing_old_until_it_has_gone_on_for_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_UPKEEP_S", 0.0)
    clocks = Clocks()

    def watched(*expected: int) -> list[str]:
        """A start: what it says once the store was looked after."""
        store, one = Store(tmp_path, clock=Clocks(clocks.utc_s).store_clock), drive(clocks.now())
        begin(store, one)
        store.call(lambda database: database.end_drive(one.uid, 60.0, 600, "stopped"), WAIT_S)
        assert store.call(lambda _database: True, WAIT_S) and until(store, lambda: numbers(tmp_path) == [*expected])
        assert store.close(WAIT_S) and numbers(tmp_path) == [*expected]
        return list(map(str, store.take_notices()))

    store, one = Store(tmp_path, clock=clocks.store_clock), drive(clocks.now())
    begin(store, one)
    save(store, one, 1)
    assert store.close(WAIT_S)
    clocks.pass_time(6 * DAY_S)
    assert watched(1) == [], "a car may stand for some days"
    clocks.pass_time(400 * DAY_S)
    assert watched(1) == ["nothing was stored for 400 days, if the clock is right; nothing is old for a day"]
    clocks.pass_time(3 * 3600.0)
    assert watched(1) == [], "what was written by this clock does not prove it"
    clocks.utc_s -= 400 * DAY_S
    assert watched(1) == [], "it is put right"
    clocks.pass_time(402 * DAY_S)
    assert any("older than they are kept" in said for said in watched())


def test_a_clip_has_room_made_for_it_and_one_that_has_grown_is_refused_where_there_is_none(tmp_path: Path) -> None:
    def clips_alone(database: Database) -> int:
        return sum(clip.bytes for clip in database.clips())

    retention = Retention(RetentionLimits(most_bytes=1000, free_bytes=0), size=clips_alone)
    store, one = Store(tmp_path, retention=retention), drive()
    begin(store, one)
    for number in (1, 2, 3):
        save(store, one, number)
    store.flush(WAIT_S)
    uids = store.call(lambda database: [stored.uid for stored in database.incidents()], WAIT_S)
    files = []
    for uid in uids[:2]:
        clip = store.begin_clip(uid, 600, WAIT_S)
        store.call(lambda database, clip=clip: path_of(database, clip).write_bytes(b"x" * 550), WAIT_S)
        files.append(store.finish_clip(clip, (0.0, 1.0), WAIT_S).file)
    assert [(tmp_path / file).exists() for file in files] == [False, True]
    assert any("dropped 1 clips" in text for text in store.take_notices())
    clip = store.begin_clip(uids[2], 900, WAIT_S)
    store.call(lambda database: path_of(database, clip).write_bytes(b"x" * 1001), WAIT_S)
    with pytest.raises(UserError, match="allow it more"):
        store.finish_clip(clip, (0.0, 1.0), WAIT_S)
    assert list((tmp_path / "clips").iterdir()) == []
    assert store.close(WAIT_S)


def test_a_clip_that_is_begun_when_nobody_waits_for_it_any_more_leaves_nothing(tmp_path: Path) -> None:
    answers, upkeep = threading.Event(), threading.Event()
    answers.set()

    def slow_size(_database: Database) -> int:
        answers.wait(WAIT_S)
        upkeep.set()
        return 0

    retention = Retention(RetentionLimits(free_bytes=0), size=slow_size)
    store, one = Store(tmp_path, retention=retention), drive()
    begin(store, one)
    save(store, one, 1)
    (uid,) = store.call(lambda database: [stored.uid for stored in database.incidents()], WAIT_S)
    assert upkeep.wait(WAIT_S), "which asks for the size, too"
    answers.clear()
    with pytest.raises(UserError, match="does not answer"):
        store.begin_clip(uid, 100, 0.2)
    answers.set()
    assert store.call(lambda database: database.clips(), WAIT_S) == []
    assert list((tmp_path / "clips").glob("*")) == []
    assert store.close(WAIT_S)


def test_a_store_that_is_opened_again_leaves_the_clips_that_are_written_alone(tmp_path: Path) -> None:
    store, one = Store(tmp_path, limits=RetentionLimits(free_bytes=0)), drive()
    begin(store, one)
    save(store, one, 1)
    (uid,) = store.call(lambda database: [stored.uid for stored in database.incidents()], WAIT_S)
    clip = store.begin_clip(uid, 100, WAIT_S)
    fails = iter([sqlite3.OperationalError("disk I/O error")])

    def fail_once(_database: Database) -> None:
        for error in fails:
            raise error

    store.put("fails", fail_once)
    assert until(store, lambda: store.problem is not None) and until(store, lambda: store.problem is None)
    (tmp_path / f"{clip.file}.part").write_bytes(b"recorded on")
    done = store.finish_clip(clip, (0.0, 1.0), WAIT_S)
    assert store.call(lambda database: database.clips(), WAIT_S) == [done]
    assert store.close(WAIT_S)


@pytest.fixture(scope="module")
def hung(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, threading.Event]]:
    """A store whose disk does not answer until the event is set."""
    store, answers = Store(tmp_path_factory.mktemp("hung")), threading.Event()
    store.put("hangs", lambda _database: answers.wait(WAIT_S))
    yield store, answers
    answers.set()
    store.close(WAIT_S)


@settings(max_examples=30)
@given(keys=st.lists(st.integers(0, 3000), max_size=50))
def test_the_queue_never_waits_and_never_grows_beyond_its_bound(
    hung: tuple[Store, threading.Event], keys: list[int]
) -> None:
    store, _ = hung
    for key in keys:
        store.put(("fault", key), lambda _database: None)
    store.put(("drive", "first"), lambda _database: None)
    for key in range(2100):
        store.put(("many", key), lambda _database: None)
    assert not store.flush(0.0)
    with pytest.raises(UserError, match="does not answer"):
        store.call(lambda _database: None, 0.0)


def test_what_was_lost_while_the_disk_hung_is_counted(tmp_path: Path) -> None:
    store, one, answers, began = Store(tmp_path), drive(), threading.Event(), threading.Event()
    begin(store, one)

    def hang(_database: Database) -> None:
        began.set()
        answers.wait(WAIT_S)

    store.put("hangs", hang)
    assert began.wait(WAIT_S)
    for key in range(2500):
        store.put(("many", key), lambda _database: None)
    begin(store, other := drive())
    answers.set()
    assert store.flush(WAIT_S)
    assert until(store, lambda: any("records lost" in text for text in store.take_notices()))
    assert store.close(WAIT_S)
    with closing(open_for_reading(tmp_path)) as database:
        assert {known.uid for known in database.drives()} == {one.uid, other.uid}, "a drive is never lost"
        assert "records lost: 50" in database.faults()[0].content["text"]


def test_a_store_in_use_never_goes_beyond_its_limit_and_uses_it(tmp_path: Path) -> None:
    """Database, log and clips together, as they lie on the disk after each clip."""
    most, size = 2_000_000, 90_000
    store, one = Store(tmp_path, limits=RetentionLimits(most_bytes=most, free_bytes=0)), drive()
    begin(store, one)
    totals = []
    for number in range(1, 41):
        save(store, one, number)
        assert store.flush(WAIT_S)
        uid = store.call(lambda database: database.incidents()[-1].uid, WAIT_S)
        clip = store.begin_clip(uid, size, WAIT_S)
        (tmp_path / f"{clip.file}.part").write_bytes(bytes(size))
        store.finish_clip(clip, (0.0, 10.0), WAIT_S)
        files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
        totals.append(sum(path.stat().st_size for path in files))
    assert store.close(WAIT_S)
    assert max(totals) <= most
    assert min(totals[25:]) > most - size - most // 10 - 2 * 64 * 4096
