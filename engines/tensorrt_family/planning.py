"""Getting a plan: from the user's cache, or compiled into it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Precision
from engines.errors import UserError
from engines.files.output import prepare_file, write_atomic
from engines.tensorrt_family.compiling import Order, compile_plan
from engines.tensorrt_family.cuda import Cuda
from engines.tensorrt_family.library import Library, ProgressCallback
from engines.tensorrt_family.plan_record import (
    PlanRecord,
    cached_path,
    find_plan,
    plans_folder,
    store_plan,
    wanted_record,
)

ANY_GPU = "any"


def gpu_key(library: Library, cuda: Cuda | None) -> str:
    """What a plan is compiled for: TensorRT's for the very GPU; RTX's for every GPU it knows."""
    if library.flavour.compiles_without_gpu or cuda is None:
        return ANY_GPU
    return f"{cuda.name} ({cuda.capability})"


def gpu_of_this_machine() -> Cuda | None:
    """The GPU, or None where there is none that can be used."""
    try:
        return Cuda.open()
    except UserError:
        return None


def compile_for(
    bundle: Bundle,
    library: Library,
    precision: Precision,
    cuda: Cuda | None,
    report: ProgressCallback,
    output: Path | None = None,
    capabilities: tuple[str, ...] = (),
) -> tuple[Path, bytes]:
    """Compile a bundle's network and store plan and record.

    Args:
        bundle: whose network.
        library: what compiles it.
        precision: which of the bundle's models.
        cuda: the GPU, where there is one; then kernel timings are kept for the next build.
        report: called with the build's progress.
        output: where to; the user's cache when None.
        capabilities: see `engines.tensorrt_family.compiling.Order`.

    Returns:
        The plan's path and content.

    Raises:
        UserError: when the network cannot be compiled or the files cannot be written.
    """
    record = wanted_record(bundle, library, precision, gpu_key(library, cuda), capabilities)
    path = output or cached_path(record)
    prepare_file(path)
    # A timing cache makes even the library that compiles without a GPU look for one.
    timings = None if cuda is None else _timing_cache(record, cuda)
    content = bundle.model_bytes(precision)
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        # The library reads what was checked, from where no other file lies beside it.
        model = Path(folder) / bundle.model_name(precision)
        model.write_bytes(content)
        order = Order(model, capabilities, timings)
        plan, learned = compile_plan(library, order, report)
    store_plan(path, plan, record)
    if timings is not None and learned:
        write_atomic(timings, learned)
    return path, plan


def cached_or_compiled(
    bundle: Bundle, library: Library, precision: Precision, cuda: Cuda | None, report: Callable[[str], None]
) -> bytes:
    """The plan of this machine, from the user's cache; compiled again when anything about it differs."""
    wanted = wanted_record(bundle, library, precision, gpu_key(library, cuda))
    path = cached_path(wanted)
    found = find_plan(path, wanted)
    if found.plan is not None:
        return found.plan
    report(
        f"compiling {bundle.manifest.name} with {library.flavour.name} {library.version} "
        f"(plan {path.name}: {found.reason})"
    )

    def phase(name: str, done: int, steps: int) -> None:
        if done == 0:
            report(f"{name}: {steps} steps")

    return compile_for(bundle, library, precision, cuda, phase)[1]


def _timing_cache(record: PlanRecord, cuda: Cuda) -> Path:
    gpu = "".join(c if c.isalnum() else "-" for c in f"{cuda.name} {cuda.capability}".lower())
    return plans_folder() / f"{record.runtime}-{record.library_version}-{gpu}.timings"
