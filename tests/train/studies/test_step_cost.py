"""The reference is the same network, and the cost of a step is measured with it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engines.command import run_command
from engines.regions import propose_regions
from train.loop.training_step import training_step
from train.models.agnet import AGNet
from train.models.network import NetworkSettings, build_network
from train.recipes import load_recipe
from train.studies import step_cost
from train.studies.literal_agnet import ReferenceAGNet
from train.studies.step_cost import augmented_views


def random_image(seed: int, size: int = 96) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def test_the_reference_is_the_same_network() -> None:
    torch.manual_seed(0)
    settings = NetworkSettings(backbone="efficientnet-lite0", classes=5, kappa=4, view_size=96)
    network = build_network(settings).eval()
    assert isinstance(network, AGNet)
    with torch.no_grad():
        network.self_attention.delta.fill_(0.5)
    written_out = ReferenceAGNet(network, 4).eval()
    views = [random_image(seed) for seed in range(3)]
    images = torch.from_numpy(np.stack(views))
    regions = torch.from_numpy(np.stack([propose_regions(view, 4).boxes for view in views]))
    ours, reference = network(images, regions), written_out(images)
    assert torch.allclose(ours.logits, reference.logits, rtol=1e-3, atol=1e-4)
    assert torch.allclose(ours.region_weights, reference.region_weights, atol=1e-4)
    assert sum(p.numel() for p in written_out.parameters()) == sum(p.numel() for p in network.parameters())
    ours.logits.square().sum().backward()
    reference.logits.square().sum().backward()
    assert network.se_residual.squeeze.grad is not None
    for slot, block in enumerate(written_out.se_residual):
        gradient = block.squeeze.weight.grad.T  # type: ignore[union-attr]
        assert torch.allclose(network.se_residual.squeeze.grad[slot], gradient, rtol=1e-2, atol=1e-4)


def test_a_step_is_the_recipes() -> None:
    torch.manual_seed(0)
    recipe = load_recipe("default").model_copy(update={"view_size": 64})
    settings = NetworkSettings(backbone="efficientnet-lite0", classes=10, view_size=64)
    network = build_network(settings, frozen=recipe.frozen)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    views = augmented_views([random_image(0)], recipe)
    images = torch.from_numpy(np.stack([next(views) for _ in range(4)]))
    regions = torch.from_numpy(np.stack([propose_regions(view).boxes for view in images.numpy()]))
    training_step(network, network, recipe, 10)(images, regions)
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert "classifier.weight" in changed and "se_residual.squeeze" in changed
    assert not any(name.startswith("backbone.body.conv_stem") for name in changed)
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    assert recipe.clip_gradients is not None
    assert torch.stack([g.norm() for g in gradients]).norm() <= recipe.clip_gradients * 1.001


@pytest.mark.slow
def test_the_command_prints_ratios_of_medians(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(2):
        assert cv2.imwrite(str(tmp_path / f"{seed}.png"), random_image(seed))
    file = tmp_path / "new" / "cost.json"
    common = ["--images", str(tmp_path), "--rounds", "1", "--batch-size", "2"]
    assert run_command(step_cost.main, [*common, "--json", str(file)]) == 0
    cost = json.loads(file.read_text())
    assert cost["view_size"] == 192 and cost["batch_size"] == 2 and cost["regions_ms"] > 0
    assert cost["agnet_over_backbone"] == pytest.approx(cost["agnet_s"] / cost["backbone_s"])
    assert cost["reference_over_agnet"] == pytest.approx(cost["reference_s"] / cost["agnet_s"])
    found = cost["agnet_s"] + 2 * cost["regions_wall_ms"] / 1e3
    assert cost["reference_over_agnet_with_regions"] == pytest.approx(cost["reference_s"] / found)
    assert "at most 1.5×" in capsys.readouterr().out
    assert run_command(step_cost.main, [*common, "--no-reference", "--json", str(file)]) == 0
    assert json.loads(file.read_text())["reference_over_agnet"] is None


def test_bad_arguments_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "damaged.jpg").write_bytes(b"\xff\xd8 damaged")
    (tmp_path / "file").write_text("")
    for bad, said in [
        (["--images", str(tmp_path / "none")], "does not exist"),
        (["--images", str(tmp_path)], "leave it out"),
        (["--json", str(tmp_path / "file" / "cost.json")], "cannot write"),
        (["--recipe", "quick"], "there is no recipe"),
    ]:
        assert run_command(step_cost.main, bad) == 2
        assert said in capsys.readouterr().err
