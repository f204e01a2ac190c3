"""Figures that the AG-Net paper prints, to stand beside our own; nothing is computed from them.

They lie in `tables.toml`. Accuracies and mean average precisions are percentages. Data sets are named as in
`DATASET_TITLES`. Of the bars in Figs. 5 to 9 only what the text says of AG-Net's own classes is here: the rest has no
numbers to read. Fig. 7 compares twenty of Stanford-40's classes with another method, and the text does not name them.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import tomllib
from pydantic import BaseModel, ConfigDict

from train.models.model_kind import ModelKind


class PrintedComplexity(NamedTuple):
    """A row of Table VI.

    Attributes:
        params_m: trainable parameters in millions, with a head of 40 classes.
        gflops: two operations for a multiply-add, one 224×224 image.
        infer_ms: one image on a Titan V.
        stanford40_h, ppmi24_h, auc_v2_h: hours of training, 50 epochs in batches of 8.
    """

    params_m: float
    gflops: float
    infer_ms: float
    stanford40_h: float
    ppmi24_h: float
    auc_v2_h: float


class PrintedScores(NamedTuple):
    """What the paper prints for one method on one data set, in percent; None where it prints nothing.

    Attributes:
        top1, top5: accuracies.
        map: mean average precision.
        top1_std: standard deviation of the accuracy over five runs.
    """

    top1: float | None = None
    top5: float | None = None
    map: float | None = None
    top1_std: float | None = None

    def top1_words(self) -> str:
        """The accuracy, with its standard deviation if there is one; a dash where the paper prints nothing."""
        if self.top1 is None:
            return "–"
        return f"{self.top1:.2f}%" + ("" if self.top1_std is None else f" ± {self.top1_std:.2f}")


class PrintedAblation(NamedTuple):
    """A row of Table VII or VIII: top-1 with ResNet-50, in percent."""

    stanford40: float
    ppmi24: float
    auc_v2: float

    def by_dataset(self) -> dict[str, float]:
        """The accuracies by the names of `DATASET_TITLES`."""
        return {"stanford40": self.stanford40, "ppmi24": self.ppmi24, "auc-v2": self.auc_v2}


class PrintedCounts(NamedTuple):
    """What Table VIII counts in a row; a row of secondary regions only counts its clusters as P-SR all the same.

    Attributes:
        part: P-SR, S-SR or Both.
        primary, secondary, total: numbers of regions.
    """

    part: str
    primary: int
    secondary: int
    total: int


class _CombinationRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    counts: PrintedCounts
    top1: PrintedAblation


class _Tables(BaseModel):
    """The content of `tables.toml`, whose comments say what each table is."""

    model_config = ConfigDict(extra="forbid")

    dataset_titles: dict[str, str]
    backbone_titles: dict[str, str]
    table_i: dict[str, PrintedScores]
    table_ii: dict[str, dict[str, PrintedScores]]
    table_iii: dict[str, dict[str, PrintedScores]]
    table_iv: dict[str, dict[str, PrintedScores]]
    table_iv_previous_best: dict[str, PrintedScores]
    table_v: dict[str, dict[str, float]]
    table_vi: dict[str, dict[ModelKind, PrintedComplexity]]
    table_vii: dict[str, PrintedAblation]
    table_viii: list[_CombinationRow]
    class_ap: dict[str, dict[str, float]]
    class_top1: dict[str, dict[str, float]]


_TABLES = _Tables.model_validate(tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")))

DATASET_TITLES = _TABLES.dataset_titles
BACKBONE_TITLES = _TABLES.backbone_titles
TABLE_I = _TABLES.table_i
TABLE_II = _TABLES.table_ii
TABLE_III = _TABLES.table_iii
TABLE_IV = _TABLES.table_iv
TABLE_IV_PREVIOUS_BEST = _TABLES.table_iv_previous_best
TABLE_V = {
    backbone: {dataset: PrintedScores(top1) for dataset, top1 in row.items()}
    for backbone, row in _TABLES.table_v.items()
}
TABLE_VI = {(backbone, kind): row for backbone, rows in _TABLES.table_vi.items() for kind, row in rows.items()}
TABLE_VII = _TABLES.table_vii
TABLE_VIII = {row.counts: row.top1 for row in _TABLES.table_viii}
CLASS_AP = _TABLES.class_ap
CLASS_TOP1 = _TABLES.class_top1
