"""What a frame costs live, from frame to probabilities: `python -m engines benchmark --live DRIVE.mp4 …`.

Tracked and cold regions are found in every frame in turn, so that whatever else the machine does weighs on both alike.
`calibration.studies.live_reference` measures a reference beside them. Times are wall clock; core-milliseconds are the
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
from engines.regions import NUMERIC_THREADS, Fallback, RegionProposal, fit_mixture, propose_regions
from engines.regions.tracking import RegionTracker, TrackingSettings
from engines.runtimes import SessionOptions, choose

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
        view: a frame cut and scaled.
        tracked: the tracker's refreshes.
        followed, restarted: those of them that continued the previous mixture alone, and those that tried k-means
            too; None without any.
        cold: regions without a tracker.
        network: probabilities from view and regions.
        frame: view, tracked regions and network in all.
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
    network: StageCost
    frame: StageCost
    restart_fraction: float
    likelihood_difference: float | None
    full_likelihood_difference: float | None
    no_mixture: int
    agreement: float


class DriveCost(LiveCost):
    """What was measured over one drive.

    Attributes:
        drive: its file's name.
    """

    drive: str


class LiveBenchmark(LiveCost):
    """All that was measured in one run, and the same by drive.

    Attributes:
        bundle: its name.
        threads: CPU threads of the network, None for the runtime's default.
        opencv_threads: of OpenCV, for SIFT and scaling.
        numeric_threads: of BLAS and OpenMP, for mixtures and k-means.
        drives: one after the other.
        fault: why the network is not to be trusted, see `engines.runtimes.Choice`.
    """

    bundle: str
    threads: int | None
    opencv_threads: int
    numeric_threads: int
    drives: Sequence[DriveCost]
    fault: str | None = None


@dataclass
class MeasuredDrive:
    """A drive's frames, one entry each in every list.

    Attributes:
        drive: its file's name.
        wall, core: seconds of each step.
        refreshed, restarted: whether the tracker looked at the view, and whether it tried k-means.
        likelihoods: differences on the same and on all keypoints; nan without a mixture.
        same: whether tracked and cold regions give the same class.
    """

    drive: str
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


def live_benchmark(
    bundle: Bundle,
    drives: Sequence[Path],
    *,
    frames: int | None = None,
    threads: int | None = None,
    settings: TrackingSettings | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> LiveBenchmark:
    """Time the live path, frame by frame.

    Args:
        bundle: whose network, which looks at regions.
        drives: videos; every one is followed from its first frame by a tracker of its own.
        frames: of each drive, at most, those of the warm-up included; all of them when left out.
        threads: CPU threads of the network.
        settings: of the tracker.
        report: called with what is being measured.

    Raises:
        UserError: before anything is measured, when a drive or the engine cannot be used.
    """
    check_drives(drives, frames)
    choice = choose(bundle, "onnxruntime", "fp32", SessionOptions(threads=threads), refuse_faults=False)
    classifier = Classifier(bundle, choice.session)
    measured = [measure_drive(classifier, drive, frames, settings, report) for drive in drives]
    return LiveBenchmark(
        **conditions(bundle, threads),
        fault=choice.fault,
        drives=[DriveCost(drive=each.drive, **live_figures([each])) for each in measured],
        **live_figures(measured),
    )


def check_drives(drives: Sequence[Path], frames: int | None) -> None:
    """Raise `UserError` unless each of at least one drive has frames beyond the warm-up."""
    if not drives:
        raise UserError("no drive is named: name a recorded one")
    if frames is not None and frames <= WARM_UP:
        raise UserError(f"{frames} frames of each drive are too few: the first {WARM_UP} are not timed")
    for drive in drives:
        with open_video(drive) as video:
            if sum(1 for _ in islice(video, WARM_UP + 1)) <= WARM_UP:
                raise UserError(f"{drive} is no video of more than {WARM_UP} frames: name a recorded drive")


def measure_drive(
    classifier: Classifier,
    drive: Path,
    frames: int | None,
    settings: TrackingSettings | None,
    report: Callable[[str], None],
    beside: Callable[[MeasuredDrive, NDArray[np.uint8]], object] = lambda _drive, _view: None,
) -> MeasuredDrive:
    """Time every frame of a drive.

    Args:
        classifier: whose network.
        drive, frames, settings, report: as of `live_benchmark`.
        beside: times further steps, which get every view (S, S, 3) in turn with ours.
    """
    tracker = RegionTracker(classifier.manifest.kappa, settings)
    measured = MeasuredDrive(drive.name)
    with open_video(drive) as video:
        for frame in islice(video, frames):
            if frame.index % 50 == 0:
                report(f"{drive.name}, frame {frame.index}")
            refreshes, restarts = tracker.refreshes, tracker.restarts
            view = measured.time("view", lambda: classifier.view(frame.pixels))  # noqa: B023 - called at once
            tracked = measured.time("tracked", lambda: tracker.propose(view))  # noqa: B023
            prediction = measured.time("network", lambda: classifier.infer(view, tracked.boxes))  # noqa: B023
            beside(measured, view)
            found = measured.time("cold", lambda: propose_regions(view, tracker.kappa))  # noqa: B023
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


def conditions(bundle: Bundle, threads: int | None) -> dict[str, Any]:
    """The attributes of `LiveBenchmark` that say what was measured with."""
    return {
        "bundle": bundle.manifest.name,
        "threads": threads,
        "opencv_threads": cv2.getNumThreads(),
        "numeric_threads": NUMERIC_THREADS,
    }


def live_figures(drives: Sequence[MeasuredDrive]) -> dict[str, Any]:
    """The attributes of `LiveCost`, over the frames of some drives."""
    refreshed, restarted = (
        np.concatenate([getattr(drive, name)[WARM_UP:] for drive in drives]) for name in ("refreshed", "restarted")
    )
    likelihoods = np.concatenate([np.asarray(drive.likelihoods) for drive in drives])
    known = [column[~np.isnan(column)] for column in likelihoods.T]
    on_same, on_all = (float(column.mean()) if len(column) else None for column in known)
    return {
        "frames": len(refreshed),
        **{name: stage_cost(drives, name) for name in ("view", "cold", "network")},
        # A tracker may have looked at none of the timed frames, where many share a proposal.
        "tracked": stage_cost(drives, "tracked", only=refreshed if refreshed.any() else None),
        "followed": stage_cost(drives, "tracked", only=refreshed & ~restarted),
        "restarted": stage_cost(drives, "tracked", only=refreshed & restarted),
        "frame": stage_cost(drives, "view", "tracked", "network"),
        "restart_fraction": float(restarted[refreshed].mean()) if refreshed.any() else 0.0,
        "likelihood_difference": on_same,
        "full_likelihood_difference": on_all,
        "no_mixture": int(np.isnan(likelihoods[:, 1]).sum()),
        "agreement": float(np.concatenate([drive.same for drive in drives]).mean()),
    }


def stage_cost(drives: Sequence[MeasuredDrive], *steps: str, only: NDArray[np.bool_] | None = None) -> StageCost | None:
    """What some steps of a frame cost together, over the timed frames or those of `only`; None without any."""
    wall, core = (
        np.sum([np.concatenate([getattr(drive, kind)[step][WARM_UP:] for drive in drives]) for step in steps], axis=0)
        for kind in ("wall", "core")
    )
    if only is not None:
        wall, core = wall[only], core[only]
    if not len(wall):
        return None
    return StageCost(
        wall=LatencyPercentiles.of(wall),
        wall_mean=float(wall.mean() * 1e3),
        core_ms=float(np.median(core) * 1e3),
        core_mean=float(core.mean() * 1e3),
    )
