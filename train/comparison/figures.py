"""What an arm's runs measured, by driver: sums that differences and their intervals can be made of, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from engines.bundles.manifest import COLDEST, HOTTEST
from engines.errors import UserError
from engines.files.output import SHARED, write_atomic
from engines.files.regular_file import read_utf8
from train.comparison.arms import Arm, ArmSettings
from train.comparison.folds import Pair
from train.data.images import LabelledImage
from train.reporting.run_record import differing_names

_DIGITS = 4
"""Of sums of log loss, nats."""


class DriverFigures(BaseModel):
    """One driver's images.

    Attributes:
        log_loss: its sum over the images, nats, as the network predicts.
        tempered: the same after a temperature that was fitted on others, see `measure`.
    """

    model_config = ConfigDict(frozen=True)

    driver: str
    images: int
    correct: int
    log_loss: float
    tempered: float


class RunFigures(BaseModel):
    """One run.

    Attributes:
        fold, seed: which; folds from 1.
        train_images: how many it was trained on.
        drivers: the fold's held-out drivers.
        cars: the simulated drivers in cars that nothing trains on.
        seconds, images_per_second: of the training with its validation, pauses left out.
    """

    model_config = ConfigDict(frozen=True)

    fold: int
    seed: int
    train_images: int
    drivers: tuple[DriverFigures, ...]
    cars: tuple[DriverFigures, ...]
    seconds: float
    images_per_second: float

    @property
    def pair(self) -> Pair:
        """Which run it is."""
        return self.fold, self.seed


class ArmFigures(BaseModel):
    """An arm's finished runs, and the settings that all of them had; `limit` is the command's ``--limit``."""

    name: str
    description: str
    settings: ArmSettings
    limit: int | None = None
    runs: tuple[RunFigures, ...] = ()

    @classmethod
    def of(cls, arm: Arm, limit: int | None) -> ArmFigures:
        """Those of an arm that has no run yet."""
        return cls(name=arm.name, description=arm.description, settings=arm.settings, limit=limit)

    def with_run(self, run: RunFigures) -> ArmFigures:
        """With one more run, or the same one measured again."""
        others = [other for other in self.runs if other.pair != run.pair]
        runs = sorted([*others, run], key=lambda run: (run.seed, run.fold))
        return self.model_copy(update={"runs": tuple(runs)})


def figures_path(folder: Path, arm: Arm) -> Path:
    """Where an arm's figures are, in the folder of all of them."""
    return folder / f"{arm.name}.json"


def read_figures(folder: Path, arm: Arm, limit: int | None) -> ArmFigures:
    """An arm's figures; without runs where there is no file yet.

    Raises:
        UserError: when the file cannot be read, or its runs had other settings.
    """
    path = figures_path(folder, arm)
    ours = ArmFigures.of(arm, limit)
    if not path.exists():
        return ours
    try:
        before = ArmFigures.model_validate_json(read_utf8(path))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise UserError(f"{path} holds no arm's figures: move it away, or pass another --output") from error
    compared = {"settings", "limit"}
    if before.runs and (
        names := differing_names(ours.model_dump(include=compared), before.model_dump(include=compared))
    ):
        raise UserError(
            f"{path} holds figures of an arm with other settings ({', '.join(names)}): give the changed arm another "
            "name, or pass another --output"
        )
    return ours.model_copy(update={"runs": before.runs})


def write_figures(folder: Path, arm: Arm, figures: ArmFigures) -> None:
    """Write an arm's figures. Raises `UserError` when they cannot be written."""
    write_atomic(figures_path(folder, arm), figures.model_dump_json(indent=1) + "\n", SHARED)


def measure(logits: NDArray[np.float64], images: Sequence[LabelledImage]) -> tuple[DriverFigures, ...]:
    """Figures by driver, each with the temperature that suits the other drivers best.

    Args:
        logits: (N, K).
        images: the N images, of at least two drivers.
    """
    labels, drivers = _columns(images)
    figures = []
    for driver in sorted(set(drivers.tolist())):
        own = drivers == driver
        temperature = fit_temperature(logits[~own], labels[~own])
        figures.append(_of_driver(driver, logits[own], labels[own], temperature))
    return tuple(figures)


def measure_at(
    logits: NDArray[np.float64], images: Sequence[LabelledImage], temperature: float
) -> tuple[DriverFigures, ...]:
    """Figures by driver, all with one temperature; arguments as `measure`'s."""
    labels, drivers = _columns(images)
    return tuple(
        _of_driver(driver, logits[drivers == driver], labels[drivers == driver], temperature)
        for driver in sorted(set(drivers.tolist()))
    )


def fit_temperature(logits: NDArray[np.float64], labels: Sequence[int] | NDArray[np.intp]) -> float:
    """The temperature, within what a bundle may have, at which logits (N, K) have the least log loss."""
    chosen = np.asarray(labels, dtype=np.intp)
    best = minimize_scalar(
        lambda logarithm: _losses(logits, chosen, float(np.exp(logarithm))).mean(),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
    )
    return float(np.exp(best.x))


def _columns(images: Sequence[LabelledImage]) -> tuple[NDArray[np.intp], NDArray[np.str_]]:
    return np.array([image.label for image in images]), np.array([image.driver for image in images])


def _of_driver(driver: str, logits: NDArray[np.float64], labels: NDArray[np.intp], temperature: float) -> DriverFigures:
    return DriverFigures(
        driver=driver,
        images=len(labels),
        correct=int((logits.argmax(axis=1) == labels).sum()),
        log_loss=round(float(_losses(logits, labels).sum()), _DIGITS),
        tempered=round(float(_losses(logits, labels, temperature).sum()), _DIGITS),
    )


def _losses(logits: NDArray[np.float64], labels: NDArray[np.intp], temperature: float = 1.0) -> NDArray[np.float64]:
    """Log loss of each image (N,), nats."""
    return np.asarray(-log_softmax(logits / temperature, axis=1)[np.arange(len(labels)), labels])
