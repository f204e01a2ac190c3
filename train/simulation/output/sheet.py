"""A contact sheet of random simulated moments without their labels, to try whether people recognise them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.errors import UserError
from engines.files.console import track
from engines.files.output import prepare_file, write_atomic
from train.simulation.acting.near_misses import NearMiss
from train.simulation.acting.recording import SimulatedDrive
from train.simulation.acting.script import BLEND_S, Script, script_for_drive
from train.simulation.acting.still_images import StillImage
from train.simulation.appearance import VALIDATION_SEEDS
from train.simulation.output.workers import each_in_order

_CAPTION = 28  # pixels under each image for its number
_MAX_PIXELS, _MAX_SIDE = 150_000_000, 60_000  # more is no page that anybody can open


@dataclass(frozen=True)
class Glimpse:
    """A moment of a random scripted drive, whether the activity is recognisable or not."""

    driver: int
    time: float

    @property
    def _script(self) -> Script:
        return script_for_drive(self.driver)

    @property
    def activity(self) -> Activity:
        return self._script.activity_at(self.time)

    @property
    def near_miss(self) -> NearMiss | None:
        script = self._script
        number = script.near_miss_at(self.time)
        return None if number is None else script.near_misses[number].kind

    def draw(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        return SimulatedDrive(self.driver, self._script, 12, size).at(self.time)


def random_glimpse(driver: int, rng: np.random.Generator) -> Glimpse:
    """A moment at which one activity is shown: half-way from one to the next, either name would be right."""
    script = script_for_drive(driver)
    changes = [segment.start_s for segment in script.segments[1:]]
    while True:
        time = float(rng.uniform(0.0, script.duration_s))
        if all(abs(time - change) > BLEND_S / 2 for change in changes):
            return Glimpse(driver, time)


def _chosen(count: int, seed: int, as_dataset: bool) -> Sequence[StillImage | Glimpse]:
    rng = np.random.default_rng([seed, 12])
    drivers = (VALIDATION_SEEDS[int(index)] for index in rng.permutation(len(VALIDATION_SEEDS)))
    if not as_dataset:
        return [random_glimpse(driver, rng) for driver in islice(drivers, count)]
    stills = (
        StillImage(driver, Activity(int(rng.integers(len(Activity)))), int(rng.integers(1000))) for driver in drivers
    )
    return list(islice((still for still in stills if still.found() is not None), count))


def _draw(task: tuple[StillImage | Glimpse, tuple[int, int]]) -> NDArray[np.uint8]:
    still, size = task
    pixels = still.draw(size)
    if pixels is None:
        raise RuntimeError(f"{still} was to be recognisable")
    return pixels


def _captioned(pixels: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """The image with a white border of one pixel, and its number below."""
    tile = cv2.copyMakeBorder(pixels, 1, _CAPTION, 1, 1, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    position = (6, tile.shape[0] - 8)
    cv2.putText(tile, str(number), position, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 2, cv2.LINE_AA)
    return np.asarray(tile, dtype=np.uint8)


def write_sheet(
    page: Path,
    labels: Path,
    count: int,
    seed: int,
    size: tuple[int, int],
    columns: int,
    workers: int = 1,
    *,
    as_dataset: bool = False,
) -> None:
    """Draw ``count`` random moments of different drivers, none of whom is trained on.

    They are any moments of random scripted drives but the changes from one activity to the next, named as the script
    names them; or, as a data set has them, moments of activities that are all as frequent, each at a moment
    at which it is recognisable.

    Args:
        page: the PNG file: numbered images, no labels.
        labels: the CSV file ``number,activity,title,driver,near_miss``.
        count: how many images.
        seed: decides which.
        size: width and height of each in pixels.
        columns: how many stand side by side.
        workers: processes that draw.
        as_dataset: choose moments as a data set does.

    Raises:
        UserError: when a file cannot be written, or the page were too large.
    """
    width, height = columns * (size[0] + 2), -(-count // columns) * (size[1] + 1 + _CAPTION)
    if width * height > _MAX_PIXELS or max(width, height) > _MAX_SIDE:
        raise UserError(
            f"a sheet of {count} images of {size[0]}x{size[1]} has {width}x{height} pixels, too many for a page:"
            " choose a smaller --size or --count"
        )
    stills = _chosen(count, seed, as_dataset)
    for path in (page, labels):
        prepare_file(path)
    drawn = each_in_order(_draw, [(still, size) for still in stills], workers)
    tiles = [
        _captioned(pixels, number)
        for number, pixels in enumerate(track(drawn, "drawing", count, transient=True), start=1)
    ]
    tiles += [np.full_like(tiles[0], 255)] * (-count % columns)
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
    _, encoded = cv2.imencode(".png", cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
    write_atomic(page, encoded.tobytes())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["number", "activity", "title", "driver", "near_miss"])
    for number, still in enumerate(stills, start=1):
        near_miss = still.near_miss
        row = [number, still.activity.code, still.activity.title, still.driver]
        writer.writerow([*row, near_miss.value if near_miss else ""])
    write_atomic(labels, text.getvalue())
