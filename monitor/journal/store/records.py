"""What the store holds, as rows: drives, incidents, faults, clips, messages."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from monitor.alerts.incidents.incident import Incident
from monitor.evaluation.drive_summary import DriveSummary
from monitor.journal.store.times import ClockState, Stamp, as_text, local_zone


@dataclass(frozen=True)
class StoredDrive:
    """One drive.

    Attributes:
        uid: its id, a UUID.
        source: its name, for people, without any password.
        bundle: name of the engine bundle.
        speed: where the speed came from, for people.
        live: whether it happened as it was watched; the times of a recording's incidents are within the recording.
        began: when.
        zone, utc_offset_s: the zone it began in, by name, and its offset from UTC then, seconds.
        seen_s: how long it lasted, as far as is known: seconds since it began.
        frames: classified; None while it goes on, and where the power went.
        end_reason: ``source_ended``, ``stopped``, ``failed``, or ``interrupted`` where the program was ended by force
            or the power went; None while it goes on.
        path: of a recording, as it can be opened again; empty for a camera or a stream.
        driver: who drives; empty where nobody has said so.
        about: what it was watched with: software, bundle and its hashes, settings; as JSON has it.
        summary: None while it goes on, and where its end was not seen.
    """

    uid: str
    source: str
    bundle: str
    speed: str
    live: bool
    began: Stamp
    zone: str
    utc_offset_s: int
    seen_s: float = 0.0
    frames: int | None = None
    end_reason: str | None = None
    path: str = ""
    driver: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    summary: DriveSummary | None = None

    @classmethod
    def new(
        cls,
        source: str,
        bundle: str,
        speed: str,
        *,
        live: bool,
        began: Stamp,
        path: str = "",
        driver: str = "",
        about: Mapping[str, Any] | None = None,
    ) -> StoredDrive:
        """A drive that begins, in the machine's zone."""
        zone = local_zone(began.utc_s)
        return cls(
            str(uuid.uuid4()), source, bundle, speed, live, began, *zone, path=path, driver=driver, about=about or {}
        )

    @property
    def is_recording(self) -> bool:
        """Whether it can be replayed."""
        return bool(self.path)

    @property
    def began_at(self) -> datetime:
        """When it began, in its zone."""
        zone = timezone(timedelta(seconds=self.utc_offset_s))
        return datetime.fromtimestamp(self.began.utc_s, zone)

    @property
    def began_text(self) -> str:
        """When it began, in its zone, ISO 8601."""
        return as_text(self.began.utc_s, self.utc_offset_s)

    def as_dict(self) -> dict[str, object]:
        """For JSON files."""
        return {
            "id": self.uid,
            "source": self.source,
            "bundle": self.bundle,
            "speed": self.speed,
            "live": self.live,
            "began": self.began_text,
            "utc_s": round(self.began.utc_s, 3),
            "monotonic_s": round(self.began.monotonic_s, 3),
            "boot_id": self.began.boot_id,
            "clock": self.began.clock.value,
            "zone": self.zone,
            "duration_s": round(self.seen_s, 3),
            "frames": self.frames,
            "end_reason": self.end_reason,
            "path": self.path,
            "driver": self.driver,
            "about": dict(self.about),
            "summary": None if self.summary is None else self.summary.as_dict(),
        }


def incident_uid(drive_uid: str, number: int) -> str:
    """The id of a drive's incident: the same whenever and however often it is asked for."""
    return str(uuid.uuid5(uuid.UUID(drive_uid), str(number)))


@dataclass(frozen=True)
class StoredIncident:
    """One incident; its times are seconds since its drive began.

    Attributes:
        uid: its id, a UUID.
        drive_uid: its drive's.
        incident: itself, with its clip and its review as they are now.
        began: when it began.
        kept: whether somebody has marked it to be kept, so that retention spares it.
        revision: from 1, one more with every change.
    """

    uid: str
    drive_uid: str
    incident: Incident
    began: Stamp
    kept: bool
    revision: int

    def as_dict(self, drive: StoredDrive) -> dict[str, object]:
        """For JSON files: what the incident is, after whose it is and when it was."""
        return {
            "id": self.uid,
            "drive_id": self.drive_uid,
            "source": drive.source,
            "at": as_text(self.began.utc_s, drive.utc_offset_s),
            "utc_s": round(self.began.utc_s, 3),
            "monotonic_s": round(self.began.monotonic_s, 3),
            "boot_id": self.began.boot_id,
            "clock": self.began.clock.value,
            "kept": self.kept,
            "revision": self.revision,
            **self.incident.as_dict(),
        }


@dataclass(frozen=True)
class StoredFault:
    """Something that went wrong, or is worth noting.

    Attributes:
        drive_uid: its drive's; None for the store's own.
        kind: ``health``, ``system``, ``notice``, ``clock``, ``gap``, ``retention`` or ``store``.
        at_s: seconds since the drive began; None without a drive.
        when: when.
        content: by kind: an event, a condition, or ``text``.
    """

    drive_uid: str | None
    kind: str
    at_s: float | None
    when: Stamp
    content: Mapping[str, Any]

    def as_dict(self) -> dict[str, object]:
        """For JSON files."""
        return {
            "drive_id": self.drive_uid,
            "kind": self.kind,
            "at_s": None if self.at_s is None else round(self.at_s, 3),
            "utc_s": round(self.when.utc_s, 3),
            "clock": self.when.clock.value,
            **self.content,
        }


@dataclass(frozen=True)
class StoredClip:
    """One clip's file.

    Attributes:
        uid: its id, a UUID.
        drive_uid: of its drive.
        incident_uid: of the incident that it shows; None of a part of a drive that is recorded as a whole.
        file: its path in the store's folder.
        writing: whether it is still being written.
        bytes: its size; while it is written what it may become.
        sha256: of the file; None while it is written.
        start_s, end_s: what it shows, seconds since the drive began; None while it is written.
        modified_ns: when the finished file was last changed, as its disk says; None where that is not known.
        tries: at how many starts it could not be completed, of one that was cut off.
    """

    uid: str
    drive_uid: str
    incident_uid: str | None
    file: str
    writing: bool
    bytes: int
    sha256: str | None
    start_s: float | None
    end_s: float | None
    modified_ns: int | None = None
    tries: int = 0


@dataclass(frozen=True)
class OutboxMessage:
    """What is to be sent.

    Attributes:
        id: its place in the order.
        destination: to whom.
        incident_uid: of which incident; the same in each message about it.
        kind: ``new``, ``update`` or ``end``.
        queued: when it was put there.
        content: JSON: ``type``, ``id``, and the incident as it was then.
        attempts: how often it was tried in vain.
        problem: why the last attempt failed.
    """

    id: int
    destination: str
    incident_uid: str
    kind: str
    queued: Stamp
    content: str
    attempts: int
    problem: str | None


@dataclass(frozen=True)
class OutboxState:
    """How much waits to be sent.

    Attributes:
        messages, bytes: how many, and how large.
        oldest_s: for how many seconds the oldest has waited; None where nothing waits.
    """

    messages: int
    bytes: int
    oldest_s: float | None


def stamp_of(row: Mapping[str, Any], utc: str = "utc_s", monotonic: str = "monotonic_s") -> Stamp:
    """The stamp in a row's columns."""
    return Stamp(row[utc], row[monotonic], row["boot_id"], ClockState(row["clock"]))
