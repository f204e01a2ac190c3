"""TensorRT for RTX: GeForce RTX desktops; compiles without a GPU, runs with one."""

from __future__ import annotations

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Precision
from engines.runtimes import SessionOptions, preferred
from engines.tensorrt_family.session import TensorRTSession, open_plan

RANK = 30


def preferred_precision(bundle: Bundle) -> Precision:
    """fp16 where it was made: INT8 has to be asked for."""
    return preferred(bundle, ("fp16", "fp32"))


def open_session(bundle: Bundle, precision: Precision, options: SessionOptions) -> TensorRTSession:
    """Load a bundle's plan from the cache, or compile it. Raises `UserError` without library or GPU."""
    return open_plan("tensorrt-rtx", bundle, precision, options)
