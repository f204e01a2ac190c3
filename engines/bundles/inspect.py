"""What is inside a bundle: `python -m engines inspect BUNDLE`."""

from __future__ import annotations

from typing import Any

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import MANIFEST
from engines.onnxruntime_session import load_model


def inspect(bundle: Bundle) -> dict[str, Any]:
    """The manifest, file sizes in bytes, and each model's inputs and outputs as ONNX Runtime reads them."""
    names = [MANIFEST, *bundle.manifest.files]
    models = {}
    for precision in bundle.precisions:
        session = load_model(bundle, precision)
        models[precision] = {
            "inputs": {node.name: f"{node.type} {node.shape}" for node in session.get_inputs()},
            "outputs": {node.name: f"{node.type} {node.shape}" for node in session.get_outputs()},
        }
    return {
        "path": str(bundle.path),
        "manifest": bundle.manifest.model_dump(mode="json"),
        "sizes": {name: (bundle.path / name).stat().st_size for name in names},
        "models": models,
    }
