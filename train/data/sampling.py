"""Which images a training epoch shows, in which order and how augmented: decided by seed, epoch and image alone.

So a run that was killed continues exactly as it would have, and the processes of a distributed run, or any number of
loader workers, show a network the very batches that one process would.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import lightning as L
import numpy as np
import torch
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning.pytorch.callbacks import Callback
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Sampler

_Item = TypeVar("_Item")


class SampledImage(NamedTuple):
    """The number of an image in its data set, and the seed that its augmentation samples from."""

    image: int
    seed: int


@dataclass(frozen=True)
class ProcessRank:
    """Which process of a run this is: number `rank` of `world`."""

    rank: int = 0
    world: int = 1

    @classmethod
    def here(cls) -> ProcessRank:
        """Which of torchrun's processes this is; the only one without torchrun."""
        if not TorchElasticEnvironment.detect():
            return cls()
        return cls(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]))

    def of(self, items: Sequence[_Item]) -> list[_Item]:
        """Every `world`-th of the items, from number `rank` on."""
        return list(items[self.rank :: self.world])

    def gather(self, rows: Tensor) -> Tensor:
        """What all processes computed of their parts, in the order of the items; all have to call it.

        Args:
            rows: (n, K), one for each of this process's items.

        Returns:
            (N, K) on the CPU, one for each of all items.
        """
        if self.world == 1:
            return rows
        parts: list[Tensor] = [torch.empty(0)] * self.world
        torch.distributed.all_gather_object(parts, rows)
        gathered = rows.new_empty(sum(map(len, parts)), *rows.shape[1:])
        for rank, part in enumerate(parts):
            gathered[rank :: self.world] = part
        return gathered


class EpochSampler(Sampler[SampledImage]):
    """All images in another random order every epoch; every process of a run takes each `world`-th of them.

    Each comes once, or, with weights, as often as its weight says: a weight of 1.4 is once or twice, anew every epoch.

    What does not fill a batch in every process is left out, as `drop_last` does.

    Args:
        images: how many there are.
        batch_size: images of one optimiser step, of all processes together; a multiple of their number.
        seed: the run's.
        process: which of them this is.
        weights: (images,) how often each comes on average; their mean is 1. None: all alike.
        epoch: which epoch comes next, from 0. An attribute without Lightning's `set_epoch`: it would call that with 0
            for the first epoch after a resumption (2.6).
    """

    def __init__(
        self,
        images: int,
        batch_size: int,
        seed: int,
        process: ProcessRank,
        epoch: int = 0,
        weights: NDArray[np.float64] | None = None,
    ) -> None:
        self.images = images
        self.weights = weights
        self.seed = seed
        self.process = process
        self.epoch = epoch
        self._used = images // batch_size * batch_size

    def __len__(self) -> int:
        return self._used // self.process.world

    def __iter__(self) -> Iterator[SampledImage]:
        generator = np.random.default_rng([self.seed, self.epoch])
        order = generator.permutation(self.images)
        if self.weights is not None:
            # Systematic resampling: one random offset, then every whole number that the sum of weights passes. Images
            # of one weight side by side, so that each class comes as often as it should to within one.
            order = order[np.argsort(self.weights[order], kind="stable")]
            passed = np.floor(np.cumsum(self.weights[order]) + generator.random()).astype(int)
            order = generator.permutation(np.repeat(order, np.diff(passed, prepend=0)))[: self.images]
            order = np.resize(order, self.images)
        seeds = generator.integers(2**63, size=self.images)
        for index in range(self.process.rank, self._used, self.process.world):
            yield SampledImage(int(order[index]), int(seeds[index]))


def class_weights(labels: Sequence[int], balance: float) -> NDArray[np.float64] | None:
    """How often each image comes in an epoch, so that its class counts by its size to the power of 1 − `balance`."""
    if not balance:
        return None
    classes = np.asarray(labels)
    weights = np.bincount(classes)[classes].astype(np.float64) ** -balance
    return np.asarray(weights / weights.mean())


class SeedEveryEpoch(Callback):
    """Tells the sampler which epoch comes, and restarts torch's generator with it: both are resumed exactly."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Name the epoch to the sampler. Lightning leaves this out for the first epoch after a resumption."""
        loader = trainer.train_dataloader
        assert isinstance(loader, DataLoader) and isinstance(loader.sampler, EpochSampler)
        loader.sampler.epoch = trainer.current_epoch

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: object, batch_idx: int
    ) -> None:
        """Seed from the run's seed, the epoch and the process at an epoch's first batch: no two sample the same."""
        if batch_idx == 0:
            seeds = np.random.default_rng([self._seed, trainer.current_epoch, trainer.global_rank])
            torch.manual_seed(int(seeds.integers(2**63)))
