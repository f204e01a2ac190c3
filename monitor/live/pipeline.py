"""The live path from a source to alerts: capture, regions and network overlap, each in a thread of its own.

A live source never makes the driver wait for the past: the newest frame wins, and what it overtakes is counted as
dropped. A recording loses nothing: every frame, in order; where the machine is too slow for real time, playback slows.

    with Pipeline(open_source("demo"), Classifier.open()) as pipeline:
        for result in pipeline:
            ...
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from engines.classifier import FrameClassifier
from engines.errors import UserError
from engines.prediction import Prediction
from engines.regions import RegionProposal
from engines.view import WHOLE_FRAME, Mount
from monitor.alerts.events import AlertEvent, AlertState, Attention
from monitor.alerts.policy import AlertPolicy
from monitor.health.camera_health import NOT_ASSESSED, CameraHealth, FrameHealth, Health
from monitor.health.downscale import small_grey
from monitor.live.clock import MONOTONIC, Clock
from monitor.live.frames.frame_queue import FrameQueue, QueueClosed
from monitor.live.frames.pacing import FrameRateLimiter, is_idle
from monitor.sources import CameraLostError, Frame, Source
from monitor.speed.source import FixedSpeed, SpeedSource

if TYPE_CHECKING:
    from typing_extensions import Self

logger = logging.getLogger(__name__)

_BETWEEN_STAGES = 2
"""Frames of a recording that may wait between two stages."""

_WAITING_RESULTS = 4
"""Results that may wait for the consumer; then the stages wait too."""

_STATUS_EVERY_S = 0.5
"""How often a moment without a classified frame is looked at, and reported where something is wrong."""

FIRST_STALL_S = 8.0
"""How long the first frame may wait for its result: libraries load, a runtime warms up. Euro NCAP gives 10 s."""

_LOOK_S = 15.0
"""How long an attempt to open a lost camera may take; one that takes longer hangs."""

_STOP_S = 1.0
"""How long `stop` waits for the stages, all of them together."""


class RegionFinder(Protocol):
    """What finds the regions of one stream of views, as `engines.regions.tracking.RegionTracker`."""

    def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
        """The regions of the next (S, S, 3) uint8 RGB model view."""
        ...

    def reset(self) -> None:
        """Forget the views before: the next one is of another mount."""
        ...


class StageError(Exception):
    """A stage of the pipeline broke; the cause is chained to it.

    Attributes:
        stage: ``capture``, ``regions`` or ``network``.
    """

    def __init__(self, stage: str, cause: BaseException) -> None:
        super().__init__(f"the {stage} stage failed: {type(cause).__name__}: {cause}")
        self.stage = stage


@dataclass(frozen=True)
class StageLatency:
    """Seconds that each stage took for one frame.

    Attributes:
        capture_s: reading and decoding (for a camera: waiting for the frame, too).
        view_s: the camera's health, cropping and resizing.
        regions_s: finding the regions.
        network_s: the network itself.
        policy_s: the alert policy.
        total_s: from the end of the capture to the result, waiting between the stages included.
    """

    capture_s: float
    view_s: float
    regions_s: float
    network_s: float
    policy_s: float
    total_s: float

    def as_dict(self) -> dict[str, float]:
        """Stage name → seconds, in the order of the stages."""
        return {
            "capture": self.capture_s,
            "view": self.view_s,
            "regions": self.regions_s,
            "network": self.network_s,
            "policy": self.policy_s,
            "total": self.total_s,
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class FrameResult:
    """What the pipeline makes of one frame.

    Attributes:
        frame: as the source gave it.
        view: (S, S, 3) uint8 RGB model view, which `prediction.regions` relate to.
        mount: the camera's, by which the view was cut and the hands are named; what is drawn over the frame uses it.
        prediction: what the network says.
        proposal: how the regions of `view` came about.
        camera: what the camera's health said of the frame; `alert.health` may differ, since the policy adds its own.
        alert: the policy's state, with the new events in `alert.events`.
        latency: seconds by stage.
        dropped: frames that newer ones took the place of, in all.
        skipped: frames that the rate limit left out, in all.
        fps: frames classified a second, over the last seconds; 0 before the second frame.
        notices: what went wrong without ending the drive, one line each, for people.
    """

    frame: Frame
    view: NDArray[np.uint8]
    mount: Mount = WHOLE_FRAME
    prediction: Prediction
    proposal: RegionProposal
    camera: CameraHealth = NOT_ASSESSED
    alert: AlertState
    latency: StageLatency
    dropped: int = 0
    skipped: int = 0
    fps: float = 0.0
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class StatusUpdate:
    """What the pipeline says of a moment without a classified frame: a lost camera, a stage that hangs, the end.

    Attributes:
        alert: the policy's state; None before the first frame, and at the end.
        dropped, skipped, notices: as in `FrameResult`.
        looking_for_camera: a lost camera is being looked for: the capture does not hang in it.
        ended: the recording is over: always the last update, with the notices that remain.
    """

    alert: AlertState | None
    dropped: int = 0
    skipped: int = 0
    notices: tuple[str, ...] = ()
    looking_for_camera: bool = False
    ended: bool = False


Result = FrameResult | StatusUpdate


def events_of(result: Result) -> tuple[AlertEvent, ...]:
    """What changed with a result."""
    return result.alert.events if result.alert is not None else ()


def health_of(result: Result) -> Health:
    """What keeps the monitor from assessing the driver."""
    return result.alert.health if result.alert is not None else Health.OK


@dataclass(frozen=True, eq=False)
class _Captured:
    frame: Frame
    mount: Mount
    captured_at: float
    capture_s: float
    small: NDArray[np.uint8] | None


@dataclass(frozen=True, eq=False)
class _Proposed:
    captured: _Captured
    view: NDArray[np.uint8]
    proposal: RegionProposal
    camera: CameraHealth
    view_s: float
    regions_s: float


class Pipeline:
    """Runs a source through the classifier and the alert policy. Iterate over it from one thread; once.

    Attributes:
        speed_kmh: a fixed speed, None without a signal; may be set at any time, from any thread.
    """

    def __init__(
        self,
        source: Source,
        classifier: FrameClassifier,
        *,
        mount: Mount | None = None,
        policy: AlertPolicy | None = None,
        health: FrameHealth | None = None,
        realtime: bool = False,
        speed_kmh: float | None = None,
        speed: SpeedSource | None = None,
        stall_s: float = 2.0,
        first_stall_s: float = FIRST_STALL_S,
        regions: RegionFinder | None = None,
        limiter: FrameRateLimiter | None = None,
        clock: Clock = MONOTONIC,
    ) -> None:
        """Prepare; nothing runs before `start` or iteration.

        Args:
            source: closed by `stop`.
            classifier: its `view` and `propose` run in one thread, its `infer` in another.
            mount: the camera's, until `set_mount`; the whole frame, unmirrored, when left out.
            regions: finds the regions in the place of the classifier; for this source alone when it has a memory.
            limiter: says which frames are classified; all of them when left out.
            policy: the alert policy; one with the default settings when left out.
            health: the camera's health; one with the default settings when left out.
            realtime: play a recording at the speed of its own clock instead of as fast as possible.
            speed_kmh: the car's speed, where it stays as it is.
            speed: where it comes from, otherwise; closed by `stop`.
            stall_s: seconds without a frame after which a live source counts as lost, and seconds that a frame may
                wait for its result before the monitor is said not to keep up.
            first_stall_s: the same for the very first frame.
            clock: the time of live sources, and of what is waited for.
        """
        self.source = source
        self._speed = speed or FixedSpeed(speed_kmh)
        self._classifier = classifier
        self._mount = mount or WHOLE_FRAME
        self._regions = regions
        self._limiter = limiter
        self._policy = policy or AlertPolicy()
        self._health = health or FrameHealth()
        self._realtime = realtime and not source.live
        self._stall_s, self._first_stall_s = stall_s, first_stall_s
        self._clock = clock
        capacity = 1 if source.live else _BETWEEN_STAGES
        self._captured: FrameQueue[_Captured] = FrameQueue(capacity, newest_wins=source.live)
        self._proposed: FrameQueue[_Proposed] = FrameQueue(capacity, newest_wins=source.live)
        self._results: FrameQueue[Result] = FrameQueue(_WAITING_RESULTS)
        self._stop = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._lock = threading.Lock()
        self._started = False
        self._failure: BaseException | None = None
        self._lost = False
        self._looked_at = 0.0
        self._last_capture = 0.0
        self._newest = -1
        self._waiting_since: float | None = None
        self._begun = False
        self._late = 0
        self._notices: list[str] = []
        # The network's thread updates the policy with frames, the consumer's with the moments without one.
        self._policy_lock = threading.Lock()
        self._policy_at: float | None = None
        self._alert: AlertState | None = None
        self._idle = False
        self._classified_at: float | None = None
        self._fps = 0.0
        self._threads = [
            threading.Thread(
                target=self._guard,
                args=(name, stage, output),
                name=f"monitor {name}",
                daemon=True,
            )
            for name, stage, output in (
                ("capture", self._capture, self._captured),
                ("regions", self._propose, self._proposed),
                ("network", self._classify, self._results),
            )
        ]

    @property
    def speed_kmh(self) -> float | None:
        """The fixed speed; None where there is none."""
        return self._speed.kmh

    @speed_kmh.setter
    def speed_kmh(self, kmh: float | None) -> None:
        self._speed = FixedSpeed(kmh)

    def acknowledge(self) -> None:
        """The driver has seen the alert that stands. From any thread; see `AlertPolicy.acknowledge`."""
        self._policy.acknowledge()

    def snooze(self) -> None:
        """The driver wants no more such alerts on this journey. From any thread; see `AlertPolicy.snooze`."""
        self._policy.snooze()

    def end_snooze(self) -> None:
        """The driver takes every snooze back. From any thread; see `AlertPolicy.end_snooze`."""
        self._policy.end_snooze()

    def set_mount(self, mount: Mount) -> None:
        """The camera is mounted otherwise, from the next frame that is captured. From any thread.

        What waits of a live source is dropped; a recording loses nothing, and every frame keeps the mount that it was
        captured with. Regions are not followed from one mount to the other; the alert's timer runs on.
        """
        with self._lock:
            self._mount = mount
            if not self.source.live:
                return
            # What is dropped here waits for nothing any more, and no frame that is in work is older than it.
            self._waiting_since, self._newest = None, -1
            self._captured.clear()
            self._proposed.clear()

    @property
    def waiting(self) -> int:
        """How many frames wait between the stages."""
        return len(self._captured) + len(self._proposed)

    def start(self) -> None:
        """Start the stages; does nothing when they run or are over."""
        with self._lock:
            if self._started or self._stop.is_set():
                return
            self._started = True
            self._last_capture = self._clock.now()
            for thread in self._threads:
                thread.start()

    def request_stop(self) -> None:
        """Have the stages end soon, without waiting for them: for a caller that must not block. `stop` waits."""
        self._stop.set()
        self._running.set()
        for queue in (self._captured, self._proposed, self._results):
            queue.discard()

    def stop(self) -> None:
        """Stop the stages and close the source. Prompt, from any thread, and a second call does nothing.

        A stage that hangs in a driver is left behind: its thread does not keep the program alive.
        """
        self.request_stop()
        with self._lock:
            started = self._started
        if started:
            until = self._clock.now() + _STOP_S
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join(timeout=max(0.0, until - self._clock.now()))
        if not self._threads[0].is_alive():
            self.source.close()
        self._speed.close()

    def pause(self) -> None:
        """Hold a recording where it is; a live source goes on unseen."""
        self._running.clear()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._running.set()

    @property
    def paused(self) -> bool:
        """Whether `pause` holds."""
        return not self._running.is_set()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[Result]:
        """Every result, until the recording ends or `stop` is called.

        Raises:
            UserError: what a stage says that the user can put right.
            StageError: when a stage broke, with the cause chained to it.
        """
        self.start()
        while True:
            try:
                # The time-out also lets Ctrl-C through on Windows, where a wait on a lock cannot be interrupted.
                result = self._results.get(timeout_s=_STATUS_EVERY_S)
            except QueueClosed:
                break
            if result is None:
                # Looked at from here: the stage that hangs can be any of the three.
                result = self._status()
            if result is not None:
                yield result
        if self._failure is not None:
            raise self._failure

    def _guard(
        self,
        name: str,
        stage: Callable[[], None],
        output: FrameQueue[_Captured] | FrameQueue[_Proposed] | FrameQueue[Result],
    ) -> None:
        """Run a stage; whatever it raises ends the pipeline and reaches the consumer."""
        try:
            stage()
        except UserError as error:
            self._fail(error)
        except Exception as error:
            logger.debug("the %s stage failed", name, exc_info=True)
            failure = StageError(name, error)
            failure.__cause__ = error
            self._fail(failure)
        finally:
            output.close()
            if name == "capture" and self._stop.is_set():
                # `stop` may have given up waiting for a capture that hung.
                self.source.close()

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            if self._failure is None and not self._stop.is_set():
                self._failure = error
        # What was classified before the failure still reaches the consumer; nothing more is read.
        self._stop.set()
        self._running.set()
        self._captured.discard()
        self._proposed.discard()
        self._results.close()

    def _capture(self) -> None:
        """First stage: read frames, at their own pace where asked."""
        played_from: float | None = None
        while not self._stop.is_set():
            if not self.source.live and not self._running.is_set():
                self._running.wait()
                played_from = None
                continue
            began = self._clock.now()
            try:
                frame = self.source.read()
            except CameraLostError:
                self._lost, self._looked_at = True, self._clock.now()
                self._keep_notices()
                self._clock.wait(self._stop, 0.1)
                continue
            captured_at = self._clock.now()
            self._keep_notices()
            if frame is None:
                break
            self._lost, self._last_capture = False, captured_at
            if self._realtime:
                if played_from is None:
                    played_from = captured_at - frame.time
                early_s = played_from + frame.time - self._clock.now()
                if early_s > 0.0:
                    self._clock.wait(self._stop, early_s)
                else:
                    # Late: the rest plays later too, instead of racing to catch up.
                    played_from -= early_s
                captured_at = self._clock.now()
            if self.source.live and not self._running.is_set():
                continue
            small = None
            if self._limiter is not None:
                small = small_grey(frame.pixels) if self._limiter.adaptive else None
                if not self._limiter.accepts(frame.time, small, self._idle):
                    continue
            with self._lock:
                mount, self._newest = self._mount, frame.index
                if self._waiting_since is None:
                    self._waiting_since = captured_at
            if not self._captured.put(_Captured(frame, mount, captured_at, self._last_capture - began, small)):
                break

    def _propose(self) -> None:
        """Second stage: the camera's health, model view and regions."""
        mount: Mount | None = None
        while True:
            try:
                captured = self._captured.get()
            except QueueClosed:
                break
            if captured is None:
                continue
            began = self._clock.now()
            frame = captured.frame
            reported = self._health.update(frame.time, frame.pixels, captured.small)
            camera = CameraHealth(self._health.raw, reported)
            if self._regions is not None and mount not in (None, captured.mount):
                self._regions.reset()
            mount = captured.mount
            view = self._classifier.view(frame.pixels, mount)
            viewed = self._clock.now()
            proposal = (self._regions or self._classifier).propose(view)
            ended = self._clock.now()
            if not self._proposed.put(_Proposed(captured, view, proposal, camera, viewed - began, ended - viewed)):
                break

    def _classify(self) -> None:
        """Third stage: the network and the alert policy."""
        while True:
            try:
                proposed = self._proposed.get()
            except QueueClosed:
                break
            result = self._classify_frame(proposed) if proposed is not None else None
            if result is not None and not self._results.put(result):
                return
            with self._lock:
                if self._waiting_since is not None:
                    # The wait for a slow consumer is not the stages' doing.
                    self._waiting_since = self._clock.now()
        if not self._stop.is_set():
            self._results.put(
                StatusUpdate(
                    alert=None,
                    dropped=self._dropped,
                    skipped=self._skipped,
                    notices=self._take_notices(),
                    ended=True,
                )
            )

    def _classify_frame(self, proposed: _Proposed) -> FrameResult | None:
        """Classify a frame; None for one of a live source that comes too late to be of use."""
        captured, frame = proposed.captured, proposed.captured.frame
        began = self._clock.now()
        prediction = self._classifier.infer(proposed.view, proposed.proposal.boxes, mirrored=captured.mount.mirror)
        inferred = self._clock.now()
        with self._policy_lock:
            alert = self._update_policy(frame, prediction, proposed.camera)
            ended = self._clock.now()
            with self._lock:
                self._begun = True
                self._waiting_since = None if frame.index >= self._newest else ended
            if alert is None:
                self._late += 1
                return None
            self._measure_rate(ended)
        latency = StageLatency(
            capture_s=captured.capture_s,
            view_s=proposed.view_s,
            regions_s=proposed.regions_s,
            network_s=inferred - began,
            policy_s=ended - inferred,
            total_s=ended - captured.captured_at,
        )
        return FrameResult(
            frame=frame,
            view=proposed.view,
            mount=captured.mount,
            prediction=prediction,
            proposal=proposed.proposal,
            camera=proposed.camera,
            alert=alert,
            latency=latency,
            dropped=self._dropped,
            skipped=self._skipped,
            fps=self._fps,
            notices=self._take_notices(),
        )

    def _update_policy(self, frame: Frame, prediction: Prediction, camera: CameraHealth) -> AlertState | None:
        # A live source cannot go back in time, only come late; the policy would take it for a recording that was
        # rewound, and forget a standing alert.
        if self.source.live and self._policy_at is not None and frame.time < self._policy_at:
            return None
        answer = camera.usable_prediction(prediction.probabilities)
        self._alert = self._policy.update(frame.time, answer, self._speed_at(frame.time), camera.reported)
        self._policy_at = frame.time
        self._idle = is_idle(self._alert, prediction)
        return self._alert

    def _speed_at(self, time_s: float) -> float | None:
        """The speed for the policy, whose thread this is; what is wrong with it becomes a notice."""
        kmh = self._speed.at(time_s)
        notices = self._speed.take_notices()
        if notices:
            with self._lock:
                self._notices.extend(notices)
        return kmh

    def _status(self) -> StatusUpdate | None:
        """No result for a while: say so when the camera is lost or a stage hangs. In the consumer's thread."""
        if not self._running.is_set() or self._stop.is_set():
            return None
        with self._policy_lock:
            now = self._clock.now()
            with self._lock:
                waiting_since = self._waiting_since
                stall_s = self._stall_s if self._begun else max(self._stall_s, self._first_stall_s)
            if waiting_since is not None and now - waiting_since >= stall_s:
                fault = Health.STALLED
            elif self.source.live and (self._lost or now - self._last_capture >= self._stall_s):
                fault = Health.CAMERA_LOST
            else:
                return None
            if self.source.live:
                self._alert = self._policy.update(now, None, self._speed_at(now), fault)
                self._policy_at = now
            elif self._alert is not None:
                # A recording's clock stands still meanwhile: shown, but nothing that its alerts depend on.
                self._alert = replace(self._alert, health=fault, attention=Attention.UNKNOWN, current=None, events=())
            self._classified_at, self._fps = None, 0.0
            alert = self._alert
        return StatusUpdate(
            alert=alert,
            dropped=self._dropped,
            skipped=self._skipped,
            notices=self._take_notices(),
            looking_for_camera=fault is Health.CAMERA_LOST and self._lost and now - self._looked_at < _LOOK_S,
        )

    def _measure_rate(self, now: float) -> None:
        if self._classified_at is not None and now > self._classified_at:
            interval_s = now - self._classified_at
            if self._fps > 0.0:
                # The mean of the intervals, not of the rates: a burst must not look like speed.
                interval_s = 0.9 / self._fps + 0.1 * interval_s
            self._fps = 1.0 / interval_s
        self._classified_at = now

    @property
    def _dropped(self) -> int:
        return self._captured.dropped + self._proposed.dropped + self._late

    @property
    def _skipped(self) -> int:
        return self._limiter.skipped if self._limiter is not None else 0

    def _keep_notices(self) -> None:
        notices = self.source.take_notices()
        if notices:
            with self._lock:
                self._notices.extend(notices)

    def _take_notices(self) -> tuple[str, ...]:
        with self._lock:
            notices, self._notices = tuple(self._notices), []
        return notices
