"""The store as a monitor uses it: records are left with a thread that writes them, and nobody waits for the disk."""

from __future__ import annotations

import logging
import sqlite3
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from engines.errors import UserError, reason
from engines.notice import NoticeText
from monitor.journal.former_library import FormerLibrary
from monitor.journal.store import clips
from monitor.journal.store.database import Database
from monitor.journal.store.opening import FILE, WriterLock, is_damage, is_due, open_for_writing
from monitor.journal.store.records import StoredClip, StoredDrive, StoredFault, StoredIncident
from monitor.journal.store.retention import Dropped, Retention, RetentionLimits
from monitor.journal.store.times import ClockState, Stamp, StoreClock

logger = logging.getLogger(__name__)

T = TypeVar("T")
Job = Callable[[Database], object]

_MOST_WAITING = 2000
"""Records that may wait to be written; then the oldest makes room."""

_AT_ONCE = 64
"""Records in one transaction."""

_UPKEEP_S = 60.0
_RETRY_S = 1.0
_STEADY_S = 3600.0
"""After a clock was set nothing is dropped for its age for so long."""

_LONG_S = 7 * 86_400.0
"""Nothing written for longer, by the clock: that may have been so, or the clock is ahead."""

_DOUBT_S = 86_400.0
"""For so long after that nothing is dropped for its age, also over further starts: a clock is put right meanwhile."""

_HANGS_S = 5.0
"""A disk that takes longer does not answer."""

_OPENING_S = 30.0
"""A damaged one is carried over meanwhile."""

_CLOSING_S = 5.0


class Store:
    """One store, written by one thread; any thread may call any method.

    What cannot be written, on a full disk or one that is locked, waits in memory and is tried again every second. Of
    records with the same key only the last is written.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limits: RetentionLimits | None = None,
        destinations: tuple[str, ...] = (),
        clock: StoreClock | None = None,
        retention: Retention | None = None,
        former: FormerLibrary | None = None,
    ) -> None:
        """Prepare; nothing is opened before the first record.

        Args:
            folder: of the store; made where there is none.
            limits: what it may hold.
            destinations: to whom incidents are sent; see `outbox`.
            clock: the machine's when left out.
            retention: in the place of one with `limits`.
            former: what an earlier version has kept, which is taken in when the store is opened.
        """
        self.folder, self.destinations = folder, destinations
        self.clock = clock or StoreClock()
        self._former = former
        self._retention = retention or Retention(limits or RetentionLimits())
        self._changed = threading.Condition()
        self._waiting: OrderedDict[Hashable, Job] = OrderedDict()
        self._calls: deque[_Call[Any]] = deque()
        self._notices: deque[NoticeText] = deque(maxlen=100)
        self._problem: str | None = None
        self._limit_problem: str | None = None
        self._lost = 0
        self._began_s: float | None = None
        self._closing = False
        self._database: Database | None = None
        self._lock: WriterLock | None = None
        self._file_id: tuple[int, int] | None = None
        self._is_left = False
        self._going_on: list[tuple[StoredDrive, list[StoredIncident], list[StoredFault]]] = []
        self._upkeep_s = 0.0
        self._set_s: float | None = None
        self._dropped_messages = self._queued_messages = 0
        self._outbox_watchers: list[Callable[[], object]] = []
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    def put(self, key: Hashable, job: Job) -> None:
        """Have something written, in order; in the place of what waits with the same key. Never waits."""
        with self._changed:
            if self._closing:
                return
            if key in self._waiting:
                self._waiting[key] = job
            else:
                if len(self._waiting) >= _MOST_WAITING:
                    self._make_way()
                self._waiting[key] = job
            self._start()

    def call(
        self, job: Callable[[Database], T], wait_s: float, undo: Callable[[Database, T], object] | None = None
    ) -> T:
        """Have something done after what waits already, alone, and wait for it.

        Args:
            job: what to do.
            wait_s: seconds to wait.
            undo: takes back what came of a job that had begun when nobody waited for it any more.

        Raises:
            UserError: when the store cannot be written at the moment, or it is not done within `wait_s` seconds; then
                it is not done at all unless it had begun.
            Exception: what the job raises.
        """
        call: _Call[T] = _Call(job, undo)
        with self._changed:
            if self._closing:
                raise UserError(NoticeText("the store {folder} is closed", folder=self.folder))
            call.after = set(self._waiting)
            self._calls.append(call)
            self._start()
            self._changed.wait_for(lambda: call.is_done or self._problem is not None, wait_s)
            if not call.is_done:
                self._calls.remove(call)
                raise UserError(self.problem or f"cannot write the store {self.folder}: its disk does not answer")
        return call.result()

    def watch_outbox(self, wake: Callable[[], object]) -> None:
        """Have somebody woken, in the writer's thread, when there is more to be sent, which is on the disk then."""
        self._outbox_watchers.append(wake)

    def open(self, wait_s: float = _OPENING_S) -> None:
        """Open the store now. Raises `UserError` when that cannot be, or takes longer."""
        self.call(lambda _database: None, wait_s)

    @property
    def is_writer(self) -> bool:
        """Whether this process has the store open, to write it."""
        return self._lock is not None

    @property
    def is_due(self) -> bool:
        """Whether it has to be opened before it can be read: to be migrated, or to take an earlier version's in."""
        return not self.is_writer and (is_due(self.folder) or (self._former is not None and self._former.is_there))

    def flush(self, wait_s: float) -> bool:
        """Wait until all that was left so far is on the disk; whether it is, within `wait_s` seconds.

        Nobody waits while the store cannot be written.
        """
        with self._changed:
            jobs = dict(self._waiting)

            def written() -> bool:
                return all(self._waiting.get(key) is not job for key, job in jobs.items())

            self._changed.wait_for(lambda: written() or self._problem is not None, wait_s)
            return written()

    @property
    def problem(self) -> str | None:
        """What is wrong, in a line for people; None while all is written and the limits are kept."""
        began_s = self._began_s
        if began_s is not None and time.monotonic() - began_s > _HANGS_S:
            if self._database is None:
                return f"the store {self.folder} is not open yet: it was damaged and is carried over, or its disk hangs"
            return f"cannot write the store {self.folder}: its disk does not answer"
        return self._problem or self._limit_problem

    def take_notices(self) -> list[NoticeText]:
        """What has happened to the store since the last call, a line each."""
        notices = []
        with suppress(IndexError):
            while True:
                notices.append(self._notices.popleft())
        return notices

    def begin_clip(self, incident_uid: str, most_bytes: int, wait_s: float, suffix: str = ".mp4") -> StoredClip:
        """Room for a clip of an incident, and an empty file to write it to; see `clips.path_of`.

        Raises:
            UserError: when there is no room, no such incident, or the disk does not answer.
            OSError, sqlite3.Error: when it does not take it.
        """

        def begin(database: Database) -> StoredClip:
            self._say(self._retention.make_room(database, self.clock.now(), most_bytes), database)
            return clips.begin_clip(database, incident_uid, most_bytes, suffix)

        return self.call(begin, wait_s, clips.abandon_clip)

    def begin_part(self, drive_uid: str, most_bytes: int, wait_s: float, suffix: str = ".mp4") -> StoredClip:
        """The same for a part of a drive that is recorded as a whole. Raises as `begin_clip`."""

        def begin(database: Database) -> StoredClip:
            self._say(self._retention.make_room(database, self.clock.now(), most_bytes), database)
            return clips.begin_part(database, drive_uid, most_bytes, suffix)

        return self.call(begin, wait_s, clips.abandon_clip)

    def extend_clip(self, clip: StoredClip, most_bytes: int, wait_s: float) -> StoredClip:
        """Room for a clip that becomes larger than was said. Raises as `begin_clip`."""

        def extend(database: Database) -> StoredClip:
            self._say(self._retention.make_room(database, self.clock.now(), most_bytes - clip.bytes), database)
            return clips.extend_clip(database, clip, most_bytes)

        return self.call(extend, wait_s)

    def abandon_clip(self, clip: StoredClip, wait_s: float) -> None:
        """A clip will not be finished; see `clips.abandon_clip`. Raises as `begin_clip`."""
        self.call(lambda database: clips.abandon_clip(database, clip), wait_s)

    def finish_clip(
        self, clip: StoredClip, span_s: tuple[float, float], wait_s: float, thumbnail: bytes | None = None
    ) -> StoredClip:
        """A clip's file is complete; see `clips.finish_clip`. Raises as `begin_clip`; then abandon the clip."""
        content = clips.content_of(clips.part_of(self.folder, clip))  # here, so that nobody else waits for it

        def finish(database: Database) -> StoredClip:
            try:
                more = content.bytes - clip.bytes
                if more > 0:
                    self._say(self._retention.make_room(database, self.clock.now(), more), database)
                return clips.finish_clip(database, clip, span_s, self.clock.now(), thumbnail, content)
            except Exception:
                with suppress(OSError, sqlite3.Error):  # then the next start does it
                    clips.abandon_clip(database, clip)
                raise

        return self.call(finish, wait_s)

    def close(self, wait_s: float = _CLOSING_S) -> bool:
        """Write what waits and let the store go; whether all was written. What is lost is said on stderr."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(wait_s)
        lost = self._lost + len(self._waiting)
        if lost:
            with suppress(OSError):
                print(f"warning: {self.problem or 'the store was not written'}; records lost: {lost}", file=sys.stderr)
        return not lost

    def _start(self) -> None:
        if self._thread.ident is None:
            self._thread.start()
        self._changed.notify_all()

    def _make_way(self) -> None:
        """Drop the oldest that waits, but no drive: without it, none of its incidents could be written."""
        oldest = next((key for key in self._waiting if not (isinstance(key, tuple) and key[0] == "drive")), None)
        self._waiting.pop(next(iter(self._waiting)) if oldest is None else oldest)
        self._lost += 1

    # What follows runs in the writer's thread.

    def _run(self) -> None:
        while True:
            retry = self._problem is not None
            with self._changed:
                if retry and not self._closing:
                    self._changed.wait(_RETRY_S)
                elif not self._closing:
                    rest_s = max(0.0, self._upkeep_s - time.monotonic()) if self._database is not None else 0.0
                    self._changed.wait_for(lambda: self._waiting or self._calls or self._closing, rest_s)
                closing = self._closing
            self._began_s = time.monotonic()
            self._try_to_write()
            self._began_s = None
            with self._changed:
                self._changed.notify_all()
                idle = not self._waiting and not self._calls
                if closing and (idle or self._problem is not None):
                    break
        self._let_go()

    def _try_to_write(self) -> None:
        try:
            database = self._database or self._open()
            try:
                self._write(database)
            except _MovedError:
                self._leave(database)
                self._write(database := self._open())
            if time.monotonic() >= self._upkeep_s:
                self._upkeep(database)
            self._problem = None
        except sqlite3.Error as error:
            self._problem = f"cannot write the store {self.folder}: {error}"
            full = "full" in str(error)
            if full and self._database is not None:
                self._try_to_make_room(self._database)
            elif is_damage(error) or "I/O" in str(error):
                self._let_go()  # it is looked at again as it is opened
        except UserError as error:
            self._problem = str(error)
        except OSError as error:
            self._problem = f"cannot write the store {self.folder}: {reason(error)}"
        except Exception as error:
            logger.error("the store failed", exc_info=True)
            self._problem = f"cannot write the store {self.folder}: {type(error).__name__}: {error}"

    def _open(self) -> Database:
        now = self.clock.now()
        database, self._lock, notices = open_for_writing(self.folder, now, self.destinations)
        self._database = database
        self._dropped_messages = self._queued_messages = 0  # it counts anew
        self._notices.extend(notices)
        database.correct_clock(now)
        self._look_for_gap(database, now)
        is_first = self._file_id is None
        if is_first:  # else a drive goes on
            database.end_interrupted_drives(now)
        self._file_id = _id_of(self.folder / FILE)
        self._carry_on(database, now)
        if is_first:  # else clips are being written
            for text in clips.sweep(database, now).texts:
                self._keep_notice(text, "store", database)
        self._take_former_in(database, now)
        self.clock.jumped_s()
        self._upkeep_s = time.monotonic()
        return database

    def _take_former_in(self, database: Database, now: Stamp) -> None:
        if self._former is None or not self._former.is_there:
            return
        with database.outbox.silent():
            for notice in self._former.take_in(database, now):
                if notice is not None:
                    self._keep_notice(notice, "store", database)
                self._began_s = time.monotonic()  # it goes on, however much there is

    def _require_in_place(self) -> None:
        """Raise `_MovedError` where what is written would go to a file that was moved or deleted."""
        if _id_of(self.folder / FILE) != self._file_id:
            raise _MovedError

    def _leave(self, database: Database) -> None:
        """Let a database go that lies nowhere any more, but for the drives that go on."""
        with suppress(sqlite3.Error):
            self._going_on = [
                (drive, database.incidents(drive.uid), database.faults(drive.uid))
                for drive in database.drives()
                if drive.end_reason is None
            ]
        self._let_go()
        self._is_left = True

    def _carry_on(self, database: Database, now: Stamp) -> None:
        if not self._is_left:
            return
        with database.transaction():
            for drive, incidents, faults in self._going_on:
                database.begin_drive(drive)
                for stored in incidents:
                    uid = database.save_incident(drive.uid, stored.incident, stored.began, now)
                    database.save_review(uid, stored.incident.review, now)
                    database.keep(uid, stored.kept)
                for fault in faults:
                    database.save_fault(fault)
            text = NoticeText(
                "the store was moved or deleted while it was written: it is begun anew with the drive that goes on"
            )
            self._keep_notice(text, "store", database)
        self._going_on, self._is_left = [], False

    def _write(self, database: Database) -> None:
        while True:
            with self._changed:
                calls = [call for call in self._calls if not call.after & self._waiting.keys()]
                batch = [(key, self._waiting[key]) for key, _ in zip(self._waiting, range(_AT_ONCE), strict=False)]
            self._require_in_place()
            if not calls and not batch:
                return
            for call in calls:
                self._answer(database, call)
            with database.transaction():
                for _, job in batch:
                    self._do(database, job)
                self._tell_of_losses(database)
                self._require_in_place()
            with self._changed:
                for key, job in batch:
                    if self._waiting.get(key) is job:
                        del self._waiting[key]
                self._changed.notify_all()
            self._wake_senders(database)

    def _answer(self, database: Database, call: _Call[Any]) -> None:
        """Do what somebody waits for, if they still do."""
        with self._changed:
            if call not in self._calls:
                return
        call.run(database)
        with self._changed:
            call.is_done = call in self._calls
            if call.is_done:
                self._calls.remove(call)
                self._changed.notify_all()
        if not call.is_done:
            call.take_back(database)

    def _wake_senders(self, database: Database) -> None:
        queued, self._queued_messages = self._queued_messages, database.outbox.queued
        if database.outbox.queued != queued:
            for wake in self._outbox_watchers:
                wake()

    def _do(self, database: Database, job: Job) -> None:
        """One record; one that contradicts what is there, such as of a drive that was deleted, costs no other."""
        database.connection.execute("SAVEPOINT record")
        try:
            job(database)
        except (sqlite3.IntegrityError, UserError):
            logger.warning("a record does not fit the store", exc_info=True)
            database.connection.execute("ROLLBACK TO record")
        database.connection.execute("RELEASE record")

    def _tell_of_losses(self, database: Database) -> None:
        lost, outbox = self._lost, database.outbox.dropped - self._dropped_messages
        if lost:
            text = NoticeText("the store could not be written for long; records lost: {count}", count=lost)
            self._keep_notice(text, "store", database)
        if outbox:
            text = NoticeText("too much waits to be sent; messages dropped: {count}", count=outbox)
            self._keep_notice(text, "store", database)
        self._lost -= lost
        self._dropped_messages += outbox

    def _upkeep(self, database: Database) -> None:
        jump_s, now = self.clock.jumped_s(), self.clock.now()
        if jump_s:
            self._set_s = now.monotonic_s
            ahead = NoticeText("the clock was set forwards by {by_s:.0f} s; nothing is old for an hour", by_s=jump_s)
            back = NoticeText("the clock was set back by {by_s:.0f} s; nothing is old for an hour", by_s=-jump_s)
            text = ahead if jump_s > 0.0 else back
            self._keep_notice(text, "clock", database)
        database.correct_clock(now)
        gap_s = database.last_utc_s(now, "gap")
        steady = self._set_s is None or now.monotonic_s - self._set_s >= _STEADY_S
        steady = steady and (gap_s is None or now.utc_s - gap_s >= _DOUBT_S)
        dropped, self._limit_problem = self._retention.run(database, now, by_days=steady)
        self._say(dropped, database)
        self._upkeep_s = time.monotonic() + _UPKEEP_S

    def _look_for_gap(self, database: Database, now: Stamp) -> None:
        last_s = database.last_utc_s(now)
        if now.clock is ClockState.OK and last_s is not None and now.utc_s - last_s > _LONG_S:
            text = NoticeText(
                "nothing was stored for {days:.0f} days, if the clock is right; nothing is old for a day",
                days=(now.utc_s - last_s) / 86_400.0,
            )
            self._keep_notice(text, "gap", database)

    def _say(self, dropped: Dropped, database: Database) -> None:
        for text in dropped.texts:
            self._keep_notice(text, "retention", database)

    def _keep_notice(self, text: NoticeText, kind: str, database: Database) -> None:
        self._notices.append(text)
        database.save_fault(StoredFault(None, kind, None, self.clock.now(), {"text": str(text)}))

    def _try_to_make_room(self, database: Database) -> None:
        with suppress(sqlite3.Error, OSError):
            dropped, self._limit_problem = self._retention.run(database, self.clock.now(), by_days=False)
            self._say(dropped, database)

    def _let_go(self) -> None:
        database, self._database = self._database, None
        lock, self._lock = self._lock, None
        with suppress(sqlite3.Error):
            if database is not None:
                database.close()
        if lock is not None:
            lock.release()


def _id_of(path: Path) -> tuple[int, int] | None:
    """Which file it is, by device and number; None where there is none. Raises `OSError` where nobody can tell."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


class _MovedError(Exception):
    """The database that is open is not the store's any more."""


class _Call(Generic[T]):
    """A job whose result somebody waits for.

    Attributes:
        after: the keys of the records that are written before it.
        is_done: whether it has run while somebody waited.
    """

    def __init__(self, job: Callable[[Database], T], undo: Callable[[Database, T], object] | None) -> None:
        self.after: set[Hashable] = set()
        self.is_done = False
        self._job, self._undo = job, undo
        self._value: T
        self._error: Exception | None = None

    def run(self, database: Database) -> None:
        """Do it."""
        try:
            self._value = self._job(database)
        except Exception as error:
            self._error = error

    def take_back(self, database: Database) -> None:
        """Undo what came of it. What cannot be undone now is left to the next start."""
        if self._undo is not None and self._error is None:
            with suppress(OSError, sqlite3.Error):
                self._undo(database, self._value)

    def result(self) -> T:
        """What came of it. Raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._value
