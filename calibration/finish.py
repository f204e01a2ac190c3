"""From a finished run to the bundle that ships: ``python -m calibration.finish RUN … --output BUNDLE``.

Commands one after the other, each of which is printed and can be given alone: `train.export`,
`calibration.confidence` (temperature), `calibration.other_cars` (for the model card, where there are images),
`calibration.thresholds` (on simulated drives, and on recorded ones where there are any) and `calibration.quantize`
(fp16, which stands for fp32, and INT8 in both forms). The bundle is then opened as the monitor does. Simulated drives
stay where ``--simulated`` says, and predictions in the user's cache, so that the command given again does not do the
long work again.

Nobody is fitted on and judged by: drivers of ``--validate`` are fitted on by no step, and none of ``--drivers`` was
trained on.
"""

from __future__ import annotations

import argparse
import shlex
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from calibration import confidence, other_cars, quantize, thresholds
from calibration.simulated_drives import add_fit_arguments, fit_drives
from engines.command import number, positive_number, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.output import require_free
from monitor.live.engine import Engine, EngineOptions
from train import export
from train.reporting.run_record import read_record

Step = tuple[Callable[[Sequence[str] | None], int], str, list[str]]
"""A command, its name, and its arguments."""


def steps(args: argparse.Namespace, folder: Path) -> list[Step]:
    """The commands, whose bundles lie in a folder until the last, which writes what ships."""
    exported, calibrated, fitted = (str(folder / name) for name in ("exported", "calibrated", "fitted"))
    data = ["--data", *map(str, args.data)]
    fit = [
        *(f"--fit-drives={args.fit_drives}", f"--fit-attentive={args.fit_attentive}"),
        *(f"--fit-minutes={args.fit_minutes}", f"--workers={args.workers}", f"--target={args.target}"),
    ]
    precision = [f"--images={args.images}", f"--min-agreement={args.min_agreement}"]
    judges = ["--validate", *args.validate]
    name = args.name or args.output.name
    described, step = calibrated, []
    if args.other_cars is not None:
        described = str(folder / "described")
        labels = ["--labels", str(args.other_cars)]
        step = [(other_cars.main, "calibration.other_cars", [calibrated, *labels, "--output", described])]
    return [
        (export.main, "train.export", [str(args.run), "--output", exported, "--name", name]),
        (
            confidence.main,
            "calibration.confidence",
            [exported, *data, "--drivers", *args.drivers, *judges, "--output", calibrated],
        ),
        *step,
        (
            thresholds.main,
            "calibration.thresholds",
            [*args.drives, "--simulated", str(args.simulated), *fit, "--bundle", described, "--output", fitted],
        ),
        (
            quantize.main,
            "calibration.quantize",
            [fitted, *data, *judges, *args.drivers, *precision, "--output", str(args.output)],
        ),
    ]


def require_separate(args: argparse.Namespace) -> None:
    """Raise `UserError` where somebody is both trained or fitted on and judged by."""
    trained = set(read_record(args.run).train_drivers)
    known = sorted(trained & {*args.drivers, *args.validate})
    if known:
        raise UserError(f"{args.run} was trained on {', '.join(known)}: name other drivers to fit on and to validate")
    if set(args.drivers) & set(args.validate):
        raise UserError("--drivers and --validate name the same driver: what is fitted on one is validated on others")
    judged = sorted({Path(drive).stem for drive in args.drives} & set(args.validate))
    if judged:
        raise UserError(f"a drive of {', '.join(judged)} cannot be fitted on: --validate names that driver")


def main(argv: Sequence[str] | None = None) -> int:
    """Run every step; the exit code."""
    args = _parser().parse_args(argv)
    require_free(args.output)
    require_separate(args)
    if args.other_cars is not None:
        other_cars.read_other_cars(args.other_cars)
    fit_drives(args)  # too many of them are to be refused now
    with tempfile.TemporaryDirectory(prefix="finish-") as folder:
        for command, name, arguments in steps(args, Path(folder)):
            print(f"\n$ python -m {name} {shlex.join(arguments)}", flush=True)
            code = command(arguments)
            if code:
                return code
    # As the monitor takes it: with its reference, the simulated views and the thresholds that were fitted.
    engine = Engine.open(EngineOptions(args.output))
    assert engine.classifier is not None
    size = sum(file.stat().st_size for file in args.output.iterdir())
    print(f"\n{args.output}: {size / 1e6:.1f} MB with {', '.join(engine.bundle.precisions)}; the monitor takes it")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        prog="python -m calibration.finish", description="From a finished run to the bundle that ships."
    )
    parser.add_argument("run", type=Path, help="the run's folder, as train.export takes it")
    parser.add_argument("--output", type=Path, required=True, metavar="BUNDLE", help="an empty or new folder")
    parser.add_argument("--name", help="the bundle's name (the output folder's)")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="DIR", help="labelled images, State Farm's layout"
    )
    parser.add_argument(
        "--drivers", nargs="+", required=True, metavar="DRIVER", help="to fit the temperature on; not trained on"
    )
    parser.add_argument(
        "--validate", nargs="+", required=True, metavar="DRIVER", help="others, to measure on; not trained on"
    )
    parser.add_argument(
        "--other-cars", type=Path, metavar="CSV", help="images of other cars for the model card: file,activity,car"
    )
    parser.add_argument(
        "--drives", nargs="*", default=[], metavar="DRIVE", help="recorded ones to fit thresholds on, with NAME.csv"
    )
    parser.add_argument(
        "--simulated", type=Path, required=True, metavar="DIR", help="where the simulated drives to fit on lie"
    )
    add_fit_arguments(parser)
    parser.add_argument("--target", type=number, default=1.0, metavar="N", help="false alerts an hour (1)")
    parser.add_argument("--images", type=positive_number, default=160, metavar="N", help="to calibrate INT8 with (160)")
    parser.add_argument(
        "--min-agreement", type=number, default=quantize.MIN_AGREEMENT, metavar="FRACTION", help="with fp32 (0.99)"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(run_command(main))
