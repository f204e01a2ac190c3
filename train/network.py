"""One place that builds any of the project's networks from a few settings, for training and for export."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from pydantic import BaseModel, ConfigDict

from engines.regions import PRIMARY_REGIONS, region_count
from train.agnet import AGNet, AGNetWithoutAttention, Baseline
from train.backbones import create_backbone

Network = AGNet | AGNetWithoutAttention | Baseline


class ModelKind(str, Enum):
    """Which of Table VI's columns a network is."""

    FULL = "full"
    NO_ATTENTION = "no-attention"
    BASELINE = "baseline"


class NetworkSettings(BaseModel):
    """What shapes a network; written to `run.json` so that export builds the same one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backbone: str = "resnet50"
    model: ModelKind = ModelKind.FULL
    classes: int
    kappa: int = PRIMARY_REGIONS
    view_size: int = 224


_KINDS: dict[ModelKind, type[AGNet] | type[AGNetWithoutAttention] | type[Baseline]] = {
    ModelKind.FULL: AGNet,
    ModelKind.NO_ATTENTION: AGNetWithoutAttention,
    ModelKind.BASELINE: Baseline,
}


def build_network(settings: NetworkSettings, weights: str = "none", frozen: Sequence[str] = ()) -> Network:
    """Make the network that the settings describe.

    Args:
        settings: its shape.
        weights: the backbone's, see `create_backbone`.
        frozen: parts of the backbone that training leaves as they are, see `Backbone.freeze`.

    Raises:
        UserError: when the backbone or its weights cannot be had, or do not go with the other settings.
    """
    backbone = create_backbone(settings.backbone, weights)
    backbone.check_view(settings.view_size)
    backbone.freeze(frozen)
    return _KINDS[settings.model](backbone, backbone.channels, settings.classes, region_count(settings.kappa))
