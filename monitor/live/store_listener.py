"""Leaves a drive with the store as it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engines.errors import UserError
from engines.notice import NoticeText
from monitor.alerts.incidents.incident import Incident
from monitor.health.system_health import SystemFault
from monitor.journal.incident_predictions import RecentPredictions
from monitor.journal.library import file_of
from monitor.journal.store.database import Database
from monitor.journal.store.records import StoredDrive, StoredFault
from monitor.journal.store.writer import Store
from monitor.live.frames.recent_frames import Thumbnail
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
from monitor.sources import DEMO, recording_path

_SEEN_EVERY_S = 60.0
"""So long at most is lost of a drive's duration when the power goes."""

_RECORDING_WAIT_S = 10.0

_MOST_WAITING_IMAGES = 50
"""Incidents whose images may wait while the store cannot be written: they are large."""


class StoreListener:
    """Leaves a drive with a store: the drive, its incidents, and what went wrong.

    A live drive never waits for the store. A recording, which runs as fast as it can, waits for it with each incident.
    While alerts are off, what would have been one is not kept. Of a live drive the predictions around each incident are
    kept, so that other thresholds can be tried on it.

    Attributes:
        drive_id: of the drive in the store; empty before it has begun, and where it is not kept.
    """

    name = NoticeText("the store")
    fault = SystemFault.STORE

    def __init__(
        self,
        store: Store,
        source_name: str,
        armed: Callable[[], bool] = lambda: True,
        *,
        driver: str = "",
        recordings: bool = False,
        camera_images: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare.

        Args:
            store: gets live drives.
            source_name: as the user named the source.
            armed: whether alerts are on, now.
            driver: who drives; empty where nobody has said so.
            recordings: whether it gets recordings, too.
            camera_images: whether images of cameras and streams are kept, now; those of recordings always are.
        """
        self._store, self._source_name, self._armed = store, source_name, armed
        self._driver, self._recordings, self._camera_images = driver, recordings, camera_images
        self.drive_id = ""
        self._drive: StoredDrive | None = None
        # A live source's seconds count from the machine's start, a recording's from its own.
        self._from_s: float | None = None
        self._last_s = self._seen_s = 0.0
        self._faults = 0
        self._clips: dict[int, tuple[float, tuple[Thumbnail, ...]]] = {}
        self._waiting_images = 0
        self._predictions = RecentPredictions()
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
        self._waiting_images = 0

    def _begin(self, event: Opened) -> None:
        path = "" if event.live else kept_path(self._source_name)
        file = file_of(path) if path else {}
        drive = self._drive = StoredDrive.new(
            event.source,
            event.bundle,
            event.speed.name,
            live=event.live,
            began=self._store.clock.now(),
            path=path,
            driver=self._driver,
            about={**event.about, **({"file": file} if file else {})},
        )
        self.drive_id = drive.uid
        self._from_s = None if event.live else 0.0
        self._store.put(("drive", drive.uid), lambda database: database.begin_drive(drive))

    def _take(self, event: SessionEvent, drive: StoredDrive) -> None:
        match event:
            case FrameResult():
                self._see(event.frame.time, drive)
                if drive.live:
                    self._predictions.add(
                        event.frame.time, event.prediction.probabilities, event.camera, event.alert.speed_kmh
                    )
            case StatusUpdate() if event.alert is not None:
                self._see(event.alert.time_s, drive)
            case AlertChanged(change) if change.incident is None:
                self._note("health", replace(change, time_s=self._seconds(change.time_s)).as_dict(), drive)
            case IncidentChanged(incident, clip) if self._armed():
                self._keep(incident, clip, drive)
            case SystemChanged(condition) if condition.fault is not SystemFault.STORE:
                until_s = None if condition.until_s is None else self._seconds(condition.until_s)
                shown = replace(condition, since_s=self._seconds(condition.since_s), until_s=until_s)
                self._note("system", shown.as_dict(), drive)
            case Notice():
                self._note("notice", {"text": event.text}, drive)
            case Failed():
                self._note("notice", {"text": str(event.error) or type(event.error).__name__}, drive)
            case Ended(summary, reason):
                uid, seen_s = drive.uid, self._seconds(self._last_s)
                self._store.put(
                    ("end", uid),
                    lambda database: database.end_drive(uid, seen_s, summary.frames, reason.value, summary.drive),
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

    def _keep(self, incident: Incident, clip: tuple[Thumbnail, ...], drive: StoredDrive) -> None:
        now, uid = self._store.clock.now(), drive.uid
        # A live source's seconds are the machine's; a recording's time is that of its analysis.
        began = now.at(incident.start_s) if drive.live else drive.began.at(drive.began.monotonic_s + incident.start_s)
        shown = incident.since(self._from_s or 0.0)
        images = self._images(incident, clip, drive)
        predictions = self._predictions.around(incident, self._from_s or 0.0) if drive.live else None

        def save(database: Database) -> None:
            saved = database.save_incident(uid, shown, began, now)
            if images:
                database.save_thumbnails(saved, images)
            if predictions is not None:
                database.save_predictions(saved, predictions)

        self._store.put(("incident", uid, incident.number), save)
        self._wait()

    def _images(self, incident: Incident, clip: tuple[Thumbnail, ...], drive: StoredDrive) -> list[bytes]:
        """Of one that is over: the seconds before its latest rise. None where they are not to be kept."""
        if drive.live and not self._camera_images():
            return []
        known_s, known = self._clips.pop(incident.number, (-1.0, ()))
        if clip and (incident.peak_s > known_s or not known):
            known_s, known = incident.peak_s, clip
        if not incident.is_over:
            self._clips[incident.number] = (known_s, known)
            return []
        self._waiting_images += bool(known)
        if self._waiting_images > _MOST_WAITING_IMAGES:
            if self._waiting_images == _MOST_WAITING_IMAGES + 1:
                text = NoticeText("the store cannot be written for long: images of incidents are no longer kept")
                self._note("notice", {"text": str(text)}, drive)
            return []
        return [thumbnail.jpeg for thumbnail in known]

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


def kept_path(source_name: str) -> str:
    """A recording as it can be opened again, from whatever folder; the demo drive is ``demo``."""
    name = source_name.strip()
    return DEMO if name == DEMO else str(Path(recording_path(name)).absolute())
