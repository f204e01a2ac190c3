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

_CELL_CHANNELS = 96
_DROPOUT = 0.2
_FINEST_STRIDE = 16
"""Of the finer of the two maps, in pixels of the view."""


class PlaceNet(nn.Module):
    """The backbone's last two maps, fused, pooled in 4×4 cells side by side; beside them the last map's mean.

    Args:
        backbone: whose last two maps have strides of 16 and 32 pixels.
        classes: K.
        view_size: S; the finer map is divided into cells of the same size.

    Raises:
        UserError: when the backbone has one map only, or the view cannot be divided.
    """

    def __init__(self, backbone: Backbone, classes: int, view_size: int) -> None:
        super().__init__()
        if backbone.finer_channels is None:
            raise UserError("model places needs a backbone with two feature maps: choose another, or another model")
        if view_size % (_FINEST_STRIDE * _CELLS):
            raise UserError(
                f"model places divides the view into cells: set view_size in the recipe to a multiple of "
                f"{_FINEST_STRIDE * _CELLS}"
            )
        self.backbone = backbone
        self.finer = nn.Conv2d(backbone.finer_channels, _CELL_CHANNELS, 1)
        self.coarser = nn.Conv2d(backbone.channels, _CELL_CHANNELS, 1)
        self.dropout = nn.Dropout(_DROPOUT)
        self.classifier = nn.Linear(_CELLS * _CELLS * _CELL_CHANNELS + backbone.channels, classes)

    def forward(self, images: Tensor, regions: Tensor) -> NetworkOutput:
        """RGB pixels (B, S, S, 3) and regions (B, R, 4) → logits and region weights; looks at no region."""
        finer, last = self.backbone.last_two(images)
        fused = F.relu(self.finer(finer) + F.interpolate(self.coarser(last), scale_factor=2.0, mode="nearest"))
        side = fused.shape[-1] // _CELLS
        cells = F.avg_pool2d(fused, side).flatten(1)
        pooled = torch.cat([cells, last.mean(dim=(2, 3))], dim=1)
        weights = torch.cat([torch.zeros_like(regions[..., 0]), torch.ones_like(pooled[:, :1])], dim=1)
        return NetworkOutput(self.classifier(self.dropout(pooled)), weights)
