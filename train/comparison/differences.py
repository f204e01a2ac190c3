"""Whether an arm is better than the base: the difference of log loss, paired by driver and run, and its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from train.comparison.figures import ArmFigures, DriverFigures, RunFigures
from train.comparison.folds import FOLDS, SCREENING

_RESAMPLES = 10_000
_SEED = 0
LEVEL = 0.9
"""How much of the resampled differences an interval holds."""


class Judged(str, Enum):
    """What an arm is judged on."""

    DRIVERS = "drivers"
    CARS = "cars"

    @property
    def heading(self) -> str:
        """For people."""
        return {"drivers": "held-out drivers", "cars": "simulated cars never trained on"}[self.value]

    def of(self, run: RunFigures) -> Sequence[DriverFigures]:
        """A run's figures on it."""
        return run.drivers if self is Judged.DRIVERS else run.cars


class Difference(NamedTuple):
    """Log loss of an arm less the base's, nats an image; below zero the arm is better.

    Attributes:
        mean: over all images of all runs that both have.
        low, high: the interval; None with a single driver.
    """

    mean: float
    low: float | None
    high: float | None


class Verdict(str, Enum):
    """What became of an arm."""

    ACCEPTED = "accepted"
    """All folds are done, and the interval lies below zero."""
    NOT_ACCEPTED = "not accepted"
    DROPPED = "dropped"
    """In the screening it was worse than the base on the drivers and on the cars."""
    OPEN = "open"
    """Not all folds are done."""


Loss = Callable[[DriverFigures], float]
"""The sum of log loss to compare: as predicted, or tempered."""


def as_predicted(figures: DriverFigures) -> float:
    """Log loss as the network predicts."""
    return figures.log_loss


def tempered(figures: DriverFigures) -> float:
    """Log loss after the temperature."""
    return figures.tempered


def common_runs(arm: ArmFigures, base: ArmFigures) -> list[tuple[RunFigures, RunFigures]]:
    """The runs of the same fold and seed, the arm's first."""
    others = {run.pair: run for run in base.runs}
    return [(run, others[run.pair]) for run in arm.runs if run.pair in others]


def paired_difference(
    runs: Sequence[tuple[RunFigures, RunFigures]], judged: Judged, loss: Loss = as_predicted
) -> Difference | None:
    """The difference over runs of an arm and of the base; None without any.

    The bootstrap resamples drivers, each with all images and runs, and the seeds of each fold: what varies between
    strangers and between trainings. Percentiles of 10,000 resamples, the same ones every time. With the four drivers
    of one fold or the eight of two such intervals are rather too narrow.

    Args:
        runs: of the same folds and seeds, on the same images, see `common_runs`.
        judged: on what.
        loss: which log loss.
    """
    if not runs:
        return None
    gains, images = _by_driver(runs, judged, loss)
    mean, drivers = float(gains.sum() / images.sum()), gains.shape[1]
    if drivers < 2:
        return Difference(mean, None, None)
    rng = np.random.default_rng(_SEED)
    of_drivers = rng.multinomial(drivers, np.full(drivers, 1 / drivers), size=_RESAMPLES)
    of_runs = _resampled_seeds(rng, [arm.fold for arm, _ in runs])
    resampled = ((of_runs @ gains) * of_drivers).sum(axis=1) / ((of_runs @ images) * of_drivers).sum(axis=1)
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Difference(mean, float(low), float(high))


def _by_driver(
    runs: Sequence[tuple[RunFigures, RunFigures]], judged: Judged, loss: Loss
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Summed differences of log loss, and images, both (runs, drivers): 0 for a driver who is not in a run."""
    columns: dict[str, int] = {}
    for run, _ in runs:
        for figures in judged.of(run):
            columns.setdefault(figures.driver, len(columns))
    gains, images = np.zeros((len(runs), len(columns))), np.zeros((len(runs), len(columns)))
    for row, (arm, base) in enumerate(runs):
        theirs = {figures.driver: figures for figures in judged.of(base)}
        for ours in judged.of(arm):
            gains[row, columns[ours.driver]] = loss(ours) - loss(theirs[ours.driver])
            images[row, columns[ours.driver]] = ours.images
    return gains, images


def _resampled_seeds(rng: np.random.Generator, folds: Sequence[int]) -> NDArray[np.int64]:
    """How often each run counts (resamples, runs): within a fold, whose runs differ by their seeds."""
    counts = np.zeros((_RESAMPLES, len(folds)), dtype=np.int64)
    for fold in dict.fromkeys(folds):
        rows = [row for row, other in enumerate(folds) if other == fold]
        counts[:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=_RESAMPLES)
    return counts


def is_dropped(arm: ArmFigures, base: ArmFigures) -> bool:
    """Whether an arm that went through the screening is worse than the base on the drivers and on the cars."""
    screened = [(ours, theirs) for ours, theirs in common_runs(arm, base) if ours.pair in SCREENING]
    if len(screened) < len(SCREENING):
        return False
    return all(_by_driver(screened, judged, as_predicted)[0].sum() > 0 for judged in Judged)


def verdict(arm: ArmFigures, base: ArmFigures, judged: Judged) -> Verdict:
    """What became of an arm, by log loss as predicted."""
    runs = common_runs(arm, base)
    if {run.fold for run, _ in runs} < set(range(1, len(FOLDS) + 1)):
        return Verdict.DROPPED if is_dropped(arm, base) else Verdict.OPEN
    difference = paired_difference(runs, judged)
    below = difference is not None and difference.high is not None and difference.high < 0
    return Verdict.ACCEPTED if below else Verdict.NOT_ACCEPTED
