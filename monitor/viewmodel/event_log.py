"""The events of a session in the dashboard, and writing them to a file."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, replace
from pathlib import Path

from engines.errors import UserError
from engines.files.output import write_atomic
from monitor.alerts.events import AlertEvent, EventKind
from monitor.live.recent_frames import Thumbnail

_LONGEST = 2000
"""Events that are kept; a long drive must not fill the memory."""

_FILMS = 60
"""Events that keep their film; older ones keep a picture."""


@dataclass(frozen=True)
class LoggedEvent:
    """An event and when it happened, in seconds since its drive began.

    Attributes:
        since_s: seconds since the drive began.
        event: what happened.
        source: its drive's source, for people.
        spec: the source as it was named.
        film: the seconds before it, the event's own picture last; empty where there was none.
        wrong: whether the driver says that the alert was wrong.
    """

    since_s: float
    event: AlertEvent
    source: str
    spec: str = ""
    film: tuple[Thumbnail, ...] = ()
    wrong: bool = False

    @property
    def picture(self) -> bytes | None:
        """The event's own picture as JPEG."""
        return self.film[-1].jpeg if self.film else None

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
            "marked_wrong": self.wrong,
        }


class EventLog:
    """Events in the order in which they happened, the newest last."""

    def __init__(self) -> None:
        self.entries: list[LoggedEvent] = []

    def add(self, entry: LoggedEvent) -> None:
        """Note an event; the oldest goes when there are very many."""
        self.entries.append(entry)
        del self.entries[:-_LONGEST]
        if len(self.entries) > _FILMS:
            old = self.entries[-_FILMS - 1]
            self.entries[-_FILMS - 1] = replace(old, film=old.film[-1:])

    def latest_alert(self) -> LoggedEvent | None:
        """The newest event that the driver saw or heard."""
        return next((entry for entry in reversed(self.entries) if entry.event.is_alert), None)

    def mark_wrong(self, entry: LoggedEvent) -> LoggedEvent:
        """Say of an entry that its alert was wrong; the entry that took its place."""
        marked = replace(entry, wrong=True)
        self.entries[self.entries.index(entry)] = marked
        return marked

    def export(self, path: Path) -> None:
        """Write the events, as JSON lines for ``.jsonl`` and ``.json``, otherwise as CSV. Raises `UserError`."""
        if not self.entries:
            raise UserError("there are no events to export yet")
        rows = [entry.as_dict() for entry in self.entries]
        if path.suffix.lower() in (".jsonl", ".json"):
            write_atomic(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
            return
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomic(path, text.getvalue())
