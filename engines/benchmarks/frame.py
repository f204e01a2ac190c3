"""What a frame costs by network, from frame to probabilities.

`python -m engines benchmark BUNDLE --live DRIVE.mp4 --against-bundle OTHER`.

Every frame is classified by each bundle in turn, as the monitor does it: with tracked regions where the network looks
at any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engines.benchmarks.live import WARM_UP, check_drives
from engines.benchmarks.timing import LatencyPercentiles, timed
from engines.bundles.bundle import Bundle
from engines.classifier import Classifier
from engines.files.video import open_video
from engines.regions.tracking import RegionTracker
from engines.runtimes import SessionOptions, choose


class FrameCost(BaseModel):
    """What one bundle's frames cost, by the clock.

    Attributes:
        bundle: its name.
        view, network, frame: a frame cut and scaled; the network; all steps together.
        regions: tracked ones; None where the network is given none.
        fault: why the network is not to be trusted, see `engines.runtimes.Choice`.
    """

    bundle: str
    view: LatencyPercentiles
    regions: LatencyPercentiles | None
    network: LatencyPercentiles
    frame: LatencyPercentiles
    fault: str | None


class FrameBenchmark(BaseModel):
    """All bundles over the same frames.

    Attributes:
        frames: how many were timed.
        threads: CPU threads of the networks, None for the runtime's default.
        costs: one entry a bundle.
        ratio: the first bundle's median frame over the second's; None for one bundle.
    """

    frames: int
    threads: int | None
    costs: list[FrameCost]
    ratio: float | None


@dataclass
class _Timed:
    """A bundle's network, and the seconds of each step by frame."""

    name: str
    classifier: Classifier
    fault: str | None
    tracker: RegionTracker | None = None
    steps: dict[str, list[float]] = field(default_factory=lambda: {"view": [], "regions": [], "network": []})

    def begin(self) -> None:
        """Another drive."""
        manifest = self.classifier.manifest
        self.tracker = RegionTracker(manifest.kappa) if manifest.uses_regions else None

    def classify(self, pixels: NDArray[np.uint8], *, counts: bool) -> None:
        """Time the steps of a frame."""
        finder = self.tracker or self.classifier
        view, view_s = timed(lambda: self.classifier.view(pixels))
        found, regions_s = timed(lambda: finder.propose(view))
        _, network_s = timed(lambda: self.classifier.infer(view, found.boxes))
        if counts:
            for step, seconds in zip(self.steps.values(), (view_s, regions_s, network_s), strict=True):
                step.append(seconds.wall)

    def cost(self) -> FrameCost:
        """Of all frames that count."""
        view, regions, network = (LatencyPercentiles.of(seconds) for seconds in self.steps.values())
        return FrameCost(
            bundle=self.name,
            view=view,
            regions=regions if self.classifier.manifest.uses_regions else None,
            network=network,
            frame=LatencyPercentiles.of(np.sum(list(self.steps.values()), axis=0)),
            fault=self.fault,
        )


def frame_benchmark(
    bundles: Sequence[Bundle],
    drives: Sequence[Path],
    *,
    frames: int | None = None,
    threads: int | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> FrameBenchmark:
    """Time bundles in turn.

    Args:
        bundles: one, or two to compare.
        drives: videos, each followed from its first frame.
        frames: of each drive, at most, those of the warm-up included; all of them when left out.
        threads: CPU threads of the networks.
        report: called with what is being measured.

    Raises:
        UserError: before anything is measured, when a drive or an engine cannot be used.
    """
    check_drives(drives, frames)
    options = SessionOptions(threads=threads)
    works = []
    for bundle in bundles:
        choice = choose(bundle, "onnxruntime", "fp32", options, refuse_faults=False)
        works.append(_Timed(bundle.manifest.name, Classifier(bundle, choice.session), choice.fault))
    for drive in drives:
        for work in works:
            work.begin()
        with open_video(drive) as video:
            for frame in islice(video, frames):
                if frame.index % 50 == 0:
                    report(f"{drive.name}, frame {frame.index}")
                for work in works:
                    work.classify(frame.pixels, counts=frame.index >= WARM_UP)
    costs = [work.cost() for work in works]
    return FrameBenchmark(
        frames=len(works[0].steps["view"]),
        threads=threads,
        costs=costs,
        ratio=costs[0].frame.p50 / costs[1].frame.p50 if len(costs) > 1 else None,
    )
