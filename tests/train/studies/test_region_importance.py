"""What a network makes of its regions: what replaces them, the figures of one that reads them, and of a trained run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engines.command import run_command
from engines.errors import UserError
from engines.files.images import require_image
from engines.regions import propose_regions
from engines.view import model_view
from tests.train.loop import test_runs
from tests.train.loop.test_runs import small
from tests.train.test_datasets import write_statefarm
from tests.train.test_public_datasets import write_caltech256
from train import statefarm
from train.data.images import LabelledImage, Split
from train.models.agnet import NetworkOutput
from train.models.network import Network, NetworkSettings
from train.recipes import load_recipe
from train.regions.view_regions import RegionSource
from train.reporting.run_record import RunRecord, RunSettings
from train.statefarm import read_statefarm, statefarm_split
from train.studies import region_importance
from train.studies.region_importance import RegionImportance, Replacement, measure_importance

pytestmark = test_runs.pytestmark


class ReadsTheFirstSlot(nn.Module):
    """Says class 1 where the first region's top lies above a height, else class 0, and looks at no pixel."""

    def __init__(self, height: float) -> None:
        super().__init__()
        self.height = height

    def forward(self, images: Tensor, regions: Tensor) -> NetworkOutput:
        above = (regions[:, 0, 1] < self.height).float()
        alike = regions.new_full((len(regions), regions.shape[1] + 1), 1 / (regions.shape[1] + 1))
        return NetworkOutput(torch.stack([1 - above, above], dim=1), alike)


def record_of(images: list[LabelledImage], model: str = "no-attention") -> RunRecord:
    shape = NetworkSettings.model_validate({"model": model, "classes": 2, "view_size": 64})
    settings = RunSettings(dataset="made up", split="", network=shape, weights="none", recipe=load_recipe("paper"))
    return RunRecord.of(Split(images, images, ["below", "above"], ""), settings)


def test_what_replaces_regions() -> None:
    corners = torch.rand(5, 36, 2, 2, generator=torch.Generator().manual_seed(1)).sort(dim=2).values
    own, before = corners.flatten(2)[1:], corners.flatten(2)[:1]
    replaced = region_importance.replaced_regions(own, before, torch.Generator().manual_seed(0))
    assert set(replaced) == set(Replacement)
    assert torch.equal(replaced[Replacement.OWN], own)
    shuffled = replaced[Replacement.SHUFFLED]
    for boxes, others in zip(own.tolist(), shuffled.tolist(), strict=True):
        assert boxes != others and sorted(boxes) == sorted(others)
    assert torch.equal(replaced[Replacement.OTHER_IMAGE], corners.flatten(2)[:-1])
    drawn = replaced[Replacement.RANDOM]
    assert (drawn[..., :2] < drawn[..., 2:]).all() and drawn.min() >= 0 and drawn.max() <= 1
    assert not torch.equal(drawn[0], drawn[1])
    assert (replaced[Replacement.WHOLE_IMAGE] == torch.tensor([0.0, 0.0, 1.0, 1.0])).all()


def test_a_network_that_reads_regions_loses_by_other_ones(tmp_path: Path) -> None:
    write_statefarm(tmp_path, each=2)
    paths = sorted(tmp_path.rglob("*.jpg"))
    tops = [propose_regions(model_view(require_image(path, ""), 64)).boxes[0, 1] for path in paths]
    height = float(np.median(tops))
    labels = [int(top < np.float32(height)) for top in tops]
    assert 10 < sum(labels) < 50
    images = [LabelledImage(path, label) for path, label in zip(paths, labels, strict=True)]
    network = cast(Network, ReadsTheFirstSlot(height))
    importance = measure_importance(network, record_of(images), tmp_path, images, workers=0)
    results = importance.results
    assert importance.images == 60 and results[Replacement.OWN].top1 == results[Replacement.OWN].same_class == 1.0
    # The whole image begins at the top.
    assert results[Replacement.WHOLE_IMAGE].top1 == pytest.approx(np.mean(labels))
    for replacement in (Replacement.SHUFFLED, Replacement.OTHER_IMAGE, Replacement.RANDOM):
        assert results[replacement].top1 < 1
        assert results[replacement].same_class == results[replacement].top1
    assert importance.attention is None and importance.slot_weights == pytest.approx([1 / 37] * 37)


def test_a_trained_run(tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, run = write_statefarm(tmp_path / "data", each=2), tmp_path / "run"
    of_data = ["--data", str(data), "--holdout", "p2"]
    assert run_command(statefarm.main, small(recipe, *of_data, "--output", run)) == 0
    arguments = [str(run), "--dataset", "statefarm", *of_data, "--workers", "0"]
    assert run_command(region_importance.main, arguments) == 0
    importance = RegionImportance.model_validate_json((run / "region-importance.json").read_text())
    metrics = json.loads((run / "metrics.json").read_text())
    own = importance.results[Replacement.OWN]
    assert (own.top1, own.log_loss) == pytest.approx((metrics["top1"], metrics["log_loss"]), abs=1e-5)
    attention = importance.attention
    assert attention is not None and 0 < attention.m_mean < 1 and attention.tanh_argument > 0
    assert 0 < attention.entropy <= np.log(37) + 1e-6
    assert sum(importance.slot_weights) == pytest.approx(1, abs=1e-5)
    assert (run / "region-importance.png").stat().st_size > 10_000
    printed = capsys.readouterr().out
    assert "random boxes" in printed and "region-importance.png" in printed

    assert run_command(region_importance.main, [str(data), *arguments[1:]]) == 2
    assert "is not a finished run" in capsys.readouterr().err
    caltech = ["--dataset", "caltech256", "--data", str(write_caltech256(tmp_path / "other")), "--per-class", "3"]
    assert run_command(region_importance.main, [str(run), *caltech]) == 2
    assert "distinguishes other classes" in capsys.readouterr().err
    other = [*arguments[: arguments.index("p2")], "p3", "--workers", "0"]
    assert run_command(region_importance.main, other) == 2
    assert "was validated on other images (by driver; validation p2)" in capsys.readouterr().err
    at_random = [*arguments[:-4], "--split", "random", "--fold", "1/2", "--workers", "0"]
    assert run_command(region_importance.main, at_random) == 2
    assert "than these (at random" in capsys.readouterr().err


def test_another_random_fold_of_the_same_drivers_is_refused(tmp_path: Path) -> None:
    write_statefarm(tmp_path, each=2)
    images = read_statefarm(tmp_path)
    folds = [statefarm_split(images, "random", None, (number, 2), 0) for number in (1, 2)]
    shape = NetworkSettings(classes=10, view_size=64)
    settings = RunSettings(
        dataset="statefarm", split=folds[0].description, network=shape, weights="none", recipe=load_recipe("paper")
    )
    record = RunRecord.of(folds[0], settings)
    region_importance.check_split(folds[0], record, tmp_path)
    with pytest.raises(UserError, match="on other images"):
        region_importance.check_split(folds[1], record, tmp_path)


def test_what_it_refuses(tmp_path: Path) -> None:
    write_statefarm(tmp_path, drivers=("p1",))
    images = [LabelledImage(path, 0) for path in sorted(tmp_path.rglob("*.jpg"))]
    network = cast(Network, ReadsTheFirstSlot(0.5))
    with pytest.raises(UserError, match="at least two images"):
        measure_importance(network, record_of(images), tmp_path, images[:1], workers=0)
    found = record_of(images)
    found = found.model_copy(
        update={"settings": found.settings.model_copy(update={"region_source": RegionSource.FEATURE_MAP})}
    )
    with pytest.raises(UserError, match="found by another network"):
        measure_importance(network, found, tmp_path, images, workers=0)
    with pytest.raises(UserError, match="looks at no regions"):
        measure_importance(network, record_of(images, "baseline"), tmp_path, images, workers=0)
