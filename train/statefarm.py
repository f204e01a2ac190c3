"""State Farm Distracted Driver Detection: `python -m train.statefarm --data DIR --split driver`.

Layout: `imgs/train/c0..c9/img_N.jpg` and `driver_imgs_list.csv` with `subject,classname,img`. Its classes are C0 to
C9 in our order. The simulated data sets (`train.simulated`) have the same layout.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from engines.activities import ACTIVITY_CODES, Activity
from engines.command import run_command
from engines.errors import UserError
from engines.files.images import list_images
from engines.files.text import read_rows
from train.command import DataSet, main_of
from train.data.images import LabelledImage, Split
from train.data.lists import each_once, note_left_out, note_unlisted, require_files
from train.data.splits import DEFAULT_FOLD, driver_split, split_at_random

_LAYOUT = "imgs/train/c0 … c9/*.jpg and driver_imgs_list.csv (subject,classname,img)"


def read_statefarm(folder: Path) -> list[LabelledImage]:
    """All labelled images, each once, in the order of the driver list.

    Raises:
        UserError: when the list is missing or malformed, names a file that is not there, or one under two drivers.
    """
    listing = folder / "driver_imgs_list.csv"
    if not listing.is_file():
        raise UserError(
            f"no State Farm data in {folder}: download state-farm-distracted-driver-detection from Kaggle and pass "
            f"--data DIR (or set STATEFARM_DATA) with {_LAYOUT}"
        )
    root = folder / "imgs" / "train"
    rows = read_rows(listing, ("subject", "classname", "img"))
    labels = {root / row["classname"] / row["img"]: int(Activity.parse(row["classname"])) for row in rows}
    drivers = each_once(((root / row["classname"] / row["img"], row["subject"]) for row in rows), listing)
    require_files(list(labels), listing)
    there = list_images(root, deep=True)
    note_left_out(there, root)
    note_unlisted(there, labels, listing)
    return [LabelledImage(path, label, drivers[path]) for path, label in labels.items()]


def statefarm_split(
    images: Sequence[LabelledImage], split: str, holdout: Sequence[str] | None, fold: tuple[int, int] | None, seed: int
) -> Split:
    """Divide by driver or at random (see `train.data.splits`); without a choice, fold 1 of 5 validates."""
    if split == "driver":
        return driver_split(images, holdout, fold)
    if holdout:
        raise UserError("--holdout names drivers, and a random split does not look at them: use --split driver")
    fold = fold or DEFAULT_FOLD
    train, validation = split_at_random(images, fold, seed)
    return Split(train, validation, ACTIVITY_CODES, f"at random, fold {fold[0]}/{fold[1]}, seed {seed}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that only this data set has."""
    parser.add_argument("--split", choices=("driver", "random"), default="driver")


def make_split(args: argparse.Namespace) -> Split:
    """The split that parsed arguments ask for. Raises `UserError`."""
    return statefarm_split(read_statefarm(args.data), args.split, args.holdout, args.fold, args.seed)


DATASET = DataSet("statefarm", "State Farm Distracted Driver Detection", make_split, add_arguments)
main = main_of(DATASET)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
