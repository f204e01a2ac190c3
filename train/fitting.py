"""One training run, from a split to weights, metrics and pictures: the same for every data set, and resumable."""

from __future__ import annotations

import json
import sys
import warnings
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from pydantic import BaseModel, ConfigDict
from safetensors.torch import save_file
from torch.utils.data import DataLoader

from engines.errors import UserError
from train.augmentation import Augmentation
from train.evaluation import Metrics, measure, predict
from train.images import Example, Split, ViewDataset, draw_evenly, one_thread_a_worker
from train.network import ModelKind, NetworkSettings, build_network
from train.plots import plot_confusion, plot_curves
from train.progress import training_progress
from train.recipes import Recipe
from train.task import ClassificationTask

LAST_CHECKPOINT = "last.ckpt"


class RunSettings(BaseModel):
    """Every setting of a run; `run.json` is this object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    split: str
    network: NetworkSettings
    weights: str
    recipe: Recipe
    limit: int | None = None
    seed: int = 0
    workers: int = 2
    command: str = ""


class RunRecord(BaseModel):
    """What `run.json` holds: the settings, the classes and what the run was made with."""

    settings: RunSettings
    classes: list[str]
    train_images: int
    validation_images: int
    train_drivers: list[str]
    validation_drivers: list[str]
    versions: dict[str, str]
    started: str


def fit(split: Split, settings: RunSettings, output: Path, *, resume: bool = False) -> Metrics:
    """Train on a split and write everything a run leaves behind to a folder.

    Writes `run.json`, `last.ckpt` (after every epoch), `model.safetensors`, `metrics.json`, `confusion.png`,
    `curves.png` and TensorBoard logs.

    Args:
        split: the images.
        settings: everything else.
        output: the run's folder.
        resume: go on from `last.ckpt` if the folder holds one.

    Returns:
        The metrics of the last epoch's weights on the validation images.

    Raises:
        UserError: when the folder cannot be written or holds another run.
    """
    record = _prepare(split, settings, output, resume)
    L.seed_everything(settings.seed, workers=True, verbose=False)
    training = draw_evenly(split.train, settings.limit, settings.seed)
    validation = draw_evenly(split.validation, settings.limit, settings.seed)
    if not training or not validation:
        raise UserError(f"the split leaves no images to {'train' if not training else 'validate'} on: {settings.split}")
    recipe, network_settings = settings.recipe, settings.network
    kappa = 0 if network_settings.model is ModelKind.BASELINE else network_settings.kappa
    size = network_settings.view_size
    train_loader = _loader(ViewDataset(training, size, Augmentation(recipe.augmentation), kappa), settings, train=True)
    validation_loader = _loader(ViewDataset(validation, size, None, kappa), settings, train=False)
    if len(train_loader) == 0:
        raise UserError(f"{len(training)} training images do not fill one batch of {recipe.batch_size}: raise --limit")

    network = build_network(network_settings, settings.weights)
    network.backbone.freeze(recipe.frozen)
    network.to(memory_format=torch.channels_last)
    task = ClassificationTask(network, recipe, network_settings.classes, len(train_loader))
    checkpoint = output / LAST_CHECKPOINT
    trainer = _trainer(recipe, output)
    with warnings.catch_warnings():
        # Lightning advises more loader workers than this machine has cores, and scripts of its own internals.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*number of training batches.*")
        resumed = str(checkpoint) if resume and checkpoint.exists() else None
        trainer.fit(task, train_loader, validation_loader, ckpt_path=resumed, weights_only=False)
    if trainer.interrupted:
        raise KeyboardInterrupt
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, output / "model.safetensors")
    logits = predict(network, validation_loader, next(network.parameters()).device)
    metrics = measure(logits, validation, split.classes)
    _write_json(output / "metrics.json", metrics.model_dump())
    title = f"{settings.dataset}, {network_settings.backbone} {network_settings.model.value}: top-1 {metrics.top1:.2%}"
    plot_confusion(metrics.confusion, record.classes, title, output / "confusion.png")
    plot_curves(output / "tensorboard", output / "curves.png")
    return metrics


def _prepare(split: Split, settings: RunSettings, output: Path, resume: bool) -> RunRecord:
    """Make the run's folder and write `run.json`, or check that a resumed run is the same one."""
    record = RunRecord(
        settings=settings,
        classes=list(split.classes),
        train_images=len(split.train),
        validation_images=len(split.validation),
        train_drivers=sorted({image.driver for image in split.train if image.driver}),
        validation_drivers=sorted({image.driver for image in split.validation if image.driver}),
        versions={"torch": torch.__version__, "lightning": L.__version__},
        started=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )
    existing = output / "run.json"
    if existing.exists() and not resume:
        raise UserError(f"{output} already holds a run: pass --resume to go on with it, or another --output")
    if existing.exists():
        before = RunRecord.model_validate_json(existing.read_text(encoding="utf-8"))
        ignored = {"command", "workers"}
        if before.settings.model_dump(exclude=ignored) != settings.model_dump(exclude=ignored):
            raise UserError(f"{output} holds a run with other settings: compare {existing}, or pass another --output")
    try:
        output.mkdir(parents=True, exist_ok=True)
        _write_json(existing, json.loads(record.model_dump_json()))
    except OSError as error:
        raise UserError(f"cannot write to {output}: {error.strerror}; choose another --output") from error
    return record


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Write through a temporary name, so that an interrupted write leaves no half file."""
    temporary = path.with_suffix(path.suffix + ".part")
    temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)


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
        gradient_clip_val=recipe.clip_gradients,
        default_root_dir=output,
        logger=TensorBoardLogger(output, name="tensorboard", version=""),
        callbacks=[
            ModelCheckpoint(dirpath=output, filename="last", save_top_k=1, enable_version_counter=False),
            LearningRateMonitor("step"),
            training_progress(),
        ],
        enable_progress_bar=sys.stdout.isatty(),
        log_every_n_steps=10,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
