"""A kept drive as JSON Lines, format 3 of the journal: what the lines of a file say of it.

The first line is ``drive``. What is torn, damaged or of a later version is counted, and the rest is read: the power may
go in the middle of a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from engines.errors import UserError
from monitor.alerts.incidents.incident import Incident, Review, ReviewStatus
from monitor.evaluation.drive_summary import DriveSummary
from monitor.journal.json_lines import FORMAT
from monitor.journal.library import DriveInfo, KeptDrive


def drive_line(info: DriveInfo) -> dict[str, object]:
    """The first line's content."""
    return {
        "format": FORMAT,
        "id": info.id,
        "began_at": info.began_at.isoformat(timespec="milliseconds"),
        "source": info.source,
        "path": info.path,
        "driver": info.driver,
        "about": dict(info.about),
    }


def review_line(number: int, review: Review) -> dict[str, object]:
    """The content of a line with what a person says of an incident."""
    return {"incident": number, "status": review.status.value, "note": review.note}


_LAST_YEAR = 9999


class OnlyBegunError(UserError):
    """Not even the first line is whole yet: somebody may be about to write it."""


def read_drive(lines: Iterable[bytes]) -> KeptDrive:
    """What the lines of a file say, each with its line feed.

    Raises:
        UserError: where none says which drive it is; `OnlyBegunError` where there is no whole line.
    """
    reading, whole = _Reading(), False
    for line in lines:
        whole = whole or line.endswith(b"\n")
        if line.strip():
            reading.take(line)
    if reading.info is None:
        if not whole:
            raise OnlyBegunError("this drive has only begun: no line of it is written yet")
        raise UserError("this is no drive of the library: no line says which one it is")
    incidents = tuple(
        replace(incident, review=reading.reviews.get(number, incident.review))
        for number, incident in sorted(reading.incidents.items())
    )
    return KeptDrive(reading.info, incidents, reading.summary, reading.damaged)


class _Reading:
    """What is known after some lines."""

    def __init__(self) -> None:
        self.info: DriveInfo | None = None
        self.incidents: dict[int, Incident] = {}
        self.reviews: dict[int, Review] = {}
        self.summary: DriveSummary | None = None
        self.damaged = 0

    def take(self, line: bytes) -> None:
        try:
            content = json.loads(line.decode("utf-8"))
            self._take(content["what"], content)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UserError):
            self.damaged += 1

    def _take(self, what: str, content: dict[str, Any]) -> None:
        match what:
            case "drive":
                self.info = _info(content)
            case "driver" if self.info is not None:
                self.info = replace(self.info, driver=_text(content["driver"]))
            case "incident":
                incident = Incident.from_dict(content)
                self.incidents[incident.number] = incident
            case "review":
                review = Review(ReviewStatus(content["status"]), _text(content["note"]))
                self.reviews[_whole(content["incident"])] = review
            case "summary":
                self.summary = DriveSummary.from_dict(content)
            case _:
                _text(what)  # events and notices, for whoever looks closer, and what a later version has besides


def _info(content: dict[str, Any]) -> DriveInfo:
    began_at = datetime.fromisoformat(content["began_at"])
    if began_at.tzinfo is None:
        raise ValueError("a time without a zone")
    if not 1970 <= began_at.year < _LAST_YEAR:
        raise ValueError("a time that has no place in every zone")
    about = content["about"]
    if not isinstance(about, dict):
        raise TypeError("what it was watched with is an object")
    drive_id, source, path, driver = (_text(content[key]) for key in ("id", "source", "path", "driver"))
    return DriveInfo(drive_id, began_at, source, path, driver, about)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no number of an incident")
    return value
