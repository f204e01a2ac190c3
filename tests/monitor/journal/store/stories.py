"""Drives and incidents for the store's tests, and clocks that do as they are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engines.activities import Activity
from monitor.alerts.cause import Cause, Rule
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import ActivitySpan, Incident, IncidentState
from monitor.health.camera_health import Health
from monitor.journal.store.database import Database
from monitor.journal.store.opening import open_for_writing
from monitor.journal.store.records import StoredDrive
from monitor.journal.store.times import Stamp, StoreClock

DAY_S = 86_400.0
NOON_S = 1_796_040_000.0
"""2026-11-30, about noon."""


class Clocks:
    """A clock to be set, and seconds that pass when a test says so."""

    def __init__(self, utc_s: float = NOON_S, monotonic_s: float = 1000.0, boot_id: str = "boot-1") -> None:
        self.utc_s, self.monotonic_s = utc_s, monotonic_s
        self.store_clock = StoreClock(lambda: self.utc_s, lambda: self.monotonic_s, boot_id)

    def pass_time(self, seconds: float) -> None:
        """Both go on."""
        self.utc_s += seconds
        self.monotonic_s += seconds

    def now(self) -> Stamp:
        """This moment."""
        return self.store_clock.now()


def drive(began: Stamp | None = None, source: str = "camera 0") -> StoredDrive:
    """A live drive that begins, in Berlin."""
    began = began or Clocks().now()
    return replace(
        StoredDrive.new(source, "default", "no speed signal", live=True, began=began),
        zone="Europe/Berlin",
        utc_offset_s=3600,
    )


def incident(number: int = 1, tier: Tier = Tier.WARNING, *, over: bool = True, start_s: float = 4.5) -> Incident:
    """An incident of some seconds, which goes on or is over; its times are seconds since the drive began."""
    cause = Cause(Rule.ANOTHER_ACTIVITY)
    raised = AlertEvent(
        EventKind.RAISED, start_s, tier, Activity.DRINKING, Reason.DISTRACTION, Health.OK, 2.0, number, cause
    )
    going = Incident(
        number=number,
        start_s=start_s,
        end_s=None,
        ended_by=None,
        state=IncidentState.ACTIVE,
        tier=tier,
        activity=Activity.DRINKING,
        reason=Reason.DISTRACTION,
        cause=cause,
        activities=(ActivitySpan(start_s, start_s + 1.0, Activity.DRINKING),),
        distracted_s=2.0,
        speed_kmh=None,
        top_speed_kmh=None,
        events=(raised,),
    )
    return ended(going) if over else going


def ended(going: Incident) -> Incident:
    """The same, over."""
    return replace(going, end_s=going.start_s + 3.0, ended_by=Reason.ATTENTION, state=IncidentState.ENDED)


def opened(folder: Path, now: Stamp | None = None, destinations: tuple[str, ...] = ()) -> Database:
    """A store's database, open to be written; its lock goes with the test."""
    database, lock, _ = open_for_writing(folder, now or Clocks().now(), destinations)
    lock.release()
    return database
