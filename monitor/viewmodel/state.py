"""Everything the dashboard shows, as a plain model without Qt; widgets listen to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError, one_line
from engines.files.printable import printable, source_label
from engines.notice import NoticeText
from engines.prediction import Prediction
from engines.view import WHOLE_FRAME
from monitor.alerts.events import AlertState, Attention, EventKind, Tier
from monitor.alerts.incidents.incident import Incident, Review
from monitor.evaluation.drive_summary import DriveSummary
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemCondition, SystemFault
from monitor.live.pipeline import FrameResult, StatusUpdate
from monitor.live.session import (
    AlertChanged,
    Ended,
    EndReason,
    Failed,
    IncidentChanged,
    Notice,
    Opened,
    SessionEvent,
    SystemChanged,
)
from monitor.sources import DEMO, Frame
from monitor.viewmodel.event_log import EventLog, LoggedEvent, LoggedIncident
from monitor.viewmodel.history import History
from monitor.viewmodel.performance import Performance
from monitor.viewmodel.signal import Listeners

DEMO_NAME = "demo drive"

_NOTICES = 50

SILENT_S = 3.0
"""A live drive that has said nothing for so long hangs: it speaks of every frame, and of a camera that gives none."""

_NOTICED = (SystemFault.JOURNAL, SystemFault.STORE, SystemFault.RECORDING, SystemFault.OUTPUT, SystemFault.LISTENER)
"""What is a notice, too: something is not kept, or not shown."""


ReviewOf = Callable[[Incident], Review]
"""What a person has said of an incident."""


def _unreviewed(incident: Incident) -> Review:
    return incident.review


class Phase(Enum):
    """The phase of the drive."""

    IDLE = "idle"
    OPENING = "opening"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True)
class Problem:
    """What stopped a drive: a title, and what is wrong and what to do, in one line without a full stop."""

    title: str
    text: str


@dataclass
class Overlays:
    """What is drawn over the frame.

    Attributes:
        regions: those that a network is given, which are shown on request.
        named_regions: those that a network finds and has a name for.
        heat: the regions' weights.
        keypoints: that regions come from.
    """

    regions: bool = False
    named_regions: bool = True
    heat: bool = False
    keypoints: bool = False


class DashboardState:
    """The one place where the dashboard's data lies. Used from one thread.

    Attributes:
        phase: of the drive.
        spec: the source as named by the user; None before one is chosen.
        drive: None until source and engine are open.
        armed: whether alerts are on; not before a new camera's view was checked.
        problem: what stopped the drive, while `phase` is FAILED.
        summary: what the drive was, while `phase` is ENDED.
        recording: whether video of the drive is kept.
        kept_as: the id of the drive in the library; empty where it is not kept.
        result: of the latest frame; None before the first.
        alert: the policy's latest state; None before the first frame and after the last.
        frame: the latest frame; it stays while there is no newer one.
        prediction: the network's, of that frame.
        mount: the camera's, that `frame` was cut by.
        since_s: seconds since the drive began.
        notices: what went wrong without stopping anything, newest last.
        system: what of the monitor itself does not work, the oldest first.
        muted: whether alerts make no sound.
        overlays: what is drawn over the frame.
        pulse: changes while the drive gives results, with every `look`.
        uses_regions: whether the network of this drive, or of the last one, looks at regions that it is given.
        names_regions: whether it finds regions and knows what they hold.
        keypoints: that the regions of `frame`'s view come from, (N, 2) in 0..1; None where they are unknown.
        drive_changed: `phase`, `spec`, `drive` or `problem` changed.
        observed: a result was taken in.
        event_logged: `events` changed.
        noticed: `notices` changed.
        options_changed: `muted` or `overlays` changed.
    """

    def __init__(
        self,
        *,
        muted: bool = False,
        overlays: Overlays | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self.phase = Phase.IDLE
        self.spec: str | None = None
        self.drive: Opened | None = None
        self.problem: Problem | None = None
        self.summary: DriveSummary | None = None
        self.recording = False
        self.kept_as = ""
        self._review_of: ReviewOf = _unreviewed
        self.armed = True
        self.muted, self.overlays = muted, overlays or Overlays()
        self.uses_regions, self.names_regions = True, False
        self.notices: list[str] = []
        self.events = EventLog()
        self._drives = 0
        self.history = History()
        self.drive_changed = Listeners()
        self.observed = Listeners()
        self.event_logged = Listeners()
        self.noticed = Listeners()
        self.options_changed = Listeners()
        self._forget_drive()

    def _forget_drive(self) -> None:
        self.system: tuple[SystemCondition, ...] = ()
        self.result: FrameResult | None = None
        self.mount = WHOLE_FRAME
        self.alert: AlertState | None = None
        self.frame: Frame | None = None
        self.prediction: Prediction | None = None
        self.keypoints: NDArray[np.float64] | None = None
        self.performance = Performance()
        self.history.clear()
        self.pulse, self._heard = True, False
        self._heard_s: float | None = None
        self.since_s = 0.0
        self._began_s: float | None = None

    @property
    def tier(self) -> Tier:
        """The tier of the active alert."""
        on = self.armed and self.phase is Phase.RUNNING
        return self.alert.tier if self.alert is not None and on else Tier.NONE

    @property
    def watches_live(self) -> bool:
        """Whether a driver is watched by a camera or a stream, with alerts on: what ends this, ends the watch."""
        live = self.drive is not None and self.drive.live
        return live and self.armed and self.phase is Phase.RUNNING

    @property
    def awareness(self) -> float | None:
        """0..1, how much is left until a critical alert; None where nobody can say: alerts are off, or it is blind."""
        alert = self.alert
        if alert is None or not self.armed:
            return None
        blind = self.health is not Health.OK or alert.attention is Attention.UNKNOWN
        return None if blind and self.tier is Tier.NONE else alert.awareness

    @property
    def health(self) -> Health:
        """What keeps the monitor from seeing the driver."""
        if self.silent_s >= SILENT_S:
            return Health.STALLED
        return self.alert.health if self.alert is not None else Health.OK

    @property
    def silent_s(self) -> float:
        """For how many seconds a live drive that runs has said nothing; 0 for others, and before its first result."""
        if self._heard_s is None or self.phase is not Phase.RUNNING or self.drive is None or not self.drive.live:
            return 0.0
        return self._clock() - self._heard_s

    def look(self) -> None:
        """See whether the drive still gives results; called every second or so."""
        if self._heard:
            self.pulse, self._heard = not self.pulse, False
        elif self.silent_s >= SILENT_S:
            self.observed.emit()

    @property
    def source_name(self) -> str:
        """The source for people; empty before one is chosen."""
        if self.drive is not None:
            return self.drive.source
        return DEMO_NAME if self.spec == DEMO else source_label(self.spec or "")

    def begin(self, spec: str, *, armed: bool = True, review_of: ReviewOf | None = None) -> None:
        """A source is being opened; what was shown of the last one goes.

        Args:
            spec: as the user named it.
            armed: whether alerts are on from the beginning.
            review_of: what was said of an incident in an earlier session.
        """
        self.armed = armed
        self.summary, self.kept_as, self._review_of = None, "", review_of or _unreviewed
        self._drives += 1
        self.phase, self.spec, self.drive, self.problem = Phase.OPENING, spec, None, None
        self._forget_drive()
        self.drive_changed.emit()
        self.observed.emit()

    def arm(self) -> None:
        """Alerts are on from now on."""
        self.armed = True
        self.drive_changed.emit()
        self.observed.emit()

    @property
    def is_recorded(self) -> bool:
        """Whether video of the drive is kept now: it is to be, and nothing is wrong with that."""
        fails = any(condition.fault is SystemFault.RECORDING for condition in self.system)
        return self.recording and not fails and self.phase in (Phase.RUNNING, Phase.PAUSED)

    def end_recording(self) -> None:
        """No video of the drive is kept any more."""
        self.recording = False
        self.drive_changed.emit()

    def on_event(self, event: SessionEvent) -> None:
        """Take an event of the drive in."""
        match event:
            case Opened():
                self.drive, self.mount = event, event.mount
                self.uses_regions, self.names_regions = event.uses_regions, event.names_regions
                self._set_phase(Phase.RUNNING)
            case FrameResult() | StatusUpdate():
                self._show_result(event)
            case AlertChanged():
                self._log(event)
            case IncidentChanged():
                self._log_incident(event)
            case Notice():
                self.notice(event.text)
            case SystemChanged(condition):
                self._take_condition(condition)
            case Ended() if event.reason is not EndReason.FAILED:
                self.summary = event.summary.drive
                self._set_phase(Phase.ENDED)
                self.alert = None
                self.observed.emit()
            case Failed():
                self.fail(_problem(event))
            case _:
                pass

    def _show_result(self, result: FrameResult | StatusUpdate) -> None:
        alert = result.alert
        if alert is None:
            return
        self._heard_s, self._heard = self._clock(), True
        if self._began_s is None:
            # A recording counts from its beginning; a live source's seconds mean nothing to people.
            self._began_s = alert.time_s if self.drive is None or self.drive.live else 0.0
        self.alert = alert
        self.since_s = alert.time_s - self._began_s
        if isinstance(result, FrameResult):
            self.result, self.frame, self.prediction = result, result.frame, result.prediction
            self.keypoints, self.mount = _keypoints(result), result.mount
        self.performance.add(result)
        self.history.add(self.since_s, alert, armed=self.armed)
        self.observed.emit()

    def _take_condition(self, condition: SystemCondition) -> None:
        kept = [other for other in self.system if (other.fault, other.subject) != (condition.fault, condition.subject)]
        self.system = (*kept, condition) if condition.until_s is None else tuple(kept)
        if condition.fault in _NOTICED:
            self.notice(condition.text)
        self.observed.emit()

    def _log(self, change: AlertChanged) -> None:
        if not self.armed or self._began_s is None or change.event.kind not in (EventKind.FAULT, EventKind.RECOVERED):
            return  # a tier's events are details of its incident
        since_s = change.event.time_s - self._began_s
        self.events.add(LoggedEvent(since_s, change.event, self.source_name, self.spec or "", change.clip))
        self.event_logged.emit()

    def _log_incident(self, change: IncidentChanged) -> None:
        if not self.armed or self._began_s is None:
            return
        incident = change.incident.since(self._began_s)
        incident = replace(incident, review=self._review_of(incident))
        about = (self.source_name, self.spec or "", change.clip, self._drives, self.kept_as)
        self.events.take(LoggedIncident(incident, *about))
        self.event_logged.emit()

    def show(
        self, frame: Frame | None, prediction: Prediction | None, alert: AlertState | None, since_s: float
    ) -> None:
        """Show one frame of a recording that is replayed, in any order."""
        if frame is not None:
            self.frame = frame
        self.prediction, self.alert, self.since_s, self.keypoints = prediction, alert, since_s, None
        self.observed.emit()

    def pause(self, paused: bool) -> None:
        """The drive is paused, or resumes."""
        if self.phase in (Phase.RUNNING, Phase.PAUSED):
            self._set_phase(Phase.PAUSED if paused else Phase.RUNNING)

    def fail(self, problem: Problem) -> None:
        """The drive cannot continue."""
        self.problem, self.alert = problem, None
        self._set_phase(Phase.FAILED)
        self.observed.emit()

    def notice(self, text: str) -> None:
        """Something went wrong that stops nothing; one line, for people."""
        self.notices.append(text if isinstance(text, NoticeText) else printable(text))
        del self.notices[:-_NOTICES]
        self.noticed.emit()

    def dismiss_notices(self) -> None:
        """They were read."""
        self.notices.clear()
        self.noticed.emit()

    def toggle_muted(self) -> None:
        """Sound off, or on again."""
        self.muted = not self.muted
        self.options_changed.emit()

    @property
    def has_regions(self) -> bool:
        """Whether the network looks at regions of any kind."""
        return self.uses_regions or self.names_regions

    @property
    def shows_regions(self) -> bool:
        """Whether the regions of this network are drawn: named ones until they are switched off, others on request."""
        if self.names_regions:
            return self.overlays.named_regions
        return self.uses_regions and self.overlays.regions

    def toggle_regions(self) -> None:
        """Draw the regions, or not; nothing happens where the network looks at none, as for what follows."""
        if self.names_regions:
            self.overlays.named_regions = not self.overlays.named_regions
            self.options_changed.emit()
        elif self.uses_regions:
            self.overlays.regions = not self.overlays.regions
            self.options_changed.emit()

    def toggle_heat(self) -> None:
        """Draw the regions' weights as heat, or not."""
        if self.has_regions:
            self.overlays.heat = not self.overlays.heat
            self.options_changed.emit()

    def toggle_keypoints(self) -> None:
        """Draw the keypoints that the regions come from, or not."""
        if self.uses_regions:
            self.overlays.keypoints = not self.overlays.keypoints
            self.options_changed.emit()

    def review(self, entry: LoggedIncident, review: Review) -> LoggedIncident:
        """Take a review of an incident in; the entry that took its place."""
        reviewed = self.events.review(entry, review)
        self.event_logged.emit()
        return reviewed

    def know_reviews(self, review_of: ReviewOf) -> None:
        """What is said of the incidents to come is another than at the drive's beginning."""
        self._review_of = review_of

    def _set_phase(self, phase: Phase) -> None:
        self.phase = phase
        self.drive_changed.emit()


def _keypoints(result: FrameResult) -> NDArray[np.float64]:
    """The (N, 2) positions of a view's keypoints, 0..1."""
    view, proposal = result.view, result.proposal
    # Pixel centres have integer coordinates.
    return np.asarray((proposal.keypoints + 0.5) / (view.shape[1], view.shape[0]), dtype=np.float64)


FAILURE_TITLES = {
    "engine": "The engine cannot be opened",
    "source": "The source cannot be opened",
    "drive": "The drive has stopped",
}


def _problem(failed: Failed) -> Problem:
    text = one_line(failed.error)
    if not isinstance(failed.error, UserError):
        text = NoticeText("{problem}. Try again; if it stays, report it", problem=text)
    return Problem(FAILURE_TITLES[failed.step], text if isinstance(text, NoticeText) else printable(text))
