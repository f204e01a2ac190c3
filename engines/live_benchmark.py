"""What a frame costs live, beside the same frame done plainly: `python -m engines benchmark --live DRIVE.mp4 …`.

The reference finds regions as one would write it down: `detectAndCompute`, descriptors included, and scikit-learn's
mixture from k-means in every frame. Its network is an ONNX file of AG-Net's literal equations where one is given
(`calibration.literal_network` writes it), else the bundle's own. Both see every frame in turn, so that whatever else
the machine does weighs on both alike. Times are wall clock; core-milliseconds are the process's CPU time, all threads.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engines.benchmark import Latency
from engines.bundle import Bundle
from engines.classifier import Classifier
from engines.errors import UserError
from engines.onnxruntime_session import open_alone
from engines.region_tracking import RegionTracker, TrackingSettings
from engines.regions import RegionProposal, cluster_keypoints, propose_from_clusters, propose_regions
from engines.runtimes import SessionOptions, open_session

_WARM_UP = 5

Result = TypeVar("Result")


class StepCost(BaseModel):
    """One step of a frame: wall-clock milliseconds, and the median of its core-milliseconds."""

    wall: Latency
    core_ms: float


class LiveBenchmark(BaseModel):
    """All that was measured in one run over drives.

    Attributes:
        bundle: its name.
        threads: CPU threads of the runtimes, None for their own choice.
        opencv_threads: of OpenCV, for SIFT and scaling.
        frames: how many were timed.
        literal: whether the reference ran the literal equations.
        view: the step that both have in common.
        tracked, cold, reference: regions, three ways.
        network, reference_network: probabilities from view and regions.
        frame, reference_frame: view, regions and network together.
        regions_ratio, frame_ratio: median of the reference over ours, wall clock.
        regions_core_ratio, frame_core_ratio: the same of core-milliseconds.
        cold_share: of the tracker's refreshes, those that started from k-means.
        likelihood_difference: mean log-likelihood over all frames, in nats a point: the tracker's mixture less one
            from k-means, on the same keypoints.
        full_likelihood_difference: the same on all keypoints of the view, where the tracker scales it down: the
            tracker's mixture, which has not seen them, less a cold one, which was fitted to them.
        agreement: share of frames that get the same class with tracked and with cold regions.
    """

    bundle: str
    threads: int | None
    opencv_threads: int
    frames: int
    literal: bool
    view: StepCost
    tracked: StepCost
    cold: StepCost
    reference: StepCost
    network: StepCost
    reference_network: StepCost
    frame: StepCost
    reference_frame: StepCost
    regions_ratio: float
    regions_core_ratio: float
    frame_ratio: float
    frame_core_ratio: float
    cold_share: float
    likelihood_difference: float
    full_likelihood_difference: float
    agreement: float


def plain_regions(view: NDArray[np.uint8], kappa: int) -> RegionProposal:
    """SIFT with descriptors, then scikit-learn's mixture from k-means; where that fails, as `propose_regions` does."""
    from sklearn.mixture import GaussianMixture

    keypoints, _descriptors = cv2.SIFT.create().detectAndCompute(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY), None)
    points = np.array([keypoint.pt for keypoint in keypoints], dtype=np.float64).reshape(-1, 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            labels = np.asarray(GaussianMixture(kappa, random_state=0).fit_predict(points), dtype=np.intp)
    except ValueError:
        return propose_from_clusters(view.shape, points, cluster_keypoints(points, kappa), kappa)
    if len(np.unique(labels)) < kappa:
        return propose_from_clusters(view.shape, points, cluster_keypoints(points, kappa), kappa)
    means = [tuple(points[labels == label].mean(axis=0)) for label in range(kappa)]
    rank = np.argsort(sorted(range(kappa), key=lambda label: means[label]))
    return propose_from_clusters(view.shape, points, rank[labels], kappa)


def live_benchmark(
    bundle: Bundle,
    drives: Sequence[Path],
    *,
    frames: int | None = None,
    threads: int | None = None,
    literal: Path | None = None,
    settings: TrackingSettings | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> LiveBenchmark:
    """Time the live path and the reference, frame by frame in turn.

    Args:
        bundle: whose network.
        drives: videos; every one is followed from its first frame by a tracker of its own.
        frames: of each drive, at most; all of them when left out.
        threads: CPU threads of both networks.
        literal: an ONNX file with the same inputs and outputs as the bundle's, for the reference.
        settings: of the tracker.
        report: told what is being measured.

    Raises:
        UserError: when a drive, an engine or the literal network cannot be opened.
    """
    classifier = Classifier(bundle, open_session(bundle, options=SessionOptions(threads=threads)))
    kappa = bundle.manifest.kappa
    plain_session = None if literal is None else open_alone(literal, threads)
    clock = _Clock()
    differences: list[tuple[float, float]] = []
    same: list[bool] = []
    refreshes = cold_starts = 0

    def plain_network(view: NDArray[np.uint8], regions: NDArray[np.float32]) -> NDArray[np.float32]:
        if plain_session is None:
            return classifier.infer(view, regions).probabilities
        answer = plain_session.run(["probabilities"], {"image": view[None], "regions": regions[None]})
        return np.asarray(answer[0][0], dtype=np.float32)

    for drive in drives:
        tracker = RegionTracker(kappa, settings)
        cold = RegionTracker(kappa, TrackingSettings(cold_every=1, scale=1.0))
        refitted = RegionTracker(kappa, replace(tracker.settings, cold_every=1))
        for index, pixels in enumerate(_frames(drive, frames)):
            if index % 50 == 0:
                report(f"{drive.name}, frame {index}")
            view = clock("view", lambda: classifier.view(pixels))  # noqa: B023 - called at once
            tracked = clock("tracked", lambda: tracker(view))  # noqa: B023
            own = clock("network", lambda: classifier.infer(view, tracked))  # noqa: B023
            plain = clock("reference", lambda: plain_regions(view, kappa).boxes)  # noqa: B023
            clock("reference_network", lambda: plain_network(view, plain))  # noqa: B023
            found = clock("cold", lambda: propose_regions(view, kappa))  # noqa: B023
            same.append(own.activity is classifier.infer(view, found.boxes).activity)
            refitted(view)
            cold(view)
            on_all = tracker.likelihood_of(found.keypoints) - cold.likelihood_of(found.keypoints)
            differences.append((tracker.log_likelihood - refitted.log_likelihood, on_all))
        refreshes, cold_starts = refreshes + tracker.refreshes, cold_starts + tracker.cold_starts
    steps = ("view", "tracked", "cold", "reference", "network", "reference_network")
    costs = {name: clock.cost(name) for name in steps}
    # Views that fell back have no mixture.
    likelihood, full_likelihood = np.nanmean(differences, axis=0)
    frame = clock.cost("view", "tracked", "network")
    reference_frame = clock.cost("view", "reference", "reference_network")
    return LiveBenchmark(
        bundle=bundle.manifest.name,
        threads=threads,
        opencv_threads=cv2.getNumThreads(),
        frames=len(same),
        literal=literal is not None,
        **costs,
        frame=frame,
        reference_frame=reference_frame,
        regions_ratio=costs["reference"].wall.p50 / costs["tracked"].wall.p50,
        regions_core_ratio=costs["reference"].core_ms / costs["tracked"].core_ms,
        frame_ratio=reference_frame.wall.p50 / frame.wall.p50,
        frame_core_ratio=reference_frame.core_ms / frame.core_ms,
        cold_share=cold_starts / refreshes,
        likelihood_difference=float(likelihood),
        full_likelihood_difference=float(full_likelihood),
        agreement=float(np.mean(same)),
    )


class _Clock:
    """Times named steps, wall clock and CPU."""

    def __init__(self) -> None:
        self._wall: dict[str, list[float]] = {}
        self._core: dict[str, list[float]] = {}

    def __call__(self, name: str, work: Callable[[], Result]) -> Result:
        core, wall = time.process_time(), time.perf_counter()
        result = work()
        self._wall.setdefault(name, []).append(time.perf_counter() - wall)
        self._core.setdefault(name, []).append(time.process_time() - core)
        return result

    def cost(self, *names: str) -> StepCost:
        """Of one step, or of some together, frame by frame."""
        wall = np.sum([self._wall[name] for name in names], axis=0)[_WARM_UP:]
        core = np.sum([self._core[name] for name in names], axis=0)[_WARM_UP:]
        return StepCost(wall=Latency.of(wall), core_ms=float(np.median(core)) * 1e3)


def _frames(drive: Path, count: int | None) -> Iterator[NDArray[np.uint8]]:
    """The (H, W, 3) uint8 RGB frames of a video. Raises `UserError` when there are too few to time."""
    capture = cv2.VideoCapture(str(drive)) if drive.is_file() else None
    read = 0
    while capture is not None and (count is None or read < count):
        good, picture = capture.read()
        if not good:
            break
        read += 1
        yield np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    if read <= _WARM_UP:
        raise UserError(f"{drive} is no video of more than {_WARM_UP} frames: name a recorded drive")
