"""Bundles of real AG-Nets with random weights, for tests and timings that need the whole network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from engines.activities import ACTIVITY_CODES
from engines.bundles.bundle import hash_file
from engines.bundles.manifest import FORMAT_VERSION, MODEL_CARD, REFERENCE, Manifest, model_file, write_manifest
from engines.regions import region_count
from train.export import OPSET, export_onnx, reference_arrays
from train.models.network import NetworkSettings, build_network


def write_agnet_bundle(folder: Path, backbone: str, view_size: int = 224, kappa: int = 8) -> Path:
    """Write a complete, valid bundle of a full AG-Net and return its folder."""
    torch.manual_seed(0)
    settings = NetworkSettings(backbone=backbone, classes=len(ACTIVITY_CODES), kappa=kappa, view_size=view_size)
    network = build_network(settings).eval()
    folder.mkdir(parents=True, exist_ok=True)
    export_onnx(network, view_size, region_count(settings.kappa), folder / model_file("fp32"))
    np.savez(folder / REFERENCE, allow_pickle=False, **reference_arrays(network, view_size, settings.kappa))
    (folder / MODEL_CARD).write_text("# Random weights\n", encoding="utf-8")
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
        files={path.name: hash_file(path) for path in sorted(folder.iterdir())},
    )
    write_manifest(manifest, folder)
    return folder
