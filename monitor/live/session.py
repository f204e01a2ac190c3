"""One drive from its source to its alerts, with and without a window: the one place where a drive is run.

A session opens the engine, the source and the speed, runs the pipeline, and hands everything that happens to its
listeners, in order: the journal, the terminal, the window, a benchmark.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

from engines.driver_parts import DriverPart
from engines.errors import UserError, one_line
from engines.files.labels.drive_labels import DriveLabels, read_labels
from engines.notice import NoticeText
from engines.view import Mount
from monitor.alerts.events import AlertEvent
from monitor.alerts.incidents.incident import Incident
from monitor.alerts.incidents.tracker import IncidentTracker
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.drive_summary import DriveSummary, SummaryTally
from monitor.health.camera_health import FrameHealth
from monitor.health.system_health import SystemCondition, SystemFault, SystemHealth
from monitor.health.view_check import ViewWatch
from monitor.live.clock import MONOTONIC, Clock
from monitor.live.engine import Engine, OpenEngine
from monitor.live.frames.load_watch import LoadWatch
from monitor.live.frames.recent_frames import RecentFrames, Thumbnail
from monitor.live.pipeline import FrameResult, Pipeline, StatusUpdate, events_of
from monitor.sources import Source, is_live, recording_path
from monitor.sources.camera_modes import Resolution, open_at
from monitor.sources.encoded import Tap
from monitor.speed.open_speed import SpeedOptions, open_speed
from monitor.speed.source import SpeedSource

logger = logging.getLogger(__name__)

_RETRY_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds until a listener that failed is tried again: longer each time."""


class EndReason(Enum):
    """Why a drive ended."""

    SOURCE_ENDED = "source_ended"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class SessionOptions:
    """What is to be watched, and how.

    Attributes:
        source: as a user names it, see `monitor.sources.open_source`.
        mount: the camera's; when None the whole frame, mirrored where the policy says right-hand drive.
        speed: where the car's speed comes from.
        fps: images a second of a folder of images, or frames a second of a video without a clock.
        track: the video track of a file that has several, from 1, or the topic of a bag.
        realtime: play a recording at its own speed instead of as fast as possible.
        resolution: of a camera; its default when None.
        armed: whether a wrong view of a camera is a notice from the first frame, or only after `Session.arm`.
            Alerts are told either way.
        clips: whether an alert comes with thumbnails of the seconds before it.
        part_names: what parts of the driver are called on these; English where left out.
        notices: what is to be said when the drive begins, one line each.
    """

    source: str
    mount: Mount | None = None
    speed: SpeedOptions = field(default_factory=lambda: SpeedOptions(None))
    fps: float | None = None
    track: int | str | None = None
    realtime: bool = False
    resolution: Resolution | None = None
    armed: bool = True
    clips: bool = False
    part_names: Mapping[DriverPart, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def open_source(self, tap: Tap | None = None) -> Source:
        """Open the source; a `tap` gets what is to be recorded. Raises `UserError`."""
        return open_at(self.source, self.resolution, fps=self.fps, track=self.track, tap=tap)

    def open_speed(self, lost_after_s: float) -> SpeedSource:
        """Open where the speed comes from; a speed that is older than `lost_after_s` is none. Raises `UserError`."""
        drive = None if is_live(self.source) else recording_path(self.source)
        return open_speed(self.speed, lost_after_s=lost_after_s, drive=drive)


@dataclass(frozen=True)
class Loaded:
    """The engine is there; the source is opened next."""


@dataclass(frozen=True, eq=False)
class Opened:
    """Engine, source and speed are open; the drive begins.

    Attributes:
        source: the source's name, for people, without any password.
        live: whether it happens now.
        duration_s: seconds; None for a live source or when unknown.
        bundle: name of the engine bundle.
        runtime: what executes it, for people.
        mount: the camera's, as it holds at the first frame.
        labels: what the driver really did, where the source brings it.
        speed: where the speed comes from.
        settings: of the alert policy.
        about: what it is watched with: software, bundle and its hashes, settings; as JSON has it.
        uses_regions: whether the network looks at regions that it is given.
        names_regions: whether it finds regions by itself and knows what they hold.
    """

    source: str
    live: bool
    duration_s: float | None
    bundle: str
    runtime: str
    mount: Mount
    labels: DriveLabels | None
    speed: SpeedSource
    settings: AlertSettings
    uses_regions: bool = True
    about: Mapping[str, object] = field(default_factory=dict)
    names_regions: bool = False


@dataclass(frozen=True)
class AlertChanged:
    """The alert or the health changed.

    Attributes:
        event: what changed.
        clip: thumbnails of the seconds before, where the session keeps any.
    """

    event: AlertEvent
    clip: tuple[Thumbnail, ...] = ()


@dataclass(frozen=True)
class IncidentChanged:
    """An incident has begun, changed or ended; after the events that belong to it.

    Attributes:
        incident: as it is now.
        clip: thumbnails of the seconds before, where the session keeps any.
    """

    incident: Incident
    clip: tuple[Thumbnail, ...] = ()


@dataclass(frozen=True)
class Notice:
    """Something went wrong without ending the drive; one line, for people."""

    text: str


@dataclass(frozen=True)
class SystemChanged:
    """Something of the monitor itself does not work, or works again; the drive and its alerts go on."""

    condition: SystemCondition


@dataclass(frozen=True)
class Summary:
    """A drive in figures.

    Attributes:
        frames: classified.
        dropped: frames that newer ones took the place of.
        skipped: frames that the rate limit left out.
        duration_s: from the drive's first moment to its last frame.
        wall_s: seconds that it took.
        drive: incidents, seconds under alert, and what was not seen.
    """

    frames: int = 0
    dropped: int = 0
    skipped: int = 0
    duration_s: float = 0.0
    wall_s: float = 0.0
    drive: DriveSummary = field(default_factory=DriveSummary)


@dataclass(frozen=True)
class Ended:
    """The drive is over; where it failed, `Failed` came before."""

    summary: Summary
    reason: EndReason


@dataclass(frozen=True)
class Failed:
    """The drive cannot begin or go on; `Session.run` raises the error after every listener has had this.

    Attributes:
        step: ``engine``, ``source`` or ``drive``.
        error: what went wrong.
    """

    step: str
    error: Exception


SessionEvent = (
    Loaded
    | Opened
    | FrameResult
    | StatusUpdate
    | AlertChanged
    | IncidentChanged
    | Notice
    | SystemChanged
    | Ended
    | Failed
)


class Listener(Protocol):
    """What wants to know of a drive. Called from the drive's thread; must not take long.

    One that has a `fault`, a `SystemFault`, says with it what its failing is called, and with `says_changes` that
    another reason for the same failing is news; one that has `take_notices` is asked after each event for lines that
    are to be noticed.

    Attributes:
        name: for people, such as ``the journal``.
    """

    @property
    def name(self) -> str: ...

    def on_event(self, event: SessionEvent) -> None:
        """Take an event in. What it raises is told to the others, and it is tried again later; see `Session`."""
        ...


class Session:
    """Runs one drive. Everything but `run` may be called from any thread, before, while and after it runs.

    A listener that raises is told of less for a while and tried again, and the others go on: a full disk has room again
    one day.
    """

    def __init__(
        self,
        engine: Engine | OpenEngine,
        options: SessionOptions,
        listeners: Sequence[Listener],
        *,
        open_source: Callable[[], Source] | None = None,
        open_speed: Callable[[float], SpeedSource] | None = None,
        clock: Clock = MONOTONIC,
    ) -> None:
        """Prepare; nothing is opened before `run`.

        Args:
            engine: open, or what opens it in the drive's thread.
            options: what is watched.
            listeners: get every event, in this order; the journal comes first.
            open_source, open_speed: in the place of those that `options` names.
            clock: of the pipeline and of the listeners' second chances.
        """
        self._engine, self._options, self._clock = engine, options, clock
        self._listeners = [_Guarded(listener, clock) for listener in listeners]
        self._open_source = open_source or options.open_source
        self._open_speed = open_speed or options.open_speed
        self._lock = threading.Lock()
        self._pipeline: Pipeline | None = None
        self._mount = options.mount
        self._armed, self._paused, self._stopped = options.armed, False, False
        self._frames = RecentFrames(part_names=options.part_names) if options.clips else None
        self._view_watch: ViewWatch | None = None
        self._incidents: IncidentTracker | None = None
        self._driven: SummaryTally | None = None
        self._over = False
        self._system, self._load = SystemHealth(), LoadWatch()
        self._reports: deque[tuple[SystemFault, str | None]] = deque()
        self._live, self._time_s = False, 0.0

    def run(self) -> Summary:
        """Run the drive to its end, or until `stop`; blocks.

        Raises:
            UserError: what the user can put right.
            StageError: when a stage of the pipeline broke.
        """
        step = "engine"
        try:
            engine = self._engine if isinstance(self._engine, Engine) else self._engine()
            _ = engine.classifier
            if self._stopped:
                # No camera's light goes on for a drive that nobody wants any more.
                summary = Summary()
                self._tell(Ended(summary, EndReason.STOPPED))
                return summary
            self._tell(Loaded())
            step = "source"
            source = self._open_source()
            step = "drive"
            return self._run(engine, source)
        except Exception as error:
            if not self._over:
                self._tell(Failed(step, error))
            raise

    def stop(self) -> None:
        """Have the drive end soon, without waiting for it."""
        with self._lock:
            self._stopped = True
            if self._pipeline is not None:
                self._pipeline.request_stop()

    def pause(self) -> None:
        """Hold a recording where it is; a live source goes on unseen."""
        with self._lock:
            self._paused = True
            if self._pipeline is not None:
                self._pipeline.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        with self._lock:
            self._paused = False
            if self._pipeline is not None:
                self._pipeline.resume()

    def acknowledge(self) -> None:
        """The driver has seen the active alert; see `AlertPolicy.acknowledge`. A signal's handler may call it, too."""
        pipeline = self._pipeline
        if pipeline is not None:
            pipeline.acknowledge()

    def snooze(self) -> None:
        """The driver wants no more such alerts on this journey; see `AlertPolicy.snooze`. As `acknowledge`."""
        pipeline = self._pipeline
        if pipeline is not None:
            pipeline.snooze()

    def end_snooze(self) -> None:
        """The driver takes every snooze back; see `AlertPolicy.end_snooze`. As `acknowledge`."""
        pipeline = self._pipeline
        if pipeline is not None:
            pipeline.end_snooze()

    def arm(self) -> None:
        """The view was checked: from now on a wrong one is a notice."""
        self._armed = True

    @property
    def armed(self) -> bool:
        """Whether alerts are on."""
        return self._armed

    def report(self, fault: SystemFault, problem: str | None) -> None:
        """Something beside the drive does not work, as `problem` says, or works again. Never waits.

        The listeners hear of it with the next event, in the drive's thread.
        """
        self._reports.append((fault, problem))

    def set_mount(self, mount: Mount) -> None:
        """The camera's mount, from the next frame that is captured; the alert's timer runs on.

        Where the drive is still being opened it holds from the first frame.
        """
        with self._lock:
            self._mount = mount
            if self._pipeline is not None:
                self._pipeline.set_mount(mount)

    def _run(self, engine: Engine, source: Source) -> Summary:
        self._live = source.live
        with ExitStack() as opened:
            opened.callback(source.close)
            speed = self._open_speed(engine.settings.speed_lost_s)
            opened.callback(speed.close)
            labels, unreadable = _labels(source)
            with self._lock:
                mount = engine.mount(None) if self._mount is None else self._mount
                pipeline = self._pipeline = Pipeline(
                    source,
                    engine.classifier,
                    mount=mount,
                    policy=AlertPolicy(engine.settings),
                    health=FrameHealth(engine.health),
                    realtime=self._options.realtime,
                    speed=speed,
                    regions=engine.tracker(),
                    limiter=engine.limiter(live=source.live),
                    clock=self._clock,
                )
                if self._paused:
                    pipeline.pause()
                stopped = self._stopped
            # From here on the pipeline closes them.
            opened.pop_all()
        self._incidents = IncidentTracker(engine.settings.frame_holds_s)
        self._driven = SummaryTally(engine.settings.frame_holds_s)
        tally, reason = _Tally(source.live, self._clock), EndReason.STOPPED
        try:
            if not stopped:
                self._announce(engine, source, mount, labels, speed)
                if unreadable is not None:
                    self._tell(Notice(unreadable))
                for result in pipeline:
                    if isinstance(result, StatusUpdate) and result.ended:
                        reason = EndReason.SOURCE_ENDED
                    tally.add(result)
                    self._take(result, engine, live=source.live)
        except Exception as error:
            reason = EndReason.FAILED
            self._end_incident()
            self._tell(Failed("drive", error))
            raise
        finally:
            with self._lock:
                self._pipeline = None
            pipeline.request_stop()
            with ExitStack() as last:
                if self._view_watch is not None:
                    last.callback(self._view_watch.close)
                last.callback(pipeline.stop)
                # Before anything that may hang is waited for: who closes the program does not wait for long.
                summary = tally.summary()
                last.callback(lambda: self._tell(Ended(summary, reason)))
                self._end_incident()
                summary = replace(summary, drive=self._driven.summary())
        return summary

    def _announce(
        self, engine: Engine, source: Source, mount: Mount, labels: DriveLabels | None, speed: SpeedSource
    ) -> None:
        opened = Opened(
            source=source.name,
            live=source.live,
            duration_s=source.duration,
            bundle=engine.manifest.name,
            runtime=engine.classifier.description,
            mount=mount,
            labels=labels,
            speed=speed,
            settings=engine.settings,
            uses_regions=engine.manifest.uses_regions,
            about={**engine.about(mount), "speed": {"name": speed.name, "kmh": speed.kmh}},
            names_regions=bool(engine.manifest.region_names),
        )
        self._tell(opened)
        for text in (*self._options.notices, *engine.notices):
            self._tell(Notice(text))

    def _take(self, result: FrameResult | StatusUpdate, engine: Engine, *, live: bool) -> None:
        """Hand a result on: the frame itself, then what is to be noticed, then what changed."""
        if isinstance(result, FrameResult):
            self._time_s = result.frame.time
        self._tell(result)
        for text in result.notices:
            self._tell(Notice(text))
        self._watch_load(result)
        if isinstance(result, FrameResult):
            for text in self._watch_view(result, engine, live=live):
                self._tell(Notice(text))
        events = events_of(result)
        incidents = [] if result.alert is None or self._incidents is None else self._incidents.update(result.alert)
        clip: tuple[Thumbnail, ...] = ()
        if self._frames is not None:
            if isinstance(result, FrameResult):
                self._frames.add(result.frame, result.prediction, result.mount, at_once=bool(events or incidents))
            clip = self._frames.snapshot() if events or incidents else ()
        if self._driven is not None and result.alert is not None:
            self._driven.add(result.alert, armed=self._armed)
        for event in events:
            self._tell(AlertChanged(event, clip))
        for incident in incidents:
            self._tell_incident(IncidentChanged(incident, clip))

    def _end_incident(self) -> None:
        """The drive is over: what goes on ends with it."""
        last = None if self._incidents is None else self._incidents.end_drive()
        if last is not None:
            self._tell_incident(IncidentChanged(last))

    def _tell_incident(self, change: IncidentChanged) -> None:
        # While alerts are off nothing counts as an alert.
        if self._driven is not None and change.incident.is_over and self._armed:
            self._driven.add_incident(change.incident)
        self._tell(change)

    def _watch_load(self, result: FrameResult | StatusUpdate) -> None:
        """Whether the machine keeps up; a recording waits for it."""
        if not self._live:
            return
        problem = None
        if isinstance(result, FrameResult):
            now_s = self._clock.now()
            problem = self._load.update(now_s, result.dropped, now_s - result.frame.time)
        else:
            self._load.reset()
        # The figures of the moment it began are enough.
        if (problem is None) == any(condition.fault is SystemFault.BEHIND for condition in self._system.active):
            self.report(SystemFault.BEHIND, problem)

    def _watch_view(self, result: FrameResult, engine: Engine, *, live: bool) -> tuple[str, ...]:
        """What is wrong with a live view. Nobody checks a recording's: whoever made it has seen it."""
        if not live or not self._armed:
            return ()
        watch = self._view_watch
        if watch is None or watch.mount != result.mount:
            if watch is not None:
                watch.close()
            # Who has been told that the view is wrong is told when another mount puts it right.
            reported = watch.reported if watch is not None else ()
            watch = self._view_watch = ViewWatch(engine.classifier, result.mount, reported=reported)
        return watch.update(result)

    def _tell(self, event: SessionEvent) -> None:
        """Hand an event to every listener, and then what was reported, or went wrong in one of them."""
        self._over = self._over or isinstance(event, Ended | Failed)
        reports = [self._reports.popleft() for _ in range(len(self._reports))]
        changes = [self._system.update(fault, problem, self._now_s()) for fault, problem in reports]
        # What failed before the end is told before it.
        for told in (*(SystemChanged(change) for change in changes if change is not None), event):
            for listener in self._listeners:
                said = deque(self._hand(told, [listener]))
                # What is told of one may be what another fails at. Each fails and recovers once, or they would talk
                # for ever.
                for _ in range(2 * len(self._listeners)):
                    if said:
                        speaker, change = said.popleft()
                        others = [other for other in self._listeners if other is not speaker]
                        said.extend(self._hand(SystemChanged(change), others))
        if not isinstance(event, Notice):
            for text in [text for listener in self._listeners for text in listener.take_notices()]:
                self._tell(Notice(text))

    def _hand(self, event: SessionEvent, listeners: Sequence[_Guarded]) -> list[tuple[_Guarded, SystemCondition]]:
        """Hand an event to some listeners; who of them failed or works again, and what is to be told of it."""
        changes = []
        for listener in listeners:
            problem = listener.take(event)
            change = self._system.update(listener.fault, problem, self._now_s(), listener.name)
            if change is not None:
                changes.append((listener, change))
        return changes

    def _now_s(self) -> float:
        """Now, in the source's seconds."""
        return self._clock.now() if self._live else self._time_s


class _Tally:
    """Counts what a drive's summary says."""

    def __init__(self, live: bool, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        # A live source's seconds count from the machine's start, a recording's from its own.
        self._from_s: float | None = None if live else 0.0
        self._last_s: float | None = None
        self._frames = self._dropped = self._skipped = 0

    def add(self, result: FrameResult | StatusUpdate) -> None:
        """Take a result in."""
        self._dropped, self._skipped = result.dropped, result.skipped
        if isinstance(result, FrameResult):
            self._frames += 1
            self._last_s = result.frame.time
            self._from_s = result.frame.time if self._from_s is None else self._from_s
        elif result.alert is not None and self._from_s is None:
            self._from_s = result.alert.time_s

    def summary(self) -> Summary:
        """Until now."""
        duration_s = 0.0 if self._last_s is None else self._last_s - (self._from_s or 0.0)
        return Summary(self._frames, self._dropped, self._skipped, duration_s, self._clock.now() - self._began)


class _Guarded:
    """A listener that may fail without ending the drive.

    Attributes:
        name: the listener's.
        fault: what its failing is called.
    """

    def __init__(self, listener: Listener, clock: Clock) -> None:
        self._listener, self._clock = listener, clock
        self.name = listener.name
        self.fault: SystemFault = getattr(listener, "fault", SystemFault.LISTENER)
        self._says_changes: bool = getattr(listener, "says_changes", False)
        self._failures = 0
        self._problem: str | None = None
        self._again_s = 0.0
        self.take_notices: Callable[[], Sequence[str]] = getattr(listener, "take_notices", tuple)

    def take(self, event: SessionEvent) -> str | None:
        """Hand an event on; what is wrong with the listener, None while it works.

        Frames are many, so one that fails gets none for a while, longer each time; the few other events it always gets.
        """
        frequent = isinstance(event, FrameResult | StatusUpdate)
        if frequent and self._failures and self._clock.now() < self._again_s:
            return self._problem
        try:
            self._listener.on_event(event)
        except Exception as error:
            self._again_s = self._clock.now() + _RETRY_S[min(self._failures, len(_RETRY_S) - 1)]
            self._failures += 1
            if not isinstance(error, UserError | OSError):
                logger.error("a listener of the drive failed", exc_info=True)
            if self._problem is None or self._says_changes:
                # Else told once: another reason for the same failing is no news.
                self._problem = NoticeText("{name}: {what}", name=self.name, what=one_line(error))
            return self._problem
        self._failures, self._problem = 0, None
        return None


def _labels(source: Source) -> tuple[DriveLabels | None, str | None]:
    """The labels that the source brings; a file that cannot be read is a notice, not the end."""
    if source.labels is None:
        return None, None
    try:
        return read_labels(source.labels), None
    except UserError as error:
        return None, str(error)
