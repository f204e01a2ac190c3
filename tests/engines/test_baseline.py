"""A network that looks at no regions: nothing looks for any, and its predictions stay what they were."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.__main__ import main
from engines.bundles.bundle import Bundle
from engines.bundles.verify import Examples, verify
from engines.classifier import Classifier
from engines.command import run_command
from engines.regions import propose_regions
from engines.runtimes import open_session
from tests.engines.toy_bundle import SIZE, write_toy_bundle


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    return write_toy_bundle(tmp_path / "baseline", model="baseline")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    generator = np.random.default_rng(1)
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(folder / name), generator.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8))
    return folder


def refuse_sift() -> None:
    raise AssertionError("somebody looks for keypoints")


def test_only_a_baseline_looks_at_no_regions(baseline: Path, toy_bundle: Path) -> None:
    assert not Bundle.open(baseline).manifest.uses_regions
    assert Bundle.open(toy_bundle).manifest.uses_regions


def test_classify_looks_for_no_keypoints_and_predicts_the_same(
    baseline: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = Classifier.open(baseline)
    views = [
        classifier.view(np.asarray(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), dtype=np.uint8))
        for path in sorted(images.iterdir())
    ]
    # As it was done before: the network is given regions of the view, and does not read them.
    before = [classifier.session.run(view[None], propose_regions(view).boxes[None])[0][0] for view in views]
    monkeypatch.setattr(cv2.SIFT, "create", refuse_sift)
    predictions = [classifier.classify(view) for view in views]
    for prediction, probabilities in zip(predictions, before, strict=True):
        assert np.array_equal(prediction.probabilities, probabilities)
        assert prediction.regions.shape == (0, 4) and prediction.attended_boxes(5) == []
    output = tmp_path / "out.json"
    assert run_command(main, ["classify", str(images), "--bundle", str(baseline), "--json", str(output)]) == 0
    results = json.loads(output.read_text())
    assert [result["probabilities"] for result in results] == [
        probabilities.astype(np.float64).round(6).tolist() for probabilities in before
    ]
    assert all(result["regions"] == [] and result["region_weights"] == [1.0] for result in results)


def test_verify_takes_the_reference_s_regions(
    baseline: Path, images: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cv2.SIFT, "create", refuse_sift)
    bundle = Bundle.open(baseline)
    assert bundle.reference().regions.any()  # a bundle of before, which stores regions
    checked = verify(bundle, open_session(bundle), "fp32")
    assert checked.passed and checked.region_difference is None
    arguments = ["verify", str(baseline), "--runtime", "onnxruntime", "--images", str(images)]
    assert run_command(main, arguments) == 0
    assert "regions" not in capsys.readouterr().out


def test_a_benchmark_times_no_regions(
    baseline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cv2.SIFT, "create", refuse_sift)
    output = tmp_path / "out.json"
    arguments = ["benchmark", str(baseline), "--repeats", "2", "--batches", "1", "--json", str(output)]
    assert run_command(main, arguments) == 0
    measured = json.loads(output.read_text())
    assert measured["regions"] is None and measured["view"]["p50"] > 0.0
    assert "regions" not in capsys.readouterr().out


def test_examples_of_a_baseline_have_zeros(baseline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2.SIFT, "create", refuse_sift)
    bundle = Bundle.open(baseline)
    examples = Examples.of(list(bundle.reference().images), bundle)
    assert examples.regions.shape == (3, 36, 4) and not examples.regions.any()
