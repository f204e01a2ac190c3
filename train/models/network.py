"""One place that builds any of the project's networks from a few settings, for training and for export."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engines.regions import PRIMARY_REGIONS
from train.models.agnet import AGNet, AGNetWithoutAttention, AveragePooling, Baseline, MaxPooling
from train.models.backbones import Backbone, create_backbone
from train.models.model_kind import ModelKind
from train.models.place_net import PlaceNet
from train.models.zoom_net import ZoomNet
from train.regions.layout import RegionLayout

Network = AGNet | AGNetWithoutAttention | Baseline | PlaceNet | ZoomNet


class NetworkSettings(BaseModel):
    """What shapes a network; written to `run.json` so that export builds the same one.

    Attributes:
        kappa: κ, how many clusters there are.
        primaries: whether the clusters' boxes are regions, or only those of their pairs (Table VIII).
        pairs: how many of the κ(κ − 1)/2 pairs are regions; None for all of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backbone: str = "resnet50"
    model: ModelKind = ModelKind.FULL
    classes: int
    kappa: int = Field(PRIMARY_REGIONS, gt=0)
    primaries: bool = True
    pairs: int | None = Field(None, ge=0)
    view_size: int = 224

    @property
    def layout(self) -> RegionLayout:
        """Which regions the network looks at."""
        return RegionLayout(self.kappa, self.primaries, self.pairs)

    @model_validator(mode="after")
    def _has_regions(self) -> NetworkSettings:
        self.layout.check()
        return self


def build_network(
    settings: NetworkSettings, weights: str = "none", frozen: Sequence[str] = (), frozen_statistics: bool = False
) -> Network:
    """Make the network that the settings describe.

    Args:
        settings: its shape.
        weights: the backbone's, see `create_backbone`.
        frozen, frozen_statistics: what of the backbone training leaves as it is, see `Backbone.freeze`.

    Raises:
        UserError: when the backbone or its weights cannot be had, or do not go with the other settings.
    """
    backbone = create_backbone(settings.backbone, weights)
    backbone.check_view(settings.view_size)
    backbone.freeze(frozen, frozen_statistics)
    return _assemble(settings, backbone)


def _assemble(settings: NetworkSettings, backbone: Backbone) -> Network:
    shape = (backbone, backbone.channels, settings.classes, settings.layout.count)
    match settings.model:
        case ModelKind.BASELINE:
            return Baseline(*shape)
        case ModelKind.NO_ATTENTION:
            return AGNetWithoutAttention(*shape)
        case ModelKind.INTRA_ATTENTION:
            return AGNetWithoutAttention(*shape, self_attention=True)
        case ModelKind.INTER_ATTENTION:
            return AGNet(*shape, pooling=AveragePooling())
        case ModelKind.MAX_POOLING:
            return AGNet(*shape, pooling=MaxPooling())
        case ModelKind.FULL:
            return AGNet(*shape)
        case ModelKind.PLACES:
            return PlaceNet(backbone, settings.classes, settings.view_size)
        case ModelKind.ZOOM:
            return ZoomNet(backbone, settings.classes, settings.view_size)
