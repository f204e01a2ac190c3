"""Compile a bundle's network into a TensorRT plan: `python -m engines build BUNDLE --runtime tensorrt-rtx`.

TensorRT and TensorRT for RTX share one Python API under two module names. Networks are strongly typed: precision
lies in the ONNX file. TensorRT for RTX needs no GPU to compile.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import platformdirs

from engines.bundle import Bundle, Precision, model_file
from engines.errors import UserError
from engines.output_files import prepare_file, write_whole
from engines.runtimes import RuntimeMissingError

BUILDERS: dict[str, tuple[str, str]] = {
    "tensorrt": ("tensorrt", "uv sync --extra tensorrt"),
    "tensorrt-rtx": ("tensorrt_rtx", "uv sync --extra rtx"),
}
"""Runtime name → module to import, and the command that installs it."""

LARGEST_BATCH = 8


def build_plan(bundle: Bundle, runtime: str, precision: Precision, output: Path | None = None) -> Path:
    """Compile a plan and write it to a file.

    Args:
        bundle: whose network.
        runtime: a key of `BUILDERS`.
        precision: which of the bundle's models.
        output: where to; the user's cache folder, keyed by model, runtime, GPU and precision, when left out.

    Returns:
        The plan's path.

    Raises:
        UserError: when the library is missing, the network cannot be compiled, or the file cannot be written.
    """
    model = bundle.model_path(precision)
    trt = _load(runtime)
    path = output or plan_path(bundle, runtime, precision, trt)
    prepare_file(path)
    plan = _compile(trt, runtime, model, bundle.manifest.view_size, bundle.manifest.region_count)
    write_whole(path, plan)
    return path


def plan_path(bundle: Bundle, runtime: str, precision: Precision, trt: ModuleType) -> Path:
    """Where a plan lives in the user's cache: keyed by ONNX hash, runtime version, GPU and precision."""
    digest = bundle.manifest.files[model_file(precision)][:16]
    # RTX plans are compiled for every GPU of compute capability 8.0 and later; TensorRT's only for the one present.
    gpu = "any" if runtime == "tensorrt-rtx" else _gpu_name()
    name = f"{digest}-{runtime}-{trt.__version__}-{gpu}-{precision}.plan"
    return Path(platformdirs.user_cache_dir("driver-monitor")) / "plans" / name


def _gpu_name() -> str:
    """The first GPU's name from the NVIDIA driver's own files, as a file name part."""
    for information in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        for line in information.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "Model":
                return "-".join(value.split()).lower()
    return "gpu"


def _load(runtime: str) -> ModuleType:
    if runtime not in BUILDERS:
        raise UserError(f"{runtime!r} has nothing to build: choose one of {', '.join(BUILDERS)}")
    module, install = BUILDERS[runtime]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise RuntimeMissingError(f"{runtime} is not installed ({error}): run '{install}'") from error


def _compile(trt: Any, runtime: str, model: Path, view_size: int, regions: int) -> bytes:
    messages: list[str] = []

    class Log(trt.ILogger):  # type: ignore[misc]
        """Keeps errors for the one line that the user sees, instead of printing pages."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            if severity in (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR):
                messages.append(message)

    log = Log()
    try:
        builder = trt.Builder(log)
    except (TypeError, RuntimeError) as error:  # what the bindings make of a missing driver
        raise UserError(f"{runtime} cannot start its builder on this machine: {_last(messages)}") from error
    network = builder.create_network(_network_flags(trt))
    parser = trt.OnnxParser(network, log)
    if not parser.parse_from_file(str(model)):
        raise UserError(f"{runtime} cannot read {model}: {_last(messages)}")
    config = builder.create_builder_config()
    if hasattr(trt.BuilderFlag, "TF32"):
        config.clear_flag(trt.BuilderFlag.TF32)  # fp32 means fp32: tf32 keeps ten bits of the long sums
    profile = builder.create_optimization_profile()
    for name, shape in (("image", (view_size, view_size, 3)), ("regions", (regions, 4))):
        profile.set_shape(name, (1, *shape), (1, *shape), (LARGEST_BATCH, *shape))
    config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        hint = "" if runtime == "tensorrt-rtx" else " (TensorRT compiles only on a machine with an NVIDIA GPU)"
        raise UserError(f"{runtime} could not compile {model}{hint}: {_last(messages)}")
    return bytes(plan)


def _network_flags(trt: Any) -> int:
    """Strongly typed where the version has the flag; TensorRT 11 knows nothing else."""
    flag = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    return 0 if flag is None else 1 << int(flag)


def _last(messages: list[str]) -> str:
    return messages[-1] if messages else "it gives no reason"
