"""Caltech-256 (Griffin et al. 2007): `python -m train.caltech256 --data DIR`.

Layout: ``256_ObjectCategories/NNN.name/NNN_MMMM.jpg``; the 257th folder is clutter and is left out. (torchvision's
reader keeps the clutter and makes up file names by counting, so it is not used.) Protocol: 60 random training images a
class, the rest for test, five runs, mean ± standard deviation; with ``--fold K/N`` one run instead, without regard to
the numbers of a class.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engines.command import positive_number, run_command
from engines.errors import UserError
from engines.files.folders import FolderListing
from engines.files.images import list_images
from train.command import DataSet, train_on, train_repeatedly, training_parser
from train.data.images import LabelledImage, Split
from train.data.lists import note_left_out
from train.data.splits import refuse_holdout, split_at_random, with_count

CLASSES = 256

_FOLDER = "256_ObjectCategories"
_CLUTTER = "257."


def read_caltech256(root: Path) -> tuple[list[list[LabelledImage]], list[str]]:
    """The images of every class, and the classes. Raises `UserError` when the layout is not there."""
    folder = next((path for path in (root / _FOLDER, root / "caltech256" / _FOLDER) if path.is_dir()), root)
    folders = sorted(
        path
        for path in folder.glob("*")
        if path.is_dir() and re.match(r"\d{3}\.", path.name) and not path.name.startswith(_CLUTTER)
    )
    if not folders:
        raise UserError(
            f"no Caltech-256 data in {root}: download it from data.caltech.edu/records/nyy15-4j048 and pass --data DIR "
            f"(or set CALTECH256_DATA) with {_FOLDER}/NNN.name/*.jpg"
        )
    listings = [list_images(path) for path in folders]
    images = [[LabelledImage(path, label) for path in there.paths] for label, there in enumerate(listings)]
    found = FolderListing()
    for there in listings:
        found.add(there)
    note_left_out(found, folder)
    return images, [path.name.partition(".")[2] for path in folders]


def sample_split(images: Sequence[Sequence[LabelledImage]], classes: Sequence[str], per_class: int, seed: int) -> Split:
    """`per_class` random images of every class to train on, the rest for test. Raises `UserError` for a small class."""
    generator = np.random.default_rng(seed)
    train: list[LabelledImage] = []
    test: list[LabelledImage] = []
    for name, of_class in zip(classes, images, strict=True):
        if len(of_class) <= per_class:
            raise UserError(
                f"class {name} has {len(of_class)} images, and {per_class} to train on leave none for test: "
                "pass a smaller --per-class, or --fold K/N"
            )
        order = generator.permutation(len(of_class)).tolist()
        train += [of_class[index] for index in order[:per_class]]
        test += [of_class[index] for index in order[per_class:]]
    return Split(
        train,
        test,
        classes,
        f"{with_count('Caltech-256', classes, CLASSES)}, {per_class} a class at random, seed {seed}",
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that only this data set has."""
    parser.add_argument("--per-class", type=positive_number, default=60, metavar="N", help="training images (60)")


def make_split(args: argparse.Namespace) -> Split:
    """The fold, or the random split of the seed, that parsed arguments ask for. Raises `UserError`."""
    refuse_holdout(args)
    images, classes = read_caltech256(args.data)
    if args.fold is None:
        return sample_split(images, classes, args.per_class, args.seed)
    train, validation = split_at_random([image for of_class in images for image in of_class], args.fold, args.seed)
    fold, folds = args.fold
    return Split(
        train,
        validation,
        classes,
        f"{with_count('Caltech-256', classes, CLASSES)} at random, fold {fold}/{folds}, seed {args.seed}",
    )


DATASET = DataSet("caltech256", "Caltech-256", make_split, add_arguments, primary_metrics=("top1", "top5"))


def main(argv: Sequence[str] | None = None) -> int:
    """Train on Caltech-256, several times."""
    parser = training_parser("caltech256", "Train on Caltech-256, once for each of several random splits.")
    add_arguments(parser)
    parser.add_argument("--runs", type=positive_number, default=5, metavar="N", help="random splits (5)")
    args = parser.parse_args(argv)
    if args.fold is not None:
        return train_on(make_split(args), args, DATASET.name, "fold", DATASET.primary_metrics)
    refuse_holdout(args)
    images, classes = read_caltech256(args.data)
    return train_repeatedly(lambda seed: sample_split(images, classes, args.per_class, seed), args, DATASET, args.runs)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
