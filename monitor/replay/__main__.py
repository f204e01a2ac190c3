"""``python -m monitor.replay``: recorded drives through the live pipeline and policy, and a report of them.

A drive's predictions are computed once and stored: another policy, or the same command after Ctrl-C, does not compute
them again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from engines.command import add_version, program, run_command
from engines.command_parser import CommandParser
from monitor.live.options import add_setup


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = CommandParser(
        prog=program("driver-monitor-replay", "monitor.replay"),
        description="Replay recorded drives through the monitor and report on them.",
    )
    parser.add_argument("drives", nargs="+", metavar="DRIVE", help="video, folder of images, or 'demo'")
    parser.add_argument(
        "--labels",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="one for each drive: CSV start_s,end_s,activity, or OpenLABEL/VCD JSON as of DMD; "
        "without names: NAME.csv or NAME.json beside each drive",
    )
    parser.add_argument(
        "--drivers", nargs="+", metavar="NAME", help="who drives, one for each drive (the drive's name)"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where report.html and .json go")
    parser.add_argument(
        "--against-bundle", type=Path, metavar="DIR", help="compare with this bundle on the same drives"
    )
    parser.add_argument("--against-policy", type=Path, metavar="TOML", help="compare with these alert settings")
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="where predictions are stored (the user's cache folder)"
    )
    parser.add_argument("--no-pictures", action="store_true", help="a report without frames of the drive")
    parser.add_argument("--store", type=Path, metavar="DIR", help="keep the drives in the store of this folder")
    add_setup(parser)
    add_version(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    arguments = parser().parse_args(argv)
    from monitor.replay.run import replay_drives  # here: --help loads neither OpenCV nor the network's runtime

    return replay_drives(arguments)


def cli() -> int:
    """The command ``driver-monitor-replay``; the exit code."""
    return run_command(main)


if __name__ == "__main__":
    sys.exit(cli())
