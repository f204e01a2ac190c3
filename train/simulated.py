"""Simulated drivers: pictures to train on, and drives to show the monitor, from geometry alone.

``python -m train.simulated dataset`` writes labelled pictures in State Farm's layout, ``python -m train.simulated
drive`` a video with its labels. The parts lie in `train.simulation`; this module is their front door.
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
from train.simulation.drive import write_drive
from train.simulation.driver import SimulatedDriver
from train.simulation.motion import Pose
from train.simulation.render import render_frame
from train.simulation.script import SHORTEST_S, Script, Segment, demo_script, script_for_drive

__all__ = [
    "DEMO_SEED",
    "DEMO_SEEDS",
    "TRAINING_SEEDS",
    "VALIDATION_SEEDS",
    "Appearance",
    "Pose",
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
    if not SHORTEST_S <= seconds <= 7200.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length from {SHORTEST_S:g} to 7200 seconds")
    return seconds


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
    dataset.add_argument("--size", type=_size, default=(320, 240), metavar="WxH", help="pixels (320x240)")
    dataset.add_argument("--split", choices=("train", "val"), default="train", help="which drivers (train)")
    dataset.add_argument("--workers", type=positive_number, default=os.cpu_count() or 1, metavar="N", help="processes")
    drive = commands.add_parser("drive", help="a video of a drive, and its labels")
    drive.add_argument("--output", type=Path, required=True, metavar="FILE.mp4", help="the video, H.264")
    drive.add_argument("--labels", type=Path, metavar="FILE.csv", help="the labels (beside the video)")
    drive.add_argument("--demo", action="store_true", help="the demo drive: 104 s with every activity")
    drive.add_argument(
        "--seed", type=whole_number, metavar="SEED", help=f"who drives and how (the demo driver, {DEMO_SEED})"
    )
    drive.add_argument("--duration", type=_seconds, metavar="S", help="length in seconds (120)")
    drive.add_argument("--fps", type=_fps, default=12, metavar="N", help="frames per second, 1 to 60 (12)")
    drive.add_argument("--size", type=_size, default=(640, 480), metavar="WxH", help="pixels (640x480)")
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
    plan = DatasetPlan(_dataset_seeds(arguments), arguments.images_per_class, arguments.size)
    drawn = write_dataset(arguments.output, plan, arguments.workers)
    total = len(plan.seeds) * plan.images_per_class * 10
    print(f"{total} pictures of {len(plan.seeds)} drivers in {arguments.output} ({drawn} drawn now)")
    return 0


def _run_drive(arguments: argparse.Namespace) -> int:
    if arguments.demo and arguments.duration is not None:
        raise UserError("the demo drive has a length of its own: leave out --duration or --demo")
    if arguments.output.suffix.lower() != ".mp4":
        raise UserError(f"the video is an MP4 file, not {arguments.output.name}: end --output in .mp4")
    labels = arguments.labels or arguments.output.with_suffix(".csv")
    seed = DEMO_SEED if arguments.seed is None else arguments.seed
    script = demo_script() if arguments.demo else script_for_drive(seed, arguments.duration or 120.0)
    size = write_drive(arguments.output, labels, SimulatedDriver(seed), script, arguments.fps, arguments.size)
    print(f"{script.duration_s:g} s in {arguments.output} ({size / 1e6:.1f} MB), labels in {labels}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    arguments = _parser().parse_args(argv)
    return _run_dataset(arguments) if arguments.command == "dataset" else _run_drive(arguments)


if __name__ == "__main__":
    sys.exit(run_command(main))
