"""Options that the monitor and the replay share."""

from __future__ import annotations

import argparse
from pathlib import Path

from engines.bundle import PRECISIONS
from engines.runtimes import AUTO, runtime_names


def add_setup(parser: argparse.ArgumentParser) -> None:
    """Add ``--bundle``, ``--runtime``, ``--precision``, ``--mount``, ``--speed`` and ``--fps``."""
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (default: the one that is shipped)")
    parser.add_argument("--runtime", choices=(AUTO, *runtime_names()), default="onnxruntime", help="(onnxruntime)")
    parser.add_argument("--precision", choices=(AUTO, *PRECISIONS), default="fp32", help="(fp32)")
    parser.add_argument("--mount", type=Path, metavar="TOML", help="how the camera sits: crop and mirror")
    parser.add_argument("--speed", type=parse_speed, metavar="KMH", help="the car's speed (default: none, as above 50)")
    parser.add_argument("--fps", type=float, metavar="N", help="images a second of a folder of images (default: 5)")


def parse_speed(text: str) -> float:
    """A speed on the command line, in km/h. Raises `argparse.ArgumentTypeError`."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 400.0:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed: write km/h such as 80")
    return value
