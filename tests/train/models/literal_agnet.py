"""AG-Net's equations written out literally, one region at a time: `train.models.agnet` is tested against them.

Nothing here is shared with the rearranged form but the parameters, which are passed in by name.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

P = 7


def self_attention(x: Tensor, p: dict[str, Tensor]) -> Tensor:
    """Equation (1), position by position. x: (C, H, W)."""
    channels, height, width = x.shape
    positions = x.reshape(channels, -1)
    f, g, h = (
        p[f"self_attention.{name}.weight"][:, :, 0, 0] @ positions + p[f"self_attention.{name}.bias"][:, None]
        for name in "fgh"
    )
    outputs = []
    for j in range(positions.shape[1]):
        t = torch.softmax(torch.stack([f[:, i] @ g[:, j] for i in range(positions.shape[1])]), dim=0)
        s = sum(t[i] * h[:, i] for i in range(positions.shape[1]))
        outputs.append(p["self_attention.delta"] * s + positions[:, j])
    return torch.stack(outputs, dim=1).reshape(channels, height, width)


def crop(features: Tensor, box: Tensor) -> Tensor:
    """A region's P×P bilinear crop of a (C, H, W) map, sampled at bin centres by torch's own `grid_sample`."""
    x0, y0, x1, y1 = box
    steps = (torch.arange(P, dtype=features.dtype) + 0.5) / P
    x, y = x0 + (x1 - x0) * steps, y0 + (y1 - y0) * steps
    grid = torch.stack([x.expand(P, P), y[:, None].expand(P, P)], dim=-1) * 2 - 1
    return F.grid_sample(features[None], grid[None], mode="bilinear", padding_mode="border", align_corners=False)[0]


def se_residual(f: Tensor, squeeze: Tensor, excite: Tensor) -> Tensor:
    """One region's squeeze-and-excitation with its residual path. f: (C, P, P)."""
    gate = torch.sigmoid(torch.relu(f.mean(dim=(1, 2)) @ squeeze) @ excite)
    return f + f * gate[:, None, None]


def flat(f: Tensor) -> Tensor:
    """A region's feature as a vector, position-major as the parameters expect: (P·P·C,)."""
    return f.permute(1, 2, 0).reshape(-1)


def inter_attention(maps: list[Tensor], p: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Equations (2) and (3) with every α_r formed. maps: R + 1 of (C, P, P)."""
    slots = range(len(maps))
    alphas = []
    for r in slots:
        alpha = torch.zeros_like(maps[r])
        for other in slots:
            u = torch.tanh(
                p["inter_attention.w_u.weight"] @ flat(maps[r])
                + p["inter_attention.w_u_prime.weight"] @ flat(maps[other])
                + p["inter_attention.w_u.bias"]
            )
            m = torch.sigmoid(p["inter_attention.w_m.weight"][0] @ u + p["inter_attention.w_m.bias"][0])
            alpha = alpha + m * maps[other]
        alphas.append(alpha)
    scores = [
        p["inter_attention.w_alpha.weight"][0] @ flat(alpha) + p["inter_attention.w_alpha.bias"][0] for alpha in alphas
    ]
    w = torch.softmax(torch.stack(scores), dim=0)
    final = sum(alpha * weight for alpha, weight in zip(alphas, w, strict=True))
    assert isinstance(final, Tensor)
    return final, w


def classify(final: Tensor, p: dict[str, Tensor]) -> Tensor:
    """Equation (4) and the classification layer. final: (C, P, P)."""
    gmp, gap = final.amax(dim=(1, 2)), final.mean(dim=(1, 2))
    weight, bias = p["pooling.w_omega.weight"][0], p["pooling.w_omega.bias"][0]
    omega = torch.softmax(torch.stack([weight @ gmp + bias, weight @ gap + bias]), dim=0)
    pooled = omega[0] * gmp + omega[1] * gap
    return p["classifier.weight"] @ pooled + p["classifier.bias"]


def agnet(features: Tensor, boxes: Tensor, p: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Logits and region weights of one image. features: (C, H, W) from the backbone; boxes: (R, 4)."""
    attended = self_attention(features, p)
    whole = torch.tensor([[0.0, 0.0, 1.0, 1.0]], dtype=boxes.dtype)
    maps = [
        se_residual(crop(attended, box), p["se_residual.squeeze"][r], p["se_residual.excite"][r])
        for r, box in enumerate(torch.cat([boxes, whole]))
    ]
    final, w = inter_attention(maps, p)
    # The implementation's constant factor (see train.models.agnet.InterAttention), stated where the paper has none.
    return classify(final * (2 / len(maps)), p), w
