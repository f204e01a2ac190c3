"""One run of a comparison: an arm trained with a fold held out, then measured on it and on cars never trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from pydantic import ValidationError

from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.regular_file import read_utf8
from train.comparison.arms import Arm
from train.comparison.figures import DriverFigures, RunFigures, fit_temperature, measure, measure_at
from train.comparison.folds import Pair
from train.data.images import LabelledImage, Split
from train.loop.fit import fit, used_images
from train.loop.pause_file import PauseFile, TimeTaken, TrainingTime, read_time_taken
from train.loop.predict import predict_images
from train.models.network import NetworkSettings, build_network
from train.reporting.run_files import LAST_CHECKPOINT, RUN_RECORD
from train.reporting.run_record import RunRecord, RunSettings, read_record

FIGURES = "figures.json"


@dataclass(frozen=True)
class PlannedRun:
    """What is trained, on what, and where it lies.

    Attributes:
        split: the fold's held-out drivers validate.
        cars: the images of cars that nothing trains on.
        folder: the run's.
    """

    arm: Arm
    pair: Pair
    split: Split
    cars: Sequence[LabelledImage]
    settings: RunSettings
    folder: Path

    @property
    def train_images(self) -> int:
        """How many images an epoch shows, the limit applied."""
        return len(used_images(self.split, self.settings).train)

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.arm.name}, fold {self.pair[0]}, seed {self.pair[1]}"

    def check(self) -> None:
        """Raises `UserError` for what would stop the run after others have trained for hours."""
        _check_network(self.settings.network, self.settings.recipe.frozen)
        if not (self.folder / RUN_RECORD).exists():
            return
        record = RunRecord.of(used_images(self.split, self.settings), self.settings)
        if names := record.differences(read_record(self.folder)):
            raise UserError(
                f"{self.folder} holds a run with other settings ({', '.join(names)}): give the changed arm another "
                "name, or pass another --runs"
            )

    def check_figures(self, figures: RunFigures) -> None:
        """Raises `UserError` unless figures are of these images."""
        for what, before, now in (
            ("images to train on", figures.train_images, self.train_images),
            ("held-out drivers' images", _counts(figures.drivers), _count(self.split.validation)),
            ("images of cars", _counts(figures.cars), _count(self.cars)),
        ):
            if before != now:
                raise UserError(
                    f"the finished run {self.title} had other {what}: pass the folders that it had, or another "
                    "--runs and --output"
                )

    def finished(self) -> RunFigures | None:
        """The figures in the run's folder, if it is finished. Raises `UserError` when they cannot be read."""
        path = self.folder / FIGURES
        if not path.exists():
            return None
        try:
            return RunFigures.model_validate_json(read_utf8(path))
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            raise UserError(f"{path} holds no figures: delete it, and the run is measured again") from error

    def train(self, pause: PauseFile, on_epoch: Callable[[TimeTaken, int], None]) -> RunFigures:
        """Train, or continue to; measure, and write `figures.json`. The weights stay, the checkpoint goes.

        Args:
            pause: what the run waits for.
            on_epoch: see `TrainingTime`.

        Raises:
            UserError: see `train.loop.fit.fit`.
            KeyboardInterrupt: when the user stopped it; the next call continues after the last whole epoch.
        """
        pause.wait()
        callbacks = [pause, TrainingTime(pause, on_epoch)]
        fit(self.split, self.settings, self.folder, resume=True, keep_finished=True, callbacks=callbacks)
        taken = read_time_taken(self.folder / LAST_CHECKPOINT)
        pause.wait()
        held_out = self.split.validation
        logits = predict_images(self.folder, self.settings, [*held_out, *self.cars]).double().numpy()
        of_drivers, of_cars = logits[: len(held_out)], logits[len(held_out) :]
        temperature = fit_temperature(of_drivers, [image.label for image in held_out])
        figures = RunFigures(
            fold=self.pair[0],
            seed=self.pair[1],
            train_images=self.train_images,
            drivers=measure(of_drivers, held_out),
            cars=measure_at(of_cars, self.cars, temperature),
            seconds=round(taken.seconds, 1),
            images_per_second=round(taken.images_per_second, 2),
        )
        write_atomic(self.folder / FIGURES, figures.model_dump_json(indent=1) + "\n")
        (self.folder / LAST_CHECKPOINT).unlink()
        return figures


@lru_cache
def _check_network(network: NetworkSettings, frozen: tuple[str, ...]) -> None:
    """Raises `UserError` when it cannot be built; an arm's runs all have the same."""
    with torch.device("meta"):
        build_network(network, frozen=frozen)


def _counts(figures: Sequence[DriverFigures]) -> dict[str, int]:
    return {each.driver: each.images for each in figures}


def _count(images: Sequence[LabelledImage]) -> dict[str, int]:
    return dict(Counter(image.driver or "" for image in images))


def plan_run(
    arm: Arm,
    pair: Pair,
    split: Split,
    cars: Sequence[LabelledImage],
    runs: Path,
    *,
    limit: int | None,
    workers: int,
    command: str,
) -> PlannedRun:
    """The run of an arm, a fold and a seed.

    Args:
        arm, pair, split, cars: as `PlannedRun` has them.
        runs: the folder of all runs.
        limit: at most so many images to train on, and to validate on while training.
        workers: loader processes.
        command: what was typed.
    """
    fold, seed = pair
    chosen = arm.settings
    recipe = chosen.recipe.of_backbone(chosen.backbone)
    settings = RunSettings(
        dataset="default",
        split=split.description,
        network=NetworkSettings(
            backbone=chosen.backbone, model=chosen.model, classes=len(split.classes), view_size=recipe.view_size
        ),
        weights=chosen.weights,
        move_keypoints=chosen.move_keypoints,
        recipe=recipe,
        limit=limit,
        seed=seed,
        workers=workers,
        command=command,
    )
    return PlannedRun(arm, pair, split, cars, settings, runs / f"{arm.name}-fold-{fold}-seed-{seed}")
