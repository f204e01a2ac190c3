"""Which images a training epoch shows, in which order and how augmented: decided by seed, epoch and image alone.

So a run that was killed goes on exactly as it would have, and the processes of a distributed run, or any number of
loader workers, show a network the very batches that one process would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import lightning as L
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from torch.utils.data import Sampler


class Draw(NamedTuple):
    """The number of an image in its data set, and the seed that its augmentation draws from."""

    image: int
    seed: int


@dataclass(frozen=True)
class Share:
    """Which process of a run this is: number `rank` of `world`."""

    rank: int = 0
    world: int = 1


class EpochSampler(Sampler[Draw]):
    """All images once an epoch in another random order; every process of a run takes each `world`-th of them.

    What does not fill a batch in every process is left out, as `drop_last` does.

    Args:
        images: how many there are.
        batch_size: images of one optimiser step, of all processes together; a multiple of their number.
        seed: the run's.
        share: which of the processes this is.
    """

    def __init__(self, images: int, batch_size: int, seed: int, share: Share) -> None:
        self.images = images
        self.seed = seed
        self.share = share
        self.epoch = 0
        self._used = images // batch_size * batch_size

    def set_epoch(self, epoch: int) -> None:
        """Which epoch comes next, from 0; Lightning calls this before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self._used // self.share.world

    def __iter__(self) -> Iterator[Draw]:
        generator = np.random.default_rng([self.seed, self.epoch])
        order = generator.permutation(self.images)
        seeds = generator.integers(2**63, size=self.images)
        for place in range(self.share.rank, self._used, self.share.world):
            yield Draw(int(order[place]), int(seeds[place]))


class SeedEveryEpoch(Callback):
    """Restarts torch's generator with every epoch, so that what a network draws itself is resumed exactly too."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Seed from the run's seed, the epoch and the process: no two draw the same."""
        torch.manual_seed(
            int(np.random.default_rng([self._seed, trainer.current_epoch, trainer.global_rank]).integers(2**63))
        )
