"""A bundle's network in TensorRT or TensorRT for RTX."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Precision
from engines.bundles.signature import NetworkOutputs, Signature
from engines.errors import UserError
from engines.runtimes import SessionOptions
from engines.tensorrt_family.compiling import LARGEST_BATCH, LIVE_PROFILE, REPLAY_PROFILE
from engines.tensorrt_family.cuda import Cuda
from engines.tensorrt_family.library import Library
from engines.tensorrt_family.plan_record import foreign_plan, wanted_record
from engines.tensorrt_family.planning import cached_or_compiled, gpu_key


class TensorRTSession:
    """Runs a plan: batches of 1 as a CUDA graph from pinned memory, larger ones through the replay profile.

    May be used from several threads, which then wait for one another.
    """

    def __init__(self, bundle: Bundle, library: Library, cuda: Cuda, plan: bytes, precision: Precision) -> None:
        self._cuda = cuda
        self._library = library
        self._lock = threading.Lock()
        self._runners: dict[int, _ProfileRunner] = {}
        library.messages.clear()
        self._runtime = library.runtime()
        refusal = library.refusal(self._runtime, plan)
        self._engine = None if refusal else self._runtime.deserialize_cuda_engine(plan)
        if self._engine is None:
            reason = refusal or library.reason()
            raise UserError(f"{library.flavour.name} cannot load the plan: {reason}; compile it on this machine")
        _require_signature(bundle, library, self._engine)
        self.description = f"{library.flavour.name} {library.version}, {cuda.name}, {precision}"

    def run(self, images: NDArray[np.uint8], regions: NDArray[np.float32]) -> NetworkOutputs:
        """See `engines.runtimes.Session.run`. Raises `UserError` when the GPU fails."""
        if len(images) != len(regions) or not len(images):
            raise ValueError(f"{len(images)} images and {len(regions)} region sets: as many of each, at least one")
        with self._lock:
            if len(images) == 1:
                parts = [self._runner(LIVE_PROFILE).run(images, regions)]
            else:
                parts = [
                    self._runner(REPLAY_PROFILE).run(
                        images[start : start + LARGEST_BATCH], regions[start : start + LARGEST_BATCH]
                    )
                    for start in range(0, len(images), LARGEST_BATCH)
                ]
        return NetworkOutputs.of({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})

    def close(self) -> None:
        """Give the GPU's memory back; the session cannot be used after this."""
        with self._lock:
            while self._runners:
                self._runners.popitem()[1].close()

    def __del__(self) -> None:
        with suppress(Exception):  # the driver may be gone before us when the interpreter ends
            self.close()

    def _runner(self, profile: int) -> _ProfileRunner:
        if profile not in self._runners:
            self._runners[profile] = _ProfileRunner(self._library, self._cuda, self._engine, profile)
        return self._runners[profile]


class _ProfileRunner:
    """An execution context of one profile, with buffers for its largest batch."""

    def __init__(self, library: Library, cuda: Cuda, engine: Any, profile: int) -> None:
        self._cuda = cuda
        self._library = library
        self._live = profile == LIVE_PROFILE
        self._batch = 1 if self._live else LARGEST_BATCH
        self._graph: int | None = None
        self._host: dict[str, tuple[int, NDArray[Any]]] = {}
        self._device: dict[str, int] = {}
        self._inputs: list[str] = []
        self._outputs: list[str] = []
        self._stream = cuda.stream()
        try:
            self._context, self._has_own_graph = library.execution_context(engine, own_graph=self._live)
            if self._context is None:
                raise UserError(f"{library.flavour.name} cannot prepare the plan: {library.reason()}")
            self._check(self._context.set_optimization_profile_async(profile, self._stream), "select a profile")
            cuda.wait(self._stream)
            for name, (is_input, dtype, shape) in library.inputs_and_outputs(engine).items():
                (self._inputs if is_input else self._outputs).append(name)
                self._host[name] = cuda.pinned_array((self._batch, *shape[1:]), dtype)
                self._device[name] = cuda.device_buffer(self._host[name][1].nbytes)
                self._check(self._context.set_tensor_address(name, self._device[name]), f"bind {name}")
            if self._live:
                self._set_batch(1)
        except BaseException:
            self.close()
            raise

    def run(self, images: NDArray[np.uint8], regions: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        """One batch, at most the profile's: the outputs by name."""
        count = len(images)
        values: dict[str, NDArray[Any]] = {"image": images, "regions": regions}
        for name in self._inputs:
            self._host[name][1][:count] = values[name]
        if not self._live:
            self._set_batch(count)
            self._queue(count)
        elif self._has_own_graph:
            self._queue(1)
        else:
            self._launch_graph()
        self._cuda.wait(self._stream)
        return {name: self._host[name][1][:count].copy() for name in self._outputs}

    def close(self) -> None:
        """Give buffers, graph and stream back."""
        if self._graph is not None:
            self._cuda.free_graph(self._graph)
            self._graph = None
        while self._device:
            self._cuda.free_device(self._device.popitem()[1])
        while self._host:
            self._cuda.free_pinned(self._host.popitem()[1][0])
        self._cuda.free_stream(self._stream)

    def _launch_graph(self) -> None:
        if self._graph is None:
            # The first run does what TensorRT does only once, which a recording must not hold.
            self._queue(1)
            self._cuda.wait(self._stream)
            self._graph = self._cuda.record(self._stream, lambda: self._queue(1))
        self._cuda.launch(self._graph, self._stream)

    def _queue(self, count: int) -> None:
        """Copies in, the network, copies out: all queued, nothing awaited."""
        for name in self._inputs:
            address, array = self._host[name]
            self._cuda.to_device(self._device[name], address, array[:count].nbytes, self._stream)
        self._check(self._context.execute_async_v3(self._stream), "run the network")
        for name in self._outputs:
            address, array = self._host[name]
            self._cuda.to_host(address, self._device[name], array[:count].nbytes, self._stream)

    def _set_batch(self, count: int) -> None:
        for name in self._inputs:
            shape = (count, *self._host[name][1].shape[1:])
            self._check(self._context.set_input_shape(name, shape), f"take {name} of shape {shape}")

    def _check(self, success: bool, what: str) -> None:
        if not success:
            raise UserError(f"{self._library.flavour.name} cannot {what}: {self._library.reason()}")


def _require_signature(bundle: Bundle, library: Library, engine: Any) -> None:
    signature = Signature.of(bundle.manifest)
    actual = library.inputs_and_outputs(engine)
    inputs = {name: (dtype, shape[1:]) for name, (is_input, dtype, shape) in actual.items() if is_input}
    outputs = {name: (dtype, shape[1:]) for name, (is_input, dtype, shape) in actual.items() if not is_input}
    any_batch = all(shape[:1] == (-1,) for _, _, shape in actual.values())
    if not signature.fits(inputs, outputs) or not any_batch or engine.num_optimization_profiles != 2:
        raise UserError(f"the plan takes and gives {actual}, and the bundle has {signature.required}: compile it again")


def open_plan(runtime: str, bundle: Bundle, precision: Precision, options: SessionOptions) -> TensorRTSession:
    """Open a session on the GPU of this machine.

    The plan comes from the user's cache; it is compiled when there is none or when anything about it differs.

    Raises:
        UserError: when library or GPU are missing, or the plan cannot be compiled, is not trusted or does not fit.
    """
    library = Library.load(runtime)
    cuda = Cuda.open()
    if options.plan is not None:
        wanted = wanted_record(bundle, library, precision, gpu_key(library, cuda))
        plan = foreign_plan(options.plan, wanted, f"SM{cuda.capability.replace('.', '')}", options.trust_plan)
    else:
        plan = cached_or_compiled(bundle, library, precision, cuda, options.report)
    return TensorRTSession(bundle, library, cuda, plan, precision)
