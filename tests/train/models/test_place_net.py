"""The head that keeps places."""

from __future__ import annotations

import pytest
import torch

from engines.errors import UserError
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network
from train.models.place_net import PlaceNet

SETTINGS = NetworkSettings(backbone="efficientnet-lite0", model=ModelKind.PLACES, classes=10, view_size=64)


def test_it_knows_where_something_is() -> None:
    torch.manual_seed(0)
    network = build_network(SETTINGS, "imagenet").eval()
    assert isinstance(network, PlaceNet)
    finer, last = network.backbone.last_two(torch.zeros(1, 3, 64, 64))
    # The means of both maps are the same when these are turned around; what the head makes of them is not.
    finer, last = torch.rand_like(finer), torch.rand_like(last)
    seen = []
    for turned in (False, True):
        maps = tuple(each.flip(-1) if turned else each for each in (finer, last))
        network.backbone.last_two = lambda _, maps=maps: maps  # type: ignore[method-assign, misc, assignment]
        seen.append(network(torch.zeros(1, 64, 64, 3), torch.zeros(1, 36, 4)).logits)
    assert (seen[0] - seen[1]).abs().max() > 1e-3


def test_it_looks_at_no_region() -> None:
    assert not ModelKind.PLACES.uses_regions and ModelKind.FULL.uses_regions
    network = build_network(SETTINGS).eval()
    images = torch.randint(256, (2, 64, 64, 3), dtype=torch.uint8)
    first, second = (network(images, torch.rand(2, 36, 4)) for _ in range(2))
    assert torch.equal(first.logits, second.logits) and first.logits.shape == (2, 10)
    assert torch.equal(first.region_weights, torch.eye(37)[-1].expand(2, 37))


def test_what_it_cannot_work_on_is_said() -> None:
    with pytest.raises(UserError, match="multiple of 64"):
        build_network(SETTINGS.model_copy(update={"view_size": 96}))
    with pytest.raises(UserError, match="two feature maps"):
        build_network(SETTINGS.model_copy(update={"backbone": "nasnet-mobile", "view_size": 64}))
