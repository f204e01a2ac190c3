"""The few calls of CUDA that a session needs, through NVIDIA's own bindings, with errors that a person can read."""

from __future__ import annotations

import ctypes
import importlib
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from engines.runtimes import RuntimeMissingError


class CudaError(UserError):
    """A call of CUDA failed."""


class Cuda:
    """One GPU, the first one. Addresses are plain integers, as TensorRT takes them."""

    def __init__(self, bindings: Any) -> None:
        self._cuda = bindings
        count = self._call("cudaGetDeviceCount")
        if count < 1:
            raise CudaError("there is no NVIDIA GPU in this machine: run with --runtime onnxruntime")
        self._call("cudaSetDevice", 0)
        properties = self._call("cudaGetDeviceProperties", 0)
        name = properties.name
        self.name: str = name.decode() if isinstance(name, bytes) else str(name)
        self.capability = f"{properties.major}.{properties.minor}"

    @classmethod
    def open(cls) -> Cuda:
        """Find the GPU.

        Raises:
            RuntimeMissingError: when the bindings are not installed, there is no GPU, or its driver is too old.
        """
        try:
            return cls(load_bindings())
        except CudaError as error:
            raise RuntimeMissingError(str(error)) from error

    def device_buffer(self, size: int) -> int:
        """The address of `size` bytes on the GPU; to be given to `free_device`."""
        return int(self._call("cudaMalloc", size))

    def free_device(self, address: int) -> None:
        """Give memory of the GPU back."""
        self._call("cudaFree", address)

    def pinned_array(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[int, NDArray[Any]]:
        """Page-locked memory of the host, which copies run from without the processor: its address, and an array."""
        size = math.prod(shape) * dtype.itemsize
        address = int(self._call("cudaHostAlloc", size, self._cuda.cudaHostAllocDefault))
        raw = (ctypes.c_byte * size).from_address(address)
        values: NDArray[Any] = np.ctypeslib.as_array(raw).view(dtype)
        return address, values.reshape(shape)

    def free_pinned(self, address: int) -> None:
        """Give page-locked memory back; its array must not be used after this."""
        self._call("cudaFreeHost", address)

    def stream(self) -> int:
        """A new stream."""
        return int(self._call("cudaStreamCreateWithFlags", self._cuda.cudaStreamNonBlocking))

    def free_stream(self, stream: int) -> None:
        """Close a stream."""
        self._call("cudaStreamDestroy", stream)

    def to_device(self, destination: int, source: int, size: int, stream: int) -> None:
        """Queue a copy from pinned memory to the GPU."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        self._call("cudaMemcpyAsync", destination, source, size, kind, stream)

    def to_host(self, destination: int, source: int, size: int, stream: int) -> None:
        """Queue a copy from the GPU to pinned memory."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        self._call("cudaMemcpyAsync", destination, source, size, kind, stream)

    def wait(self, stream: int) -> None:
        """Wait for everything queued on a stream."""
        self._call("cudaStreamSynchronize", stream)

    def record(self, stream: int, work: Callable[[], None]) -> int:
        """Record what `work` queues on a stream as a graph, to be launched as often as one likes."""
        mode = self._cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        self._call("cudaStreamBeginCapture", stream, mode)
        try:
            work()
        except BaseException:
            self._cuda.cudaStreamEndCapture(stream)  # its own complaint would hide the first one
            raise
        graph = self._call("cudaStreamEndCapture", stream)
        try:
            return int(self._call("cudaGraphInstantiate", graph, 0))
        finally:
            self._call("cudaGraphDestroy", graph)

    def launch(self, graph: int, stream: int) -> None:
        """Queue a recorded graph."""
        self._call("cudaGraphLaunch", graph, stream)

    def free_graph(self, graph: int) -> None:
        """Give a recorded graph back."""
        self._call("cudaGraphExecDestroy", graph)

    def used_memory(self) -> int:
        """Bytes in use on the GPU, by everybody."""
        free, total = self._call("cudaMemGetInfo")
        return int(total) - int(free)

    def _call(self, name: str, *arguments: Any) -> Any:
        error, *values = getattr(self._cuda, name)(*arguments)
        if int(error) != 0:
            _, text = self._cuda.cudaGetErrorString(error)
            reason = text.decode() if isinstance(text, bytes) else str(text)
            raise CudaError(f"CUDA: {name}: {reason}; run with --runtime onnxruntime, or see engines/README.md")
        return values[0] if len(values) == 1 else values


@cache
def load_bindings() -> Any:
    for name in ("cuda.bindings.runtime", "cuda.cudart"):  # the second before version 12.6
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise RuntimeMissingError(
        "CUDA's Python bindings are not installed: uv sync --extra rtx (or --extra tensorrt); "
        "on a Jetson install the version of cuda-bindings that engines/README.md names"
    )
