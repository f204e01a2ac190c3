"""Frames to calibrate and to validate with: views and regions, sampled evenly from every driver's every class."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.bundles.manifest import Manifest
from engines.classifier import input_regions
from engines.errors import UserError
from engines.files.console import track
from engines.files.images import check_images, require_image, require_readable
from engines.view import model_view
from train.data.images import LabelledImage, sample_evenly


@dataclass(frozen=True, eq=False)
class Frames:
    """An engine's inputs with their labels: views (N, S, S, 3) uint8, regions (N, R, 4) float32, labels (N,)."""

    views: NDArray[np.uint8]
    regions: NDArray[np.float32]
    labels: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.views)

    def sample(self, count: int) -> Frames:
        """At most `count` frames, evenly over all of them: they lie sorted by driver and class."""
        chosen = np.unique(np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(np.intp))
        return Frames(self.views[chosen], self.regions[chosen], self.labels[chosen])

    def feeds(self, inputs: Collection[str], batch: int = 1) -> Iterator[dict[str, NDArray[np.generic]]]:
        """The frames as those ONNX inputs that a network has, `batch` at a time."""
        values: dict[str, NDArray[np.generic]] = {"image": self.views, "regions": self.regions}
        for start in range(0, len(self), batch):
            yield {name: values[name][start : start + batch] for name in inputs}


def divide_by_driver(
    images: Sequence[LabelledImage], held_out: Sequence[str]
) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Images to calibrate and images to validate with, of different drivers. Raises `UserError` when one is empty."""
    absent = set(held_out) - {image.driver for image in images}
    if absent:
        raise UserError(f"no images of {', '.join(sorted(absent))}: name drivers of the data set with --validate")
    rest = [image for image in images if image.driver not in held_out]
    if not rest:
        raise UserError("--validate names every driver of the data set: leave some to calibrate with")
    return rest, [image for image in images if image.driver in held_out]


def load_frames(
    images: Sequence[LabelledImage], manifest: Manifest, count: int | None, what: str, seed: int = 0
) -> Frames:
    """At most `count` images, prepared as a live frame is. Raises `UserError`, before the work, which
    names all images that cannot be read."""
    views, regions, chosen = [], [], sample_evenly(images, count, seed)
    checked = list(check_images([image.path for image in chosen]))
    require_readable(checked, len(chosen), "fetch them again, or take them out of the data set")
    for image in track(chosen, f"reading {what}", transient=True):
        pixels = require_image(image.path)
        views.append(model_view(pixels, manifest.view_size))
        regions.append(input_regions(views[-1], manifest))
    return Frames(np.stack(views), np.stack(regions), np.array([image.label for image in chosen], dtype=np.intp))
