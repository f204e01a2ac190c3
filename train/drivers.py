"""Splits by driver. Neighbouring frames are near copies, so a random split measures memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engines.errors import UserError
from train.images import LabelledImage

DEFAULT_FOLD = (1, 5)


def parse_fold(text: str) -> tuple[int, int]:
    """``K/N`` → (K, N) with 1 ≤ K ≤ N and N ≥ 2. Raises `ValueError`."""
    part, _, whole = text.partition("/")
    fold, folds = int(part), int(whole)
    if not 1 <= fold <= folds or folds < 2:
        raise ValueError(f"fold {text!r} is not K/N with 1 ≤ K ≤ N")
    return fold, folds


def held_out_drivers(
    images: Sequence[LabelledImage], holdout: Sequence[str] | None, fold: tuple[int, int] | None
) -> list[str]:
    """The validation drivers: those named, or every N-th of the sorted drivers, starting at the K-th (fold 1/5).

    Raises:
        UserError: for a driver that the data set does not have.
    """
    drivers = sorted({image.driver for image in images if image.driver is not None})
    if holdout and fold:
        raise UserError("--holdout and --fold both choose the validation drivers: pass one of them")
    if holdout:
        unknown = sorted(set(holdout) - set(drivers))
        if unknown:
            raise UserError(f"no driver {', '.join(unknown)} in the data set: it has {', '.join(drivers)}")
        return sorted(set(holdout))
    chosen, folds = fold or DEFAULT_FOLD
    if folds > len(drivers):
        raise UserError(f"{folds} folds need as many drivers, and the data set has {len(drivers)}")
    return drivers[chosen - 1 :: folds]


def split_by_driver(
    images: Sequence[LabelledImage], held_out: Sequence[str]
) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Training and validation images; the held-out drivers validate."""
    validation = set(held_out)
    return (
        [image for image in images if image.driver not in validation],
        [image for image in images if image.driver in validation],
    )


def split_at_random(
    images: Sequence[LabelledImage], fold: tuple[int, int], seed: int
) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Training and validation images, drawn without regard to drivers: fold K of N validates."""
    chosen, folds = fold
    order = np.random.default_rng(seed).permutation(len(images))
    validation = set(order[chosen - 1 :: folds].tolist())
    return (
        [image for index, image in enumerate(images) if index not in validation],
        [image for index, image in enumerate(images) if index in validation],
    )
