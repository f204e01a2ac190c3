"""SAM-DD (Yang et al., IEEE T-ITS 2024): `python -m train.sam_dd --data DIR`.

Singapore AutoMan@NTU Distracted Driving: 42 drivers in a laboratory, seen from the front and the side, ten classes.
Its page (https://yanghh.io/SAM-DD, https://github.com/yhh-IV/SAM-DD) gives ``SAM-DD(RGB).rar`` and the terms, but no
list of files; the layout here is the one that programs of its users read:

- ``SAM-DD(RGB)/Tester…/0 … 9/side_RGB/img_N.jpg``, with the classes in the order of `CLASSES`, which is that of a later
  study at the same university.

Assumed: the front camera's folder is ``front_RGB``, as its sample on the page is called, and left and right are the
driver's own. There is no official split: drivers are held out.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from engines.activities import Activity
from engines.command import run_command
from engines.errors import UserError
from engines.files.folders import FolderListing, natural_order
from engines.files.images import list_images
from train.command import DataSet, main_of
from train.data.images import Conditions, LabelledImage, Split
from train.data.lists import note_left_out, note_no_counterpart
from train.data.splits import driver_split

FOLDER = "SAM-DD(RGB)"
VIEWS = ("side", "front")

CLASSES: tuple[tuple[str, Activity | None], ...] = (
    ("normal driving", Activity.SAFE_DRIVING),
    ("drinking", Activity.DRINKING),
    ("phoning left", Activity.PHONE_LEFT),
    ("phoning right", Activity.PHONE_RIGHT),
    ("texting left", Activity.TEXTING_LEFT),
    ("texting right", Activity.TEXTING_RIGHT),
    ("touching hair and make-up", Activity.HAIR_AND_MAKEUP),
    ("adjusting glasses", None),
    ("reaching behind", Activity.REACHING_BEHIND),
    ("dropping", None),
)
"""SAM-DD's classes 0 to 9, and what they are here."""

_DRIVERS = "Tester"


def read_sam_dd(root: Path, views: Sequence[str]) -> list[LabelledImage]:
    """The images of some views that are one of C0 to C9. Raises `UserError` when the layout is not there.

    Args:
        root: the data set's folder.
        views: of `VIEWS`.
    """
    folder = root / FOLDER if (root / FOLDER).is_dir() else root
    drivers = sorted(
        (place for place in folder.glob(f"{_DRIVERS}*") if place.is_dir()), key=lambda place: natural_order(place.name)
    )
    images: list[LabelledImage] = []
    left_out, found = Counter[str](), FolderListing()
    for driver in drivers:
        for number, (title, activity) in enumerate(CLASSES):
            for view in views:
                place = driver / str(number) / f"{view}_RGB"
                there = list_images(place) if place.is_dir() else FolderListing()
                found.add(there)
                if activity is None:
                    left_out[title] += len(there.paths)
                    continue
                taken = Conditions("laboratory", view, "day")
                images += [LabelledImage(path, int(activity), driver.name, conditions=taken) for path in there.paths]
    if not images:
        raise UserError(
            f"no SAM-DD data in {root}: agree to the terms on yanghh.io/SAM-DD (research only), fetch {FOLDER}.rar "
            f"there and pass --data DIR (or set SAM_DD_DATA) with '{FOLDER}/{_DRIVERS}…/0 … 9/{views[0]}_RGB/*.jpg'"
        )
    note_left_out(found, folder)
    note_no_counterpart(+left_out, "SAM-DD")
    return images


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that only this data set has."""
    parser.add_argument("--view", choices=(*VIEWS, "both"), default=VIEWS[0], help="the camera (%(default)s)")


def make_split(args: argparse.Namespace) -> Split:
    """The split that parsed arguments ask for. Raises `UserError`."""
    views = VIEWS if args.view == "both" else (args.view,)
    images = read_sam_dd(args.data, views)
    return driver_split(images, args.holdout, args.fold, f"SAM-DD by driver, {' and '.join(views)}")


DATASET = DataSet("sam_dd", "SAM-DD", make_split, add_arguments, split_name="driver", has_conditions=True)
main = main_of(DATASET)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
