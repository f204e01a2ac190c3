"""How a training run shows its progress: a live bar in a terminal, a line an epoch where the output is a file."""

from __future__ import annotations

import sys
import time
from datetime import timedelta

import lightning as L
from lightning.pytorch.callbacks import Callback, RichProgressBar

from engines.files.output_streams import unfiltered


class EpochLines(Callback):
    """Prints a line after every epoch: loss, top-1, time taken, estimate of what is left."""

    def __init__(self) -> None:
        self._started = 0.0
        self._first_epoch = 0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Start the clock; a resumed run's estimate counts from the epoch it continues with."""
        self._started = time.monotonic()
        self._first_epoch = trainer.current_epoch

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Print the line, once however many processes train."""
        if not trainer.is_global_zero:
            return
        done = trainer.current_epoch + 1
        total = trainer.max_epochs or done
        taken = time.monotonic() - self._started
        left = taken / (done - self._first_epoch) * (total - done)
        measured = ", ".join(
            f"{name} {float(trainer.callback_metrics[key]):.4f}"
            for name, key in (
                ("loss", "train/loss_epoch"),
                ("validation loss", "validation/loss"),
                ("top-1", "validation/top1"),
            )
            if key in trainer.callback_metrics
        )
        print(f"epoch {done}/{total}: {measured}; {clock(taken)} taken, about {clock(left)} left", flush=True)


def clock(seconds: float) -> str:
    """A length of time as people write it: hours, minutes and seconds."""
    return str(timedelta(seconds=round(seconds)))


def training_progress() -> Callback:
    """The progress callback that suits where the output goes."""
    if not sys.stdout.isatty():
        return EpochLines()
    return RichProgressBar(console_kwargs={"file": unfiltered(sys.stdout)})
