"""The rows of Tables VII and VIII: what each trains, and what the paper prints there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from train.models.model_kind import ModelKind
from train.paper.tables import TABLE_VII, TABLE_VIII, PrintedAblation, PrintedCounts
from train.regions.view_regions import COCO, RegionOrder, RegionSource

if TYPE_CHECKING:
    from train.reporting.run_record import RunSettings


class AblationTable(str, Enum):
    """Which of the paper's tables."""

    COMPONENTS = "vii"
    REGIONS = "viii"

    @property
    def heading(self) -> str:
        """Its name, and what its rows are."""
        return {
            AblationTable.COMPONENTS: "Table VII: components switched on one by one",
            AblationTable.REGIONS: "Table VIII: primary and secondary regions",
        }[self]


@dataclass(frozen=True)
class AblationRow:
    """One row, which is one trained network.

    Attributes:
        name: on the command line and as the run's folder.
        title: as the paper writes it.
        part: the part of the table that it stands in.
        model, source, kappa, primaries, pairs: what it changes in a run, see `NetworkSettings` and `RunSettings`.
        paper: the paper's accuracies.
    """

    name: str
    title: str
    part: str
    paper: PrintedAblation
    model: ModelKind = ModelKind.FULL
    source: RegionSource = RegionSource.KEYPOINTS
    kappa: int = 8
    primaries: bool = True
    pairs: int | None = None

    def settings(self, run: RunSettings, mask_rcnn: str = COCO) -> RunSettings:
        """The settings of a run that trains the row; everything else is as in `run`.

        Args:
            run: settings of any network.
            mask_rcnn: Mask R-CNN's weights, see `train.regions.mask_rcnn`.
        """
        changes = {"model": self.model, "kappa": self.kappa, "primaries": self.primaries, "pairs": self.pairs}
        network = type(run.network).model_validate({**run.network.model_dump(), **changes})
        weights = mask_rcnn if self.source is RegionSource.MASK_RCNN else None
        return run.model_copy(
            update={"network": network, "region_source": self.source, "mask_rcnn_weights": weights},
        )


_ONE_BY_ONE, _OTHER_REGIONS = "components", "other regions"


def _component(
    name: str, title: str, model: ModelKind = ModelKind.FULL, source: RegionSource = RegionSource.KEYPOINTS
) -> AblationRow:
    part = _ONE_BY_ONE if source is RegionSource.KEYPOINTS else _OTHER_REGIONS
    return AblationRow(name, title, part, TABLE_VII[title], model, source)


def _combination(counts: PrintedCounts, paper: PrintedAblation) -> AblationRow:
    """A row of Table VIII. Its "P-SR" is the number of clusters where only secondary regions are used."""
    kappa = counts.primary
    pairs = None if counts.secondary == kappa * (kappa - 1) // 2 else counts.secondary
    match counts.part:
        case "P-SR":
            name, title = f"p{kappa}", f"{kappa} P-SR"
        case "S-SR":
            name, title = f"s{counts.secondary}-of-{kappa}", f"{counts.secondary} S-SR of {kappa} clusters"
        case _:
            name, title = f"p{kappa}+s{counts.secondary}", f"{kappa} P-SR + {counts.secondary} S-SR"
    return AblationRow(name, title, counts.part, paper, kappa=kappa, primaries=counts.part != "S-SR", pairs=pairs)


ROWS: dict[AblationTable, tuple[AblationRow, ...]] = {
    AblationTable.COMPONENTS: (
        _component("base", "Base ResNet-50", ModelKind.BASELINE),
        _component("regions", "+SRs (8 P-SRs + 28 S-SRs)", ModelKind.NO_ATTENTION),
        _component("intra", "+Intra-Attention", ModelKind.INTRA_ATTENTION),
        _component("inter", "+Inter-Attention", ModelKind.INTER_ATTENTION),
        _component("gmp", "+Classification (only GMP)", ModelKind.MAX_POOLING),
        _component("gap-gmp", "+Classification (GAP & GMP)", ModelKind.FULL),
        _component("mask-rcnn", "SR (using Mask RCNN)", source=RegionSource.MASK_RCNN),
        _component("feature-map", "SR (using CNN feature clustering)", source=RegionSource.FEATURE_MAP),
    ),
    AblationTable.REGIONS: tuple(_combination(counts, paper) for counts, paper in TABLE_VIII.items()),
}
"""In the order of the paper."""


def row_of(run: RunSettings) -> tuple[AblationTable, AblationRow] | None:
    """The row that a run is, whatever its data and backbone; the first of those that are the same network.

    None for regions in random order, which the paper does not have.
    """
    network = run.network
    if run.region_order is RegionOrder.RANDOM and network.model is not ModelKind.BASELINE:
        return None
    for table, rows in ROWS.items():
        for row in rows:
            theirs = row.settings(run).network
            if theirs == network and row.source is run.region_source:
                return table, row
    return None
