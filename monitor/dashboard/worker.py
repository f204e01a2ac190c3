"""Runs a session in a thread of its own and leaves its events for the window."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, Signal

from engines.notice import NoticeText
from monitor.journal.json_lines import Journal
from monitor.journal.recording.recorder import Recorder
from monitor.live.engine import OpenEngine
from monitor.live.frames.frame_queue import FrameQueue, QueueClosed
from monitor.live.listeners import JournalListener
from monitor.live.pipeline import FrameResult, StatusUpdate
from monitor.live.recording.listener import RecordingListener
from monitor.live.session import Listener, Opened, Session, SessionEvent, SessionOptions
from monitor.live.store_listener import StoreListener
from monitor.sources import Source
from monitor.speed.source import SpeedSource

logger = logging.getLogger(__name__)

_WAITING_EVENTS = 8
"""When the window falls behind, a recording waits; of a camera it is shown the newest frame, and every alert."""

_PREDECESSOR_S = 3.0
"""How long to wait until the drive before has let its camera go."""


MakeStoreListener = Callable[[str, Callable[[], bool]], StoreListener]
"""Makes what leaves a drive with a store, given its source and what says whether alerts are on."""


class DriveWorker(QObject):
    """One drive. Not a QThread: a driver that hangs while opening must not keep the program from closing.

    Attributes:
        session: the drive; its own methods are called directly.
        kept: leaves the drive with the store; None where none is kept.
    """

    name = NoticeText("the window")

    event_waiting = Signal()
    """`take` has something; emitted in the drive's thread."""

    def __init__(
        self,
        options: SessionOptions,
        open_engine: OpenEngine,
        *,
        open_source: Callable[[], Source] | None = None,
        open_speed: Callable[[float], SpeedSource] | None = None,
        journal: Journal | None = None,
        store_listener: MakeStoreListener | None = None,
        recorder: Recorder | None = None,
        message_listeners: Callable[[Callable[[], bool]], Sequence[Listener]] | None = None,
        after: DriveWorker | None = None,
    ) -> None:
        """Prepare; nothing runs before `start`.

        Args:
            options, open_engine, open_source, open_speed: of the session.
            journal: also gets every event and notice.
            store_listener: makes what leaves the drive with a store.
            recorder: of what is kept of the drive's video; the tap of its source.
            message_listeners: make what is sent of a drive, given what says whether alerts are on.
            after: the drive before this one, which may still hold the camera.
        """
        super().__init__()
        self._after = after
        self._events: FrameQueue[SessionEvent] = FrameQueue(_WAITING_EVENTS)
        self._stopped = self._live = False
        self.kept = kept = None if store_listener is None else store_listener(options.source, self._armed)
        self.session = Session(
            open_engine,
            options,
            [
                *([JournalListener(journal)] if journal is not None else []),
                *([kept] if kept is not None else []),
                *(
                    [RecordingListener(recorder, kept, self._armed)]
                    if recorder is not None and kept is not None
                    else []
                ),
                *(message_listeners(self._armed) if message_listeners is not None else []),
                self,
            ],
            open_source=open_source,
            open_speed=open_speed,
        )
        self._thread = threading.Thread(target=self._run, name="dashboard drive", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def pause(self, paused: bool) -> None:
        """Hold the drive, or go on."""
        if paused:
            self.session.pause()
        else:
            self.session.resume()

    def stop(self) -> None:
        """Have the drive end, without waiting for it; events that nobody took are forgotten."""
        self._stopped = True
        self.session.stop()
        self._events.discard()

    def join(self, timeout_s: float) -> bool:
        """Wait for the drive's thread; whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def take(self) -> Iterator[SessionEvent]:
        """The events that wait, oldest first; ends at once when `stop` is called meanwhile."""
        while True:
            try:
                event = self._events.get(timeout_s=0.0)
            except QueueClosed:
                return
            if event is None:
                return
            yield event

    def on_event(self, event: SessionEvent) -> None:
        """Leave an event for the window, in the drive's thread.

        A live drive never waits for a window that hangs: its journal and its alerts go on.
        """
        if isinstance(event, Opened):
            self._live = event.live
        if not self._live:
            put, grown = self._events.put(event), True
        else:
            dropped = self._events.dropped
            put = self._events.put_at_once(event, _may_go)
            # What takes another's place was announced with it: a window that hangs must not pile up announcements.
            grown = self._events.dropped == dropped
        if put and grown:
            self.event_waiting.emit()

    def _armed(self) -> bool:
        return self.session.armed

    def _run(self) -> None:
        if self._after is not None:
            self._after.join(_PREDECESSOR_S)
            self._after = None
        if self._stopped:
            return
        try:
            self.session.run()
        except Exception:
            # The window has had it as an event.
            logger.debug("the drive failed", exc_info=True)


def _may_go(event: SessionEvent) -> bool:
    """Whether a later event of the kind is as good: what changed between them comes as an event of its own."""
    return isinstance(event, FrameResult | StatusUpdate)
