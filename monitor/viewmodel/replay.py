"""What the replay view shows, as a plain model without Qt; widgets listen to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum

from engines.activities import Activity
from engines.files.printable import printable, source_label
from engines.notice import NoticeText
from engines.prediction import Prediction
from engines.view import Mount
from monitor.alerts.events import AlertState, EventKind, Tier
from monitor.alerts.incidents.incident import Incident
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.policy_run import PolicyRun
from monitor.live.frames.recent_frames import Thumbnail
from monitor.live.session import Opened
from monitor.replay.labelling import DriveLabelling
from monitor.replay.reviews import AlertReview, own_reviews, review_of
from monitor.sources import Frame
from monitor.speed.source import FixedSpeed
from monitor.viewmodel.event_log import LogEntry, LoggedEvent, LoggedIncident
from monitor.viewmodel.signal import Listeners
from monitor.viewmodel.state import DashboardState, Overlays, Phase


class ReplayPhase(Enum):
    """The phase of the replay."""

    EMPTY = "empty"
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"


class ReplayModel:
    """One recording that is replayed. Used from one thread.

    Attributes:
        phase: of the replay.
        spec, name: the drive as it was named, and for people.
        duration_s, step_s: of the drive and of a frame.
        problem: why it cannot be opened.
        position_s: the time that is shown.
        playing, speed: whether and how fast it plays.
        states: predictions and policy states, as far as they are known; None before the engine is open.
        analysed: frames of `states` that the window knows of.
        complete: whether that is all.
        labelling: the drive's labels; None before it is open.
        reviews: what a person has said of incidents, as the file has it.
        thumbnails: an event's time, or an incident's at its peak → its thumbnail; None where there is none.
        verdict: how predictions and alerts fit the labels, in lines; empty while not known.
        kept_as: the drive's id in the library; empty where it is not kept.
        drive_state: what is shown at `position_s`, for widgets that show a drive as it happens.
        drive_changed: another drive, or its phase.
        moved: `position_s`, `playing` or `speed`.
        analysis_changed: `states` or `analysed`.
        labelled: `labelling`, `reviews` or `verdict` changed.
    """

    def __init__(self, overlays: Overlays | None = None) -> None:
        self.drive_state = DashboardState(muted=True, overlays=overlays)
        self.drive_changed = Listeners()
        self.moved = Listeners()
        self.analysis_changed = Listeners()
        self.labelled = Listeners()
        self._forget("", ReplayPhase.EMPTY)

    def _forget(self, spec: str, phase: ReplayPhase) -> None:
        self.phase, self.spec, self.name, self.problem = phase, spec, source_label(spec), ""
        self.duration_s, self.step_s = 0.0, 0.04
        self.position_s, self.playing, self.speed = 0.0, False, 1.0
        self.states: PolicyRun | None = None
        self.analysed, self.complete = 0, False
        self.labelling: DriveLabelling | None = None
        self.reviews: Sequence[AlertReview] = ()
        self.thumbnails: dict[float, Thumbnail | None] = {}
        self.verdict: tuple[str, ...] = ()
        self.kept_as = ""
        self.drive_state.events.entries.clear()
        self.drive_state.frame = None

    def begin(self, spec: str) -> None:
        """A drive is being opened."""
        self._forget(spec, ReplayPhase.OPENING)
        self._emit_all()

    def opened(self, name: str, duration_s: float, step_s: float, labelling: DriveLabelling) -> None:
        """It is open: it can be played and labelled."""
        self.phase, self.name, self.duration_s, self.step_s = ReplayPhase.OPEN, name, duration_s, step_s
        self.labelling = labelling
        self.set_mount(Mount())
        self._emit_all()

    def fail(self, problem: str) -> None:
        """It cannot be opened, or read any further."""
        self.phase, self.playing = ReplayPhase.FAILED, False
        self.problem = problem if isinstance(problem, NoticeText) else printable(problem)
        self._emit_all()

    def set_mount(
        self,
        mount: Mount,
        bundle: str = "",
        runtime: str = "",
        *,
        uses_regions: bool = True,
        names_regions: bool = False,
    ) -> None:
        """Take the mount that overlays are drawn by, names of bundle and runtime, which regions the network has."""
        self.drive_state.drive = Opened(
            self.name, False, self.duration_s, bundle, runtime, mount, None, FixedSpeed(None), AlertSettings()
        )
        self.drive_state.mount, self.drive_state.phase = mount, Phase.RUNNING
        self.drive_state.uses_regions, self.drive_state.names_regions = uses_regions, names_regions

    def set_states(self, states: PolicyRun, *, complete: bool) -> None:
        """More of the drive has been analysed."""
        self.states, self.complete = states, complete
        self.analysed = len(states.states)
        self._rebuild_log()
        self.analysis_changed.emit()

    @property
    def incidents(self) -> list[Incident]:
        """As far as the drive is analysed, with their reviews."""
        # One step, since the analysis goes on in another thread.
        known = tuple(self.states.incidents.values()) if self.states is not None else ()
        reviews = self.own_reviews
        return [replace(incident, review=review_of(incident, reviews)) for incident in known]

    @property
    def own_reviews(self) -> Sequence[AlertReview]:
        """The reviews of this drive alone."""
        return own_reviews(self.reviews, self.spec, self.name)

    def _entries(self) -> list[LogEntry]:
        entries: list[LogEntry] = [
            LoggedIncident(incident, self.name, self.spec, self._clip(incident.peak_s), kept_as=self.kept_as)
            for incident in self.incidents
        ]
        entries += [
            LoggedEvent(event.time_s, event, self.name, self.spec, self._clip(event.time_s))
            for event in (tuple(self.states.events) if self.states is not None else ())
            if event.kind in (EventKind.FAULT, EventKind.RECOVERED)
        ]
        return sorted(entries, key=lambda entry: entry.since_s)

    def _clip(self, time_s: float) -> tuple[Thumbnail, ...]:
        thumbnail = self.thumbnails.get(time_s)
        return (thumbnail,) if thumbnail is not None else ()

    @property
    def without_thumbnail(self) -> list[float]:
        """Times of entries whose thumbnails were not made yet, the first one first."""
        times_s = (
            entry.incident.peak_s if isinstance(entry, LoggedIncident) else entry.since_s
            for entry in self.drive_state.events.entries
        )
        return [time_s for time_s in times_s if time_s not in self.thumbnails]

    def add_thumbnails(self, thumbnails: Mapping[float, Thumbnail | None]) -> None:
        """Some thumbnails were made, or there are none."""
        self.thumbnails.update(thumbnails)
        self._rebuild_log()

    def keep(self, drive_id: str) -> None:
        """The library keeps the drive."""
        self.kept_as = drive_id
        self._rebuild_log()

    def show(self, frame: Frame | None, position_s: float, playing: bool) -> None:
        """The player has moved."""
        self.position_s, self.playing = position_s, playing
        alert, prediction = self.now
        self.drive_state.show(frame, prediction, alert, position_s)
        self.moved.emit()

    @property
    def now(self) -> tuple[AlertState | None, Prediction | None]:
        """Policy state and prediction at the position; None where it is not analysed."""
        found = self.states.at(self.position_s) if self.states is not None else None
        return found if found is not None else (None, None)

    @property
    def label(self) -> Activity | None:
        """The label at the position."""
        segment = self.labelling.at(self.position_s) if self.labelling is not None else None
        return segment.activity if segment is not None else None

    def next_incident_s(self, forwards: bool = True) -> float | None:
        """When the next incident, or else the one before, began; None without one."""
        times = [incident.start_s for incident in self.incidents]
        if forwards:
            return next((time_s for time_s in times if time_s > self.position_s + self.step_s / 2), None)
        return next((time_s for time_s in reversed(times) if time_s < self.position_s - self.step_s / 2), None)

    def incident_at(self, time_s: float) -> Incident | None:
        """The incident that goes on at a time, or was last before it."""
        return next((one for one in reversed(self.incidents) if one.start_s <= time_s + 1e-6), None)

    def relabelled(self) -> None:
        """Labels or reviews have changed: the verdict is out of date."""
        self.verdict = ()
        self._rebuild_log()
        self.labelled.emit()

    def _rebuild_log(self) -> None:
        log, entries = self.drive_state.events, self._entries()
        if entries != log.entries:
            log.entries[:] = entries
            self.drive_state.event_logged.emit()

    @property
    def tier(self) -> Tier:
        """The tier of the alert at the position."""
        alert, _ = self.now
        return alert.tier if alert is not None else Tier.NONE

    def _emit_all(self) -> None:
        self.drive_state.show(None, None, None, 0.0)
        for listeners in (
            self.drive_changed,
            self.analysis_changed,
            self.labelled,
            self.moved,
            self.drive_state.event_logged,
        ):
            listeners.emit()
