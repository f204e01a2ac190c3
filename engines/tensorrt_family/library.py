"""The one place that knows how TensorRT's versions differ: 10.3 of JetPack 6 to 11.x, and TensorRT for RTX.

A difference is found by asking the module for the feature, never by its version number.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from engines.runtimes import RuntimeMissingError

ProgressCallback = Callable[[str, int, int], None]
"""Called with a phase's name, the steps done and the steps in all."""


@dataclass(frozen=True)
class Flavour:
    """One of the family: its name on the command line, its Python module, how to install it."""

    name: str
    module: str
    install: str
    compiles_without_gpu: bool


FLAVOURS: dict[str, Flavour] = {
    flavour.name: flavour
    for flavour in (
        Flavour("tensorrt", "tensorrt", "uv sync --extra tensorrt, or use the system's own on a Jetson", False),
        Flavour("tensorrt-rtx", "tensorrt_rtx", "uv sync --extra rtx", True),
    )
}


class Library:
    """A TensorRT Python module, with the differences between versions behind methods."""

    def __init__(self, flavour: Flavour, module: ModuleType | Any) -> None:
        self.flavour = flavour
        self.module: Any = module
        self.version = str(module.__version__)
        self.messages: list[str] = []
        self.logger = _make_logger(module, self.messages)

    @classmethod
    def load(cls, name: str) -> Library:
        """Import a flavour's module. Raises `RuntimeMissingError` when it is not installed or cannot be loaded."""
        if name not in FLAVOURS:
            raise UserError(f"{name!r} compiles nothing: choose one of {', '.join(FLAVOURS)}")
        flavour = FLAVOURS[name]
        try:
            return cls(flavour, importlib.import_module(flavour.module))
        except (ImportError, OSError, AttributeError) as error:  # the latter two for a library with parts missing
            raise RuntimeMissingError(f"{name} is not installed ({error}): {flavour.install}") from error

    def reason(self) -> str:
        """The last error that the library logged."""
        return self.messages[-1] if self.messages else "it gives no reason that can be read"

    # Building

    def network_flags(self) -> int:
        """Strongly typed where the version has the flag; TensorRT 11 knows nothing else."""
        flag = getattr(self.module.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
        return 0 if flag is None else 1 << int(flag)

    def keep_fp32_exact(self, config: Any) -> None:
        """Turn TF32 off where it is on by default: it keeps ten bits of the long sums."""
        if hasattr(self.module.BuilderFlag, "TF32"):
            config.clear_flag(self.module.BuilderFlag.TF32)

    def capability_names(self) -> tuple[str, ...]:
        """The compute capabilities that a plan can be compiled for by name, such as ``SM89``; none in most versions."""
        members = getattr(getattr(self.module, "ComputeCapability", None), "__members__", {})
        return tuple(name for name in members if name.startswith("SM"))

    def set_capabilities(self, config: Any, names: Sequence[str]) -> None:
        """Compile for these compute capabilities alone. Raises `UserError` for what the version does not know."""
        known = self.capability_names()
        unknown = [name for name in names if name not in known]
        if unknown:
            choice = f"choose from {', '.join(known)}" if known else "it compiles for the GPU that is present"
            raise UserError(f"{self.flavour.name} {self.version} does not know {', '.join(unknown)}: {choice}")
        if names:
            config.num_compute_capabilities = len(names)
            for index, name in enumerate(names):
                config.set_compute_capability(self.module.ComputeCapability.__members__[name], index)

    def progress_monitor(self, report: ProgressCallback, cancelled: threading.Event) -> Any | None:
        """An object that a build reports to and that can stop it; None where the version has none."""
        if not hasattr(self.module, "IProgressMonitor"):
            return None
        return _make_progress_monitor(self.module, report, cancelled)

    # Running

    def runtime(self) -> Any:
        """A runtime that refuses plans with host code in them. Raises `RuntimeMissingError` when it does not start."""
        try:
            runtime = self.module.Runtime(self.logger)
        except (TypeError, RuntimeError) as error:  # what the bindings make of a missing driver
            raise RuntimeMissingError(f"{self.flavour.name} cannot start on this machine: {self.reason()}") from error
        if hasattr(runtime, "engine_host_code_allowed"):
            runtime.engine_host_code_allowed = False
        return runtime

    def refusal(self, runtime: Any, plan: bytes) -> str | None:
        """Why a plan cannot run on this machine, where the version can tell before loading it."""
        if not hasattr(runtime, "get_engine_validity"):
            return None
        validity, _ = runtime.get_engine_validity(plan)
        return "it was compiled for another machine" if validity == self.module.EngineValidity.INVALID else None

    def execution_context(self, engine: Any, own_graph: bool) -> tuple[Any, bool]:
        """A context, and whether the library itself records a CUDA graph for it.

        TensorRT for RTX compiles kernels while it runs, which a capture of ours would break: it records its graphs
        itself when asked. TensorRT has no such setting; there the caller captures.
        """
        if own_graph and hasattr(engine, "create_runtime_config") and hasattr(self.module, "CudaGraphStrategy"):
            config = engine.create_runtime_config()
            if hasattr(config, "cuda_graph_strategy"):
                config.cuda_graph_strategy = self.module.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
                return engine.create_execution_context(config), True
        return engine.create_execution_context(), False

    def inputs_and_outputs(self, engine: Any) -> dict[str, tuple[bool, np.dtype[Any], tuple[int, ...]]]:
        """Tensor name → (is an input, type, shape with −1 for the batch)."""
        mode = self.module.TensorIOMode
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        return {
            name: (
                engine.get_tensor_mode(name) == mode.INPUT,
                np.dtype(self.module.nptype(engine.get_tensor_dtype(name))),
                tuple(engine.get_tensor_shape(name)),
            )
            for name in names
        }


def plan_bytes(host_memory: Any) -> bytes:
    """What `build_serialized_network` returned, as bytes."""
    view: NDArray[np.uint8] = np.frombuffer(memoryview(host_memory), dtype=np.uint8)
    return view.tobytes()


def _make_logger(trt: Any, messages: list[str]) -> Any:
    class Log(trt.ILogger):  # type: ignore[misc]
        """Keeps errors for the one line that the user sees, instead of printing pages."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
                messages.append(message)

    return Log()


def _make_progress_monitor(trt: Any, report: ProgressCallback, cancelled: threading.Event) -> Any:
    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        """Passes progress on; returning False at a step stops the build."""

        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self.steps: dict[str, int] = {}

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            self.steps[phase_name] = num_steps
            report(phase_name, 0, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            report(phase_name, step + 1, self.steps.get(phase_name, step + 1))
            return not cancelled.is_set()

        def phase_finish(self, phase_name: str) -> None:
            steps = self.steps.pop(phase_name, 1)
            report(phase_name, steps, steps)

    return Monitor()
