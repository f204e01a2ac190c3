"""Keypoints that are found once, in the image as it is, and moved with every augmentation of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.regions import cluster_keypoints, propose_from_clusters
from train.regions.view_regions import UNMOVED, KeypointRegions, move_points


@dataclass(frozen=True)
class MovedKeypoints:
    """AG-Net's own regions, of moved keypoints: half of what they cost a loader is looking for keypoints.

    They are not those of the view: the same augmented image has other keypoints (see train/RESULTS.md). A view that
    no augmentation has moved gets its own, as live frames do, so that validation is the same.

    Attributes:
        regions: finds those of such a view.
        keypoints: (N, 2) x, y of each image's, as fractions of its unmoved view.
    """

    regions: KeypointRegions
    keypoints: Mapping[Path, NDArray[np.float64]]

    def __call__(self, view: NDArray[np.uint8], path: Path, moved: NDArray[np.float64]) -> NDArray[np.float32]:
        """See `ViewRegions`."""
        if moved is UNMOVED:
            return self.regions(view, path, moved)
        points = move_points(self.keypoints[path], moved)
        seen = points[((points >= 0) & (points < 1)).all(axis=1)]
        # OpenCV puts integer coordinates at pixel centres.
        pixels = seen * (view.shape[1], view.shape[0]) - 0.5
        kappa = self.regions.layout.kappa
        return self.regions.choose(
            view, propose_from_clusters(view.shape, pixels, cluster_keypoints(pixels, kappa), kappa)
        )
