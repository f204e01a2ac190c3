"""The open database: what can be written to it and asked of it. Not for more than one thread at a time."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from engines.errors import UserError
from engines.files.printable import as_json
from monitor.alerts.events import Reason
from monitor.alerts.incidents.incident import Incident, IncidentState, Review, ReviewStatus
from monitor.evaluation.drive_summary import DriveSummary
from monitor.journal.store.outbox import Outbox
from monitor.journal.store.records import StoredClip, StoredDrive, StoredFault, StoredIncident, incident_uid, stamp_of
from monitor.journal.store.times import ClockState, Stamp

_INCIDENTS = """SELECT incidents.*, reviews.status, reviews.note,
    (SELECT file FROM clips WHERE incident_uid = incidents.uid AND state = 'kept') AS clip
    FROM incidents LEFT JOIN reviews ON reviews.incident_uid = incidents.uid"""


_MOST_THUMBNAILS = 8
"""Of one incident."""

_PAGES_AT_ONCE = 32
"""That are given back to the disk in one transaction: until then they are in the log, too."""

INTERRUPTED = "interrupted"
"""How a drive ended whose end nobody has written."""


class Database:
    """A store's tables. Every method raises `sqlite3.Error` where the database does not answer.

    What changes an incident and what is to be sent of it is written in one transaction.

    Attributes:
        folder: of the store; clips' files lie below it.
        connection: to the database, without an `isolation_level`.
        outbox: what is to be sent.
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection, destinations: tuple[str, ...] = ()) -> None:
        """Take an open connection over.

        Args:
            folder: of the store.
            connection: as `opening` opens it.
            destinations: to whom incidents are sent.
        """
        self.folder, self.connection = folder, connection
        connection.row_factory = sqlite3.Row
        self.outbox = Outbox(connection, destinations)

    def close(self) -> None:
        """Let the database go."""
        self.connection.close()

    def shrink(self) -> None:
        """Give the room of deleted rows back to the disk."""
        free = sys.maxsize
        while True:
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            (left,) = self.connection.execute("PRAGMA freelist_count").fetchone()
            if not 0 < left < free:
                return
            free = left
            # `execute` stops after the first page.
            self.connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Within the block all is written or nothing, and is on the disk after it; within another one with that."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # SQLite may have done so itself
                self.connection.execute("ROLLBACK")
            raise

    @contextmanager
    def unsent(self) -> Iterator[None]:
        """Within the block nothing is put into the outbox: what is written was long ago."""
        destinations, self.outbox.destinations = self.outbox.destinations, ()
        try:
            yield
        finally:
            self.outbox.destinations = destinations

    # Drives.

    def begin_drive(self, drive: StoredDrive) -> None:
        """A drive begins, or one of a journal is taken in; one that is there already is left as it is."""
        began = drive.began
        values = {
            "uid": drive.uid, "source": drive.source, "bundle": drive.bundle, "speed": drive.speed, "live": drive.live,
            "started_utc_s": began.utc_s, "started_monotonic_s": began.monotonic_s, "boot_id": began.boot_id,
            "clock": began.clock.value, "zone": drive.zone, "utc_offset_s": drive.utc_offset_s,
            "seen_s": drive.seen_s, "frames": drive.frames, "end_reason": drive.end_reason, "path": drive.path,
            "driver": drive.driver, "about": as_json(dict(drive.about)), "summary": _summary_text(drive.summary),
        }  # fmt: skip
        with self.transaction():
            self.connection.execute(
                f"INSERT OR IGNORE INTO drives ({','.join(values)}) VALUES ({','.join('?' * len(values))})",
                tuple(values.values()),
            )

    def save_drive(
        self,
        drive: StoredDrive,
        incidents: Sequence[tuple[Incident, Sequence[bytes]]],
        faults: Sequence[StoredFault],
        now: Stamp,
    ) -> bool:
        """Write a whole drive, whose incidents come with thumbnails; nothing of it is sent.

        One that is there already is left as it is. Whether it was not.
        """
        with self.unsent(), self.transaction():
            if self.drive(drive.uid) is not None:
                return False
            self.begin_drive(drive)
            for incident, thumbnails in incidents:
                began = drive.began.at(drive.began.monotonic_s + incident.start_s)
                uid = self.save_incident(drive.uid, incident, began, now)
                self.save_review(uid, incident.review, now)
                self.save_thumbnails(uid, thumbnails)
            for fault in faults:
                self.save_fault(fault)
        return True

    def see_drive(self, uid: str, seen_s: float) -> None:
        """A drive has lasted for so long."""
        with self.transaction():
            self.connection.execute("UPDATE drives SET seen_s = max(seen_s, ?) WHERE uid = ?", (seen_s, uid))

    def end_drive(
        self, uid: str, seen_s: float, frames: int | None, reason: str, summary: DriveSummary | None = None
    ) -> None:
        """A drive is over; a second end is none."""
        with self.transaction():
            self.connection.execute(
                "UPDATE drives SET seen_s = max(seen_s, ?), frames = ?, end_reason = ?, summary = ? "
                "WHERE uid = ? AND end_reason IS NULL",
                (seen_s, frames, reason, _summary_text(summary), uid),
            )

    def name_driver(self, uid: str, driver: str) -> None:
        """Say who drives; empty for nobody knows. Raises `UserError` where there is no such drive."""
        with self.transaction():
            if self.connection.execute("UPDATE drives SET driver = ? WHERE uid = ?", (driver, uid)).rowcount == 0:
                raise UserError(f"there is no drive {uid} in the store {self.folder}")

    def resume_drive(self, uid: str) -> None:
        """A drive that was taken for interrupted goes on."""
        with self.transaction():
            self.connection.execute(
                "UPDATE drives SET end_reason = NULL WHERE uid = ? AND end_reason = ?", (uid, INTERRUPTED)
            )

    def end_interrupted_drives(self, now: Stamp) -> int:
        """End the drives, with their incidents, during which the power went; how many. None may be going on."""
        with self.transaction():
            drives = self._drives("WHERE end_reason IS NULL")
            for drive in drives:
                for stored in self.incidents(drive.uid):
                    if not stored.incident.is_over:
                        self._end_interrupted(drive, stored, now)
                seen_s = max([drive.seen_s, *(stored.incident.end_s or 0.0 for stored in self.incidents(drive.uid))])
                self.end_drive(drive.uid, seen_s, None, INTERRUPTED)
        return len(drives)

    def _end_interrupted(self, drive: StoredDrive, stored: StoredIncident, now: Stamp) -> None:
        """Nobody knows how it went on: it lasted at least until its last event."""
        incident = stored.incident
        known_s = [incident.start_s, *(span.end_s for span in incident.activities)]
        end_s = max([*known_s, *(event.time_s for event in incident.events)])
        state = IncidentState.ENDED if incident.state is IncidentState.ACTIVE else incident.state
        ended = replace(incident, end_s=end_s, ended_by=Reason.DRIVE_ENDED, state=state)
        self.save_incident(drive.uid, ended, stored.began, now)

    def drives(self) -> list[StoredDrive]:
        """All drives, the oldest first."""
        return self._drives("")

    def drive(self, uid: str) -> StoredDrive | None:
        """One drive; None where there is none."""
        return next(iter(self._drives("WHERE uid = ?", uid)), None)

    def _drives(self, where: str, *values: object) -> list[StoredDrive]:
        rows = self.connection.execute(f"SELECT * FROM drives {where} ORDER BY started_utc_s, rowid", values)
        return [
            StoredDrive(
                row["uid"], row["source"], row["bundle"], row["speed"], bool(row["live"]),
                stamp_of(row, "started_utc_s", "started_monotonic_s"), row["zone"], row["utc_offset_s"],
                row["seen_s"], row["frames"], row["end_reason"], row["path"], row["driver"], json.loads(row["about"]),
                None if row["summary"] is None else DriveSummary.from_dict(json.loads(row["summary"])),
            )
            for row in rows
        ]  # fmt: skip

    def correct_clock(self, now: Stamp) -> None:
        """The clock is set: what was stamped in this boot before it was is put right, and says so."""
        if now.clock is not ClockState.OK:
            return
        offset_s = now.utc_s - now.monotonic_s
        with self.transaction():
            for table, column in (("drives", "started_"), ("incidents", ""), ("faults", ""), ("outbox", "")):
                self.connection.execute(
                    f"UPDATE {table} SET {column}utc_s = {column}monotonic_s + ?, clock = 'set_later' "
                    "WHERE clock = 'unset' AND boot_id = ?",
                    (offset_s, now.boot_id),
                )

    # Incidents.

    def save_incident(
        self, drive_uid: str, incident: Incident, began: Stamp, now: Stamp, *, cut_off: bool = False
    ) -> str:
        """Write an incident as it is now, with the messages about it; its id.

        One that is written again as it was changes nothing, nor does an earlier state of one that has ended.

        Args:
            drive_uid: of its drive, which is there.
            incident: its times are seconds since the drive began.
            began: when it began.
            now: this moment.
            cut_off: whether one that has ended may only have been cut off: then a later state of it is written.
        """
        uid, content = incident_uid(drive_uid, incident.number), _content(incident)
        activity = None if incident.activity is None else incident.activity.code
        with self.transaction():
            known = self.connection.execute("SELECT content, end_s FROM incidents WHERE uid = ?", (uid,)).fetchone()
            if known is not None and (known["content"] == content or (known["end_s"] is not None and not cut_off)):
                return uid
            self.connection.execute(
                "INSERT INTO incidents (uid, drive_uid, number, tier, activity, start_s, end_s, utc_s, monotonic_s, "
                "boot_id, clock, revision, content) VALUES (?,?,?,?,?,?,?,?,?,?,?,1,?) ON CONFLICT (uid) DO UPDATE SET "
                "tier = excluded.tier, activity = excluded.activity, end_s = excluded.end_s, "
                "content = excluded.content, revision = revision + 1",
                (
                    uid, drive_uid, incident.number, incident.tier.code, activity, incident.start_s, incident.end_s,
                    began.utc_s, began.monotonic_s, began.boot_id, began.clock.value, content,
                ),
            )  # fmt: skip
            if known is None:
                self._send(uid, "new", now)
            if known is None and incident.is_over:  # the second message about it: no two have one revision
                self.connection.execute("UPDATE incidents SET revision = revision + 1 WHERE uid = ?", (uid,))
            if incident.is_over:
                self._send(uid, "end", now)
            elif known is not None:
                self._send(uid, "update", now)
        return uid

    def save_review(self, uid: str, review: Review, now: Stamp) -> None:
        """Write a person's review of an incident in place of an earlier one. Raises `UserError` without that."""
        with self.transaction():
            self._require(uid)
            if self.incident(uid).incident.review == review:
                return
            self.connection.execute(
                "INSERT INTO reviews VALUES (?, ?, ?, ?) ON CONFLICT (incident_uid) DO UPDATE SET "
                "status = excluded.status, note = excluded.note, utc_s = excluded.utc_s",
                (uid, review.status.value, review.note, now.utc_s),
            )
            self.touch(uid, now)

    def save_thumbnails(self, uid: str, jpegs: Sequence[bytes]) -> None:
        """Write the thumbnails of an incident, the oldest first, in place of earlier ones: eight at most, evenly."""
        chosen = jpegs
        if len(jpegs) > _MOST_THUMBNAILS:
            step = (len(jpegs) - 1) / (_MOST_THUMBNAILS - 1)
            chosen = [jpegs[round(index * step)] for index in range(_MOST_THUMBNAILS)]
        with self.transaction():
            self.connection.execute("DELETE FROM thumbnails WHERE incident_uid = ?", (uid,))
            self.connection.executemany(
                "INSERT INTO thumbnails VALUES (?, ?, ?)", [(uid, number, jpeg) for number, jpeg in enumerate(chosen)]
            )

    def thumbnails(self, uid: str) -> tuple[bytes, ...]:
        """Those of an incident, the oldest first; none where none are kept."""
        rows = self.connection.execute("SELECT jpeg FROM thumbnails WHERE incident_uid = ? ORDER BY number", (uid,))
        return tuple(bytes(jpeg) for (jpeg,) in rows)

    def save_predictions(self, uid: str, content: bytes) -> None:
        """Write the predictions around an incident; see `monitor.journal.incident_predictions`."""
        with self.transaction():
            self.connection.execute("INSERT OR REPLACE INTO predictions VALUES (?, ?)", (uid, content))

    def predictions(self, uid: str) -> bytes | None:
        """Those around an incident; None where none are kept."""
        row = self.connection.execute("SELECT content FROM predictions WHERE incident_uid = ?", (uid,)).fetchone()
        return None if row is None else bytes(row["content"])

    def keep(self, uid: str, kept: bool) -> None:
        """Mark an incident to be kept, or no longer. Raises `UserError` where there is none."""
        with self.transaction():
            self._require(uid)
            self.connection.execute("UPDATE incidents SET kept = ? WHERE uid = ?", (kept, uid))

    def touch(self, uid: str, now: Stamp) -> None:
        """Something about an incident has changed: its revision, and a message."""
        with self.transaction():
            self.connection.execute("UPDATE incidents SET revision = revision + 1 WHERE uid = ?", (uid,))
            self._send(uid, "update", now)

    def incidents(self, drive_uid: str | None = None) -> list[StoredIncident]:
        """The incidents of a drive, or of all, in order."""
        where, values = ("", ()) if drive_uid is None else ("WHERE drive_uid = ?", (drive_uid,))
        rows = self.connection.execute(f"{_INCIDENTS} {where} ORDER BY drive_uid, number", values)
        return [_incident(row) for row in rows]

    def incident(self, uid: str) -> StoredIncident:
        """One incident. Raises `UserError` where there is none."""
        row = self.connection.execute(f"{_INCIDENTS} WHERE incidents.uid = ?", (uid,)).fetchone()
        if row is None:
            raise UserError(f"there is no incident {uid} in the store {self.folder}")
        return _incident(row)

    def remove_incidents(self, uids: Iterable[str]) -> None:
        """Remove incidents, with their reviews; their clips are gone already."""
        with self.transaction():
            self.connection.executemany("DELETE FROM incidents WHERE uid = ?", ((uid,) for uid in uids))

    def remove_drive(self, uid: str) -> None:
        """Remove a drive, with its incidents, their reviews and its faults; the clips are gone already."""
        with self.transaction():
            self.outbox.forget_drive(uid)
            self.connection.execute("DELETE FROM drives WHERE uid = ?", (uid,))

    def _require(self, uid: str) -> None:
        if self.connection.execute("SELECT 1 FROM incidents WHERE uid = ?", (uid,)).fetchone() is None:
            raise UserError(f"there is no incident {uid} in the store {self.folder}")

    def _send(self, uid: str, kind: str, now: Stamp) -> None:
        if not self.outbox.destinations:
            return
        stored = self.incident(uid)
        drive = self.drive(stored.drive_uid)
        assert drive is not None  # a foreign key
        content = as_json({"type": kind, **stored.as_dict(drive)})
        self.outbox.put(uid, kind, content, now)

    # Faults.

    def save_fault(self, fault: StoredFault) -> None:
        """Write something that went wrong."""
        when = fault.when
        with self.transaction():
            self.connection.execute(
                "INSERT INTO faults (drive_uid, kind, at_s, utc_s, monotonic_s, boot_id, clock, content) "
                "VALUES (?,?,?,?,?,?,?,?)",
                (
                    fault.drive_uid, fault.kind, fault.at_s, when.utc_s, when.monotonic_s, when.boot_id,
                    when.clock.value, as_json(dict(fault.content)),
                ),
            )  # fmt: skip

    def faults(self, drive_uid: str | None = None) -> list[StoredFault]:
        """What went wrong during a drive, or of the store itself, in order."""
        rows = self.connection.execute("SELECT * FROM faults WHERE drive_uid IS ? ORDER BY id", (drive_uid,))
        return [
            StoredFault(row["drive_uid"], row["kind"], row["at_s"], stamp_of(row), json.loads(row["content"]))
            for row in rows
        ]

    def last_utc_s(self, now: Stamp, kind: str | None = None) -> float | None:
        """When something was last written, or a fault of this kind, up to now; None where there is nothing."""
        times = "SELECT utc_s, clock FROM faults WHERE ? IS NULL OR kind = ?"
        if kind is None:
            times += " UNION ALL SELECT utc_s, clock FROM incidents"
            times += " UNION ALL SELECT started_utc_s, clock FROM drives"
            times += " UNION ALL SELECT started_utc_s + seen_s, clock FROM drives"
        (last_s,) = self.connection.execute(
            f"SELECT max(utc_s) FROM ({times}) WHERE clock <> 'unset' AND utc_s <= ?", (kind, kind, now.utc_s)
        ).fetchone()
        return None if last_s is None else float(last_s)

    # Clips; their files are the business of `clips`.

    def clips(self, where: str = "", *values: object) -> list[StoredClip]:
        """The clips of the store, or those that meet a condition in SQL."""
        return [
            StoredClip(
                row["uid"], row["drive_uid"], row["incident_uid"], row["file"], row["state"] == "writing", row["bytes"],
                row["sha256"], row["start_s"], row["end_s"], row["modified_ns"], row["tries"],
            )
            for row in self.connection.execute(f"SELECT * FROM clips {where}", values)
        ]  # fmt: skip


def _summary_text(summary: DriveSummary | None) -> str | None:
    return None if summary is None else as_json(summary.as_dict())


def _content(incident: Incident) -> str:
    """An incident as JSON, without what other tables hold of it."""
    content = incident.as_dict()
    del content["clip"], content["review"]
    return as_json(content)


def _incident(row: Any) -> StoredIncident:
    status = ReviewStatus.NEW.value if row["status"] is None else row["status"]
    others = {"clip": row["clip"], "review": {"status": status, "note": row["note"] or ""}}
    incident = Incident.from_dict({**json.loads(row["content"]), **others})
    return StoredIncident(row["uid"], row["drive_uid"], incident, stamp_of(row), bool(row["kept"]), row["revision"])
