"""What a model card says of the licence: of what the weights were trained on, and of what they started from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from engines.activities import ACTIVITY_CODES
from train.data.images import LabelledImage, Split
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings
from train.recipes import load_recipe
from train.reporting.metrics import measure
from train.reporting.model_card import write_model_card
from train.reporting.run_record import RunRecord, RunSettings


def card_of(
    folder: Path,
    drivers: Sequence[str],
    validation: Sequence[str] = ("p021",),
    *,
    dataset: str = "default",
    split: str = "0 real and 2 simulated images",
    weights: str = "imagenet",
    model: ModelKind = ModelKind.ZOOM,
) -> str:
    train = [LabelledImage(Path(f"{driver}.jpg"), 0, driver) for driver in drivers]
    held_out = [
        LabelledImage(Path(f"{label}.jpg"), label, driver)
        for driver in validation
        for label in range(len(ACTIVITY_CODES))
    ]
    settings = RunSettings(
        dataset=dataset,
        split=split,
        network=NetworkSettings(backbone="efficientnet-lite0", model=model, classes=10, view_size=384),
        weights=weights,
        recipe=load_recipe("zoom"),
    )
    record = RunRecord.of(Split(train, held_out, ACTIVITY_CODES, split), settings)
    metrics = measure(torch.eye(10).repeat(len(validation), 1), held_out, ACTIVITY_CODES)
    write_model_card(folder / "MODEL_CARD.md", "test", record, metrics)
    return (folder / "MODEL_CARD.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("drivers", [["p002"], ["p002", "s0001"]])
def test_weights_of_real_drivers_are_for_research(tmp_path: Path, drivers: list[str]) -> None:
    card = card_of(tmp_path, drivers)
    assert "for research use too" in card and "No data set's licence" not in card


def test_simulated_drivers_are_named_by_the_first_and_last_of_a_row(tmp_path: Path) -> None:
    card = card_of(tmp_path, ["p002", *(f"s{number:04d}" for number in (1, 2, 3, 7, 9, 10))])
    assert "7 drivers: p002, s0001 to s0003, s0007, s0009 to s0010." in card


def test_weights_of_simulated_drivers_alone_are_bound_by_no_data_set(tmp_path: Path) -> None:
    card = card_of(tmp_path, ["s0001", "s0240"])
    assert "No data set's licence\nbinds these weights" in card and "Apache-2.0" in card
    assert (
        "research use" not in card and "may be used for research" not in card and "Train on your own data" not in card
    )
    # What measured them is named, and what the backbone started from.
    assert "State Farm" in card and "measured them alone" in card
    assert "ImageNet weights that the backbone started from" in card
    assert "State Farm" not in card_of(tmp_path, ["s0001"], ["s0002"])


def test_simulated_drivers_with_anothers_soft_labels_are_not_alone(tmp_path: Path) -> None:
    assert "No data set's" not in card_of(tmp_path, ["s0001"], split="9 images with soft labels, 2 simulated images")


def test_weights_that_started_from_others_have_their_terms(tmp_path: Path) -> None:
    card = card_of(tmp_path, ["s0001"], weights="/somewhere/body.safetensors")
    assert "body.safetensors, whose terms bind these, too" in card
    assert "/somewhere" not in card and "ImageNet weights" not in card


def test_other_data_sets_have_licences_of_their_own(tmp_path: Path) -> None:
    card = card_of(tmp_path, ["s1"], dataset="drives")
    assert "`drives`) are not part of this project" in card and "No data set's" not in card


def test_a_card_names_what_kind_of_network_it_is(tmp_path: Path) -> None:
    assert "looks a second time at head and hands" in card_of(tmp_path, ["p002"])
    assert "AG-Net (Bera et al." in card_of(tmp_path, ["p002"], model=ModelKind.FULL)
