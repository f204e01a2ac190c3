"""How a drive is at the moment, for those who look now and then, and need no history of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from engines.activities import Activity
from engines.notice import NoticeText
from monitor.alerts.events import AlertState, Tier
from monitor.alerts.incidents.incident import Incident
from monitor.evaluation.drive_summary import SummaryTally
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemHealth
from monitor.journal.store.times import StoreClock, as_text
from monitor.live.pipeline import FrameResult, StatusUpdate
from monitor.live.session import Ended, Failed, IncidentChanged, Opened, SessionEvent, SystemChanged


@dataclass(frozen=True)
class _Now:
    watching: bool = False
    source: str = ""
    tier: Tier = Tier.NONE
    activity: Activity | None = None
    health: Health = Health.OK
    faults: tuple[str, ...] = ()
    under_alert_s: float = 0.0
    incidents: int = 0
    last: Incident | None = None
    last_at: str | None = None
    fps: float = 0.0


class DriveState:
    """A listener that keeps how the drive is. `as_dict` may be called from any thread."""

    name = NoticeText("the state that is sent")

    def __init__(self, clock: StoreClock | None = None) -> None:
        """Times are those of `clock`."""
        self._clock = clock or StoreClock()
        self._now = _Now()
        self._system, self._tally = SystemHealth(), SummaryTally(0.5)
        self._wakes: list[Callable[[], object]] = []
        self._numbers: set[int] = set()

    def watch(self, wake: Callable[[], object]) -> None:
        """Have somebody woken, in the drive's thread, when the state has changed by more than figures."""
        self._wakes.append(wake)

    def armed_by(self, armed: Callable[[], bool]) -> StateListener:
        """What a drive tells of itself, whose alerts are on or off."""
        return StateListener(self, armed)

    def on_event(self, event: SessionEvent, *, armed: bool = True) -> None:
        """Take an event of the drive in; while not `armed`, there are no alerts."""
        before = self._now
        match event:
            case Opened():
                self._system, self._tally = SystemHealth(), SummaryTally(event.settings.frame_holds_s)
                self._numbers = set()
                # The last incident stays the last one.
                self._now = _Now(watching=True, source=event.source, last=before.last, last_at=before.last_at)
            case FrameResult():
                self._see(event.alert, armed, event.fps)
            case StatusUpdate() if event.alert is not None:
                self._see(event.alert, armed, 0.0)
            case IncidentChanged(incident) if armed:
                if incident.number not in self._numbers:
                    self._numbers.add(incident.number)
                    self._now = replace(
                        before, incidents=before.incidents + 1, last=incident, last_at=as_text(self._clock.now().utc_s)
                    )
                else:
                    self._now = replace(before, last=incident)
            case SystemChanged(condition):
                problem = condition.text if condition.until_s is None else None
                self._system.update(condition.fault, problem, condition.since_s, condition.subject)
                self._now = replace(before, faults=tuple(one.fault.value for one in self._system.active))
            case Ended() | Failed():
                self._now = replace(before, watching=False, tier=Tier.NONE, activity=None, fps=0.0)
            case _:
                return
        now = self._now
        if (now.watching, now.tier, now.activity, now.health, now.faults, now.incidents) != (
            before.watching, before.tier, before.activity, before.health, before.faults, before.incidents
        ):  # fmt: skip
            for wake in self._wakes:
                wake()

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        now = self._now
        incident = now.last
        return {
            "watching": now.watching,
            "source": now.source,
            "alert": now.tier is not Tier.NONE,
            "tier": now.tier.code,
            "activity": None if now.activity is None else now.activity.code,
            "activity_title": None if now.activity is None else now.activity.title,
            "health": now.health.value,
            "camera_fault": now.health is not Health.OK,
            "faults": list(now.faults),
            "under_alert_s": round(now.under_alert_s, 1),
            "incidents": now.incidents,
            "last_incident": {
                "at": now.last_at,
                "number": None if incident is None else incident.number,
                "tier": None if incident is None else incident.tier.code,
                "activity": None if incident is None or incident.activity is None else incident.activity.code,
                "text": None if incident is None else incident.text,
            },
            "fps": round(now.fps, 1),
        }

    def _see(self, alert: AlertState, armed: bool, fps: float) -> None:
        self._tally.add(alert, armed=armed)
        self._now = replace(
            self._now,
            tier=alert.tier if armed else Tier.NONE,
            activity=alert.current,
            health=alert.health,
            under_alert_s=self._tally.summary().under_alert_s,
            fps=fps,
        )


class StateListener:
    """Leaves a drive's events with the state."""

    name = DriveState.name

    def __init__(self, state: DriveState, armed: Callable[[], bool]) -> None:
        self._state, self._armed = state, armed

    def on_event(self, event: SessionEvent) -> None:
        """Takes an event in."""
        self._state.on_event(event, armed=self._armed())
