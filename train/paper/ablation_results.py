"""What an ablation measured, beside the paper's figures: a table in the terminal, JSON, Markdown and a plot."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import torch
from lightning.pytorch.utilities import rank_zero_only
from pydantic import BaseModel, TypeAdapter
from rich.table import Table

from engines.files.output import write_atomic
from train.models.model_kind import ModelKind
from train.models.network import build_network
from train.paper.ablation_rows import AblationRow, AblationTable
from train.paper.cost import count_parameters
from train.paper.tables import BACKBONE_TITLES, DATASET_TITLES
from train.regions.view_regions import RegionOrder, RegionSource
from train.reporting.console import table_console
from train.reporting.metrics import Metrics
from train.reporting.plots import plot_beside_paper
from train.reporting.run_record import RunSettings

_WIDTH = 150
_TITLE_LETTERS = 105


class AblationResult(BaseModel):
    """One trained row. Fractions lie in 0..1; the paper's are with ResNet-50.

    Attributes:
        row: its name on the command line, and its run's folder.
        clusters: κ.
        primary, secondary, regions: how many regions the network looks at, without the whole image.
        params_m: trainable parameters in millions.
        paper_top1: the paper's top-1 by data set.
    """

    row: str
    title: str
    part: str
    backbone: str
    model: ModelKind
    region_source: RegionSource
    clusters: int
    primary: int
    secondary: int
    regions: int
    params_m: float
    images: int
    top1: float
    top5: float | None
    map: float
    log_loss: float
    paper_top1: dict[str, float]

    @classmethod
    def of(cls, row: AblationRow, settings: RunSettings, metrics: Metrics) -> AblationResult:
        """The result of a row that was trained with these settings. The bare backbone looks at no region."""
        network, layout = settings.network, settings.network.layout
        bare = network.model is ModelKind.BASELINE
        with torch.device("meta"):
            parameters = count_parameters(build_network(network, frozen=settings.recipe.frozen))
        return cls(
            row=row.name,
            # The paper has ResNet-50 alone.
            title=row.title.replace("ResNet-50", BACKBONE_TITLES.get(network.backbone, network.backbone)),
            part=row.part,
            backbone=network.backbone,
            model=network.model,
            region_source=settings.region_source,
            clusters=0 if bare else network.kappa,
            primary=0 if bare else layout.primary_count,
            secondary=0 if bare else layout.pair_count,
            regions=0 if bare else layout.count,
            params_m=parameters / 1e6,
            images=metrics.images,
            top1=metrics.top1,
            top5=metrics.top5,
            map=metrics.map,
            log_loss=metrics.log_loss,
            paper_top1={name: round(value / 100, 4) for name, value in row.paper.by_dataset().items()},
        )


def heading(table: AblationTable, settings: RunSettings) -> str:
    """What the results are of, in one line."""
    network = settings.network
    how = f"{network.backbone}, recipe {settings.recipe.name}"
    if settings.region_order is RegionOrder.RANDOM:
        how += ", regions in random order"
    if settings.move_keypoints:
        how += ", keypoints moved"
    return f"{table.heading}; ours: {settings.dataset} ({settings.split}), {how}"


@rank_zero_only
def print_results(results: Sequence[AblationResult], title: str) -> None:
    """The table as people read it."""
    table = Table(title=title, caption="the paper's figures are with ResNet-50")
    headings, rows = _cells(results)
    for index, text in enumerate(headings):
        table.add_column(text, justify="left" if index == 0 else "right", no_wrap=index == 0)
    for index, cells in enumerate(rows):
        ends = index + 1 < len(results) and results[index].part != results[index + 1].part
        table.add_row(*cells, end_section=ends)
    table_console(_WIDTH).print(table)


@rank_zero_only
def write_results(results: Sequence[AblationResult], title: str, folder: Path, name: str) -> None:
    """Write `NAME.json`, `NAME.md` and `NAME.png` into a folder. Raises `UserError` when they cannot be written."""
    content = TypeAdapter(list[AblationResult]).dump_json(list(results), indent=1)
    write_atomic(folder / f"{name}.json", content + b"\n")
    headings, rows = _cells(results)
    rule = "|---" + "|---:" * (len(headings) - 1) + "|"
    lines = [f"| {' | '.join(cells)} |" for cells in (headings, *rows)]
    text = "\n".join([f"# {title}", "", lines[0], rule, *lines[1:], "", "The paper's figures are with ResNet-50.", ""])
    write_atomic(folder / f"{name}.md", text)
    plot_beside_paper(
        [result.title for result in results],
        [result.top1 for result in results],
        {DATASET_TITLES[key]: [result.paper_top1[key] for result in results] for key in results[0].paper_top1},
        textwrap.fill(title, _TITLE_LETTERS),
        folder / f"{name}.png",
        [result.part for result in results],
    )


def _cells(results: Sequence[AblationResult]) -> tuple[list[str], list[list[str]]]:
    """Headings and rows as text."""
    datasets = list(results[0].paper_top1)
    headings = ["row", "P-SR", "S-SR", "params M", "top-1", "mAP", "log loss"]
    headings += [f"paper, {DATASET_TITLES[name]}" for name in datasets]
    rows = [
        [
            result.title,
            str(result.primary),
            str(result.secondary),
            f"{result.params_m:.2f}",
            f"{result.top1:.2%}",
            f"{result.map:.2%}",
            f"{result.log_loss:.3f}",
            *(f"{result.paper_top1[name]:.2%}" for name in datasets),
        ]
        for result in results
    ]
    return headings, rows
