"""One training run, from a split to weights, metrics and pictures: the same for every data set, and resumable."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.callbacks import LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader

from engines.errors import UserError
from engines.output_files import prepare_folder, write_whole
from train.augmentation import Augmentation
from train.evaluation import Metrics, measure, predict
from train.images import Example, Split, ViewDataset, draw_evenly, one_thread_a_worker
from train.network import build_network
from train.plots import plot_curves
from train.progress import training_progress
from train.recipes import Recipe
from train.regions.search import prepare_regions
from train.regions.view_regions import ViewRegions
from train.run_record import (
    LAST_CHECKPOINT,
    METRICS,
    RunRecord,
    RunSettings,
    earlier_run,
    read_metrics,
    write_record,
)
from train.run_report import CURVES, write_report
from train.task import ClassificationTask
from train.weights import load_run_weights, save_run_weights


def fit(
    split: Split, settings: RunSettings, output: Path, *, resume: bool = False, keep_finished: bool = False
) -> Metrics:
    """Train on a split and write everything a run leaves behind to a folder.

    Writes `run.json`, `last.ckpt` (after every epoch), `model.safetensors`, `metrics.json`, `report.md`
    with its pictures (see `train.run_report`) and TensorBoard logs.

    Args:
        split: the images.
        settings: everything else.
        output: the run's folder.
        resume: go on from `last.ckpt` if the folder holds one.
        keep_finished: take the metrics of a run that is finished as they were written, instead of measuring again.

    Returns:
        The metrics of the last epoch's weights on the validation images.

    Raises:
        UserError: when the folder cannot be written or holds another run, an image cannot be read, or the training
            diverged.
        KeyboardInterrupt: when the user stopped the run; `last.ckpt` has the epochs that were finished.
    """
    split = replace(
        split,
        train=draw_evenly(split.train, settings.limit, settings.seed),
        validation=draw_evenly(split.validation, settings.limit, settings.seed),
    )
    if not split.train or not split.validation:
        raise UserError(
            f"the split leaves no images to {'train' if not split.train else 'validate'} on: {settings.split}"
        )
    if len(split.train) < settings.recipe.batch_size:
        raise UserError(
            f"{len(split.train)} training images do not fill one batch of {settings.recipe.batch_size}: use more"
        )
    prepare_folder(output)
    record = RunRecord.of(split, settings)
    before = earlier_run(output, record, resume)
    if before and keep_finished and (output / METRICS).exists():
        return read_metrics(output)
    checkpoint = output / LAST_CHECKPOINT if before and (output / LAST_CHECKPOINT).exists() else None
    # Another seed for every start, or a resumed run would repeat the first epoch's order and augmentations.
    L.seed_everything(settings.seed, verbose=False)
    network = build_network(settings.network, settings.weights, settings.recipe.frozen)
    if settings.start_from is not None:
        load_run_weights(network, Path(settings.start_from))
    network.to(memory_format=torch.channels_last)
    L.seed_everything(settings.seed + (_epochs_done(checkpoint) if checkpoint else 0), verbose=False)
    paths = [image.path for image in (*split.train, *split.validation)]
    train_loader, validation_loader = _loaders(split, settings, prepare_regions(paths, settings, network, output))
    write_record(output, before or record)

    trainer = _trainer(settings.recipe, output)
    task = ClassificationTask(network, settings.recipe, settings.network.classes, len(train_loader))
    with _readable_errors():
        _train(trainer, task, train_loader, validation_loader, checkpoint)
        network.to(trainer.strategy.root_device)  # Lightning leaves it on the CPU
        logits = predict(network, validation_loader, trainer.strategy.root_device)
    if not logits.isfinite().all():
        raise UserError(f"the training in {output} diverged: lower the recipe's learning rate, or clip its gradients")
    save_run_weights(network, output)
    metrics = measure(logits, split.validation, split.classes)
    plot_curves(output / "tensorboard", output / CURVES)
    write_report(output, record, metrics)
    # The last, because a run with metrics is a finished one.
    write_whole(output / METRICS, metrics.model_dump_json(indent=1) + "\n")
    return metrics


def _loaders(
    split: Split, settings: RunSettings, regions: ViewRegions | None
) -> tuple[DataLoader[Example], DataLoader[Example]]:
    """The training and the validation loader."""
    view_size = settings.network.view_size
    training = ViewDataset(split.train, view_size, Augmentation(settings.recipe.augmentation), regions)
    validation = ViewDataset(split.validation, view_size, None, regions)
    return _loader(training, settings, train=True), _loader(validation, settings, train=False)


def _loader(dataset: ViewDataset, settings: RunSettings, *, train: bool) -> DataLoader[Example]:
    return DataLoader(
        dataset,
        batch_size=settings.recipe.batch_size,
        shuffle=train,
        drop_last=train,
        num_workers=settings.workers,
        worker_init_fn=one_thread_a_worker,
        persistent_workers=train and settings.workers > 0,
        pin_memory=torch.cuda.is_available(),
    )


def _trainer(recipe: Recipe, output: Path) -> L.Trainer:
    return L.Trainer(
        max_epochs=recipe.epochs,
        devices=1,
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
            LearningRateMonitor("step"),
            training_progress(),
        ],
        enable_progress_bar=sys.stdout.isatty(),
        log_every_n_steps=10,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )


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
    """How many epochs a checkpoint holds. Raises `UserError` for a file that is none."""
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
        return int(state["epoch"]) + 1
    except Exception as error:  # torch raises a dozen kinds for a file that is not its own
        raise UserError(f"cannot read the checkpoint {checkpoint}: delete it to start the run anew") from error


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Loader workers wrap an error in their traceback; the user wants its last line."""
    try:
        yield
    except UserError as error:
        last = str(error).strip().splitlines()[-1]
        raise UserError(last.removeprefix(f"{UserError.__module__}.{UserError.__qualname__}: ")) from error
