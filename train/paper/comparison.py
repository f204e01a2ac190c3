"""The paper's rows that stand beside a run: those of its data set, backbone and model."""

from __future__ import annotations

from typing import NamedTuple

from train.models.model_kind import ModelKind
from train.paper.ablation_rows import AblationTable, row_of
from train.paper.tables import (
    BACKBONE_TITLES,
    CLASS_AP,
    CLASS_TOP1,
    DATASET_TITLES,
    TABLE_I,
    TABLE_II,
    TABLE_III,
    TABLE_IV,
    TABLE_IV_PREVIOUS_BEST,
    TABLE_V,
    PrintedScores,
)
from train.reporting.run_record import RunSettings
from train.reporting.run_report import Printed, PrintedRow


class PaperRow(NamedTuple):
    """One row of a table of the paper: where it stands, whose it is, its scores in percent."""

    table: str
    method: str
    scores: PrintedScores


def paper_dataset(settings: RunSettings) -> str | None:
    """The run's data set as `DATASET_TITLES` names it; None for one that the paper does not have."""
    if settings.dataset == "auc":
        return "auc-v1" if settings.split.startswith(DATASET_TITLES["auc-v1"]) else "auc-v2"
    return settings.dataset if settings.dataset in DATASET_TITLES else None


def paper_rows(settings: RunSettings) -> list[PaperRow]:
    """What the paper prints for runs like this one, the nearest first; nothing for data that it does not have.

    AG-Net has Table IV, Table I and the methods of Table II or III, the bare backbone Table V, anything between
    them, or with other regions, its row of Table VII or VIII. A backbone that the paper does not have gets the rows
    of all that it has.
    """
    dataset = paper_dataset(settings)
    if dataset is None:
        return []
    found = row_of(settings)
    if found is None:
        return []
    table, row = found
    match row.model, table, row.name:
        case ModelKind.BASELINE, _, _:
            return _by_backbone("Table V", TABLE_V, settings.network.backbone, dataset)
        case ModelKind.FULL, AblationTable.COMPONENTS, "gap-gmp":
            rows = _by_backbone("Table IV", TABLE_IV, settings.network.backbone, dataset)
            rows.append(PaperRow("Table I", "AG-Net, best backbone", TABLE_I[dataset]))
            rows.append(PaperRow("Table IV", "the best before AG-Net", TABLE_IV_PREVIOUS_BEST[dataset]))
            for name, methods in (("Table II", TABLE_II), ("Table III", TABLE_III)):
                rows += [PaperRow(name, method, scores) for method, scores in methods.get(dataset, {}).items()]
            return rows
        case _:
            printed = row.paper.by_dataset().get(dataset)
            where = f"Table {table.value.upper()}"
            return [] if printed is None else [PaperRow(where, f"{row.title}, ResNet-50", PrintedScores(printed))]


def paper_figures(settings: RunSettings) -> Printed:
    """All that the paper prints for runs like this one, as a report puts it beside them."""
    dataset = paper_dataset(settings) or ""
    return Printed(
        rows=[
            PrintedRow(
                row.table,
                row.method,
                row.scores.top1_words(),
                *(None if value is None else value / 100 for value in (row.scores.top5, row.scores.map)),
            )
            for row in paper_rows(settings)
        ],
        class_average_precision={name: value / 100 for name, value in CLASS_AP.get(dataset, {}).items()},
        class_top1={name: value / 100 for name, value in CLASS_TOP1.get(dataset, {}).items()},
    )


def _by_backbone(table: str, rows: dict[str, dict[str, PrintedScores]], backbone: str, dataset: str) -> list[PaperRow]:
    chosen = [backbone] if backbone in rows else list(rows)
    return [PaperRow(table, BACKBONE_TITLES[name], rows[name][dataset]) for name in chosen if dataset in rows[name]]
