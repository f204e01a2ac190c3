"""A network in torch, as fast as a GPU takes it: channels last, half precision, one CUDA graph a batch size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from calibration.gpu.device import Device
from engines.bundles.signature import NetworkOutputs

_WARM_UP = 3


@dataclass(frozen=True)
class Way:
    """How torch runs a network.

    Attributes:
        name: for people.
        dtype: what layers compute in.
        graph: channels last and, on a GPU, as a recorded CUDA graph; else eager, as it is written.
    """

    name: str
    dtype: torch.dtype
    graph: bool


WAYS = (
    Way("torch eager fp32", torch.float32, graph=False),
    Way("torch graph fp32", torch.float32, graph=True),
    Way("torch graph fp16", torch.float16, graph=True),
    Way("torch graph bf16", torch.bfloat16, graph=True),
)


class PreparedBatch:
    """A network with the tensors of one batch size: what `launch` reads and writes stays where it is.

    Attributes:
        inputs: on the device; a new batch is copied into them.
        outputs: on the device; written by `launch`.
    """

    def __init__(self, forward: Callable[..., tuple[Tensor, ...]], inputs: tuple[Tensor, ...], device: Device) -> None:
        self.inputs = inputs
        self._forward = forward
        self._graph: Any = None
        if device.is_gpu:
            self._record()
        else:
            self.outputs = forward(*inputs)

    def _record(self) -> None:
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(_WARM_UP):  # what libraries do only once must not be recorded
                self._forward(*self.inputs)
        torch.cuda.current_stream().wait_stream(beside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self.outputs = self._forward(*self.inputs)

    def launch(self) -> None:
        """Run the network on what `inputs` hold; queued, not awaited."""
        if self._graph is None:
            self.outputs = self._forward(*self.inputs)
        else:
            self._graph.replay()


class _EagerBatch(PreparedBatch):
    def __init__(self, forward: Callable[..., tuple[Tensor, ...]], inputs: tuple[Tensor, ...]) -> None:
        self.inputs = inputs
        self._forward = forward
        self._graph = None
        self.outputs = forward(*inputs)


class TorchSession:
    """A network on a device; an `engines.runtimes.Session`.

    Args:
        network: maps images (N, S, S, 3) and, where it is given any, regions (N, R, 4) to a tuple of outputs. It is
            changed: moved to the device, its weights stored as the way computes.
        outputs: names of its outputs, in order.
        reads_regions: whether it is given regions.
        way: how to run it.
        device: where.
    """

    def __init__(
        self, network: nn.Module, outputs: tuple[str, ...], reads_regions: bool, way: Way, device: Device
    ) -> None:
        self.way, self.device = way, device
        self._names, self._reads_regions = outputs, reads_regions
        self._network = network.eval().to(device.torch)
        if way.dtype is not torch.float32:
            store_weights_as(self._network, way.dtype)
        if way.graph:
            self._network.to(memory_format=torch.channels_last)
        self._batches: dict[int, PreparedBatch] = {}
        self.description = f"{way.name}, {torch.__version__}"

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The network as this way computes it, its outputs in fp32."""
        half = self.way.dtype is not torch.float32
        # Without its cache: what it holds would belong to one graph and be read by the next.
        kind = self.device.torch.type
        mixed = torch.autocast(kind, self.way.dtype, cache_enabled=False) if half else nullcontext()
        with torch.no_grad(), mixed:
            return tuple(output.float() for output in self._network(*inputs))

    def prepare(self, images: NDArray[np.uint8], regions: NDArray[np.float32]) -> PreparedBatch:
        """A batch on the device, ready to be launched; a CUDA graph is recorded for it where the way says so."""
        arrays = (images, regions) if self._reads_regions else (images,)
        inputs = tuple(torch.from_numpy(np.ascontiguousarray(array)).to(self.device.torch) for array in arrays)
        made = PreparedBatch(self.forward, inputs, self.device) if self.way.graph else _EagerBatch(self.forward, inputs)
        self.device.wait()
        return made

    def run(self, images: NDArray[np.uint8], regions: NDArray[np.float32]) -> NetworkOutputs:
        """See `engines.runtimes.Session.run`: from the host to the host, copies included."""
        return NetworkOutputs.of(self.run_arrays(images, regions))

    def run_arrays(self, images: NDArray[np.uint8], regions: NDArray[np.float32]) -> Mapping[str, NDArray[Any]]:
        """The same, by the outputs' names."""
        batch = self._batches.get(len(images))
        if batch is None:
            batch = self._batches[len(images)] = self.prepare(images, regions)
        for tensor, array in zip(batch.inputs, (images, regions), strict=False):
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(array)))
        batch.launch()
        return {name: tensor.cpu().numpy() for name, tensor in zip(self._names, batch.outputs, strict=True)}


def store_weights_as(network: nn.Module, dtype: torch.dtype) -> None:
    """Keep matrices and filters in a precision; norms, biases and scalars stay in fp32, as mixed precision has them."""
    for parameter in network.parameters():
        if parameter.ndim > 1:
            parameter.data = parameter.data.to(dtype)


def exact_arithmetic() -> None:
    """fp32 is fp32: TF32 would keep ten bits of it, and a reference would not be met."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
