"""Labelled images of a data set, and how one becomes a training example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from engines.files.images import require_image
from engines.view import model_view
from train.augmentation import Augmentation, without_surplus
from train.regions.view_regions import UNMOVED, ViewRegions
from train.sampling import Draw


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


class Example(TypedDict):
    """A training example: image (S, S, 3) uint8 RGB, regions (R, 4) float32, class index."""

    image: Tensor
    regions: Tensor
    label: int


class Batch(TypedDict):
    """Examples as the loader stacks them: image (B, S, S, 3), regions (B, R, 4), label (B,)."""

    image: Tensor
    regions: Tensor
    label: Tensor


class ViewDataset(Dataset[Example]):
    """Images → augmentation → model view → regions, the very path of a live frame.

    Args:
        images: what to load.
        view_size: S.
        augmentation: what is done to an image before the view is cut; None for evaluation.
        regions: finds a view's regions; None leaves them out (a (0, 4) tensor) for networks that look at none.
    """

    def __init__(
        self,
        images: Sequence[LabelledImage],
        view_size: int,
        augmentation: Augmentation | None = None,
        regions: ViewRegions | None = None,
    ) -> None:
        self.images = list(images)
        self.view_size = view_size
        self.augmentation = augmentation
        self.regions = regions

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, chosen: int | Draw) -> Example:
        """An example; the augmentation of a `Draw` is decided by its seed."""
        image, seed = chosen if isinstance(chosen, Draw) else (chosen, None)
        record = self.images[image]
        pixels = require_image(record.path, "remove it from the data set or fetch it again")
        moved = UNMOVED
        if self.augmentation is not None:
            with _drawing_from(seed):
                pixels, moved = self.augmentation.apply(without_surplus(pixels, self.view_size))
        view = model_view(pixels, self.view_size)
        boxes = self.regions(view, record.path, moved) if self.regions else np.zeros((0, 4), dtype=np.float32)
        return {
            "image": torch.from_numpy(view),
            "regions": torch.from_numpy(boxes),
            "label": record.label,
        }


@contextmanager
def _drawing_from(seed: int | None) -> Iterator[None]:
    """Start torch's generator with a seed for a while, and leave it to others as it was."""
    if seed is None:
        yield
        return
    before = torch.default_generator.get_state()
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        torch.default_generator.set_state(before)


def draw_evenly(images: Sequence[LabelledImage], count: int | None, seed: int) -> list[LabelledImage]:
    """At most `count` images, taken in turn from every driver's every class, so that a small draw holds them all."""
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
