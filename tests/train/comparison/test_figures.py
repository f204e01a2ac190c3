"""Figures by driver: sums, a temperature from others, and files that are refused rather than mixed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines.errors import UserError
from tests.property_settings import examples
from tests.train.comparison.test_arms import ARMS, read
from train.comparison.figures import (
    ArmFigures,
    RunFigures,
    figures_path,
    fit_temperature,
    measure,
    measure_at,
    read_figures,
    write_figures,
)
from train.data.images import LabelledImage

CLASSES = 4


def images(labels: NDArray[np.intp], drivers: list[str]) -> list[LabelledImage]:
    return [
        LabelledImage(Path(f"{number}.jpg"), int(label), driver)
        for number, (label, driver) in enumerate(zip(labels, drivers, strict=True))
    ]


def sample(seed: int, count: int, scale: float) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Logits `scale` times as large as they should be, and labels that they predict at a temperature of `scale`."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (count, CLASSES))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return logits * scale, labels


@given(seed=st.integers(0, 1000), scale=st.floats(0.5, 5))
@examples(0.1)
def test_the_temperature_by_which_logits_are_too_large_is_found(seed: int, scale: float) -> None:
    logits, labels = sample(seed, 4000, scale)
    assert fit_temperature(logits, labels) == pytest.approx(scale, rel=0.15)


def test_sums_are_by_driver_and_the_temperature_is_that_of_the_others() -> None:
    sure, labels = sample(1, 2000, 3.0)  # three times too sure
    right, more = sample(2, 2000, 1.0)
    logits, drivers = np.vstack([sure, right]), ["p1"] * 2000 + ["p2"] * 2000
    listed = images(np.concatenate([labels, more]), drivers)
    first, second = measure(logits, listed)
    assert (first.driver, second.driver, first.images, second.images) == ("p1", "p2", 2000, 2000)
    assert first.correct == (sure.argmax(axis=1) == labels).sum()
    exponential = np.exp(sure)
    expected = -np.log(exponential[np.arange(2000), labels] / exponential.sum(axis=1)).sum()
    assert first.log_loss == pytest.approx(expected, abs=1e-3)
    # p2's temperature is 1, so p1 stays too sure; p1's is 3, which makes p2 unsure.
    assert first.tempered == pytest.approx(first.log_loss, rel=0.05)
    assert second.tempered > 1.1 * second.log_loss
    # All with one temperature.
    tempered = measure_at(logits, listed, 3.0)
    assert tempered[0].tempered < 0.8 * first.log_loss and tempered[0].log_loss == first.log_loss
    assert tempered[1].tempered == pytest.approx(second.tempered, rel=0.02)


def test_figures_are_read_as_they_were_written_and_runs_replace_themselves(tmp_path: Path) -> None:
    arm = read(tmp_path).base
    logits, labels = sample(1, 20, 1.0)
    drivers = measure(logits, images(labels, ["p1"] * 10 + ["p2"] * 10))
    run = RunFigures(fold=2, seed=0, train_images=3, drivers=drivers, cars=drivers, seconds=2.5, images_per_second=4.0)
    assert read_figures(tmp_path, arm, None).runs == ()
    figures = ArmFigures.of(arm, None).with_run(run).with_run(run.model_copy(update={"fold": 1})).with_run(run)
    write_figures(tmp_path, arm, figures)
    assert read_figures(tmp_path, arm, None) == figures
    assert [each.pair for each in figures.runs] == [(1, 0), (2, 0)]
    assert str(tmp_path) not in figures_path(tmp_path, arm).read_text()


def test_figures_of_other_settings_are_never_mixed(tmp_path: Path) -> None:
    arm = read(tmp_path).base
    run = RunFigures(fold=1, seed=0, train_images=3, drivers=(), cars=(), seconds=1.0, images_per_second=3.0)
    write_figures(tmp_path, arm, ArmFigures.of(arm, None).with_run(run))
    changed = read(tmp_path, ARMS.replace("shift = 0.2", "shift = 0.3")).base
    with pytest.raises(UserError, match=r"settings\.recipe\.augmentation\.shift\): give the changed arm another name"):
        read_figures(tmp_path, changed, None)
    with pytest.raises(UserError, match="limit"):
        read_figures(tmp_path, arm, 100)
    # A description is no setting.
    described = read(tmp_path, ARMS.replace("the bare backbone", "no attention")).base
    assert read_figures(tmp_path, described, None).description == "no attention"
    figures_path(tmp_path, arm).write_text("{}")
    with pytest.raises(UserError, match="holds no arm's figures: move it away"):
        read_figures(tmp_path, arm, None)
