"""Labelled images of a data set, and how one becomes a training example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engines.errors import UserError
from train.data.driver_parts import PartBoxes, read_parts


@dataclass(frozen=True)
class Conditions:
    """How an image was taken, in the data set's own names; empty where it does not say."""

    car: str = ""
    camera: str = ""
    light: str = ""


@dataclass(frozen=True)
class LabelledImage:
    """One image of a data set.

    Attributes:
        path: the image file.
        label: class index, 0..K−1.
        driver: who is seen, for splits and results by driver; None where the data set does not say.
        parts: where head and hands are, where it is known.
        soft_label: what other networks take it for, probabilities (K,); then `label` is the likeliest.
        conditions: in which car, by which camera and in which light it was taken.
    """

    path: Path
    label: int
    driver: str | None = None
    parts: PartBoxes | None = None
    soft_label: tuple[float, ...] | None = None
    conditions: Conditions = Conditions()


@dataclass(frozen=True)
class Split:
    """A data set divided for one run.

    Attributes:
        train, validation: the images of each part.
        classes: names in the order of the labels.
        description: how the split was made, for `run.json`.
    """

    train: list[LabelledImage]
    validation: list[LabelledImage]
    classes: Sequence[str]
    description: str


def sample_evenly(images: Sequence[LabelledImage], count: int | None, seed: int) -> list[LabelledImage]:
    """At most `count` images, taken in turn from every driver's every class, so that a small sample holds them all."""
    if count is None or count >= len(images):
        return list(images)
    order = np.random.default_rng(seed).permutation(len(images))
    taken: Counter[tuple[str | None, int]] = Counter()
    ranked: list[tuple[int, int]] = []
    for place, index in enumerate(order.tolist()):
        key = (images[index].driver, images[index].label)
        ranked.append((taken[key], place))
        taken[key] += 1
    return [images[index] for index in sorted(order[place] for _, place in sorted(ranked)[:count])]


def with_parts(images: Sequence[LabelledImage], files: Sequence[Path]) -> list[LabelledImage]:
    """The images, each with the boxes that the files know of it. Raises `UserError` for a file that knows none."""
    known: dict[Path, PartBoxes] = {}
    paths = {image.path for image in images}
    for file in files:
        boxes = read_parts(file)
        if not paths & boxes.keys():
            raise UserError(f"{file} knows none of the images: its paths are read from its own folder on")
        known.update(boxes)
    return [replace(image, parts=known.get(image.path)) for image in images]
