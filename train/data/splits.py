"""How a data set is divided: by driver, at random, or as it came.

Neighbouring frames are near copies, so a random split measures memory.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from engines.activities import ACTIVITY_CODES
from engines.errors import UserError
from train.data.images import LabelledImage, Split

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


def driver_split(
    images: Sequence[LabelledImage],
    holdout: Sequence[str] | None,
    fold: tuple[int, int] | None,
    description: str = "by driver",
) -> Split:
    """Images of C0 to C9 divided by driver: those named or the fold validates. Raises `UserError`."""
    held_out = held_out_drivers(images, holdout, fold)
    train, validation = split_by_driver(images, held_out)
    return Split(train, validation, ACTIVITY_CODES, f"{description}; validation {', '.join(held_out)}")


def split_at_random(
    images: Sequence[LabelledImage], fold: tuple[int, int], seed: int
) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Training and validation images, sampled without regard to drivers: fold K of N validates."""
    chosen, folds = fold
    order = np.random.default_rng(seed).permutation(len(images))
    validation = set(order[chosen - 1 :: folds].tolist())
    return (
        [image for index, image in enumerate(images) if index not in validation],
        [image for index, image in enumerate(images) if index in validation],
    )


def with_count(name: str, classes: Sequence[str], of: int) -> str:
    """A data set's name, and how many of its classes there are where some are missing."""
    return name if len(classes) == of else f"{name} ({len(classes)} of its {of} classes)"


def refuse_holdout(args: argparse.Namespace) -> None:
    """Raises `UserError` for ``--holdout``, which needs drivers."""
    if args.holdout:
        raise UserError("--holdout names drivers, and this data set has none: leave it out, or use --fold")


def predefined_split(
    read: Callable[[Path], tuple[list[LabelledImage], list[LabelledImage], list[str]]], title: str, class_count: int
) -> Callable[[argparse.Namespace], Split]:
    """How a data set that comes in two parts is divided; parsed arguments → the split.

    With ``--fold``, a fold of the training part validates and the test part is untouched. The function raises
    `UserError` for ``--holdout``, and as ``read`` does.

    Args:
        read: the data set's folder → training images, test images, and the classes.
        title: the data set's name.
        class_count: how many classes the whole data set has.
    """

    def make_split(args: argparse.Namespace) -> Split:
        refuse_holdout(args)
        train, test, classes = read(args.data)
        description = f"{with_count(title, classes, class_count)}, its own split"
        if args.fold is None:
            return Split(train, test, classes, description)
        remaining, validation = split_at_random(train, args.fold, args.seed)
        fold, folds = args.fold
        description += f": training part, fold {fold}/{folds}, seed {args.seed}"
        return Split(remaining, validation, classes, description)

    return make_split
