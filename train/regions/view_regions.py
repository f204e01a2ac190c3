"""The regions of the views that a loader makes: from each view's keypoints, or found beforehand and moved with it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engines.regions import RegionProposal, propose_regions, with_area
from train.regions.layout import RegionLayout

UNMOVED: NDArray[np.float64] = np.eye(3)
"""The matrix of an image that no augmentation has moved."""


COCO = "coco"
"""In place of a file: Mask R-CNN's published weights, which torchvision downloads."""


class RegionSource(str, Enum):
    """What the primary regions are made of (Table VII)."""

    KEYPOINTS = "keypoints"
    """AG-Net's own: SIFT keypoints in a Gaussian mixture."""
    MASK_RCNN = "mask-rcnn"
    """Boxes that Mask R-CNN detects."""
    FEATURE_MAP = "feature-map"
    """Clusters of the cells of the backbone's last feature map."""


class RegionOrder(str, Enum):
    """Which slot, and with it which SE-Residual block, a cluster's region goes to."""

    SORTED = "sorted"
    """By the mean position of its keypoints, x first, then y: the engines' order."""
    RANDOM = "random"
    """Sampled for every view, the same for the same view: what slots are worth, by taking it away."""


class ViewRegions(Protocol):
    """Finds the regions of a view."""

    def __call__(self, view: NDArray[np.uint8], path: Path, moved: NDArray[np.float64]) -> NDArray[np.float32]:
        """Regions (R, 4) of a view.

        Args:
            view: (S, S, 3) uint8 RGB, after the augmentation.
            path: the image that the view was made of.
            moved: (3, 3), see `train.data.augmentation.Augmentation.apply`.
        """
        ...


@dataclass(frozen=True)
class KeypointRegions:
    """AG-Net's own regions, found in the view itself, as a live frame's are."""

    layout: RegionLayout
    order: RegionOrder = RegionOrder.SORTED

    def __call__(self, view: NDArray[np.uint8], path: Path, moved: NDArray[np.float64]) -> NDArray[np.float32]:
        """See `ViewRegions`."""
        return self.choose(view, propose_regions(view, self.layout.kappa))

    def choose(self, view: NDArray[np.uint8], proposal: RegionProposal) -> NDArray[np.float32]:
        """The regions (R, 4) that the layout keeps of all that were proposed for a view (S, S, 3), in order."""
        kappa = self.layout.kappa
        if self.layout.keeps_all and self.order is RegionOrder.SORTED:
            return proposal.boxes
        # The fixed grid of a view without usable keypoints has no sizes: its cells stay in the order of their places.
        sizes = np.bincount(proposal.clusters, minlength=kappa)
        places = np.arange(kappa)
        if self.order is RegionOrder.RANDOM:
            places = np.random.default_rng(zlib.crc32(view.tobytes())).permutation(kappa)
        return self.layout.choose(proposal.boxes[places].astype(np.float64), sizes[places])


@dataclass(frozen=True)
class Clusters:
    """An image's primary regions, as a network found them.

    Attributes:
        boxes: (κ, 4) float32 x0, y0, x1, y1 in 0..1 of the whole image.
        sizes: (κ,) how many cells each has, where it has any; else all alike.
    """

    boxes: NDArray[np.float32]
    sizes: NDArray[np.intp]


@dataclass(frozen=True)
class FoundRegions:
    """Regions that were found in the whole images beforehand, and move with the augmentation.

    Mask R-CNN takes seconds for an image on a CPU, and the backbone's map would cost a second pass at every step: for
    each of fifty augmented copies that is out of the question. The paper found these regions offline too (section VI).
    """

    layout: RegionLayout
    clusters: Mapping[Path, Clusters]

    def __call__(self, view: NDArray[np.uint8], path: Path, moved: NDArray[np.float64]) -> NDArray[np.float32]:
        """See `ViewRegions`. The slots are sorted by the boxes' centres in the view, x first, then y."""
        found = self.clusters[path]
        boxes = move_boxes(found.boxes.astype(np.float64), moved)
        order = np.lexsort((boxes[:, 1] + boxes[:, 3], boxes[:, 0] + boxes[:, 2]))
        return self.layout.choose(boxes[order], found.sizes[order])


def move_points(points: NDArray[np.float64], moved: NDArray[np.float64]) -> NDArray[np.float64]:
    """(…, 2): points x, y in fractions of an image, where the homography (3, 3) of its augmentation takes them."""
    # A point in front of the camera stays there: corners move by less than half of the image.
    ahead = points @ moved[2, :2] + moved[2, 2]
    seen: NDArray[np.float64] = (points @ moved[:2, :2].T + moved[:2, 2]) / ahead[..., None]
    return seen


def move_boxes(boxes: NDArray[np.float64], moved: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 4): the boxes around the moved corners of (N, 4) boxes, cut to the view; none becomes empty."""
    x0, y0, x1, y1 = boxes.T
    corners = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)
    points = move_points(corners, moved)
    around = np.hstack([points.min(axis=1), points.max(axis=1)])
    return with_area(np.clip(around, 0.0, 1.0))
