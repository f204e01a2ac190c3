"""Compile a bundle's network into a TensorRT plan: `python -m engines build BUNDLE --runtime tensorrt-rtx`.

TensorRT and TensorRT for RTX share one Python API under two module names. Networks are strongly typed: precision
lies in the ONNX file. TensorRT for RTX needs no GPU to compile.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Precision
from engines.tensorrt_family.library import FLAVOURS, Library, ProgressCallback
from engines.tensorrt_family.planning import compile_for, gpu_of_this_machine

BUILDERS = tuple(FLAVOURS)
"""The runtimes that run plans."""


def build_plan(
    bundle: Bundle,
    runtime: str,
    precision: Precision,
    output: Path | None = None,
    capabilities: Sequence[str] = (),
    report: ProgressCallback = lambda phase, done, steps: None,
) -> Path:
    """Compile a plan and write it to a file, with a record of its origin beside it.

    Args:
        bundle: whose network.
        runtime: one of `BUILDERS`.
        precision: which of the bundle's models.
        output: where to; the user's cache folder when left out.
        capabilities: compute capabilities to compile for, such as ``SM89``; the library's default when empty.
        report: called with each phase's progress.

    Returns:
        The plan's path.

    Raises:
        UserError: when the library is missing, the network cannot be compiled, or the file cannot be written.
    """
    library = Library.load(runtime)
    cuda = gpu_of_this_machine()
    return compile_for(bundle, library, precision, cuda, report, output, tuple(capabilities))[0]
