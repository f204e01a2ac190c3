"""The arms beside each other: tables in the terminal and as Markdown, and a plot of the differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from engines.files.output import SHARED, write_atomic
from train.comparison.differences import (
    Difference,
    Judged,
    Verdict,
    as_predicted,
    common_runs,
    paired_difference,
    tempered,
    verdict,
)
from train.comparison.figures import ArmFigures, DriverFigures
from train.reporting.console import table_console
from train.reporting.markdown_templates import markdown_templates
from train.reporting.plots import plot_differences

TABLE, PLOT = "comparison.md", "comparison.png"
_WIDTH = 176
_HEADINGS = (
    "arm",
    "runs",
    "hours",
    "top-1",
    "worst driver",
    "log loss",
    "tempered",
    "difference (90 %)",
    "tempered difference (90 %)",
    "verdict",
)


@dataclass(frozen=True)
class ArmResult:
    """An arm on what it is judged on. The differences and the verdict are None for the base, and without runs.

    Attributes:
        figures: by driver, each summed up over the runs.
        difference, tempered_difference: over the runs that the base has, too.
    """

    arm: ArmFigures
    figures: Sequence[DriverFigures]
    difference: Difference | None
    tempered_difference: Difference | None
    verdict: Verdict | None

    @classmethod
    def of(cls, arm: ArmFigures, base: ArmFigures, judged: Judged) -> ArmResult:
        """The result of an arm beside the base."""
        figures = _by_driver(arm, judged)
        if arm.name == base.name:
            return cls(arm, figures, None, None, None)
        runs = common_runs(arm, base)
        differences = [paired_difference(runs, judged, loss) for loss in (as_predicted, tempered)]
        return cls(arm, figures, differences[0], differences[1], verdict(arm, base, judged))


def _by_driver(arm: ArmFigures, judged: Judged) -> list[DriverFigures]:
    sums: dict[str, DriverFigures] = {}
    for figures in (figures for run in arm.runs for figures in judged.of(run)):
        before = sums.get(figures.driver)
        sums[figures.driver] = figures if before is None else _sum((before, figures), figures.driver)
    return list(sums.values())


def _sum(figures: Sequence[DriverFigures], name: str) -> DriverFigures:
    return DriverFigures(
        driver=name,
        images=sum(each.images for each in figures),
        correct=sum(each.correct for each in figures),
        log_loss=sum(each.log_loss for each in figures),
        tempered=sum(each.tempered for each in figures),
    )


def write_results(arms: Sequence[ArmFigures], base: ArmFigures, folder: Path) -> None:
    """Write `comparison.md` and `comparison.png`. Raises `UserError` when they cannot be written."""
    results = {judged: [ArmResult.of(arm, base, judged) for arm in arms] for judged in Judged}
    text = (
        markdown_templates()
        .get_template("comparison.md.jinja")
        .render(
            arms=arms,
            base=base,
            headings=_HEADINGS,
            tables={judged.heading: [_cells(result) for result in rows] for judged, rows in results.items()},
        )
    )
    write_atomic(folder / TABLE, text, SHARED)
    others = [arm.name for arm in arms if arm.name != base.name]
    if not others:
        return
    plot_differences(
        others,
        {
            judged.heading: {
                "as predicted": [result.difference for result in rows if result.arm.name in others],
                "tempered": [result.tempered_difference for result in rows if result.arm.name in others],
            }
            for judged, rows in results.items()
        },
        f"log loss less that of {base.name}, 90 % of resampled drivers and seeds",
        folder / PLOT,
    )


def print_results(arms: Sequence[ArmFigures], base: ArmFigures) -> None:
    """The tables as people read them."""
    console = table_console(_WIDTH)
    for judged in Judged:
        table = Table(title=f"on {judged.heading}")
        for heading in _HEADINGS:
            is_text = heading in ("arm", "verdict")
            table.add_column(heading, justify="left" if is_text else "right", no_wrap=is_text)
        for arm in arms:
            table.add_row(*_cells(ArmResult.of(arm, base, judged)))
        console.print(table)


def _cells(result: ArmResult) -> list[str]:
    arm, figures = result.arm, result.figures
    cells = [arm.name, str(len(arm.runs)), f"{sum(run.seconds for run in arm.runs) / 3600:.1f}"]
    if not figures:
        return [*cells, *("–" for _ in _HEADINGS[len(cells) :])]
    whole = _sum(figures, "")
    worst = min(figures, key=lambda each: each.correct / each.images)
    return [
        *cells,
        f"{whole.correct / whole.images:.2%}",
        f"{worst.correct / worst.images:.1%} {worst.driver}",
        f"{whole.log_loss / whole.images:.3f}",
        f"{whole.tempered / whole.images:.3f}",
        _interval(result.difference),
        _interval(result.tempered_difference),
        "base" if result.verdict is None else result.verdict.value,
    ]


def _interval(difference: Difference | None) -> str:
    if difference is None:
        return "–"
    mean = f"{difference.mean:+.3f}"
    if difference.low is None or difference.high is None:
        return mean
    return f"{mean} ({difference.low:+.3f} to {difference.high:+.3f})"
