"""ONNX → TensorRT plan: strongly typed, one profile for live use and one for replay, interruptible."""

from __future__ import annotations

import gc
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.errors import UserError
from engines.tensorrt_family.library import Library, ProgressCallback, plan_bytes

LIVE_PROFILE, REPLAY_PROFILE = 0, 1
TYPICAL_BATCH, LARGEST_BATCH = 8, 64
_POLL_S = 0.2
_LARGEST_TIMING_CACHE = 256 << 20


@dataclass(frozen=True)
class Order:
    """What to compile.

    Attributes:
        model: the ONNX file; precision lies in it.
        capabilities: compute capabilities by name (`Library.capability_names`); the library's default when empty.
        timing_cache: a file with kernel timings of earlier builds, read and written again; None for none.
    """

    model: Path
    capabilities: Sequence[str] = ()
    timing_cache: Path | None = None


def compile_plan(library: Library, order: Order, report: ProgressCallback) -> tuple[bytes, bytes | None]:
    """Compile a network; Ctrl-C stops it at the next step of the build.

    Returns:
        The plan, and the timing cache with what this build learned (None without one).

    Raises:
        UserError: when the library cannot start, read the model or compile it.
        KeyboardInterrupt: when interrupted.
    """
    # The build runs in a thread of its own: while C++ works in the main thread, Python hears no Ctrl-C.
    cancelled = threading.Event()
    outcome: list[tuple[bytes, bytes | None]] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(_compile(library, order, report, cancelled))
        except BaseException as error:
            # With its frames' builders: see below.
            traceback.clear_frames(error.__traceback__)
            failure.append(error)
        finally:
            finished.set()

    # TensorRT holds a lock while it logs, and asks for it again when a builder goes. If Python's collector ran within
    # our logger and found an older builder in a cycle, the program would stand still for ever: so it looks now.
    gc.collect()
    # Not asked of the thread: Python 3.11 takes one whose join was interrupted for finished.
    finished = threading.Event()
    thread = threading.Thread(target=work, name="compile", daemon=True)
    started = interrupted = False
    while True:
        try:
            if not started:
                started = True
                thread.start()  # waits for the thread, and can be interrupted doing so
            while not finished.wait(_POLL_S):
                pass
            break
        except KeyboardInterrupt:
            if interrupted:  # asked twice: do not wait for a step that takes minutes
                raise
            interrupted = True
            cancelled.set()
    # An error that is kept here would be in a cycle with the frames that it came through.
    if interrupted:
        failure.clear()
        raise KeyboardInterrupt
    if failure:
        raise failure.pop()
    return outcome[0]


def parse_network(library: Library, model: Path) -> tuple[Any, Any, Any]:
    """Read an ONNX file. Returns builder, network and parser, which own memory together.

    Raises:
        UserError: when the builder does not start on this machine or the file cannot be read.
    """
    trt = library.module
    library.messages.clear()
    try:
        builder = trt.Builder(library.logger)
    except (TypeError, RuntimeError) as error:  # what the bindings make of a missing driver
        raise UserError(f"{library.flavour.name} cannot start on this machine: {library.reason()}") from error
    network = builder.create_network(library.network_flags())
    parser = trt.OnnxParser(network, library.logger)
    if not parser.parse_from_file(str(model)):
        raise UserError(f"{library.flavour.name} cannot read {model}: {library.reason()}")
    return builder, network, parser


def _compile(
    library: Library, order: Order, report: ProgressCallback, cancelled: threading.Event
) -> tuple[bytes, bytes | None]:
    builder, network, _parser = parse_network(library, order.model)
    config = builder.create_builder_config()
    library.keep_fp32_exact(config)
    library.set_capabilities(config, order.capabilities)
    _add_profiles(builder, network, config)
    monitor = library.progress_monitor(report, cancelled)
    if monitor is not None:
        config.progress_monitor = monitor
    cache = None
    if order.timing_cache is not None:
        cache = config.create_timing_cache(_read_if_there(order.timing_cache))
        config.set_timing_cache(cache, ignore_mismatch=False)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        hint = "" if library.flavour.compiles_without_gpu else " (it compiles only beside an NVIDIA GPU)"
        raise UserError(f"{library.flavour.name} could not compile {order.model}{hint}: {library.reason()}")
    return plan_bytes(plan), None if cache is None else plan_bytes(cache.serialize())


def _add_profiles(builder: Any, network: Any, config: Any) -> None:
    inputs = [network.get_input(index) for index in range(network.num_inputs)]
    for smallest, typical, largest in ((1, 1, 1), (1, TYPICAL_BATCH, LARGEST_BATCH)):
        profile = builder.create_optimization_profile()
        for tensor in inputs:
            shape = tuple(tensor.shape)[1:]
            profile.set_shape(tensor.name, (smallest, *shape), (typical, *shape), (largest, *shape))
        config.add_optimization_profile(profile)


def _read_if_there(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_TIMING_CACHE + 1)
    except OSError:
        return b""
    return content if len(content) <= _LARGEST_TIMING_CACHE else b""
