"""Listeners of a drive that know no window: the journal, and the score against labels."""

from __future__ import annotations

from engines.files.labels.drive_labels import DriveLabels
from engines.notice import NoticeText
from monitor.alerts.events import AlertEvent
from monitor.alerts.incidents.incident import Incident
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.scoring import EventScore, score_events
from monitor.health.system_health import SystemFault
from monitor.journal.json_lines import Journal
from monitor.live.pipeline import FrameResult
from monitor.live.session import (
    AlertChanged,
    Ended,
    Failed,
    IncidentChanged,
    Notice,
    Opened,
    SessionEvent,
    SystemChanged,
)
from monitor.speed.source import SpeedSource


class JournalListener:
    """Writes a drive's events and notices to a journal as they happen; what it cannot write yet it writes later."""

    name = NoticeText("the journal")
    fault = SystemFault.JOURNAL

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._begun = False

    def on_event(self, event: SessionEvent) -> None:
        """Raises `UserError` while the journal cannot be written."""
        match event:
            case Opened():
                self._begun = True
                self._journal.start(event.source, event.bundle, event.speed.kmh, event.speed.name)
            case AlertChanged():
                self._journal.event(event.event)
            case IncidentChanged(incident) if incident.is_over:
                self._journal.incident(incident)
            case Notice():
                self._journal.notice(event.text)
            case SystemChanged():
                self._journal.system(event.condition)
            case Ended() if self._begun:
                self._journal.end(event.summary.frames, event.reason.value)
            case Failed():
                self._journal.notice(str(event.error) or type(event.error).__name__)
            case _:
                self._journal.flush()


class LabelListener:
    """Keeps what is needed to score a drive's alerts against the labels that its source brings."""

    name = NoticeText("the score")

    def __init__(self) -> None:
        self._labels: DriveLabels | None = None
        self._settings: AlertSettings | None = None
        self._speed: SpeedSource | None = None
        self._events: list[AlertEvent] = []
        self._incidents: dict[int, Incident] = {}
        # Of every frame, but only where there are labels: a live drive may last for weeks.
        self._times_s: list[float] = []

    def on_event(self, event: SessionEvent) -> None:
        match event:
            case Opened():
                self._labels, self._settings, self._speed = event.labels, event.settings, event.speed
            case FrameResult() if self._labels is not None:
                self._times_s.append(event.frame.time)
            case AlertChanged() if self._labels is not None:
                self._events.append(event.event)
            case IncidentChanged(incident) if self._labels is not None:
                self._incidents[incident.number] = incident
            case _:
                pass

    @property
    def frames(self) -> int:
        """How many frames' times it keeps."""
        return len(self._times_s)

    @property
    def score(self) -> EventScore | None:
        """How the alerts fit the labels; None without labels."""
        if self._labels is None or self._settings is None:
            return None
        incidents = list(self._incidents.values())
        return score_events(self._labels, self._events, self._times_s, self._settings, self._speed, incidents=incidents)
