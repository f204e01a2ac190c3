"""Table VI: counts beside the paper's, and what the projection of hours is made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engines.command import run_command
from train import complexity
from train.models.agnet import Baseline
from train.models.model_kind import ModelKind
from train.paper.cost import TRAINING_IMAGES, Timing, count, count_operations, count_parameters, project_hours
from train.paper.tables import TABLE_VI
from train.recipes import load_recipe

BACKBONES = ("resnet50", "densenet121", "inception-v3", "nasnet-mobile")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    file = tmp_path_factory.mktemp("table") / "t6.json"
    assert run_command(complexity.main, ["--counts-only", "--json", str(file)]) == 0
    return list(json.loads(file.read_text()))


def test_the_table_holds_twelve_rows_beside_the_papers(rows: list[dict[str, Any]]) -> None:
    assert [(row["backbone"], row["model"]) for row in rows] == [
        (backbone, kind) for backbone in BACKBONES for kind in ("baseline", "no-attention", "full")
    ]
    for row in rows:
        paper = TABLE_VI[row["backbone"], ModelKind(row["model"])]
        assert row["paper_params_m"] == paper.params_m
        assert (row["paper_gflops"], row["paper_infer_ms"]) == (paper.gflops, paper.infer_ms)
        # torchvision's and Keras' bodies differ in biases and batch-norm scales.
        assert row["params_m"] == pytest.approx(paper.params_m, abs=0.04)
        assert row["infer_ms"] is None and row["train_hours"] is None


@pytest.mark.parametrize("backbone", BACKBONES)
def test_differences_between_the_columns_are_the_papers(rows: list[dict[str, Any]], backbone: str) -> None:
    ours = {row["model"]: row["params_m"] for row in rows if row["backbone"] == backbone}
    paper = {kind.value: row.params_m for (name, kind), row in TABLE_VI.items() if name == backbone}
    for model in ("no-attention", "full"):
        assert ours[model] - ours["baseline"] == pytest.approx(paper[model] - paper["baseline"], abs=0.01)


def test_operations_are_two_a_multiply_add(rows: list[dict[str, Any]]) -> None:
    # A 3×3 convolution from 3 to 4 channels on 8×8 positions, then a layer from 4 to 5.
    class Small(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = nn.Conv2d(3, 4, 3, padding=1)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.convolution(images.permute(0, 3, 1, 2).float())

    network = Baseline(Small(), 4, 5, 36)
    assert count_operations(network, 8, 8) == 2 * (3 * 3 * 3 * 4 * 8 * 8 + 4 * 5)
    assert count_parameters(network) == 3 * 3 * 3 * 4 + 4 + 4 * 5 + 5
    network.classifier.requires_grad_(False)
    assert count_parameters(network) == 3 * 3 * 3 * 4 + 4
    # ResNet-50 as it is known: 4.09 thousand million multiply-adds.
    assert rows[0]["gflops"] == pytest.approx(2 * 4.09, abs=0.02)


def test_a_backbone_that_the_paper_does_not_list(tmp_path: Path) -> None:
    row = count("efficientnet-lite0", ModelKind.FULL, 224)
    assert row.paper_params_m is None and row.paper_train_hours is None
    assert 4.5 < row.params_m < 5.5


def test_times_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "new" / "t6.json"
    small = ["--backbone", "efficientnet-lite0", "--view-size", "32", "--repeats", "1", "--steps", "1"]
    assert run_command(complexity.main, [*small, "--device", "cpu", "--json", str(file)]) == 0
    for row in json.loads(file.read_text()):
        assert row["infer_ms"] > 0
        hours = row["train_hours"]
        assert hours["auc_v2"] / hours["stanford40"] == pytest.approx((12_555 // 8) / (4_000 // 8))
    printed = capsys.readouterr().out
    assert "+Attn" in printed and "auc_v2 h" in printed


def test_a_timing_is_a_median_and_half_the_quartiles_distance() -> None:
    assert Timing.of([5.0, 1.0, 2.0, 4.0, 3.0]) == (3.0, 1.0)


def test_hours_are_steps_times_epochs() -> None:
    recipe = load_recipe("paper")
    hours = project_hours(0.1, recipe)
    assert set(hours) == set(TRAINING_IMAGES)
    assert hours["stanford40"] == pytest.approx(0.1 * 500 * 50 / 3600)


def test_bad_arguments_are_refused_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run_command(complexity.main, ["--json", str(tmp_path / "file" / "t6.json")]) == 2
    for bad in (["--backbone", "alexnet"], ["--device", "abacus"], ["--view-size", "0"]):
        with pytest.raises(SystemExit, match="2"):
            complexity.main(bad)
    assert "timm:NAME" in capsys.readouterr().err
    assert run_command(complexity.main, ["--backbone", "inception-v3", "--view-size", "32", "--counts-only"]) == 2
    assert "view of 32 pixels" in capsys.readouterr().err
