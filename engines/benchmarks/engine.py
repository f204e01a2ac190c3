"""What an engine costs on this machine: `python -m engines benchmark BUNDLE`.

Latency of each step of a frame, throughput over batch sizes, memory. Engines that are compared are timed in turn,
frame by frame, so that whatever else the machine does weighs on all of them alike.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engines.benchmarks.timing import LatencyPercentiles, time_in_turn
from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Precision
from engines.bundles.verify import Examples
from engines.classifier import Classifier
from engines.errors import UserError
from engines.onnxruntime_session import network_fault, open_alone
from engines.runtimes import Choice, SessionOptions, choose
from engines.tensorrt_family.planning import gpu_of_this_machine

_WARM_UP = 5
BATCHES = (1, 2, 4, 8, 16)


class EngineCost(BaseModel):
    """What one engine costs.

    Attributes:
        runtime, precision, description: which engine.
        network: latency of one view, network only.
        throughput: views a second by batch size, network only.
        memory_mb: resident memory that opening and running it added to this process, in 10⁶ bytes.
        gpu_memory_mb: the same of the GPU's memory, whoever used it; None where there is no GPU.
        fault: why it is not to be trusted, see `Choice`.
    """

    runtime: str
    precision: Precision
    description: str
    network: LatencyPercentiles
    throughput: dict[int, float]
    memory_mb: float
    gpu_memory_mb: float | None
    fault: str | None = None


class Benchmark(BaseModel):
    """All that was measured in one run.

    Attributes:
        bundle: its name.
        threads: CPU threads of the runtime, None for its default.
        repeats: how often each step was timed.
        view, regions: latency of the steps before the network, the same for every engine; `regions` is None where the
            network looks at none.
        engines: one entry for each.
        backbone: latency of the bare backbone, timed in turn with the first engine; None without.
        backbone_ratio: the first engine's median over the backbone's.
        speedups: median of the bundle's fp32 network in the same runtime over each precision's.
    """

    bundle: str
    threads: int | None
    repeats: int
    view: LatencyPercentiles
    regions: LatencyPercentiles | None
    engines: list[EngineCost]
    backbone: LatencyPercentiles | None
    backbone_ratio: float | None
    speedups: dict[str, float]


def benchmark(
    bundle: Bundle,
    engines: Sequence[tuple[str, str]],
    frames: Sequence[NDArray[np.uint8]],
    *,
    repeats: int = 100,
    batches: Sequence[int] = BATCHES,
    threads: int | None = None,
    backbone: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Benchmark:
    """Time engines against each other.

    Args:
        bundle: whose network.
        engines: (runtime, precision) of each.
        frames: (H, W, 3) uint8 RGB camera frames to work on.
        repeats: how often each step is timed.
        batches: batch sizes to measure the throughput of.
        threads: CPU threads of the runtimes.
        backbone: an ONNX file with the bare backbone, from `calibration.bare_backbone`; runs in ONNX Runtime's CPU.
        report: called with what is being measured.

    Raises:
        UserError: when an engine or the backbone cannot be opened.
    """
    options = SessionOptions(threads=threads, report=report)
    opened: list[tuple[Choice, float, float | None]] = []
    gpu = gpu_of_this_machine()
    examples = Examples.of(frames, bundle)
    for runtime, precision in engines:
        report(f"opening {runtime} {precision}")
        before, gpu_before = resident_memory(), gpu.used_memory() if gpu else 0
        choice = choose(bundle, runtime, precision, options, refuse_faults=False)
        choice.session.run(examples.views[:1], examples.regions[:1])
        taken = (gpu.used_memory() - gpu_before) / 1e6 if gpu else None
        opened.append((choice, (resident_memory() - before) / 1e6, taken))
    runs = [_runner(choice, examples) for choice, _, _ in opened]
    if backbone is not None:
        runs.append(_backbone_runner(backbone, threads, examples))
    report("network, one view at a time")
    network = time_in_turn(runs, repeats, _WARM_UP)
    bare = network.pop() if backbone is not None else None
    costs = []
    for (choice, memory, gpu_memory), seconds in zip(opened, network, strict=True):
        report(f"throughput of {choice.session.description}")
        throughput = {batch: _throughput(choice, examples, batch, max(3, repeats // (4 * batch))) for batch in batches}
        costs.append(
            EngineCost(
                runtime=choice.runtime,
                precision=choice.precision,
                description=choice.session.description,
                network=LatencyPercentiles.of(seconds),
                throughput=throughput,
                memory_mb=memory,
                gpu_memory_mb=gpu_memory,
                fault=choice.fault,
            )
        )
    report("view and regions")
    steps = Classifier(bundle, opened[0][0].session)
    before_network: list[Callable[[int], object]] = [lambda at: steps.view(frames[at % len(frames)])]
    if bundle.manifest.uses_regions:
        before_network.append(lambda at: steps.regions(examples.views[at % len(frames)]))
    view, *regions = (LatencyPercentiles.of(seconds) for seconds in time_in_turn(before_network, repeats, _WARM_UP))
    bare_latency = None if bare is None else LatencyPercentiles.of(bare)
    return Benchmark(
        bundle=bundle.manifest.name,
        threads=threads,
        repeats=repeats,
        view=view,
        regions=regions[0] if regions else None,
        engines=costs,
        backbone=bare_latency,
        backbone_ratio=None if bare_latency is None else costs[0].network.p50 / bare_latency.p50,
        speedups=_speedups(costs),
    )


def _speedups(costs: Sequence[EngineCost]) -> dict[str, float]:
    fp32 = {cost.runtime: cost.network.p50 for cost in costs if cost.precision == "fp32"}
    return {
        f"{cost.runtime} {cost.precision}": fp32[cost.runtime] / cost.network.p50
        for cost in costs
        if cost.precision != "fp32" and cost.runtime in fp32
    }


def _runner(choice: Choice, examples: Examples) -> Callable[[int], object]:
    def run(at: int) -> object:
        index = at % len(examples.views)
        return choice.session.run(examples.views[index : index + 1], examples.regions[index : index + 1])

    return run


def _backbone_runner(path: Path, threads: int | None, examples: Examples) -> Callable[[int], object]:
    try:
        session = open_alone(path, threads)
        session.run(None, {"image": examples.views[:1]})
    except Exception as error:  # ONNX Runtime raises its own kinds
        reason = error if isinstance(error, UserError) else network_fault(error)
        raise UserError(f"{path} is no bare backbone: {reason}; make one with calibration.bare_backbone") from error

    def run(at: int) -> object:
        index = at % len(examples.views)
        return session.run(None, {"image": examples.views[index : index + 1]})

    return run


def _throughput(choice: Choice, examples: Examples, batch: int, repeats: int) -> float:
    chosen = np.arange(batch) % len(examples.views)
    views, regions = examples.views[chosen], examples.regions[chosen]
    (seconds,) = time_in_turn([lambda _: choice.session.run(views, regions)], repeats, _WARM_UP)
    return batch / float(np.median(seconds))


def resident_memory() -> int:
    """Resident memory of this process in bytes; 0 where the system does not tell."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
