"""Images that nobody has labelled, and what networks take them for: a CSV ``file,c0,…,c9`` of `train.teach`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.activities import ACTIVITY_CODES
from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.text import parse_rows, read_text
from train.data.images import LabelledImage

_COLUMNS = ("file", *ACTIVITY_CODES)
_SUM_TOLERANCE = 0.01


def write_soft_labels(file: Path, images: Sequence[Path], probabilities: NDArray[np.float32]) -> None:
    """Write the probabilities (N, 10) of N images; their paths are written from the CSV's folder on."""
    rows = [
        ",".join([_relative(path, file.parent), *(f"{value:.4f}" for value in row)])
        for path, row in zip(images, probabilities, strict=True)
    ]
    write_atomic(file, "\n".join([",".join(_COLUMNS), *rows]) + "\n")


def _relative(path: Path, folder: Path) -> str:
    path, folder = path.resolve(), folder.resolve()
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def read_soft_labels(files: Iterable[Path]) -> list[LabelledImage]:
    """The images of such files. Raises `UserError` when one cannot be read, or a row is no distribution."""
    images = []
    for file in files:
        try:
            for number, row in parse_rows(read_text(file, "soft labels"), _COLUMNS):
                values = _distribution([row[code] for code in ACTIVITY_CODES], number)
                label = values.index(max(values))
                images.append(LabelledImage(file.parent / row["file"], label, None, soft_label=values))
        except UserError as error:
            raise UserError(f"{file}: {error}") from error
    return images


def _distribution(texts: Sequence[str], number: int) -> tuple[float, ...]:
    try:
        values = tuple(map(float, texts))
    except ValueError as error:
        raise UserError(f"line {number}: probabilities are numbers") from error
    if not all(0 <= value <= 1 for value in values) or abs(math.fsum(values) - 1) > _SUM_TOLERANCE:
        raise UserError(f"line {number}: the ten probabilities lie in 0 to 1 and their sum is 1")
    return values
