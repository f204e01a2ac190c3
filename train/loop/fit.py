"""One training run, from a split to weights, metrics and plots: the same for every data set, and resumable."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning.pytorch.callbacks import Callback, EarlyStopping, LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from timm.layers.norm_act import convert_sync_batchnorm
from torch import nn
from torch.utils.data import DataLoader

from engines.errors import UserError
from engines.files.output import prepare_folder, write_atomic
from engines.malloc_settings import keep_freed_memory
from train.data.augmentation import Augmentation
from train.data.checks import check_files, warn_of_empty_classes
from train.data.images import Split, sample_evenly
from train.data.opencv_threads import one_opencv_thread, one_thread_a_worker
from train.data.sampling import EpochSampler, ProcessRank, SeedEveryEpoch, class_weights
from train.loop.predict import predict
from train.loop.progress import training_progress
from train.loop.region_search import prepare_regions
from train.loop.task import ClassificationTask, scale_attention
from train.loop.view_dataset import Example, ViewDataset
from train.models.backbones import Backbone
from train.models.network import Network, build_network
from train.models.weights import load_weights, save_run_weights
from train.recipes import Recipe
from train.regions.view_regions import RegionSource, ViewRegions
from train.reporting.metric_names import PRIMARY_METRICS
from train.reporting.metrics import Metrics, measure
from train.reporting.plots import plot_curves
from train.reporting.run_files import LAST_CHECKPOINT, METRICS
from train.reporting.run_record import (
    RunRecord,
    RunSettings,
    earlier_run,
    read_metrics,
    write_record,
)
from train.reporting.run_report import CURVES, NOTHING_PRINTED, Printed, write_report

_PRECISIONS: dict[str, Any] = {"fp32": "32-true", "bf16": "bf16-mixed", "fp16": "16-mixed"}
"""A recipe's precision in Lightning's words; the weights stay in fp32."""


def fit(
    split: Split,
    settings: RunSettings,
    output: Path,
    *,
    primary_metrics: Sequence[str] = PRIMARY_METRICS,
    printed: Printed = NOTHING_PRINTED,
    resume: bool = False,
    keep_finished: bool = False,
    callbacks: Sequence[Callback] = (),
) -> Metrics:
    """Train on a split and write everything a run leaves behind to a folder.

    Writes `run.json`, `last.ckpt` (after every epoch), `model.safetensors`, `metrics.json`, `report.md`
    with its plots (see `train.reporting.run_report`) and TensorBoard logs.

    Args:
        split: the images.
        settings: everything else.
        output: the run's folder.
        primary_metrics: the metrics that `report.md` names first.
        printed: what `report.md` puts beside the results.
        resume: continue from `last.ckpt` if the folder holds one.
        keep_finished: take the metrics of a run that is finished as they were written, instead of measuring again.
        callbacks: Lightning's, called after the run's own.

    Returns:
        The metrics of the last epoch's weights on the validation images.

    Raises:
        UserError: when the folder cannot be written, holds another run or a finished one that lost its checkpoint,
            images cannot be read, or the training diverged.
        KeyboardInterrupt: when the user stopped the run; `last.ckpt` has the epochs that were finished.
    """
    is_first = ProcessRank.here().rank == 0
    if is_first:
        warn_of_empty_classes(split)
    split = used_images(split, settings)
    if not split.train or not split.validation:
        raise UserError(
            f"the split leaves no images to {'train' if not split.train else 'validate'} on: {settings.split}"
        )
    if len(split.train) < settings.recipe.batch_size:
        raise UserError(
            f"{len(split.train)} training images do not fill one batch of {settings.recipe.batch_size}: use more"
        )
    check_processes(split, settings.recipe, ProcessRank.here())
    prepare_folder(output)
    record = RunRecord.of(split, settings)
    before = earlier_run(output, record, resume)
    if before and keep_finished and (output / METRICS).exists():
        return read_metrics(output)
    checkpoint = output / LAST_CHECKPOINT if before and (output / LAST_CHECKPOINT).exists() else None
    if before and checkpoint is None:
        results = "`python -m train.report` prints its results; " if (output / METRICS).exists() else ""
        raise UserError(
            f"{output} holds trained weights and no {LAST_CHECKPOINT}, so there is nothing to resume: {results}to "
            "train again, pass another --output"
        )
    if is_first:
        check_files(split)
    epochs_done = _epochs_done(checkpoint) if checkpoint else 0
    keep_freed_memory()
    L.seed_everything(settings.seed, verbose=False)
    # A checkpoint replaces the weights that training started from, unless the regions were found with them.
    from_start = checkpoint is None or settings.region_source is RegionSource.FEATURE_MAP
    recipe, weights = settings.recipe, settings.weights if from_start else "none"
    network = build_network(settings.network, weights, recipe.frozen, recipe.frozen_statistics)
    assert isinstance(network.backbone, Backbone)
    network.backbone.freeze_unused(settings.network.view_size)
    scale_attention(network, recipe.attention_start)
    if settings.start_from is not None and from_start:
        load_weights(network, Path(settings.start_from))
    if ProcessRank.here().world > 1:
        network = synchronise_statistics(network)
    # Not the attention, whose 1×1 convolutions are matrix products: their gradients come as they are.
    network.backbone.to(memory_format=torch.channels_last)
    trainer = _trainer(settings, output, callbacks)
    regions = prepare_regions(split, settings, network, output)
    train_loader, validation_loader = _loaders(split, settings, regions, ProcessRank.here(), epochs_done)
    if is_first:
        write_record(output, before or record)

    task = ClassificationTask(network, settings.recipe, settings.network.classes, len(train_loader))
    with _readable_errors(), one_opencv_thread():
        _train(trainer, task, train_loader, validation_loader, checkpoint)
        if trainer.current_epoch < recipe.epochs:
            raise UserError(
                f"the training in {output} diverged: its validation loss in epoch {trainer.current_epoch} is not a "
                "number; lower the recipe's learning rate, or clip its gradients"
                + ("; or compute in bf16" if recipe.precision == "fp16" else "")
            )
        network.to(trainer.strategy.root_device)  # Lightning leaves it on the CPU
        logits = ProcessRank.here().gather(predict(network, validation_loader, trainer.strategy.root_device))
    if not logits.isfinite().all():
        raise UserError(f"the training in {output} diverged: lower the recipe's learning rate, or clip its gradients")
    metrics = measure(logits, split.validation, split.classes)
    if not trainer.is_global_zero:
        return metrics
    save_run_weights(network, output)
    plot_curves(output / "tensorboard", output / CURVES)
    write_report(output, record, metrics, primary_metrics, printed)
    # The last, because a run with metrics is a finished one.
    write_atomic(output / METRICS, metrics.model_dump_json(indent=1) + "\n")
    return metrics


def used_images(split: Split, settings: RunSettings) -> Split:
    """The images of a split that a run uses, which its settings may limit."""
    return replace(
        split,
        train=sample_evenly(split.train, settings.limit, settings.seed),
        validation=sample_evenly(split.validation, settings.limit, settings.seed),
    )


def check_processes(split: Split, recipe: Recipe, process: ProcessRank) -> None:
    """Raises `UserError` when a batch, or the validation images, cannot be divided among a run's processes."""
    if recipe.batch_size % process.world:
        raise UserError(
            f"a batch of {recipe.batch_size} cannot be divided among {process.world} processes: "
            "set a batch_size in the recipe that is a multiple, or start fewer"
        )
    if len(split.validation) < process.world:
        raise UserError(
            f"{len(split.validation)} validation images cannot be divided among {process.world} processes: start fewer"
        )


def _loaders(
    split: Split, settings: RunSettings, regions: ViewRegions | None, process: ProcessRank, epochs_done: int
) -> tuple[DataLoader[Example], DataLoader[Example]]:
    """This process's training and validation loader."""
    view_size, recipe = settings.network.view_size, settings.recipe
    classes = len(split.classes) if any(image.soft_label for image in split.train) else 0
    training = ViewDataset(split.train, view_size, Augmentation(recipe.augmentation), regions, classes)
    validation = ViewDataset(process.of(split.validation), view_size, None, regions)
    weights = class_weights([image.label for image in split.train], recipe.balance)
    sampler = EpochSampler(len(training), recipe.batch_size, settings.seed, process, epochs_done, weights)
    return (
        _loader(training, settings, recipe.batch_size // process.world, sampler),
        _loader(validation, settings, recipe.batch_size),
    )


def _loader(
    dataset: ViewDataset, settings: RunSettings, batch_size: int, sampler: EpochSampler | None = None
) -> DataLoader[Example]:
    return DataLoader(
        dataset,
        batch_size=batch_size,
        sampler=sampler,
        num_workers=settings.workers,
        worker_init_fn=one_thread_a_worker,
        persistent_workers=sampler is not None and settings.workers > 0,
        pin_memory=torch.cuda.is_available(),
    )


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint beside the one before and renames it, so that a kill while writing loses no epochs."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        unfinished = f"{path}.part"
        super().save_checkpoint(checkpoint, unfinished, storage_options)
        Path(unfinished).replace(path)


def _trainer(settings: RunSettings, output: Path, more_callbacks: Sequence[Callback]) -> L.Trainer:
    """The trainer of one process, or of one of torchrun's: it says by its environment how many there are."""
    recipe = settings.recipe
    processes: dict[str, Any] = {"devices": 1}
    if TorchElasticEnvironment.detect():
        here = int(os.environ["LOCAL_WORLD_SIZE"])
        machines = ProcessRank.here().world // here
        processes = {"devices": here, "num_nodes": machines, "strategy": "ddp", "use_distributed_sampler": False}
    if recipe.precision == "fp16" and not torch.cuda.is_available():
        raise UserError("fp16 needs an NVIDIA GPU: set precision to bf16 or fp32 in the recipe")
    return L.Trainer(
        max_epochs=recipe.epochs,
        **processes,
        plugins=[WholeCheckpoints()],
        precision=_PRECISIONS[recipe.precision],
        gradient_clip_val=recipe.clip_gradients,
        default_root_dir=output,
        logger=TensorBoardLogger(output, name="tensorboard", version=""),
        callbacks=[
            ModelCheckpoint(
                dirpath=output,
                filename=LAST_CHECKPOINT.removesuffix(".ckpt"),
                save_top_k=1,
                enable_version_counter=False,
            ),
            # Stops at a loss that is no number, and for no other reason.
            EarlyStopping("validation/loss", patience=recipe.epochs, check_finite=True),
            LearningRateMonitor("step"),
            SeedEveryEpoch(settings.seed),
            training_progress(),
            *more_callbacks,
        ],
        enable_progress_bar=sys.stdout.isatty(),
        log_every_n_steps=10,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )


def synchronise_statistics(network: Network) -> Network:
    """Batch normalisation over the whole batch of several processes on GPUs; torch has none for CPUs: a warning.

    With timm's conversion: torch's own, which is Lightning's `sync_batchnorm`, drops the activations that timm's layers
    have within their normalisation.
    """
    if torch.cuda.is_available():
        synchronised: Network = convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
        return synchronised
    network.train()
    if any(isinstance(m, nn.modules.batchnorm._BatchNorm) and m.training for m in network.modules()):
        _warn_once(
            "every process takes batch statistics from its own part of a batch: on CPUs they cannot be shared. With "
            "frozen_statistics = true in the recipe several processes train exactly what one trains"
        )
    return network


@rank_zero_only
def _warn_once(message: str) -> None:
    print(message, file=sys.stderr)


def _train(
    trainer: L.Trainer,
    task: ClassificationTask,
    train_loader: DataLoader[Example],
    validation_loader: DataLoader[Example],
    checkpoint: Path | None,
) -> None:
    """Run Lightning's loop. Raises `KeyboardInterrupt` when the user stopped it."""
    with warnings.catch_warnings():
        # Lightning advises more loader workers than cores, a shorter logging interval, an empty folder, and no frozen
        # parts; and trips over its own internals.
        for message in ("does not have many workers", "number of training batches", "is not empty", "in eval mode"):
            warnings.filterwarnings("ignore", message=f".*{message}.*")
        warnings.filterwarnings("ignore", message=".*LeafSpec.*")
        try:
            trainer.fit(task, train_loader, validation_loader, ckpt_path=checkpoint, weights_only=True)
        except SystemExit:
            # What Lightning makes of Ctrl-C.
            if not trainer.interrupted:
                raise
    if trainer.interrupted:
        raise KeyboardInterrupt


def _epochs_done(checkpoint: Path) -> int:
    """How many epochs a checkpoint has behind it. Raises `UserError` for a file that is no checkpoint."""
    try:
        return int(torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)["epoch"]) + 1
    except Exception as error:  # torch raises a dozen kinds for a file that is not its own
        raise UserError(
            f"cannot read the checkpoint {checkpoint}: pass another --output to start the run again"
        ) from error


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Loader workers wrap an error in their traceback; the user wants its last line."""
    try:
        yield
    except UserError as error:
        last = str(error).strip().splitlines()[-1]
        raise UserError(last.removeprefix(f"{UserError.__module__}.{UserError.__qualname__}: ")) from error
