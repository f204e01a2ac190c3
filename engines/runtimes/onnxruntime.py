"""ONNX Runtime on the CPU: runs everywhere, needs no GPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engines.bundle import Bundle, Precision
from engines.errors import UserError


class OnnxRuntimeSession:
    """A bundle's network in ONNX Runtime."""

    def __init__(self, bundle: Bundle, precision: Precision, threads: int | None) -> None:
        options = ort.SessionOptions()
        if threads is not None:
            options.intra_op_num_threads = threads
        # Spinning between frames would burn the cores that capture and regions need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = load_model(bundle.model_path(precision), options)
        require_signature(bundle, self._session)
        self.description = f"ONNX Runtime {ort.__version__}, CPU, {precision}"

    def run(
        self, images: NDArray[np.uint8], regions: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `engines.runtimes.Session.run`."""
        probabilities, weights = self._session.run(
            ["probabilities", "region_weights"], {"image": images, "regions": regions}
        )
        return np.asarray(probabilities), np.asarray(weights)


def load_model(path: Path, options: ort.SessionOptions | None = None) -> ort.InferenceSession:
    """Load an ONNX file on the CPU. Raises `UserError` when that cannot be done."""
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises its own kinds, all of them for a model it cannot load
        raise UserError(f"ONNX Runtime cannot load {path}: {error}") from error


def require_signature(bundle: Bundle, session: ort.InferenceSession) -> None:
    """Raise `UserError` unless the model takes and gives what the manifest says."""
    manifest = bundle.manifest
    expected = {
        "image": [manifest.view_size, manifest.view_size, 3],
        "regions": [manifest.region_count, 4],
        "probabilities": [len(manifest.classes)],
        "region_weights": [manifest.region_count + 1],
    }
    actual = {node.name: node.shape[1:] for node in (*session.get_inputs(), *session.get_outputs())}
    if actual != expected:
        raise UserError(
            f"the model in {bundle.path} has inputs and outputs {actual}, and its manifest says {expected}: "
            "export the bundle anew"
        )


def open_session(bundle: Bundle, precision: Precision, threads: int | None) -> OnnxRuntimeSession:
    """Load a bundle's network. Raises `UserError` for a model that ONNX Runtime cannot load."""
    return OnnxRuntimeSession(bundle, precision, threads)
