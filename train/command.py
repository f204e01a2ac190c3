"""The arguments and the steps that every data set's training command shares.

What trains is imported by the steps that need it: help, versions and refusals do not wait for torch and Lightning.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from engines.command import add_version, positive_number, whole_number
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.output import write_atomic
from train.data.images import Split, sample_evenly
from train.data.lists import write_list
from train.data.splits import parse_fold
from train.models.backbone_names import BACKBONE_NAMES, check_name
from train.models.model_kind import ModelKind
from train.recipes import load_recipe, recipe_names
from train.regions.view_regions import RegionOrder
from train.reporting.metric_names import PRIMARY_METRICS

if TYPE_CHECKING:
    from train.reporting.metrics import Metrics
    from train.reporting.run_record import RunSettings
    from train.reporting.run_report import PrintedRow

SUMMARY = "summary.json"


class DataSet(NamedTuple):
    """A data set that can be trained on.

    Attributes:
        name: of its module and its folder.
        title: for people.
        make_split: parsed arguments → the split that they ask for; raises `UserError`.
        add_arguments: adds the arguments that only this data set has.
        split_name: how it is divided, for the output folder's name; None where the argument ``--split`` says so.
        primary_metrics: the metrics to print first.
        has_conditions: whether its images are of C0 to C9 and say in which car, by which camera and in which light
            they were taken, so that a bundle can be measured on them.
    """

    name: str
    title: str
    make_split: Callable[[argparse.Namespace], Split]
    add_arguments: Callable[[argparse.ArgumentParser], None] = lambda _: None
    split_name: str | None = None
    primary_metrics: Sequence[str] = PRIMARY_METRICS
    has_conditions: bool = False


_MAX_WORKERS = 16
_MAX_SPAWNED = 4
"""Where processes are not forked, each of them imports torch again, at every epoch's validation too."""


def _fold(text: str) -> tuple[int, int]:
    try:
        return parse_fold(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not K/N, such as 1/5") from error


def backbone_name(text: str) -> str:
    """A backbone's name on a command line, for `argparse`."""
    try:
        return check_name(text)
    except UserError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def training_parser(dataset: str, description: str) -> argparse.ArgumentParser:
    """A parser with the arguments that all training commands take; the defaults are the paper's.

    The data set's folder is ``--data``, else the environment variable ``<DATASET>_DATA``, else ``data/<dataset>``, or
    the developers' copy in ``../shared/data/<dataset>`` where only that exists.
    """
    # AUC has a --version of its own, which takes the place of the common one.
    parser = CommandParser(prog=f"python -m train.{dataset}", description=description, conflict_handler="resolve")
    add_data_arguments(parser, dataset)
    add_run_arguments(parser)
    add_version(parser)
    return parser


def add_data_arguments(parser: argparse.ArgumentParser, dataset: str) -> None:
    """Where a data set lies and which part of it validates."""
    variable, folder = f"{dataset.upper()}_DATA", Path("data") / dataset
    beside = Path("..") / "shared" / folder
    if beside.is_dir() and not folder.is_dir():
        folder = beside
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=Path(os.environ.get(variable) or folder),
        help=f"the data set's folder (else ${variable}, else {folder})",
    )
    parser.add_argument("--holdout", nargs="+", metavar="DRIVER", help="drivers to validate on")
    parser.add_argument("--fold", type=_fold, metavar="K/N", help="else validate on fold K of N")


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say what to train and how, whatever the data."""
    parser.add_argument("--model", choices=[kind.value for kind in ModelKind], default=ModelKind.FULL.value)
    parser.add_argument(
        "--start-from", type=Path, metavar="DIR", help="a finished run of ours, or a bundle, whose weights to refine"
    )
    add_recipe_arguments(parser)


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how to train, whatever the data and the network after the backbone."""
    parser.add_argument(
        "--backbone",
        type=backbone_name,
        metavar="NAME",
        default="resnet50",
        help=f"{', '.join(BACKBONE_NAMES)}, or timm:NAME (resnet50)",
    )
    parser.add_argument("--recipe", default="paper", help=f"{', '.join(recipe_names())}, or a TOML file (%(default)s)")
    parser.add_argument("--weights", default="imagenet", help="the backbone's: imagenet, none, or a file (imagenet)")
    parser.add_argument(
        "--region-order",
        choices=[order.value for order in RegionOrder],
        default=RegionOrder.SORTED.value,
        help="of the slots: by position, as engines have them, or shuffled for every view (%(default)s)",
    )
    parser.add_argument(
        "--move-keypoints",
        action="store_true",
        help="find an image's keypoints once and move them with it, instead of again in every augmented view",
    )
    parser.add_argument("--epochs", type=positive_number, help="instead of the recipe's")
    parser.add_argument(
        "--limit", type=positive_number, metavar="N", help="at most N images to train and N to validate on"
    )
    parser.add_argument("--seed", type=whole_number, default=0)
    add_workers_argument(parser)
    parser.add_argument("--resume", action="store_true", help="continue the run in --output")
    parser.add_argument("--output", type=Path, metavar="DIR", help="the run's folder (runs/…)")


def add_workers_argument(parser: argparse.ArgumentParser) -> None:
    """How many processes load images: by default one a core, shared with torchrun's other processes on this machine.

    A training image of AG-Net takes 18 to 40 ms of a core to load (recipe `default`, see `RESULTS.md`), so a GPU that
    trains 400 images a second needs eight to sixteen.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    max_workers = _MAX_WORKERS if sys.platform == "linux" else _MAX_SPAWNED
    default = min(max_workers, max(1, cores // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))))
    parser.add_argument(
        "--workers", type=whole_number, default=default, help=f"loader processes (one a core: {default})"
    )


def run_settings(args: argparse.Namespace, dataset: str, split: Split) -> RunSettings:
    """The settings that parsed arguments make. Raises `UserError` for a recipe that cannot be read."""
    recipe = load_recipe(args.recipe).of_backbone(args.backbone)
    from train.models.network import NetworkSettings
    from train.reporting.run_record import RunSettings

    if args.epochs:
        recipe = recipe.model_copy(update={"epochs": args.epochs})
    return RunSettings(
        dataset=dataset,
        split=split.description,
        network=NetworkSettings(
            backbone=args.backbone,
            model=ModelKind(args.model),
            classes=len(split.classes),
            view_size=recipe.view_size,
        ),
        weights=args.weights,
        start_from=str(args.start_from) if args.start_from else None,
        region_order=RegionOrder(args.region_order),
        move_keypoints=args.move_keypoints,
        recipe=recipe,
        limit=args.limit,
        seed=args.seed,
        workers=args.workers,
        command=shlex.join(["python", *sys.orig_argv[1:]]),
    )


def run_folder(args: argparse.Namespace, dataset: str, split_name: str) -> Path:
    """Where a run goes: ``--output``, or a folder in ``runs`` that is named for what is trained."""
    if args.output:
        return Path(args.output)
    backbone, recipe = args.backbone.replace(":", "-"), Path(args.recipe).stem
    return Path("runs") / f"{dataset}-{split_name}-{backbone}-{args.model}-{recipe}"


def interrupted(output: Path) -> int:
    """Print how to continue after Ctrl-C, and return the exit code."""
    print(f"interrupted; continue with --resume --output {output}", file=sys.stderr)
    return 130


def main_of(dataset: DataSet) -> Callable[[Sequence[str] | None], int]:
    """The command line that trains on a data set once, for `run_command`."""

    def main(argv: Sequence[str] | None = None) -> int:
        parser = training_parser(dataset.name, f"Train on {dataset.title}.")
        dataset.add_arguments(parser)
        if dataset.has_conditions:
            _add_list_arguments(parser)
        args = parser.parse_args(argv)
        if dataset.has_conditions and args.write_list is not None:
            return _write_list(dataset.make_split(args), args)
        split_name = dataset.split_name or args.split
        return train_on(dataset.make_split(args), args, dataset.name, split_name, dataset.primary_metrics)

    return main


def _add_list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--write-list",
        type=Path,
        metavar="CSV",
        help="train nothing: list images with car, camera and light, for calibration.other_cars to measure a bundle on",
    )
    parser.add_argument(
        "--listed", choices=("validation", "all"), default="validation", help="which images are listed (%(default)s)"
    )


def _write_list(split: Split, args: argparse.Namespace) -> int:
    """List a split's images instead of training on them, and return the exit code."""
    images = split.validation if args.listed == "validation" else [*split.train, *split.validation]
    listed = sample_evenly(images, args.limit, args.seed)
    write_list(listed, args.write_list)
    print(f"{len(listed)} images ({split.description}) are listed in {args.write_list}")
    return 0


def train_on(
    split: Split,
    args: argparse.Namespace,
    dataset: str,
    split_name: str,
    primary_metrics: Sequence[str] = PRIMARY_METRICS,
) -> int:
    """Train as the arguments say, print the results, and return the exit code.

    Args:
        split: the images.
        args: what `training_parser` parsed.
        dataset: the data set's name.
        split_name: how it was divided, for the output folder's name.
        primary_metrics: the metrics to print first.
    """
    output = run_folder(args, dataset, split_name)
    try:
        _train_once(split, run_settings(args, dataset, split), output, primary_metrics, resume=args.resume)
    except KeyboardInterrupt:
        return interrupted(output)
    return 0


def _train_once(
    split: Split,
    settings: RunSettings,
    folder: Path,
    primary_metrics: Sequence[str],
    *,
    resume: bool,
    keep_finished: bool = False,
) -> Metrics:
    """Train, and print the results beside the paper's; the last arguments are `fit`'s."""
    from train.loop.fit import fit
    from train.paper.comparison import paper_figures
    from train.reporting.run_report import print_report

    printed = paper_figures(settings)
    metrics = fit(
        split,
        settings,
        folder,
        primary_metrics=primary_metrics,
        printed=printed,
        resume=resume,
        keep_finished=keep_finished,
    )
    print_report(folder, metrics, primary_metrics, printed)
    return metrics


def train_repeatedly(make_split: Callable[[int], Split], args: argparse.Namespace, dataset: DataSet, runs: int) -> int:
    """Train once on each of several splits and return the exit code.

    The runs lie in ``run-1``, ``run-2``, … of the output folder, with seeds that follow on ``--seed``; beside them
    `summary.json`. With ``--resume``, finished runs stay as they are and the others continue or start.

    Args:
        make_split: the split of a seed.
        args: what `training_parser` parsed.
        dataset: the data set.
        runs: how many.

    Raises:
        UserError: see `train.loop.fit.fit`.
    """
    from train.paper.comparison import paper_figures

    output = run_folder(args, dataset.name, "random")
    results = []
    for number in range(runs):
        arguments = argparse.Namespace(**{**vars(args), "seed": args.seed + number})
        split = make_split(arguments.seed)
        settings = run_settings(arguments, dataset.name, split)
        folder = output / f"run-{number + 1}"
        try:
            metrics = _train_once(
                split, settings, folder, dataset.primary_metrics, resume=args.resume, keep_finished=True
            )
            results.append(metrics)
        except KeyboardInterrupt:
            return interrupted(output)
    _write_summary(results, output, paper_figures(settings).rows)
    return 0


def _write_summary(results: Sequence[Metrics], output: Path, papers: Sequence[PrintedRow]) -> None:
    from engines.files.console import PrintableConsole
    from train.data.sampling import ProcessRank
    from train.reporting.mean_std import summarise

    if ProcessRank.here().rank > 0:
        return
    summaries = summarise(results)
    content = {"runs": len(results), **{name: each.model_dump() for name, each in summaries.items()}}
    write_atomic(output / SUMMARY, json.dumps(content, indent=1) + "\n")
    console = PrintableConsole()
    written = ", ".join(
        f"{title} {each.mean:.2%}" + ("" if each.std is None else f" ± {each.std:.2%}")
        for name, title in (("top1", "top-1"), ("top5", "top-5"), ("map", "mAP"))
        if (each := summaries.get(name)) is not None
    )
    summary = f"{written} on {len(results)} random splits; {output / SUMMARY} has the rest"
    console.print(summary, soft_wrap=True)
    for row in papers:
        console.print(f"in the paper: {row.method}, {row.table}: top-1 {row.top1}", soft_wrap=True)
