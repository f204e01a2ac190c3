"""Every bundle is tried on views of the product's own: one that never sees a distraction is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.activities import Activity
from engines.bundles.simulated_views import VIEWS, ViewTrial
from engines.classifier import Classifier
from engines.errors import UserError
from monitor.live.engine import Engine, EngineOptions
from tests.engines.toy_bundle import write_toy_bundle


def trial(*rows: int, sure: float = 0.9) -> ViewTrial:
    """What a network would have made of the views of C0 to C8, one named activity a view."""
    probabilities = np.full((9, 10), (1.0 - sure) / 9.0, dtype=np.float32)
    probabilities[np.arange(9), rows] = sure
    return ViewTrial(probabilities)


def test_the_shipped_bundle_calls_all_of_them_right() -> None:
    classifier = Classifier.open()
    probabilities = classifier.view_trial.probabilities
    assert [int(row.argmax()) for row in probabilities] == list(range(9))
    assert probabilities.max(axis=1).min() > 0.95
    assert classifier.notices == ()


def test_the_views_are_small() -> None:
    files = list(VIEWS.iterdir())
    assert sorted(file.name for file in files) == [f"{activity.code}.jpg" for activity in tuple(Activity)[:9]]
    assert sum(file.stat().st_size for file in files) < 150_000


def test_a_network_that_never_sees_a_distraction() -> None:
    assert not trial(*[0] * 9).sees_distraction()
    assert not trial(*[6] * 9, sure=0.15).sees_distraction()  # a temperature may flatten everything
    assert trial(*[0] * 8, 1).sees_distraction()
    assert not trial(*[0] * 8, 1).sees_distraction(lambda _: 0.99)


def test_what_is_called_otherwise_is_one_line() -> None:
    assert trial(*range(9)).notice is None
    said = trial(0, 1, 2, 3, 2, 5, 6, 7, 0).notice
    assert said == "of 9 simulated views the bundle calls 2 wrong: C4 → C2, C8 → C0"


def test_a_bundle_that_is_always_attentive_is_refused_though_its_reference_says_so(tmp_path: Path) -> None:
    bundle = write_toy_bundle(tmp_path / "toy", always=Activity.SAFE_DRIVING)
    with pytest.raises(UserError, match="calls none of the simulated views of C1 to C8 a distraction"):
        Classifier.open(bundle)
    with pytest.raises(UserError, match="calls none of the simulated views"):
        _ = Engine.open(EngineOptions(bundle)).classifier


def test_a_bundle_that_calls_some_wrong_runs_and_says_so(tmp_path: Path) -> None:
    engine = Engine.open(EngineOptions(write_toy_bundle(tmp_path / "toy", always=Activity.DRINKING)))
    _ = engine.classifier
    assert engine.notices[-1].startswith("of 9 simulated views the bundle calls 8 wrong: C0 → C6, C1 → C6, ")


def test_thresholds_that_the_network_never_reaches_are_refused(tmp_path: Path) -> None:
    bundle = write_toy_bundle(tmp_path / "toy", always=Activity.DRINKING, sure=0.4)
    policy = tmp_path / "high.toml"
    policy.write_text("[alerts]\nenter = 0.95\n", encoding="utf-8")
    assert Engine.open(EngineOptions(bundle)).classifier is not None
    with pytest.raises(UserError, match=r"with these thresholds the bundle .* sees none of the simulated views"):
        _ = Engine.open(EngineOptions(bundle, policy)).classifier
