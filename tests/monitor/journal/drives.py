"""Incidents and drives for the tests of the library."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from engines.activities import Activity
from monitor.alerts.cause import Cause, Rule
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import ActivitySpan, Incident, IncidentState
from monitor.evaluation.drive_summary import DriveSummary, IncidentCount
from monitor.health.camera_health import Health
from monitor.journal.library import Library
from monitor.journal.store.records import StoredDrive
from monitor.journal.store.times import Stamp
from monitor.journal.store.writer import Store

_TODAY = datetime.now(timezone.utc).replace(hour=8, minute=15, second=0, microsecond=0)
BEGAN = _TODAY - timedelta(days=1)
"""Yesterday: a store drops what is old."""

EVENT = AlertEvent(EventKind.RAISED, 4.5, Tier.CAUTION, Activity.DRINKING, Reason.DISTRACTION, Health.OK, 2.0, 1)
SUMMARY = DriveSummary(60.0, (IncidentCount(Tier.WARNING, Activity.DRINKING, 2),), 9.0, 1.5, {Health.DARK: 1.5}, 1)


def incident(number: int = 1, start_s: float = 4.5) -> Incident:
    """An incident of 4.5 s about drinking."""
    event = replace(EVENT, time_s=start_s, incident=number)
    return Incident(
        number, start_s, start_s + 4.5, Reason.ATTENTION, IncidentState.ENDED, Tier.WARNING, Activity.DRINKING,
        Reason.DISTRACTION, Cause(Rule.CAUTION_TIME, 2.0, 2.0), (ActivitySpan(start_s, start_s + 4.5, None),), 3.0,
        None, None, (event, replace(event, time_s=start_s + 1.0, tier=Tier.WARNING)),
    )  # fmt: skip


def uid(name: str) -> str:
    """The id of a drive, always the same for a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def info(name: str = "drive", *, path: str = "", days: int = 0, driver: str = "") -> StoredDrive:
    """A drive of a camera, or a recording that lies at `path`."""
    about = {
        "software": {"versions": ["driver-monitor 0.1.0"]},
        "bundle": {"name": "toy", "files": {"model.fp32.onnx": "ab12"}},
        "settings": {"alerts": {"enter": 0.55}},
        "mount": {"mirror": False},
    }
    began = Stamp(BEGAN.timestamp() + 86_400.0 * days, 0.0, "boot")
    return StoredDrive(
        uid(name), path or "camera 0", "toy", "no speed signal", live=not path, began=began, zone="UTC", utc_offset_s=0,
        path=path, driver=driver, about=about,
    )  # fmt: skip


def record(library: Library, about: StoredDrive, *incidents: Incident, length_s: float = 60.0) -> StoredDrive:
    """Have a library keep a drive, each incident with three images; as it is kept."""
    summary = replace(SUMMARY, length_s=length_s)
    drive = replace(about, seen_s=length_s, frames=600, end_reason="source_ended", summary=summary)
    library.keep_drive(drive, [(each, [b"first", b"second", b"last"]) for each in incidents])
    return drive


@contextmanager
def kept_in(folder: Path) -> Iterator[Library]:
    """The library of a folder's store, which is let go in the end."""
    store = Store(folder)
    try:
        yield Library(store)
    finally:
        store.close(60.0)
