"""The library of earlier versions, which kept drives in files: they are taken into the store, once.

    library/ID/drive.jsonl      the drive as it happened, and below it what a person has said of it
    library/ID/NUMBER/0.jpg     thumbnails of an incident, the oldest first

The folder is then set aside as ``library.imported``, with all that it holds.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engines.errors import UserError, reason
from engines.files.regular_file import read_lines
from engines.notice import NoticeText
from monitor.alerts.cause import finite
from monitor.alerts.events import AlertEvent, EventKind
from monitor.alerts.incidents.incident import Incident, Review, ReviewStatus
from monitor.evaluation.drive_summary import DriveSummary
from monitor.journal.store.database import INTERRUPTED, Database
from monitor.journal.store.records import StoredDrive, StoredFault, incident_uid
from monitor.journal.store.times import Stamp, local_zone

_LINES = "drive.jsonl"
_ID = re.compile(r"[a-z0-9-]{1,64}")
_NAMESPACE = uuid.UUID("c8f6f8a8-6a53-5a0b-8b51-0d1b7f7a2b60")
_LAST_YEAR = 9999


@dataclass
class FormerDrive:
    """A drive of the former library.

    Attributes:
        drive: as the store has it; the same drive has the same id, however often it is read.
        incidents: in order, with their reviews.
        faults: what went wrong.
        damaged: lines that could not be read.
    """

    drive: StoredDrive
    incidents: list[Incident] = field(default_factory=list)
    faults: list[StoredFault] = field(default_factory=list)
    damaged: int = 0


class FormerLibrary:
    """A folder of drives that an earlier version has left."""

    def __init__(self, folder: Path) -> None:
        """`folder` need not exist."""
        self.folder = folder

    @property
    def is_there(self) -> bool:
        """Whether it holds a drive."""
        with suppress(OSError):
            return any((entry / _LINES).is_file() for entry in self.folder.iterdir() if _ID.fullmatch(entry.name))
        return False

    def take_in(self, database: Database, now: Stamp, *, set_aside: bool = True) -> Iterator[NoticeText | None]:
        """Write its drives into a store, and set it aside; after each, and at the end, what there is to say.

        Its incidents are marked to be kept: the earlier version dropped nothing, and some are older than a store
        keeps. A drive that cannot be read is left in the folder. Raises `sqlite3.Error`; what was not taken in
        then is the next time.
        """
        taken = incidents = 0
        for folder in sorted(entry for entry in self.folder.iterdir() if _ID.fullmatch(entry.name)):
            if not (folder / _LINES).is_file():
                continue
            try:
                former = read_former_drive(folder)
                images = [_images(folder / str(incident.number)) for incident in former.incidents]
            except (OSError, UserError) as error:
                why = reason(error) if isinstance(error, OSError) else str(error)
                yield NoticeText(
                    "the drive {drive} of the former library cannot be read: {reason}", drive=folder.name, reason=why
                )
                continue
            pairs = list(zip(former.incidents, images, strict=True))
            with database.transaction():
                is_new = database.save_drive(former.drive, pairs, former.faults, now)
                for incident in former.incidents if is_new else ():
                    database.keep(incident_uid(former.drive.uid, incident.number), True)
            if is_new:
                taken += 1
                incidents += len(pairs)
            if former.damaged:
                yield NoticeText(
                    "damaged lines of the drive {drive} of the former library: {count}",
                    drive=folder.name,
                    count=former.damaged,
                )
            yield None
        if set_aside:
            yield self._set_aside(taken, incidents)
        else:
            yield NoticeText("taken in: {drives} drives, {incidents} incidents", drives=taken, incidents=incidents)

    def _set_aside(self, taken: int, incidents: int) -> NoticeText:
        number, aside = 1, self.folder.with_name(f"{self.folder.name}.imported")
        while aside.exists():
            number += 1
            aside = self.folder.with_name(f"{self.folder.name}.imported-{number}")
        try:
            self.folder.rename(aside)
        except OSError as error:
            return NoticeText(
                "the former library is in the store, but cannot be set aside: {reason}", reason=reason(error)
            )
        return NoticeText(
            "the former library is in the store now: {drives} drives, {incidents} incidents, marked to be kept; its "
            "files are set aside as {folder}",
            drives=taken,
            incidents=incidents,
            folder=aside.name,
        )


def read_former_drive(folder: Path) -> FormerDrive:
    """A drive of the former library. Raises `OSError`, and `UserError` where no line says which drive it is."""
    return parse_former_drive(read_lines(folder / _LINES))


def parse_former_drive(lines: Iterable[bytes]) -> FormerDrive:
    """What the lines of a file say; what is torn, damaged or of a later version is counted, and the rest is read.

    Raises:
        UserError: where none says which drive it is.
    """
    reading = _Reading()
    for line in lines:
        if line.strip():
            reading.take(line)
    return reading.drive()


def _images(folder: Path) -> Sequence[bytes]:
    paths = sorted(folder.glob("*.jpg"), key=lambda path: (len(path.name), path.name))
    return [path.read_bytes() for path in paths]


class _Reading:
    """What is known after some lines."""

    def __init__(self) -> None:
        self.first: StoredDrive | None = None
        self.driver: str | None = None
        self.incidents: dict[int, Incident] = {}
        self.reviews: dict[int, Review] = {}
        self.faults: list[StoredFault] = []
        self.summary: DriveSummary | None = None
        self.frames: int | None = None
        self.ended = INTERRUPTED
        self.damaged = 0

    def take(self, line: bytes) -> None:
        try:
            content = json.loads(line.decode("utf-8"))
            self._take(content["what"], content)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, UserError):
            self.damaged += 1

    def drive(self) -> FormerDrive:
        if self.first is None:
            raise UserError("this is no drive of a library: no line says which one it is")
        incidents = [
            replace(incident, review=self.reviews.get(number, incident.review))
            for number, incident in sorted(self.incidents.items())
        ]
        known_s = [0.0, *(incident.end_s or incident.start_s for incident in incidents)]
        seen_s = max(known_s) if self.summary is None else self.summary.length_s
        drive = replace(
            self.first,
            driver=self.first.driver if self.driver is None else self.driver,
            seen_s=seen_s,
            frames=self.frames,
            end_reason=self.ended,
            summary=self.summary,
        )
        faults = [replace(fault, drive_uid=drive.uid) for fault in self.faults]
        return FormerDrive(drive, incidents, faults, self.damaged)

    def _take(self, what: str, content: dict[str, Any]) -> None:
        match what:
            case "drive":
                self.first = _first(content)
            case "driver":
                self.driver = _text(content["driver"])
            case "incident":
                incident = Incident.from_dict(content)
                if incident.is_over:
                    self.incidents[incident.number] = incident
            case "review":
                review = Review(ReviewStatus(content["status"]), _text(content["note"]))
                self.reviews[_whole(content["incident"])] = review
            case "summary":
                self.summary = DriveSummary.from_dict(content)
            case "end":
                self.frames, self.ended = _whole(content["frames"]), _text(content.get("reason") or "stopped")
            case "event":
                event = AlertEvent.from_dict(content)
                if event.kind in (EventKind.FAULT, EventKind.RECOVERED):
                    self._note("health", event.time_s, content)
            case "system":
                self._note("system", finite(content["since_s"]), content)
            case "notice":
                self._note("notice", None, content)
            case _:
                _text(what)  # what a later version has besides

    def _note(self, kind: str, at_s: float | None, content: dict[str, Any]) -> None:
        when = Stamp(datetime.fromisoformat(content["at"]).timestamp(), at_s or 0.0, "")
        rest = {key: value for key, value in content.items() if key not in ("at", "what")}
        self.faults.append(StoredFault(None, kind, at_s, when, rest))


def _first(content: dict[str, Any]) -> StoredDrive:
    began_at = datetime.fromisoformat(content["began_at"])
    if began_at.tzinfo is None:
        raise ValueError("a time without a zone")
    if not 1970 <= began_at.year < _LAST_YEAR:
        raise ValueError("a time that has no place in every zone")
    about = content["about"]
    if not isinstance(about, dict):
        raise TypeError("what it was watched with is an object")
    former_id, source, path, driver = (_text(content[key]) for key in ("id", "source", "path", "driver"))
    utc_s = began_at.timestamp()
    zone, offset_s = local_zone(utc_s)
    bundle = about.get("bundle")
    return StoredDrive(
        str(uuid.uuid5(_NAMESPACE, f"{former_id} {utc_s:.3f}")),
        source,
        str(bundle.get("name") or "") if isinstance(bundle, dict) else "",
        str(about.get("speed") or ""),
        live=not path,
        began=Stamp(utc_s, 0.0, f"library {former_id}"),
        zone=zone,
        utc_offset_s=offset_s,
        path=path,
        driver=driver,
        about=about,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise TypeError(f"{value!r} is no whole number")
    return value
