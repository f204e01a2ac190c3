"""Stanford 40 Actions (Yao et al., ICCV 2011): `python -m train.stanford40 --data DIR`.

Layout: ``JPEGImages/<action>_NNN.jpg``, ``ImageSplits/{train,test}.txt`` with a file name a line, and
``ImageSplits/actions.txt`` with an action a line, after a heading. 100 training images an action, the rest for test;
measured by mean average precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engines.command import run_command
from engines.errors import UserError
from engines.files.images import list_images
from engines.files.text import read_names
from train.command import DataSet, main_of
from train.data.images import LabelledImage
from train.data.lists import each_once, note_left_out, note_unlisted, refuse_shared, require_files
from train.data.splits import predefined_split

_HEADING = "action_name"


def read_stanford40(root: Path) -> tuple[list[LabelledImage], list[LabelledImage], list[str]]:
    """Training images, test images, and the actions. Raises `UserError` when the layout is not there."""
    lists = root / "ImageSplits"
    if not (lists / "train.txt").is_file():
        raise UserError(
            f"no Stanford-40 data in {root}: download images and splits from "
            "vision.stanford.edu/Datasets/40actions.html and pass --data DIR (or set STANFORD40_DATA) with "
            "JPEGImages/<action>_NNN.jpg and ImageSplits/{train,test,actions}.txt"
        )
    actions = [line.split()[0] for line in read_names(lists / "actions.txt") if line.split()[0] != _HEADING]
    train, test = (_read_list(root, part, actions) for part in ("train", "test"))
    refuse_shared(train, test, f"{lists}/train.txt and test.txt")
    there = list_images(root / "JPEGImages")
    note_left_out(there, root / "JPEGImages")
    note_unlisted(there, (image.path for image in (*train, *test)), f"{lists}/train.txt and test.txt")
    return train, test, actions


def _read_list(root: Path, part: str, actions: Sequence[str]) -> list[LabelledImage]:
    listing = root / "ImageSplits" / f"{part}.txt"
    images = []
    for name in each_once(((name, None) for name in read_names(listing)), listing):
        action = name.rpartition("_")[0]
        if action not in actions:
            raise UserError(f"{listing}: {name} is of no action in actions.txt: fetch the splits again")
        images.append(LabelledImage(root / "JPEGImages" / name, actions.index(action)))
    require_files([image.path for image in images], listing)
    return images


DATASET = DataSet(
    "stanford40",
    "Stanford 40 Actions",
    predefined_split(read_stanford40, "Stanford-40", 40),
    split_name="own",
    primary_metrics=("map", "top1"),
)
main = main_of(DATASET)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
