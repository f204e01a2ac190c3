"""Images as a network sees them: augmentation, model view, regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypedDict

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from engines.files.images import require_image
from engines.view import model_view
from train.data.augmentation import Augmentation, without_surplus
from train.data.driver_parts import part_targets
from train.data.images import LabelledImage
from train.data.sampling import SampledImage
from train.regions.view_regions import UNMOVED, ViewRegions


class Example(TypedDict):
    """A training example.

    Attributes:
        image: (S, S, 3) uint8 RGB.
        regions: (R, 4) float32.
        parts: (3, 4) float32, see `part_targets`.
        label: the class.
        target: (K,) float32 probabilities to train towards; (0,) where the label says everything.
    """

    image: Tensor
    regions: Tensor
    parts: Tensor
    label: int
    target: Tensor


class Batch(TypedDict):
    """Examples as the loader stacks them, (B, …) each."""

    image: Tensor
    regions: Tensor
    parts: Tensor
    label: Tensor
    target: Tensor


class ViewDataset(Dataset[Example]):
    """Images → augmentation → model view → regions, the very path of a live frame.

    Args:
        images: what to load.
        view_size: S.
        augmentation: what is done to an image before the view is cut; None for evaluation.
        regions: finds a view's regions; None leaves them out (a (0, 4) tensor) for networks that look at none.
        classes: K, where some images have soft labels; 0 leaves the targets out.
    """

    def __init__(
        self,
        images: Sequence[LabelledImage],
        view_size: int,
        augmentation: Augmentation | None = None,
        regions: ViewRegions | None = None,
        classes: int = 0,
    ) -> None:
        self.images = list(images)
        self.view_size = view_size
        self.augmentation = augmentation
        self.regions = regions
        self.classes = classes

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, chosen: int | SampledImage) -> Example:
        """An example; the augmentation of a `SampledImage` is decided by its seed."""
        image, seed = chosen if isinstance(chosen, SampledImage) else (chosen, None)
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
            "parts": torch.from_numpy(part_targets(record.parts, moved)),
            "label": record.label,
            "target": self._target(record),
        }

    def _target(self, record: LabelledImage) -> Tensor:
        if not self.classes:
            return torch.empty(0)
        if record.soft_label is not None:
            return torch.tensor(record.soft_label)
        return torch.eye(self.classes)[record.label]


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
