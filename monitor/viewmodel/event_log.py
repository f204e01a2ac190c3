"""The events of a session in the dashboard, and writing them to a file."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, replace
from pathlib import Path

from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.printable import as_json
from monitor.alerts.events import AlertEvent, EventKind
from monitor.live.frames.recent_frames import Thumbnail

_MAX_EVENTS = 2000
"""Events in memory; a long drive must not fill it."""

_MAX_CLIPS = 60
"""Events with a clip; older ones have only their thumbnail."""


@dataclass(frozen=True)
class LoggedEvent:
    """An event and when it happened, in seconds since its drive began.

    Attributes:
        since_s: seconds since the drive began.
        event: what happened.
        source: its drive's source, for people.
        spec: the source as it was named.
        clip: the seconds before it, the event's thumbnail last; empty where there was no frame.
        false_alert: whether the driver marked the alert as a false one.
    """

    since_s: float
    event: AlertEvent
    source: str
    spec: str = ""
    clip: tuple[Thumbnail, ...] = ()
    false_alert: bool = False

    @property
    def thumbnail(self) -> bytes | None:
        """The event's frame as a small JPEG."""
        return self.clip[-1].jpeg if self.clip else None

    @property
    def is_health(self) -> bool:
        """Whether it is about what the monitor sees, not about the driver."""
        return self.event.kind in (EventKind.FAULT, EventKind.RECOVERED)

    def as_dict(self) -> dict[str, object]:
        """For files; ``time_s`` counts from the drive's beginning."""
        return {
            **self.event.as_dict(),
            "time_s": round(self.since_s, 3),
            "source": self.source,
            "false_alert": self.false_alert,
        }


class EventLog:
    """Events in the order in which they happened, the newest last."""

    def __init__(self) -> None:
        self.entries: list[LoggedEvent] = []

    def add(self, entry: LoggedEvent) -> None:
        """Add an event; the oldest goes when there are very many."""
        self.entries.append(entry)
        del self.entries[:-_MAX_EVENTS]
        if len(self.entries) > _MAX_CLIPS:
            old = self.entries[-_MAX_CLIPS - 1]
            self.entries[-_MAX_CLIPS - 1] = replace(old, clip=old.clip[-1:])

    def latest_alert(self) -> LoggedEvent | None:
        """The newest event that the driver saw or heard."""
        return next((entry for entry in reversed(self.entries) if entry.event.is_alert), None)

    def mark_false_alert(self, entry: LoggedEvent) -> LoggedEvent:
        """Mark an entry's alert as false; the entry that took its place."""
        marked = replace(entry, false_alert=True)
        self.entries[self.entries.index(entry)] = marked
        return marked

    def export(self, path: Path) -> None:
        """Write the events, as JSON lines for ``.jsonl`` and ``.json``, otherwise as CSV. Raises `UserError`."""
        if not self.entries:
            raise UserError("there are no events to export yet")
        rows = [entry.as_dict() for entry in self.entries]
        if path.suffix.lower() in (".jsonl", ".json"):
            write_atomic(path, "".join(as_json(row) + "\n" for row in rows))
            return
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        # A cell holds one value: a cause is one, as JSON.
        writer.writerows({**row, "cause": json.dumps(row["cause"])} for row in rows)
        write_atomic(path, text.getvalue())
