"""Two epochs of training with bf16: images a second, with the loader as it is and without waiting for it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from pydantic import BaseModel
from torch.utils.data import DataLoader

from calibration.gpu.device import Clocks, Device
from engines.activities import ACTIVITY_CODES
from train.data.augmentation import Augmentation
from train.data.images import LabelledImage
from train.data.opencv_threads import one_opencv_thread, one_thread_a_worker
from train.data.sampling import EpochSampler, ProcessRank, SeedEveryEpoch
from train.loop.task import ClassificationTask
from train.loop.view_dataset import ViewDataset
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network
from train.recipes import Recipe, load_recipe
from train.regions.view_regions import KeypointRegions

EPOCHS = 2
_SEED = 0


class TrainingSettings(NamedTuple):
    """What is trained: a backbone, at which view and batch, on how many images an epoch, loaded by how many workers."""

    backbone: str
    view_size: int
    batch_size: int
    epoch_images: int
    workers: int


class Epoch(BaseModel):
    """One epoch.

    Attributes:
        images, seconds: how many were trained on, in what time.
        waiting: the part of the time that was spent waiting for the loader.
        images_a_second: the loader's waiting included.
        step_images_a_second: the steps alone, as they would be with a loader that never keeps them waiting.
        loss: the mean.
    """

    images: int
    seconds: float
    waiting: float
    images_a_second: float
    step_images_a_second: float
    loss: float


class Training(BaseModel):
    """What a training costs; the first epoch starts workers and libraries.

    Attributes:
        kind: of the figures.
        description: network, view, batch, precision, workers.
        epochs: one entry each, the last one may be unfinished.
        finished: whether the time sufficed for all of them.
        peak_mb: the most memory that tensors took, in 10⁶ bytes; None on a CPU.
        clocks: what the GPU ran at at the end of the last epoch.
    """

    kind: Literal["training"] = "training"
    description: str
    epochs: list[Epoch]
    finished: bool
    peak_mb: float | None
    clocks: Clocks | None


class _EpochTimes(Callback):
    """Takes the times, and ends the training when its time is over."""

    def __init__(self, device: Device, batch_size: int, until: float) -> None:
        self.epochs: list[Epoch] = []
        self.clocks: Clocks | None = None
        self.late = False
        self._device, self._batch_size, self._until = device, batch_size, until
        self._began = self._step_began = self._in_steps = 0.0
        self._losses: list[torch.Tensor] = []

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin an epoch."""
        self._device.wait()
        self._began, self._in_steps, self._losses = time.perf_counter(), 0.0, []

    def on_train_batch_start(self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int) -> Any:
        """The batch is there."""
        self._step_began = time.perf_counter()

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """The step was queued; it is awaited, so that its time is its own."""
        self._device.wait()
        now = time.perf_counter()
        self._in_steps += now - self._step_began
        self._losses.append(outputs["loss"].detach())
        if now >= self._until:
            self.late = trainer.should_stop = True

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """An epoch is over, or its time is."""
        self.clocks = self._device.clocks()
        seconds, images = time.perf_counter() - self._began, len(self._losses) * self._batch_size
        self.epochs.append(
            Epoch(
                images=images,
                seconds=seconds,
                waiting=max(0.0, 1 - self._in_steps / seconds),
                images_a_second=images / seconds,
                step_images_a_second=images / self._in_steps,
                loss=float(torch.stack(self._losses).mean()),
            )
        )


def train_two_epochs(
    images: Sequence[LabelledImage],
    model: ModelKind,
    settings: TrainingSettings,
    device: Device,
    seconds: float,
    folder: Path,
) -> Training:
    """Train as `train.loop.fit` does, without what a run leaves behind.

    Args:
        images: as many as there are; each comes as often as an epoch needs.
        model: AG-Net, or the bare backbone, which is given no regions.
        settings: what and how much.
        device: where.
        seconds: after which no further step is taken.
        folder: Lightning's own.
    """
    recipe = _recipe(settings)
    shape = NetworkSettings(
        backbone=settings.backbone, model=model, classes=len(ACTIVITY_CODES), view_size=settings.view_size
    )
    torch.manual_seed(_SEED)
    network = build_network(shape)
    network.backbone.to(memory_format=torch.channels_last)
    often = [images[index % len(images)] for index in range(settings.epoch_images)]
    regions = KeypointRegions(shape.layout) if model.uses_regions else None
    dataset = ViewDataset(often, settings.view_size, Augmentation(recipe.augmentation), regions)
    sampler = EpochSampler(len(often), settings.batch_size, _SEED, ProcessRank())
    task = ClassificationTask(network, recipe, shape.classes, len(sampler) // settings.batch_size)
    device.forget_peak()
    times = _EpochTimes(device, settings.batch_size, time.perf_counter() + seconds)
    with one_opencv_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning advises other numbers of workers, and trips over its own internals
        loader = DataLoader(
            dataset,
            batch_size=settings.batch_size,
            sampler=sampler,
            num_workers=settings.workers,
            worker_init_fn=one_thread_a_worker,
            persistent_workers=settings.workers > 0,
            pin_memory=device.is_gpu,
        )
        trainer = L.Trainer(
            max_epochs=EPOCHS,
            accelerator="gpu" if device.is_gpu else "cpu",
            devices=1,
            precision="bf16-mixed",
            gradient_clip_val=recipe.clip_gradients,
            default_root_dir=folder,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            limit_val_batches=0,
            callbacks=[SeedEveryEpoch(_SEED), times],
        )
        trainer.fit(task, loader)
    if not times.epochs:
        raise RuntimeError("no step was taken")
    name = "AG-Net" if model.uses_regions else "bare backbone"
    return Training(
        description=f"{settings.backbone} {name}, {settings.view_size} px, batch {settings.batch_size}, bf16, "
        f"{len(images)} images, {settings.workers} loader workers",
        epochs=times.epochs,
        finished=not times.late,
        peak_mb=device.peak_mb(),
        clocks=times.clocks,
    )


def _recipe(settings: TrainingSettings) -> Recipe:
    return load_recipe("modern").model_copy(
        update={
            "view_size": settings.view_size,
            "batch_size": settings.batch_size,
            "epochs": EPOCHS,
            "precision": "bf16",
        }
    )
