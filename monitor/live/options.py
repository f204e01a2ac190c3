"""Options that the monitor and the replay share."""

from __future__ import annotations

import argparse
from pathlib import Path

from engines.bundles.manifest import PRECISIONS
from engines.command import positive_number
from engines.errors import UserError
from engines.regions.tracking import DEFAULT_REGION_MODE, REGION_MODES
from engines.runtimes import AUTO, runtime_names
from monitor.speed.open_speed import SpeedOptions, check_speed_text


def add_setup(parser: argparse.ArgumentParser) -> None:
    """Add what says how to run: bundle, runtime and precision, mount, policy, speed and frame rate."""
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (default: the one that is shipped)")
    parser.add_argument("--runtime", choices=(AUTO, *runtime_names()), default="onnxruntime", help="(onnxruntime)")
    parser.add_argument("--precision", choices=(AUTO, *PRECISIONS), default="fp32", help="(fp32)")
    parser.add_argument(
        "--regions",
        choices=REGION_MODES,
        default=DEFAULT_REGION_MODE,
        help="how regions are found: from those of the frame before, or cold in every frame, as in training "
        f"({DEFAULT_REGION_MODE})",
    )
    parser.add_argument("--mount", type=Path, metavar="TOML", help="how the camera sits: crop and mirror")
    parser.add_argument(
        "--policy", type=Path, metavar="TOML", help="when to alert (python -m monitor.policy explains; bundle's own)"
    )
    parser.add_argument(
        "--speed",
        type=parse_speed,
        metavar="SPEED",
        help="km/h, a CSV file time_s,speed_kmh ('beside': DRIVE.speed.csv), can:CHANNEL, can:INTERFACE:CHANNEL or "
        "can:LOG (default: none, as above 50)",
    )
    parser.add_argument("--dbc", type=Path, metavar="FILE", help="what the CAN bus's messages mean")
    parser.add_argument("--signal", metavar="[MESSAGE.]SIGNAL", help="the speed in the DBC file (the one so named)")
    parser.add_argument(
        "--fps",
        type=float,
        metavar="N",
        help="images a second of a folder of images (default: 5), or of a video without a clock",
    )
    parser.add_argument("--track", type=positive_number, metavar="N", help="video track of a file that has several (1)")


def parse_speed(text: str) -> str:
    """What ``--speed`` says, checked without opening anything. Raises `argparse.ArgumentTypeError`."""
    try:
        check_speed_text(text)
    except UserError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def speed_options(arguments: argparse.Namespace) -> SpeedOptions:
    """What a parsed command line says of the speed."""
    return SpeedOptions(arguments.speed, arguments.dbc, arguments.signal)
