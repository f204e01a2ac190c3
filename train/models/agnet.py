"""AG-Net: attend and guide (Bera, Wharton, Liu, Bessis, Behera, IEEE TIP 2021), equations (1) to (5).

The equations are rearranged without changing a value, which makes the network smaller in memory and free of
region-pooling operators: a bilinear crop is linear in the feature map, so all R + 1 crops are one matrix product;
and the regional maps α_r enter equation (3) only through sums over r, so they are never formed. The
equations as printed stand in `train/studies/literal_agnet.py` as the reference of this file.

Shapes: B images, R regions, C channels, an H×W feature map, P×P crops (P = 7), K classes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional as F

CROP_SIZE = 7
"""P: the side of a region's pooled feature map."""

_ATTENTION_UNITS = 32
_SQUEEZE_RATIO = 16
_KEY_RATIO = 8
_CROPS_AT_ONCE = 8


class NetworkOutput(NamedTuple):
    """What a network returns: class logits (B, K) and region weights w_r of equation (3), (B, R + 1)."""

    logits: Tensor
    region_weights: Tensor


class SelfAttention(nn.Module):
    """Intra-attention over the feature map, equation (1), after SAGAN (Zhang et al. 2019).

    t_ij = softmax_i(f(x_i)ᵀ g(x_j)), s_j = Σ_i t_ij h(x_i), o_j = δ s_j + x_j, with δ starting at 0.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        keys = channels // _KEY_RATIO
        self.f = nn.Conv2d(channels, keys, 1)
        self.g = nn.Conv2d(channels, keys, 1)
        self.h = nn.Conv2d(channels, channels, 1)
        self.delta = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        if torch.compiler.is_exporting():
            f, g, h = (part(x).flatten(2).transpose(1, 2) for part in (self.f, self.g, self.h))  # (B, H·W, C / 8 or C)
        else:
            # The matrix products that 1×1 convolutions are: on small maps torch has only a slow convolution.
            positions = x.flatten(2).transpose(1, 2)
            f, g, h = (F.linear(positions, part.weight.flatten(1), part.bias) for part in (self.f, self.g, self.h))
        attention = torch.softmax(f @ g.transpose(1, 2), dim=1)  # (B, i, j): normalised over i, for each j
        attended: Tensor = (attention.transpose(1, 2) @ h).transpose(1, 2).unflatten(2, x.shape[2:])
        output: Tensor = self.delta * attended + x
        return output


def crop_weights(boxes: Tensor, height: int, width: int) -> Tensor:
    """Bilinear interpolation weights that cut P×P crops out of an H×W map.

    Each crop samples the map at the centres of P×P equal bins of its box; the centre of map cell j is j + ½. Beyond
    the outermost cell centres the map is continued by its edge. The whole image of a P×P map is the map itself.

    Args:
        boxes: (B, N, 4) x0, y0, x1, y1 in 0..1.

    Returns:
        (B, N·P·P, H·W), each row summing to 1.
    """
    steps = (torch.arange(CROP_SIZE, dtype=boxes.dtype, device=boxes.device) + 0.5) / CROP_SIZE

    def along(low: Tensor, high: Tensor, cells: int) -> Tensor:  # (B, N, P, cells)
        position = (low.unsqueeze(-1) + (high - low).unsqueeze(-1) * steps) * cells - 0.5
        position = position.clamp(0, cells - 1).unsqueeze(-1)
        centres = torch.arange(cells, dtype=boxes.dtype, device=boxes.device)
        return torch.relu(1 - (position - centres).abs())

    x0, y0, x1, y1 = boxes.unbind(-1)
    rows, columns = along(y0, y1, height), along(x0, x1, width)
    weights = rows[:, :, :, None, :, None] * columns[:, :, None, :, None, :]  # (B, N, P, P, H, W)
    return weights.reshape(boxes.shape[0], -1, height * width)


def with_whole_image(regions: Tensor) -> Tensor:
    """(B, R, 4) → (B, R + 1, 4): the whole image becomes the last region."""
    # Made where the regions are: a recorded CUDA graph can hold no copy from the host.
    whole = (torch.arange(4, device=regions.device) >= 2).to(regions.dtype)  # x0, y0, x1, y1
    return torch.cat([regions, whole.expand(regions.shape[0], 1, 4)], dim=1)


class RegionCrops(nn.Module):
    """Bilinear pooling of the regions and the whole image out of the feature map (section III-B2)."""

    def forward(self, features: Tensor, regions: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, C, H, W) and regions (B, R, 4) → crops (B, R + 1, P·P, C) and their means (B, R + 1, C)."""
        height, width = features.shape[-2:]
        weights = crop_weights(with_whole_image(regions), height, width)
        cells = features.flatten(2).transpose(1, 2)
        crops: Tensor = weights @ cells
        # The mean crop out of mean weights: a mean of the crops costs another pass over them, and its gradient two.
        means: Tensor = weights.unflatten(1, (-1, CROP_SIZE * CROP_SIZE)).mean(dim=2) @ cells
        return crops.reshape(crops.shape[0], -1, CROP_SIZE * CROP_SIZE, crops.shape[2]), means


class _ScaledCrops(torch.autograd.Function):
    """Crops times one factor a region and channel; autograd's own gradient would write all crops out once more.

    Crops (B, N, P·P, C), factors (B, N, C) → (B, N, P·P, C).
    """

    @staticmethod
    def forward(ctx: FunctionCtx, crops: Tensor, factors: Tensor) -> Tensor:
        ctx.save_for_backward(crops, factors)
        return crops * factors.unsqueeze(2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        crops, factors = ctx.saved_tensors
        # A few crops at a time: their product stays in the cache.
        parts = zip(
            crops.flatten(0, 1).split(_CROPS_AT_ONCE), gradient.flatten(0, 1).split(_CROPS_AT_ONCE), strict=True
        )
        of_factors = torch.cat([(crop * part).sum(dim=1) for crop, part in parts])
        return gradient * factors.unsqueeze(2), of_factors.view_as(factors)


class SEResidual(nn.Module):
    """A squeeze-and-excitation block with a residual path for every region (Fig. 1c): f + f · σ(W₂ relu(W₁ mean f)).

    Every region slot has weights of its own, without bias.
    """

    def __init__(self, channels: int, region_slots: int) -> None:
        super().__init__()
        squeezed = channels // _SQUEEZE_RATIO
        self.squeeze = nn.Parameter(torch.empty(region_slots, channels, squeezed))
        self.excite = nn.Parameter(torch.empty(region_slots, squeezed, channels))
        for weight in (self.squeeze, self.excite):
            # nn.Linear's start: uniform within one over the square root of the inputs.
            nn.init.uniform_(weight, -(weight.shape[1] ** -0.5), weight.shape[1] ** -0.5)

    def forward(self, crops: Tensor, means: Tensor) -> Tensor:
        """Crops (B, R + 1, P·P, C) and their means (B, R + 1, C) → the crops' shape."""
        batch, slots, channels = means.shape
        # For one image both products are bound by reading their weights, which goes fastest along the longer side, C.
        # Not `means.permute(1, 2, 0)`: ONNX Runtime would merge that into the product and read across C again.
        pooled = means.flatten(1).T.reshape(slots, channels, batch)
        squeezed = torch.relu((self.squeeze.transpose(1, 2) @ pooled).transpose(1, 2))  # (R + 1, B, C / 16)
        gates = torch.sigmoid(squeezed @ self.excite).transpose(0, 1)
        if self.training and crops.device.type == "cpu":
            scaled: Tensor = _ScaledCrops.apply(crops, 1 + gates)
            return scaled
        return crops * (1 + gates).unsqueeze(2)


class InterAttention(nn.Module):
    """Attention between regions, equations (2) and (3), without forming the maps α_r.

    m_rr' = σ(W_m tanh(W_u f_r + W_u' f_r' + b_u) + b_m),  α_r = Σ_r' m_rr' f_r',
    w_r = softmax_r(W_α α_r + b_α),  f̂ = Σ_r w_r α_r.
    Rearranged: W_α α_r = Σ_r' m_rr' (W_α f_r') and f̂ = Σ_r' (Σ_r w_r m_rr') f_r'.

    f̂ carries a constant factor 2/(R + 1): with sigmoids near ½ the sum over r' makes it about (R + 1)/2 times as
    large as one region's features. The factor folds into W_ω and the classifier, so it changes the starting point and
    not the model.
    """

    def __init__(self, channels: int, region_slots: int) -> None:
        super().__init__()
        features = CROP_SIZE * CROP_SIZE * channels
        self.w_u = nn.Linear(features, _ATTENTION_UNITS)  # holds b_u
        self.w_u_prime = nn.Linear(features, _ATTENTION_UNITS, bias=False)
        self.w_m = nn.Linear(_ATTENTION_UNITS, 1)
        self.w_alpha = nn.Linear(features, 1)
        self.scale = 2.0 / region_slots

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """(B, R + 1, P·P, C) → the final map f̂ (B, P·P, C) and the region weights w (B, R + 1)."""
        # Flattened once: the products' gradients are then added in place.
        flat = crops.flatten(2)
        stacked = torch.cat([self.w_u.weight, self.w_u_prime.weight])
        if torch.compiler.is_exporting():
            # W_α would make the product 65 columns wide, and ONNX Runtime pads to 16; as a constant matrix of its own
            # it would be padded too, so it is a batch of one.
            own, other = (flat @ stacked.T).chunk(2, dim=-1)
            importance = flat @ self.w_alpha.weight.unsqueeze(2)
        else:
            # All as one product over the d = P·P·C values of every region, so that its gradient is written once.
            sums = flat @ torch.cat([stacked, self.w_alpha.weight]).T
            own, other, importance = sums.split([_ATTENTION_UNITS, _ATTENTION_UNITS, 1], dim=-1)
        u = torch.tanh((own + self.w_u.bias).unsqueeze(2) + other.unsqueeze(1))  # (B, r, r', units)
        m = torch.sigmoid(self.w_m(u)).squeeze(-1)  # (B, r, r')
        w = torch.softmax((m @ importance).squeeze(-1) + self.w_alpha.bias, dim=-1)
        mixed = w.unsqueeze(1) @ m * self.scale  # (B, 1, r'): Σ_r w_r m_rr'
        # A matrix product, so that neither it nor its gradient writes all weighted crops out.
        return (mixed @ flat).view_as(crops[:, 0]), w


class LearnedPooling(nn.Module):
    """Weighted sum of global max and average pooling, equation (4): a softmax over the two poolings' logits."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.w_omega = nn.Linear(channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        """(B, P·P, C) → (B, C)."""
        pooled = torch.stack([features.amax(dim=1), features.mean(dim=1)], dim=1)  # (B, 2, C): GMP, GAP
        omega = torch.softmax(self.w_omega(pooled), dim=1)
        return (omega * pooled).sum(dim=1)


class AveragePooling(nn.Module):
    """Global average pooling, which Table VII's rows have before the last two."""

    def forward(self, features: Tensor) -> Tensor:
        """(B, P·P, C) → (B, C)."""
        return features.mean(dim=1)


class MaxPooling(nn.Module):
    """Global max pooling, Table VII's "only GMP"."""

    def forward(self, features: Tensor) -> Tensor:
        """(B, P·P, C) → (B, C)."""
        return features.amax(dim=1)


class AGNet(nn.Module):
    """Backbone → self-attention → region crops → SE-Residual → inter-attention → learned pooling → classes.

    Args:
        backbone: maps RGB pixels 0..255, (B, S, S, 3), to its last feature map (B, C, H, W).
        channels: C of the backbone's last feature map.
        classes: K.
        regions: R, without the whole image.
        pooling: (B, P·P, C) → (B, C), instead of the learned pooling of equation (4).
    """

    def __init__(
        self, backbone: nn.Module, channels: int, classes: int, regions: int, pooling: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.self_attention = SelfAttention(channels)
        self.crops = RegionCrops()
        self.se_residual = SEResidual(channels, regions + 1)
        self.inter_attention = InterAttention(channels, regions + 1)
        self.pooling = LearnedPooling(channels) if pooling is None else pooling
        self.classifier = nn.Linear(channels, classes)

    def forward(self, images: Tensor, regions: Tensor) -> NetworkOutput:
        """RGB pixels (B, S, S, 3) and regions (B, R, 4) → logits and region weights."""
        features = self.self_attention(self.backbone(images))
        crops = self.se_residual(*self.crops(features, regions))
        final, weights = self.inter_attention(crops)
        return NetworkOutput(self.classifier(self.pooling(final)), weights)


class AGNetWithoutAttention(nn.Module):
    """Table VI's −Attn: backbone and SE-Residual blocks; the final map is the mean over the regions, pooled by GAP.

    Args:
        backbone, channels, classes, regions: as `AGNet`'s.
        self_attention: Table VII's "+Intra-Attention": self-attention between backbone and crops.
    """

    def __init__(
        self, backbone: nn.Module, channels: int, classes: int, regions: int, self_attention: bool = False
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.self_attention = SelfAttention(channels) if self_attention else nn.Identity()
        self.crops = RegionCrops()
        self.se_residual = SEResidual(channels, regions + 1)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, images: Tensor, regions: Tensor) -> NetworkOutput:
        """As `AGNet.forward`; every region weighs the same."""
        features = self.self_attention(self.backbone(images))
        crops = self.se_residual(*self.crops(features, regions))
        slots = crops.shape[1]
        weights = crops.new_full((crops.shape[0], slots), 1.0 / slots)
        return NetworkOutput(self.classifier(crops.mean(dim=(1, 2))), weights)


class Baseline(nn.Module):
    """The bare backbone with global average pooling and a linear head (Table V)."""

    def __init__(self, backbone: nn.Module, channels: int, classes: int, regions: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.classifier = nn.Linear(channels, classes)

    def forward(self, images: Tensor, regions: Tensor) -> NetworkOutput:
        """As `AGNet.forward`; looks at no region, so the whole image has all the weight."""
        features = self.backbone(images)
        weights = torch.cat([torch.zeros_like(regions[..., 0]), torch.ones_like(features[:, :1, 0, 0])], dim=1)
        return NetworkOutput(self.classifier(features.mean(dim=(2, 3))), weights)
