"""Simulated images in State Farm's layout: ``imgs/train/c0…c9/img_N.jpg`` and ``driver_imgs_list.csv``.

Which of the C0 images are near misses stands in ``near_misses.csv``: ``img,near_miss``; where head and hands are, in
``parts.csv``, which `train.data.driver_parts` reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np

from engines.activities import Activity
from engines.command import progress_bar
from engines.errors import UserError, reason
from engines.files.output import prepare_folder, write_atomic
from train.simulation.acting.parts import part_boxes
from train.simulation.acting.still_images import StillImage
from train.simulation.appearance import DriveSide
from train.simulation.fingerprint import renderer_fingerprint
from train.simulation.output.workers import each_in_order

_SETTINGS = "simulated.json"
_LIST = "driver_imgs_list.csv"
_NEAR_MISSES = "near_misses.csv"
_PARTS = "parts.csv"
_QUALITY = 92
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


@dataclass(frozen=True)
class DatasetPlan:
    """Which images a data set holds.

    Attributes:
        seeds: the drivers.
        images_per_class: of each driver.
        size: width and height in pixels.
        drive_side: where the steering wheel is; ``both`` gives each driver a car of one kind or the other.
        elsewhere: seats and cameras are outside the ranges of all other data sets, see `Appearance.elsewhere`.
    """

    seeds: tuple[int, ...]
    images_per_class: int
    size: tuple[int, int]
    drive_side: Literal["left", "right", "both"] = "left"
    elsewhere: bool = False

    def side_of(self, seed: int) -> DriveSide:
        """Where this driver's steering wheel is."""
        if self.drive_side == "both":
            return "left" if np.random.default_rng([seed, 10]).random() < 0.5 else "right"
        return self.drive_side


@dataclass(frozen=True)
class _DatasetImage:
    still: StillImage
    name: str


def subject_name(seed: int) -> str:
    """The name of a driver in the list, such as ``s0001``; the same seed is the same driver everywhere."""
    return f"s{seed:04d}"


def _dataset_images(plan: DatasetPlan) -> Iterator[_DatasetImage]:
    count = 0
    for seed in plan.seeds:
        for number in range(plan.images_per_class):
            for activity in Activity:
                still = StillImage(seed, activity, number, plan.side_of(seed), plan.elsewhere)
                yield _DatasetImage(still, f"img_{count}.jpg")
                count += 1


def _path(root: Path, image: _DatasetImage) -> Path:
    return root / "imgs" / "train" / image.still.activity.code / image.name


def _draw(task: tuple[Path, _DatasetImage, tuple[int, int]]) -> bool:
    """Write an image, if there is a moment at which its activity is recognisable."""
    root, image, size = task
    pixels = image.still.draw(size)
    if pixels is None:
        return False
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    write_atomic(_path(root, image), encoded.tobytes())
    return True


def _prepare(root: Path, plan: DatasetPlan) -> None:
    """Make the folders and note the settings. Raises `UserError` when that fails or another data set is there."""
    settings = json.loads(json.dumps({**asdict(plan), "renderer": renderer_fingerprint()}))
    if not plan.elsewhere:
        del settings["elsewhere"]  # which data sets of earlier versions do not note
    note = root / _SETTINGS
    try:
        if note.exists():
            _compare(root, note, settings)
        elif _holds_images(root):
            raise UserError(f"{root} holds images of another data set: choose another --output")
        # Only now: a folder that is refused stays as it is.
        for activity in Activity:
            prepare_folder(root / "imgs" / "train" / activity.code)
        if not note.exists():
            write_atomic(note, json.dumps(settings, indent=1) + "\n")
    except OSError as error:
        raise UserError(f"cannot write the data set to {root}: {reason(error)}") from error


def _compare(root: Path, note: Path, settings: dict[str, object]) -> None:
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(
            f"{note} does not say any more what {root} holds, so nothing can be added: choose another --output"
        ) from error
    if noted == settings:
        return
    if isinstance(noted, dict) and {**noted, "renderer": settings["renderer"]} == settings:
        raise UserError(
            f"{root} was drawn by another version of the simulation, and the two are not to be mixed:"
            " choose another --output, or delete it"
        )
    raise UserError(f"{root} holds a simulated data set with other settings: choose another --output")


def _holds_images(root: Path) -> bool:
    """Whether there is a data set that is none of ours."""
    found = (path.suffix.lower() for path in root.glob("imgs/train/c*/*"))
    return (root / _LIST).exists() or any(suffix in _SUFFIXES for suffix in found)


class Written(NamedTuple):
    """What became of a data set's images."""

    there: int
    """How many there are now."""
    drawn: int
    """How many of these were drawn just now."""
    left_out: int
    """How many show no moment at which the activity is recognisable, so are neither drawn nor listed."""


def write_dataset(root: Path, plan: DatasetPlan, workers: int = 1) -> Written:
    """Draw all images of the plan that are not there yet.

    Args:
        root: the data set's folder; made when missing.
        plan: what to draw.
        workers: processes that draw.

    Raises:
        UserError: when another data set is there, or a file cannot be written.
    """
    _prepare(root, plan)
    images = list(_dataset_images(plan))
    missing = [image for image in images if not _path(root, image).exists()]
    with progress_bar() as progress:
        bar = progress.add_task("drawing", total=len(images), completed=len(images) - len(missing))
        drawn = 0
        for was_drawn in each_in_order(_draw, [(root, image, plan.size) for image in missing], workers):
            drawn += was_drawn
            progress.advance(bar)
    there = [image for image in images if _path(root, image).exists()]
    _write_lists(root, there, plan.size)
    return Written(len(there), drawn, len(images) - len(there))


def _write_lists(root: Path, images: Sequence[_DatasetImage], size: tuple[int, int]) -> None:
    rows = [f"{subject_name(p.still.driver)},{p.still.activity.code},{p.name}" for p in images]
    write_atomic(root / _LIST, "\n".join(["subject,classname,img", *rows]) + "\n")
    kinds = ((image.name, image.still.near_miss) for image in images)
    near_misses = [f"{name},{kind.value}" for name, kind in kinds if kind]
    write_atomic(root / _NEAR_MISSES, "\n".join(["img,near_miss", *near_misses]) + "\n")
    parts = [row for image in images for row in _part_rows(_path(root, image).relative_to(root), image.still, size)]
    write_atomic(root / _PARTS, "\n".join(["file,part,x0,y0,x1,y1", *parts]) + "\n")


def _part_rows(file: Path, still: StillImage, size: tuple[int, int]) -> Iterator[str]:
    found = still.found()
    if found is not None:
        for part, box in part_boxes(found.driver.appearance, found.pose, size).items():
            yield ",".join([file.as_posix(), part.value, *(f"{value:.4f}" for value in box)])
