"""``python -m monitor.evaluate``: a fleet's recorded drives to Parquet tables and one report, on a laptop or a cluster.

What exists is skipped: the same command after Ctrl-C continues, and another alert policy needs no network.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from engines.command import add_version, number, positive_number, program, run_command
from engines.command_parser import CommandParser
from monitor.live.options import add_setup


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = CommandParser(
        prog=program("driver-monitor-evaluate", "monitor.evaluate"),
        description="Evaluate thousands of recorded drives into Parquet tables and one report.",
    )
    parser.add_argument(
        "drives",
        nargs="+",
        metavar="DRIVE",
        help="video, folder, glob pattern, CSV or Parquet list (drive,driver,vehicle,day,labels,speed), also as a URI "
        "such as s3://bucket/folder; or 'demo'",
    )
    parser.add_argument("--output", required=True, metavar="URI", help="folder for tables and report, also as a URI")
    parser.add_argument("--labels", action="store_true", help="take NAME.csv or NAME.json beside each drive as labels")
    parser.add_argument("--workers", type=positive_number, metavar="N", help="processes on this machine (one a core)")
    parser.add_argument(
        "--ray", nargs="?", const="", metavar="ADDRESS", help="run on a Ray cluster; without an address on this machine"
    )
    parser.add_argument("--gpus", type=number, default=0.0, metavar="N", help="GPUs that a Ray task takes (0)")
    parser.add_argument("--against-bundle", type=Path, metavar="DIR", help="compare with this bundle on these drives")
    parser.add_argument("--against-policy", type=Path, metavar="TOML", help="compare with these alert settings")
    add_setup(parser)
    add_version(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    arguments = parser().parse_args(argv)
    from monitor.fleet.results.store import require_fleet

    require_fleet()
    from monitor.fleet.run import evaluate_fleet  # here: --help loads neither OpenCV nor the network's runtime

    return evaluate_fleet(arguments)


def cli() -> int:
    """The command ``driver-monitor-evaluate``; the exit code."""
    return run_command(main)


if __name__ == "__main__":
    sys.exit(cli())
