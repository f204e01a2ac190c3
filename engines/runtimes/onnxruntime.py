"""ONNX Runtime on the CPU: runs everywhere, needs no GPU."""

from __future__ import annotations

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Precision
from engines.onnxruntime_session import OnnxRuntimeSession
from engines.runtimes import SessionOptions, preferred

RANK = 10


def preferred_precision(bundle: Bundle) -> Precision:
    """INT8 in the CPU's own form, where it was made, else fp32: a CPU only loses time with fp16 and signed INT8."""
    return preferred(bundle, ("int8", "fp32") if bundle.has_cpu_int8 else ("fp32",))


def open_session(bundle: Bundle, precision: Precision, options: SessionOptions) -> OnnxRuntimeSession:
    """Load a bundle's network. Raises `UserError` for a model that ONNX Runtime cannot load."""
    options.refuse_plan("onnxruntime")
    return OnnxRuntimeSession(bundle, precision, options)
