"""Bundles of real networks with random weights, for tests and timings that need the whole network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from engines.activities import ACTIVITY_CODES
from engines.bundles.bundle import seal_bundle
from engines.bundles.manifest import FORMAT_VERSION, MODEL_CARD, REFERENCE, Manifest, model_file
from train.export import reference_frames
from train.models.deployed import OPSET, export_onnx, reference_arrays
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network


def write_agnet_bundle(
    folder: Path, backbone: str, view_size: int = 224, kappa: int = 8, model: ModelKind = ModelKind.FULL
) -> Path:
    """Write a complete, valid bundle, of a full AG-Net where nothing else is said, and return its folder."""
    torch.manual_seed(0)
    settings = NetworkSettings(
        backbone=backbone, model=model, classes=len(ACTIVITY_CODES), kappa=kappa, view_size=view_size
    )
    network = build_network(settings).eval()
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        name=backbone,
        classes=ACTIVITY_CODES,
        view_size=view_size,
        kappa=settings.kappa,
        backbone=backbone,
        model=settings.model.value,
        opset=OPSET,
        data="none",
        uses_regions=model.uses_regions,
        region_names=model.finds,
        files={},
    )
    export_onnx(network, manifest, folder / model_file("fp32"))
    np.savez(folder / REFERENCE, allow_pickle=False, **reference_arrays(network, manifest, reference_frames()))
    (folder / MODEL_CARD).write_text("# Random weights\n", encoding="utf-8")
    seal_bundle(manifest, folder)
    return folder
