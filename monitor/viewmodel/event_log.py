"""The incidents and health events of a session in the dashboard, and writing them to a file."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.printable import as_json
from engines.notice import NoticeText
from monitor.alerts.events import AlertEvent
from monitor.alerts.incidents.incident import Incident, Review, ReviewStatus
from monitor.live.frames.recent_frames import Thumbnail

_MAX_ENTRIES = 2000
"""In memory; a long drive must not fill it."""

_MAX_CLIPS = 60
"""Entries with a clip; older ones have only their thumbnail."""


_COLUMNS = (
    "kind", "time_s", "tier", "activity", "reason", "health", "distracted_s", "incident", "cause", "explanation",
    "source", "false_alert", "end_s", "ended_by", "state", "activities", "speed_kmh", "top_speed_kmh", "clip",
    "review", "note",
)  # fmt: skip
"""Of the table: those of events, then what incidents have besides."""


@dataclass(frozen=True)
class LoggedEvent:
    """A health event and when it happened, in seconds since its drive began.

    Attributes:
        since_s: seconds since the drive began.
        event: what happened.
        source: its drive's source, for people.
        spec: the source as it was named.
        clip: the seconds before it, the event's thumbnail last; empty where there was no frame.
    """

    since_s: float
    event: AlertEvent
    source: str
    spec: str = ""
    clip: tuple[Thumbnail, ...] = ()

    @property
    def thumbnail(self) -> bytes | None:
        """The event's frame as a small JPEG."""
        return self.clip[-1].jpeg if self.clip else None

    def rows(self) -> list[dict[str, object]]:
        """For files; ``time_s`` counts from the drive's beginning."""
        return [{**self.event.as_dict(), "time_s": round(self.since_s, 3), "source": self.source, "false_alert": False}]


@dataclass(frozen=True)
class LoggedIncident:
    """An incident, its times in seconds since its drive began.

    Attributes:
        incident: as it is now, with its review.
        source, spec, clip: as in `LoggedEvent`; the seconds before its latest rise.
        drive: which one of the session, which tells incidents of the same number apart.
        kept_as: the id of its drive in the library; empty where it is not kept.
        driver, began_at: of its drive, where incidents of several are shown together.
    """

    incident: Incident
    source: str
    spec: str = ""
    clip: tuple[Thumbnail, ...] = ()
    drive: int = 0
    kept_as: str = ""
    driver: str = ""
    began_at: datetime | None = None

    @property
    def since_s(self) -> float:
        """Its beginning, seconds since the drive began."""
        return self.incident.start_s

    @property
    def thumbnail(self) -> bytes | None:
        """The frame of its latest rise as a small JPEG."""
        return self.clip[-1].jpeg if self.clip else None

    @property
    def false_alert(self) -> bool:
        """Whether a person calls it a false alert."""
        return self.incident.review.status is ReviewStatus.FALSE

    def is_same(self, other: LogEntry) -> bool:
        """Whether another entry is about the same incident, earlier or later."""
        if not isinstance(other, LoggedIncident):
            return False
        return (self.drive, self.incident.number) == (other.drive, other.incident.number)

    def rows(self) -> list[dict[str, object]]:
        """For files: the incident, whose ``kind`` is that, and its events."""
        about = {"source": self.source, "false_alert": self.false_alert}
        row = {"kind": "incident", **self.incident.as_dict(), **about}
        return [row, *({**event.as_dict(), **about} for event in self.incident.events)]


LogEntry = LoggedEvent | LoggedIncident


class EventLog:
    """Incidents and health events in the order in which they began, the newest last."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []

    def add(self, entry: LogEntry) -> None:
        """Add an entry; the oldest goes when there are very many."""
        self.entries.append(entry)
        del self.entries[:-_MAX_ENTRIES]
        if len(self.entries) > _MAX_CLIPS:
            old = self.entries[-_MAX_CLIPS - 1]
            self.entries[-_MAX_CLIPS - 1] = replace(old, clip=old.clip[-1:])

    def take(self, entry: LoggedIncident) -> None:
        """Put an incident in, in place of what was known of it; its review stays, and its clip where nothing rose."""
        for index in range(len(self.entries) - 1, -1, -1):
            known = self.entries[index]
            if entry.is_same(known) and isinstance(known, LoggedIncident):
                incident = replace(entry.incident, review=known.incident.review)
                rose = incident.peak_s > known.incident.peak_s and entry.clip
                self.entries[index] = replace(entry, incident=incident, clip=entry.clip if rose else known.clip)
                return
        self.add(entry)

    def latest_incident(self) -> LoggedIncident | None:
        """The newest."""
        return next((entry for entry in reversed(self.entries) if isinstance(entry, LoggedIncident)), None)

    def known(self, entry: LoggedIncident) -> LoggedIncident:
        """An incident's entry as it is now; itself where there is none any more."""
        same = (known for known in self.entries if isinstance(known, LoggedIncident) and entry.is_same(known))
        return next(same, entry)

    def review(self, entry: LoggedIncident, review: Review) -> LoggedIncident:
        """Take a review of an incident in; the entry that is there now."""
        for index, known in enumerate(self.entries):
            if entry.is_same(known) and isinstance(known, LoggedIncident):
                # It may have gone on since it was looked at.
                reviewed = replace(known, incident=replace(known.incident, review=review))
                self.entries[index] = reviewed
                return reviewed
        return replace(entry, incident=replace(entry.incident, review=review))

    def export(self, path: Path) -> None:
        """Write incidents and events, as JSON lines for ``.jsonl`` and ``.json``, else as CSV. Raises `UserError`."""
        if not self.entries:
            raise UserError(NoticeText("there are no events to export yet"))
        rows = [row for entry in self.entries for row in entry.rows()]
        if path.suffix.lower() in (".jsonl", ".json"):
            write_atomic(path, "".join(as_json(row) + "\n" for row in rows))
            return
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, _COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(_cells(row) for row in rows)
        write_atomic(path, text.getvalue())


def _cells(row: dict[str, object]) -> dict[str, object]:
    """A row of the table; a cell holds one value, so a cause and the activities are one, as JSON."""
    cells = dict(row)
    if isinstance(review := row.get("review"), dict):
        cells |= {"time_s": row["start_s"], "incident": row["number"], "review": review["status"]}
        cells["note"] = review["note"]
    return {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in cells.items()}
