"""Has the library keep a drive as it happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from engines.notice import NoticeText
from monitor.alerts.events import EventKind
from monitor.alerts.incidents.incident import Incident, Review, is_same_time
from monitor.journal.library import DriveInfo, DriveRecorder, Library, live_id, recording_id
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


class LibraryListener:
    """Keeps one drive. While alerts are off, what would have been one is not kept.

    Attributes:
        drive_id: of the drive in the library; empty before it has begun.
    """

    name = NoticeText("the library")

    def __init__(
        self, library: Library, source_name: str, driver: str = "", armed: Callable[[], bool] = lambda: True
    ) -> None:
        """Prepare.

        Args:
            library: where the drive is kept.
            source_name: as the user named it.
            driver: who drives; empty where nobody has said so.
            armed: whether alerts are on, now.
        """
        self._library, self._source_name, self._driver, self._armed = library, source_name, driver, armed
        self.drive_id = ""
        self._info: DriveInfo | None = None  # while a drive is on
        self._recorder: DriveRecorder | None = None
        # A live source's seconds count from the machine's start.
        self._from_s: float | None = None
        self._starts_s: dict[int, float] = {}  # of the incidents that the recorder has
        self._lock = threading.Lock()  # of the recorder's end, against a review
        self._clips: dict[int, tuple[float, tuple[Thumbnail, ...]]] = {}

    def on_event(self, event: SessionEvent) -> None:
        """Raises `UserError` while the library cannot be written."""
        if isinstance(event, Opened):
            self._begin(event)
        if isinstance(event, FrameResult | StatusUpdate) and self._from_s is None and event.alert is not None:
            self._from_s = event.alert.time_s
        if self._info is None:
            return
        if self._recorder is None:
            self._recorder = self._library.begin(self._info)
        recorder = self._recorder
        match event:
            case AlertChanged(change) if self._armed() or change.kind in (EventKind.FAULT, EventKind.RECOVERED):
                recorder.event(replace(change, time_s=change.time_s - self._begins_s))
            case IncidentChanged(incident, clip) if self._armed():
                self._take(recorder, incident, clip)
            case Notice(text):
                recorder.notice(text)
            case SystemChanged(condition):
                recorder.system(condition)
            case Failed(_, error):
                recorder.notice(str(error) or type(error).__name__)
            case Ended(summary, reason):
                with self._lock:
                    self._info = self._recorder = None
                recorder.end(summary.drive, summary.frames, reason.value)
            case _:
                recorder.flush()

    def review(self, drive_id: str, incident: Incident, review: Review) -> bool:
        """Keep what a person says of an incident; whether it is one of the drive that goes on. Any thread may call it.

        Raises `UserError` while the library cannot be written; it is written later.
        """
        with self._lock:
            recorder, start_s = self._recorder, self._starts_s.get(incident.number)
            if recorder is None or drive_id != self.drive_id or start_s is None:
                return False
            # A recording has the same id whenever it is watched.
            if self._info is not None and self._info.is_recording and not is_same_time(start_s, incident.start_s):
                return False
            recorder.review(incident.number, review)
            return True

    @property
    def _begins_s(self) -> float:
        return self._from_s or 0.0

    def _begin(self, opened: Opened) -> None:
        began_at = datetime.now(timezone.utc)
        self._from_s = None if opened.live else 0.0
        path = "" if opened.live else kept_path(self._source_name)
        self.drive_id = recording_id(path) if path else live_id(began_at)
        self._info = DriveInfo(self.drive_id, began_at, opened.source, path, self._driver, opened.about)
        self._recorder = None
        self._starts_s.clear()

    def _take(self, recorder: DriveRecorder, incident: Incident, clip: tuple[Thumbnail, ...]) -> None:
        """An incident changes: the seconds before its latest rise are kept; at its end all of it."""
        known_s, known = self._clips.pop(incident.number, (-1.0, ()))
        if clip and (incident.peak_s > known_s or not known):
            known_s, known = incident.peak_s, clip
        if incident.is_over:
            kept = incident.since(self._begins_s)
            self._starts_s[kept.number] = kept.start_s
            recorder.incident(kept, [thumbnail.jpeg for thumbnail in known])
        else:
            self._clips[incident.number] = (known_s, known)
            recorder.flush()


def kept_path(source_name: str) -> str:
    """A recording as it can be opened again, from whatever folder; the demo drive is ``demo``."""
    name = source_name.strip()
    return DEMO if name == DEMO else str(Path(recording_path(name)).absolute())
