"""The networks that are measured: a bundle's and ResNet-50's AG-Net, each beside its bare backbone."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from calibration.gpu.device import Device
from calibration.gpu.torch_session import TorchSession, Way
from engines.activities import ACTIVITY_CODES
from engines.bundles.bundle import Bundle, Reference, seal_bundle
from engines.bundles.manifest import (
    FORMAT_VERSION,
    MODEL_CARD,
    REFERENCE,
    Manifest,
    Precision,
    model_file,
)
from engines.bundles.signature import NetworkOutputs, Signature
from engines.errors import UserError
from train.models.agnet import AGNet
from train.models.backbones import Backbone
from train.models.bundle_weights import load_bundle_weights
from train.models.deployed import OPSET, DeployedNetwork, export_onnx, reference_arrays
from train.models.model_kind import ModelKind
from train.models.network import Network, NetworkSettings, build_network
from train.models.zoom_net import ZoomNet


class BareBackbone(nn.Module):
    """What a network's backbone alone does of the view: its last map's mean over positions, (N, C)."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        assert isinstance(network.backbone, Backbone)
        self.backbone = network.backbone
        self.halves = isinstance(network, ZoomNet)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """RGB pixels (N, S, S, 3) → features (N, C)."""
        if not self.halves:
            return (self.backbone(images).mean(dim=(2, 3)),)
        # As `ZoomNet` sees the view: at half its resolution.
        pixels = F.avg_pool2d(self.backbone.normalise(images), 2)
        return (self.backbone.last_two(pixels)[1].mean(dim=(2, 3)),)


class Subject:
    """A network to measure.

    Args:
        title: for people.
        network: on the CPU, fp32; copies of it are run.
        manifest: of its bundle.
        reference: what it has to give.
        bundle: on disk; None where it has to be exported first.
        folder: where an export goes.
    """

    def __init__(
        self,
        title: str,
        network: Network,
        manifest: Manifest,
        reference: Reference,
        bundle: Bundle | None,
        folder: Path,
    ) -> None:
        self.title, self.network, self.manifest, self.reference = title, network.eval(), manifest, reference
        self._bundle, self._folder = bundle, folder

    @cached_property
    def bundle(self) -> Bundle:
        """The network as a bundle. Raises `UserError` where it cannot be exported here."""
        if self._bundle is not None:
            return self._bundle
        try:
            return write_bundle(self._folder, self.network, self.manifest, self.reference)
        except ImportError as error:
            raise UserError(f"it cannot be exported to ONNX here ({error}): install onnxscript") from error

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """Those that its bundle has, or will have once it is exported."""
        return ("fp32",) if self._bundle is None else self._bundle.precisions

    def session(self, way: Way, device: Device) -> TorchSession:
        """The network in torch."""
        deployed = DeployedNetwork(copy.deepcopy(self.network), uses_regions=self.manifest.uses_regions)
        names = tuple(Signature.of(self.manifest).outputs)
        return TorchSession(deployed, names, self.manifest.uses_regions, way, device)

    def backbone_session(self, way: Way, device: Device) -> TorchSession:
        """Its bare backbone, the same way."""
        return TorchSession(BareBackbone(copy.deepcopy(self.network)), ("features",), False, way, device)

    def views(self, count: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """As many reference views (N, S, S, 3) as are wanted, in turn, and their regions (N, R, 4)."""
        chosen = np.arange(count) % len(self.reference.images)
        return self.reference.images[chosen], self.reference.regions[chosen]


def bundle_subject(path: Path | None, views: int | None = None) -> Subject:
    """A bundle's network, with the weights of its ONNX file.

    Args:
        path: the bundle's folder; the default one when left out.
        views: how many of the reference's views are used; None for all.

    Raises:
        UserError: when the bundle cannot be used, or its weights are not those of a network that this version builds.
    """
    bundle = Bundle.open(path)
    manifest = bundle.manifest
    kinds = [kind for kind in ModelKind if kind.value == manifest.model]
    if not kinds:
        raise UserError(f"{bundle.path} holds a network of an unknown kind, {manifest.model!r}: export it again")
    settings = NetworkSettings(
        backbone=manifest.backbone,
        model=kinds[0],
        classes=len(manifest.classes),
        kappa=manifest.kappa,
        view_size=manifest.view_size,
    )
    network = build_network(settings)
    load_bundle_weights(network, bundle.path)
    reference = bundle.reference()
    cut = Reference(*(getattr(reference, name)[:views] for name in Reference.__dataclass_fields__))
    return Subject(f"bundle {manifest.name} ({manifest.backbone})", network, manifest, cut, bundle, bundle.path)


def random_subject(
    backbone: str,
    frames: Sequence[NDArray[np.uint8]],
    folder: Path,
    *,
    view_size: int = 224,
    kappa: int = 8,
    model: ModelKind = ModelKind.FULL,
) -> Subject:
    """A network with random weights, AG-Net where nothing else is said; times and rounding are those of any weights.

    Args:
        backbone: its name, see `create_backbone`.
        frames: (H, W, 3) uint8 RGB of the reference's views.
        folder: where its bundle goes, where one is wanted.
        view_size, kappa, model: its shape.

    Raises:
        UserError: for an unknown backbone, or a view that it cannot take.
    """
    torch.manual_seed(0)
    settings = NetworkSettings(
        backbone=backbone, model=model, classes=len(ACTIVITY_CODES), kappa=kappa, view_size=view_size
    )
    network = build_network(settings).eval()
    _wake(network)
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        name=backbone.removeprefix("timm:"),
        classes=ACTIVITY_CODES,
        view_size=view_size,
        kappa=kappa,
        backbone=backbone,
        model=model.value,
        opset=OPSET,
        data="none",
        uses_regions=model.uses_regions,
        region_names=model.finds,
        files={},
    )
    arrays = reference_arrays(network, manifest, frames)
    regions = arrays.get("regions", np.zeros((len(frames), manifest.region_count, 4), dtype=np.float32))
    found = NetworkOutputs.of(arrays)
    reference = Reference(np.asarray(arrays["images"], dtype=np.uint8), np.asarray(regions, dtype=np.float32), *found)
    title = f"{manifest.name} {'AG-Net' if isinstance(network, AGNet) else model.value}"
    return Subject(title, network, manifest, reference, None, folder)


def _wake(network: Network) -> None:
    """Let every part count: a new network's last norms of residual branches and its attention start at zero."""
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and not module.weight.any():
            nn.init.constant_(module.weight, 0.25)
    if isinstance(network, AGNet):
        nn.init.constant_(network.self_attention.delta, 0.5)


def write_bundle(folder: Path, network: Network, manifest: Manifest, reference: Reference) -> Bundle:
    """Write a complete, valid bundle of a network and its reference into an empty or new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    export_onnx(network, manifest, folder / model_file("fp32"))
    signature = Signature.of(manifest)
    arrays = {"images": reference.images}
    stored = {name: getattr(reference, name) for name in (*signature.inputs, *signature.outputs) if name != "image"}
    np.savez(folder / REFERENCE, allow_pickle=False, **arrays, **stored)
    (folder / MODEL_CARD).write_text("# Random weights\n", encoding="utf-8")
    seal_bundle(manifest, folder)
    return Bundle.open(folder)
