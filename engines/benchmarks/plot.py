"""A benchmark as a plot: latency of each engine, and throughput over batch sizes."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

from engines.benchmarks.engine import Benchmark
from engines.errors import UserError
from engines.files.output import write_atomic


def require_matplotlib() -> None:
    """Raise `UserError` where matplotlib is missing: before the work, not after it."""
    if importlib.util.find_spec("matplotlib") is None:
        raise UserError("--plot needs matplotlib: uv sync --extra train, or leave --plot out")


def plot_benchmark(result: Benchmark, path: Path) -> None:
    """Write a PNG. Raises `UserError` where matplotlib is missing or the file cannot be written."""
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    latency, throughput = figure.subplots(1, 2)
    names = [f"{cost.runtime}\n{cost.precision}" for cost in result.engines]
    medians = [cost.network.p50 for cost in result.engines]
    slowest = [cost.network.p99 - cost.network.p50 for cost in result.engines]
    if result.backbone is not None:
        names.append("bare\nbackbone")
        medians.append(result.backbone.p50)
        slowest.append(result.backbone.p99 - result.backbone.p50)
    zeros = [0.0] * len(medians)
    latency.bar(names, medians, yerr=[zeros, slowest], capsize=4, color="tab:blue")
    latency.set_ylabel("network, one view: median, to 99th percentile (ms)")
    for cost in result.engines:
        throughput.plot(
            list(cost.throughput), list(cost.throughput.values()), "o-", label=f"{cost.runtime} {cost.precision}"
        )
    throughput.set_xlabel("batch size")
    throughput.set_ylabel("views a second")
    throughput.set_ylim(bottom=0)
    throughput.legend()
    figure.suptitle(result.bundle)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    write_atomic(path, content.getvalue())
