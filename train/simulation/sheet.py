"""A contact sheet of random simulated moments without their labels, to try whether people recognise them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from engines.activities import Activity
from engines.errors import UserError
from engines.output_files import prepare_file, write_whole
from train.simulation.appearance import VALIDATION_SEEDS
from train.simulation.moments import Moment
from train.simulation.workers import each_in_order

_CAPTION = 28  # pixels under each picture for its number


def _moments(count: int, seed: int) -> list[Moment]:
    rng = np.random.default_rng([seed, 12])
    drivers = rng.choice(len(VALIDATION_SEEDS), count, replace=False)
    return [
        Moment(VALIDATION_SEEDS[int(driver)], Activity(int(rng.integers(len(Activity)))), int(rng.integers(1000)))
        for driver in drivers
    ]


def _draw(task: tuple[Moment, tuple[int, int]]) -> NDArray[np.uint8]:
    moment, size = task
    return moment.draw(size)


def _captioned(pixels: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """The picture with a white border of one pixel, and its number below."""
    tile = cv2.copyMakeBorder(pixels, 1, _CAPTION, 1, 1, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    place = (6, tile.shape[0] - 8)
    cv2.putText(tile, str(number), place, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 2, cv2.LINE_AA)
    return np.asarray(tile, dtype=np.uint8)


def write_sheet(
    picture: Path, answers: Path, count: int, seed: int, size: tuple[int, int], columns: int, workers: int = 1
) -> None:
    """Draw ``count`` random moments of different drivers, none of whom is trained on.

    Args:
        picture: the PNG file: numbered pictures, no labels.
        answers: the CSV file ``number,activity,title,driver,near_miss``.
        count: how many pictures.
        seed: decides which.
        size: width and height of each in pixels.
        columns: how many stand side by side.
        workers: processes that draw.

    Raises:
        UserError: when a file cannot be written.
    """
    moments = _moments(count, seed)
    for path in (picture, answers):
        prepare_file(path)
    drawn = each_in_order(_draw, [(moment, size) for moment in moments], workers)
    tiles = [
        _captioned(pixels, number)
        for number, pixels in enumerate(track(drawn, "drawing", count, transient=True), start=1)
    ]
    tiles += [np.full_like(tiles[0], 255)] * (-count % columns)
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
    good, encoded = cv2.imencode(".png", cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
    if not good:
        raise UserError(f"a sheet of {count} pictures of {size[0]}x{size[1]} is too large: choose a smaller --size")
    write_whole(picture, encoded.tobytes())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["number", "activity", "title", "driver", "near_miss"])
    for number, moment in enumerate(moments, start=1):
        near_miss = moment.near_miss
        row = [number, moment.activity.code, moment.activity.title, moment.driver]
        writer.writerow([*row, near_miss.value if near_miss else ""])
    write_whole(answers, text.getvalue())
