"""The events of a session in the dashboard, and writing them to a file."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from engines.errors import UserError
from engines.output_files import write_whole
from monitor.alert_events import AlertEvent, EventKind

_LONGEST = 2000
"""Events that are kept; a long drive must not fill the memory."""


@dataclass(frozen=True)
class LoggedEvent:
    """An event and when it happened, in seconds since its drive began."""

    since_s: float
    event: AlertEvent
    source: str

    @property
    def headline(self) -> str:
        """What happened, short."""
        event = self.event
        if event.kind is EventKind.FAULT:
            return event.health.title.partition(":")[0]
        if event.kind is EventKind.RECOVERED:
            return "Camera and model are fine again"
        what = f"{event.activity.label} {event.activity.title}" if event.activity is not None else "Distraction"
        return what if event.kind is not EventKind.CLEARED else f"{what}: over"

    @property
    def detail(self) -> str:
        """Why, and what to do about it."""
        event = self.event
        if event.kind is EventKind.FAULT:
            return event.health.title.partition(":")[2].strip() or "the driver is not judged"
        if event.kind is EventKind.RECOVERED:
            return "the driver is judged again"
        why = event.reason.title if event.reason is not None else ""
        return f"{why} · {event.distracted_s:.1f} s distracted"

    def as_dict(self) -> dict[str, object]:
        """For files; ``time_s`` counts from the drive's beginning."""
        return {**self.event.as_dict(), "time_s": round(self.since_s, 3), "source": self.source}


class EventLog:
    """Events in the order in which they happened, the newest last."""

    def __init__(self) -> None:
        self.entries: list[LoggedEvent] = []

    def add(self, entry: LoggedEvent) -> None:
        """Note an event; the oldest goes when there are very many."""
        self.entries.append(entry)
        del self.entries[:-_LONGEST]

    def export(self, path: Path) -> None:
        """Write the events, as JSON lines for ``.jsonl`` and ``.json``, otherwise as CSV. Raises `UserError`."""
        if not self.entries:
            raise UserError("there are no events to export yet")
        rows = [entry.as_dict() for entry in self.entries]
        if path.suffix.lower() in (".jsonl", ".json"):
            write_whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
            return
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_whole(path, text.getvalue())
