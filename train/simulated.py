"""Simulated drivers: images to train on, and drives to show the monitor, from geometry alone.

``python -m train.simulated dataset`` writes labelled images in State Farm's layout, ``drive`` a video with its
labels; ``stream`` is a live camera for tests, ``sheet`` a page of images to try on people, and ``views`` are
those that every bundle is tried on. The parts lie in
`train.simulation`.

Cars to judge on, which nothing trains on, are made by holding out interiors: ``dataset --split val --interiors NAME…
--elsewhere`` draws drivers of the validation split in these interiors only, in seats and before cameras outside the
ranges of all other data sets (`Appearance.elsewhere`), and ``dataset --without-interiors NAME…`` leaves the interiors
out of what is trained on. An interior goes with a driver, so both options choose among the split's drivers.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path

from engines.command import (
    frame_rate,
    image_size,
    port_number,
    positive_number,
    run_command,
    seconds_between,
    whole_number,
)
from engines.command_parser import CommandParser
from engines.errors import UserError
from train.simulation.acting.faults import Fault, FaultKind
from train.simulation.acting.near_misses import NearMiss
from train.simulation.acting.recording import SimulatedDrive
from train.simulation.acting.script import (
    LONGEST_S,
    SHORTEST_S,
    NearMissEvent,
    demo_script,
    read_script,
    script_for_drive,
)
from train.simulation.appearance import (
    DEMO_SEED,
    DEMO_SEEDS,
    TRAINING_SEEDS,
    VALIDATION_SEEDS,
    Appearance,
    cohort_of,
)
from train.simulation.interiors import INTERIORS
from train.simulation.output.bundle_views import write_views
from train.simulation.output.dataset import DatasetPlan, write_dataset
from train.simulation.output.drive import events_path, write_drive
from train.simulation.output.sheet import write_sheet
from train.simulation.output.stream import LiveStream
from train.simulation.output.timed import parse_timed

_SMALLEST, _LARGEST = 64, 2048  # pixels; the cabin is drawn at twice the size


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=positive_number, default=os.cpu_count() or 1, metavar="N", help="processes")


def _add_size(parser: argparse.ArgumentParser, size: tuple[int, int]) -> None:
    text = f"pixels, at most {_LARGEST}x{_LARGEST} ({size[0]}x{size[1]})"
    parser.add_argument("--size", type=image_size(_SMALLEST, _LARGEST), default=size, metavar="WxH", help=text)


def _add_recording(parser: argparse.ArgumentParser, size: tuple[int, int]) -> None:
    """What a recording holds: a drive's and a stream's options."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--demo", action="store_true", help="the demo drive: 104 s with every activity")
    what.add_argument("--script", type=Path, metavar="FILE.csv", help="a label file to act out: start_s,end_s,activity")
    what.add_argument(
        "--duration",
        type=seconds_between(SHORTEST_S, LONGEST_S),
        metavar="S",
        help="length in seconds of a random drive (120)",
    )
    parser.add_argument(
        "--seed", type=whole_number, metavar="SEED", help=f"who drives and how (the demo driver, {DEMO_SEED})"
    )
    kinds = ", ".join(kind.value for kind in FaultKind)
    parser.add_argument(
        "--fault", action="append", default=[], metavar="KIND@START-END", help=f"a fault of the camera: {kinds}"
    )
    kinds = ", ".join(kind.value for kind in NearMiss)
    near = parser.add_mutually_exclusive_group()
    near.add_argument(
        "--near-miss",
        action="append",
        metavar="KIND@START-END",
        help=f"instead of the script's near misses, during C0: {kinds}",
    )
    near.add_argument("--no-near-misses", action="store_true", help="none at all")
    parser.add_argument(
        "--drive-side", choices=("left", "right"), default="left", help="where the steering wheel is (left)"
    )
    parser.add_argument(
        "--fps", type=frame_rate, default=Fraction(12), metavar="N", help="frames per second, 1 to 60, or 29.97 (12)"
    )
    _add_size(parser, size)


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(prog="python -m train.simulated", description="Simulated drivers, C0 to C9.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    dataset = commands.add_parser("dataset", help="labelled images in State Farm's layout")
    dataset.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder of the data set")
    who = dataset.add_mutually_exclusive_group()
    who.add_argument(
        "--drivers", type=positive_number, default=20, metavar="N", help="the split's first N drivers (20)"
    )
    who.add_argument("--seeds", type=whole_number, nargs="+", metavar="SEED", help="these drivers of the split")
    dataset.add_argument("--images-per-class", type=positive_number, default=30, metavar="N", help="per driver (30)")
    dataset.add_argument("--split", choices=("train", "val"), default="train", help="which drivers (train)")
    dataset.add_argument(
        "--drive-side", choices=("left", "right", "both"), default="left", help="where the steering wheel is (left)"
    )
    names = [interior.name for interior in INTERIORS]
    cars = dataset.add_mutually_exclusive_group()
    cars.add_argument(
        "--interiors", nargs="+", choices=names, metavar="NAME", help=f"these cars only: {', '.join(names)}"
    )
    cars.add_argument(
        "--without-interiors", nargs="+", choices=names, default=[], metavar="NAME", help="all cars but these"
    )
    dataset.add_argument(
        "--elsewhere", action="store_true", help="seats and cameras outside the ranges of all other data sets"
    )
    _add_size(dataset, (320, 240))
    _add_workers(dataset)
    dataset.set_defaults(run=_run_dataset)

    drive = commands.add_parser("drive", help="a video of a drive, its labels, its near misses and faults")
    drive.add_argument("--output", type=Path, required=True, metavar="FILE.mp4", help="the video, H.264")
    drive.add_argument("--labels", type=Path, metavar="FILE.csv", help="the labels (beside the video)")
    _add_recording(drive, (640, 480))
    _add_workers(drive)
    drive.set_defaults(run=_run_drive)

    stream = commands.add_parser("stream", help="a live camera on this machine, Motion JPEG over HTTP")
    stream.add_argument("--port", type=port_number, default=8090, metavar="N", help="0 for any free one (8090)")
    stream.add_argument("--loop", action="store_true", help="begin again at the end, until Ctrl-C")
    _add_recording(stream, (320, 240))
    stream.set_defaults(run=_run_stream)

    sheet = commands.add_parser("sheet", help="random images without labels on one page, the labels apart")
    sheet.add_argument("--output", type=Path, required=True, metavar="FILE.png", help="the page")
    sheet.add_argument("--labels", type=Path, metavar="FILE.csv", help="the labels (FILE.labels.csv)")
    sheet.add_argument("--count", type=positive_number, default=50, metavar="N", help="images, at most 500 (50)")
    sheet.add_argument("--columns", type=positive_number, default=5, metavar="N", help="images side by side (5)")
    sheet.add_argument("--seed", type=whole_number, default=0, metavar="SEED", help="which images (0)")
    sheet.add_argument(
        "--as-dataset",
        action="store_true",
        help="moments as of a data set, not any moment of random drives: all activities as often, all recognisable",
    )
    _add_size(sheet, (320, 240))
    _add_workers(sheet)
    sheet.set_defaults(run=_run_sheet)

    views = commands.add_parser("views", help="the views that every bundle is tried on, drawn again")
    views.add_argument("--output", type=Path, required=True, metavar="DIR", help="engines/bundles/views, or another")
    views.set_defaults(run=_run_views)
    return parser


def _dataset_seeds(arguments: argparse.Namespace) -> tuple[int, ...]:
    cohort = TRAINING_SEEDS if arguments.split == "train" else VALIDATION_SEEDS
    wanted = {interior.name for interior in INTERIORS} - set(arguments.without_interiors)
    if arguments.interiors is not None:
        wanted = set(arguments.interiors)
    if not wanted:
        raise UserError("--without-interiors leaves no interior: name fewer")
    if arguments.seeds is None:
        if arguments.drivers > len(cohort):
            raise UserError(f"the split {arguments.split} has {len(cohort)} drivers: ask for fewer")
        chosen = tuple(islice((seed for seed in cohort if _interior(seed) in wanted), arguments.drivers))
        if arguments.drivers > len(chosen):
            raise UserError(f"{len(chosen)} drivers of the split {arguments.split} have these cars: ask for fewer")
        return chosen
    strangers = [seed for seed in arguments.seeds if seed not in cohort]
    if strangers:
        raise UserError(
            f"seed {strangers[0]} is no {arguments.split} driver: choose from {cohort.start} to {cohort.stop - 1}"
        )
    others = [seed for seed in arguments.seeds if _interior(seed) not in wanted]
    if others:
        raise UserError(
            f"driver {others[0]} has the interior {_interior(others[0])}, which is not asked for: "
            "leave the seed out, or choose --drivers instead of --seeds"
        )
    return tuple(dict.fromkeys(arguments.seeds))


def _interior(seed: int) -> str:
    """The name of the interior that a driver sits in."""
    return Appearance.from_seed(seed).cabin.interior.name


def _run_dataset(arguments: argparse.Namespace) -> int:
    plan = DatasetPlan(
        _dataset_seeds(arguments),
        arguments.images_per_class,
        arguments.size,
        arguments.drive_side,
        arguments.elsewhere,
    )
    written = write_dataset(arguments.output, plan, arguments.workers)
    drivers = _counted(len(plan.seeds), "driver")
    print(f"{_counted(written.there, 'image')} of {drivers} in {arguments.output} ({written.drawn} drawn now)")
    if written.left_out:
        images = _counted(written.left_out, "image")
        print(f"{images} left out: from where the camera is, what the driver does is not recognisable")
    return 0


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _refuse_same(**files: Path | None) -> None:
    """Raises `UserError` when two of the files are one, so that nothing is written over what is read or written."""
    known: dict[Path, str] = {}
    for name, path in files.items():
        if path is None:
            continue
        target = path.resolve()
        if target in known:
            raise UserError(f"{path} would be the {known[target]} and the {name} as well: give them different names")
        known[target] = name


def _who(seed: int) -> str:
    """The driver and the split of that driver; warns where a network may have been trained on him or her."""
    cohort = cohort_of(seed)
    if cohort == "training":
        print(
            f"warning: driver {seed} is in the training split, so results on this drive flatter a network trained on"
            f" it; the demo's drivers are {DEMO_SEEDS.start} to {DEMO_SEEDS.stop - 1}",
            file=sys.stderr,
        )
    return f"driver {seed} ({cohort} split)"


def _recording(arguments: argparse.Namespace) -> SimulatedDrive:
    seed = DEMO_SEED if arguments.seed is None else arguments.seed
    if arguments.demo:
        script = demo_script()
    elif arguments.script is not None:
        script = read_script(arguments.script)
    else:
        script = script_for_drive(seed, arguments.duration or 120.0)
    if arguments.no_near_misses:
        script = script.with_near_misses([])
    elif arguments.near_miss is not None:
        named = (parse_timed(text, NearMiss) for text in arguments.near_miss)
        script = script.with_near_misses([NearMissEvent(start, end, kind) for kind, start, end in named])
    wrong = (parse_timed(text, FaultKind) for text in arguments.fault)
    faults = tuple(Fault(start, end, kind) for kind, start, end in wrong)
    return SimulatedDrive(seed, script, arguments.fps, arguments.size, faults, arguments.drive_side)


def _run_drive(arguments: argparse.Namespace) -> int:
    if arguments.output.suffix.lower() != ".mp4":
        raise UserError(f"the video is an MP4 file, not {arguments.output.name}: end --output in .mp4")
    labels = arguments.labels or arguments.output.with_suffix(".csv")
    _refuse_same(video=arguments.output, labels=labels, events=events_path(labels), script=arguments.script)
    recording = _recording(arguments)
    who = _who(recording.seed)
    size = write_drive(arguments.output, labels, recording, arguments.workers)
    print(
        f"{recording.script.duration_s:g} s in {arguments.output} ({size / 1e6:.1f} MB), labels in {labels},"
        f" near misses and faults in {events_path(labels)}; {who}"
    )
    return 0


def _run_stream(arguments: argparse.Namespace) -> int:
    recording = _recording(arguments)
    with LiveStream(recording, arguments.port, loop=arguments.loop) as stream:
        until = "Ctrl-C" if arguments.loop else "the drive ends"
        print(f"{stream.url} until {until}; {_who(recording.seed)}", flush=True)
        stream.wait()
    return 0


def _run_views(arguments: argparse.Namespace) -> int:
    written = write_views(arguments.output)
    print(f"{len(written)} views in {arguments.output}")
    return 0


def _run_sheet(arguments: argparse.Namespace) -> int:
    if arguments.output.suffix.lower() != ".png":
        raise UserError(f"the page is a PNG file, not {arguments.output.name}: end --output in .png")
    if arguments.count > 500:
        raise UserError(f"--count {arguments.count} is too many for one page: ask for at most 500")
    labels = arguments.labels or arguments.output.with_suffix(".labels.csv")
    _refuse_same(page=arguments.output, labels=labels)
    columns = min(arguments.columns, arguments.count)
    write_sheet(
        arguments.output,
        labels,
        arguments.count,
        arguments.seed,
        arguments.size,
        columns,
        arguments.workers,
        as_dataset=arguments.as_dataset,
    )
    print(f"{_counted(arguments.count, 'image')} in {arguments.output}, the labels in {labels}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    arguments = _parser().parse_args(argv)
    code: int = arguments.run(arguments)
    return code


if __name__ == "__main__":
    sys.exit(run_command(main))
