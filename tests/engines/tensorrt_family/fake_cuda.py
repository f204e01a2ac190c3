"""A GPU made of Python: the calls of `cuda.bindings.runtime` that a session makes, with the same names and arguments.

Work is queued and done only when the stream is awaited, so that a result read too early is seen to be wrong; what is
queued while a stream records goes into the graph and not to the GPU, as on a real one.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

SUCCESS, INVALID = 0, 1


class FakeGpu:
    """Memory by address, streams, graphs, TensorRT's execution contexts, and a log of every call."""

    def __init__(self, count: int = 1) -> None:
        self.count = count
        self.log: list[str] = []
        self.memory: dict[int, Any] = {}
        self.pinned: dict[int, Any] = {}
        self.queues: dict[int, list[Callable[[], None]]] = {}
        self.recording: dict[int, list[Callable[[], None]]] = {}
        self.graphs: dict[int, list[Callable[[], None]]] = {}
        self.contexts: list[Any] = []
        self._next = 1000

    def handle(self) -> int:
        self._next += 16
        return self._next

    def queue(self, stream: int, work: Callable[[], None]) -> None:
        self.recording.get(stream, self.queues[stream]).append(work)

    def held(self) -> int:
        """How many buffers, streams and graphs have not been given back."""
        return len(self.memory) + len(self.pinned) + len(self.queues) + len(self.graphs)


class FakeCudaRuntime:
    """Stands for the module `cuda.bindings.runtime`."""

    cudaHostAllocDefault = 0  # noqa: N815 - CUDA's names
    cudaStreamNonBlocking = 1  # noqa: N815
    cudaMemcpyKind = SimpleNamespace(cudaMemcpyHostToDevice=1, cudaMemcpyDeviceToHost=2)  # noqa: N815
    cudaStreamCaptureMode = SimpleNamespace(cudaStreamCaptureModeThreadLocal=1)  # noqa: N815

    def __init__(self, gpu: FakeGpu) -> None:
        self.gpu = gpu

    def cudaGetErrorString(self, error: int) -> tuple[int, bytes]:  # noqa: N802
        return SUCCESS, b"invalid argument"

    def cudaGetDeviceCount(self) -> tuple[int, int]:  # noqa: N802
        return SUCCESS, self.gpu.count

    def cudaSetDevice(self, device: int) -> tuple[int]:  # noqa: N802
        return (SUCCESS,)

    def cudaGetDeviceProperties(self, device: int) -> tuple[int, Any]:  # noqa: N802
        return SUCCESS, SimpleNamespace(name=b"Fake GPU", major=8, minor=7)

    def cudaMalloc(self, size: int) -> tuple[int, int]:  # noqa: N802
        address = self.gpu.handle()
        self.gpu.memory[address] = bytearray(size)
        return SUCCESS, address

    def cudaFree(self, devPtr: int) -> tuple[int]:  # noqa: N802, N803
        return (SUCCESS if self.gpu.memory.pop(devPtr, None) is not None else INVALID,)

    def cudaHostAlloc(self, size: int, flags: int) -> tuple[int, int]:  # noqa: N802
        buffer = (ctypes.c_byte * size)()
        address = ctypes.addressof(buffer)
        self.gpu.pinned[address] = buffer
        return SUCCESS, address

    def cudaFreeHost(self, ptr: int) -> tuple[int]:  # noqa: N802
        return (SUCCESS if self.gpu.pinned.pop(ptr, None) is not None else INVALID,)

    def cudaStreamCreateWithFlags(self, flags: int) -> tuple[int, int]:  # noqa: N802
        stream = self.gpu.handle()
        self.gpu.queues[stream] = []
        return SUCCESS, stream

    def cudaStreamDestroy(self, stream: int) -> tuple[int]:  # noqa: N802
        return (SUCCESS if self.gpu.queues.pop(stream, None) is not None else INVALID,)

    def cudaMemcpyAsync(self, dst: int, src: int, count: int, kind: int, stream: int) -> tuple[int]:  # noqa: N802
        device, host = (dst, src) if kind == 1 else (src, dst)
        if device not in self.gpu.memory or host not in self.gpu.pinned or count > len(self.gpu.memory[device]):
            return (INVALID,)
        self.gpu.log.append("copy in" if kind == 1 else "copy out")

        def copy() -> None:
            if kind == 1:
                self.gpu.memory[device][:count] = ctypes.string_at(host, count)
            else:
                ctypes.memmove(host, bytes(self.gpu.memory[device][:count]), count)

        self.gpu.queue(stream, copy)
        return (SUCCESS,)

    def cudaStreamSynchronize(self, stream: int) -> tuple[int]:  # noqa: N802
        if stream in self.gpu.recording:
            return (INVALID,)
        works, self.gpu.queues[stream] = self.gpu.queues[stream], []
        for work in works:
            work()
        return (SUCCESS,)

    def cudaStreamBeginCapture(self, stream: int, mode: int) -> tuple[int]:  # noqa: N802
        if self.gpu.queues[stream]:
            return (INVALID,)
        self.gpu.recording[stream] = []
        return (SUCCESS,)

    def cudaStreamEndCapture(self, stream: int) -> tuple[int, int]:  # noqa: N802
        graph = self.gpu.handle()
        self.gpu.graphs[graph] = self.gpu.recording.pop(stream)
        return SUCCESS, graph

    def cudaGraphInstantiate(self, graph: int, flags: int) -> tuple[int, int]:  # noqa: N802
        handle = self.gpu.handle()
        self.gpu.graphs[handle] = list(self.gpu.graphs[graph])
        return SUCCESS, handle

    def cudaGraphDestroy(self, graph: int) -> tuple[int]:  # noqa: N802
        return (SUCCESS if self.gpu.graphs.pop(graph, None) is not None else INVALID,)

    def cudaGraphExecDestroy(self, graphExec: int) -> tuple[int]:  # noqa: N802, N803
        return (SUCCESS if self.gpu.graphs.pop(graphExec, None) is not None else INVALID,)

    def cudaGraphLaunch(self, graphExec: int, stream: int) -> tuple[int]:  # noqa: N802, N803
        if graphExec not in self.gpu.graphs:
            return (INVALID,)
        self.gpu.log.append("launch")
        self.gpu.queues[stream].extend(self.gpu.graphs[graphExec])
        return (SUCCESS,)

    def cudaMemGetInfo(self) -> tuple[int, int, int]:  # noqa: N802
        return SUCCESS, 600, 1000
