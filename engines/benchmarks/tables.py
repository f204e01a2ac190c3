"""Benchmarks as tables, for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.table import Table

from engines.benchmarks.engine import Benchmark
from engines.benchmarks.frame import FrameBenchmark
from engines.benchmarks.live import LiveBenchmark, StageCost


def benchmark_table(result: Benchmark) -> Table:
    """What engines cost."""
    table = Table(
        title=f"{result.bundle}: milliseconds of {result.repeats} runs in turn, threads {result.threads or 'auto'}"
    )
    for column in ("step", "p50", "p90", "p99", "views a second (batch size)", "memory"):
        table.add_column(column)
    steps = {"view": result.view}
    if result.regions is not None:
        steps["regions"] = result.regions
    if result.backbone is not None:
        steps["bare backbone"] = result.backbone
    for name, latency in steps.items():
        table.add_row(name, f"{latency.p50:.2f}", f"{latency.p90:.2f}", f"{latency.p99:.2f}")
    for cost in result.engines:
        table.add_row(
            f"network: {cost.description}",
            *(f"{value:.2f}" for value in (cost.network.p50, cost.network.p90, cost.network.p99)),
            "  ".join(f"{rate:.0f} ({batch})" for batch, rate in cost.throughput.items()),
            f"{cost.memory_mb:.0f} MB" + ("" if cost.gpu_memory_mb is None else f", GPU {cost.gpu_memory_mb:.0f} MB"),
        )
    return table


def frame_table(result: FrameBenchmark) -> Table:
    """What each step of a frame costs with each bundle."""
    table = Table(
        title=f"live: {result.frames} frames in turn, milliseconds, threads of the network: {result.threads or 'auto'}"
    )
    for column in ("bundle", "step", "p50", "p90", "p99"):
        table.add_column(column)
    for cost in result.costs:
        steps = {"view": cost.view, "regions, tracked": cost.regions, "network": cost.network}
        for name, latency in {**steps, "frame to probabilities": cost.frame}.items():
            if latency is not None:
                row = (f"{value:.2f}" for value in (latency.p50, latency.p90, latency.p99))
                table.add_row(cost.bundle, name, *row)
    return table


def stage_table(result: LiveBenchmark, others: Sequence[tuple[str, StageCost]] = ()) -> Table:
    """What each step of a frame costs live, and `others` below."""
    table = Table(
        title=f"{result.bundle}, live: {result.frames} frames in turn, threads: {result.threads or 'auto'} of the "
        f"network, {result.opencv_threads} of OpenCV, {result.numeric_threads} of BLAS and OpenMP"
    )
    table.add_column("step", no_wrap=True)
    for column in ("ms: p50", "p90", "p99", "mean", "core-ms: p50", "mean"):
        table.add_column(column)
    for name, cost in (
        ("view", result.view),
        ("regions, tracked", result.tracked),
        ("  from the frame before", result.followed),
        ("  k-means tried too", result.restarted),
        ("regions, cold", result.cold),
        ("network", result.network),
        ("frame to probabilities", result.frame),
        *others,
    ):
        if cost is not None:
            wall = (cost.wall.p50, cost.wall.p90, cost.wall.p99, cost.wall_mean, cost.core_ms, cost.core_mean)
            table.add_row(name, *(f"{value:.2f}" for value in wall))
    return table


def drive_table(result: LiveBenchmark, others: Sequence[tuple[str, Callable[[Any], str]]] = ()) -> Table:
    """A row a figure, a column a drive; `others` make further rows."""
    parts = (*result.drives, result)
    rows: tuple[tuple[str, Callable[[Any], str]], ...] = (
        ("frames", lambda each: str(each.frames)),
        ("regions, tracked, ms: p50", lambda each: f"{each.tracked.wall.p50:.2f}"),
        ("mean", lambda each: f"{each.tracked.wall_mean:.2f}"),
        ("refreshes that tried k-means", lambda each: f"{each.restart_fraction:.0%}"),
        ("nats a point, same keypoints", lambda each: _nats(each.likelihood_difference)),
        ("all keypoints", lambda each: _nats(each.full_likelihood_difference)),
        ("frames without a mixture", lambda each: str(each.no_mixture)),
        ("same class as cold", lambda each: f"{each.agreement:.1%}"),
        *others,
    )
    table = Table("", *(each.drive for each in result.drives), "all", title="by drive")
    for title, figure in rows:
        table.add_row(title, *map(figure, parts))
    return table


def _nats(difference: float | None) -> str:
    return "no mixture" if difference is None else f"{difference:+.3f}"
