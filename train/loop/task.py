"""The Lightning module: loss, optimiser, schedule and validation of one run."""

from __future__ import annotations

from typing import Any

import lightning as L
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn import functional as F
from torchmetrics.classification import MulticlassAccuracy

from train.loop.view_dataset import Batch
from train.models.agnet import InterAttention
from train.models.network import Network
from train.models.zoom_net import ZoomNet, ZoomOutput, guidance_loss, location_loss
from train.recipes import Recipe

_LOCATION_WEIGHT = 0.2
"""Of where head and hands are, beside what the driver does."""

_GUIDANCE_WEIGHT = 0.1
"""Of which of them shows it."""


class ClassificationTask(L.LightningModule):
    """Trains a network with the categorical cross-entropy of equation (5).

    Args:
        network: maps images and regions to a `NetworkOutput`.
        recipe: how to train.
        classes: K.
        steps_per_epoch: optimiser steps in an epoch, which the one-cycle schedule is laid out over.
    """

    def __init__(self, network: Network, recipe: Recipe, classes: int, steps_per_epoch: int) -> None:
        super().__init__()
        self.network = network
        self.recipe = recipe
        self.steps_per_epoch = steps_per_epoch
        if isinstance(network, ZoomNet):
            network.view_dropout = recipe.view_dropout
        self.accuracy = MulticlassAccuracy(classes, average="micro")

    def training_step(self, batch: Batch, _batch_index: int) -> Tensor:
        output = self.network(batch["image"], batch["regions"])
        target = batch["target"] if batch["target"].numel() else batch["label"]
        loss = F.cross_entropy(output.logits, target, label_smoothing=self.recipe.label_smoothing)
        if isinstance(output, ZoomOutput):
            where = location_loss(output.places, output.sides, batch["parts"])
            self.log("train/location_loss", where, on_step=True, on_epoch=True, sync_dist=True)
            guidance = guidance_loss(output.part_weights, batch["label"], batch["parts"])
            self.log("train/guidance_loss", guidance, on_step=True, on_epoch=True, sync_dist=True)
            loss = loss + _LOCATION_WEIGHT * where + _GUIDANCE_WEIGHT * guidance
        # Of all processes' images, not of the first's alone.
        self.log("train/loss", loss, prog_bar=True, on_step=True, on_epoch=True, sync_dist=True)
        return loss

    def validation_step(self, batch: Batch, _batch_index: int) -> None:
        output = self.network(batch["image"], batch["regions"])
        loss = F.cross_entropy(output.logits, batch["label"])
        self.accuracy(output.logits, batch["label"])
        # Of all processes' images, too; torchmetrics adds up the accuracy's by itself. The batch's size is a float
        # because Lightning rounds the processes' mean of whole numbers down.
        images: Any = float(len(output.logits))
        self.log("validation/loss", loss, prog_bar=True, batch_size=images, sync_dist=True)
        self.log("validation/top1", self.accuracy, prog_bar=True, on_epoch=True, batch_size=len(output.logits))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        optimizer = make_optimizer(self.network, self.recipe)
        schedule = make_schedule(optimizer, self.recipe, self.steps_per_epoch)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _inter_attentions(network: nn.Module) -> list[InterAttention]:
    return [module for module in network.modules() if isinstance(module, InterAttention)]


def scale_attention(network: nn.Module, factor: float) -> None:
    """Make W_u and W_u' of equation (2) smaller before training, so that its tanh starts where it is steep."""
    with torch.no_grad():
        for module in _inter_attentions(network):
            module.w_u.weight *= factor
            module.w_u_prime.weight *= factor


def make_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimiser; weight decay spares biases, norms and scalars (δ among them).

    W_u, W_u' and W_α sum over all d = P·P·C values of a region. AdamW moves every weight by about the learning rate,
    whatever its gradient, so that such a sum moves d times as far in a step: hence a rate of their own, in proportion
    to the inputs (Yang et al. 2022, "Tensor Programs V", table 3).
    """
    long_sums = {
        id(layer.weight)
        for module in _inter_attentions(network)
        for layer in (module.w_u, module.w_u_prime, module.w_alpha)
    }
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    matrices = [p for p in parameters if p.ndim > 1]
    rate, decay = recipe.learning_rate, recipe.weight_decay
    groups = [
        {"params": [p for p in matrices if id(p) not in long_sums], "weight_decay": decay, "lr": rate},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0, "lr": rate},
    ]
    if long_sums:
        slow = [p for p in matrices if id(p) in long_sums]
        groups.append({"params": slow, "weight_decay": decay, "lr": rate * recipe.attention_factor})
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=recipe.momentum)
    return torch.optim.AdamW(groups, lr=rate)


def make_schedule(
    optimizer: torch.optim.Optimizer, recipe: Recipe, steps_per_epoch: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """The recipe's learning-rate schedule, stepped once an optimiser step."""
    if recipe.schedule == "step":
        return torch.optim.lr_scheduler.StepLR(optimizer, recipe.step_epochs * steps_per_epoch, recipe.step_factor)
    steps = recipe.epochs * steps_per_epoch
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=steps,
        # A rise of exactly one step makes the scheduler divide by zero, so runs of a few steps rise for longer.
        pct_start=min(0.9, max(recipe.warmup, 1.5 / steps)),
        cycle_momentum=False,
    )
