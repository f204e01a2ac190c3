"""Data sets without drivers that come divided into a training and a test part."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from engines.errors import UserError
from train.drivers import split_at_random
from train.images import LabelledImage, Split


def check_files(images: Sequence[LabelledImage], source: str) -> None:
    """Raises `UserError` when a list names files that are not there, or none at all; `source` says which list."""
    missing = [image.path for image in images if not image.path.is_file()]
    if missing:
        raise UserError(f"{len(missing)} of {len(images)} images of {source} are missing, the first is {missing[0]}")
    if not images:
        raise UserError(f"{source} has no images: fetch the data set again")


def with_count(name: str, classes: Sequence[str], of: int) -> str:
    """A data set's name, and how many of its classes there are where some are missing."""
    return name if len(classes) == of else f"{name} ({len(classes)} of its {of} classes)"


def refuse_holdout(args: argparse.Namespace) -> None:
    """Raises `UserError` for ``--holdout``, which needs drivers."""
    if args.holdout:
        raise UserError("--holdout names drivers, and this data set has none: leave it out, or use --fold")


def own_split(
    train: list[LabelledImage],
    test: list[LabelledImage],
    classes: Sequence[str],
    description: str,
    args: argparse.Namespace,
) -> Split:
    """The data set's own parts; with ``--fold``, a fold of the training part validates and the test part is untouched.

    Raises:
        UserError: for ``--holdout``.
    """
    refuse_holdout(args)
    if args.fold is None:
        return Split(train, test, classes, description)
    kept, validation = split_at_random(train, args.fold, args.seed)
    fold, folds = args.fold
    return Split(kept, validation, classes, f"{description}: training part, fold {fold}/{folds}, seed {args.seed}")
