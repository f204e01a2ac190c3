"""AG-Net as a plain loop, to measure `train.models.agnet` against: `python -m train.studies.step_cost` does.

SIFT and the Gaussian mixture run inside `forward`, image by image; every region is cropped and goes through a
squeeze-and-excitation module of its own, one after another; and the maps α_r of equation (3) are formed. The same
parameters and the same values as the rearranged network with regions from the loader.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from engines.plain_regions import plain_regions
from train.models.agnet import CROP_SIZE, AGNet, NetworkOutput, with_whole_image


class SqueezeExcitation(nn.Module):
    """One region's block with its residual path: f + f · σ(W₂ relu(W₁ mean f)), (B, C, P, P) → the same shape."""

    def __init__(self, squeeze: Tensor, excite: Tensor) -> None:
        super().__init__()
        self.squeeze = nn.Linear(squeeze.shape[0], squeeze.shape[1], bias=False)
        self.excite = nn.Linear(excite.shape[0], excite.shape[1], bias=False)
        with torch.no_grad():
            self.squeeze.weight.copy_(squeeze.T)
            self.excite.weight.copy_(excite.T)

    def forward(self, region: Tensor) -> Tensor:
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(region.mean(dim=(2, 3))))))
        return region + region * gate[:, :, None, None]


class PlainAGNet(nn.Module):
    """AG-Net as the paper's text reads, with the parameters of a rearranged one.

    Args:
        network: whose parameters to copy.
        kappa: κ, the primary regions that `forward` finds.
    """

    def __init__(self, network: AGNet, kappa: int) -> None:
        super().__init__()
        self.kappa = kappa
        self.backbone = copy.deepcopy(network.backbone)
        self.self_attention = copy.deepcopy(network.self_attention)
        blocks = zip(network.se_residual.squeeze, network.se_residual.excite, strict=True)
        self.se_residual = nn.ModuleList(SqueezeExcitation(squeeze, excite) for squeeze, excite in blocks)
        self.inter_attention = copy.deepcopy(network.inter_attention)
        self.pooling = copy.deepcopy(network.pooling)
        self.classifier = copy.deepcopy(network.classifier)

    def forward(self, images: Tensor, regions: Tensor | None = None) -> NetworkOutput:
        """RGB pixels (B, S, S, 3) uint8 → logits and region weights; without regions (B, R, 4) they are found here."""
        if regions is None:
            regions = torch.from_numpy(np.stack([_regions(view, self.kappa) for view in images.cpu().numpy()]))
        features = self.self_attention(self.backbone(images))
        regions = with_whole_image(regions.to(features))
        maps = [block(_crop(features, regions[:, slot])) for slot, block in enumerate(self.se_residual)]
        # Flat as the parameters expect it: position after position, the channels of each together.
        f = torch.stack([region.permute(0, 2, 3, 1).flatten(1) for region in maps], dim=1)  # (B, R + 1, d)
        attention = self.inter_attention
        u = torch.tanh(attention.w_u(f).unsqueeze(2) + attention.w_u_prime(f).unsqueeze(1))
        m = torch.sigmoid(attention.w_m(u)).squeeze(-1)
        alpha = m @ f
        w = torch.softmax(attention.w_alpha(alpha).squeeze(-1), dim=1)
        final = (w.unsqueeze(-1) * alpha).sum(dim=1) * attention.scale
        return NetworkOutput(self.classifier(self.pooling(final.unflatten(1, (CROP_SIZE**2, -1)))), w)


def _regions(view: NDArray[np.uint8], kappa: int) -> NDArray[np.float32]:
    """The boxes (R, 4) of an (S, S, 3) uint8 RGB view."""
    return plain_regions(view, kappa, descriptors=False).boxes


def _crop(features: Tensor, boxes: Tensor) -> Tensor:
    """A box (B, 4) of each image's feature map (B, C, H, W) as (B, C, P, P), bilinearly."""
    steps = (torch.arange(CROP_SIZE, dtype=boxes.dtype, device=boxes.device) + 0.5) / CROP_SIZE
    x0, y0, x1, y1 = (side.unsqueeze(1) for side in boxes.unbind(1))
    x, y = x0 + (x1 - x0) * steps, y0 + (y1 - y0) * steps
    shape = (len(boxes), CROP_SIZE, CROP_SIZE)
    grid = torch.stack([x[:, None, :].expand(shape), y[:, :, None].expand(shape)], dim=-1) * 2 - 1
    return F.grid_sample(features, grid, mode="bilinear", padding_mode="border", align_corners=False)
