"""Differences of log loss with their intervals: known ones are found, and arms accepted, left open or dropped."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property_settings import examples
from train.comparison.arms import ArmSettings
from train.comparison.differences import (
    Judged,
    Verdict,
    common_runs,
    is_dropped,
    paired_difference,
    tempered,
    verdict,
)
from train.comparison.figures import ArmFigures, DriverFigures, RunFigures
from train.comparison.folds import FOLDS, Pair
from train.recipes import load_recipe

SETTINGS = ArmSettings(backbone="efficientnet-lite0", low_resolution=0, recipe=load_recipe("default"))
ALL = [(fold, seed) for fold in range(1, 5) for seed in range(3)]
CARS = ("c1", "c2", "c3", "c4", "c5")


def driver(name: str, log_loss: float, images: int = 100) -> DriverFigures:
    return DriverFigures(
        driver=name, images=images, correct=images // 2, log_loss=log_loss * images, tempered=log_loss * images / 2
    )


def arm(
    name: str, better: float, noise: float = 0.0, pairs: list[Pair] = ALL, cars_better: float | None = None
) -> ArmFigures:
    """An arm that is so much better than 0.5 nats on every driver, but for noise by driver."""
    rng = np.random.default_rng(0)
    level = {name: 0.5 + rng.normal(0, 0.2) for fold in FOLDS for name in fold}
    level |= dict.fromkeys(CARS, 1.0)
    off = {name: rng.normal(0, noise) for name in level}
    cars_gain = better if cars_better is None else cars_better
    runs = [
        RunFigures(
            fold=fold,
            seed=seed,
            train_images=7,
            drivers=tuple(driver(name, level[name] - better + off[name]) for name in FOLDS[fold - 1]),
            cars=tuple(driver(name, level[name] - cars_gain + off[name]) for name in CARS),
            seconds=1.0,
            images_per_second=7.0,
        )
        for fold, seed in pairs
    ]
    return ArmFigures(name=name, description=name, settings=SETTINGS, runs=tuple(runs))


BASE = arm("base", 0.0)


@pytest.mark.parametrize("judged", Judged)
def test_the_same_gain_on_every_driver_has_an_interval_of_no_width(judged: Judged) -> None:
    found = paired_difference(common_runs(arm("better", 0.125), BASE), judged)
    assert found is not None
    assert found == pytest.approx((-0.125, -0.125, -0.125), abs=1e-9)
    halved = paired_difference(common_runs(arm("better", 0.125), BASE), judged, tempered)
    assert halved is not None and halved.mean == pytest.approx(-0.0625)


@given(
    gains=st.lists(st.floats(-2, 2), min_size=2, max_size=12),
    images=st.lists(st.integers(1, 500), min_size=12, max_size=12),
)
@examples(0.1)
def test_the_difference_is_over_images_and_its_interval_within_the_drivers(
    gains: list[float], images: list[int]
) -> None:
    names = [f"p{number}" for number in range(len(gains))]

    def run(losses: list[float]) -> RunFigures:
        figures = tuple(driver(*row) for row in zip(names, losses, images, strict=False))
        return RunFigures(fold=1, seed=0, train_images=7, drivers=figures, cars=(), seconds=1.0, images_per_second=7.0)

    found = paired_difference([(run(gains), run([0.0] * len(gains)))], Judged.DRIVERS)
    assert found is not None and found.low is not None and found.high is not None
    assert found.mean == pytest.approx(np.average(gains, weights=images[: len(gains)]), abs=1e-9)
    assert min(gains) - 1e-9 <= found.low <= found.high <= max(gains) + 1e-9


def test_the_interval_is_the_normal_ones_where_drivers_differ_by_chance() -> None:
    differing = arm("differing", 0.0, noise=0.1)
    found = paired_difference(common_runs(differing, BASE), Judged.DRIVERS)
    assert found is not None and found.low is not None and found.high is not None
    runs = {run.pair: run for run in differing.runs}
    gains = np.array(
        [
            (ours.log_loss - theirs.log_loss) / ours.images
            for run in BASE.runs
            if run.seed == 0
            for ours, theirs in zip(runs[run.pair].drivers, run.drivers, strict=True)
        ]
    )
    half = 1.645 * gains.std() / 4  # of 16 drivers; the three seeds agree
    assert found.mean == pytest.approx(gains.mean(), abs=1e-9)
    assert (found.low, found.high) == pytest.approx((gains.mean() - half, gains.mean() + half), abs=0.1 * half)


def test_seeds_that_differ_widen_the_interval() -> None:
    better = arm("better", 0.1)
    uneven = better.model_copy(
        update={
            "runs": tuple(
                run.model_copy(
                    update={"drivers": tuple(driver(d.driver, d.log_loss / 100 + run.seed - 1) for d in run.drivers)}
                )
                for run in better.runs
            )
        }
    )
    found = paired_difference(common_runs(uneven, BASE), Judged.DRIVERS)
    assert found is not None and found.low is not None and found.high is not None
    assert found.mean == pytest.approx(-0.1)
    assert found.low < -0.3 and found.high > 0.1


def test_the_same_figures_have_the_same_interval() -> None:
    runs = common_runs(arm("differing", 0.0, noise=0.1), BASE)
    assert paired_difference(runs, Judged.DRIVERS) == paired_difference(runs, Judged.DRIVERS)


def test_runs_that_only_one_of_them_has_do_not_count() -> None:
    few = arm("few", 0.1, pairs=[(1, 0), (3, 7)])
    assert [(ours.pair, theirs.pair) for ours, theirs in common_runs(few, BASE)] == [((1, 0), (1, 0))]
    assert paired_difference([], Judged.DRIVERS) is None


def test_an_arm_is_accepted_when_the_whole_interval_is_below_zero() -> None:
    sure, unsure = arm("sure", 0.1, noise=0.05), arm("unsure", 0.02, noise=0.2)
    assert verdict(sure, BASE, Judged.DRIVERS) is Verdict.ACCEPTED
    assert verdict(unsure, BASE, Judged.DRIVERS) is Verdict.NOT_ACCEPTED
    assert verdict(arm("worse", -0.1), BASE, Judged.DRIVERS) is Verdict.NOT_ACCEPTED
    helps_cars = arm("cars", -0.1, noise=0.05, cars_better=0.3)
    assert verdict(helps_cars, BASE, Judged.DRIVERS) is Verdict.NOT_ACCEPTED
    assert verdict(helps_cars, BASE, Judged.CARS) is Verdict.ACCEPTED


def test_the_screening_drops_what_is_worse_on_drivers_and_cars_and_accepts_nothing() -> None:
    screening: list[Pair] = [(1, 0), (2, 0)]
    better, worse = arm("better", 0.1, pairs=screening), arm("worse", -0.1, pairs=screening)
    assert [verdict(each, BASE, Judged.DRIVERS) for each in (better, worse)] == [Verdict.OPEN, Verdict.DROPPED]
    assert not is_dropped(arm("cars", -0.1, pairs=screening, cars_better=0.1), BASE)
    assert not is_dropped(arm("half", -0.1, pairs=screening[:1]), BASE)
    # It is by the screening's runs, whatever others say.
    assert not is_dropped(arm("others", -0.1, pairs=[(3, 0), (4, 0)]), BASE)
    assert verdict(arm("confirmed", -0.1), BASE, Judged.DRIVERS) is Verdict.NOT_ACCEPTED
