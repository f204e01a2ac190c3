"""Arms against each other: `python -m train.compare ARMS.toml --statefarm DIR … --held-out-cars DIR --runs DIR …`.

Every arm of the file (`train.comparison.arms`) is trained with each fold of the sixteen training drivers held out, and
each seed, and judged by log loss on the held-out drivers and on simulated cars that nothing trains on. `--folds 1 2
--seeds 0` screens; arms that are worse there are trained no further. The same command again continues what was
interrupted. It runs at low priority, and waits while the file PAUSE is in the folder of runs.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from statistics import mean

from engines.command import add_version, positive_number, run_command, whole_number
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.console import PrintableConsole
from engines.files.output import prepare_folder
from train.command import add_workers_argument
from train.comparison.arms import Arm, Arms, read_arms
from train.comparison.differences import is_dropped
from train.comparison.figures import ArmFigures, RunFigures, read_figures, write_figures
from train.comparison.folds import DRIVERS, FOLDS, SCREENING, Pair, of_the_folds, ordered_pairs, require_drivers
from train.comparison.results import PLOT, TABLE, print_results, write_results
from train.comparison.runs import PlannedRun, plan_run
from train.data.images import LabelledImage, Split, with_parts
from train.data.sampling import ProcessRank
from train.data.soft_labels import read_soft_labels
from train.default import DefaultSettings, load_settings, mix
from train.loop.pause_file import PauseFile, TimeTaken
from train.loop.progress import clock
from train.simulation.appearance import Appearance
from train.statefarm import read_statefarm

_FOLD = "{fold}"


@dataclass(frozen=True)
class ComparedData:
    """The images: those of the folds' drivers, what joins them in training, and cars that nothing trains on."""

    real: Sequence[LabelledImage]
    low_resolution: Sequence[LabelledImage]
    simulated: Sequence[LabelledImage]
    cars: Sequence[LabelledImage]
    taught: Path | None
    """Soft labels, one file a fold; None where no arm has them."""

    def split(self, arm: Arm, pair: Pair, settings: DefaultSettings) -> Split:
        """What an arm trains on, mixed as the default bundle's data, with the fold's drivers held out."""
        fold, seed = pair
        chosen = settings.model_copy(update={"holdout": FOLDS[fold - 1], "low_resolution": arm.settings.low_resolution})
        split = mix(self.real, self.low_resolution, self.simulated, chosen, seed, arm.settings.data)
        if "taught" not in arm.settings.data:
            return split
        assert self.taught is not None
        taught = read_soft_labels([_of_fold(self.taught, fold)])
        description = f"{len(taught)} images with soft labels, {split.description}"
        return replace(split, train=[*split.train, *taught], description=description)


@dataclass
class Comparison:
    """Trains what is missing and writes figures after every run.

    Attributes:
        arms: all of the file.
        output: the folder of figures.
        pause: what every run waits for.
        nonetheless: the arms that are trained even when they were dropped.
        figures: by arm.
        failed: the arms that could not be trained, and why.
    """

    arms: Arms
    output: Path
    pause: PauseFile
    nonetheless: Sequence[str]
    figures: dict[str, ArmFigures]
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> ArmFigures:
        """The base's figures."""
        return self.figures[self.arms.base.name]

    def add(self, plan: PlannedRun, run: RunFigures) -> None:
        """Take up the figures of a run and write them."""
        name = plan.arm.name
        self.figures[name] = self.figures[name].with_run(run)
        write_figures(self.output, plan.arm, self.figures[name])

    def missing(
        self, plan: Callable[[Arm, Pair], PlannedRun], arms: Sequence[Arm], pairs: Sequence[Pair]
    ) -> list[PlannedRun]:
        """The runs that are still to be trained; those that are finished are taken up.

        Raises:
            UserError: when a run that has begun had other settings, or a finished one other images.
        """
        for arm in self.arms.arms:
            for run in self.figures[arm.name].runs:
                plan(arm, run.pair).check_figures(run)
        left = []
        for planned in (plan(arm, pair) for pair in pairs for arm in arms):
            if planned.pair in (run.pair for run in self.figures[planned.arm.name].runs):
                continue
            planned.check()
            finished = planned.finished()
            if finished is None:
                left.append(planned)
            else:
                planned.check_figures(finished)
                self.add(planned, finished)
        return left

    def write_results(self) -> None:
        """Write the tables and the plot of what is there so far."""
        write_results(self.in_order(), self.base, self.output)

    def in_order(self) -> list[ArmFigures]:
        """The figures of all arms, as the file has them."""
        return [self.figures[arm.name] for arm in self.arms.arms]

    def is_wanted(self, plan: PlannedRun) -> bool:
        """Whether a run is still to be trained: its arm has not failed, and was not dropped."""
        name = plan.arm.name
        if name in self.failed:
            return False
        if plan.pair in SCREENING or plan.arm is self.arms.base or name in self.nonetheless:
            return True
        return not is_dropped(self.figures[name], self.base)

    def train(self, plans: Sequence[PlannedRun]) -> None:
        """Train the runs one after the other, those of a failing or dropped arm left out.

        Raises:
            KeyboardInterrupt: when the user stopped it.
        """
        console = PrintableConsole()
        for index, plan in enumerate(plans):
            if not self.is_wanted(plan):
                continue
            left = [other for other in plans[index + 1 :] if self.is_wanted(other)]
            rates = self._rates()
            about = f", about {clock(_seconds([plan, *left], rates))} in all" if rates else ""
            console.rule(f"{plan.title}; {len(left)} to go after it{about}")

            def estimate(
                taken: TimeTaken, epochs: int, plan: PlannedRun = plan, left: Sequence[PlannedRun] = left
            ) -> None:
                rates = self._rates() | {plan.arm.name: taken.images_per_second}
                seconds = epochs * plan.train_images / rates[plan.arm.name] + _seconds(left, rates)
                print(f"all runs: about {clock(seconds)} left, {len(left)} to go after this one", flush=True)

            try:
                self.add(plan, plan.train(self.pause, estimate))
                self.write_results()
            except UserError as error:
                self.failed[plan.arm.name] = str(error)
                print(f"error: {plan.title}: {error}; the arm's other runs are left out", file=sys.stderr, flush=True)

    def _rates(self) -> dict[str, float]:
        """Images a second by arm, of those that have finished runs."""
        return {
            name: mean(run.images_per_second for run in figures.runs)
            for name, figures in self.figures.items()
            if figures.runs
        }


def _seconds(plans: Sequence[PlannedRun], rates: Mapping[str, float]) -> float:
    """How long runs take; an arm without a rate as long as the others on average."""
    usual = mean(rates.values())
    return sum(plan.train_images * plan.settings.recipe.epochs / rates.get(plan.arm.name, usual) for plan in plans)


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        prog="python -m train.compare", description="Compare ways to train, on drivers and cars held out."
    )
    parser.add_argument("file", type=Path, metavar="ARMS.toml", help="the arms; train/README.md shows such a file")
    parser.add_argument(
        "--statefarm", type=Path, required=True, nargs="+", metavar="DIR", help="State Farm at 320×240 or more"
    )
    parser.add_argument("--low-resolution", type=Path, metavar="DIR", help="State Farm at 80×60")
    parser.add_argument(
        "--simulated", type=Path, nargs="+", default=[], metavar="DIR", help="made by train.simulated dataset"
    )
    parser.add_argument(
        "--taught",
        type=Path,
        metavar="CSV",
        help="unlabelled images, from train.teach: a file a fold, {fold} in its name",
    )
    parser.add_argument(
        "--parts", type=Path, nargs="+", default=[], metavar="CSV", help="where head and hands are, for model zoom"
    )
    parser.add_argument(
        "--held-out-cars",
        type=Path,
        required=True,
        metavar="DIR",
        help="cars to judge on, made by train.simulated dataset --interiors … --elsewhere",
    )
    parser.add_argument(
        "--runs", type=Path, required=True, metavar="DIR", help="folder of the runs, outside the checkout"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder of figures, tables and plot")
    parser.add_argument(
        "--folds",
        type=whole_number,
        nargs="+",
        choices=range(1, len(FOLDS) + 1),
        default=range(1, len(FOLDS) + 1),
        metavar="N",
        help=f"which folds are held out (1 to {len(FOLDS)}, all)",
    )
    parser.add_argument("--seeds", type=whole_number, nargs="+", default=[0, 1], metavar="SEED", help="(0 1)")
    parser.add_argument("--arms", nargs="+", metavar="NAME", help="these arms and the base, dropped ones too (all)")
    parser.add_argument("--pause-file", type=Path, metavar="FILE", help="wait while it exists (PAUSE in --runs)")
    parser.add_argument(
        "--nice", type=whole_number, default=10, metavar="N", help="how much lower its priority is (10)"
    )
    parser.add_argument(
        "--limit", type=positive_number, metavar="N", help="at most N images to train on, to try the command"
    )
    add_workers_argument(parser)
    add_version(parser)
    return parser


def read_data(args: argparse.Namespace, arms: Arms) -> ComparedData:
    """The images in the folders that parsed arguments name.

    Raises:
        UserError: for a folder without images, or one that an arm needs and that is not named; for drivers who are
            missing, and cars that are trained on.
    """
    for part, given in (
        ("low-resolution", args.low_resolution),
        ("simulated", args.simulated),
        ("taught", args.taught),
    ):
        needing = [arm.name for arm in arms.arms if part in arm.settings.data]
        if needing and not given:
            raise UserError(
                f"{args.file}: arm {needing[0]} trains on {part} images: pass --{part}, or name other data for it"
            )
    if args.taught and _FOLD not in str(args.taught):
        raise UserError(
            f"--taught {args.taught}: write {_FOLD} for the fold's number in the name: a teacher that has seen the "
            "held-out drivers gives them away, so each fold needs soft labels of its own"
        )
    listed = [image for folder in args.statefarm for image in _read(folder, "--statefarm")]
    # The same image in another size would be trained on twice; the first folder's is used.
    once = {image.path.stem: image for image in reversed(listed)}
    real = of_the_folds([image for image in listed if once[image.path.stem] is image])
    low_resolution = of_the_folds(_read(args.low_resolution, "--low-resolution")) if args.low_resolution else []
    simulated = [image for folder in args.simulated for image in _read(folder, "--simulated")]
    trained_on = [real, low_resolution, simulated]
    if args.parts:
        known = iter(with_parts([image for images in trained_on for image in images], args.parts))
        trained_on = [list(islice(known, len(images))) for images in trained_on]
    cars = _read(args.held_out_cars, "--held-out-cars")
    data = ComparedData(trained_on[0], trained_on[1], trained_on[2], cars, args.taught)
    require_drivers(data.real)
    _check_strangers(data.simulated, data.cars)
    print(
        f"{len(real)} real images of {len(DRIVERS)} drivers; left out: {len(listed) - len(once)} that are there twice, "
        f"and the drivers {', '.join(sorted({image.driver or '' for image in listed} - set(DRIVERS))) or '–'}"
    )
    return data


def _of_fold(path: Path, fold: int) -> Path:
    return Path(str(path).replace(_FOLD, str(fold)))


def _read(folder: Path, option: str) -> list[LabelledImage]:
    if not (folder / "driver_imgs_list.csv").is_file():
        raise UserError(f"{option} {folder}: there is no driver_imgs_list.csv: pass a folder in State Farm's layout")
    return read_statefarm(folder)


def _check_strangers(simulated: Sequence[LabelledImage], cars: Sequence[LabelledImage]) -> None:
    """Raises `UserError` when drivers or interiors of the cars to judge on are trained on, too."""
    trained_on, judged_on = ({image.driver or "" for image in images} for images in (simulated, cars))
    if shared := sorted(trained_on & judged_on):
        raise UserError(f"driver {shared[0]} is in --simulated and in --held-out-cars: draw the cars of --split val")
    if shared := sorted(_interiors(trained_on) & _interiors(judged_on)):
        raise UserError(
            f"--simulated shows interiors of --held-out-cars: draw it again with --without-interiors {' '.join(shared)}"
        )


def _interiors(drivers: set[str]) -> set[str]:
    """What the cars of simulated drivers are called; drivers of other data sets have none."""
    seeds = (match[1] for name in drivers if (match := re.fullmatch(r"s(\d+)", name)))
    return {Appearance.from_seed(int(seed)).cabin.interior.name for seed in seeds}


def main(argv: Sequence[str] | None = None) -> int:
    """Train the arms, write their figures, and print the tables."""
    args = _parser().parse_args(argv)
    if ProcessRank.here().world > 1:
        raise UserError("arms are compared by one process: start it without torchrun")
    default = load_settings()
    arms = read_arms(args.file, default.backbone, default.recipe, default.low_resolution)
    chosen = arms.named(args.arms)
    data = read_data(args, arms)
    for folder in (args.runs, args.output):
        prepare_folder(folder)
    figures = {arm.name: read_figures(args.output, arm, args.limit) for arm in arms.arms}
    comparison = Comparison(
        arms, args.output, PauseFile(args.pause_file or args.runs / "PAUSE"), args.arms or (), figures
    )
    command = shlex.join(["python", *sys.orig_argv[1:]])

    def plan(arm: Arm, pair: Pair) -> PlannedRun:
        split = data.split(arm, pair, default)
        how = {"limit": args.limit, "workers": args.workers}
        return plan_run(arm, pair, split, data.cars, args.runs, **how, command=command)

    missing = comparison.missing(plan, chosen, ordered_pairs(args.folds, args.seeds))
    if hasattr(os, "nice"):
        os.nice(args.nice)
    try:
        comparison.train(missing)
    except KeyboardInterrupt:
        print(f"interrupted; the same command continues: {command}", file=sys.stderr)
        return 130
    return _report(comparison, chosen)


def _report(comparison: Comparison, chosen: Sequence[Arm]) -> int:
    """Print the tables and what became of arms; returns the exit code."""
    comparison.write_results()
    print_results(comparison.in_order(), comparison.base)
    dropped = [arm.name for arm in chosen if is_dropped(comparison.figures[arm.name], comparison.base)]
    if dropped:
        print(f"dropped in the screening: {', '.join(dropped)}; --arms NAME trains one nonetheless")
    print(f"written to {comparison.output}: a JSON file an arm, {TABLE} and {PLOT}")
    if comparison.failed:
        raise UserError(
            f"not trained: {', '.join(comparison.failed)}: see the errors above, put them right and start again"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
