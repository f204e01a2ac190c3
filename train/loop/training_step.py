"""One optimiser step by itself, to be timed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.loop.task import make_optimizer
from train.models.agnet import NetworkOutput
from train.recipes import Recipe


def training_step(
    forward: Callable[[Tensor, Tensor], NetworkOutput], network: nn.Module, recipe: Recipe, classes: int
) -> Callable[[Tensor, Tensor], None]:
    """One optimiser step of a network under a recipe, as `train.loop.fit` takes it in fp32.

    Args:
        forward: the network's own call, or another way to compute it.
        network: whose parameters are trained; on the device where the step is to be taken.
        recipe: loss, optimiser and clipping.
        classes: how many the network distinguishes.

    Returns:
        A function of images (B, S, S, 3) and regions (B, R, 4), both on the network's device.
    """
    network.to(memory_format=torch.channels_last).train()
    optimizer = make_optimizer(network, recipe)

    def step(images: Tensor, regions: Tensor) -> None:
        labels = torch.arange(len(images), device=images.device) % classes
        optimizer.zero_grad()
        F.cross_entropy(forward(images, regions).logits, labels, label_smoothing=recipe.label_smoothing).backward()
        if recipe.clip_gradients is not None:
            torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_gradients)
        optimizer.step()

    return step
