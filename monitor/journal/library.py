"""The library: the drives of a store, with their incidents and what a person says of them.

It reads with a connection of its own, also while a monitor writes the store. What it changes goes through the store's
writer where that is this process; else it is one short transaction of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from engines.errors import UserError, reason
from engines.files.printable import as_json, printable
from engines.notice import NoticeText
from monitor.alerts.incidents.incident import Incident, Review, ReviewStatus, is_same_time
from monitor.evaluation.drive_summary import DriveSummary
from monitor.journal.store.clips import erase_drive
from monitor.journal.store.database import INTERRUPTED, Database
from monitor.journal.store.opening import FILE, open_for_changes, open_for_reading
from monitor.journal.store.records import StoredDrive, StoredFault, StoredIncident, incident_uid
from monitor.journal.store.times import Stamp
from monitor.journal.store.writer import Store

T = TypeVar("T")

_CHANGING_S = 10.0
_KEEPING_S = 20.0
_DELETING_S = 60.0
"""Clips are read to their end before they are deleted."""

_SAME_LENGTH_S = 0.5


@dataclass(frozen=True)
class KeptDrive:
    """A drive as the library has it.

    Attributes:
        info: what is known of it.
        incidents: that have ended, in order, with their reviews; times are seconds since the drive began.
        kept: the numbers of those that are marked to be kept.
        watches: the ids of all drives of the store that are of the same recording, this one included.
    """

    info: StoredDrive
    incidents: tuple[Incident, ...] = ()
    kept: frozenset[int] = frozenset()
    watches: tuple[str, ...] = ()

    @property
    def unreviewed(self) -> int:
        """How many of its incidents nobody has reviewed."""
        return sum(incident.review.status is ReviewStatus.NEW for incident in self.incidents)

    @property
    def summary(self) -> DriveSummary | None:
        """None while it goes on, and where its end was not seen."""
        return self.info.summary

    @property
    def length_s(self) -> float | None:
        """Seconds, as far as is known; None while it goes on."""
        return None if self.info.end_reason is None else self.info.seen_s

    def incident(self, number: int) -> Incident:
        """One of its incidents. Raises `UserError` where there is none of that number."""
        for incident in self.incidents:
            if incident.number == number:
                return incident
        numbers = ", ".join(str(incident.number) for incident in self.incidents) or "none"
        raise UserError(
            NoticeText(
                "the drive {uid} has no incident {number}: it has {numbers}",
                uid=self.info.uid,
                number=number,
                numbers=numbers,
            )
        )


class Library:
    """What a store holds, for people. Any thread may use it. What cannot be read or written is a `UserError`."""

    def __init__(self, store: Store | None) -> None:
        """Show a store, which need not exist; None where nothing is kept."""
        self._store = store

    def drives(self) -> list[KeptDrive]:
        """All of them, the newest first.

        Of a recording that was watched several times the one that goes furthest is shown, of equals the newest; and
        always one of the file that has its name now.
        """
        store = self._store
        if store is None:
            return []
        if store.is_due:
            with suppress(UserError):  # perhaps it can be read all the same
                store.open()
        if not (store.folder / FILE).is_file():
            return []
        with self._reading() as database:
            found = _by_drive(database.drives(), database.incidents())
        shown: dict[str, KeptDrive] = {}
        for drive in found:
            key = drive.info.path or drive.info.uid
            before = shown.get(key)
            watches = (*(() if before is None else before.watches), drive.info.uid)
            if before is None:
                shown[key] = drive
            elif _takes_place(before.info, drive.info):
                shown[key] = replace(_with_said(drive, before), watches=watches)
            else:
                shown[key] = replace(_with_said(before, drive), watches=watches)
        return sorted(shown.values(), key=lambda drive: drive.info.began.utc_s, reverse=True)

    def drive(self, drive_id: str) -> KeptDrive:
        """One of them; the beginning of its id is enough."""
        with self._reading() as database:
            found = [drive for drive in database.drives() if drive.uid.startswith(drive_id)]
            if len(found) != 1 or not drive_id:
                what = f"{len(found)} drives begin with" if found and drive_id else "there is no drive"
                raise UserError(
                    NoticeText(
                        "{what} {drive_id}: driver-monitor-data --library lists them",
                        what=what,
                        drive_id=repr(printable(drive_id)),
                    )
                )
            (drive,) = _by_drive(found, database.incidents(found[0].uid))
            return drive

    def now(self) -> Stamp:
        """This moment, by the store's clock."""
        return self._require().clock.now()

    def keep_drive(
        self,
        drive: StoredDrive,
        incidents: Sequence[tuple[Incident, Sequence[bytes]]],
        faults: Sequence[StoredFault] = (),
    ) -> None:
        """Keep a whole drive, whose incidents come with thumbnails, the oldest first. Nothing of it is sent."""
        store = self._require()
        now = store.clock.now()
        store.call(lambda database: database.save_drive(drive, incidents, faults, now), _KEEPING_S)

    def review(self, drive_id: str, number: int, review: Review) -> None:
        """What a person says of an incident, in place of what was said before."""
        now = self._require().clock.now()
        self._change(lambda database: database.save_review(_uid(drive_id, number), review, now), _CHANGING_S)

    def keep(self, drive_id: str, number: int, kept: bool) -> None:
        """Mark an incident so that it stays, whatever becomes old; or no longer."""
        self._change(lambda database: database.keep(_uid(drive_id, number), kept), _CHANGING_S)

    def name_driver(self, drive_id: str, driver: str) -> None:
        """Who drives; empty for nobody knows."""
        self._change(lambda database: database.name_driver(drive_id, driver), _CHANGING_S)

    def thumbnails(self, drive_id: str, number: int) -> tuple[bytes, ...]:
        """JPEGs of the seconds before an incident's peak, the oldest first; none where none are kept."""
        with self._reading() as database:
            return database.thumbnails(_uid(drive_id, number))

    def predictions(self, drive_id: str, number: int) -> bytes | None:
        """What the network said around an incident of a camera's (`monitor.journal.incident_predictions`)."""
        with self._reading() as database:
            return database.predictions(_uid(drive_id, number))

    def lines(self, drive_id: str) -> list[str]:
        """The drive as lines of a journal, one JSON object each, in order; the first is ``drive``."""
        with self._reading() as database:
            drive = database.drive(drive_id)
            return [] if drive is None else _lines(drive, database.incidents(drive_id), database.faults(drive_id))

    def delete(self, drive: KeptDrive) -> None:
        """Forget a drive, and every watching of the same recording; that itself stays, and the reviews beside it."""
        ids = drive.watches or (drive.info.uid,)

        def remove(database: Database) -> list[str]:
            return [file for drive_id in ids for file in erase_drive(database, drive_id)]

        left = self._change(remove, _DELETING_S)
        if left:
            raise UserError(
                NoticeText(
                    "left, since they are not what was written: {names}: look at them yourself", names=", ".join(left)
                )
            )

    def notices(self) -> list[str]:
        """What has happened to the store, once."""
        return [] if self._store is None else list(self._store.take_notices())

    def _require(self) -> Store:
        if self._store is None:
            raise UserError(NoticeText("no drive is kept, as --no-store says"))
        return self._store

    @contextmanager
    def _reading(self) -> Iterator[Database]:
        store = self._require()
        try:
            with closing(open_for_reading(store.folder)) as database:
                yield database
        except (sqlite3.Error, OSError) as error:
            raise _cannot("read", store.folder, error) from error

    def _change(self, job: Callable[[Database], T], wait_s: float) -> T:
        store = self._require()
        if store.is_writer:
            return store.call(job, wait_s)
        try:
            with closing(open_for_changes(store.folder, store.destinations)) as database:
                return job(database)
        except (sqlite3.Error, OSError) as error:
            raise _cannot("write", store.folder, error) from error


def file_of(path: str) -> dict[str, int]:
    """What tells a recording from another that has taken its name; nothing where it cannot be looked at."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return {}
    return {"size": status.st_size, "modified_ns": status.st_mtime_ns}


def _takes_place(before: StoredDrive, now: StoredDrive) -> bool:
    """Whether a later watching of a recording is shown in place of an earlier one."""
    files = before.about.get("file"), now.about.get("file")
    is_another = None not in files and files[0] != files[1]
    return is_another or now.seen_s >= before.seen_s - _SAME_LENGTH_S


def _with_said(drive: KeptDrive, other: KeptDrive) -> KeptDrive:
    """A watching of a recording, with what was said of another one where nothing is said of it."""
    said = [incident for incident in other.incidents if incident.review != Review()]
    reviews = [
        next((each.review for each in said if is_same_time(each.start_s, incident.start_s)), incident.review)
        if incident.review == Review()
        else incident.review
        for incident in drive.incidents
    ]
    incidents = tuple(replace(each, review=review) for each, review in zip(drive.incidents, reviews, strict=True))
    info = replace(drive.info, driver=drive.info.driver or other.info.driver)
    return replace(drive, info=info, incidents=incidents)


def _by_drive(drives: Sequence[StoredDrive], incidents: Sequence[StoredIncident]) -> list[KeptDrive]:
    of: dict[str, list[StoredIncident]] = {}
    for stored in incidents:
        if stored.incident.is_over:
            of.setdefault(stored.drive_uid, []).append(stored)
    return [
        KeptDrive(
            drive,
            tuple(stored.incident for stored in of.get(drive.uid, [])),
            frozenset(stored.incident.number for stored in of.get(drive.uid, []) if stored.kept),
            (drive.uid,),
        )
        for drive in drives
    ]


def _lines(drive: StoredDrive, incidents: Sequence[StoredIncident], faults: Sequence[StoredFault]) -> list[str]:
    """What happened, by its time; an incident stands below its last event."""
    timed: list[tuple[float, dict[str, object]]] = []
    for stored in incidents:
        incident = stored.incident
        timed += [(event.time_s, {"what": "event", **event.as_dict()}) for event in incident.events]
        end_s = incident.start_s if incident.end_s is None else incident.end_s
        timed.append((end_s, {"what": "incident", **incident.as_dict()}))
    for fault in faults:
        what = "event" if fault.kind == "health" else fault.kind
        timed.append((fault.at_s or 0.0, {"what": what, **fault.content}))
    timed.sort(key=lambda entry: entry[0])
    lines: list[dict[str, object]] = [{"what": "drive", **drive.as_dict()}, *(line for _, line in timed)]
    if drive.end_reason not in (None, INTERRUPTED):
        lines.append({"what": "end", "frames": drive.frames, "reason": drive.end_reason})
    return [as_json(line) for line in lines]


def _uid(drive_id: str, number: int) -> str:
    try:
        return incident_uid(drive_id, number)
    except ValueError:
        raise UserError(
            NoticeText("{drive_id} is no drive of the library", drive_id=repr(printable(drive_id)))
        ) from None


def _cannot(do: Literal["read", "write"], folder: Path, error: Exception) -> UserError:
    why = reason(error)
    if do == "read":
        return UserError(NoticeText("cannot read the store {folder}: {reason}", folder=folder, reason=why))
    return UserError(NoticeText("cannot write the store {folder}: {reason}", folder=folder, reason=why))
