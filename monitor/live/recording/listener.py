"""Tells a drive's recorder of its incidents, and the drive of what is wrong with the recording."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from engines.notice import NoticeText
from monitor.health.system_health import SystemFault
from monitor.journal.recording.recorder import Recorder
from monitor.journal.store.records import incident_uid
from monitor.live.pipeline import FrameResult, StatusUpdate
from monitor.live.session import Ended, Failed, IncidentChanged, Opened, SessionEvent


class KeptDrive(Protocol):
    """What has a drive kept, as the store's listener."""

    @property
    def drive_id(self) -> str:
        """Of the drive in the store; empty where it is not kept."""
        ...


class RecordingListener:
    """Comes after the listener that keeps the incidents which the clips are of."""

    name = NoticeText("the recording")
    fault = SystemFault.RECORDING

    def __init__(self, recorder: Recorder, kept: KeptDrive, armed: Callable[[], bool] = lambda: True) -> None:
        """Tell `recorder` of the incidents that are `kept`: while alerts are `armed`."""
        self._recorder, self._kept, self._armed = recorder, kept, armed
        self._from_s: float | None = None
        self._pixels: NDArray[np.uint8] | None = None
        self.take_notices = recorder.take_notices

    def on_event(self, event: SessionEvent) -> None:
        """Raises `UserError` while nothing can be recorded."""
        match event:
            case Opened():
                self._from_s = None
                if not event.live:
                    self._begin(0.0)
            case FrameResult():
                self._begin(event.frame.time)
                self._pixels = event.frame.pixels
            case StatusUpdate() if event.alert is not None:
                self._begin(event.alert.time_s)
            case IncidentChanged(incident) if self._kept.drive_id and self._armed():
                uid = incident_uid(self._kept.drive_id, incident.number)
                self._recorder.incident(uid, incident.start_s, incident.end_s, self._from_s or 0.0, self._pixels)
            case Ended() | Failed():
                self._recorder.end()
            case _:
                pass
        if self._recorder.problem is not None:
            raise UserError(self._recorder.problem)

    def _begin(self, time_s: float) -> None:
        # A live source's seconds count from the machine's start, a recording's from its own.
        if self._from_s is None:
            self._from_s = time_s
            if self._kept.drive_id:
                self._recorder.begin(self._kept.drive_id, time_s)
