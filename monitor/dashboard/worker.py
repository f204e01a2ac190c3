"""Plays one source through the pipeline in a thread of its own and leaves messages for the window."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Signal

from engines.errors import UserError
from engines.files.drive_labels import DriveLabels, read_labels
from engines.view import Mount
from monitor.alerts.policy import AlertPolicy
from monitor.health.camera_health import FrameHealth
from monitor.health.view_check import ViewWatch
from monitor.journal.json_lines import Journal, SafeJournal
from monitor.live.engine import Engine, OpenEngine
from monitor.live.frame_queue import Closed, FrameQueue
from monitor.live.pipeline import Observation, Pipeline
from monitor.live.recent_frames import RecentFrames
from monitor.sources import Source
from monitor.speed.source import FixedSpeed, SpeedSource
from monitor.viewmodel.state import DriveInfo, DriveUpdate, Problem

logger = logging.getLogger(__name__)

Message = DriveInfo | DriveUpdate | Problem | str
"""Opened, a moment, the end by a problem, or a notice."""

_WAITING_MESSAGES = 8
"""When the window falls behind, the pipeline waits (a recording) or drops frames (a camera)."""

_PREDECESSOR_S = 3.0
"""How long to wait until the drive before has let its camera go."""


class DriveWorker(QObject):
    """One drive. Not a QThread: a driver that hangs while opening must not keep the program from closing.

    Attributes:
        view_watched: whether a wrong view becomes a notice; not while the user is about to check it. At any time.
    """

    spoke = Signal()
    """`take` has something; emitted in the drive's thread."""

    def __init__(
        self,
        open_source: Callable[[], Source],
        open_engine: OpenEngine,
        *,
        open_speed: Callable[[float], SpeedSource] | None = None,
        journal: Journal | None = None,
        realtime: bool = True,
        after: DriveWorker | None = None,
    ) -> None:
        """Prepare; nothing runs before `start`.

        Args:
            open_source: opens the source, in the drive's thread.
            open_engine: opens the engine, in the drive's thread.
            open_speed: opens where the speed comes from, in the drive's thread, given the seconds after which a speed
                is too old; no signal when left out.
            journal: also gets every event and notice; one that fails is given up with a notice.
            realtime: play a recording at its own speed.
            after: the drive before this one, which may still hold the camera.
        """
        super().__init__()
        self._open_source, self._open_engine = open_source, open_engine
        self._open_speed, self._realtime = open_speed, realtime
        self._journal = SafeJournal(journal)
        self._after = after
        self._messages: FrameQueue[Message] = FrameQueue(_WAITING_MESSAGES)
        self._lock = threading.Lock()
        self._stopped = False
        self.view_watched = False
        self._film = RecentFrames()
        self._pipeline: Pipeline | None = None
        self._thread = threading.Thread(target=self._run, name="dashboard drive", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def pause(self, paused: bool) -> None:
        """Hold the drive, or go on; nothing happens before it is open."""
        with self._lock:
            pipeline = self._pipeline
        if pipeline is not None and paused:
            pipeline.pause()
        elif pipeline is not None:
            pipeline.resume()

    def acknowledge(self) -> None:
        """The driver has seen the alert that stands; nothing happens before the drive is open."""
        with self._lock:
            if self._pipeline is not None:
                self._pipeline.acknowledge()

    def snooze(self) -> None:
        """The driver wants no more such alerts on this journey; nothing happens before the drive is open."""
        with self._lock:
            if self._pipeline is not None:
                self._pipeline.snooze()

    def stop(self) -> None:
        """Have the drive end, without waiting for it; what it has said and nobody took is forgotten."""
        with self._lock:
            self._stopped = True
            if self._pipeline is not None:
                self._pipeline.request_stop()
        self._messages.abandon()

    def join(self, timeout_s: float) -> bool:
        """Wait for the drive's thread; whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def take(self) -> Iterator[Message]:
        """The messages that wait, oldest first; ends at once when `stop` is called meanwhile."""
        while True:
            try:
                message = self._messages.get(timeout_s=0.0)
            except Closed:
                return
            if message is None:
                return
            yield message

    def _say(self, message: Message) -> bool:
        """Leave a message; False when nobody will take it."""
        if not self._messages.put(message):
            return False
        self.spoke.emit()
        return True

    def _run(self) -> None:
        title = "The engine cannot be opened"
        try:
            if self._after is not None:
                self._after.join(_PREDECESSOR_S)
                self._after = None
            if self._stopped:
                return
            engine = self._open_engine()
            title = "The source cannot be opened"
            source = self._open_source()
            title = "The drive has stopped"
            self._drive(engine, source)
        except UserError as error:
            self._say(_problem(title, error))
        except Exception as error:
            logger.exception("the drive failed")
            text = str(error) or type(error).__name__
            self._say(Problem(title, f"{text[:1].upper()}{text[1:]}. Try again; if it stays, report it."))

    def _drive(self, engine: Engine, source: Source) -> None:
        labels, labels_notice = _labels(source)
        try:
            speed = self._open_speed(engine.settings.speed_lost_s) if self._open_speed is not None else FixedSpeed(None)
        except UserError:
            source.close()
            raise
        pipeline = Pipeline(
            source,
            engine.classifier,
            policy=AlertPolicy(engine.settings),
            health=FrameHealth(engine.health),
            realtime=self._realtime,
            speed=speed,
            regions=engine.tracker(),
            pacer=engine.pacer(source.live),
        )
        frames = 0
        view = ViewWatch(engine.classifier) if source.live else None
        try:
            with self._lock:
                if self._stopped:
                    return
                self._pipeline = pipeline
            self._say(
                DriveInfo(
                    source.name,
                    source.live,
                    source.duration,
                    engine.bundle,
                    engine.runtime,
                    engine.mount,
                    labels,
                    speed.kmh,
                )
            )
            if labels_notice is not None:
                self._say(labels_notice)
            self._note(lambda journal: journal.start(source.name, engine.bundle, speed.kmh, speed.name))
            for observation in pipeline:
                frames += observation.frame is not None
                self._note_observation(observation)
                if view is not None and self.view_watched:
                    for notice in view.look(observation):
                        self._note(lambda journal, text=notice: journal.notice(text))  # type: ignore[misc]
                        self._say(notice)
                if not self._say(self._moment(observation, engine.mount)):
                    return
        finally:
            self._note(lambda journal: journal.end(frames))
            pipeline.stop()
            if view is not None:
                view.close()

    def _moment(self, observation: Observation, mount: Mount) -> DriveUpdate:
        """With what the window wants to know of it, worked out here and not in the window's thread."""
        frame, prediction = observation.frame, observation.prediction
        if frame is not None and prediction is not None:
            self._film.add(frame, prediction, mount, at_once=bool(observation.events))
        return DriveUpdate(observation, self._film.cut() if observation.events else ())

    def _note_observation(self, observation: Observation) -> None:
        for notice in observation.notices:
            self._note(lambda journal, text=notice: journal.notice(text))  # type: ignore[misc]
        for event in observation.events:
            self._note(lambda journal, event=event: journal.event(event))  # type: ignore[misc]

    def _note(self, write: Callable[[Journal], None]) -> None:
        complaint = self._journal.note(write)
        if complaint is not None:
            self._say(complaint)


def _labels(source: Source) -> tuple[DriveLabels | None, str | None]:
    """The labels that the source brings; a file that cannot be read is a notice, not the end."""
    if source.labels is None:
        return None, None
    try:
        return read_labels(source.labels), None
    except UserError as error:
        return None, str(error)


def _problem(title: str, error: UserError) -> Problem:
    text = " ".join(str(error).split())
    return Problem(title, f"{text[:1].upper()}{text[1:]}.")
