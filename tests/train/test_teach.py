"""Soft labels: written by finished runs, read again, and learned from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.bundles.bundle import DEFAULT_BUNDLE
from engines.classifier import Classifier
from engines.classify import classify_images
from engines.command import run_command
from engines.errors import UserError
from tests.train.loop.test_runs import small
from tests.train.test_datasets import write_statefarm
from train import default, statefarm, teach
from train.data.images import LabelledImage
from train.data.soft_labels import read_soft_labels, write_soft_labels
from train.loop.view_dataset import ViewDataset

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:lightning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*exists and is not empty.*"),
    pytest.mark.filterwarnings("ignore:.*treespec, LeafSpec.*"),
]

HEADER = "file," + ",".join(f"c{number}" for number in range(10)) + "\n"


def test_two_runs_teach_a_third(tmp_path: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_statefarm(tmp_path / "data", each=2)
    for seed, model in enumerate(("baseline", "full")):
        run = tmp_path / f"run-{seed}"
        arguments = small(recipe, "--data", data, "--model", model, "--holdout", "p2", "--output", run)
        assert run_command(statefarm.main, [*arguments, "--seed", str(seed)]) == 0
    labels, runs = tmp_path / "labels.csv", [str(tmp_path / "run-0"), str(tmp_path / "run-1")]
    teaching = ["--images", str(data / "imgs"), "--output", str(labels), "--workers", "0"]
    assert run_command(teach.main, [*runs, *teaching]) == 0
    taught = read_soft_labels([labels])
    assert len(taught) == 60 and all(image.path.is_file() for image in taught)
    singles = []
    for run in runs:
        assert run_command(teach.main, [run, *teaching]) == 0
        singles.append(np.array([image.soft_label for image in read_soft_labels([labels])]))
    assert np.allclose(np.mean(singles, axis=0), [image.soft_label for image in taught], atol=1e-3)
    assert np.abs(singles[0] - singles[1]).max() > 0.01

    settings = default.load_settings().model_copy(update={"holdout": ("p2",)})
    monkeypatch.setattr(default, "load_settings", lambda: settings)
    student = tmp_path / "student"
    arguments = ["--statefarm", str(data), "--train-on", "real", "--taught", str(labels), "--output", str(student)]
    assert run_command(default.main, [*small(recipe, *arguments), "--model", "baseline"]) == 0
    record = json.loads((student / "run.json").read_text())
    assert record["train_images"] == 40 + 60 and record["settings"]["split"].startswith("60 images with soft labels")


def test_what_is_learned_is_the_soft_label(tmp_path: Path) -> None:
    data = write_statefarm(tmp_path / "data")
    hard = statefarm.read_statefarm(data)[3]
    soft = LabelledImage(hard.path, 1, None, soft_label=(0.25, 0.75, *(0.0,) * 8))
    dataset = ViewDataset([hard, soft], 64, classes=10)
    assert torch.equal(dataset[0]["target"], torch.eye(10)[hard.label])
    assert torch.equal(dataset[1]["target"], torch.tensor(soft.soft_label))
    assert ViewDataset([hard], 64)[0]["target"].numel() == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.jpg,0.5,0.5,0,0,0,0,0,0,0", "line 2"),
        ("a.jpg,0.5,0.4,0,0,0,0,0,0,0,0", "line 2: the ten probabilities"),
        ("a.jpg,1.5,-0.5,0,0,0,0,0,0,0,0", "line 2: the ten probabilities"),
        ("a.jpg,nan,1,0,0,0,0,0,0,0,0", "line 2: the ten probabilities"),
        ("a.jpg,much,0,0,0,0,0,0,0,0,0", "line 2: probabilities are numbers"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(HEADER + row + "\n")
    with pytest.raises(UserError, match=message):
        read_soft_labels([file])


def test_paths_are_kept_where_the_file_goes(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    image, elsewhere = tmp_path / "set" / "a.jpg", tmp_path / "b.jpg"
    write_soft_labels(tmp_path / "set" / "labels.csv", [image, elsewhere], np.full((2, 10), 0.1, dtype=np.float32))
    text = (tmp_path / "set" / "labels.csv").read_text()
    assert "\na.jpg," in text
    assert [each.path.resolve() for each in read_soft_labels([tmp_path / "set" / "labels.csv"])] == [image, elsewhere]


def test_a_folder_without_images_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(teach.main, ["run", "--images", str(tmp_path), "--output", str(tmp_path / "labels.csv")]) == 2
    assert "no images in" in capsys.readouterr().err


def test_a_bundle_teaches_what_it_says_of_an_image(tmp_path: Path) -> None:
    data = write_statefarm(tmp_path / "data", each=1)
    labels = tmp_path / "labels.csv"
    arguments = [str(DEFAULT_BUNDLE), "--images", str(data / "imgs" / "train" / "c3"), "--output", str(labels)]
    assert run_command(teach.main, arguments) == 0
    taught = read_soft_labels([labels])
    classifier = Classifier.open()
    for image in taught:
        prediction = next(classify_images(classifier, [image.path])).prediction
        assert prediction is not None
        assert np.allclose(image.soft_label, prediction.probabilities, atol=1e-4)


def test_a_bundle_is_told_of_an_image_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no image")
    labels = tmp_path / "labels.csv"
    assert run_command(teach.main, [str(DEFAULT_BUNDLE), "--images", str(tmp_path), "--output", str(labels)]) == 2
    assert "a.jpg cannot be read as an image" in capsys.readouterr().err
    assert not labels.exists()
