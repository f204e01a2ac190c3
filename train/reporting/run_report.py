"""A run's results as people read them: printed, and as `report.md` with its plots in the run's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from lightning.pytorch.utilities import rank_zero_only
from rich.table import Table

from engines.files.console import PrintableConsole
from engines.files.output import write_atomic
from train.reporting.markdown_templates import markdown_templates
from train.reporting.metric_names import PRIMARY_METRICS
from train.reporting.metrics import ClassMetrics, Metrics
from train.reporting.plots import plot_classes, plot_confusion
from train.reporting.run_record import RunRecord, RunSettings, read_record

REPORT = "report.md"
CONFUSION = "confusion.png"
CURVES = "curves.png"
CLASSES = "classes.png"
WORST_CLASSES = "worst_classes.png"

WORST = 30
"""How many classes Fig. 9 shows."""

_METRIC_FORMATS = {
    "top1": "top-1 {:.2%}",
    "top5": "top-5 {:.2%}",
    "map": "mAP {:.2%}",
    "log_loss": "log loss {:.3f}",
    "ece": "ECE {:.3f}",
}
PAPERS_SPLIT = "The paper's figures hold for its own split and images; compare only where yours are the same."
_CLASSES_TO_PRINT = 40
_IN_ORDER_UP_TO = 10


class PrintedRow(NamedTuple):
    """A row of a published table: where it stands, whose it is, top-1 as it is printed, the others in 0..1."""

    table: str
    method: str
    top1: str
    top5: float | None
    map: float | None


@dataclass(frozen=True)
class Printed:
    """What others have published for runs like this one; nothing for data that they do not have.

    Attributes:
        rows: the nearest first.
        class_average_precision, class_top1: by class name, in 0..1.
    """

    rows: Sequence[PrintedRow] = ()
    class_average_precision: Mapping[str, float] = field(default_factory=dict)
    class_top1: Mapping[str, float] = field(default_factory=dict)


NOTHING_PRINTED = Printed()


def worst_classes(metrics: Metrics, count: int = WORST) -> list[ClassMetrics]:
    """The classes with the lowest accuracy, the worst first; those without images are left out."""
    rows = [row for row in metrics.per_class if row.accuracy is not None]
    return sorted(rows, key=lambda row: (row.accuracy or 0.0, row.average_precision or 0.0))[:count]


def write_report(
    run: Path,
    record: RunRecord,
    metrics: Metrics,
    first: Sequence[str] = PRIMARY_METRICS,
    printed: Printed = NOTHING_PRINTED,
) -> None:
    """Write `report.md`, `confusion.png`, `classes.png` (Figs. 5, 6, 8) and, for many classes, `worst_classes.png`
    (Fig. 9) into a run's folder.

    Args:
        run: the folder.
        record: what the run is.
        metrics: its results.
        first: the metrics to write before the others.
        printed: what stands beside them.

    Raises:
        UserError: when they cannot be written.
    """
    name = title(record.settings)
    plot_confusion(metrics.confusion, record.classes, f"{name}: top-1 {metrics.top1:.2%}", run / CONFUSION)
    # As in Figs. 6 and 8 from the lowest average precision to the highest; a few classes stay in order, as in Fig. 5.
    present = [row for row in metrics.per_class if row.accuracy is not None]
    if len(present) > _IN_ORDER_UP_TO:
        present.sort(key=lambda row: row.average_precision or 0.0)
    plot_classes(present, f"{name}: by class, mAP {metrics.map:.2%}", run / CLASSES, printed.class_average_precision)
    worst = worst_classes(metrics) if len(present) > WORST else []
    if worst:
        plot_classes(
            worst, f"{name}: the {len(worst)} worst classes", run / WORST_CLASSES, printed.class_top1, "accuracy"
        )
    environment = markdown_templates()
    environment.filters["percent"] = _percent
    plots = [name for name in (CLASSES, WORST_CLASSES, CONFUSION, CURVES) if (run / name).exists()]
    text = environment.get_template("report.md.jinja").render(
        title=name,
        record=record,
        metrics=metrics,
        results=_in_words(metrics, first),
        comparison=comparison(record.settings, metrics, printed),
        papers_split=PAPERS_SPLIT,
        worst=worst,
        plots=plots,
    )
    write_atomic(run / REPORT, text)


def title(settings: RunSettings) -> str:
    """What a run is, in a few words."""
    return f"{settings.dataset}, {settings.network.backbone} {settings.network.model.value}"


def comparison(settings: RunSettings, metrics: Metrics, printed: Printed) -> list[tuple[str, ...]]:
    """Where a row stands, whose it is, top-1, top-5 and mAP: ours first, then what is printed, if there is any."""
    if not printed.rows:
        return []
    ours = ("ours", title(settings), *(_percent(value, 2) for value in (metrics.top1, metrics.top5, metrics.map)))
    return [
        ours,
        *((row.table, row.method, row.top1, _percent(row.top5, 2), _percent(row.map, 2)) for row in printed.rows),
    ]


@rank_zero_only
def print_report(
    run: Path, metrics: Metrics, first: Sequence[str] = PRIMARY_METRICS, printed: Printed = NOTHING_PRINTED
) -> None:
    """The results as people read them, the metrics named in `first` before the others; `metrics.json` has the rest.

    Raises:
        UserError: when the run's record cannot be read.
    """
    record = read_record(run)
    console = PrintableConsole()
    console.print(_in_words(metrics, first), soft_wrap=True)
    beside = comparison(record.settings, metrics, printed)
    if beside:
        papers = Table("", "method", "top-1", "top-5", "mAP", title="beside the paper")
        for index, cells in enumerate(beside):
            papers.add_row(*cells, end_section=index == 0)
        console.print(papers)
        console.print(PAPERS_SPLIT, soft_wrap=True)
    many = len(metrics.per_class) > _CLASSES_TO_PRINT
    heading = f"the {WORST} worst classes" if many else "by class"
    table = Table("class", "images", "accuracy", "AP", "precision", title=heading)
    for row in worst_classes(metrics) if many else metrics.per_class:
        values = (row.accuracy, row.average_precision, row.precision)
        table.add_row(row.name, str(row.count), *(_percent(value) for value in values))
    console.print(table)
    if metrics.per_driver:
        drivers = Table("driver", "images", "top-1", "log loss", title="by driver")
        for driver in metrics.per_driver:
            drivers.add_row(driver.driver, str(driver.count), _percent(driver.top1), f"{driver.log_loss:.3f}")
        console.print(drivers)
    console.print(f"written to {run}; {REPORT} has all classes and the plots", soft_wrap=True)


def _in_words(metrics: Metrics, first: Sequence[str]) -> str:
    """All metrics in one line, those named in `first` before the others."""
    values = {name: getattr(metrics, name) for name in (*first, *_METRIC_FORMATS)}
    written = [_METRIC_FORMATS[name].format(value) for name, value in values.items() if value is not None]
    return "   ".join([*written, f"on {metrics.images} images"])


def _percent(fraction: float | None, digits: int = 1) -> str:
    return "–" if fraction is None else f"{fraction:.{digits}%}"
