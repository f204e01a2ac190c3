"""Labelled images of a data set, and how one becomes a training example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class LabelledImage:
    """One image of a data set.

    Attributes:
        path: the image file.
        label: class index, 0..K−1.
        driver: who is seen, for splits and results by driver; None where the data set does not say.
    """

    path: Path
    label: int
    driver: str | None = None


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
