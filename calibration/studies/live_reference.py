"""What a frame costs live beside a reference.

`python -m calibration.studies.live_reference write --output FILE.onnx`, and
`python -m calibration.studies.live_reference compare DRIVE.mp4 … --network FILE.onnx`.

The reference finds regions as one would write it down: `detectAndCompute`, descriptors included, and scikit-learn's
mixture from k-means in every frame. Its network is AG-Net's equations as printed, which `write` puts into an ONNX file,
or else the bundle's own. Both sides see every frame in turn, with the same threads, so that whatever else the machine
does weighs on both alike.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.studies.reference_network import ReferenceSession, write_reference_network
from engines.benchmarks.live import (
    LiveBenchmark,
    LiveCost,
    MeasuredDrive,
    StageCost,
    check_drives,
    conditions,
    live_figures,
    measure_drive,
    stage_cost,
)
from engines.benchmarks.tables import drive_table, stage_table
from engines.bundles.bundle import Bundle
from engines.bundles.manifest import DEFAULT_BUNDLE
from engines.classifier import Classifier
from engines.command import positive_number, run_command
from engines.command_parser import CommandParser
from engines.files.console import PrintableConsole
from engines.files.output import prepare_file, write_atomic
from engines.regions.tracking import TrackingSettings
from engines.runtimes import SessionOptions, open_session
from train.studies.reference_regions import reference_regions


class ComparedCost(LiveCost):
    """Ours, and the reference.

    Attributes:
        reference, reference_network, reference_frame: its regions, its network, and a frame in all.
        regions_ratio, frame_ratio: median of the reference over ours, wall clock.
        regions_core_ratio, frame_core_ratio: the same of core-milliseconds.
        regions_amortised_ratio: mean of the reference over ours, wall clock, frames that share a proposal included.
    """

    reference: StageCost
    reference_network: StageCost
    reference_frame: StageCost
    regions_ratio: float
    regions_core_ratio: float
    regions_amortised_ratio: float
    frame_ratio: float
    frame_core_ratio: float


class ComparedDrive(ComparedCost):
    """What was measured over one drive.

    Attributes:
        drive: its file's name.
    """

    drive: str


class LiveComparison(ComparedCost, LiveBenchmark):
    """All that was measured in one run, and the same by drive.

    Attributes:
        separate_network: whether the reference ran a network of its own.
        drives: one after the other.
    """

    separate_network: bool
    drives: Sequence[ComparedDrive]  # type: ignore[assignment]


def compare(
    bundle: Bundle,
    drives: Sequence[Path],
    *,
    frames: int | None = None,
    threads: int | None = None,
    network: Path | None = None,
    settings: TrackingSettings | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> LiveComparison:
    """Time the live path and the reference, frame by frame in turn.

    Args:
        bundle, drives, frames, settings, report: as of `live_benchmark`.
        threads: CPU threads of both networks.
        network: an ONNX file for the reference; the bundle's network when left out.

    Raises:
        UserError: before anything is measured, when a drive, an engine or the reference network cannot be used.
    """
    check_drives(drives, frames)
    classifier = Classifier(bundle, open_session(bundle, options=SessionOptions(threads=threads)))
    reference = None if network is None else ReferenceSession(bundle, network, threads)

    def run_network(view: NDArray[np.uint8], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        return classifier.infer(view, boxes).probabilities if reference is None else reference.run(view, boxes)

    def run_reference(measured: MeasuredDrive, view: NDArray[np.uint8]) -> None:
        boxes = measured.time("reference", lambda: reference_regions(view, bundle.manifest.kappa).boxes)
        measured.time("reference_network", lambda: run_network(view, boxes))

    measured = [measure_drive(classifier, drive, frames, settings, report, run_reference) for drive in drives]
    return LiveComparison(
        **conditions(bundle, threads),
        separate_network=reference is not None,
        drives=[ComparedDrive(drive=each.drive, **_figures([each])) for each in measured],
        **_figures(measured),
    )


def _figures(drives: Sequence[MeasuredDrive]) -> dict[str, Any]:
    """The attributes of `ComparedCost`, over the frames of some drives."""
    figures = live_figures(drives)
    tracked, frame, every = figures["tracked"], figures["frame"], stage_cost(drives, "tracked")
    regions, network = stage_cost(drives, "reference"), stage_cost(drives, "reference_network")
    in_all = stage_cost(drives, "view", "reference", "reference_network")
    assert regions and in_all and every
    return figures | {
        "reference": regions,
        "reference_network": network,
        "reference_frame": in_all,
        "regions_ratio": regions.wall.p50 / tracked.wall.p50,
        "regions_core_ratio": regions.core_ms / tracked.core_ms,
        "regions_amortised_ratio": regions.wall_mean / every.wall_mean,
        "frame_ratio": in_all.wall.p50 / frame.wall.p50,
        "frame_core_ratio": in_all.core_ms / frame.core_ms,
    }


def _show(result: LiveComparison) -> None:
    out = PrintableConsole()
    stages = (
        ("reference: regions", result.reference),
        ("reference: network", result.reference_network),
        ("reference: frame to probabilities", result.reference_frame),
    )
    out.print(stage_table(result, stages))
    ratios: tuple[tuple[str, Callable[[Any], str]], ...] = (
        ("reference: regions, ms: p50", lambda each: f"{each.reference.wall.p50:.2f}"),
        ("mean", lambda each: f"{each.reference.wall_mean:.2f}"),
        ("regions: times as fast, medians", lambda each: f"{each.regions_ratio:.1f}"),
        ("by means", lambda each: f"{each.regions_amortised_ratio:.1f}"),
        ("less CPU time", lambda each: f"{each.regions_core_ratio:.1f}"),
        ("frame: times as fast, medians", lambda each: f"{each.frame_ratio:.1f}"),
        ("less CPU time", lambda each: f"{each.frame_core_ratio:.1f}"),
    )
    out.print(drive_table(result, ratios))
    print(f"network of the reference: {'equations as printed' if result.separate_network else 'that of the bundle'}")
    print(
        f"regions: {result.regions_ratio:.1f} times as fast as the reference (medians; "
        f"{result.regions_amortised_ratio:.1f} by means), {result.regions_core_ratio:.1f} times less CPU time"
    )
    print(
        f"frame: {result.frame_ratio:.1f} times as fast as the reference (medians), "
        f"{result.frame_core_ratio:.1f} times less CPU time"
    )


def _write(args: argparse.Namespace) -> None:
    prepare_file(args.output)
    difference = write_reference_network(Bundle.open(args.bundle), args.output)
    print(f"{args.output}: probabilities within {difference:.1g} of the bundle's")


def _compare(args: argparse.Namespace) -> None:
    if args.json:
        prepare_file(args.json)
    bundle = Bundle.open(args.bundle)
    with PrintableConsole(stderr=True).status("measuring") as status:
        result = compare(
            bundle, args.drives, frames=args.frames, threads=args.threads, network=args.network, report=status.update
        )
    if args.json:
        write_atomic(args.json, json.dumps(result.model_dump()) + "\n")
    _show(result)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the reference's network, or compare."""
    parser = CommandParser(
        prog="python -m calibration.studies.live_reference", description="A frame's cost beside a reference."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    write = commands.add_parser("write", help="a bundle's network, as the equations are printed")
    write.add_argument("--output", type=Path, required=True, metavar="FILE")
    write.set_defaults(run=_write)
    comparison = commands.add_parser("compare", help="the live path and the reference, in turn")
    comparison.add_argument("drives", nargs="+", type=Path, metavar="DRIVE", help="videos")
    comparison.add_argument("--network", type=Path, metavar="FILE", help="from write (the bundle's own)")
    comparison.add_argument("--frames", type=positive_number, metavar="N", help="of each drive, at most (all)")
    comparison.add_argument("--threads", type=positive_number, metavar="N", help="CPU threads of both networks")
    comparison.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    comparison.set_defaults(run=_compare)
    for command in (write, comparison):
        command.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, metavar="DIR", help="(the shipped one)")
    args = parser.parse_args(argv)
    args.run(args)
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
