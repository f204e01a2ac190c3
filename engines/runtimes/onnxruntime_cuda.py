"""ONNX Runtime on an NVIDIA GPU by its CUDA provider: needs the package onnxruntime-gpu."""

from __future__ import annotations

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Precision
from engines.onnxruntime_session import OnnxRuntimeSession
from engines.runtimes import SessionOptions, preferred

RANK = 20


def preferred_precision(bundle: Bundle) -> Precision:
    """fp16 where it was made."""
    return preferred(bundle, ("fp16", "fp32"))


def open_session(bundle: Bundle, precision: Precision, options: SessionOptions) -> OnnxRuntimeSession:
    """Load a bundle's network. Raises `UserError` where there is no such provider or no GPU."""
    options.refuse_plan("onnxruntime-cuda")
    # TF32 would keep ten bits of the long sums.
    return OnnxRuntimeSession(bundle, precision, options, "CUDAExecutionProvider", {"use_tf32": "0"})
