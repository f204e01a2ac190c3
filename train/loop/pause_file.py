"""A training that makes room for others: it waits while a file exists, and counts the time that it took itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback

from engines.errors import UserError
from train.loop.progress import clock
from train.loop.view_dataset import Batch

_LOOK_EVERY_S = 2.0


class PauseFile(Callback):
    """Waits before the next batch, of training or validation, while a file exists.

    Args:
        path: the file.
        sleep: waits so many seconds.
    """

    def __init__(self, path: Path, sleep: Callable[[float], None] = time.sleep) -> None:
        self.path = path
        self.paused_s = 0.0
        """How long it has waited, all in all."""
        self._sleep = sleep

    def wait(self) -> None:
        """Return when the file is not there; says that it waits, and for how long it did."""
        if not self.path.exists():
            return
        print(f"paused while {self.path} exists: delete it to continue", flush=True)
        started = time.monotonic()
        while self.path.exists():
            self._sleep(_LOOK_EVERY_S)
        paused_s = time.monotonic() - started
        self.paused_s += paused_s
        print(f"continues after a pause of {clock(paused_s)}", flush=True)

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Batch, batch_idx: int
    ) -> None:
        self.wait()

    def on_validation_batch_start(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        self.wait()


class TimeTaken(NamedTuple):
    """How many images were trained on, each as often as it was, and in how many seconds; validation is in them."""

    images: int
    seconds: float

    @property
    def images_per_second(self) -> float:
        """The rate; 0 before any time has passed."""
        return self.images / self.seconds if self.seconds > 0 else 0.0


class TrainingTime(Callback):
    """Counts a run's images and seconds without its pauses, in its checkpoint too, so that resumptions add up.

    Args:
        pause: what the run waits for.
        on_epoch: called after every epoch with the time taken and the epochs that are left.
    """

    def __init__(self, pause: PauseFile, on_epoch: Callable[[TimeTaken, int], None]) -> None:
        self._pause = pause
        self._on_epoch = on_epoch
        self._before = TimeTaken(0, 0.0)
        self._images = 0
        self._started_s = self._now_s()

    @property
    def taken(self) -> TimeTaken:
        """Up to now."""
        return TimeTaken(self._before.images + self._images, self._before.seconds + self._now_s() - self._started_s)

    def _now_s(self) -> float:
        return time.monotonic() - self._pause.paused_s

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._started_s = self._now_s()

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Batch, batch_idx: int
    ) -> None:
        self._images += len(batch["label"])

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self._on_epoch(self.taken, (trainer.max_epochs or 0) - trainer.current_epoch - 1)

    def state_dict(self) -> dict[str, Any]:
        return self.taken._asdict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._before = TimeTaken(**state_dict)


def read_time_taken(checkpoint: Path) -> TimeTaken:
    """What a run's checkpoint says of the time it took. Raises `UserError` where it says nothing."""
    try:
        content = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
        return TimeTaken(**content["callbacks"][TrainingTime.__qualname__])
    except Exception as error:  # torch raises a dozen kinds for a file that is not its own
        raise UserError(
            f"{checkpoint} does not say how long its training took: delete its folder and train again"
        ) from error
