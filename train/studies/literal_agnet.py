"""AG-Net's equations (1) to (5) as printed: `train.models.agnet` is tested and measured against them.

SIFT and the Gaussian mixture run inside `forward`, image by image; every region is cropped and goes through a
squeeze-and-excitation module of its own, one after another; and the maps α_r of equation (3) are formed. The same
parameters and the same values as the rearranged network with regions from the loader, and none of its code.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from train.models.agnet import CROP_SIZE, AGNet, LearnedPooling, NetworkOutput
from train.studies.reference_regions import reference_regions


class SqueezeExcitation(nn.Module):
    """One region's block with its residual path: f + f · σ(W₂ relu(W₁ mean f)), (B, C, P, P) → the same shape."""

    def __init__(self, squeeze: Tensor, excite: Tensor) -> None:
        super().__init__()
        self.squeeze = nn.Linear(len(squeeze), squeeze.shape[1], bias=False, dtype=squeeze.dtype)
        self.excite = nn.Linear(len(excite), excite.shape[1], bias=False, dtype=excite.dtype)
        with torch.no_grad():
            self.squeeze.weight.copy_(squeeze.T)
            self.excite.weight.copy_(excite.T)

    def forward(self, region: Tensor) -> Tensor:
        gate = torch.sigmoid(self.excite(torch.relu(self.squeeze(region.mean(dim=(2, 3))))))
        return region + region * gate[:, :, None, None]


class ReferenceAGNet(nn.Module):
    """AG-Net with the parameters of a rearranged one, under the same names but `se_residual`'s.

    Args:
        network: whose parameters to copy; with the learned pooling of equation (4).
        kappa: κ, the primary regions that `forward` finds.
    """

    def __init__(self, network: AGNet, kappa: int) -> None:
        super().__init__()
        assert isinstance(network.pooling, LearnedPooling)
        self.kappa = kappa
        self.backbone = copy.deepcopy(network.backbone)
        # Of these only the parameters are used.
        self.self_attention = copy.deepcopy(network.self_attention)
        self.inter_attention = copy.deepcopy(network.inter_attention)
        self.pooling = copy.deepcopy(network.pooling)
        self.classifier = copy.deepcopy(network.classifier)
        blocks = zip(network.se_residual.squeeze, network.se_residual.excite, strict=True)
        self.se_residual = nn.ModuleList(SqueezeExcitation(squeeze, excite) for squeeze, excite in blocks)

    def forward(self, images: Tensor, regions: Tensor | None = None) -> NetworkOutput:
        """RGB pixels (B, S, S, 3) uint8 → logits and region weights; without regions (B, R, 4) they are found here."""
        if regions is None:
            regions = torch.from_numpy(np.stack([_regions(view, self.kappa) for view in images.cpu().numpy()]))
        features = self._attend(self.backbone(images))
        whole = torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(len(regions), 1, 4)
        boxes = torch.cat([regions.to(features), whole.to(features)], dim=1)
        maps = [block(_crop(features, boxes[:, slot])) for slot, block in enumerate(self.se_residual)]
        final, weights = self._combine(maps)
        return NetworkOutput(self._classify(final), weights)

    def _attend(self, x: Tensor) -> Tensor:
        """Equation (1), (B, C, H, W) → the same shape."""
        attention, positions = self.self_attention, x.flatten(2)
        f, g, h = (
            part.weight.flatten(1) @ positions + part.get_parameter("bias").unsqueeze(1)
            for part in (attention.f, attention.g, attention.h)
        )
        t = torch.softmax(f.transpose(1, 2) @ g, dim=1)  # (B, i, j): normalised over i
        attended: Tensor = attention.delta * (h @ t) + positions
        return attended.view_as(x)

    def _combine(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Equations (2) and (3): R + 1 maps (B, C, P, P) → the final one (B, P·P, C) and the weights (B, R + 1)."""
        # Flat as the parameters expect it: position after position, the channels of each together.
        f = torch.stack([region.permute(0, 2, 3, 1).flatten(1) for region in maps], dim=1)  # (B, R + 1, d)
        attention = self.inter_attention
        u = torch.tanh(attention.w_u(f).unsqueeze(2) + attention.w_u_prime(f).unsqueeze(1))
        m = torch.sigmoid(attention.w_m(u)).squeeze(-1)
        alpha = m @ f
        w = torch.softmax(attention.w_alpha(alpha).squeeze(-1), dim=1)
        # The constant factor is the implementation's, see `train.models.agnet.InterAttention`.
        final = (w.unsqueeze(-1) * alpha).sum(dim=1) * (2 / len(maps))
        return final.unflatten(1, (CROP_SIZE**2, -1)), w

    def _classify(self, final: Tensor) -> Tensor:
        """Equation (4) and the classification layer, (B, P·P, C) → logits (B, K)."""
        gmp, gap = final.amax(dim=1), final.mean(dim=1)
        omega = torch.softmax(torch.cat([self.pooling.w_omega(gmp), self.pooling.w_omega(gap)], dim=1), dim=1)
        logits: Tensor = self.classifier(omega[:, :1] * gmp + omega[:, 1:] * gap)
        return logits


def _regions(view: NDArray[np.uint8], kappa: int) -> NDArray[np.float32]:
    """The boxes (R, 4) of an (S, S, 3) uint8 RGB view."""
    return reference_regions(view, kappa, descriptors=False).boxes


def _crop(features: Tensor, boxes: Tensor) -> Tensor:
    """A box (B, 4) of each image's feature map (B, C, H, W) as (B, C, P, P), bilinearly."""
    steps = (torch.arange(CROP_SIZE, dtype=boxes.dtype, device=boxes.device) + 0.5) / CROP_SIZE
    x0, y0, x1, y1 = (side.unsqueeze(1) for side in boxes.unbind(1))
    x, y = x0 + (x1 - x0) * steps, y0 + (y1 - y0) * steps
    shape = (len(boxes), CROP_SIZE, CROP_SIZE)
    grid = torch.stack([x[:, None, :].expand(shape), y[:, :, None].expand(shape)], dim=-1) * 2 - 1
    return F.grid_sample(features, grid, mode="bilinear", padding_mode="border", align_corners=False)
