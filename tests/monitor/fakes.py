"""Stand-ins for the network and the camera, and small recordings made on the spot."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

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
from monitor.live.engine import Engine, EngineOptions
from monitor.live.pipeline import FrameResult, StageLatency
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


class FakeClassifier:
    """Reads the activity off a `picture`."""

    size = SIZE
    description = "a fake runtime"

    def __init__(self, *, delay_s: float = 0.0, fails_in: str = "", fails_at: int = 0) -> None:
        self.delay_s = delay_s
        self.fails_in, self.fails_at = fails_in, fails_at
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
            time.sleep(self.delay_s)
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
    """Plays a list of frames; an exception in the list is raised when its turn comes."""

    def __init__(
        self,
        items: Iterable[Frame | Exception],
        *,
        live: bool = False,
        interval_s: float = 0.0,
        fps: float = 10.0,
        hangs: bool = False,
    ) -> None:
        super().__init__()
        self.name, self.live, self.fps = "fake", live, fps
        self._items = list(items)
        self._interval_s, self._hangs = interval_s, hangs
        self.closed = threading.Event()

    def read(self) -> Frame | None:
        if self._interval_s:
            time.sleep(self._interval_s)
        if not self._items:
            if self._hangs:
                self.closed.wait(5.0)
            if self.live and not self.closed.is_set():
                raise CameraLostError("unplugged")
            return None
        item = self._items.pop(0)
        if isinstance(item, Exception):
            raise item
        return Frame(item.pixels, time.monotonic(), item.index) if self.live else item

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


def write_labels(path: Path, segments: Segments) -> Path:
    """Write the segments as drive labels."""
    lines, start_s = ["start_s,end_s,activity"], 0.0
    for activity, seconds in segments:
        lines.append(f"{start_s:.3f},{start_s + seconds:.3f},c{int(activity)}")
        start_s += seconds
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
