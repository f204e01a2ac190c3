"""The library: every drive that was watched or replayed, with its incidents and a person's reviews of them.

`Library` is what the window and the commands need of it. `monitor.journal.library_files` keeps it in files, and
`NoLibrary` keeps nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

from engines.errors import UserError
from monitor.alerts.events import AlertEvent
from monitor.alerts.incidents.incident import Incident, Review, ReviewStatus
from monitor.evaluation.drive_summary import DriveSummary
from monitor.health.system_health import SystemCondition


@dataclass(frozen=True)
class DriveInfo:
    """What is known of a drive when it begins.

    Attributes:
        id: letters, digits and hyphens; of a recording always the same.
        began_at: when it was watched, or last replayed.
        source: for people, without a password.
        path: of a recording, as it can be opened again; empty for a camera or a stream.
        driver: who drives; empty where nobody has said so.
        about: what it was watched with: software, bundle and its hashes, settings; as JSON has it.
    """

    id: str
    began_at: datetime
    source: str
    path: str = ""
    driver: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_recording(self) -> bool:
        """Whether it can be replayed."""
        return bool(self.path)


@dataclass(frozen=True)
class KeptDrive:
    """A drive as the library has it.

    Attributes:
        info: what was known when it began, and the driver's name as it is now.
        incidents: that have ended, in order, with their reviews; times are seconds since the drive began.
        summary: None while it goes on, and where the power went before its end.
        damaged: lines of it that could not be read, and are left where they are.
    """

    info: DriveInfo
    incidents: tuple[Incident, ...] = ()
    summary: DriveSummary | None = None
    damaged: int = 0

    @property
    def unreviewed(self) -> int:
        """How many of its incidents nobody has reviewed."""
        return sum(incident.review.status is ReviewStatus.NEW for incident in self.incidents)

    @property
    def length_s(self) -> float | None:
        """Seconds; None where it is not known."""
        return None if self.summary is None else self.summary.length_s

    def incident(self, number: int) -> Incident:
        """One of its incidents. Raises `UserError` where there is none of that number."""
        for incident in self.incidents:
            if incident.number == number:
                return incident
        numbers = ", ".join(str(incident.number) for incident in self.incidents) or "none"
        raise UserError(f"the drive {self.info.id} has no incident {number}: it has {numbers}")


class DriveRecorder(Protocol):
    """Takes a drive in as it happens; times are seconds since it began.

    What it raises is a `UserError`. What could not be written then waits, and is written later where it can be.
    """

    def event(self, event: AlertEvent) -> None:
        """A change of tier or of health."""

    def incident(self, incident: Incident, thumbnails: Sequence[bytes]) -> None:
        """An incident that has ended, with JPEGs of the seconds before its peak, the oldest first."""

    def notice(self, text: str) -> None:
        """What went wrong without ending the drive."""

    def system(self, condition: SystemCondition) -> None:
        """What of the monitor itself does not work, or works again."""

    def review(self, number: int, review: Review) -> None:
        """What a person says of an incident that has ended. Any thread may call this, until the drive is over."""

    def flush(self) -> None:
        """Try again what could not be written."""

    def end(self, summary: DriveSummary, frames: int, reason: str) -> None:
        """The drive is over; nothing may follow."""


class Library(Protocol):
    """Where drives are kept. What cannot be read or written is a `UserError`."""

    def drives(self) -> list[KeptDrive]:
        """All of them, the newest first."""

    def drive(self, drive_id: str) -> KeptDrive:
        """One of them."""

    def begin(self, info: DriveInfo) -> DriveRecorder:
        """A drive begins; a disk that fails is said by the recorder's next call.

        Of a recording, what was known of it stays until as much of it, or of another file of its name, has been seen.
        """

    def review(self, drive_id: str, number: int, review: Review, start_s: float | None = None) -> None:
        """What a person says of an incident, in place of what was said before.

        Where it begins at another time than `start_s`, another is meant, which is an error: a recording that is watched
        again may have other incidents.
        """

    def name_driver(self, drive_id: str, driver: str) -> None:
        """Who drives; empty for nobody knows."""

    def thumbnails(self, drive_id: str, number: int) -> tuple[bytes, ...]:
        """JPEGs of the seconds before an incident's peak, the oldest first; none where none are kept."""

    def lines(self, drive_id: str) -> list[str]:
        """The drive's journal, one JSON object each."""

    def delete(self, drive_id: str) -> None:
        """Forget a drive; a recording itself stays, and so do the reviews beside it."""

    def notices(self) -> list[str]:
        """What there is to say, once: what was damaged, and set aside."""


class _NoRecorder:
    def event(self, event: AlertEvent) -> None: ...

    def incident(self, incident: Incident, thumbnails: Sequence[bytes]) -> None: ...

    def notice(self, text: str) -> None: ...

    def system(self, condition: SystemCondition) -> None: ...

    def review(self, number: int, review: Review) -> None: ...

    def flush(self) -> None: ...

    def end(self, summary: DriveSummary, frames: int, reason: str) -> None: ...


class NoLibrary:
    """Keeps nothing."""

    def drives(self) -> list[KeptDrive]:
        return []

    def drive(self, drive_id: str) -> KeptDrive:
        raise UserError(f"there is no drive {drive_id}: no library is kept")

    def begin(self, info: DriveInfo) -> DriveRecorder:
        return _NoRecorder()

    def review(self, drive_id: str, number: int, review: Review, start_s: float | None = None) -> None: ...

    def name_driver(self, drive_id: str, driver: str) -> None: ...

    def thumbnails(self, drive_id: str, number: int) -> tuple[bytes, ...]:
        return ()

    def lines(self, drive_id: str) -> list[str]:
        return []

    def delete(self, drive_id: str) -> None: ...

    def notices(self) -> list[str]:
        return []


def recording_id(path: str) -> str:
    """The id of a recording: the same for the same file or folder, however it is named."""
    name = path if path == "demo" else str(Path(path).expanduser().resolve())
    return f"recording-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def live_id(began_at: datetime) -> str:
    """An id for a drive of a camera or a stream that begins now."""
    return f"{began_at.astimezone(timezone.utc):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
