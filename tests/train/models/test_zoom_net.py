"""The network that looks twice."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from engines.driver_parts import PARTS
from engines.errors import UserError
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network
from train.models.zoom_net import Locator, ZoomNet, cut_out, guidance_loss, location_loss, telling_part

SETTINGS = NetworkSettings(backbone="efficientnet-lite0", model=ModelKind.ZOOM, classes=10, view_size=128)


def test_a_cut_out_shows_what_lies_there() -> None:
    pixels = torch.zeros(2, 3, 384, 384)
    pixels[0, 0, 96:192, 192:288] = 1.0
    pixels[1, 2, 0:96, 0:96] = 1.0
    centres = torch.tensor([[[0.625, 0.375], [0.125, 0.125]], [[0.625, 0.375], [0.125, 0.125]]])
    crops = cut_out(pixels, centres, torch.full((2, 2), 0.25))
    assert crops.shape == (4, 3, 96, 96)
    # Image 0 has red in its first square, image 1 blue in its second; the others are black.
    assert torch.allclose(crops.mean(dim=(2, 3)), torch.tensor([[1.0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1.0]]))


def test_beyond_the_edge_the_edge_goes_on() -> None:
    pixels = torch.full((1, 3, 64, 64), 0.5)
    assert torch.allclose(cut_out(pixels, torch.tensor([[[0.0, 1.0]]]), torch.tensor([[0.5]])), torch.tensor(0.5))


def test_where_the_parts_are_can_be_learned() -> None:
    torch.manual_seed(0)
    locator = Locator()
    fused = torch.rand(2, 96, 12, 12)
    targets = torch.tensor(
        [
            [[0.30, 0.2, 0.3, 1.0], [0.7, 0.6, 0.2, 1.0], [0.8, 0.5, 0.2, 0.0]],
            [[0.4, 0.25, 0.25, 1.0], [0.0, 0.0, 0.0, 0.0], [0.6, 0.7, 0.2, 1.0]],
        ]
    )
    optimizer = torch.optim.Adam(locator.parameters(), 3e-3)
    for _ in range(250):
        optimizer.zero_grad()
        logits, sides, centres = locator(fused)
        location_loss(logits, sides, targets).backward()
        optimizer.step()
    known = targets[..., 3] > 0
    assert ((centres - targets[..., :2])[known].abs() < 0.05).all()
    assert ((sides / targets[..., 2])[known] - 1).abs().max() < 0.1


def test_the_part_that_shows_the_activity() -> None:
    at = torch.tensor([[[0.3, 0.2, 0.3, 1.0], [0.7, 0.6, 0.2, 1.0], [0.35, 0.3, 0.2, 1.0]]])
    head, right, left = range(3)
    labels = torch.arange(10)
    parts = telling_part(labels, at.expand(10, 3, 4))
    assert parts.tolist() == [-1, right, right, left, left, right, left, right, left, head]
    unknown = at.clone()
    unknown[:, right, 3] = 0
    assert telling_part(torch.tensor([6, 2]), unknown.expand(2, 3, 4)).tolist() == [-1, right]


def test_guidance_moves_the_weights() -> None:
    logits = torch.zeros(2, 4, requires_grad=True)
    known = torch.ones(2, 3, 4)
    guidance_loss(logits.softmax(dim=1), torch.tensor([2, 0]), known).backward()
    assert logits.grad is not None
    assert logits.grad[0, 1] < 0 < logits.grad[0, 0] and not logits.grad[1].any()
    assert guidance_loss(logits.softmax(dim=1), torch.tensor([0, 0]), known) == 0


def test_what_is_not_known_teaches_nothing() -> None:
    logits = torch.randn(2, 3, 6, 6, requires_grad=True)
    sides = torch.full((2, 3), 0.3, requires_grad=True)
    location_loss(logits, sides, torch.zeros(2, 3, 4)).backward()
    assert logits.grad is not None and not logits.grad.any()


def test_its_class_depends_on_what_the_cut_outs_show() -> None:
    torch.manual_seed(1)
    network = build_network(SETTINGS, "imagenet").eval()
    assert isinstance(network, ZoomNet)
    # Detail that half the resolution does not show: a board of single pixels, in a grey of the same mean.
    grey = np.full((128, 128, 3), 127, dtype=np.uint8)
    board = grey.copy()
    board[::2, ::2] = board[1::2, 1::2] = 0
    board[1::2, ::2] = board[::2, 1::2] = 254
    outputs = [network(torch.from_numpy(image)[None], torch.zeros(1, 36, 4)) for image in (grey, board)]
    small = [F.avg_pool2d(network.backbone.normalise(torch.from_numpy(image)[None]), 2) for image in (grey, board)]
    assert torch.allclose(small[0], small[1], atol=1e-5)
    assert (outputs[0].logits - outputs[1].logits).abs().max() > 1e-3
    assert outputs[0].sides.shape == (1, len(PARTS))


def test_a_view_that_cannot_be_divided_is_refused() -> None:
    with pytest.raises(UserError, match="multiple of 64"):
        build_network(SETTINGS.model_copy(update={"view_size": 192}))


def test_hidden_in_training_the_view_has_no_weight() -> None:
    torch.manual_seed(0)
    network = build_network(SETTINGS)
    assert isinstance(network, ZoomNet)
    images, regions = torch.randint(0, 256, (8, 128, 128, 3), dtype=torch.uint8), torch.zeros(8, 36, 4)
    network.view_dropout = 0.5
    hidden = network.train()(images, regions).part_weights[:, -1] == 0
    assert 0 < hidden.sum() < 8
    assert (network.eval()(images, regions).part_weights[:, -1] > 0).all()
