"""From a run to the bundle that ships, in one command."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from calibration import finish, labelled_drives
from engines.bundles.bundle import Bundle
from engines.bundles.simulated_views import ViewTrial
from engines.bundles.verify import verify
from engines.command import run_command
from engines.runtimes import open_session
from tests.calibration.fake_networks import half_sure_of_a_passenger
from tests.train.conftest import RECIPE
from tests.train.test_datasets import write_statefarm
from train import statefarm

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:lightning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*eval mode at the start of training.*"),
    pytest.mark.filterwarnings("ignore:.*treespec, LeafSpec.*"),
]


FEW = ["--fit-drives", "1", "--fit-attentive", "1", "--fit-minutes", "1", "--images", "4", "--min-agreement", "0"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_statefarm(tmp_path_factory.mktemp("statefarm") / "data")


def train(folder: Path, data: Path, model: str) -> Path:
    """A run of one short epoch on p1."""
    (folder / "small.toml").write_text(RECIPE)
    arguments = ["--data", data, "--model", model, "--holdout", "p2", "p3", "--output", folder / "run"]
    arguments += ["--backbone", "timm:test_efficientnet", "--weights", "none", "--workers", 0]
    arguments += ["--recipe", folder / "small.toml"]
    assert run_command(statefarm.main, [str(argument) for argument in arguments]) == 0
    return folder / "run"


@pytest.mark.parametrize("model", [pytest.param("full", marks=pytest.mark.slow), "baseline"])
def test_a_run_becomes_the_bundle_that_ships(
    model: str,
    data: Path,
    rendered: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = train(tmp_path, data, model)
    monkeypatch.setattr(labelled_drives, "predict", half_sure_of_a_passenger)
    # A network trained so little may call everything safe driving.
    monkeypatch.setattr(ViewTrial, "sees_distraction", lambda *_: True)
    shipped = tmp_path / "shipped"
    arguments = [str(run), "--data", str(data), "--simulated", str(tmp_path / "drives"), *FEW]
    arguments += ["--drivers", "p2", "--validate", "p3", "--output", str(shipped)]
    other_cars = tmp_path / "other-cars.csv"
    other_cars.write_text(f"file,activity,car\n{next(data.rglob('*.jpg'))},c0,van\n")
    assert run_command(finish.main, [*arguments, "--other-cars", str(other_cars)]) == 0
    bundle = Bundle.open(shipped)
    manifest = bundle.manifest
    assert bundle.precisions == ("fp32", "fp16", "int8") and bundle.has_cpu_int8
    assert manifest.name == "shipped" and manifest.model == model
    assert manifest.temperature != 1.0 and set(manifest.thresholds) == {"enter_by_activity.c9"}
    assert verify(bundle, open_session(bundle), "fp32").passed
    card = (shipped / "MODEL_CARD.md").read_text()
    titles = [line for line in card.splitlines() if line.startswith("## ")]
    assert titles[-4:] == ["## Confidence", "## In other cars", "## Alert thresholds", "## Precision"]
    out = capsys.readouterr().out
    for step in ("train.export", "calibration.confidence", "calibration.thresholds", "calibration.quantize"):
        assert f"$ python -m {step} " in out
    assert len(rendered) == 2


@pytest.mark.parametrize(
    ("drivers", "drives", "said"),
    [
        ("p1", [], "was trained on p1"),
        ("p2", ["--drives", "recorded/p3.mp4"], "a drive of p3 cannot be fitted on"),
        ("p3", [], "name the same driver"),
    ],
)
def test_nobody_is_both_fitted_on_and_judged_by(
    drivers: str,
    drives: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    record = SimpleNamespace(train_drivers=["p1"])
    monkeypatch.setattr(finish, "read_record", lambda run: record)
    arguments = ["run", "--data", "data", "--simulated", str(tmp_path / "drives"), "--drivers", drivers, *drives]
    assert run_command(finish.main, [*arguments, "--validate", "p3", "--output", str(tmp_path / "new")]) == 2
    assert said in capsys.readouterr().err and not (tmp_path / "new").exists()
