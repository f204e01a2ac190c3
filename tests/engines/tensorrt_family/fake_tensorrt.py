"""TensorRT's Python API as far as this project calls it, made of Python. A plan is a small model of what it does.

Class, method and argument names are those of the real library; `test_tensorrt_session.py` compares them with the
installed one. What a real library refuses (a missing shape or address, a batch outside the profile) is refused here.
"""

from __future__ import annotations

import json
from enum import Enum
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.engines.tensorrt_family.fake_cuda import FakeGpu

GPU_NOW: list[FakeGpu] = []
"""The GPU that contexts run on; a test puts its own here."""


class TensorIOMode(Enum):
    NONE, INPUT, OUTPUT = range(3)


class DataType(Enum):
    FLOAT, UINT8 = range(2)


class EngineValidity(Enum):
    VALID, SUBOPTIMAL, INVALID = range(3)


class CudaGraphStrategy(Enum):
    DISABLED, WHOLE_GRAPH_CAPTURE = range(2)


class ILogger:
    Severity = SimpleNamespace(INTERNAL_ERROR=0, ERROR=1, WARNING=2, INFO=3, VERBOSE=4)

    def __init__(self) -> None: ...

    def log(self, severity: Any, msg: str) -> None: ...


def nptype(trt_type: DataType) -> type:
    return {DataType.FLOAT: np.float32, DataType.UINT8: np.uint8}[trt_type]


def make_plan(
    size: int, regions: int, profiles: tuple[int, int] = (1, 64), built_for: str = "here", finds: int = 0
) -> bytes:
    """A plan whose network says how bright an image is and how large its first region.

    One that `finds` parts takes no regions; the boxes of all parts and their weights are as bright as the image.
    """
    about = {"size": size, "regions": regions, "largest": profiles, "built_for": built_for, "finds": finds}
    return json.dumps(about).encode()


class IExecutionContext:
    def __init__(self, engine: ICudaEngine, config: IRuntimeConfig | None) -> None:
        self.engine, self.config = engine, config
        self.addresses: dict[str, int] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.profile = 0

    def set_optimization_profile_async(self, profile_index: int, stream_handle: int) -> bool:
        self.profile = profile_index
        GPU_NOW[-1].log.append(f"profile {profile_index}")
        return 0 <= profile_index < self.engine.num_optimization_profiles

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self.addresses[name] = memory
        return name in self.engine.tensors and memory in GPU_NOW[-1].memory

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        mode, _, declared = self.engine.tensors[name]
        self.shapes[name] = shape
        largest = self.engine.largest[self.profile]
        return mode is TensorIOMode.INPUT and shape[1:] == declared[1:] and 1 <= shape[0] <= largest

    def execute_async_v3(self, stream_handle: int) -> bool:
        gpu = GPU_NOW[-1]
        if set(self.addresses) != set(self.engine.tensors) or set(self.shapes) != inputs_of(self.engine):
            return False
        gpu.log.append("execute")
        count = self.shapes["image"][0]

        def work() -> None:
            def array(name: str) -> np.ndarray[Any, Any]:
                _, dtype, shape = self.engine.tensors[name]
                raw = np.frombuffer(gpu.memory[self.addresses[name]], dtype=nptype(dtype))
                return raw.reshape(-1, *shape[1:])[:count]

            bright = array("image").mean(axis=(1, 2, 3))[:, None] / 255
            array("probabilities")[:] = bright
            if "regions" in self.shapes:
                array("region_weights")[:] = array("regions")[:, 0, 2:3]
            else:
                array("region_weights")[:] = bright
                array("found_regions")[:] = bright[..., None]

        gpu.queue(stream_handle, work)
        return True


class IRuntimeConfig:
    def __init__(self) -> None:
        self.cuda_graph_strategy = CudaGraphStrategy.DISABLED


class ICudaEngine:
    def __init__(self, size: int, regions: int, largest: tuple[int, int], finds: int) -> None:
        self.largest = largest
        self.tensors = {
            "image": (TensorIOMode.INPUT, DataType.UINT8, (-1, size, size, 3)),
            "probabilities": (TensorIOMode.OUTPUT, DataType.FLOAT, (-1, 10)),
            "region_weights": (TensorIOMode.OUTPUT, DataType.FLOAT, (-1, (finds or regions) + 1)),
        }
        if finds:
            self.tensors["found_regions"] = (TensorIOMode.OUTPUT, DataType.FLOAT, (-1, finds, 4))
        else:
            self.tensors["regions"] = (TensorIOMode.INPUT, DataType.FLOAT, (-1, regions, 4))

    @property
    def num_io_tensors(self) -> int:
        return len(self.tensors)

    @property
    def num_optimization_profiles(self) -> int:
        return len(self.largest)

    def get_tensor_name(self, index: int) -> str:
        return list(self.tensors)[index]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return self.tensors[name][0]

    def get_tensor_dtype(self, name: str) -> DataType:
        return self.tensors[name][1]

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self.tensors[name][2]

    def create_execution_context(self, runtime_config: IRuntimeConfig | None = None) -> IExecutionContext:
        context = IExecutionContext(self, runtime_config)
        GPU_NOW[0].contexts.append(context)
        return context

    def create_runtime_config(self) -> IRuntimeConfig:
        return IRuntimeConfig()


def inputs_of(engine: ICudaEngine) -> set[str]:
    return {name for name, (mode, _, _) in engine.tensors.items() if mode is TensorIOMode.INPUT}


class Runtime:
    def __init__(self, logger: ILogger) -> None:
        self.logger = logger
        self.engine_host_code_allowed = True

    def get_engine_validity(self, buffer: bytes) -> tuple[EngineValidity, int]:
        elsewhere = b'"built_for": "elsewhere"' in buffer
        return (EngineValidity.INVALID if elsewhere else EngineValidity.VALID), 0

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None:
        assert not self.engine_host_code_allowed, "a plan must not bring host code"
        try:
            content = json.loads(serialized_engine)
        except ValueError:
            self.logger.log(ILogger.Severity.ERROR, "Serialization assertion failed")
            return None
        return ICudaEngine(content["size"], content["regions"], tuple(content["largest"]), content["finds"])


def rtx() -> SimpleNamespace:
    """The API as TensorRT for RTX has it."""
    return SimpleNamespace(
        __version__="1.7.0",
        **{
            item.__name__: item
            for item in (TensorIOMode, DataType, EngineValidity, CudaGraphStrategy, ILogger, Runtime, nptype)
        },
    )


def tensorrt_10_3() -> SimpleNamespace:
    """The API as JetPack 6 has it: no validity of engines, no runtime configuration, no graphs of the library's own."""

    class OldEngine(ICudaEngine):
        create_runtime_config = property()  # type: ignore[assignment]  # hasattr says no

        def create_execution_context(self) -> IExecutionContext:  # type: ignore[override]
            return super().create_execution_context()

    class OldRuntime(Runtime):
        get_engine_validity = property()  # type: ignore[assignment]

        def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None:
            engine = super().deserialize_cuda_engine(serialized_engine)
            if engine is None:
                return None
            size, given = engine.tensors["image"][2][1], engine.tensors["regions"][2][1]
            return OldEngine(size, given, engine.largest, 0)

    module = rtx()
    module.__version__ = "10.3.0"
    module.Runtime = OldRuntime
    del module.EngineValidity, module.CudaGraphStrategy
    return module
