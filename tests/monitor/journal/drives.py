"""Incidents and drives for the tests of the library."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from engines.activities import Activity
from monitor.alerts.cause import Cause, Rule
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import ActivitySpan, Incident, IncidentState
from monitor.evaluation.drive_summary import DriveSummary, IncidentCount
from monitor.health.camera_health import Health
from monitor.journal.library import DriveInfo, Library

BEGAN = datetime(2026, 11, 30, 8, 15, tzinfo=timezone.utc)
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


def info(drive_id: str = "20261130-081500-abcd", *, path: str = "", days: int = 0, driver: str = "") -> DriveInfo:
    """A drive of a camera, or a recording that lies at `path`."""
    about = {
        "software": {"versions": ["driver-monitor 0.1.0"]},
        "bundle": {"name": "toy", "files": {"model.fp32.onnx": "ab12"}},
        "settings": {"alerts": {"enter": 0.55}},
        "mount": {"mirror": False},
    }
    return DriveInfo(drive_id, BEGAN + timedelta(days=days), path or "camera 0", path, driver, about)


def record(library: Library, about: DriveInfo, *incidents: Incident, length_s: float = 60.0) -> None:
    """Have a library keep a drive, each incident with three images."""
    recorder = library.begin(about)
    for each in incidents:
        for event in each.events:
            recorder.event(event)
        recorder.incident(each, [b"first", b"second", b"last"])
    recorder.end(replace(SUMMARY, length_s=length_s), 600, "source_ended")
