"""A bundle's network in ONNX Runtime, whatever device its execution provider drives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import DEFAULT_BUNDLE, Precision
from engines.bundles.network_trial import require_end
from engines.bundles.signature import NetworkOutputs, Signature
from engines.errors import UserError
from engines.files.regular_file import require_regular
from engines.notice import NoticeText
from engines.runtimes import RuntimeMissingError, SessionOptions

CPU = "CPUExecutionProvider"
_FATAL_ONLY = 4

_ROUNDS_AGAIN = "WeightBiasQuantization"
"""The optimiser that puts a layer between two INT8 ones into INT8, with one scale for all of its weights: layers that
were left in fp32 were left so because that costs accuracy."""


class OnnxRuntimeSession:
    """A bundle's network in ONNX Runtime; may be used from several threads."""

    def __init__(
        self,
        bundle: Bundle,
        precision: Precision,
        options: SessionOptions,
        provider: str = CPU,
        provider_options: Mapping[str, str] | None = None,
    ) -> None:
        if provider not in ort.get_available_providers():
            raise RuntimeMissingError(
                f"this build of ONNX Runtime has no {provider.removesuffix('ExecutionProvider')}: "
                "install onnxruntime-gpu instead of onnxruntime"
            )
        self._session = load_model(bundle, precision, session_settings(options.threads), provider, provider_options)
        require_signature(bundle, self._session)
        self._inputs = [node.name for node in self._session.get_inputs()]
        self._outputs = [node.name for node in self._session.get_outputs()]
        device = provider.removesuffix("ExecutionProvider")
        self.description = f"ONNX Runtime {ort.__version__}, {device}, {precision}"

    def run(self, images: NDArray[np.uint8], regions: NDArray[np.float32]) -> NetworkOutputs:
        """See `engines.runtimes.Session.run`. Raises `UserError` when the network fails on its input."""
        values = {"image": images, "regions": regions}
        try:
            given = self._session.run(self._outputs, {name: values[name] for name in self._inputs})
        except Exception as error:  # ONNX Runtime raises its own kinds
            raise UserError(
                NoticeText(
                    "the network failed in {description}: {fault}; export the bundle again",
                    description=self.description,
                    fault=network_fault(error),
                )
            ) from error
        return NetworkOutputs.of(dict(zip(self._outputs, map(np.asarray, given), strict=True)))


def session_settings(threads: int | None = None) -> ort.SessionOptions:
    """ONNX Runtime's settings for work beside other work; None leaves the number of threads to it."""
    settings = ort.SessionOptions()
    settings.log_severity_level = _FATAL_ONLY  # its complaints come back as exceptions
    if threads is not None:
        settings.intra_op_num_threads = threads
    # Spinning between frames would burn the cores that capture and regions need.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return settings


_FAULTS = (
    ("bad_alloc|allocate memory|out of memory", "there is not enough memory for it"),
    ("INVALID_PROTOBUF|NO_SUCHFILE|NO_MODEL", "it is no ONNX file, or it is damaged"),
    ("opset|IR version|model_version", "it is of a newer format than this version reads"),
    (
        "NOT_IMPLEMENTED|No Op registered|NoSuchOp|not a registered function",
        "it has an operation that this version lacks",
    ),
    ("INVALID_GRAPH|Type Error|ShapeInference|shape inference", "its graph contradicts itself"),
    ("INVALID_ARGUMENT", "its inputs or outputs are not those of a bundle's network"),
)
"""What ONNX Runtime's complaints hold, and what we say."""

_WHICH = re.compile(
    r"(?:registered for|implementation for|error:|for input:) ([\w.:]+)(?:.*?(Got: \d+ Expected: \d+))?|"
    r"(Actual: .*?, expected: .*?\)+)"
)
"""The part of a complaint that names what it is about."""


def network_fault(error: Exception) -> str:
    """What is wrong with a network that ONNX Runtime refuses, to follow a colon; which node or input, in brackets."""
    said = " ".join(str(error).split()) or type(error).__name__
    detail = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", said)
    for found, words in _FAULTS:
        if re.search(found, said):
            which = _WHICH.search(detail)
            return f"{words} ({', '.join(filter(None, which.groups()))})" if which else words
    return detail


def open_network(model: str | bytes, settings: ort.SessionOptions, providers: Sequence[Any]) -> ort.InferenceSession:
    """A session in which every layer has the precision that the file gives it. Raises what ONNX Runtime raises."""
    return ort.InferenceSession(model, settings, providers=providers, disabled_optimizers=[_ROUNDS_AGAIN])


def open_alone(path: Path, threads: int | None) -> ort.InferenceSession:
    """An ONNX file without a bundle, set up as a bundle's network is. Raises `UserError` when it cannot be loaded."""
    require_regular(path, "network")
    try:
        return open_network(str(path), session_settings(threads), [CPU])
    except Exception as error:  # ONNX Runtime raises its own kinds
        raise UserError(
            NoticeText("ONNX Runtime cannot load {path}: {fault}", path=path, fault=network_fault(error))
        ) from error


def load_model(
    bundle: Bundle,
    precision: Precision,
    settings: ort.SessionOptions | None = None,
    provider: str = CPU,
    provider_options: Mapping[str, str] | None = None,
) -> ort.InferenceSession:
    """Load a bundle's ONNX file. Raises `UserError` when that cannot be done."""
    content = bundle.model_bytes(precision, cpu=provider == CPU)
    name = bundle.model_path(precision, cpu=provider == CPU)
    if bundle.path != DEFAULT_BUNDLE:
        threads = None if settings is None else settings.intra_op_num_threads
        require_end(content, name, bundle.manifest.view_size, bundle.manifest.region_count, threads)
    providers: list[Any] = [(provider, dict(provider_options or {}))]
    if provider != CPU:
        providers.append(CPU)
    try:
        session = open_network(content, settings or session_settings(), providers)
    except Exception as error:  # ONNX Runtime raises its own kinds, all of them for a model it cannot load
        raise UserError(
            NoticeText(
                "ONNX Runtime cannot load {name}: {fault}; export the bundle again",
                name=name,
                fault=network_fault(error),
            )
        ) from error
    if session.get_providers()[0] != provider:  # it falls back to the CPU without an error
        raise RuntimeMissingError(
            f"ONNX Runtime has {provider}, but it does not start on this machine: check the GPU's driver and libraries"
        )
    return session


_TYPES = {"tensor(uint8)": np.dtype(np.uint8), "tensor(float)": np.dtype(np.float32)}


def require_signature(bundle: Bundle, session: ort.InferenceSession) -> None:
    """Raise `UserError` unless the model takes and gives what the manifest names."""
    signature = Signature.of(bundle.manifest)
    inputs = {node.name: _tensor(node) for node in session.get_inputs()}
    outputs = {node.name: _tensor(node) for node in session.get_outputs()}
    if not signature.fits(inputs, outputs):
        raise UserError(
            NoticeText(
                "the model in {path} has inputs and outputs {found}, and its manifest names {required}:"
                " export the bundle again",
                path=bundle.path,
                found=str(inputs | outputs),
                required=str(signature.required),
            )
        )


def _tensor(node: ort.NodeArg) -> tuple[object, tuple[object, ...]]:
    """Type and shape without the batch."""
    return _TYPES.get(node.type, node.type), tuple(node.shape[1:])
