"""How right a bundle is in other cars, in its model card."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import other_cars
from calibration.confidence import LabelledPredictions
from calibration.other_cars import describe, read_other_cars
from engines.bundles.bundle import Bundle
from engines.command import run_command
from tests.engines.toy_bundle import write_toy_bundle
from tests.train.test_datasets import write_image
from train.data.images import Conditions, LabelledImage
from train.data.lists import write_list


def write_labels(folder: Path, rows: str) -> Path:
    (folder / "labels.csv").write_text(f"file,activity,car\n{rows}")
    return folder / "labels.csv"


def test_what_is_right_is_counted_by_class_and_by_car() -> None:
    probabilities = np.full((4, 10), 0.01, dtype=np.float32)
    probabilities[range(4), [0, 6, 8, 6]] = 0.91
    predictions = LabelledPredictions(probabilities, np.array([0, 6, 6, 6]))
    text = describe(predictions, [Conditions(car) for car in ("van", "van", "taxi", "taxi")], 1.0)
    assert "**3 of 4** images of 2 cars" in text and "75%" in text and "So few images" in text
    assert "| Safe driving | 1 of 1 |\n| Drinking | 2 of 3 |" in text
    assert "| taxi | 1 of 2 |\n| van | 2 of 2 |" in text
    assert "| camera |" not in text and "| light |" not in text and "| taken |" not in text


def test_where_there_are_several_cameras_and_lights_each_is_counted() -> None:
    probabilities = np.full((400, 10), 0.01, dtype=np.float32)
    probabilities[:, 0] = 0.91
    labels = np.array([0] * 300 + [6] * 100)
    taken = [Conditions("V1", f"Cam{1 + number % 2}", "day" if number < 300 else "night") for number in range(400)]
    text = describe(LabelledPredictions(probabilities, labels), taken, 1.0)
    assert "| camera | right |\n|---|---|\n| Cam1 | 150 of 200 |\n| Cam2 | 150 of 200 |" in text
    assert "| light | right |\n|---|---|\n| day | 300 of 300 |\n| night | 0 of 100 |" in text
    assert "| V1, Cam2, day | 150 of 150 |\n| V1, Cam2, night | 0 of 50 |" in text
    assert "So few images" not in text


def test_the_bundle_differs_by_a_section_of_its_card_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = Bundle.open(write_toy_bundle(tmp_path / "toy"))
    write_image(tmp_path / "a.jpg")
    labels = write_labels(tmp_path, "a.jpg,c0,van\n")
    assert (
        run_command(other_cars.main, [str(bundle.path), "--labels", str(labels), "--output", str(tmp_path / "n")]) == 0
    )
    assert "of 1** images of 1 cars" in capsys.readouterr().out
    new = Bundle.open(tmp_path / "n")
    assert new.manifest.model_dump(exclude={"files"}) == bundle.manifest.model_dump(exclude={"files"})
    card = (new.path / "MODEL_CARD.md").read_text()
    assert card.startswith((bundle.path / "MODEL_CARD.md").read_text()) and "## In other cars" in card


@pytest.mark.parametrize("rows", ["", "a.jpg,c10,van\n", "a.jpg,c1\n"])
def test_labels_that_cannot_be_read_are_refused(rows: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = write_labels(tmp_path, rows)
    toy = write_toy_bundle(tmp_path / "toy")
    assert run_command(other_cars.main, [str(toy), "--labels", str(labels), "--output", str(tmp_path / "new")]) == 2
    assert "labels.csv" in capsys.readouterr().err and not (tmp_path / "new").exists()


def test_a_car_is_who_sits_there(tmp_path: Path) -> None:
    images = read_other_cars(write_labels(tmp_path, "a.jpg,C6,van\nb/c.jpg,c2,taxi\n"))
    assert [(image.path, image.label, image.driver) for image in images] == [
        (tmp_path / "a.jpg", 6, "van"),
        (tmp_path / "b/c.jpg", 2, "taxi"),
    ]


def test_the_list_of_a_data_set_is_read_as_it_was_written(tmp_path: Path) -> None:
    taken = [Conditions("V1", "Cam4", "night"), Conditions("car, grey", "side", "day")]
    images = [
        LabelledImage(tmp_path / f"{number}, so named.jpg", number, each.car, conditions=each)
        for number, each in enumerate(taken)
    ]
    write_list(images, tmp_path / "list.csv")
    assert read_other_cars(tmp_path / "list.csv") == images
