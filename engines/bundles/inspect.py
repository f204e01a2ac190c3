"""What is inside a bundle: `python -m engines inspect BUNDLE`."""

from __future__ import annotations

from typing import Any

from engines.activities import ACTIVITY_CODES
from engines.bundles.bundle import Bundle
from engines.bundles.manifest import MANIFEST
from engines.classifier import Classifier
from engines.errors import UserError
from engines.onnxruntime_session import load_model
from engines.runtimes import choose


def inspect(bundle: Bundle) -> dict[str, Any]:
    """The manifest, file sizes in bytes, and of each model its inputs and outputs as ONNX Runtime reads them.

    And ``faults``: why it is not to be trusted, or None; ``views``: what it makes of the simulated views.
    """
    names = [MANIFEST, *bundle.manifest.files]
    models: dict[str, dict[str, dict[str, str]]] = {}
    faults: dict[str, str | None] = {}
    views: dict[str, str] = {}
    for precision in bundle.precisions:
        network = load_model(bundle, precision)
        models[precision] = {
            "inputs": {node.name: f"{node.type} {node.shape}" for node in network.get_inputs()},
            "outputs": {node.name: f"{node.type} {node.shape}" for node in network.get_outputs()},
        }
        try:
            choice = choose(bundle, "onnxruntime", precision, refuse_faults=False)
            faults[precision] = choice.fault
            if bundle.manifest.classes == ACTIVITY_CODES:
                views[precision] = Classifier(bundle, choice.session).view_trial.text
        except UserError as error:
            faults[precision] = str(error)
    return {
        "path": str(bundle.path),
        "manifest": bundle.manifest.model_dump(mode="json"),
        "sizes": {name: (bundle.path / name).stat().st_size for name in names},
        "models": models,
        "faults": faults,
        "views": views,
    }
