"""Lists of images: those that data sets come with, checked both ways, against the files and against themselves.

The one that is written is for `calibration.other_cars`, to measure a bundle on a data set.
"""

from __future__ import annotations

import csv
import io
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from engines.activities import Activity
from engines.errors import UserError
from engines.files.folders import FolderListing
from engines.files.output import write_atomic
from train.data.images import LabelledImage

_LOG = logging.getLogger(__name__)

KeyT = TypeVar("KeyT")

WRITTEN_COLUMNS = ("file", "activity", "car", "camera", "light")


def each_once(listed: Iterable[tuple[KeyT, str | None]], listing: object) -> dict[KeyT, str | None]:
    """What a list names, each once and in its order, with its driver; what it names several times is said.

    Args:
        listed: the images and their drivers, as the list has them.
        listing: the list, for people.

    Raises:
        UserError: for images that are listed under two drivers, who could train and validate at once.
    """
    drivers: dict[KeyT, list[str | None]] = defaultdict(list)
    for key, driver in listed:
        drivers[key].append(driver)
    torn = {key: sorted({str(name) for name in names}) for key, names in drivers.items() if len(set(names)) > 1}
    if torn:
        key, names = next(iter(torn.items()))
        raise UserError(
            f"{listing}: images listed under several drivers: {len(torn)}, the first is {key} under "
            f"{' and '.join(names)}: leave each with the driver that it shows"
        )
    repeated = {key: len(names) for key, names in drivers.items() if len(names) > 1}
    if repeated:
        key, count = next(iter(repeated.items()))
        _LOG.warning(
            "%s: images listed more than once: %d, the first is %s, listed %d times; each is used once",
            listing,
            len(repeated),
            key,
            count,
        )
    return {key: names[0] for key, names in drivers.items()}


def is_there(path: Path) -> bool:
    """Whether a listed file is there; no name is too long or too odd to ask."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def require_files(paths: Sequence[Path], source: object) -> None:
    """Raise `UserError` when a list names files that are not there, or none at all; `source` says which list."""
    missing = [path for path in paths if not is_there(path)]
    if missing:
        raise UserError(
            f"{len(missing)} of {len(paths)} images of {source} are missing, the first is {missing[0]}: fetch them "
            "again, or take them off the list"
        )
    if not paths:
        raise UserError(f"{source} has no images: fetch the data set again")


def refuse_shared(train: Sequence[LabelledImage], validation: Sequence[LabelledImage], lists: str) -> None:
    """Raise `UserError` when images are listed to train and to validate on."""
    trained = {image.path for image in train}
    shared = [image.path for image in validation if image.path in trained]
    if shared:
        raise UserError(
            f"{lists}: images listed in both: {len(shared)}, the first is {shared[0]}: take them off one of the lists"
        )


def note_unlisted(there: FolderListing, listed: Iterable[Path], listing: object) -> None:
    """Warn of images that are there and that no list names.

    Args:
        there: the images that were found.
        listed: those that are listed.
        listing: the list or the lists, for people.
    """
    known = set(listed)
    unlisted = [path for path in there.paths if path not in known]
    if unlisted:
        _LOG.warning("%s: images not listed: %d, left out, the first is %s", listing, len(unlisted), unlisted[0])


def note_left_out(there: FolderListing, folder: object) -> None:
    """Warn of files in a data set's folder that are no images."""
    if there.left_out:
        _LOG.warning("%s: %s", folder, there.left_out)


def note_no_counterpart(counts: Mapping[str, int], name: object) -> None:
    """Say which classes of a data set are none of C0 to C9, with how many images of each are left out."""
    if counts:
        listed = ", ".join(f"{title} ({count})" for title, count in sorted(counts.items()))
        _LOG.warning("%s: images of classes that are none of C0 to C9, left out: %s", name, listed)


def write_list(images: Sequence[LabelledImage], file: Path) -> None:
    """Write images of C0 to C9 and how they were taken as a CSV with `WRITTEN_COLUMNS`.

    Paths are relative to the CSV's folder where they lie in it, else absolute. Raises `UserError` where that fails.
    """
    folder = file.parent.resolve()
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(WRITTEN_COLUMNS)
    for image in images:
        path, taken = image.path.resolve(), image.conditions
        named = path.relative_to(folder) if path.is_relative_to(folder) else path
        rows.writerow([named.as_posix(), Activity(image.label).code, taken.car, taken.camera, taken.light])
    write_atomic(file, text.getvalue())
