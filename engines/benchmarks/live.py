"""What a frame costs live, beside a reference: `python -m engines benchmark --live DRIVE.mp4 …`.

The reference finds regions as one would write it down: `detectAndCompute`, descriptors included, and scikit-learn's
mixture from k-means in every frame. Its network is an ONNX file of AG-Net's equations as printed where one is given
(`calibration.studies.live_reference` writes it), else the bundle's own. Both see every frame in turn, with the same
threads, so that whatever else the machine does weighs on both alike. Times are wall clock; core-milliseconds are the
process's CPU time, all threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engines.benchmarks.timing import LatencyPercentiles, Result, timed
from engines.bundles.bundle import Bundle
from engines.classifier import Classifier
from engines.errors import UserError
from engines.files.video import open_video
from engines.reference_regions import reference_regions
from engines.reference_session import ReferenceSession
from engines.regions import NUMERIC_THREADS, Fallback, RegionProposal, fit_mixture, propose_regions
from engines.regions.tracking import RegionTracker, TrackingSettings
from engines.runtimes import SessionOptions, open_session

WARM_UP = 5
"""Frames of each drive that are not timed; its tracker's first one, which has no past, is among them."""


class StageCost(BaseModel):
    """One step of a frame, in milliseconds.

    Attributes:
        wall: percentiles by the clock.
        wall_mean: mean by the clock.
        core_ms: median of the core-milliseconds.
        core_mean: mean of the core-milliseconds.
    """

    wall: LatencyPercentiles
    wall_mean: float
    core_ms: float
    core_mean: float


class LiveCost(BaseModel):
    """What was measured over some frames.

    Attributes:
        frames: how many were timed.
        view: the step that both have in common.
        tracked: the tracker's refreshes.
        followed, restarted: those of them that continued the previous mixture alone, and those that tried k-means
            too; None without any.
        cold, reference: regions, without a tracker, two ways.
        network, reference_network: probabilities from view and regions.
        frame, reference_frame: view, regions and network in all.
        regions_ratio, frame_ratio: median of the reference over ours, wall clock.
        regions_core_ratio, frame_core_ratio: the same of core-milliseconds.
        regions_amortised_ratio: mean of the reference over ours, wall clock, frames that share a proposal included.
        restart_fraction: of the tracker's refreshes, those that tried k-means.
        likelihood_difference: mean log-likelihood in nats a point: the tracker's mixture less a cold fit, on the same
            keypoints; None where no view has a mixture.
        full_likelihood_difference: the same on all keypoints of the view, where the tracker scales it down: the
            tracker's mixture, which has not seen them, less a cold one that was fitted to them.
        no_mixture: frames without one, such as dark ones.
        agreement: fraction of frames that get the same class with tracked and with cold regions.
    """

    frames: int
    view: StageCost
    tracked: StageCost
    followed: StageCost | None
    restarted: StageCost | None
    cold: StageCost
    reference: StageCost
    network: StageCost
    reference_network: StageCost
    frame: StageCost
    reference_frame: StageCost
    regions_ratio: float
    regions_core_ratio: float
    regions_amortised_ratio: float
    frame_ratio: float
    frame_core_ratio: float
    restart_fraction: float
    likelihood_difference: float | None
    full_likelihood_difference: float | None
    no_mixture: int
    agreement: float


class DriveFigures(LiveCost):
    """The figures of one drive.

    Attributes:
        drive: its file's name.
    """

    drive: str


class LiveBenchmark(LiveCost):
    """All that was measured in one run, and the same by drive.

    Attributes:
        bundle: its name.
        threads: CPU threads of both networks, None for the runtime's default.
        opencv_threads: of OpenCV, for SIFT and scaling, ours and the reference's.
        numeric_threads: of BLAS and OpenMP, for mixtures and k-means, ours and the reference's.
        separate_network: whether the reference ran a network of its own.
        drives: one after the other.
    """

    bundle: str
    threads: int | None
    opencv_threads: int
    numeric_threads: int
    separate_network: bool
    drives: list[DriveFigures]


def live_benchmark(
    bundle: Bundle,
    drives: Sequence[Path],
    *,
    frames: int | None = None,
    threads: int | None = None,
    reference_network: Path | None = None,
    settings: TrackingSettings | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> LiveBenchmark:
    """Time the live path and the reference, frame by frame in turn.

    Args:
        bundle: whose network.
        drives: videos; every one is followed from its first frame by a tracker of its own.
        frames: of each drive, at most, those of the warm-up included; all of them when left out.
        threads: CPU threads of both networks.
        reference_network: an ONNX file for the reference, see above; the bundle's network when left out.
        settings: of the tracker.
        report: called with what is being measured.

    Raises:
        UserError: before anything is measured, when a drive, an engine or the reference network cannot be used.
    """
    if not drives:
        raise UserError("no drive is named: name a recorded one")
    if frames is not None and frames <= WARM_UP:
        raise UserError(f"{frames} frames of each drive are too few: the first {WARM_UP} are not timed")
    for drive in drives:
        with open_video(drive) as video:
            if sum(1 for _ in islice(video, WARM_UP + 1)) <= WARM_UP:
                raise UserError(f"{drive} is no video of more than {WARM_UP} frames: name a recorded drive")
    classifier = Classifier(bundle, open_session(bundle, options=SessionOptions(threads=threads)))
    reference = None if reference_network is None else ReferenceSession(bundle, reference_network, threads)
    measured = [_measure(classifier, reference, drive, frames, settings, report) for drive in drives]
    return LiveBenchmark(
        bundle=bundle.manifest.name,
        threads=threads,
        opencv_threads=cv2.getNumThreads(),
        numeric_threads=NUMERIC_THREADS,
        separate_network=reference is not None,
        drives=[
            DriveFigures(drive=drive.name, **_figures([each])) for drive, each in zip(drives, measured, strict=True)
        ],
        **_figures(measured),
    )


@dataclass
class _Measured:
    """A drive's frames, one entry each in every list.

    Attributes:
        wall, core: seconds of each step.
        refreshed, restarted: whether the tracker looked at the view, and whether it tried k-means.
        likelihoods: differences on the same and on all keypoints; nan without a mixture.
        same: whether tracked and cold regions give the same class.
    """

    wall: dict[str, list[float]] = field(default_factory=dict)
    core: dict[str, list[float]] = field(default_factory=dict)
    refreshed: list[bool] = field(default_factory=list)
    restarted: list[bool] = field(default_factory=list)
    likelihoods: list[tuple[float, float]] = field(default_factory=list)
    same: list[bool] = field(default_factory=list)

    def time(self, step: str, work: Callable[[], Result]) -> Result:
        """Run a step of a frame."""
        result, taken = timed(work)
        self.wall.setdefault(step, []).append(taken.wall)
        self.core.setdefault(step, []).append(taken.core)
        return result


def _measure(
    classifier: Classifier,
    reference: ReferenceSession | None,
    drive: Path,
    frames: int | None,
    settings: TrackingSettings | None,
    report: Callable[[str], None],
) -> _Measured:
    kappa = classifier.manifest.kappa
    tracker = RegionTracker(kappa, settings)
    measured = _Measured()

    def reference_network(view: NDArray[np.uint8], regions: NDArray[np.float32]) -> NDArray[np.float32]:
        if reference is None:
            return classifier.infer(view, regions).probabilities
        return reference.run(view, regions)

    with open_video(drive) as video:
        for frame in islice(video, frames):
            if frame.index % 50 == 0:
                report(f"{drive.name}, frame {frame.index}")
            refreshes, restarts = tracker.refreshes, tracker.restarts
            view = measured.time("view", lambda: classifier.view(frame.pixels))  # noqa: B023 - called at once
            tracked = measured.time("tracked", lambda: tracker.propose(view))  # noqa: B023
            prediction = measured.time("network", lambda: classifier.infer(view, tracked.boxes))  # noqa: B023
            boxes = measured.time("reference", lambda: reference_regions(view, kappa).boxes)  # noqa: B023
            measured.time("reference_network", lambda: reference_network(view, boxes))  # noqa: B023
            found = measured.time("cold", lambda: propose_regions(view, kappa))  # noqa: B023
            measured.refreshed.append(tracker.refreshes > refreshes)
            measured.restarted.append(tracker.restarts > restarts)
            measured.same.append(prediction.activity is classifier.infer(view, found.boxes).activity)
            measured.likelihoods.append(likelihood_differences(tracker, tracked, found.keypoints))
    return measured


def likelihood_differences(
    tracker: RegionTracker, tracked: RegionProposal, keypoints: NDArray[np.float64]
) -> tuple[float, float]:
    """Mean log-likelihood of a tracker's mixture less that of a cold fit, in nats a point; nan without a mixture.

    Args:
        tracker: after the view.
        tracked: what it proposed.
        keypoints: (N, 2) of the whole view.

    Returns:
        On the tracker's own keypoints, and on all of the view's.
    """
    own = fit_mixture(tracked.keypoints, tracker.kappa)
    full = fit_mixture(keypoints, tracker.kappa)
    return (
        float("nan") if isinstance(own, Fallback) else tracker.log_likelihood - own.log_likelihood,
        float("nan") if isinstance(full, Fallback) else tracker.likelihood_of(keypoints) - full.log_likelihood,
    )


def _figures(drives: Sequence[_Measured]) -> dict[str, Any]:
    """The attributes of `LiveCost`, over the frames of some drives."""

    def timed(values: Callable[[_Measured], Sequence[Any]]) -> NDArray[Any]:
        return np.concatenate([np.asarray(values(drive))[WARM_UP:] for drive in drives])

    def cost(*steps: str, only: NDArray[np.bool_] | None = None) -> StageCost | None:
        wall, core = (
            np.sum([timed(lambda drive: getattr(drive, kind)[step]) for step in steps], axis=0)[chosen] * 1e3  # noqa: B023
            for chosen in (slice(None) if only is None else only,)
            for kind in ("wall", "core")
        )
        if not len(wall):
            return None
        return StageCost(
            wall=LatencyPercentiles.of(wall / 1e3),
            wall_mean=float(wall.mean()),
            core_ms=float(np.median(core)),
            core_mean=float(core.mean()),
        )

    refreshed, restarted = timed(lambda drive: drive.refreshed), timed(lambda drive: drive.restarted)
    costs = {name: cost(name) for name in ("view", "cold", "reference", "network", "reference_network")}
    costs |= {
        "tracked": cost("tracked", only=refreshed),
        "followed": cost("tracked", only=refreshed & ~restarted),
        "restarted": cost("tracked", only=refreshed & restarted),
        "frame": cost("view", "tracked", "network"),
        "reference_frame": cost("view", "reference", "reference_network"),
    }
    # A tracker may have looked at none of the timed frames, where many share a proposal.
    costs["tracked"] = costs["tracked"] or cost("tracked")
    tracked, reference, every = costs["tracked"], costs["reference"], cost("tracked")
    frame, reference_frame = costs["frame"], costs["reference_frame"]
    assert tracked and reference and every and frame and reference_frame
    likelihoods = np.concatenate([np.asarray(drive.likelihoods) for drive in drives])
    known = [column[~np.isnan(column)] for column in likelihoods.T]
    on_same, on_all = (float(column.mean()) if len(column) else None for column in known)
    return {
        "frames": len(refreshed),
        **costs,
        "regions_ratio": reference.wall.p50 / tracked.wall.p50,
        "regions_core_ratio": reference.core_ms / tracked.core_ms,
        "regions_amortised_ratio": reference.wall_mean / every.wall_mean,
        "frame_ratio": reference_frame.wall.p50 / frame.wall.p50,
        "frame_core_ratio": reference_frame.core_ms / frame.core_ms,
        "restart_fraction": float(restarted[refreshed].mean()) if refreshed.any() else 0.0,
        "likelihood_difference": on_same,
        "full_likelihood_difference": on_all,
        "no_mixture": int(np.isnan(likelihoods[:, 1]).sum()),
        "agreement": float(np.concatenate([drive.same for drive in drives]).mean()),
    }
