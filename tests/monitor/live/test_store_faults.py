"""Whatever becomes of the store, the driver is warned, it is said, and what is kept can be looked at."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from engines.errors import UserError
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.health.system_health import SystemFault
from monitor.journal.library import Library
from monitor.journal.store import opening, writer
from monitor.journal.store.opening import FILE, open_for_reading
from monitor.journal.store.retention import RetentionLimits
from monitor.journal.store.schema import VERSION
from monitor.journal.store.writer import Store
from monitor.live.session import AlertChanged, Notice, SystemChanged
from monitor.live.store_listener import StoreListener
from tests.monitor.journal.drives import incident, info, kept_in, record, uid
from tests.monitor.journal.store.stories import DAY_S, Clocks
from tests.monitor.live.test_store_listener import WAIT_S, Notes, run

pytestmark = pytest.mark.usefixtures("patient_disk")

TRUE = Review(ReviewStatus.TRUE)
LIMITS = RetentionLimits(free_bytes=0)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried at once, and nobody waits long for a lock."""
    monkeypatch.setattr(writer, "_RETRY_S", 0.01)
    monkeypatch.setattr(opening, "_BUSY_S", 0.05)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own, of a megabyte."""
    folder.mkdir()
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root mounts a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield folder / "store"
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    other = folder.parent / "other"
    with pytest.raises(OSError, match="No space"):
        other.write_bytes(bytes(2 << 20))
    yield
    other.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    subprocess.run(["mount", "-o", "remount,ro", folder.parent], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", folder.parent], check=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def another_monitor(folder: Path) -> Iterator[None]:
    other = Store(folder, limits=LIMITS)
    other.open(WAIT_S)
    yield
    other.close(WAIT_S)


@contextmanager
def newer(folder: Path) -> Iterator[None]:
    def set_version(version: int) -> None:
        with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as later:
            later.execute(f"PRAGMA user_version = {version}")

    set_version(VERSION + 1)
    yield
    set_version(VERSION)


Fault = Callable[[Path], AbstractContextManager[None]]


@pytest.mark.parametrize(
    ("fault", "said", "seen", "reviewed"),
    [
        (full, "full|I/O", True, False),
        (read_only, "can only be read|readonly|read-only", True, False),
        (locked, "locked", True, False),
        (another_monitor, "another monitor writes the store", True, True),
        (newer, "install the newer program", False, False),
    ],
)
def test_a_fault_is_a_condition_the_driver_is_warned_and_nothing_is_lost(
    fault: Fault, said: str, seen: bool, reviewed: bool, tmp_path: Path
) -> None:
    disk = small_disk(tmp_path / "disk") if fault in (full, read_only) else _plain(tmp_path / "store")
    with disk as folder:
        with kept_in(folder) as before:
            record(before, info("before"), incident(1))
        store = Store(folder, limits=LIMITS)
        library, notes, alone = Library(store), Notes(), Notes()
        with fault(folder):
            run(StoreListener(store, "drive.mp4", recordings=True), notes)
            run(alone)
            told = [event.condition for event in notes.of(SystemChanged)]
            assert told and {condition.fault for condition in told} == {SystemFault.STORE}
            with pytest.raises(UserError, match=said):
                raise UserError(told[0].text)
            alerts = [event.event for event in notes.of(AlertChanged)]
            assert alerts and alerts == [event.event for event in alone.of(AlertChanged)]
            with _raises(said, not seen):
                assert [drive.info.uid for drive in library.drives()] == [uid("before")]
            with _raises(f"{said}|cannot write", not reviewed):
                library.review(uid("before"), 1, TRUE)
        assert _until(lambda: store.problem is None) and store.flush(WAIT_S)
        drives = library.drives()
        assert [len(drive.incidents) for drive in drives] == [2, 1]
        assert (drives[1].incident(1).review == TRUE) is reviewed
        assert store.close(WAIT_S)


@contextmanager
def _plain(folder: Path) -> Iterator[Path]:
    yield folder


@contextmanager
def _raises(said: str, expected: bool) -> Iterator[None]:
    if expected:
        with pytest.raises(UserError, match=said):
            yield
    else:
        yield


def _until(met: Callable[[], bool]) -> bool:
    waiting = threading.Event()
    return any(met() or waiting.wait(0.01) for _ in range(int(WAIT_S / 0.01)))


def test_a_clock_that_is_set_back_a_day_is_noticed_and_the_drive_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_UPKEEP_S", 0.0)
    clocks, notes = Clocks(), Notes()
    store = Store(tmp_path, clock=clocks.store_clock, limits=LIMITS)
    run(StoreListener(store, "first.mp4", recordings=True))
    clocks.utc_s -= DAY_S
    run(StoreListener(store, "second.mp4", recordings=True), notes)
    assert any("set back by 86400 s" in event.text for event in notes.of(Notice))
    assert not notes.of(SystemChanged) and notes.of(AlertChanged)
    drives = Library(store).drives()
    assert [len(drive.incidents) for drive in drives] == [2, 2]
    days = [drive.info.began_at.date() for drive in drives]
    assert (days[0] - days[1]).days == 1, "the second is of the day that the clock showed"
    assert store.close(WAIT_S)
    with closing(open_for_reading(tmp_path)) as database:
        assert [fault.kind for fault in database.faults()] == ["clock"]
