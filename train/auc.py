"""AUC Distracted Driver V1 and V2: `python -m train.auc --split driver --data DIR`.

V2 (44 drivers, two cameras) comes split by driver:
``v2_cam1_cam2_ split_by_driver/Camera {1,2}/{train,test}/c0..c9/*.jpg`` (the folder's name has a space in it; some
copies don't). Its classes are C0 to C9 in our order.

V1 comes as ``v1_cam1_no_split/<class name>/*.jpg`` with ``Train_data_list.csv`` and ``Test_data_list.csv``
(`Image,Label`). Its integers are in another order than C0 to C9, so labels are taken from the folder's name.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from engines.activities import ACTIVITY_CODES, Activity
from engines.command import run_command
from engines.errors import UserError
from engines.files.folders import FolderListing
from engines.files.images import list_images
from engines.files.text import read_rows
from train.command import DataSet, main_of
from train.data.images import LabelledImage, Split
from train.data.lists import each_once, is_there, note_left_out, note_unlisted, refuse_shared
from train.data.splits import held_out_drivers, split_at_random, split_by_driver

_LOG = logging.getLogger(__name__)

V2_FOLDERS = ("v2_cam1_cam2_ split_by_driver", "v2_cam1_cam2_split_by_driver")
V1_FOLDER = "v1_cam1_no_split"
V1_LISTS = {"train": "Train_data_list.csv", "test": "Test_data_list.csv"}

V1_CLASSES: dict[str, Activity] = {
    "Drive Safe": Activity.SAFE_DRIVING,
    "Text Right": Activity.TEXTING_RIGHT,
    "Talk Right": Activity.PHONE_RIGHT,
    "Text Left": Activity.TEXTING_LEFT,
    "Talk Left": Activity.PHONE_LEFT,
    "Adjust Radio": Activity.RADIO,
    "Drink": Activity.DRINKING,
    "Reach Behind": Activity.REACHING_BEHIND,
    "Hair & Makeup": Activity.HAIR_AND_MAKEUP,
    "Talk Passenger": Activity.PASSENGER,
}

_HOW_TO_ASK = (
    "the AUC Distracted Driver data set is given on request: sign the licence agreement on its project page "
    "(abouelnaga.io/projects/auc-distracted-driver-dataset) and send it to its authors"
)
_ID_COLUMNS = ("Image Path", "Driver ID")


def read_v2(root: Path) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """AUC-V2's training and test images, both cameras. Raises `UserError` when the layout is not there."""
    folder = _v2_folder(root)
    parts: dict[str, list[LabelledImage]] = {"train": [], "test": []}
    found = FolderListing()
    for camera in (1, 2):
        for part, images in parts.items():
            for activity in Activity:
                place = folder / f"Camera {camera}" / part / activity.code
                there = list_images(place) if place.is_dir() else FolderListing()
                if not there.paths:
                    _LOG.warning("%s is missing or empty", place)
                found.add(there)
                images += [LabelledImage(path, int(activity)) for path in there.paths]
    note_left_out(found, folder)
    for part, images in parts.items():
        if not images:
            raise UserError(f"no images in {folder}/Camera 1/{part}/c0 … c9: {_HOW_TO_ASK}")
    return parts["train"], parts["test"]


def _v2_folder(root: Path) -> Path:
    for candidate in (*(root / name for name in V2_FOLDERS), root):
        if (candidate / "Camera 1").is_dir() or (candidate / "Camera 2").is_dir():
            return candidate
    raise UserError(
        f"no AUC-V2 data in {root}: {_HOW_TO_ASK}; then pass --data DIR (or set AUC_DATA) with "
        f"'{V2_FOLDERS[0]}/Camera {{1,2}}/{{train,test}}/c0 … c9/*.jpg'"
    )


def read_v1(root: Path) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """AUC-V1's training and test images, as its lists divide them; listed files that are missing are left out.

    Raises:
        UserError: when the layout is not there, or a list names an unknown class.
    """
    folder = root / V1_FOLDER if (root / V1_FOLDER).is_dir() else root
    if not (folder / "Drive Safe").is_dir():
        raise UserError(
            f"no AUC-V1 data in {root}: {_HOW_TO_ASK}; then pass --data DIR (or set AUC_DATA) with "
            f"'{V1_FOLDER}/<class name>/*.jpg', {V1_LISTS['train']} and {V1_LISTS['test']}"
        )
    train, test = (_read_v1_list(folder, root, part) for part in V1_LISTS)
    lists = " and ".join(V1_LISTS.values())
    refuse_shared(train, test, lists)
    found = FolderListing()
    for name in V1_CLASSES:
        if (folder / name).is_dir():
            found.add(list_images(folder / name))
    note_left_out(found, folder)
    note_unlisted(found, (image.path for image in (*train, *test)), lists)
    return train, test


def _read_v1_list(folder: Path, root: Path, part: str) -> list[LabelledImage]:
    listing = next((base / V1_LISTS[part] for base in (folder, root) if (base / V1_LISTS[part]).is_file()), None)
    if listing is None:
        raise UserError(f"{folder} lacks {V1_LISTS[part]} (columns Image,Label), which comes with AUC-V1")
    listed = []
    for row in read_rows(listing, ("Image",)):
        name = PurePosixPath(row["Image"])
        if name.parent.name not in V1_CLASSES:
            raise UserError(f"{listing}: unknown class folder {name.parent.name!r} in {row['Image']}")
        listed.append(folder / name.parent.name / name.name)
    paths = list(each_once(((path, None) for path in listed), listing))
    there = [path for path in paths if is_there(path)]
    missing = [path for path in paths if not is_there(path)]
    if missing:
        _LOG.warning("%s: images missing: %d, left out, the first is %s", listing, len(missing), missing[0])
    if not there:
        raise UserError(f"none of the files in {listing} exist under {folder}")
    return [LabelledImage(path, int(V1_CLASSES[path.parent.name])) for path in there]


def with_driver_ids(images: Sequence[LabelledImage], listing: Path) -> list[LabelledImage]:
    """Add driver ids from a CSV (`Image Path,Driver ID`), matched by the path from ``Camera N`` on.

    The list's ids start again for each camera and part (Camera 1 has training drivers ID001 to ID028, Camera 2 has
    others as ID001 to ID010, in all the paper's 38), so a driver's name here is ``cam1-train-ID002``.

    Raises:
        UserError: when the list cannot be read, lacks an image, or names one under two drivers.
    """
    rows = read_rows(listing, _ID_COLUMNS)
    ids = each_once(
        (("/".join(PurePosixPath(row["Image Path"]).parts[-4:]), row["Driver ID"]) for row in rows), listing
    )
    keys = {image.path: "/".join(image.path.parts[-4:]) for image in images}
    unlisted = [path for path, key in keys.items() if key not in ids]
    if unlisted:
        raise UserError(f"{listing} has no driver for {len(unlisted)} images, the first is {unlisted[0]}")
    missing = set(ids).difference(keys.values())
    if missing:
        _LOG.warning("%s: images missing: %d, the first is %s", listing, len(missing), min(missing))
    named = []
    for image in images:
        camera, part = image.path.parts[-4:-2]
        named.append(replace(image, driver=f"cam{camera.removeprefix('Camera ')}-{part}-{ids[keys[image.path]]}"))
    return named


def auc_split(
    root: Path,
    split: str,
    version: str | None = None,
    driver_ids: Path | None = None,
    holdout: Sequence[str] | None = None,
    fold: tuple[int, int] | None = None,
    seed: int = 0,
) -> Split:
    """Read AUC and divide it.

    ``driver`` (V2): the data set's own split; with driver ids and a holdout or fold, drivers of the *training* part
    validate and the test part stays untouched. ``random`` (V1): the data set's lists; a fold, or V2, is sampled.

    Raises:
        UserError: for data that is missing, or a combination that the data set cannot give.
    """
    version = version or ("v2" if split == "driver" else "v1")
    if version == "v1":
        if split == "driver":
            raise UserError("AUC-V1 has no driver ids, so it cannot be split by driver: use --version v2")
        if holdout or driver_ids:
            raise UserError("--holdout and --driver-ids need AUC-V2: V1 has no driver ids")
        train, test = read_v1(root)
        if fold is None:
            return Split(train, test, ACTIVITY_CODES, "AUC-V1, its own random split")
    else:
        train, test = read_v2(root)
        if driver_ids:
            named = with_driver_ids([*train, *test], driver_ids)
            train, test = named[: len(train)], named[len(train) :]
        if split == "driver":
            return _by_driver(train, test, driver_ids, holdout, fold)
    if holdout:
        raise UserError("--holdout names drivers, and a random split does not look at them: use --split driver")
    fold = fold or (1, 4)
    train, test = split_at_random([*train, *test], fold, seed)
    return Split(train, test, ACTIVITY_CODES, f"AUC-{version.upper()} at random, fold {fold[0]}/{fold[1]}, seed {seed}")


def _by_driver(
    train: list[LabelledImage],
    test: list[LabelledImage],
    driver_ids: Path | None,
    holdout: Sequence[str] | None,
    fold: tuple[int, int] | None,
) -> Split:
    if not holdout and fold is None:
        return Split(train, test, ACTIVITY_CODES, "AUC-V2, its own split by driver")
    if driver_ids is None:
        raise UserError("--holdout and --fold by driver need --driver-ids CSV (Image Path,Driver ID)")
    held_out = held_out_drivers(train, holdout, fold)
    remaining, validation = split_by_driver(train, held_out)
    return Split(remaining, validation, ACTIVITY_CODES, f"AUC-V2 training drivers; validation {', '.join(held_out)}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that only this data set has."""
    parser.add_argument("--split", choices=("driver", "random"), default="driver")
    parser.add_argument("--version", choices=("v1", "v2"), help="driver → v2, random → v1")
    parser.add_argument("--driver-ids", type=Path, metavar="CSV", help="driver of each image, to validate by driver")


def make_split(args: argparse.Namespace) -> Split:
    """The split that parsed arguments ask for. Raises `UserError`."""
    return auc_split(args.data, args.split, args.version, args.driver_ids, args.holdout, args.fold, args.seed)


DATASET = DataSet("auc", "AUC Distracted Driver V1 or V2", make_split, add_arguments)
main = main_of(DATASET)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
