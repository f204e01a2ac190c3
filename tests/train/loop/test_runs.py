"""Whole training runs on small trees: what they leave behind, resuming, refusing, exporting."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import lightning as L
import numpy as np
import onnx
import pytest
import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO

from engines.bundles.bundle import Bundle
from engines.bundles.verify import verify
from engines.classifier import Classifier
from engines.command import run_command
from engines.errors import UserError
from engines.runtimes import open_session
from tests.conftest import ROOT
from tests.train.test_datasets import V2_NAMES, write_statefarm, write_v1, write_v2
from train import auc, default, export, statefarm
from train.command import training_parser
from train.data.images import LabelledImage
from train.loop.fit import WholeCheckpoints
from train.loop.progress import EpochLines
from train.loop.task import ClassificationTask
from train.loop.view_dataset import Batch
from train.models.network import NetworkSettings, build_network
from train.models.weights import load_run_weights, save_run_weights
from train.reporting.metrics import measure

# Lightning's own talk about its defaults and internals.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:lightning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*eval mode at the start of training.*"),
    pytest.mark.filterwarnings("ignore:.*exists and is not empty.*"),
    pytest.mark.filterwarnings("ignore:.*treespec, LeafSpec.*"),
]


BACKBONE = "timm:test_efficientnet"
"""timm's smallest, made for tests."""


def small(recipe: Path, *extra: object) -> list[str]:
    options = ["--recipe", recipe, "--backbone", BACKBONE, "--weights", "none", "--workers", "0", *extra]
    return [str(option) for option in options]


@pytest.mark.parametrize("model", ["full", "no-attention", "baseline", "zoom"])
def test_a_run_leaves_everything_behind_and_exports(tmp_path: Path, recipe: Path, model: str) -> None:
    data, run = write_statefarm(tmp_path / "data", each=2), tmp_path / "run"
    if model == "zoom":
        recipe.write_text(recipe.read_text().replace("view_size = 64", "view_size = 128"))
    arguments = small(recipe, "--data", data, "--model", model, "--holdout", "p2", "--output", run)
    assert run_command(statefarm.main, arguments) == 0
    assert {"run.json", "metrics.json", "model.safetensors", "last.ckpt", "confusion.png", "curves.png"} <= {
        path.name for path in run.iterdir()
    }
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["images"] == 20 and 0 <= metrics["top1"] <= 1
    assert [row["driver"] for row in metrics["per_driver"]] == ["p2"]
    assert {"top1", "top5", "map", "log_loss", "ece", "per_class", "per_driver"} <= set(metrics)
    record = json.loads((run / "run.json").read_text())
    assert record["validation_drivers"] == ["p2"] and record["train_drivers"] == ["p1", "p3"]
    # The same folder is not silently trained over, and a finished run resumes to the same result.
    with pytest.raises(UserError, match="already holds a run"):
        statefarm.main(arguments)
    assert statefarm.main([*arguments, "--resume"]) == 0
    assert json.loads((run / "metrics.json").read_text()) == metrics
    with pytest.raises(UserError, match="other settings"):
        statefarm.main([*arguments, "--resume", "--seed", "5"])

    bundle_folder = tmp_path / "bundle"
    assert run_command(export.main, [str(run), "--output", str(bundle_folder)]) == 0
    bundle = Bundle.open(bundle_folder)
    assert verify(bundle, open_session(bundle), "fp32").passed
    model_file = onnx.load(bundle.model_path())
    assert str(ROOT).encode() not in bundle.model_path().read_bytes()
    assert [opset.version for opset in model_file.opset_import if opset.domain == ""] == [19]
    assert "research" in (bundle_folder / "MODEL_CARD.md").read_text()
    # Not `Classifier.open`: what was trained so little may call everything safe driving, and is refused for it.
    prediction = Classifier(bundle, open_session(bundle)).classify(np.zeros((240, 320, 3), dtype=np.uint8))
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert prediction.region_weights.sum() == pytest.approx(1, abs=1e-5)
    with pytest.raises(UserError, match="not an empty folder"):
        export.main([str(run), "--output", str(bundle_folder)])


def test_a_second_epoch_continues_from_the_first(
    tmp_path: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run = write_statefarm(tmp_path / "data"), tmp_path / "run"
    arguments = small(recipe, "--data", data, "--model", "baseline", "--holdout", "p2", "--output", run, "--epochs", 2)
    real, interrupts = EpochLines.on_train_epoch_end, [KeyboardInterrupt()]

    def stop_in_the_second_epoch(self: EpochLines, trainer: L.Trainer, module: L.LightningModule) -> None:
        real(self, trainer, module)
        if trainer.current_epoch == 1 and interrupts:
            raise interrupts.pop()

    monkeypatch.setattr(EpochLines, "on_train_epoch_end", stop_in_the_second_epoch)
    assert run_command(statefarm.main, arguments) == 130
    assert "--resume" in capsys.readouterr().err
    assert not (run / "metrics.json").exists()
    assert torch.load(run / "last.ckpt", weights_only=True)["epoch"] == 0
    # The checkpoint has the weights: those that the training started from may be gone.
    record = (run / "run.json").read_text()
    assert '"weights": "none"' in record
    (run / "run.json").write_text(record.replace('"weights": "none"', '"weights": "gone.pth"'))
    arguments[arguments.index("--weights") + 1] = "gone.pth"
    assert run_command(statefarm.main, [*arguments, "--resume"]) == 0
    assert (run / "metrics.json").exists()
    assert [path.name for path in run.glob("*.ckpt")] == ["last.ckpt"]


def test_a_kill_while_a_checkpoint_is_written_loses_no_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = tmp_path / "last.ckpt"
    WholeCheckpoints().save_checkpoint({"epoch": 0}, checkpoint)

    def killed(_self: object, _content: object, path: str, _options: object = None) -> None:
        Path(path).write_bytes(b"half")
        raise SystemExit

    monkeypatch.setattr(TorchCheckpointIO, "save_checkpoint", killed)
    with pytest.raises(SystemExit):
        WholeCheckpoints().save_checkpoint({"epoch": 1}, checkpoint)
    assert torch.load(checkpoint, weights_only=True) == {"epoch": 0}


def test_a_diverged_training_says_so(tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_statefarm(tmp_path / "data")
    recipe.write_text(recipe.read_text().replace("1e-3", "1e30"))
    arguments = small(recipe, "--data", data, "--model", "baseline", "--holdout", "p2", "--output", tmp_path / "run")
    assert run_command(statefarm.main, [*arguments, "--epochs", "9"]) == 2
    printed = capsys.readouterr()
    assert "diverged" in printed.err and "epoch 9/9" not in printed.out
    assert not (tmp_path / "run" / "metrics.json").exists()


def test_a_validation_loss_that_is_no_number_ends_the_run_as_unfinished(
    tmp_path: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in fp16, whose numbers may overflow where the weights are still sound."""

    def overflow(self: ClassificationTask, batch: Batch, _index: int) -> None:
        self.log("validation/loss", torch.tensor(torch.nan), batch_size=len(batch["label"]))

    monkeypatch.setattr(ClassificationTask, "validation_step", overflow)
    data, run = write_statefarm(tmp_path / "data"), tmp_path / "run"
    arguments = small(recipe, "--data", data, "--model", "baseline", "--holdout", "p2", "--output", run)
    assert run_command(statefarm.main, [*arguments, "--epochs", "3"]) == 2
    assert "diverged: its validation loss in epoch 1 is not a number" in capsys.readouterr().err
    assert not (run / "metrics.json").exists()


def test_a_finished_run_without_its_checkpoint_is_not_trained_again(
    tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run = write_statefarm(tmp_path / "data"), tmp_path / "run"
    arguments = small(recipe, "--data", data, "--model", "baseline", "--holdout", "p2", "--output", run)
    assert run_command(statefarm.main, arguments) == 0
    (run / "last.ckpt").unlink()
    weights = (run / "model.safetensors").read_bytes()
    capsys.readouterr()
    with pytest.raises(UserError, match="already holds a run: pass another --output"):
        statefarm.main(arguments)
    assert run_command(statefarm.main, [*arguments, "--resume"]) == 2
    printed = capsys.readouterr()
    assert "nothing to resume" in printed.err and "epoch 1" not in printed.out
    assert (run / "model.safetensors").read_bytes() == weights


def test_a_training_moves_keypoints_and_says_so(tmp_path: Path, recipe: Path) -> None:
    data, output = write_statefarm(tmp_path / "data"), tmp_path / "run"
    arguments = small(recipe, "--data", data, "--holdout", "p2", "--output", output)
    assert run_command(statefarm.main, [*arguments, "--move-keypoints"]) == 0
    assert json.loads((output / "run.json").read_text())["settings"]["move_keypoints"] is True
    with pytest.raises(UserError, match="move_keypoints"):
        statefarm.main([*arguments, "--resume"])


def test_loaders_have_a_process_a_core_of_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(12)), raising=False)
    for here, workers in ((None, 12), ("4", 3), ("16", 1)):
        if here is not None:
            monkeypatch.setenv("LOCAL_WORLD_SIZE", here)
        assert training_parser("statefarm", "").parse_args([]).workers == workers
    assert training_parser("statefarm", "").parse_args(["--workers", "0"]).workers == 0


@pytest.mark.timeout(300)
def test_loaders_start_beside_opencvs_threads(tmp_path: Path, recipe: Path) -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(4)
    threads = cv2.getNumThreads()
    try:
        cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (31, 31), 5)  # which starts them
        data = write_statefarm(tmp_path / "data")
        options = ["--data", data, "--model", "baseline", "--holdout", "p2", "--output", tmp_path / "run"]
        assert run_command(statefarm.main, [*small(recipe, *options), "--workers", "1"]) == 0
        assert cv2.getNumThreads() == threads
    finally:
        cv2.setNumThreads(before)


def test_auc_v2_by_driver_trains_an_epoch(tmp_path: Path, recipe: Path) -> None:
    data, run = write_v2(tmp_path / "auc", V2_NAMES), tmp_path / "run"
    assert run_command(auc.main, small(recipe, "--split", "driver", "--data", data, "--output", run)) == 0
    assert json.loads((run / "run.json").read_text())["classes"] == [f"c{number}" for number in range(10)]


def test_auc_v1_at_random_trains_an_epoch(tmp_path: Path, recipe: Path) -> None:
    data, run = write_v1(tmp_path / "auc"), tmp_path / "run"
    assert run_command(auc.main, small(recipe, "--split", "random", "--data", data, "--output", run)) == 0
    assert json.loads((run / "metrics.json").read_text())["images"] == 30


def test_the_default_bundles_mixture_never_trains_on_validation_drivers() -> None:
    settings = default.load_settings()
    drivers = [*settings.holdout, "p002", "p012"]
    real = [LabelledImage(Path(f"{d}{n}.jpg"), n % 10, d) for d in drivers for n in range(20)]
    small_ones = [LabelledImage(Path("low") / f"{d}{n}.jpg", n % 10, d) for d in drivers for n in range(40)]
    simulated = [LabelledImage(Path(f"s{n}.jpg"), n % 10, "s0001") for n in range(10)]
    split = default.mix(real, small_ones, simulated, settings.model_copy(update={"low_resolution": 30}), seed=0)
    assert {image.driver for image in split.validation} == set(settings.holdout)
    assert not {image.driver for image in split.train} & set(settings.holdout)
    names = [image.path.name for image in split.train]
    assert len(names) == len(set(names)) == 40 + 30 + 10


@pytest.mark.parametrize(
    ("parts", "drivers"), [(["real"], {"p1"}), (["simulated"], {"s1"}), (["real", "simulated"], {"p1", "s1"})]
)
def test_parts_of_the_default_bundles_mixture_are_validated_alike(parts: list[str], drivers: set[str]) -> None:
    settings = default.load_settings().model_copy(update={"holdout": ("p2",)})
    real = [LabelledImage(Path(f"{driver}.jpg"), 0, driver) for driver in ("p1", "p2")]
    split = default.mix(real, real, [LabelledImage(Path("s1.jpg"), 0, "s1")], settings, seed=0, parts=parts)
    assert {image.driver for image in split.train} == drivers
    assert {image.driver for image in split.validation} == {"p2"}


def test_a_part_without_its_folder_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_statefarm(tmp_path / "data")
    assert run_command(default.main, ["--statefarm", str(data), "--train-on", "real", "simulated"]) == 2
    assert "--simulated DIR" in capsys.readouterr().err


def test_an_unwritable_output_is_one_line(tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    data = write_statefarm(tmp_path / "data")
    arguments = small(recipe, "--data", data, "--holdout", "p2", "--output", tmp_path / "file" / "run")
    assert run_command(statefarm.main, arguments) == 2
    assert capsys.readouterr().err.startswith("error: cannot write")


def test_a_start_that_failed_leaves_the_folder_free(tmp_path: Path, recipe: Path) -> None:
    data = write_statefarm(tmp_path / "data")
    arguments = small(recipe, "--data", data, "--holdout", "p2", "--model", "baseline", "--output", tmp_path / "run")
    assert run_command(statefarm.main, [*arguments, "--weights", str(tmp_path / "none.pth")]) == 2
    assert run_command(statefarm.main, arguments) == 0


def test_export_wants_a_finished_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a finished run"):
        export.read_run(tmp_path)


def test_a_runs_weights_start_another_at_a_larger_view(tmp_path: Path) -> None:
    small_view = NetworkSettings(backbone="efficientnet-lite0", classes=10, view_size=64)
    torch.manual_seed(0)
    source = build_network(small_view)
    save_run_weights(source, tmp_path)
    torch.manual_seed(1)
    target = build_network(small_view.model_copy(update={"view_size": 96}))
    load_run_weights(target, tmp_path)
    for name, value in source.state_dict().items():
        assert torch.equal(target.state_dict()[name], value)
    with pytest.raises(UserError, match="cannot use the weights"):
        load_run_weights(build_network(small_view.model_copy(update={"classes": 4})), tmp_path)
    with pytest.raises(UserError, match="cannot use the weights"):
        load_run_weights(target, tmp_path / "none")


def test_metrics_of_known_answers() -> None:
    images = [
        LabelledImage(Path(f"{n}.jpg"), label, driver)
        for n, (label, driver) in enumerate([(0, "a"), (0, "a"), (1, "b"), (1, "b"), (2, "b")])
    ]
    probabilities = torch.tensor([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
    metrics = measure(probabilities.log(), images, ["x", "y", "z"])
    assert metrics.top1 == pytest.approx(4 / 5)
    assert metrics.top5 is None
    expected = -np.log([0.8, 0.2, 0.8, 0.8, 0.4]).mean()
    assert metrics.log_loss == pytest.approx(expected, abs=1e-5)
    assert metrics.confusion == [[1, 1, 0], [0, 2, 0], [0, 0, 1]]
    assert [row.accuracy for row in metrics.per_class] == pytest.approx([0.5, 1.0, 1.0])
    assert [row.precision for row in metrics.per_class] == pytest.approx([1.0, 2 / 3, 1.0])
    assert {row.driver: row.top1 for row in metrics.per_driver} == pytest.approx({"a": 0.5, "b": 1.0})
    # Of x: right at 0.8, wrong at 0.3, right at 0.2.
    precisions = [(1 + 2 / 3) / 2, 1.0, 1.0]
    assert [row.average_precision for row in metrics.per_class] == pytest.approx(precisions)
    assert metrics.map == pytest.approx(np.mean(precisions))
    # Three right with 0.8, one wrong with 0.7, one right with 0.4.
    assert metrics.ece == pytest.approx((3 * 0.2 + 0.7 + 0.6) / 5, abs=1e-5)


def test_metrics_of_six_classes_of_which_three_have_images() -> None:
    logits = torch.tensor([[6.0, 5, 4, 3, 2, 1], [6, 5, 4, 3, 2, 1], [1, 2, 3, 4, 6, 5]])
    images = [LabelledImage(Path(f"{n}.jpg"), label) for n, label in enumerate((5, 4, 3))]
    metrics = measure(logits, images, list("uvwxyz"))
    # The first one's class comes last, the second's fifth, the third's third.
    assert metrics.top1 == 0 and metrics.top5 == pytest.approx(2 / 3)
    assert [row.accuracy for row in metrics.per_class] == [None, None, None, 0, 0, 0]
    precisions = [row.average_precision for row in metrics.per_class]
    # For x, y and z the third image comes first, which is of x; the others, alike, come together.
    assert precisions == [None, None, None, pytest.approx(1.0), pytest.approx(1 / 3), pytest.approx(1 / 3)]
    assert metrics.map == pytest.approx(5 / 9) and metrics.per_driver == []


@pytest.mark.slow
def test_resnet50_with_the_paper_recipe_runs_on_real_images(tmp_path: Path, shared_data: Path) -> None:
    arguments = ["--split", "driver", "--backbone", "resnet50", "--weights", "none", "--recipe", "paper"]
    limits = [
        "--epochs",
        "1",
        "--limit",
        "64",
        "--data",
        str(shared_data / "statefarm"),
        "--output",
        str(tmp_path / "r"),
    ]
    assert run_command(statefarm.main, [*arguments, *limits]) == 0
