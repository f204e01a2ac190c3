"""Recorded drives as training data: `python -m train.drives --data DIR`.

Layout: ``NAME.mp4`` (or another video, whatever its suffix) and ``NAME.csv`` beside it with ``start_s,end_s,activity``,
seconds from the video's first frame; or ``NAME.json``, OpenLABEL or VCD as of DMD. Frames are taken at even distances,
those without a label are left out, and drives are held out whole: neighbouring frames are near copies. A mount file,
``NAME.mount.toml`` beside a drive or ``--mount`` for all others, crops and mirrors the frames as it does in the car; a
mirrored frame has the mirrored activity, as a network that sees mirrored views names it.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import math
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from engines.activities import ACTIVITY_CODES, Activity
from engines.command import positive_seconds, run_command
from engines.errors import UserError, reason
from engines.files.folders import list_folder
from engines.files.images import IMAGE_SUFFIXES
from engines.files.labels.drive_labels import HEADER
from engines.files.labels.label_files import find_label_file, label_file
from engines.files.labels.label_fit import labels_beyond, require_fit
from engines.files.labels.openlabel import read_label_file
from engines.files.output import prepare_folder
from engines.files.video import is_video, open_video
from engines.view import Mount, driver_crop
from train.command import DataSet, main_of, run_folder
from train.data.images import LabelledImage, Split
from train.data.lists import note_left_out
from train.data.splits import DEFAULT_FOLD, held_out_drivers, split_by_driver

_LOG = logging.getLogger(__name__)

_BESIDE = (".csv", ".json", ".toml")
"""Labels, speeds, reviews and mounts."""

_NOT_VIDEOS = IMAGE_SUFFIXES.union(_BESIDE)
_SAME_S = 1e-6
_QUALITY = 95
_FORMAT = 3
"""Raised when the same drive comes to give other frames."""


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
        files = sorted(_frames_of(video, labels, frames, every_s, drive_mount).glob("*.jpg"))
        if not files:
            _LOG.warning("%s labels no frame that is taken of %s, which is left out", labels.name, video)
        images += [LabelledImage(path, int(Activity.parse(path.stem[-2:])), video.stem) for path in files]
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


def _frames_of(video: Path, labels: Path, frames: Path, every_s: float, mount: Mount) -> Path:
    """The folder with a drive's labelled frames; it appears complete, under a name that depends on its content."""
    what = f"{video.stat().st_size} {video.stat().st_mtime_ns} {every_s} {mount!r} {_FORMAT} ".encode()
    what += labels.read_bytes()
    folder = frames / f"{video.stem}-{hashlib.sha256(what).hexdigest()[:8]}"
    if not folder.is_dir():
        prepare_folder(frames)
        with tempfile.TemporaryDirectory(prefix=".", dir=frames) as unfinished:
            part = Path(unfinished) / "frames"
            part.mkdir()
            _extract(video, labels, part, every_s, mount)
            try:
                part.rename(folder)
            except OSError as error:
                # Another process may have been quicker; by its name its frames are the same.
                if not folder.is_dir():
                    raise UserError(
                        f"cannot write frames into {folder}: {reason(error)}; choose another --output"
                    ) from error
    return folder


def _extract(video: Path, labelled: Path, folder: Path, every_s: float, mount: Mount) -> None:
    """Write the labelled frames as ``<milliseconds>-<activity>.jpg``, as the mount shows the driver.

    A damaged frame shows what no camera saw: the next one stands in for it.

    Raises:
        UserError: for a video or labels that cannot be read, or do not fit each other.
    """
    next_s = 0.0
    damaged = 0
    with open_video(video) as frames:
        labels, end_s = read_label_file(labelled, frames.frame_rate), frames.duration_s
        require_fit(labels, end_s, frames.frame_rate, labelled)
        for line in (labels.unknown_notice(), labels_beyond(labels, end_s)):
            if line is not None:
                _LOG.warning("%s: %s", labelled, line)
        for frame in frames:
            if frame.time_s < next_s - _SAME_S:
                continue
            activity = labels.activity_at(frame.time_s)
            if frame.is_damaged:
                damaged += activity is not None
                continue
            next_s = every_s * (math.floor((frame.time_s + _SAME_S) / every_s) + 1)
            if activity is not None:
                seen = activity.mirrored if mount.mirror else activity
                bgr = np.ascontiguousarray(driver_crop(frame.pixels, mount)[:, :, ::-1])
                _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
                path = folder / f"{round(1000 * frame.time_s):09d}-{seen.code}.jpg"
                try:
                    path.write_bytes(data.tobytes())
                except OSError as error:
                    raise UserError(
                        f"cannot write frames into {folder}: {reason(error)}; choose another --output"
                    ) from error
    for notice in frames.notices:
        _LOG.warning("%s: %s", video, notice.text)
    if damaged:
        _LOG.warning("%s: damaged frames left out of training: %d", video, damaged)


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
    """The arguments that only this data set has."""
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
