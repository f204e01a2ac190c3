"""Networks in torch as the report runs them, without a GPU: what a recorded graph cannot hold is found all the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from calibration.gpu.device import Device
from calibration.gpu.networks import BareBackbone, random_subject
from calibration.gpu.torch_session import WAYS, Way
from engines.bundles.simulated_views import VIEWS
from engines.files.images import require_image
from train.models.deployed import DeployedNetwork
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network

BACKBONE, SIZE, KAPPA = "timm:test_efficientnet", 64, 2


class HostCopies(TorchDispatchMode):
    """Notes every operation that reads or writes the host's memory, or waits for a value."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = func(*args, **(kwargs or {}))
        # Numbers, which operations take from the host as they are queued, have no dimensions.
        tensors = [leaf for leaf in tree_leaves((args, kwargs, given)) if isinstance(leaf, Tensor) and leaf.ndim]
        if any(tensor.device.type == "cpu" for tensor in tensors) or "_local_scalar_dense" in str(func):
            self.found.append(str(func))
        return given


def host_copies(make: Any, shapes: Sequence[tuple[int, ...]]) -> list[str]:
    """What a network on a GPU, which is only pretended, copies from or to the host."""
    with FakeTensorMode():
        with torch.device("cuda"):
            network = make().eval()
            inputs = [torch.zeros(shape, dtype=torch.uint8 if len(shape) == 4 else torch.float32) for shape in shapes]
        with torch.no_grad(), HostCopies() as copies:
            network(*inputs)
    return copies.found


def network_of(kind: ModelKind) -> nn.Module:
    return build_network(NetworkSettings(backbone=BACKBONE, model=kind, classes=10, kappa=KAPPA, view_size=128))


@pytest.mark.parametrize("kind", [ModelKind.FULL, ModelKind.ZOOM, ModelKind.PLACES, ModelKind.BASELINE])
def test_a_graph_can_hold_the_network(kind: ModelKind) -> None:
    shapes: list[tuple[int, ...]] = [(2, 128, 128, 3), (2, 3, 4)]
    given = shapes if kind.uses_regions else shapes[:1]
    assert host_copies(lambda: DeployedNetwork(network_of(kind), uses_regions=kind.uses_regions), given) == []


@pytest.mark.parametrize("kind", [ModelKind.FULL, ModelKind.ZOOM])
def test_a_graph_can_hold_the_bare_backbone(kind: ModelKind) -> None:
    assert host_copies(lambda: BareBackbone(network_of(kind)), [(2, 128, 128, 3)]) == []  # type: ignore[arg-type]


class Copies(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images * torch.tensor([1.0, 2.0, 3.0], device=images.device)


def test_a_copy_from_the_host_is_found() -> None:
    assert host_copies(Copies, [(2, 8, 8, 3)])


# Not in half precision: what tells these views apart is no more than its rounding.
@pytest.mark.parametrize("way", [way for way in WAYS if way.dtype is torch.float32], ids=lambda way: way.name)
def test_a_batch_is_read_anew_at_every_run(way: Way, tmp_path: Path) -> None:
    frames = [require_image(VIEWS / f"c{number}.jpg", "") for number in range(3)]
    subject = random_subject(BACKBONE, frames, tmp_path, view_size=SIZE, kappa=KAPPA)
    session = subject.session(way, Device("cpu"))
    images, regions = subject.views(3)
    alone = [session.run(images[n : n + 1], regions[n : n + 1]).probabilities[0] for n in range(3)]
    expected = subject.reference.probabilities
    assert np.abs(np.stack(alone) - expected).max() < 1e-5
    # The views differ by more, or the test would see nothing.
    assert np.abs(np.diff(expected, axis=0)).max(axis=1).min() > 1e-4
