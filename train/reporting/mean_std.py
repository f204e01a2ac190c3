"""Mean and standard deviation over several runs."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev

from pydantic import BaseModel

from train.reporting.metrics import Metrics

_SUMMARISED = ("top1", "top5", "map", "log_loss", "ece")


class MeanStd(BaseModel):
    """One metric over the runs: mean, sample standard deviation (None for a single run), and each run's value."""

    mean: float
    std: float | None
    values: list[float]


def summarise(results: Sequence[Metrics]) -> dict[str, MeanStd]:
    """Mean and standard deviation by metric; metrics that a run lacks are left out."""
    summary = {}
    for name in _SUMMARISED:
        values = [value for result in results if (value := getattr(result, name)) is not None]
        if len(values) == len(results):
            summary[name] = MeanStd(mean=mean(values), std=stdev(values) if len(values) > 1 else None, values=values)
    return summary
