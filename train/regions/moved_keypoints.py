"""Keypoints that are found once, in the image as it is, and moved with every augmentation of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from engines.image_files import require_image
from engines.regions import cluster_keypoints, detect_keypoints, propose_from_clusters
from engines.view import model_view
from train.regions.view_regions import UNMOVED, KeypointRegions
from train.sampling import Share

_TELL_EVERY_S = 60.0


@dataclass(frozen=True)
class MovedKeypoints:
    """AG-Net's own regions, of moved keypoints: half of what they cost a loader is looking for keypoints.

    They are not those of the view: the same augmented image has other keypoints (see train/RESULTS.md). A view that
    no augmentation has moved gets its own, as live frames do, so that validation is the same.

    Attributes:
        own: finds the regions of such a view.
        keypoints: (N, 2) x, y of each image's, as fractions of its unmoved view.
    """

    own: KeypointRegions
    keypoints: Mapping[Path, NDArray[np.float64]]

    def __call__(self, view: NDArray[np.uint8], path: Path, moved: NDArray[np.float64]) -> NDArray[np.float32]:
        """See `ViewRegions`."""
        if moved is UNMOVED:
            return self.own(view, path, moved)
        points = self.keypoints[path] @ moved[:, :2].T + moved[:, 2]
        seen = points[((points >= 0) & (points < 1)).all(axis=1)]
        # OpenCV puts integer coordinates at pixel centres.
        pixels = seen * (view.shape[1], view.shape[0]) - 0.5
        kappa = self.own.layout.kappa
        return self.own.choose(view, propose_from_clusters(view.shape, pixels, cluster_keypoints(pixels, kappa), kappa))


def find_keypoints(paths: Iterable[Path], view_size: int) -> dict[Path, NDArray[np.float64]]:
    """The keypoints of images' views, see `MovedKeypoints`. Raises `UserError` when an image cannot be read."""
    found = {}
    wanted, told_s = list(dict.fromkeys(paths)), time.monotonic()
    for path in track(wanted, description="finding keypoints", disable=not sys.stdout.isatty()):
        view = model_view(require_image(path, "remove it from the data set or fetch it again"), view_size)
        found[path] = (detect_keypoints(view) + 0.5) / view_size
        if time.monotonic() - told_s > _TELL_EVERY_S and Share.here().rank == 0:
            print(f"keypoints: {len(found)} of {len(wanted)} images", flush=True)
            told_s = time.monotonic()
    return found
