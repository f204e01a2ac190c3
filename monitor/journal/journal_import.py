"""Taking journals in, of this and of earlier versions (formats 1 to 3): their drives become drives of the store.

Formats 1 and 2 have no incidents: they are made of their events. So is one of format 3 during which the power went.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engines.errors import UserError, reason
from engines.files.printable import as_json
from engines.files.regular_file import read_bytes
from monitor.alerts.cause import Cause, Rule, finite
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import ActivitySpan, Incident, IncidentState
from monitor.journal.json_lines import FORMAT
from monitor.journal.store.database import INTERRUPTED, Database
from monitor.journal.store.records import StoredDrive, StoredFault
from monitor.journal.store.times import ClockState, Stamp, local_zone

_LIMIT = 1 << 30
_NAMESPACE = uuid.UUID("6f0d8f2a-37f5-5f0c-9b59-2a4f1d3c8e71")
_SURELY_S = 60.0
"""A camera is not watched earlier after its machine's start, and no recording is so far ahead of its own time."""

_ENDED_BY = {
    Reason.ACKNOWLEDGED: IncidentState.ACKNOWLEDGED,
    Reason.SNOOZED: IncidentState.SNOOZED,
}


@dataclass
class JournalDrive:
    """One drive of a journal.

    Attributes:
        drive: as the store has it.
        incidents: in order, numbered from 1; times are seconds since the drive began.
        faults: what went wrong.
    """

    drive: StoredDrive
    incidents: list[Incident] = field(default_factory=list)
    faults: list[StoredFault] = field(default_factory=list)


@dataclass
class Imported:
    """What of a journal was taken in.

    Attributes:
        drives, incidents: how many are in it.
        new_drives, new_incidents: how many of them the store did not have.
        unreadable: the numbers of the lines that were torn, or say what this program does not know.
    """

    drives: int = 0
    incidents: int = 0
    new_drives: int = 0
    new_incidents: int = 0
    unreadable: list[int] = field(default_factory=list)


def import_journal(database: Database, path: Path, now: Stamp) -> Imported:
    """Take a journal in; a second time nothing comes twice, and what has been written since is added.

    Nothing is sent of what was long ago.

    Raises:
        UserError: when it cannot be read, is none, or is of a later version.
    """
    drives, imported = read_journal(path)
    with database.unsent():
        for journal in drives:
            with database.transaction():
                _take(database, journal, now, imported)
    return imported


def _take(database: Database, journal: JournalDrive, now: Stamp, imported: Imported) -> None:
    drive = journal.drive
    known = database.drive(drive.uid)
    if known is None:
        database.begin_drive(drive)
        imported.new_drives += 1
    elif known.end_reason != INTERRUPTED or known.seen_s > drive.seen_s:
        return  # it is complete, or the store has a later state of it
    there = {stored.uid for stored in database.incidents(drive.uid)}
    for incident in journal.incidents:
        began = drive.began.at(drive.began.monotonic_s + incident.start_s)
        uid = database.save_incident(drive.uid, incident, began, now, cut_off=True)
        imported.new_incidents += uid not in there
    faults = {_key(fault) for fault in database.faults(drive.uid)}
    for fault in journal.faults:
        if _key(fault) not in faults:
            database.save_fault(fault)
    if known is not None:
        database.resume_drive(drive.uid)
        database.end_drive(drive.uid, drive.seen_s, drive.frames, drive.end_reason or INTERRUPTED)


def _key(fault: StoredFault) -> tuple[str, float, str]:
    return fault.kind, fault.when.utc_s, as_json(dict(fault.content))


def read_journal(path: Path) -> tuple[list[JournalDrive], Imported]:
    """The drives of a journal, and what could not be read of it. Raises `UserError` as `import_journal`."""
    imported, drives = Imported(), []
    lines: list[tuple[int, dict[str, Any]]] = []
    for number, line in _whole_drives(path, imported):
        if line["what"] == "start" and lines:
            drives.append(_drive(lines, imported))
            lines = []
        lines.append((number, line))
    if lines:
        drives.append(_drive(lines, imported))
    if not drives and imported.unreadable:
        raise UserError(f"{path} is no journal: name a file that a monitor wrote with --journal")
    imported.drives, imported.incidents = len(drives), sum(len(journal.incidents) for journal in drives)
    return drives, imported


def _whole_drives(path: Path, imported: Imported) -> list[tuple[int, dict[str, Any]]]:
    """A journal's lines; where it was begun anew during a drive, after those of this drive in the file before it.

    Those have no number.
    """
    lines = list(_lines(path, imported))
    before = _before(path)
    if lines and lines[0][1]["what"] != "start" and before.is_file():
        earlier = [line for _, line in _whole_drives(before, Imported())]
        starts = [index for index, line in enumerate(earlier) if line["what"] == "start"]
        lines = [(0, line) for line in earlier[starts[-1] if starts else 0 :]] + lines
    return lines


def _before(path: Path) -> Path:
    """What a journal's file was renamed to as it was begun anew: ``FILE.1``; of that one ``FILE.2``."""
    numbered = re.fullmatch(r"(.+)\.([1-9])", path.name)
    return path.with_name(f"{path.name}.1" if numbered is None else f"{numbered[1]}.{int(numbered[2]) + 1}")


def _lines(path: Path, imported: Imported) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        content = read_bytes(path, _LIMIT)
    except OSError as error:
        raise UserError(f"cannot read the journal {path}: {reason(error)}") from error
    for number, text in enumerate(content.splitlines(), 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            written = line.get("format") or 1
            _when(line["at"])
            if not isinstance(line["what"], str) or not isinstance(written, int):
                raise TypeError("this is no line of a journal")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            imported.unreadable.append(number)
            continue
        if line["what"] == "start" and written > FORMAT:
            raise UserError(
                f"{path}, line {number}: format {written} is later than {FORMAT}: install the newer program"
            )
        yield number, line


def _drive(lines: list[tuple[int, dict[str, Any]]], imported: Imported) -> JournalDrive:
    """One drive: from its start's line to the next one's."""
    first = lines[0][1]
    at_s = _when(first["at"])
    started = first["what"] == "start"
    # The same lines are the same drive, however often they are read, and in whichever file.
    uid = str(uuid.uuid5(_NAMESPACE, json.dumps(first, sort_keys=True)))
    source = str(first.get("source") or "") if started else "unknown (the journal begins in the middle of a drive)"
    times_s = [line[key] for _, line in lines for key in ("time_s", "start_s", "since_s") if _is_number(line.get(key))]
    from_s = _begins_s(lines, times_s)
    zone, offset_s = local_zone(at_s)
    began = Stamp(at_s, from_s, f"journal {uid}", ClockState.OK)
    journal = JournalDrive(
        StoredDrive(
            uid, source, str(first.get("bundle") or ""), str(first.get("speed") or _speed(first)),
            live=from_s > 0.0, began=began, zone=zone, utc_offset_s=offset_s,
        )
    )  # fmt: skip
    events: list[AlertEvent] = []
    frames: int | None = None
    reason = INTERRUPTED
    incidents: list[Incident] = []
    for number, line in lines:
        try:
            match line["what"]:
                case "event":
                    event = _event(line)
                    if event.kind in (EventKind.FAULT, EventKind.RECOVERED):
                        journal.faults.append(_fault(journal.drive, "health", event.time_s - from_s, line))
                    else:
                        events.append(event)
                case "incident":
                    incidents.append(Incident.from_dict(line))
                case "notice":
                    journal.faults.append(_fault(journal.drive, "notice", None, line))
                case "system":
                    journal.faults.append(_fault(journal.drive, "system", finite(line["since_s"]) - from_s, line))
                case "end":
                    frames, reason = _count(line["frames"]), str(line.get("reason") or "stopped")
                case _:
                    pass
        except (KeyError, TypeError, ValueError, OverflowError, UserError):
            imported.unreadable += [number] if number else []
    journal.incidents = [one.since(from_s) for one in _all_incidents(incidents, events)]
    last_s = max([from_s, *times_s, *(one.end_s or 0.0 for one in incidents)]) - from_s
    journal.drive = replace(journal.drive, seen_s=last_s, frames=frames, end_reason=reason)
    return journal


def _begins_s(lines: list[tuple[int, dict[str, Any]]], times_s: list[float]) -> float:
    """When the drive began, by its source's seconds: a recording's count from 0, a camera's from the machine's start.

    A camera's are known by this: they go on as the lines' times do, and were far from 0 at the drive's start.
    """
    first = lines[0][1]
    at_s = _when(first["at"])
    for _, line in lines:
        if line["what"] == "event" and _is_number(line.get("time_s")):
            begins_s = float(line["time_s"]) - (_when(line["at"]) - at_s)
            return begins_s if begins_s > _SURELY_S and _keeps_pace(lines) else 0.0
    return 0.0


def _keeps_pace(lines: list[tuple[int, dict[str, Any]]]) -> bool:
    """Whether events were written as fast as they happened, as a camera's are."""
    stamps = [
        (_when(line["at"]), float(line["time_s"]))
        for _, line in lines
        if line["what"] == "event" and _is_number(line.get("time_s"))
    ]
    (first_at_s, first_s), (last_at_s, last_s) = stamps[0], stamps[-1]
    return abs((last_at_s - first_at_s) - (last_s - first_s)) < 5.0


def _event(line: dict[str, Any]) -> AlertEvent:
    """An event of any format: the earlier ones knew neither its cause nor its incident."""
    cause = line.get("cause")
    return AlertEvent.from_dict(
        {**line, "cause": cause if isinstance(cause, dict) else None, "incident": line.get("incident")}
    )


def _all_incidents(incidents: list[Incident], events: list[AlertEvent]) -> list[Incident]:
    """Those that were written, and those of whose events none was: in order, numbered from 1."""
    written = {incident.number for incident in incidents}
    made, group = list(incidents), list[AlertEvent]()
    for event in events:
        if event.incident in written:
            continue
        another = group and event.incident != group[-1].incident and event.incident is not None
        if another or (event.kind is EventKind.RAISED and group):
            made.append(_made_of(group))
            group = []
        group.append(event)
        if event.kind is EventKind.CLEARED:
            made.append(_made_of(group))
            group = []
    if group:
        made.append(_made_of(group))
    numbers = range(1, len(made) + 1)
    made.sort(key=lambda incident: incident.start_s)
    return [_numbered(incident, number) for number, incident in zip(numbers, made, strict=True)]


def _numbered(incident: Incident, number: int) -> Incident:
    return replace(incident, number=number, events=tuple(replace(event, incident=number) for event in incident.events))


def _made_of(events: list[AlertEvent]) -> Incident:
    """The incident that events tell of; what they do not say of it is unknown."""
    first, last = events[0], events[-1]
    top = max(events, key=lambda event: event.tier)
    ended_by = last.reason if last.kind is EventKind.CLEARED and last.reason is not None else Reason.DRIVE_ENDED
    spans = [ActivitySpan(first.time_s, last.time_s, top.activity)] if last.time_s > first.time_s else []
    return Incident(
        number=1,
        start_s=first.time_s,
        end_s=last.time_s,
        ended_by=ended_by,
        state=_ENDED_BY.get(ended_by, IncidentState.ENDED),
        tier=top.tier if top.tier is not Tier.NONE else Tier.CAUTION,
        activity=top.activity,
        reason=top.reason,
        cause=top.cause or Cause(Rule.STOOD_ALREADY),
        activities=tuple(spans),
        distracted_s=max(event.distracted_s for event in events),
        speed_kmh=None,
        top_speed_kmh=None,
        events=tuple(events),
    )


def _fault(drive: StoredDrive, kind: str, at_s: float | None, line: dict[str, Any]) -> StoredFault:
    content = {key: value for key, value in line.items() if key not in ("at", "what")}
    when = Stamp(_when(line["at"]), drive.began.monotonic_s + (at_s or 0.0), drive.began.boot_id)
    return StoredFault(drive.uid, kind, at_s, when, content)


def _speed(start: dict[str, Any]) -> str:
    speed = start.get("speed_kmh")
    return f"{speed:g} km/h" if _is_number(speed) else "no speed signal"


def _is_number(value: object) -> bool:
    try:
        finite(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _count(value: object) -> int:
    """A number of frames, as the store can hold it. Raises `TypeError` or `ValueError`."""
    if not 0 <= finite(value) < 2**63:
        raise ValueError(f"{value} is no number of frames")
    return int(finite(value))


def _when(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
