"""Where a driver's head and hands are in the images of a data set: a CSV ``file,part,x0,y0,x1,y1``.

A teacher that never ships finds them in photographs, the simulation knows them, or a person has drawn them. `file` is a
path, from the CSV's folder on; a box lies in 0..1 of the whole image, and may reach out of it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.driver_parts import PARTS, DriverPart
from engines.errors import UserError
from engines.files.text import parse_rows, read_text

Box = tuple[float, float, float, float]

PartBoxes = Mapping[DriverPart, Box]
"""x0, y0, x1, y1 of the parts that are known of one image."""

COLUMNS = ("file", "part", "x0", "y0", "x1", "y1")


def read_parts(file: Path) -> dict[Path, PartBoxes]:
    """The boxes of every image that a CSV names, by the image's path.

    Raises:
        UserError: when it cannot be read, or a row says something impossible.
    """
    found: defaultdict[Path, dict[DriverPart, Box]] = defaultdict(dict)
    try:
        for number, row in parse_rows(read_text(file, "driver's parts"), COLUMNS):
            found[file.parent / row["file"]][_part(row, number)] = _box(row, number)
    except UserError as error:
        raise UserError(f"{file}: {error}") from error
    return dict(found)


def _part(row: Mapping[str, str], number: int) -> DriverPart:
    try:
        return DriverPart(row["part"])
    except ValueError as error:
        known = ", ".join(part.value for part in PARTS)
        raise UserError(f"line {number}: there is no part {row['part']!r}: choose one of {known}") from error


def _box(row: Mapping[str, str], number: int) -> Box:
    try:
        x0, y0, x1, y1 = (float(row[name]) for name in COLUMNS[2:])
    except ValueError as error:
        raise UserError(f"line {number}: x0, y0, x1 and y1 are numbers, 0 to 1 within the image") from error
    if not (x0 < x1 and y0 < y1 and all(map(math.isfinite, (x0, y0, x1, y1)))):
        raise UserError(f"line {number}: a box needs x0 < x1 and y0 < y1")
    return x0, y0, x1, y1


def part_targets(boxes: PartBoxes | None, moved: NDArray[np.float64]) -> NDArray[np.float32]:
    """Where the parts are in an augmented view.

    Args:
        boxes: in the image; None where nothing is known.
        moved: (3, 3), see `train.data.augmentation.Augmentation.apply`.

    Returns:
        (3, 4), a row a part: centre x, y and side of the square of the box's area, in 0..1 of the view, and 1 where it
        is known and its centre in view, else a row of zeros.
    """
    targets = np.zeros((len(PARTS), 4), dtype=np.float32)
    for number, part in enumerate(PARTS):
        if boxes is None or part not in boxes:
            continue
        x0, y0, x1, y1 = boxes[part]
        corners = np.array([[x0, y0, 1], [x1, y0, 1], [x1, y1, 1], [x0, y1, 1], [(x0 + x1) / 2, (y0 + y1) / 2, 1]])
        points = corners @ moved.T
        *quad, centre = points[:, :2] / points[:, 2:]
        (a, b, c, d) = quad
        diagonals = np.array([c - a, d - b])
        if (centre >= 0).all() and (centre < 1).all():
            targets[number] = (*centre, math.sqrt(abs(np.linalg.det(diagonals)) / 2), 1)
    return targets
