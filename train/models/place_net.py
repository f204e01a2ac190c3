"""A head that knows where in the view something is, on a bare backbone.

Global average pooling forgets places, and AG-Net's mean over regions does, too; what a driver does is a matter of where
the hands are. No part of the paper.

Shapes: B images, K classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engines.errors import UserError
from train.models.agnet import NetworkOutput
from train.models.backbones import Backbone

_CELLS = 4
"""The view is divided into 4×4 cells."""

CELL_CHANNELS = 96
DROPOUT = 0.2
_FINEST_STRIDE = 16
"""Of the finer of the two maps, in pixels of the view."""


class FusedCells(nn.Module):
    """The backbone's last two maps as one, and what lies in each of its 4×4 cells.

    Args:
        backbone: whose last two maps have strides of 16 and 32 pixels.
        view_size: S; the finer map is divided into cells of the same size.

    Attributes:
        features: how many values all cells have.

    Raises:
        UserError: when the backbone has one map only, or the view cannot be divided.
    """

    def __init__(self, backbone: Backbone, view_size: int) -> None:
        super().__init__()
        if backbone.finer_channels is None:
            raise UserError("this model needs a backbone with two feature maps: choose another, or another model")
        if view_size % (_FINEST_STRIDE * _CELLS):
            raise UserError(
                f"this model divides a view of {view_size} pixels into cells: set view_size in the recipe so that this "
                f"is a multiple of {_FINEST_STRIDE * _CELLS}"
            )
        self.finer = nn.Conv2d(backbone.finer_channels, CELL_CHANNELS, 1)
        self.coarser = nn.Conv2d(backbone.channels, CELL_CHANNELS, 1)
        self.features = _CELLS * _CELLS * CELL_CHANNELS

    def forward(self, finer: Tensor, last: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Maps (B, C', 2H, 2W) and (B, C, H, W) → the fused map (B, 96, 2H, 2W), its cells, the last map's mean (B, C).

        The cells are (B, `features`).
        """
        fused = F.relu(self.finer(finer) + F.interpolate(self.coarser(last), scale_factor=2.0, mode="nearest"))
        return fused, F.avg_pool2d(fused, fused.shape[-1] // _CELLS).flatten(1), last.mean(dim=(2, 3))


class PlaceNet(nn.Module):
    """Fused cells side by side, and the mean of the last map.

    Args:
        backbone, view_size: see `FusedCells`.
        classes: K.
    """

    def __init__(self, backbone: Backbone, classes: int, view_size: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.cells = FusedCells(backbone, view_size)
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(self.cells.features + backbone.channels, classes)

    def forward(self, images: Tensor, regions: Tensor) -> NetworkOutput:
        """RGB pixels (B, S, S, 3) and regions (B, R, 4) → logits and region weights; looks at no region."""
        finer, last = self.backbone.last_two(self.backbone.normalise(images))
        _, cells, mean = self.cells(finer, last)
        pooled = torch.cat([cells, mean], dim=1)
        weights = torch.cat([torch.zeros_like(regions[..., 0]), torch.ones_like(pooled[:, :1])], dim=1)
        return NetworkOutput(self.classifier(self.dropout(pooled)), weights)
