"""ONNX Runtime with TensorRT inside: needs onnxruntime-gpu and TensorRT's libraries. It compiles while it loads."""

from __future__ import annotations

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Precision
from engines.onnxruntime_session import OnnxRuntimeSession
from engines.runtimes import SessionOptions, preferred

RANK = 25


def preferred_precision(bundle: Bundle) -> Precision:
    """fp16 where it was made; precision lies in the file here too."""
    return preferred(bundle, ("fp16", "fp32"))


def open_session(bundle: Bundle, precision: Precision, options: SessionOptions) -> OnnxRuntimeSession:
    """Load a bundle's network. Raises `UserError` where there is no such provider or no GPU."""
    options.refuse_plan("onnxruntime-tensorrt")
    return OnnxRuntimeSession(bundle, precision, options, "TensorrtExecutionProvider")
