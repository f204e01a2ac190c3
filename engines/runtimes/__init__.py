"""Runtimes: what executes a bundle's network. One module a runtime, found by name; a missing library disables one.

A runtime module has `open_session(bundle, precision, threads) -> Session` and raises `RuntimeMissingError` where its
library is not installed.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engines.bundle import Bundle, Precision
from engines.errors import UserError


class RuntimeMissingError(UserError):
    """The library that a runtime needs is not installed; the message says how to install it."""


class Session(Protocol):
    """A network ready to run."""

    description: str
    """The runtime, its version and the device, for people."""

    def run(
        self, images: NDArray[np.uint8], regions: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Images (N, S, S, 3) and regions (N, R, 4) → probabilities (N, K) and region weights (N, R + 1)."""
        ...


def runtime_names() -> list[str]:
    """The runtimes this software has, installed or not."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def open_session(
    bundle: Bundle, runtime: str = "onnxruntime", precision: Precision = "fp32", threads: int | None = None
) -> Session:
    """Load a bundle's network into a runtime.

    Args:
        bundle: what to load.
        runtime: one of `runtime_names`.
        precision: which of the bundle's models.
        threads: CPU threads; the runtime's own choice when left out.

    Raises:
        UserError: for an unknown or missing runtime, or a model it cannot load.
    """
    if runtime not in runtime_names():
        raise UserError(f"unknown runtime {runtime!r}: choose one of {', '.join(runtime_names())}")
    module = importlib.import_module(f"{__name__}.{runtime.replace('-', '_')}")
    session: Session = module.open_session(bundle, precision, threads)
    return session
