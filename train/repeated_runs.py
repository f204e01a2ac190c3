"""The same training on several random splits, and the mean and standard deviation of its results."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, stdev

from lightning.pytorch.utilities import rank_zero_only
from pydantic import BaseModel
from rich.console import Console

from engines.files.output import write_whole
from train.command_line import interrupted, run_folder, run_settings
from train.evaluation import Metrics
from train.fitting import fit
from train.images import Split
from train.paper_comparison import PaperRow, paper_rows
from train.run_report import print_report

SUMMARY = "summary.json"
_SUMMARISED = ("top1", "top5", "map", "log_loss", "ece")


class Spread(BaseModel):
    """One metric over the runs: mean, sample standard deviation (None for a single run), and each run's value."""

    mean: float
    std: float | None
    values: list[float]


def summarise(results: Sequence[Metrics]) -> dict[str, Spread]:
    """Mean and standard deviation by metric; metrics that a run lacks are left out."""
    spreads = {}
    for name in _SUMMARISED:
        values = [value for result in results if (value := getattr(result, name)) is not None]
        if len(values) == len(results):
            spreads[name] = Spread(mean=mean(values), std=stdev(values) if len(values) > 1 else None, values=values)
    return spreads


def train_repeatedly(
    make_split: Callable[[int], Split], args: argparse.Namespace, dataset: str, runs: int, first: Sequence[str]
) -> int:
    """Train once on each of several splits and return the exit code.

    The runs lie in ``run-1``, ``run-2``, … of the output folder, with seeds that follow on ``--seed``; beside them
    `summary.json`. With ``--resume``, finished runs are kept as they are and the others go on or start.

    Args:
        make_split: the split of a seed.
        args: what `training_parser` parsed.
        dataset: the data set's name.
        runs: how many.
        first: the metrics that the data set is judged by, printed before the others.

    Raises:
        UserError: see `train.fitting.fit`.
    """
    output = run_folder(args, dataset, "random")
    results = []
    for number in range(runs):
        arguments = argparse.Namespace(**{**vars(args), "seed": args.seed + number})
        split = make_split(arguments.seed)
        try:
            folder = output / f"run-{number + 1}"
            settings = run_settings(arguments, dataset, split)
            results.append(fit(split, settings, folder, judged_by=first, resume=args.resume, keep_finished=True))
        except KeyboardInterrupt:
            return interrupted(output)
        print_report(folder, results[-1], first)
    _write_summary(results, output, paper_rows(settings))
    return 0


@rank_zero_only
def _write_summary(results: Sequence[Metrics], output: Path, papers: Sequence[PaperRow]) -> None:
    spreads = summarise(results)
    content = {"runs": len(results), **{name: spread.model_dump() for name, spread in spreads.items()}}
    write_whole(output / SUMMARY, json.dumps(content, indent=1) + "\n")
    console = Console()
    written = ", ".join(
        f"{title} {spread.mean:.2%}" + ("" if spread.std is None else f" ± {spread.std:.2%}")
        for name, title in (("top1", "top-1"), ("top5", "top-5"), ("map", "mAP"))
        if (spread := spreads.get(name)) is not None
    )
    summary = f"{written} on {len(results)} random splits; {output / SUMMARY} has the rest"
    console.print(summary, soft_wrap=True)
    for row in papers:
        console.print(f"in the paper: {row.method}, {row.table}: top-1 {row.scores.top1_words()}", soft_wrap=True)
