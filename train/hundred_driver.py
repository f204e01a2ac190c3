"""100-Driver (Wang et al., IEEE T-ITS 2023): `python -m train.hundred_driver --split cross-camera --data DIR`.

100 drivers, five vehicles, four cameras, day (colour) and night (near infrared), 22 classes. The layout is that of the
authors' code (https://github.com/Shenqishaonv/100-Driver-Source: ``dataset.py``, ``utils.py``, ``data-splits/``):

- ``Day_RGB/Cam1 … Cam4/C1_Drive_Safe … C22_Talk_to_Passenger/P031_V4_S1_0102060138.jpg``: driver P031, vehicle V4,
  session S1;
- ``data-splits/``, lists with ``number<tab>class folder/file<tab>label`` a line, relative to a camera's folder, labels
  from 0. The data do not come with them: they are in the authors' repository.

Assumed, because the authors' code names it nowhere: the night's images lie beside ``Day_RGB`` in one folder whose name
begins with ``Night``; the list of a modality's target is called as those of its source (``N4_test.txt`` beside
``D4_train.txt``). Left and right in the names of classes are taken for the driver's own.

The splits are the authors' settings: ``traditional`` (other drivers, same camera), ``cross-camera``, ``cross-modality``
(day to night), ``cross-vehicle`` (one vehicle to each other) and ``cross-vehicle-type`` (sedans to an SUV and a van).
"""

from __future__ import annotations

import argparse
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engines.activities import ACTIVITY_CODES, Activity
from engines.command import run_command
from engines.errors import UserError
from engines.files.folders import is_hidden
from engines.files.text import read_names
from train.command import DataSet, main_of
from train.data.images import Conditions, LabelledImage, Split
from train.data.lists import each_once, is_there, note_no_counterpart, refuse_shared
from train.data.splits import driver_split

_LOG = logging.getLogger(__name__)

CLASSES: dict[str, Activity | None] = {
    "C1_Drive_Safe": Activity.SAFE_DRIVING,
    "C2_Sleep": None,
    "C3_Yawning": None,
    "C4_Talk_Left": Activity.PHONE_LEFT,
    "C5_Talk_Right": Activity.PHONE_RIGHT,
    "C6_Text_Left": Activity.TEXTING_LEFT,
    "C7_Text_Right": Activity.TEXTING_RIGHT,
    "C8_Make_Up": Activity.HAIR_AND_MAKEUP,
    "C9_Look_Left": None,
    "C10_Look_Right": None,
    "C11_Look_Up": None,
    "C12_Look_Down": None,
    "C13_Smoke_Left": None,
    "C14_Smoke_Right": None,
    "C15_Smoke_Mouth": None,
    # Eating is no drinking, and no class of 100-Driver is.
    "C16_Eat_Left": None,
    "C17_Eat_Right": None,
    "C18_Operate_Radio": Activity.RADIO,
    "C19_Operate_GPS": None,
    "C20_Reach_Behind": Activity.REACHING_BEHIND,
    "C21_Leave_Steering_Wheel": None,
    "C22_Talk_to_Passenger": Activity.PASSENGER,
}
"""100-Driver's classes in the order of its labels, and what they are here."""

SETTINGS = ("traditional", "cross-camera", "cross-modality", "cross-vehicle", "cross-vehicle-type")
CAMERAS = (1, 2, 3, 4)
LIGHTS = ("day", "night")
DAY_FOLDER = "Day_RGB"
LISTS_FOLDER = "data-splits"

_LETTERS = {"day": "D", "night": "N"}
_NAME = re.compile(r"(P\d+)_(V\d+)_S\d+_\w+\.jpg", re.ASCII | re.IGNORECASE)
_LIST_NAME = re.compile(r"(.+?)(?:_(train|val|test))?\.txt", re.IGNORECASE)
_VIEW = re.compile(r"(cam|d|n)([1-4])", re.IGNORECASE)

_HOW_TO_ASK = (
    "100-Driver is given on request: fill in the licensing form on 100-driver.github.io and send it to its authors "
    "(wjli007@mail.ustc.edu.cn)"
)


@dataclass(frozen=True)
class ImageList:
    """One of the authors' lists, and whose images it names.

    Attributes:
        file: the list.
        light: ``day`` or ``night``.
        camera: 1 to 4.
    """

    file: Path
    light: str
    camera: int


@dataclass(frozen=True)
class Lists:
    """What a setting trains on (`train`), chooses a recipe by (`own`), and asks about (`target`)."""

    train: ImageList
    own: ImageList | None
    target: list[ImageList]


def setting_folder(splits: Path, setting: str, light: str, camera: int) -> Path:
    """Where the lists of a setting lie in ``data-splits``."""
    time, here = light.capitalize(), f"Cam{camera}"
    others = "_".join(str(other) for other in CAMERAS if other != camera)
    source, target = (f"{_LETTERS[each]}{camera}" for each in (light, LIGHTS[1 - LIGHTS.index(light)]))
    folder = (
        splits
        / {
            "traditional": f"Traditional-setting/{time}/{here}",
            "cross-camera": f"Cross-camera-setting/{time}/{here}_to_{others}",
            "cross-modality": f"Cross-modality-setting/{source}_to_{target}",
            "cross-vehicle": f"Cross-vehicle-setting/Cross-individual-vehicle/{time}/{here}",
            "cross-vehicle-type": f"Cross-vehicle-setting/Cross-vehicle-type/{here}",
        }[setting]
    )
    # Earlier versions of the repository have the settings across cameras within the traditional one.
    earlier = splits / "Traditional-setting" / folder.relative_to(splits)
    return earlier if earlier.is_dir() and not folder.is_dir() else folder


def find_lists(splits: Path, setting: str, light: str, camera: int) -> Lists:
    """The lists of a setting. Raises `UserError` where they are not all there."""
    if setting == "cross-vehicle-type" and light != "day":
        raise UserError("100-Driver's lists by type of vehicle are of the day alone: leave --light out")
    folder = setting_folder(splits, setting, light, camera)
    files = [file for file in sorted(folder.glob("*")) if not is_hidden(file.name)] if folder.is_dir() else []
    named = {
        (match[1].lower(), (match[2] or "").lower()): file
        for file in files
        if (match := _LIST_NAME.fullmatch(file.name)) is not None
    }
    sources = [name for name, part in named if part == "train"]
    if len(sources) != 1:
        found = ", ".join(file.name for file in files) or "nothing"
        raise UserError(
            f"no lists of 100-Driver in {folder} (one *_train.txt and its targets; there is {found}): put "
            f"{LISTS_FOLDER} of github.com/Shenqishaonv/100-Driver-Source into --data, or pass --splits DIR"
        )
    lists = {key: _image_list(file, key[0], light, camera) for key, file in named.items()}
    source = sources[0]
    if setting == "traditional":
        target = [lists[key] for key in lists if key == (source, "test")]
    else:
        target = [lists[key] for key in lists if key[0] != source and key[1] in ("", "test")]
    if not target:
        found = ", ".join(file.name for file in files)
        raise UserError(f"{folder} lacks the lists of images to test on, it has {found}: fetch {LISTS_FOLDER} again")
    return Lists(lists[source, "train"], lists.get((source, "val")), target)


def _image_list(file: Path, name: str, light: str, camera: int) -> ImageList:
    """A list is of the camera and the light that its name says (``Cam2_test``, ``N4_test``), else of its folder's."""
    match = _VIEW.fullmatch(name)
    if match is None:
        return ImageList(file, light, camera)
    return ImageList(file, {"d": "day", "n": "night"}.get(match[1].lower(), light), int(match[2]))


def read_list(file: Path) -> list[tuple[str, str]]:
    """The class folder and the file name of each image that a list names, each once.

    Raises:
        UserError: with the line's number, for a list that cannot be read or a line that is not of this form.
    """
    entries = []
    for number, line in enumerate(read_names(file), 1):
        cells = line.split()
        path = PurePosixPath(cells[1]).parts if len(cells) == 3 else ()
        if len(path) != 2 or path[0] not in CLASSES or _NAME.fullmatch(path[1]) is None:
            raise UserError(
                f"{file} line {number}: {line!r} is not a number, C1_Drive_Safe … C22_Talk_to_Passenger/P…_V…_S…_….jpg "
                "and a label: fetch the list again"
            )
        if cells[2] != str(list(CLASSES).index(path[0])):
            raise UserError(f"{file} line {number}: label {cells[2]} is not that of {path[0]}: fetch the list again")
        entries.append((path[0], path[1]))
    return list(each_once(((entry, None) for entry in entries), file))


def camera_folder(root: Path, light: str, camera: int) -> Path:
    """Where a camera's images lie. Raises `UserError` when they are not there."""
    bases = [base for base in (root, root / "100-driver", root / "100-Driver") if base.is_dir()]
    for base in bases:
        names = [DAY_FOLDER] if light == "day" else [place.name for place in sorted(base.glob("[Nn]ight*"))]
        for name in names:
            if (base / name / f"Cam{camera}").is_dir():
                return base / name / f"Cam{camera}"
    expected = DAY_FOLDER if light == "day" else "Night…"
    raise UserError(
        f"no 100-Driver data of the {light} in {root}: {_HOW_TO_ASK}; then pass --data DIR (or set "
        f"HUNDRED_DRIVER_DATA) with '{expected}/Cam{camera}/C1_Drive_Safe … C22_Talk_to_Passenger/*.jpg'"
    )


def read_images(root: Path, listed: Sequence[ImageList], left_out: Counter[str]) -> list[LabelledImage]:
    """The images of some lists that are one of C0 to C9; listed files that are missing are said and left out.

    Args:
        root: the data set's folder.
        listed: the lists.
        left_out: counts, by class, the images that are none of C0 to C9.

    Raises:
        UserError: when a camera's folder, or all of a list's images, are not there.
    """
    images = []
    for source in listed:
        folder = camera_folder(root, source.light, source.camera)
        found, missing = 0, []
        for name, file in read_list(source.file):
            activity, path = CLASSES[name], folder / name / file
            if activity is None:
                left_out[name] += 1
            elif not is_there(path):
                missing.append(path)
            else:
                driver, car = file.split("_")[:2]
                taken = Conditions(car.upper(), f"Cam{source.camera}", source.light)
                images.append(LabelledImage(path, int(activity), driver.upper(), conditions=taken))
                found += 1
        if missing:
            _LOG.warning("%s: images missing: %d, left out, the first is %s", source.file, len(missing), missing[0])
        if not found:
            raise UserError(f"none of the files in {source.file} that are one of C0 to C9 exist in {folder}")
    return images


def hundred_driver_split(
    root: Path,
    splits: Path,
    setting: str,
    light: str,
    camera: int,
    validate_on: str = "target",
    holdout: Sequence[str] | None = None,
    fold: tuple[int, int] | None = None,
) -> Split:
    """Read 100-Driver as one of its settings divides it.

    With a holdout or fold, drivers of the *training* list validate and the lists of the target stay untouched.

    Raises:
        UserError: for data or lists that are missing or do not fit each other.
    """
    camera_folder(root, light, camera)
    lists, left_out = find_lists(splits, setting, light, camera), Counter[str]()
    where = f"100-Driver {setting}, {light}, Cam{camera}"
    train = read_images(root, [lists.train], left_out)
    if holdout or fold:
        note_no_counterpart(left_out, "100-Driver")
        return driver_split(train, holdout, fold, f"{where}: its training drivers")
    if validate_on == "own" and lists.own is None:
        raise UserError(f"{lists.train.file.parent} has no *_val.txt: use --fold to validate on its training drivers")
    tested = [lists.own] if validate_on == "own" and lists.own is not None else lists.target
    validation = read_images(root, tested, left_out)
    note_no_counterpart(left_out, "100-Driver")
    refuse_shared(train, validation, ", ".join(each.file.name for each in (lists.train, *tested)))
    both = {image.driver for image in train} & {image.driver for image in validation}
    if both:
        _LOG.warning(
            "%s: drivers in training and in validation: %d, the first is %s", where, len(both), min(map(str, both))
        )
    names = ", ".join(each.file.stem for each in tested)
    return Split(train, validation, ACTIVITY_CODES, f"{where}; validation {names}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that only this data set has."""
    parser.add_argument("--split", choices=SETTINGS, default=SETTINGS[0], help="the authors' setting (%(default)s)")
    parser.add_argument("--light", choices=LIGHTS, default=LIGHTS[0], help="trained on (%(default)s)")
    parser.add_argument("--camera", type=int, choices=CAMERAS, default=1, help="trained on (%(default)s)")
    parser.add_argument(
        "--validate-on",
        choices=("target", "own"),
        default="target",
        help="what the setting asks about, or the trained camera's own validation drivers (%(default)s)",
    )
    parser.add_argument("--splits", type=Path, metavar="DIR", help=f"the lists (else {LISTS_FOLDER} in --data)")


def make_split(args: argparse.Namespace) -> Split:
    """The split that parsed arguments ask for. Raises `UserError`."""
    splits = args.splits or args.data / LISTS_FOLDER
    return hundred_driver_split(
        args.data, splits, args.split, args.light, args.camera, args.validate_on, args.holdout, args.fold
    )


DATASET = DataSet("hundred_driver", "100-Driver", make_split, add_arguments, has_conditions=True)
main = main_of(DATASET)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
