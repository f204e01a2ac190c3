"""Recorded drives as training data: `python -m train.drives --data DIR`.

Layout: ``NAME.mp4`` (or another video, whatever its suffix) and ``NAME.csv`` beside it with ``start_s,end_s,activity``,
seconds from the video's first frame; or ``NAME.json``, OpenLABEL or VCD as of DMD. Frames are taken at even distances,
those without a label are left out, and drives are held out whole: neighbouring frames are near copies. A mount file,
``NAME.mount.toml`` beside a drive or ``--mount`` for all others, crops and mirrors the frames as it does in the car; a
mirrored frame has the mirrored activity, as a network that sees mirrored views names it.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from engines.activities import ACTIVITY_CODES
from engines.command import positive_seconds, run_command
from engines.errors import UserError
from engines.files.folders import list_folder
from engines.files.images import IMAGE_SUFFIXES
from engines.files.labels.drive_labels import HEADER
from engines.files.labels.label_files import find_label_file, label_file
from engines.files.video import is_video, open_video
from engines.view import Mount
from train.command import DataSet, main_of, run_folder
from train.data.images import LabelledImage, Split
from train.data.lists import note_left_out
from train.data.splits import DEFAULT_FOLD, held_out_drivers, split_by_driver
from train.data.video_frames import labelled_frames

_LOG = logging.getLogger(__name__)

_BESIDE = (".csv", ".json", ".toml")
"""Labels, speeds, reviews and mounts."""

_NOT_VIDEOS = IMAGE_SUFFIXES.union(_BESIDE)


def read_drives(folder: Path, frames: Path, every_s: float, mount: Mount | None = None) -> list[LabelledImage]:
    """Frames of all drives in a folder, as JPEG files; the drive's name stands for the driver's.

    Args:
        folder: videos and their labels.
        frames: where the frames are put, a folder a drive; drives that are there already are not read again.
        every_s: seconds from one frame to the next.
        mount: the camera mount of drives that have no mount file; None where it shows all of a frame.

    Raises:
        UserError: when there is no labelled drive, or one cannot be read.
    """
    images: list[LabelledImage] = []
    drives = _find_drives(folder)
    for video, labels in drives:
        file = video.with_suffix(".mount.toml")
        drive_mount = Mount.load(file) if file.is_file() else mount or Mount()
        taken = labelled_frames(video, labels, frames, every_s, drive_mount)
        if not taken:
            _LOG.warning("%s labels no frame that is taken of %s, which is left out", labels.name, video)
        images += [LabelledImage(path, int(activity), video.stem) for path, activity in taken]
    if not images and drives:
        raise UserError(
            f"the labels in {folder} cover no frame of their videos: their times are seconds from a video's first frame"
        )
    if not images:
        raise UserError(
            f"no labelled drives in {folder}: put videos there, each NAME.mp4 with a NAME.csv ({','.join(HEADER)}), "
            "and pass --data DIR (or set DRIVES_DATA)"
        )
    return images


def _find_drives(folder: Path) -> list[tuple[Path, Path]]:
    """The recordings of a folder, of any suffix that is read, with their labels; what has none is said.

    Raises:
        UserError: when two recordings share their labels, or one that has labels cannot be read.
    """
    listing = list_folder(folder, lambda path: path.suffix.lower() not in _NOT_VIDEOS)
    videos = [path for path in listing.paths if is_video(path)]
    listing.others.update(path.suffix.lower() or "without a suffix" for path in set(listing.paths) - set(videos))
    for suffix in _BESIDE:
        listing.others.pop(suffix, None)
    for one, other in pairwise(sorted(videos, key=lambda path: path.stem)):
        if one.stem == other.stem:
            raise UserError(
                f"{one.name} and {other.name} in {folder} share one label file: rename one, with its labels"
            )
    known = {video.stem for video in videos}
    for path in listing.paths:
        if path.stem not in known and find_label_file(path) is not None:
            open_video(path).close()  # which says why it is none
    found = [(video, find_label_file(video)) for video in videos]
    for video, labels in found:
        if labels is None:
            _LOG.warning("%s has no %s beside it and is left out", video, label_file(video).name)
    note_left_out(listing, folder)
    return [(video, labels) for video, labels in found if labels is not None]


def drives_split(
    images: Sequence[LabelledImage], holdout: Sequence[str] | None, fold: tuple[int, int] | None, every_s: float
) -> Split:
    """Divide by drive; without a choice, one drive in five validates, or the first of fewer. Raises `UserError`."""
    drives = {image.driver for image in images}
    if len(drives) < 2:
        raise UserError(f"one drive ({', '.join(map(str, drives))}) cannot be divided: add another to validate on")
    if not holdout and fold is None:
        fold = (1, min(DEFAULT_FOLD[1], len(drives)))
    held_out = held_out_drivers(images, holdout, fold)
    train, validation = split_by_driver(images, held_out)
    return Split(
        train, validation, ACTIVITY_CODES, f"drives, a frame every {every_s:g} s; validation {', '.join(held_out)}"
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of data sets whose frames are taken from videos."""
    parser.add_argument("--mount", type=Path, metavar="TOML", help="the camera mount: crop and mirror")
    parser.add_argument("--every", type=positive_seconds, default=0.5, metavar="S", help="seconds between frames (0.5)")


def make_split(args: argparse.Namespace) -> Split:
    """The split that parsed arguments ask for; frames are put into the run's folder. Raises `UserError`."""
    mount = Mount.load(args.mount) if args.mount else None
    images = read_drives(args.data, run_folder(args, "drives", "drive") / "frames", args.every, mount)
    return drives_split(images, args.holdout, args.fold, args.every)


DATASET = DataSet(
    "drives", "recorded drives; --holdout names drives to validate on", make_split, add_arguments, "drive"
)
main = main_of(DATASET)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
