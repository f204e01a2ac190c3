"""What the replay view shows, as a plain model without Qt; widgets listen to it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from engines.activities import Activity
from engines.prediction import Prediction
from engines.view import Mount
from monitor.alerts.events import AlertEvent, AlertState, Tier
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.policy_states import PolicyStates
from monitor.evaluation.scoring import Alert, alerts_of
from monitor.live.recent_frames import Thumbnail
from monitor.live.session import Opened
from monitor.replay.labelling import DriveLabelling
from monitor.replay.reviews import AlertReview
from monitor.sources import Frame
from monitor.speed.source import FixedSpeed
from monitor.viewmodel.event_log import LoggedEvent
from monitor.viewmodel.signal import Listeners
from monitor.viewmodel.state import DashboardState, Overlays, Phase


class ReplayPhase(Enum):
    """Where the replay stands."""

    EMPTY = "empty"
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"


class ReplayModel:
    """One recording that is looked at. Used from one thread.

    Attributes:
        phase: where it stands.
        spec, name: the drive as it was named, and for people.
        duration_s, step_s: of the drive and of a frame.
        problem: why it cannot be opened.
        position_s: the moment that is shown.
        playing, speed: whether and how fast it goes on.
        states: what network and policy say, as far as it is known; None before the engine is open.
        judged: frames of `states` that the window knows of.
        complete: whether that is all.
        labelling: the drive's labels; None before it is open.
        marks: alerts that were called wrong.
        pictures: an event's time → its picture; None where there is none.
        verdict: how predictions and alerts fit the labels, in lines; empty while not known.
        moment: what is shown at `position_s`, for widgets that show a drive as it happens.
        drive_changed: another drive, or its phase.
        moved: `position_s`, `playing` or `speed`.
        judged_more: `states` grew.
        labelled: `labelling`, `marks` or `verdict` changed.
    """

    def __init__(self, overlays: Overlays | None = None) -> None:
        self.moment = DashboardState(muted=True, overlays=overlays)
        self.drive_changed = Listeners()
        self.moved = Listeners()
        self.judged_more = Listeners()
        self.labelled = Listeners()
        self._forget("", ReplayPhase.EMPTY)

    def _forget(self, spec: str, phase: ReplayPhase) -> None:
        self.phase, self.spec, self.name, self.problem = phase, spec, spec, ""
        self.duration_s, self.step_s = 0.0, 0.04
        self.position_s, self.playing, self.speed = 0.0, False, 1.0
        self.states: PolicyStates | None = None
        self.judged, self.complete = 0, False
        self.labelling: DriveLabelling | None = None
        self.marks: list[AlertReview] = []
        self.pictures: dict[float, Thumbnail | None] = {}
        self.verdict: tuple[str, ...] = ()
        self.moment.events.entries.clear()
        self.moment.frame = None

    def begin(self, spec: str) -> None:
        """A drive is being opened."""
        self._forget(spec, ReplayPhase.OPENING)
        self._tell_all()

    def opened(self, name: str, duration_s: float, step_s: float, labelling: DriveLabelling) -> None:
        """It is open: it can be played and labelled."""
        self.phase, self.name, self.duration_s, self.step_s = ReplayPhase.OPEN, name, duration_s, step_s
        self.labelling = labelling
        self.set_mount(Mount())
        self._tell_all()

    def fail(self, problem: str) -> None:
        """It cannot be opened, or read any further."""
        self.phase, self.problem, self.playing = ReplayPhase.FAILED, problem, False
        self._tell_all()

    def set_mount(self, mount: Mount, bundle: str = "", runtime: str = "") -> None:
        """How the camera sits, which the overlays are drawn by, and what looks at the drive."""
        self.moment.drive = Opened(
            self.name, False, self.duration_s, bundle, runtime, mount, None, FixedSpeed(None), AlertSettings()
        )
        self.moment.mount, self.moment.phase = mount, Phase.RUNNING

    def judge(self, states: PolicyStates, *, complete: bool) -> None:
        """More of the drive has been judged."""
        new = states is not self.states
        self.states, self.complete = states, complete
        self.judged = len(states.states)
        log = self.moment.events
        if new:
            log.entries.clear()
        more = states.events[len(log.entries) :]
        log.entries.extend(self._entry(event) for event in more)
        if new or more:
            self.moment.event_logged.emit()
        self.judged_more.emit()

    def _entry(self, event: AlertEvent) -> LoggedEvent:
        still = self.pictures.get(event.time_s)
        film = (still,) if still is not None else ()
        return LoggedEvent(event.time_s, event, self.name, self.spec, film, self.is_marked(event))

    @property
    def unpictured(self) -> list[AlertEvent]:
        """Events whose pictures were not looked for yet, the first one first."""
        return [entry.event for entry in self.moment.events.entries if entry.event.time_s not in self.pictures]

    def pictured(self, pictures: Mapping[float, Thumbnail | None]) -> None:
        """Some events' pictures were found, or were not."""
        self.pictures.update(pictures)
        self._log_anew()

    def show(self, frame: Frame | None, position_s: float, playing: bool) -> None:
        """The player is somewhere."""
        self.position_s, self.playing = position_s, playing
        alert, prediction = self.now
        self.moment.show(frame, prediction, alert, position_s)
        self.moved.emit()

    @property
    def now(self) -> tuple[AlertState | None, Prediction | None]:
        """What policy and network say of the moment; None where it is not judged."""
        found = self.states.at(self.position_s) if self.states is not None else None
        return found if found is not None else (None, None)

    @property
    def label(self) -> Activity | None:
        """What the labels say of the moment."""
        stretch = self.labelling.at(self.position_s) if self.labelling is not None else None
        return stretch.activity if stretch is not None else None

    @property
    def alerts(self) -> list[Alert]:
        """As far as the drive is judged."""
        return alerts_of(self.states.events) if self.states is not None else []

    def next_alert_s(self, forwards: bool = True) -> float | None:
        """When the next alert, or else the one before, was raised; None without one."""
        times = [alert.raised_s for alert in self.alerts]
        if forwards:
            return next((time_s for time_s in times if time_s > self.position_s + self.step_s / 2), None)
        return next((time_s for time_s in reversed(times) if time_s < self.position_s - self.step_s / 2), None)

    def alert_event_at(self, time_s: float) -> AlertEvent | None:
        """The latest event that raised the alert that stands at a time, or that stood last before it."""
        events = self.states.events if self.states is not None else []
        return next((event for event in reversed(events) if event.is_alert and event.time_s <= time_s + 1e-6), None)

    def is_marked(self, event: AlertEvent) -> bool:
        """Whether an alert was called wrong."""
        return event.is_alert and any(
            abs(mark.time_s - event.time_s) < 0.002 and mark.tier == event.tier.code for mark in self.marks
        )

    def relabelled(self) -> None:
        """Labels or marks have changed: what was said of how they fit is out of date."""
        self.verdict = ()
        self._log_anew()
        self.labelled.emit()

    def _log_anew(self) -> None:
        log = self.moment.events
        log.entries[:] = [self._entry(entry.event) for entry in log.entries]
        self.moment.event_logged.emit()

    @property
    def tier(self) -> Tier:
        """The alert at the moment."""
        alert, _ = self.now
        return alert.tier if alert is not None else Tier.NONE

    def _tell_all(self) -> None:
        self.moment.show(None, None, None, 0.0)
        for listeners in (self.drive_changed, self.judged_more, self.labelled, self.moved, self.moment.event_logged):
            listeners.emit()
