"""Listeners of a drive that know no window: the journal, the store, and the score against labels."""

from __future__ import annotations

from collections.abc import Callable

from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels
from engines.notice import NoticeText
from monitor.alerts.events import AlertEvent
from monitor.alerts.incidents.incident import Incident
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.scoring import EventScore, score_events
from monitor.health.system_health import SystemFault
from monitor.journal.json_lines import Journal
from monitor.journal.store.database import Database
from monitor.journal.store.records import StoredDrive, StoredFault
from monitor.journal.store.writer import Store
from monitor.live.pipeline import FrameResult, StatusUpdate
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

_SEEN_EVERY_S = 60.0
"""So long at most is lost of a drive's duration when the power goes."""

_RECORDING_WAIT_S = 10.0


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


class StoreListener:
    """Leaves a drive with a store: the drive, its incidents, and what went wrong.

    A live drive never waits for the store. A recording, which runs as fast as it can, waits for it with each incident.
    While alerts are off, what would have been one is not kept.

    Attributes:
        drive_id: of the drive in the store; empty before it has begun, and where it is not kept.
    """

    name = NoticeText("the store")
    fault = SystemFault.STORE

    def __init__(self, store: Store, armed: Callable[[], bool] = lambda: True, *, recordings: bool = False) -> None:
        """Prepare.

        Args:
            store: gets live drives.
            armed: whether alerts are on, now.
            recordings: whether it gets recordings, too.
        """
        self._store, self._armed, self._recordings = store, armed, recordings
        self.drive_id = ""
        self._drive: StoredDrive | None = None
        # A live source's seconds count from the machine's start, a recording's from its own.
        self._from_s: float | None = None
        self._last_s = self._seen_s = 0.0
        self._faults = 0
        self.take_notices = store.take_notices

    def on_event(self, event: SessionEvent) -> None:
        """Raises `UserError` while the store cannot be written, or keep to its limits."""
        if isinstance(event, Opened) and (event.live or self._recordings):
            self._begin(event)
        if self._drive is None:
            return
        self._take(event, self._drive)
        if self._store.problem is not None:
            raise UserError(self._store.problem)

    def _begin(self, event: Opened) -> None:
        drive = self._drive = StoredDrive.new(
            event.source, event.bundle, event.speed.name, live=event.live, began=self._store.clock.now()
        )
        self.drive_id = drive.uid
        self._from_s = None if event.live else 0.0
        self._store.put(("drive", drive.uid), lambda database: database.begin_drive(drive))

    def _take(self, event: SessionEvent, drive: StoredDrive) -> None:
        match event:
            case FrameResult():
                self._see(event.frame.time, drive)
            case StatusUpdate() if event.alert is not None:
                self._see(event.alert.time_s, drive)
            case AlertChanged(change) if change.incident is None:
                self._note("health", change.as_dict(), drive)
            case IncidentChanged(incident) if self._armed():
                self._keep(incident, drive)
            case SystemChanged(condition) if condition.fault is not SystemFault.STORE:
                self._note("system", condition.as_dict(), drive)
            case Notice():
                self._note("notice", {"text": event.text}, drive)
            case Failed():
                self._note("notice", {"text": str(event.error) or type(event.error).__name__}, drive)
            case Ended(summary, reason):
                uid, seen_s = drive.uid, self._seconds(self._last_s)
                self._store.put(
                    ("end", uid), lambda database: database.end_drive(uid, seen_s, summary.frames, reason.value)
                )
                self._wait()
                self._drive = None
            case _:
                pass

    def _see(self, time_s: float, drive: StoredDrive) -> None:
        if self._from_s is None:
            self._from_s = time_s
        self._last_s = time_s
        if time_s - self._seen_s >= _SEEN_EVERY_S:
            uid, seen_s = drive.uid, self._seconds(time_s)
            self._seen_s = time_s
            self._store.put(("seen", uid), lambda database: database.see_drive(uid, seen_s))

    def _keep(self, incident: Incident, drive: StoredDrive) -> None:
        now, uid = self._store.clock.now(), drive.uid
        # A live source's seconds are the machine's; a recording's time is that of its analysis.
        began = now.at(incident.start_s) if drive.live else drive.began.at(drive.began.monotonic_s + incident.start_s)
        shown = incident.since(self._from_s or 0.0)

        def save(database: Database) -> None:
            database.save_incident(uid, shown, began, now)

        self._store.put(("incident", uid, incident.number), save)
        self._wait()

    def _note(self, kind: str, content: dict[str, object], drive: StoredDrive) -> None:
        fault = StoredFault(drive.uid, kind, self._seconds(self._last_s), self._store.clock.now(), content)
        self._faults += 1
        self._store.put(("fault", drive.uid, self._faults), lambda database: database.save_fault(fault))

    def _wait(self) -> None:
        if self._drive is not None and not self._drive.live:
            self._store.flush(_RECORDING_WAIT_S)

    def _seconds(self, time_s: float) -> float:
        """Since the drive began."""
        return max(0.0, time_s - (self._from_s or 0.0))


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
