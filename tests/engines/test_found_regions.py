"""A network that finds head and hands by itself: nobody looks for regions for it, and it says what its own hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.__main__ import main
from engines.bundles.bundle import Bundle, hash_file
from engines.bundles.inspect import inspect
from engines.bundles.manifest import MANIFEST, PRECISIONS, REFERENCE
from engines.bundles.verify import verify
from engines.classifier import Classifier
from engines.command import run_command
from engines.driver_parts import PARTS, DriverPart
from engines.errors import UserError
from engines.runtimes import open_session
from engines.view import Mount
from tests.engines.toy_bundle import SIZE, write_toy_bundle


def refuse_sift() -> None:
    raise AssertionError("somebody looks for keypoints")


@pytest.fixture(autouse=True)
def no_keypoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2.SIFT, "create", refuse_sift)


@pytest.fixture
def zoom(tmp_path: Path) -> Path:
    return write_toy_bundle(tmp_path / "zoom", model="zoom")


def coloured(red: int, green: int, blue: int) -> NDArray[np.uint8]:
    return np.full((SIZE, SIZE, 3), (red, green, blue), dtype=np.uint8)


def box_of(brightness: int) -> list[float]:
    """What the toy makes of a colour."""
    edge = brightness / 510
    return [edge, edge, edge + 0.25, edge + 0.5]


def test_regions_have_the_names_of_what_they_hold(zoom: Path) -> None:
    prediction = Classifier.open(zoom).classify(coloured(51, 102, 204))
    assert prediction.region_names == PARTS
    assert prediction.regions == pytest.approx(np.array([box_of(51), box_of(102), box_of(204)]), abs=1e-6)
    weights = np.exp([2.0, 4.0, 8.0, 0.0])
    assert prediction.region_weights == pytest.approx(weights / weights.sum(), abs=1e-6)
    assert [prediction.region_names[index] for index in prediction.attended_boxes(1)] == [DriverPart.LEFT_HAND]


def test_in_a_mirrored_view_the_hands_change_places(zoom: Path) -> None:
    classifier = Classifier.open(zoom)
    straight = classifier.classify(coloured(51, 102, 204))
    mirrored = classifier.classify(coloured(51, 102, 204), Mount(mirror=True))
    assert mirrored.region_names == straight.region_names == PARTS
    assert np.array_equal(mirrored.regions, straight.regions[[0, 2, 1]])
    assert np.array_equal(mirrored.region_weights, straight.region_weights[[0, 2, 1, 3]])
    # The boxes stay those of the view, as it is for every region.
    assert {tuple(box) for box in mirrored.regions} == {tuple(box) for box in straight.regions}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_its_mirror_image_s_mirror_image(part: DriverPart) -> None:
    assert part.mirrored.mirrored is part
    assert (part.mirrored is part) == (part is DriverPart.HEAD)


def test_classify_writes_names_beside_boxes_and_weights(zoom: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "image.png"), coloured(204, 102, 51))  # blue first
    output = tmp_path / "out.json"
    arguments = ["classify", str(tmp_path / "image.png"), "--bundle", str(zoom), "--json", str(output)]
    assert run_command(main, arguments) == 0
    (result,) = json.loads(output.read_text())
    assert result["region_names"] == ["head", "right hand", "left hand"]
    assert np.shape(result["regions"]) == (3, 4) and len(result["region_weights"]) == 4
    assert result["regions"][0] == pytest.approx(box_of(51), abs=1e-4)


def test_a_bundle_verifies_and_shows_what_its_network_finds(zoom: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = Bundle.open(zoom)
    checked = verify(bundle, open_session(bundle), "fp32")
    assert checked.passed and checked.box_difference == 0.0 and checked.region_difference is None
    model = inspect(bundle)["models"]["fp32"]
    assert list(model["inputs"]) == ["image"]
    assert list(model["outputs"]) == ["probabilities", "region_weights", "found_regions"]
    assert run_command(main, ["verify", str(zoom), "--runtime", "onnxruntime"]) == 0
    assert "boxes" in capsys.readouterr().out
    assert run_command(main, ["inspect", str(zoom)]) == 0
    assert "head, right hand, left hand" in capsys.readouterr().out


@pytest.mark.parametrize("model", ["zoom", "places"])
def test_everything_runs_without_keypoints(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_toy_bundle(tmp_path / model, model=model, half=True, int8=True)
    bundle, image = Bundle.open(folder), str(tmp_path / "image.png")
    cv2.imwrite(image, np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8))
    assert not bundle.manifest.uses_regions and bundle.precisions == PRECISIONS
    for precision in ("fp32", "fp16"):
        prediction = Classifier.open(folder, precision=precision).classify(coloured(51, 102, 204))
        assert len(prediction.region_names) == len(prediction.regions) == len(prediction.region_weights) - 1
        assert prediction.region_weights.sum() == pytest.approx(1, abs=1e-5)
    for command in (
        ["verify", str(folder), "--runtime", "onnxruntime", "--precision", "fp32", "--images", image],
        ["benchmark", str(folder), "--repeats", "2", "--batches", "1", "2"],
        ["inspect", str(folder)],
    ):
        assert run_command(main, command) == 0, capsys.readouterr()


def changed_reference(bundle: Path, **changes: NDArray[Any]) -> None:
    with np.load(bundle / REFERENCE) as arrays:
        np.savez(bundle / REFERENCE, **{**arrays, **changes})
    manifest = json.loads((bundle / MANIFEST).read_text())
    manifest["files"][REFERENCE] = hash_file(bundle / REFERENCE)
    (bundle / MANIFEST).write_text(json.dumps(manifest))


def test_other_boxes_than_the_reference_s_are_not_trusted(zoom: Path) -> None:
    boxes = Bundle.open(zoom).reference().found_regions
    changed_reference(zoom, found_regions=boxes + np.float32(0.01))
    with pytest.raises(UserError, match="does not give the reference's"):
        Classifier.open(zoom)


def test_a_reference_without_the_boxes_is_refused(zoom: Path) -> None:
    changed_reference(zoom, found_regions=np.zeros((3, 2, 4), dtype=np.float32))
    with pytest.raises(UserError, match="found_regions is float32"):
        Bundle.open(zoom).reference()


def test_a_network_that_finds_nothing_cannot_name_what_it_finds(tmp_path: Path) -> None:
    folder = write_toy_bundle(tmp_path / "places", model="places")
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "region_names": [part.value for part in PARTS]}))
    with pytest.raises(UserError, match="found_regions"):
        Classifier.open(folder)
