"""A network that looks twice: at the whole view, and at head and hands in more detail.

A phone is some twenty pixels of the view that a small network can afford. So a locator finds head and hands on the
view's own maps; they are cut out of a view of twice the resolution, and the same backbone looks at each of them. No
part of the paper, whose regions are crops of the view's last map and show nothing that the map does not.

Shapes: B images, P = 3 parts of the driver, K classes, S the side of the view that comes in.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engines.activities import Activity
from engines.driver_parts import PARTS
from train.models.backbones import Backbone
from train.models.place_net import CELL_CHANNELS, DROPOUT, FusedCells

_CROP_SIDE = 96
"""Pixels of a cut-out's side, as the backbone sees it."""

MARGIN = 1.3
"""A cut-out's side over that of what is looked for."""

_SMALLEST, _LARGEST = 0.08, 0.6
"""Sides of what is looked for, in 0..1 of the view."""

_LOCATOR_CHANNELS = 64
_NO_PART = -1


class ZoomOutput(NamedTuple):
    """What the network returns.

    Attributes:
        logits: (B, K), of the classes.
        region_weights: (B, R + 1); it looks at no region that it is given.
        part_weights: (B, P + 1), how much head, right hand, left hand and the view count; their sum is 1.
        places: (B, P, H, W) logits over where head, right and left hand are.
        sides: (B, P), how large they are, in 0..1 of the view.
        boxes: (B, P, 4), x0, y0, x1, y1 of the cut-outs that it looked at, as far as they lie in the view, in 0..1.
    """

    logits: Tensor
    region_weights: Tensor
    part_weights: Tensor
    places: Tensor
    sides: Tensor
    boxes: Tensor


class Locator(nn.Module):
    """Where head and hands are, out of the fused map (B, C, H, W): a map of places for each, and one size for all."""

    def __init__(self) -> None:
        super().__init__()
        self.places = nn.Sequential(
            nn.Conv2d(CELL_CHANNELS, _LOCATOR_CHANNELS, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(_LOCATOR_CHANNELS, len(PARTS), 1),
        )
        self.size = nn.Linear(CELL_CHANNELS, len(PARTS))

    def forward(self, fused: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Fused map → logits over its cells (B, P, H, W), sides (B, P), centres (B, P, 2) as x, y in 0..1."""
        logits = self.places(fused)
        height, width = logits.shape[-2:]
        places = logits.flatten(2).softmax(dim=2).unflatten(2, (height, width))
        x = (torch.arange(width, device=fused.device, dtype=fused.dtype) + 0.5) / width
        y = (torch.arange(height, device=fused.device, dtype=fused.dtype) + 0.5) / height
        centres = torch.stack([(places.sum(dim=2) * x).sum(-1), (places.sum(dim=3) * y).sum(-1)], dim=-1)
        sides = _SMALLEST + (_LARGEST - _SMALLEST) * torch.sigmoid(self.size(fused.mean(dim=(2, 3))))
        return logits, sides, centres


def cut_out(pixels: Tensor, centres: Tensor, sides: Tensor) -> Tensor:
    """Squares of an image, resampled bilinearly; beyond its edge it is continued by it.

    Args:
        pixels: (B, 3, S, S).
        centres, sides: (B, P, 2) and (B, P) in 0..1.

    Returns:
        (B·P, 3, `_CROP_SIDE`, `_CROP_SIDE`).
    """
    steps = (torch.arange(_CROP_SIDE, device=pixels.device, dtype=pixels.dtype) + 0.5) / _CROP_SIDE - 0.5
    along = 2 * (centres.unsqueeze(2) + sides[..., None, None] * steps[:, None]) - 1  # (B, P, side, 2), in −1..1
    x, y = along[..., 0], along[..., 1]
    shape = (*sides.shape, _CROP_SIDE, _CROP_SIDE)
    grid = torch.stack([x.unsqueeze(2).expand(shape), y.unsqueeze(3).expand(shape)], dim=-1)
    crops = F.grid_sample(pixels, grid.flatten(1, 2), padding_mode="border", align_corners=False)
    separate: Tensor = crops.unflatten(2, (sides.shape[1], _CROP_SIDE)).transpose(1, 2)
    return separate.flatten(0, 1)


class ZoomNet(nn.Module):
    """The view at half its resolution as `PlaceNet` sees it, and three cut-outs of it: head, right and left hand.

    Args:
        backbone: looks at all of them; its last two maps have strides of 16 and 32 pixels.
        classes: K.
        view_size: S, of the view that comes in; the backbone sees it at half the size.

    Attributes:
        view_dropout: how often, in training, the whole view is hidden from the classifier, so that head and hands have
            to say what the driver does: they look alike in every car, what surrounds them does not.

    Raises:
        UserError: see `FusedCells`.
    """

    view_dropout: float = 0.0

    def __init__(self, backbone: Backbone, classes: int, view_size: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.cells = FusedCells(backbone, view_size // 2)
        self.locator = Locator()
        self.importance = nn.Linear(backbone.channels, 1)
        is_view = torch.arange(1 + len(PARTS)) == len(PARTS)
        self.register_buffer("_is_view", is_view, persistent=False)
        self._is_view: Tensor
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(self.cells.features + (1 + len(PARTS)) * backbone.channels, classes)

    def forward(self, images: Tensor, regions: Tensor, look: tuple[Tensor, Tensor] | None = None) -> ZoomOutput:
        """RGB pixels (B, S, S, 3) and regions (B, R, 4) → logits, weights and where the parts are.

        Args:
            images, regions: as every network's.
            look: where to look instead of where the parts are found: centres (B, P, 2) and sides (B, P).
        """
        pixels = self.backbone.normalise(images)
        finer, last = self.backbone.last_two(F.avg_pool2d(pixels, 2))
        fused, cells, mean = self.cells(finer, last)
        places, sides, centres = self.locator(fused)
        # Where to look is learned from where the parts are; the classes' gradient through a cut-out's place is noise.
        at, size = (centres.detach(), sides.detach()) if look is None else look
        cut = MARGIN * size
        crops = cut_out(pixels, at, cut)
        parts = self.backbone.last_two(crops)[1].mean(dim=(2, 3)).unflatten(0, (-1, len(PARTS)))
        seen = torch.cat([parts, mean.unsqueeze(1)], dim=1)  # (B, P + 1, C)
        importance = self.importance(seen).squeeze(2)
        if self.training and self.view_dropout > 0:
            hidden = torch.rand(len(images), device=images.device) < self.view_dropout
            importance = importance.masked_fill(hidden[:, None] & self._is_view, -torch.inf)
            cells = cells.masked_fill(hidden[:, None], 0.0) / (1 - self.view_dropout)
        part_weights = importance.softmax(dim=1)
        # Times P + 1, so that parts which all count the same stay as they are.
        weighed = (seen * (len(PARTS) + 1) * part_weights.unsqueeze(2)).flatten(1)
        pooled = self.dropout(torch.cat([cells, weighed], dim=1))
        weights = torch.cat([torch.zeros_like(regions[..., 0]), torch.ones_like(pooled[:, :1])], dim=1)
        half = cut.unsqueeze(2) / 2
        boxes = torch.cat([at - half, at + half], dim=2).clamp(0.0, 1.0)
        return ZoomOutput(self.classifier(pooled), weights, part_weights, places, sides, boxes)

    def locate(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """RGB pixels (B, S, S, 3) → centres (B, P, 2) and sides (B, P) of the parts, in 0..1 of the view."""
        fused, _, _ = self.cells(*self.backbone.last_two(F.avg_pool2d(self.backbone.normalise(images), 2)))
        _, sides, centres = self.locator(fused)
        return centres, sides


def location_loss(places: Tensor, sides: Tensor, targets: Tensor) -> Tensor:
    """How far head and hands are from where they are known to be.

    The cross-entropy of the map of places against a bell of one cell's width around the centre, and the absolute
    difference of the sides' logarithms.

    Args:
        places, sides: see `ZoomOutput`.
        targets: (B, P, 4), see `train.data.driver_parts.part_targets`.
    """
    height, width = places.shape[-2:]
    x, y, side, known = targets.unbind(-1)
    columns = torch.arange(width, device=places.device) + 0.5
    rows = torch.arange(height, device=places.device) + 0.5
    bell = torch.exp(
        -0.5 * ((columns - width * x[..., None])[:, :, None] ** 2 + (rows - height * y[..., None])[..., None] ** 2)
    ).flatten(2)
    bell = bell / bell.sum(dim=2, keepdim=True)
    apart = -(bell * places.flatten(2).log_softmax(dim=2)).sum(dim=2)
    sizes = (sides.log() - side.clamp(_SMALLEST, _LARGEST).log()).abs()
    return ((apart + sizes) * known).sum() / known.sum().clamp(min=1)


def telling_part(labels: Tensor, targets: Tensor) -> Tensor:
    """Which part shows what the driver does: the hand that texts, phones, reaches or tunes; the hand at the head, for a
    drink or the hair; the head that is turned.

    Args:
        labels: (B,) of C0 to C9.
        targets: (B, P, 4), see `location_loss`.

    Returns:
        (B,) index of the part; −1 where none does, or where it is not known which.
    """
    head, right, left = range(len(PARTS))
    known = targets[..., 3] > 0
    away = (targets[:, [right, left], :2] - targets[:, [head], :2]).norm(dim=2)
    nearer = torch.where(away[:, 0] <= away[:, 1], right, left)
    nearer = torch.where(known.all(dim=1), nearer, _NO_PART)
    by_class = torch.full((len(Activity),), _NO_PART, device=labels.device)
    by_class[[Activity.TEXTING_RIGHT, Activity.PHONE_RIGHT, Activity.RADIO, Activity.REACHING_BEHIND]] = right
    by_class[[Activity.TEXTING_LEFT, Activity.PHONE_LEFT]] = left
    by_class[Activity.PASSENGER] = head
    at_head = (labels == Activity.DRINKING) | (labels == Activity.HAIR_AND_MAKEUP)
    return torch.where(at_head, nearer, by_class[labels])


def guidance_loss(part_weights: Tensor, labels: Tensor, targets: Tensor) -> Tensor:
    """The cross-entropy of the parts' weights, the view's left out, against the part that shows the activity.

    Args:
        part_weights: see `ZoomOutput`.
        labels, targets: see `telling_part`.
    """
    part = telling_part(labels, targets)
    if not (part >= 0).any():
        return part_weights.sum() * 0
    return F.nll_loss(part_weights[:, :-1].clamp(min=1e-6).log(), part, ignore_index=_NO_PART)
