"""Recipes, augmentation, optimiser and schedule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from engines.errors import UserError
from engines.view import model_view
from train.data.augmentation import Augmentation, AugmentationSettings, without_surplus
from train.data.other_cameras import CameraSettings, through_camera
from train.loop.task import make_optimizer, make_schedule, scale_attention
from train.models.agnet import AGNet, Baseline
from train.models.network import NetworkSettings, build_network
from train.recipes import load_recipe, recipe_names


class SmallNetwork(Baseline):
    """A network of two layers: what optimiser and schedule need of a real one."""

    def __init__(self) -> None:
        super().__init__(nn.Linear(3, 2), channels=2, classes=2, regions=36)


def test_the_paper_recipe_is_the_papers() -> None:
    recipe = load_recipe("paper")
    assert (recipe.optimizer, recipe.momentum, recipe.learning_rate) == ("sgd", 0.99, 1e-5)
    assert (recipe.batch_size, recipe.epochs, recipe.view_size) == (8, 50, 224)
    assert recipe.augmentation == AugmentationSettings(shift=0.15, degrees=15.0, scale=(0.85, 1.15))
    network = SmallNetwork()
    optimizer = make_optimizer(network, recipe)
    schedule = make_schedule(optimizer, recipe, steps_per_epoch=4)
    rates = []
    for _ in range(4 * recipe.epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates[:100] == pytest.approx([1e-5] * 100)
    assert rates[100:] == pytest.approx([1e-6] * 100)
    assert recipe.of_backbone("vgg16").epochs == recipe.of_backbone("vgg16").of_backbone("vgg16").epochs == 150
    assert recipe.of_backbone("resnet50").epochs == 50


@pytest.mark.parametrize("name", recipe_names())
@pytest.mark.parametrize(("epochs", "steps"), [(None, 2), (1, 1), (1, 2), (1, 5), (2, 5)])
def test_every_shipped_recipe_steps_to_its_end(name: str, epochs: int | None, steps: int) -> None:
    recipe = load_recipe(name)
    recipe = recipe.model_copy(update={"epochs": epochs or recipe.epochs})
    network = SmallNetwork()
    optimizer = make_optimizer(network, recipe)
    schedule = make_schedule(optimizer, recipe, steps_per_epoch=steps)
    for _ in range(steps * recipe.epochs):
        optimizer.step()
        schedule.step()
        assert 0 <= optimizer.param_groups[0]["lr"] <= recipe.learning_rate * 1.0001


def test_weight_decay_spares_biases() -> None:
    optimizer = make_optimizer(SmallNetwork(), load_recipe("modern"))
    decays = {
        parameter.ndim: group["weight_decay"] for group in optimizer.param_groups for parameter in group["params"]
    }
    assert decays == {2: 0.05, 1: 0.0}


def test_every_trainable_weight_is_trained_once() -> None:
    network = build_network(NetworkSettings(backbone="efficientnet-lite0", classes=10), frozen=["conv_stem"])
    groups = make_optimizer(network, load_recipe("default")).param_groups
    trained = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(trained) == sorted(id(p) for p in network.parameters() if p.requires_grad)


def test_long_sums_learn_at_a_rate_of_their_own() -> None:
    network = build_network(NetworkSettings(backbone="efficientnet-lite0", classes=10))
    recipe = load_recipe("default").model_copy(update={"attention_factor": 0.25, "schedule": "step"})
    assert isinstance(network, AGNet)
    attention = network.inter_attention
    rates = {id(p): group["lr"] for group in make_optimizer(network, recipe).param_groups for p in group["params"]}
    for layer in (attention.w_u, attention.w_u_prime, attention.w_alpha):
        assert rates[id(layer.weight)] == pytest.approx(0.25 * recipe.learning_rate)
    for parameter in (attention.w_u.bias, attention.w_m.weight, network.classifier.weight):
        assert rates[id(parameter)] == recipe.learning_rate
    # And the one-cycle schedule keeps the proportion.
    optimizer = make_optimizer(network, load_recipe("modern").model_copy(update={"attention_factor": 0.25}))
    schedule = make_schedule(optimizer, load_recipe("modern"), steps_per_epoch=4)
    for _ in range(7):
        optimizer.step()
        schedule.step()
        first, *_, slow = (group["lr"] for group in optimizer.param_groups)
        assert slow == pytest.approx(0.25 * first, rel=1e-6)


def test_attention_can_start_small() -> None:
    network = build_network(NetworkSettings(backbone="efficientnet-lite0", classes=10))
    assert isinstance(network, AGNet)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    scale_attention(network, 0.25)
    smaller = {"inter_attention.w_u.weight", "inter_attention.w_u_prime.weight"}
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name] * 0.25 if name in smaller else before[name]), name


def test_recipes_that_make_no_sense(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="choose one of"):
        load_recipe("secret")
    path = tmp_path / "mine.toml"
    path.write_text("epochs = 0\n")
    with pytest.raises(UserError, match="epochs"):
        load_recipe(str(path))
    path.write_text("epochs =\n")
    with pytest.raises(UserError, match="cannot read"):
        load_recipe(str(path))


def test_no_augmentation_leaves_the_image_as_it_is() -> None:
    still = AugmentationSettings(shift=0, degrees=0, scale=(1, 1))
    image = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    assert np.array_equal(Augmentation(still)(image), image)


def test_edges_are_replicated_not_black() -> None:
    image = np.full((60, 80, 3), 200, dtype=np.uint8)
    augment = Augmentation(AugmentationSettings(shift=0.3, degrees=30, scale=(0.5, 0.7)))
    for seed in range(5):
        torch.manual_seed(seed)
        assert (augment(image) == 200).all()


@pytest.mark.parametrize(
    ("settings", "seen"),
    [
        ({"resolution": 0.2}, lambda before, after: detail(after) < 0.7 * detail(before)),
        ({"blur": 3.0}, lambda before, after: detail(after) < 0.7 * detail(before)),
        ({"noise": 30.0}, lambda before, after: detail(after) > 1.1 * detail(before)),
        ({"jpeg": 5}, lambda before, after: abs(detail(after) - detail(before)) > 0.05 * detail(before)),
        ({"exposure": 1.0}, lambda before, after: abs(after.mean() - before.mean()) > 8),
        (
            {"cast": 0.3},
            lambda before, after: abs(np.ptp(after.mean(axis=(0, 1))) - np.ptp(before.mean(axis=(0, 1)))) > 8,
        ),
        ({"vignette": 1.0}, lambda before, after: after[:8, :8].mean() < 0.8 * before[:8, :8].mean()),
    ],
)
def test_other_cameras(
    settings: dict[str, float], seen: Callable[[NDArray[np.uint8], NDArray[np.uint8]], bool]
) -> None:
    image = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8), (0, 0), 1.5)
    always, never = (CameraSettings.model_validate({"chance": chance, **settings}) for chance in (1.0, 0.0))
    changed = []
    for seed in range(20):
        torch.manual_seed(seed)
        changed.append(seen(image, through_camera(image, always)))
        assert np.array_equal(through_camera(image, never), image)
    assert any(changed)


def detail(image: NDArray[np.uint8]) -> float:
    return float(cv2.Laplacian(image.astype(np.float32), cv2.CV_32F).std())


def test_never_a_mirror_image() -> None:
    # Left half dark, right half bright: no combination of the ranges may turn it around.
    image = np.zeros((60, 80, 3), dtype=np.uint8)
    image[:, 40:] = 255
    for name in recipe_names():
        settings = load_recipe(name).augmentation.model_copy(update={"erase": 0.0})
        for seed in range(30):
            torch.manual_seed(seed)
            changed = Augmentation(settings)(image).astype(float)
            assert changed[:, :40].mean() < changed[:, 40:].mean()


def test_a_large_image_is_shrunk_before_it_is_changed() -> None:
    small = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    image = cv2.resize(small, (1920, 1080), interpolation=cv2.INTER_CUBIC)
    shrunk = without_surplus(image, 192)
    assert shrunk.shape == (288, 512, 3)
    augment = Augmentation(AugmentationSettings())
    views = []
    for pixels in (image, shrunk):
        torch.manual_seed(1)
        views.append(model_view(augment(pixels), 192).astype(float))
    # The same view but for where whole pixels of a shift fall.
    assert np.abs(views[0] - views[1]).mean() < 3 < np.abs(views[0] - views[0][:, ::-1]).mean()
    as_it_is = cv2.resize(small, (320, 240))
    assert without_surplus(as_it_is, 192) is as_it_is


def test_augmentation_is_drawn_from_torchs_generator() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    augment = Augmentation(load_recipe("default").augmentation)
    torch.manual_seed(3)
    first = augment(image)
    second = augment(image)
    torch.manual_seed(3)
    assert np.array_equal(augment(image), first)
    assert not np.array_equal(first, second)
    assert first.shape == image.shape and first.dtype == np.uint8
