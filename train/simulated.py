"""Simulated drivers: pictures to train on, and drives to show the monitor, from geometry alone.

``python -m train.simulated dataset`` writes labelled pictures in State Farm's layout, ``drive`` a video with its
labels; ``stream`` is a live camera for tests, and ``sheet`` a page of pictures to try on people. The parts lie in
`train.simulation`; this module is their front door.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from engines.errors import UserError, run_command
from train.arguments import positive_number, whole_number
from train.simulation.appearance import DEMO_SEED, DEMO_SEEDS, TRAINING_SEEDS, VALIDATION_SEEDS, Appearance
from train.simulation.dataset import DatasetPlan, write_dataset
from train.simulation.drive import events_path, write_drive
from train.simulation.driver import SimulatedDriver
from train.simulation.faults import Fault, FaultKind
from train.simulation.motion import Pose
from train.simulation.near_misses import NearMiss
from train.simulation.recording import Recording
from train.simulation.render import render_frame
from train.simulation.script import (
    LONGEST_S,
    SHORTEST_S,
    NearMissEvent,
    Script,
    Segment,
    demo_script,
    read_script,
    script_for_drive,
)
from train.simulation.sheet import write_sheet
from train.simulation.stream import LiveStream
from train.simulation.timed import parse_timed

__all__ = [
    "DEMO_SEED",
    "DEMO_SEEDS",
    "TRAINING_SEEDS",
    "VALIDATION_SEEDS",
    "Appearance",
    "Fault",
    "FaultKind",
    "LiveStream",
    "NearMiss",
    "NearMissEvent",
    "Pose",
    "Recording",
    "Script",
    "Segment",
    "SimulatedDriver",
    "demo_script",
    "main",
    "render_frame",
    "script_for_drive",
]


def _size(text: str) -> tuple[int, int]:
    """Width and height of ``320x240``; even, as video needs it."""
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 320x240")
    width, height = int(parts[0]), int(parts[1])
    if not (64 <= width <= 4096 and 64 <= height <= 4096) or width % 2 or height % 2:
        raise argparse.ArgumentTypeError("width and height must be even numbers from 64 to 4096")
    return width, height


def _fps(text: str) -> int:
    rate = positive_number(text)
    if rate > 60:
        raise argparse.ArgumentTypeError("at most 60 frames per second")
    return rate


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length from {SHORTEST_S:g} to {LONGEST_S:g} seconds")
    return seconds


def _port(text: str) -> int:
    port = whole_number(text)
    if port > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return port


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=positive_number, default=os.cpu_count() or 1, metavar="N", help="processes")


def _add_size(parser: argparse.ArgumentParser, size: tuple[int, int]) -> None:
    parser.add_argument("--size", type=_size, default=size, metavar="WxH", help=f"pixels ({size[0]}x{size[1]})")


def _add_recording(parser: argparse.ArgumentParser, size: tuple[int, int]) -> None:
    """What a recording holds: a drive's and a stream's options."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--demo", action="store_true", help="the demo drive: 104 s with every activity")
    what.add_argument("--script", type=Path, metavar="FILE.csv", help="a label file to act out: start_s,end_s,activity")
    what.add_argument("--duration", type=_seconds, metavar="S", help="length in seconds of a random drive (120)")
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
        help=f"instead of the script's own near misses, during C0: {kinds}",
    )
    near.add_argument("--no-near-misses", action="store_true", help="none at all")
    parser.add_argument(
        "--drive-side", choices=("left", "right"), default="left", help="where the steering wheel is (left)"
    )
    parser.add_argument("--fps", type=_fps, default=12, metavar="N", help="frames per second, 1 to 60 (12)")
    _add_size(parser, size)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train.simulated", description="Simulated drivers, C0 to C9.")
    commands = parser.add_subparsers(dest="command", required=True)

    dataset = commands.add_parser("dataset", help="labelled pictures in State Farm's layout")
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
    stream.add_argument("--port", type=_port, default=8090, metavar="N", help="0 for any free one (8090)")
    stream.add_argument("--loop", action="store_true", help="begin again at the end, until Ctrl-C")
    _add_recording(stream, (320, 240))
    stream.set_defaults(run=_run_stream)

    sheet = commands.add_parser("sheet", help="random pictures without labels on one page, the answers apart")
    sheet.add_argument("--output", type=Path, required=True, metavar="FILE.png", help="the page")
    sheet.add_argument("--answers", type=Path, metavar="FILE.csv", help="the answers (FILE.answers.csv)")
    sheet.add_argument("--count", type=positive_number, default=50, metavar="N", help="pictures, at most 500 (50)")
    sheet.add_argument("--columns", type=positive_number, default=5, metavar="N", help="pictures side by side (5)")
    sheet.add_argument("--seed", type=whole_number, default=0, metavar="SEED", help="which pictures (0)")
    _add_size(sheet, (320, 240))
    _add_workers(sheet)
    sheet.set_defaults(run=_run_sheet)
    return parser


def _dataset_seeds(arguments: argparse.Namespace) -> tuple[int, ...]:
    cohort = TRAINING_SEEDS if arguments.split == "train" else VALIDATION_SEEDS
    if arguments.seeds is None:
        if arguments.drivers > len(cohort):
            raise UserError(f"the split {arguments.split} has {len(cohort)} drivers: ask for fewer")
        return tuple(cohort[: arguments.drivers])
    strangers = [seed for seed in arguments.seeds if seed not in cohort]
    if strangers:
        raise UserError(
            f"seed {strangers[0]} is no {arguments.split} driver: choose from {cohort.start} to {cohort.stop - 1}"
        )
    return tuple(dict.fromkeys(arguments.seeds))


def _run_dataset(arguments: argparse.Namespace) -> int:
    plan = DatasetPlan(_dataset_seeds(arguments), arguments.images_per_class, arguments.size, arguments.drive_side)
    drawn = write_dataset(arguments.output, plan, arguments.workers)
    total = len(plan.seeds) * plan.images_per_class * 10
    print(f"{total} pictures of {len(plan.seeds)} drivers in {arguments.output} ({drawn} drawn now)")
    return 0


def _recording(arguments: argparse.Namespace) -> Recording:
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
    return Recording(seed, script, arguments.fps, arguments.size, faults, arguments.drive_side)


def _run_drive(arguments: argparse.Namespace) -> int:
    if arguments.output.suffix.lower() != ".mp4":
        raise UserError(f"the video is an MP4 file, not {arguments.output.name}: end --output in .mp4")
    labels = arguments.labels or arguments.output.with_suffix(".csv")
    recording = _recording(arguments)
    size = write_drive(arguments.output, labels, recording, arguments.workers)
    print(
        f"{recording.script.duration_s:g} s in {arguments.output} ({size / 1e6:.1f} MB), labels in {labels},"
        f" near misses and faults in {events_path(labels)}"
    )
    return 0


def _run_stream(arguments: argparse.Namespace) -> int:
    with LiveStream(_recording(arguments), arguments.port, loop=arguments.loop) as stream:
        print(f"{stream.url} until {'Ctrl-C' if arguments.loop else 'the drive ends'}", flush=True)
        stream.wait()
    return 0


def _run_sheet(arguments: argparse.Namespace) -> int:
    if arguments.output.suffix.lower() != ".png":
        raise UserError(f"the page is a PNG file, not {arguments.output.name}: end --output in .png")
    if arguments.count > 500:
        raise UserError(f"--count {arguments.count} is too many for one page: ask for at most 500")
    answers = arguments.answers or arguments.output.with_suffix(".answers.csv")
    columns = min(arguments.columns, arguments.count)
    write_sheet(arguments.output, answers, arguments.count, arguments.seed, arguments.size, columns, arguments.workers)
    print(f"{arguments.count} pictures in {arguments.output}, the answers in {answers}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    arguments = _parser().parse_args(argv)
    code: int = arguments.run(arguments)
    return code


if __name__ == "__main__":
    sys.exit(run_command(main))
