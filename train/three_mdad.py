"""3MDAD (Jegham et al., Signal Processing: Image Communication 2020): `python -m train.three_mdad --data DIR`.

50 subjects by day and 19 by night do 16 things in a standing car, seen by two Kinects from the side and from the front.
The authors give archives on request (https://sites.google.com/site/benkhalifaanouar1/6-datasets); the layout is the one
that https://github.com/kevinsu628/3MDAD unpacks and reads:

- ``side_view_day_data/RGB1/S1 … S50/AC1 … AC16/RGB1_SUB1ACT1F1.jpg``, ``front_view_day_data/RGB2/…``,
- ``side_view_night_data/IR1/S1 … S19/AC1 … AC16/IR1_SUB1ACT1F1.tiff``, ``front_view_night_data/IR2/…``;

or ``RGB1``, ``RGB2``, ``IR1`` and ``IR2`` side by side, as the archives unpack. By day the colour images are read, by
night the infrared ones, which are stretched to the full range of 8 bits, each for itself, as that program does; depth
images show nothing that a monitor sees. Of subject S31, AC9 and AC10 have changed places in some of the streams, and
users of the data do not agree in which: both are left out.

Assumed: left and right in the names of actions are the driver's own, and a subject's number by night is another person
than by day. There is no official split: subjects are held out.
"""

from __future__ import annotations

import argparse
import logging
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from engines.activities import Activity
from engines.command import progress_bar, run_command
from engines.errors import UserError
from engines.files.folders import FolderListing
from engines.files.images import list_images
from engines.files.output import prepare_folder, write_atomic
from train.command import DataSet, main_of, run_folder
from train.data.images import Conditions, LabelledImage, Split
from train.data.lists import note_left_out, note_no_counterpart
from train.data.splits import driver_split

_LOG = logging.getLogger(__name__)

VIEWS = {"side": 1, "front": 2}
"""The two cameras, and their numbers in the names of folders."""

STREAMS = {"day": "RGB", "night": "IR"}
"""Which of a Kinect's streams is read, by light."""

ACTIONS: tuple[tuple[str, Activity | None], ...] = (
    ("safe driving", Activity.SAFE_DRIVING),
    ("doing hair and makeup", Activity.HAIR_AND_MAKEUP),
    ("adjusting radio", Activity.RADIO),
    ("GPS operating", None),
    ("writing message using right hand", Activity.TEXTING_RIGHT),
    ("writing message using left hand", Activity.TEXTING_LEFT),
    ("talking phone using right hand", Activity.PHONE_RIGHT),
    ("talking phone using left hand", Activity.PHONE_LEFT),
    ("having picture", None),
    ("talking to passenger", Activity.PASSENGER),
    ("singing or dancing", None),
    ("fatigue and somnolence", None),
    ("drinking using right hand", Activity.DRINKING),
    ("drinking using left hand", Activity.DRINKING),
    ("reaching behind", Activity.REACHING_BEHIND),
    ("smoking", None),
)
"""3MDAD's actions AC1 to AC16, and what they are here."""

_EXCHANGED = {("day", 31, 9), ("day", 31, 10)}
_NAME = re.compile(r"(RGB|IR)([12])_SUB(\d+)ACT(\d+)F\d+", re.ASCII | re.IGNORECASE)


def stream_folder(root: Path, light: str, view: str) -> Path:
    """Where a view's images of a light lie. Raises `UserError` when they are not there."""
    name, within = f"{STREAMS[light]}{VIEWS[view]}", f"{view}_view_{light}_data"
    for folder in (root / within / name, root / "3MDAD" / within / name, root / name):
        if folder.is_dir():
            return folder
    raise UserError(
        f"no 3MDAD data of the {light} from the {view} in {root}: ask its authors for them "
        "(sites.google.com/site/benkhalifaanouar1/6-datasets, for research), then pass --data DIR (or set "
        f"THREE_MDAD_DATA) with '{within}/{name}/S1/AC1 … AC16/*.{'jpg' if light == 'day' else 'tiff'}'"
    )


def read_three_mdad(root: Path, light: str, view: str) -> list[LabelledImage]:
    """The images of a light and a view that are one of C0 to C9, as they are stored.

    Raises:
        UserError: when the layout is not there.
    """
    folder = stream_folder(root, light, view)
    images: list[LabelledImage] = []
    left_out, found, misplaced = Counter[str](), FolderListing(), []
    exchanged = 0
    for subject in _numbered(folder, "S"):
        for action, place in _numbered(subject[1], "AC"):
            if not 1 <= action <= len(ACTIONS):
                raise UserError(f"{place} is none of 3MDAD's actions AC1 to AC{len(ACTIONS)}: fetch the data again")
            there = list_images(place)
            found.add(there)
            title, activity = ACTIONS[action - 1]
            if activity is None:
                left_out[title] += len(there.paths)
            elif (light, subject[0], action) in _EXCHANGED:
                exchanged += len(there.paths)
            else:
                taken = Conditions("car", view, light)
                for path in there.paths:
                    if _belongs(path, light, view, subject[0], action):
                        driver = f"{light}-S{subject[0]}"
                        images.append(LabelledImage(path, int(activity), driver, conditions=taken))
                    else:
                        misplaced.append(path)
    note_left_out(found, folder)
    if misplaced:
        _LOG.warning(
            "%s: images whose names are not those of their folder's subject and action: %d, left out, the first is %s",
            folder,
            len(misplaced),
            misplaced[0],
        )
    if exchanged:
        _LOG.warning("%s: images of S31 whose actions have changed places: %d, left out", folder, exchanged)
    note_no_counterpart(+left_out, folder)
    if not images:
        raise UserError(f"no images in {folder}/S1 … /AC1 … AC{len(ACTIONS)}: unpack the archives of 3MDAD again")
    return images


def _numbered(folder: Path, prefix: str) -> list[tuple[int, Path]]:
    """The folders ``S1``, ``S2`` … or ``AC1``, ``AC2`` … in a folder, with their numbers, in order."""
    found = [(re.fullmatch(rf"{prefix}(\d+)", place.name, re.ASCII), place) for place in folder.iterdir()]
    return sorted((int(match[1]), place) for match, place in found if match is not None and place.is_dir())


def _belongs(path: Path, light: str, view: str, subject: int, action: int) -> bool:
    match = _NAME.fullmatch(path.stem)
    if match is None:
        return False
    stream, number = match[1].upper(), int(match[2])
    return (stream, number, int(match[3]), int(match[4])) == (STREAMS[light], VIEWS[view], subject, action)


def stretched(images: Sequence[LabelledImage], folder: Path) -> list[LabelledImage]:
    """Infrared images of more than 8 bits as PNG files of 8, the darkest pixel of each black and the brightest white.

    Args:
        images: as they are stored; those that are of 8 bits, or cannot be read, stay as they are.
        folder: where the files are put; those that are there already are not made again.

    Raises:
        UserError: when a file cannot be written.
    """
    prepare_folder(folder)
    with ThreadPoolExecutor() as pool, progress_bar() as progress:
        paths = pool.map(lambda image: _stretch(image.path, folder), images)
        tracked = progress.track(paths, total=len(images), description="reading infrared images")
        return [replace(image, path=path) for image, path in zip(images, tracked, strict=True)]


def _stretch(path: Path, folder: Path) -> Path:
    try:
        # A subject by night has one image of a name, and a file that was fetched again has another time.
        target = folder / f"{path.stem}-{path.stat().st_mtime_ns:x}.png"
        if target.is_file():
            return target
        pixels = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error):
        return path
    if pixels is None or pixels.dtype == np.uint8:
        return path
    values = np.nan_to_num(pixels.astype(np.float64))
    values -= values.min()
    scaled = np.rint(values * (255.0 / max(values.max(), 1.0))).astype(np.uint8)
    write_atomic(target, cv2.imencode(".png", scaled)[1].tobytes())
    return target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that only this data set has."""
    parser.add_argument("--light", choices=(*STREAMS, "both"), default="day", help="%(default)s")
    parser.add_argument("--view", choices=(*VIEWS, "both"), default="side", help="the camera (%(default)s)")


def make_split(args: argparse.Namespace) -> Split:
    """The split that parsed arguments ask for; infrared images are put into the run's folder. Raises `UserError`."""
    lights = tuple(STREAMS) if args.light == "both" else (args.light,)
    views = tuple(VIEWS) if args.view == "both" else (args.view,)
    images: list[LabelledImage] = []
    for light in lights:
        for view in views:
            found = read_three_mdad(args.data, light, view)
            if light == "night":
                found = stretched(found, run_folder(args, "three_mdad", "driver") / "infrared")
            images += found
    described = f"3MDAD by driver, {' and '.join(lights)}, {' and '.join(views)}"
    return driver_split(images, args.holdout, args.fold, described)


DATASET = DataSet("three_mdad", "3MDAD", make_split, add_arguments, split_name="driver", has_conditions=True)
main = main_of(DATASET)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
