"""Food-101 (Bossard et al., ECCV 2014): `python -m train.food101 --data DIR`.

Layout, as torchvision reads it: ``food-101/images/<class>/<id>.jpg`` and ``food-101/meta/{train,test}.json``. 750
training and 250 test images a class; measured by top-1 and top-5.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engines.command import run_command
from engines.errors import UserError
from engines.files.images import list_images
from train.command import DataSet, main_of
from train.data.images import LabelledImage
from train.data.lists import each_once, note_left_out, note_unlisted, refuse_shared, require_files
from train.data.splits import predefined_split

if TYPE_CHECKING:
    from torchvision.datasets import Food101

_FOLDER = "food-101"


def read_food101(root: Path) -> tuple[list[LabelledImage], list[LabelledImage], list[str]]:
    """Training images, test images, and the classes. Raises `UserError` when the layout is not there."""
    if root.name == _FOLDER and (root / "meta").is_dir():
        root = root.parent
    if not (root / _FOLDER / "meta").is_dir():
        raise _no_data(root, f"there is no {_FOLDER}/meta")
    from torchvision.datasets import Food101  # with torch, for data that are there

    try:
        parts = [Food101(root, split=part) for part in ("train", "test")]
    except (AttributeError, OSError, RuntimeError, ValueError) as error:  # the first for a list of another form
        raise _no_data(root, error) from error
    if parts[0].classes != parts[1].classes:
        raise UserError(f"the lists in {root / _FOLDER / 'meta'} name different classes: fetch them again")
    # Its public interface opens the images, and what we want is their paths.
    lists = root / _FOLDER / "meta"
    train, test = (_once(part, lists / f"{name}.json") for part, name in zip(parts, ("train", "test"), strict=True))
    refuse_shared(train, test, f"{lists}/train.json and test.json")
    there = list_images(root / _FOLDER / "images", deep=True)
    note_left_out(there, root / _FOLDER / "images")
    note_unlisted(there, (image.path for image in (*train, *test)), f"{lists}/train.json and test.json")
    return train, test, list(parts[0].classes)


def _no_data(root: Path, why: object) -> UserError:
    return UserError(
        f"no Food-101 data in {root} ({why}): download it from "
        f"data.vision.ee.ethz.ch/cvl/datasets_extra/food-101 and pass --data DIR (or set FOOD101_DATA) with "
        f"{_FOLDER}/images/<class>/<id>.jpg and {_FOLDER}/meta/{{train,test}}.json"
    )


def _once(part: Food101, listing: Path) -> list[LabelledImage]:
    """A part's images, each once. Raises `UserError` when some are missing."""
    # Its public interface opens the images, and what we want is their paths.
    labels = {Path(file): label for file, label in zip(part._image_files, part._labels, strict=True)}
    each_once(((Path(file), None) for file in part._image_files), listing)
    require_files(list(labels), listing)
    return [LabelledImage(path, label) for path, label in labels.items()]


DATASET = DataSet(
    "food101",
    "Food-101",
    predefined_split(read_food101, "Food-101", 101),
    split_name="own",
    primary_metrics=("top1", "top5"),
)
main = main_of(DATASET)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
