"""Tables VII and VIII: `python -m train.ablation --dataset NAME --table vii --data DIR`.

Trains one network for every row asked for, on any of the data sets, and puts the table beside the paper's. Rows lie in
folders of their own, which are ordinary runs: an interrupted ablation continues with ``--resume``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from engines.command import run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.console import PrintableConsole
from engines.files.output import prepare_folder
from train.command import add_recipe_arguments, interrupted, run_settings
from train.data.images import Split
from train.datasets import DATASETS, add_dataset_arguments, parse_with_dataset
from train.models.model_kind import ModelKind
from train.paper.ablation_rows import ROWS, AblationRow, AblationTable
from train.regions.view_regions import COCO, RegionOrder, RegionSource
from train.reporting.run_files import LAST_CHECKPOINT, METRICS

# What trains is imported by the steps that need it: a refusal does not wait for torch and Lightning.
if TYPE_CHECKING:
    from train.paper.ablation_results import AblationResult
    from train.reporting.run_record import RunSettings


def _table(text: str) -> AblationTable:
    try:
        return AblationTable(text.lower())
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"there is no table {text!r} to train: choose vii or viii") from error


def make_parser(dataset: str | None) -> CommandParser:
    """The command's arguments, with those of a data set, if one is chosen."""
    rows = "\n".join(f"  --table {table.value}: {' '.join(row.name for row in ROWS[table])}" for table in AblationTable)
    parser = CommandParser(
        prog="python -m train.ablation",
        description="Train the rows of Table VII (components) or VIII (regions) and put them beside the paper's.",
        epilog=f"rows:\n{rows}\n\n--dataset NAME --help shows the arguments of that data set, too.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_dataset_arguments(parser, dataset, "what to train on")
    parser.add_argument(
        "--table",
        type=_table,
        default=AblationTable.COMPONENTS,
        metavar="vii|viii",
        help="which table (vii)",
    )
    parser.add_argument("--rows", nargs="+", metavar="ROW", help="which of its rows, see below (all)")
    parser.add_argument(
        "--mask-rcnn",
        default=COCO,
        metavar="FILE",
        help="its weights: torchvision's, downloaded once (coco), or a state dict of its maskrcnn_resnet50_fpn",
    )
    add_recipe_arguments(parser)
    return parser


def choose_rows(table: AblationTable, names: Sequence[str] | None) -> list[AblationRow]:
    """The rows of these names, in the table's order; all of them without names. Raises `UserError`."""
    known = [row.name for row in ROWS[table]]
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise UserError(
            f"Table {table.value.upper()} has no row {', '.join(unknown)}: choose from {', '.join(known)}, "
            "or another --table"
        )
    return [row for row in ROWS[table] if names is None or row.name in names]


def train_rows(
    rows: Sequence[AblationRow], split: Split, settings: RunSettings, table: AblationTable, args: argparse.Namespace
) -> list[AblationResult]:
    """Train the rows one after the other; after each, the table so far is written.

    Rows of the table that are not asked for, but were trained here before with the same settings, are in it too.

    Args:
        rows: which.
        split: the images.
        settings: what the rows have in common.
        table: where the rows are from.
        args: `output`, the folder; `resume`; `mask_rcnn`, its weights.

    Raises:
        UserError: see `train.loop.fit.fit`; before any training for what can be known then.
        KeyboardInterrupt: when the user stopped it.
    """
    from train.loop.fit import fit
    from train.loop.progress import clock
    from train.paper.ablation_results import AblationResult, heading, write_results
    from train.paper.comparison import paper_figures

    output: Path = args.output
    plans = [(row, row.settings(settings, args.mask_rcnn), output / row.name) for row in rows]
    _check(plans, split, args.resume)
    console, title = _console(), heading(table, settings)
    asked = {row.name for row in rows}
    results = {
        row.name: result
        for row in ROWS[table]
        if row.name not in asked and (result := _trained_before(row, split, settings, output / row.name)) is not None
    }
    taken_s: list[float] = []
    primary_metrics = DATASETS[args.dataset].primary_metrics
    for index, (row, row_settings, folder) in enumerate(plans):
        console.rule(f"{index + 1} of {len(rows)}: {row.title}")
        finished, started_s = (folder / METRICS).exists(), time.monotonic()
        printed = paper_figures(row_settings)
        metrics = fit(
            split,
            row_settings,
            folder,
            primary_metrics=primary_metrics,
            printed=printed,
            resume=args.resume,
            keep_finished=True,
        )
        results[row.name] = AblationResult.of(row, row_settings, metrics)
        write_results(_in_order(results, table), title, output, _table_name(table))
        if finished:
            console.print(f"top-1 {metrics.top1:.2%}, trained before")
            continue
        taken_s.append(time.monotonic() - started_s)
        left = [other for _, _, other in plans[index + 1 :] if not (other / METRICS).exists()]
        estimate = f"; about {clock(mean(taken_s) * len(left))} left, {len(left)} to go" if left else ""
        console.print(f"top-1 {metrics.top1:.2%}, {clock(taken_s[-1])} taken{estimate}")
    return _in_order(results, table)


def _trained_before(row: AblationRow, split: Split, settings: RunSettings, folder: Path) -> AblationResult | None:
    """The result of a row's finished run; None if there is none, or it is of other settings or other images."""
    from train.loop.fit import used_images
    from train.paper.ablation_results import AblationResult
    from train.reporting.run_record import RunRecord, read_metrics, read_record

    if not (folder / METRICS).exists():
        return None
    try:
        theirs, metrics = read_record(folder), read_metrics(folder)
    except UserError:
        return None
    ours = row.settings(settings, theirs.settings.mask_rcnn_weights or COCO)
    if RunRecord.of(used_images(split, ours), ours).differences(theirs):
        return None
    return AblationResult.of(row, theirs.settings, metrics)


def _in_order(results: Mapping[str, AblationResult], table: AblationTable) -> list[AblationResult]:
    return [results[row.name] for row in ROWS[table] if row.name in results]


def _check(plans: Sequence[tuple[AblationRow, RunSettings, Path]], split: Split, resume: bool) -> None:
    """Raises `UserError` for what would stop a later row after hours of training the first ones."""
    import torch

    from train.loop.fit import used_images
    from train.loop.region_search import open_mask_rcnn
    from train.models.network import build_network
    from train.models.weights import WEIGHTS
    from train.reporting.run_record import RunRecord, earlier_run

    held = [
        row.name for row, _, folder in plans if any((folder / name).exists() for name in (LAST_CHECKPOINT, WEIGHTS))
    ]
    if held and not resume:
        raise UserError(
            f"{plans[0][2].parent} already holds the rows {', '.join(held)}: pass --resume to keep what is finished "
            "and continue, or another --output"
        )
    for row, settings, folder in plans:
        for_keypoints = "--move-keypoints" if settings.move_keypoints else None
        if settings.region_order is RegionOrder.RANDOM:
            for_keypoints = "--region-order random"
        if for_keypoints and settings.region_source is not RegionSource.KEYPOINTS:
            raise UserError(
                f"{for_keypoints} is for regions that are made of keypoints, and those of {row.name} are not: "
                "name other --rows"
            )
        earlier_run(folder, RunRecord.of(used_images(split, settings), settings), resume)
        with torch.device("meta"):
            build_network(settings.network, frozen=settings.recipe.frozen)
        if settings.region_source is RegionSource.MASK_RCNN and not (folder / METRICS).exists():
            open_mask_rcnn(settings.network.kappa, settings.mask_rcnn_weights or COCO, torch.device("cpu"))


def _console() -> PrintableConsole:
    """Of several processes only the first speaks."""
    from train.data.sampling import ProcessRank

    return PrintableConsole(quiet=ProcessRank.here().rank > 0)


def _table_name(table: AblationTable) -> str:
    return f"table-{table.value}"


def main(argv: Sequence[str] | None = None) -> int:
    """Train an ablation's rows and print the table."""
    args = parse_with_dataset(make_parser, argv)
    rows = choose_rows(args.table, args.rows)
    backbone, recipe = args.backbone.replace(":", "-"), Path(args.recipe).stem
    args.output = args.output or Path("runs") / f"ablation-{args.table.value}-{args.dataset}-{backbone}-{recipe}"
    # Each row has a model of its own; this one stands for what they have in common.
    args.model, args.start_from = ModelKind.FULL.value, None
    split = DATASETS[args.dataset].make_split(args)
    settings = run_settings(args, args.dataset, split)
    from train.paper.ablation_results import heading, print_results

    prepare_folder(args.output)
    try:
        results = train_rows(rows, split, settings, args.table, args)
    except KeyboardInterrupt:
        return interrupted(args.output)
    print_results(results, heading(args.table, settings))
    name = _table_name(args.table)
    written = f"written to {args.output}: {name}.json, {name}.md, {name}.png, and each row's run"
    _console().print(written, soft_wrap=True, highlight=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
