"""Temperature scaling: finds the temperature that was hidden, and writes it into a new bundle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import confidence
from calibration.confidence import LabelledPredictions, fit_temperature
from calibration.derived_bundle import derive_bundle
from engines.bundles.bundle import Bundle
from engines.classifier import with_temperature
from engines.command import run_command
from engines.errors import UserError
from tests.engines.toy_bundle import write_toy_bundle
from tests.train.test_datasets import write_statefarm


@pytest.mark.parametrize("hidden", [0.4, 1.0, 2.5])
def test_the_hidden_temperature_is_found(hidden: float) -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 2, (20_000, 10))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([generator.choice(10, p=row) for row in honest])
    # What a network says whose logits are `hidden` times too large.
    said = with_temperature(honest.astype(np.float32), 1 / hidden)
    predictions = LabelledPredictions(said, labels)
    found = fit_temperature(predictions)
    assert found == pytest.approx(hidden, rel=0.05)
    assert predictions.log_loss(found) <= predictions.log_loss() + 1e-9


def test_a_new_bundle_differs_only_in_its_temperature(tmp_path: Path) -> None:
    bundle = Bundle.open(write_toy_bundle(tmp_path / "toy"))
    derive_bundle(bundle, tmp_path / "new", "Confidence", "warm", changes={"temperature": 1.7})
    new = Bundle.open(tmp_path / "new")
    assert new.manifest.model_dump(exclude={"files"}) == {
        **bundle.manifest.model_dump(exclude={"files"}),
        "temperature": 1.7,
    }
    assert (new.path / "MODEL_CARD.md").read_text().endswith("## Confidence\n\nwarm\n")
    with pytest.raises(UserError, match="not an empty folder"):
        derive_bundle(bundle, tmp_path / "new", "Confidence", "warm", changes={"temperature": 1.7})


def test_the_command_fits_on_the_named_drivers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toy, data = write_toy_bundle(tmp_path / "toy"), write_statefarm(tmp_path / "data")
    common = [str(toy), "--data", str(data), "--output", str(tmp_path / "new")]
    assert run_command(confidence.main, [*common, "--drivers", "p9"]) == 2
    assert "p9" in capsys.readouterr().err
    assert run_command(confidence.main, [*common, "--drivers", "p1", "p2"]) == 0
    assert "log loss" in capsys.readouterr().out
    assert Bundle.open(tmp_path / "new").manifest.temperature != 1.0
