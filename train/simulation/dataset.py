"""Simulated pictures in State Farm's layout: ``imgs/train/c0…c9/img_N.jpg`` and ``driver_imgs_list.csv``."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engines.activities import Activity
from engines.errors import UserError
from train.simulation.driver import SimulatedDriver

_SETTINGS = "simulated.json"
_LIST = "driver_imgs_list.csv"
_QUALITY = 92
# Pictures of one driver that are taken on the same day: same light, same place of the camera.
_SESSION_LENGTH = 5


@dataclass(frozen=True)
class DatasetPlan:
    """Which pictures a data set holds; ``size`` is width and height in pixels."""

    seeds: tuple[int, ...]
    images_per_class: int
    size: tuple[int, int]


@dataclass(frozen=True)
class _Picture:
    driver: int
    activity: Activity
    number: int
    name: str


def subject_name(seed: int) -> str:
    """The name of a driver in the list, such as ``s0001``; the same seed is the same driver everywhere."""
    return f"s{seed:04d}"


def _pictures(plan: DatasetPlan) -> Iterator[_Picture]:
    count = 0
    for seed in plan.seeds:
        for number in range(plan.images_per_class):
            for activity in Activity:
                yield _Picture(seed, activity, number, f"img_{count}.jpg")
                count += 1


def _path(root: Path, picture: _Picture) -> Path:
    return root / "imgs" / "train" / picture.activity.code / picture.name


def _draw(root: Path, picture: _Picture, size: tuple[int, int]) -> None:
    """Draw one picture: a random moment of a random performance on one of the driver's days."""
    moment = np.random.default_rng([picture.driver, int(picture.activity), picture.number, 8])
    driver = SimulatedDriver(
        picture.driver, motion_seed=int(moment.integers(2**31)), session=picture.number // _SESSION_LENGTH
    )
    time = float(moment.uniform(0.0, 600.0))
    frame = driver.frame(driver.pose(picture.activity, time), time, size)
    path = _path(root, picture)
    # Written beside its place and moved there, so an interrupted run leaves no half picture behind.
    unfinished = path.with_name(f".{path.stem}.part.jpg")
    if not cv2.imwrite(str(unfinished), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]):
        raise OSError(f"cannot write {unfinished}")
    unfinished.replace(path)


def _draw_driver(task: tuple[Path, tuple[_Picture, ...], tuple[int, int]]) -> int:
    root, pictures, size = task
    # One process per worker is enough; OpenCV's own threads would fight over the cores.
    cv2.setNumThreads(1)
    for picture in pictures:
        _draw(root, picture, size)
    return len(pictures)


def _prepare(root: Path, plan: DatasetPlan) -> None:
    """Make the folders and note the settings. Raises `UserError` when that fails or another data set is there."""
    settings = json.loads(json.dumps(asdict(plan)))
    note = root / _SETTINGS
    try:
        for activity in Activity:
            (root / "imgs" / "train" / activity.code).mkdir(parents=True, exist_ok=True)
        if note.exists():
            if json.loads(note.read_text(encoding="utf-8")) != settings:
                raise UserError(f"{root} holds a simulated data set with other settings: choose another --output")
        elif any(root.glob("imgs/train/c*/*.jpg")) or (root / _LIST).exists():
            raise UserError(f"{root} holds pictures of another data set: choose another --output")
        else:
            note.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"cannot write the data set to {root}: {error}") from error


def _batches(pictures: Sequence[_Picture], length: int) -> Iterator[tuple[_Picture, ...]]:
    for start in range(0, len(pictures), length):
        yield tuple(pictures[start : start + length])


def write_dataset(root: Path, plan: DatasetPlan, workers: int = 1) -> int:
    """Draw all pictures of the plan that are not there yet.

    Args:
        root: the data set's folder; made when missing.
        plan: what to draw.
        workers: processes that draw.

    Returns:
        The number of pictures drawn now.
    """
    _prepare(root, plan)
    pictures = list(_pictures(plan))
    missing = [picture for picture in pictures if not _path(root, picture).exists()]
    tasks = [(root, batch, plan.size) for batch in _batches(missing, 10)]
    columns = (TextColumn("drawing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, transient=True) as progress:
            bar = progress.add_task("drawing", total=len(pictures), completed=len(pictures) - len(missing))
            if workers <= 1:
                for task in tasks:
                    progress.advance(bar, _draw_driver(task))
            elif tasks:
                with multiprocessing.get_context("spawn").Pool(min(workers, len(tasks))) as pool:
                    for done in pool.imap_unordered(_draw_driver, tasks):
                        progress.advance(bar, done)
        rows = [f"{subject_name(p.driver)},{p.activity.code},{p.name}" for p in pictures]
        (root / _LIST).write_text("\n".join(["subject,classname,img", *rows]) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write the data set to {root}: {error}") from error
    return len(missing)
