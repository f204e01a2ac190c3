"""A finished run's results again, without training: `python -m train.report RUN…`.

Prints them beside the paper's row (Tables I to V, VII, VIII) and writes `report.md` and its plots again. A folder of
several runs, such as those of Caltech-256 or of an ablation, stands for all of them; runs that differ in their seed
alone get mean ± standard deviation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from engines.command import add_version, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.console import PrintableConsole
from train.reporting.console import table_console
from train.reporting.metric_names import PRIMARY_METRICS
from train.reporting.run_files import METRICS, RUN_RECORD

if TYPE_CHECKING:
    from train.reporting.metrics import Metrics
    from train.reporting.run_record import RunRecord

_WIDTH = 150
_CHANGED_BY_SEED = {"seed", "split", "command", "workers"}
_SEED_OF_SPLIT = re.compile(r", seed \d+$")
"""All that the seed changes in a split's description: runs on another fold or other drivers are not alike."""


def finished_runs(folder: Path) -> list[Path]:
    """The run in a folder, or the finished ones in the folders within it. Raises `UserError` when there is none."""
    if (folder / RUN_RECORD).exists():
        return [folder]
    inside = sorted((path.parent for path in folder.glob(f"*/{METRICS}")), key=_by_number)
    if not inside:
        raise UserError(f"{folder} holds no finished run: pass the --output of a training that has ended")
    return inside


def _by_number(path: Path) -> tuple[int, str]:
    """``run-2`` before ``run-10``."""
    number = re.search(r"\d+$", path.name)
    return int(number.group()) if number else 0, path.name


def compare_runs(runs: Sequence[tuple[Path, RunRecord, Metrics]]) -> Table:
    """One line a run, then one for all that differ in their seed alone: mean ± sample standard deviation."""
    from train.reporting.mean_std import summarise
    from train.reporting.run_report import title

    table = Table("run", "what", "images", "top-1", "mAP", "log loss", "paper's top-1", title="all runs")
    alike: dict[str, list[tuple[RunRecord, Metrics]]] = defaultdict(list)
    for run, record, metrics in runs:
        others = record.settings.model_dump_json(exclude=_CHANGED_BY_SEED)
        alike[f"{others} {_SEED_OF_SPLIT.sub('', record.settings.split)}"].append((record, metrics))
        cells = (f"{metrics.top1:.2%}", f"{metrics.map:.2%}", f"{metrics.log_loss:.3f}")
        table.add_row(run.name, title(record.settings), str(metrics.images), *cells, _paper_top1(record))
    for group in alike.values():
        if len(group) > 1:
            summaries = summarise([metrics for _, metrics in group])
            top1, precision, loss = (summaries[name] for name in ("top1", "map", "log_loss"))
            table.add_section()
            table.add_row(
                f"{len(group)} runs",
                title(group[0][0].settings),
                "",
                f"{top1.mean:.2%} ± {top1.std or 0.0:.2%}",
                f"{precision.mean:.2%} ± {precision.std or 0.0:.2%}",
                f"{loss.mean:.3f} ± {loss.std or 0.0:.3f}",
                _paper_top1(group[0][0]),
            )
    return table


def _paper_top1(record: RunRecord) -> str:
    from train.paper.comparison import paper_rows

    rows = paper_rows(record.settings)
    if not rows or rows[0].scores.top1 is None:
        return "–"
    return f"{rows[0].scores.top1:.2f}% ({rows[0].method})"


def main(argv: Sequence[str] | None = None) -> int:
    """Report on finished runs."""
    parser = CommandParser(
        prog="python -m train.report",
        description="Print finished runs beside the paper's tables, and write report.md and its plots again.",
    )
    parser.add_argument("run", nargs="+", type=Path, metavar="RUN", help="a run's folder, or a folder of runs")
    add_version(parser)
    args = parser.parse_args(argv)
    console = PrintableConsole()
    folders = dict.fromkeys(run for folder in args.run for run in finished_runs(folder))
    # Not before there is a run: with torch, and every data set's reader.
    from train.datasets import DATASETS
    from train.paper.comparison import paper_figures
    from train.reporting.run_record import read_metrics, read_record
    from train.reporting.run_report import print_report, write_report

    runs = [(run, read_record(run), read_metrics(run)) for run in folders]
    for run, record, metrics in runs:
        if len(runs) > 1:
            console.rule(str(run))
        dataset = DATASETS.get(record.settings.dataset)
        primary_metrics = dataset.primary_metrics if dataset else PRIMARY_METRICS
        printed = paper_figures(record.settings)
        write_report(run, record, metrics, primary_metrics, printed)
        print_report(run, metrics, primary_metrics, printed)
    if len(runs) > 1:
        table_console(_WIDTH).print(compare_runs(runs))
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
