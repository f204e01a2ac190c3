"""Stand-ins for the network and the camera, and small recordings made on the spot."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engines.activities import ACTIVITY_CODES, Activity
from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Manifest
from engines.classifier import FrameClassifier
from engines.prediction import Prediction
from engines.regions import RegionProposal
from engines.view import WHOLE_FRAME, Mount, model_view
from monitor.alerts.events import AlertState
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.policy_file import PolicySettings
from monitor.health.camera_health import CameraHealth, Health
from monitor.live.clock import MONOTONIC, Clock
from monitor.live.engine import Engine, EngineOptions
from monitor.live.pipeline import FrameResult, Pipeline, Result, StageLatency
from monitor.live.session import SessionEvent
from monitor.sources import CameraLostError, Frame, Source

SIZE = 32
REGIONS = 36
KEYPOINTS = np.array([[3.5, 7.5], [15.5, 23.5]])
"""(N, 2) pixels of the view."""


def one_hot(activity: Activity | int, sure: float = 0.91) -> NDArray[np.float32]:
    """(10,) probabilities that favour one activity."""
    probabilities = np.full(len(Activity), (1.0 - sure) / (len(Activity) - 1), dtype=np.float32)
    probabilities[int(activity)] = sure
    return probabilities


def picture(activity: Activity | int, index: int = 0, height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """An RGB frame that says which activity it shows: the red level of its upper left quarter. No two are equal."""
    noise = np.random.default_rng(index).integers(0, 256, size=(height // 4, width // 4, 3), dtype=np.uint8)
    frame = np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_NEAREST), dtype=np.uint8).copy()
    frame[: height // 2, : width // 2] = (12 + 24 * int(activity), 128, 64)
    return frame


class FakeClock:
    """Time that passes when a test says so; with `jumps` also when somebody waits for it, then at once."""

    def __init__(self, *, jumps: bool = False) -> None:
        self._now = 1000.0
        self._jumps = jumps
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._now += seconds

    def wait(self, event: threading.Event, seconds: float) -> bool:
        until = self._now + seconds
        if self._jumps:
            if not event.is_set():
                self.advance(max(0.0, seconds))
            return event.is_set()
        return self.wait_until(event, until)

    def wait_until(self, event: threading.Event, until: float) -> bool:
        """Wait for the event, or for the time."""
        # Only the first of the two can wake us.
        while self._now < until and not event.wait(0.002):
            pass
        return event.is_set()


class FakeClassifier:
    """Reads the activity off a `picture`; with `delay_s` the network takes its time, of its clock."""

    size = SIZE
    description = "a fake runtime"
    notices = ()
    view_trial = SimpleNamespace(sees_distraction=lambda *_: True)

    def __init__(
        self, *, delay_s: float = 0.0, fails_in: str = "", fails_at: int = 0, clock: Clock = MONOTONIC
    ) -> None:
        self.delay_s = delay_s
        self.fails_in, self.fails_at = fails_in, fails_at
        self._clock, self._never = clock, threading.Event()
        self.calls = {"view": 0, "regions": 0, "infer": 0}

    def _call(self, stage: str) -> None:
        self.calls[stage] += 1
        if stage == self.fails_in and self.calls[stage] > self.fails_at:
            raise RuntimeError(f"broken {stage}")

    def view(self, pixels: NDArray[np.uint8], mount: Mount = WHOLE_FRAME) -> NDArray[np.uint8]:
        self._call("view")
        return np.asarray(cv2.resize(pixels, (SIZE, SIZE), interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def regions(self, view: NDArray[np.uint8]) -> NDArray[np.float32]:
        self._call("regions")
        return np.tile(np.array([0.1, 0.1, 0.6, 0.7], dtype=np.float32), (REGIONS, 1))

    def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
        return RegionProposal(self.regions(view), KEYPOINTS, np.zeros(len(KEYPOINTS), dtype=np.intp), None)

    def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool = False) -> Prediction:
        self._call("infer")
        if self.delay_s:
            self._clock.wait(self._never, self.delay_s)
        red = float(view[: SIZE // 2 - 4, : SIZE // 2 - 4, 0].mean())
        activity = min(9, max(0, round((red - 12.0) / 24.0)))
        weights = np.full(REGIONS + 1, 1.0 / (REGIONS + 1), dtype=np.float32)
        return Prediction(one_hot(activity), regions, weights)


class Sided(FakeClassifier):
    """Sees a phone at the ear that is in the left half of its view; `infer` swaps the hands back, as the real one.

    Attributes:
        raw: what it saw in its views, before the hands were swapped back.
    """

    def __init__(self) -> None:
        super().__init__()
        self.raw: list[Activity] = []

    def view(self, pixels: NDArray[np.uint8], mount: Mount = WHOLE_FRAME) -> NDArray[np.uint8]:
        return model_view(pixels, SIZE, mount)

    def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool = False) -> Prediction:
        left = view[:, : SIZE // 2].mean() > view[:, SIZE // 2 :].mean()
        raw = Activity.PHONE_LEFT if left else Activity.PHONE_RIGHT
        self.raw.append(raw)
        return replace(super().infer(view, regions), probabilities=one_hot(raw.mirrored if mirrored else raw))


FAKE_MANIFEST = Manifest(
    format_version=1,
    name="fake",
    classes=ACTIVITY_CODES,
    view_size=SIZE,
    kappa=8,
    backbone="none",
    model="full",
    opset=19,
    data="none",
    files={},
)


class FakeSource(Source):
    """Plays a list of frames; an exception in the list is raised when its turn comes.

    Attributes:
        closed: set when it was.
        exhausted: set when the last frame was read.
    """

    def __init__(
        self,
        items: Iterable[Frame | Exception],
        *,
        live: bool = False,
        interval_s: float = 0.0,
        fps: float = 10.0,
        hangs: bool = False,
        in_turn: bool = False,
        own_times: bool = False,
        clock: Clock = MONOTONIC,
    ) -> None:
        """Prepare.

        Args:
            items: what is played.
            live: whether frames have the time at which they are read.
            interval_s: how long a frame takes to come.
            fps: what the source says of itself.
            hangs: never come back after the last frame, until closed.
            in_turn: after the first frame wait for `give_turn` before each further one; see `in_turn`.
            own_times: whether a live source's frames keep their times.
            clock: of the interval and of a live source's frames.
        """
        super().__init__()
        self.name, self.live, self.fps = "fake", live, fps
        self._items = list(items)
        self._interval_s, self._hangs, self._clock = interval_s, hangs, clock
        self._stamps = live and not own_times
        self._turns = threading.Semaphore(1) if in_turn else None
        self._turns_are_over = False
        self._calls, self._called = 0, threading.Condition()
        self.closed, self.exhausted = threading.Event(), threading.Event()

    def read(self) -> Frame | None:
        with self._called:
            self._calls += 1
            self._called.notify_all()
        if self._turns is not None and not self._turns_are_over:
            self._turns.acquire()
        self._clock.wait(self.closed, self._interval_s)
        if not self._items:
            if self._hangs:
                self.closed.wait()
            if self.live and not self.closed.is_set():
                raise CameraLostError("unplugged")
            return None
        item = self._items.pop(0)
        if not self._items:
            self.exhausted.set()
        if isinstance(item, Exception):
            raise item
        return Frame(item.pixels, self._clock.now(), item.index) if self._stamps else item

    def give_turn(self) -> None:
        """Let a source that plays in turn show the next frame."""
        assert self._turns is not None
        self._turns.release()

    def end_turns(self) -> None:
        """From now on frames come by themselves."""
        self._turns_are_over = True
        self.give_turn()

    def wait_until_asked(self, frames: int, timeout_s: float | None = None) -> bool:
        """Wait until it was asked for so many frames; False when it was not within `timeout_s`."""
        with self._called:
            return self._called.wait_for(lambda: self._calls >= frames, timeout_s)

    @property
    def plugged(self) -> bool:
        """Whether there are pictures left."""
        return bool(self._items)

    def plug_in(self, items: Iterable[Frame | Exception]) -> None:
        """Give a live source that has run out new pictures."""
        self._items.extend(items)

    def note(self, notice: str) -> None:
        self._notices.append(notice)

    def close(self) -> None:
        self.closed.set()


def in_turn(pipeline: Pipeline) -> Iterator[Result]:
    """Run a pipeline on a `FakeSource` that plays in turn: each frame comes when the result before it was used."""
    source = pipeline.source
    assert isinstance(source, FakeSource)
    with pipeline:
        try:
            for result in pipeline:
                yield result
                source.give_turn()
        finally:
            source.end_turns()


def frame_result(
    view: NDArray[np.uint8],
    time_s: float,
    index: int = 0,
    *,
    prediction: Prediction | None = None,
    alert: AlertState | None = None,
    camera: Health = Health.OK,
    latency_s: float = 0.05,
    fps: float = 10.0,
    dropped: int = 0,
) -> FrameResult:
    """What a pipeline makes of a frame that is its own view; an attentive driver where nothing else is said."""
    classifier = FakeClassifier()
    proposal = classifier.propose(view)
    prediction = prediction or Prediction(one_hot(0), proposal.boxes, np.full(REGIONS + 1, 1.0 / (REGIONS + 1)))
    return FrameResult(
        frame=Frame(view, time_s, index),
        view=view,
        prediction=prediction,
        proposal=proposal,
        camera=CameraHealth(camera, camera),
        alert=alert or AlertPolicy().update(time_s, prediction.probabilities),
        latency=StageLatency(0.01, 0.001, 0.02, 0.01, 0.001, latency_s),
        fps=fps,
        dropped=dropped,
    )


def fake_engine(
    classifier: FrameClassifier | None = None,
    *,
    policy: PolicySettings | None = None,
    options: EngineOptions | None = None,
) -> Engine:
    """An engine that reads the activity off the picture, without a bundle's files."""
    bundle = cast(Bundle, SimpleNamespace(manifest=FAKE_MANIFEST))
    options = options or EngineOptions(regions="cold")
    return Engine(bundle, policy or PolicySettings(), lambda: classifier or FakeClassifier(), options, "fake")


Segments = Sequence[tuple[Activity | int, float]]
"""(activity, seconds) one after the other."""


def frames_of(segments: Segments, fps: float = 10.0) -> list[Frame]:
    """Frames that show the segments."""
    frames = []
    ends = np.cumsum([seconds for _, seconds in segments])
    for index in range(round(float(ends[-1]) * fps)):
        which = int(np.searchsorted(ends, index / fps + 1e-9, side="right"))
        frames.append(Frame(picture(segments[which][0], index), index / fps, index))
    return frames


def frames_for_sided(seconds: float) -> list[Frame]:
    """Frames whose left half is bright: there `Sided` sees the phone."""
    frames = frames_of([(Activity.SAFE_DRIVING, seconds)])
    for frame in frames:
        frame.pixels[:] = 0
        frame.pixels[:, : frame.pixels.shape[1] // 2] = 200
    return frames


def write_video(path: Path, frames: Iterable[Frame], fps: float = 10.0) -> Path:
    """Write frames as MPEG-4, which the OpenCV wheel can encode."""
    writer: cv2.VideoWriter | None = None
    for frame in frames:
        height, width = frame.pixels.shape[:2]
        if writer is None:
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, height))
        writer.write(cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2BGR))
    assert writer is not None and writer.isOpened()
    writer.release()
    return path


def write_tracks(path: Path, *videos: Path) -> Path:
    """Put the pictures of videos into one file, a track each."""
    with av.open(str(path), "w") as output:
        inputs = [av.open(str(video)) for video in videos]
        streams = [output.add_stream_from_template(video.streams.video[0]) for video in inputs]
        for video, stream in zip(inputs, streams, strict=True):
            for packet in video.demux(video=0):
                if packet.dts is not None:
                    packet.stream = stream
                    output.mux(packet)
            video.close()
    return path


def write_labels(path: Path, segments: Segments) -> Path:
    """Write the segments as drive labels."""
    lines, start_s = ["start_s,end_s,activity"], 0.0
    for activity, seconds in segments:
        lines.append(f"{start_s:.3f},{start_s + seconds:.3f},c{int(activity)}")
        start_s += seconds
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Notes:
    """Keeps what it is told."""

    name = "the notes"

    def __init__(self) -> None:
        self.events: list[SessionEvent] = []

    def on_event(self, event: SessionEvent) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]
