"""Semantic regions from clusters of the last feature map instead of keypoints (section VI-A, Fig. 11, Table VII).

The paper clusters "the CNN feature maps over the spatial dimension" and says no more. Decided here: the map is enlarged
bilinearly, every cell is its vector of channels scaled to length 1 (what it shows, not how strongly), reduced to a few
principal components, and a Gaussian mixture groups the cells.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from torch import nn

from engines.regions import PRIMARY_REGIONS, fill_empty_clusters, grid_boxes, with_pairs
from engines.view import model_view
from train.regions.view_regions import Clusters

ENLARGEMENT = 6
"""Cells along a side for each cell of the feature map: a 7×7 map is clustered as 42×42."""

_COMPONENTS = 8
_MIN_VARIANCE = 1e-12
_SEED = 0


class FeatureClusters(NamedTuple):
    """The clusters of a feature map and the regions around them.

    Attributes:
        cells: (h, w) int, the cluster 0..κ−1 of every cell of the enlarged map, sorted by mean x, then mean y.
        boxes: (R, 4) float32 x0, y0, x1, y1 in 0..1: κ primaries, then the pairs (i, j), i < j.
    """

    cells: NDArray[np.intp]
    boxes: NDArray[np.float32]


class FeatureMapRegions:
    """Clusters of the cells of a backbone's last feature map, a 7×7 map of a 224×224 view.

    Args:
        backbone: RGB pixels (B, S, S, 3) → (B, C, H, W), with the weights that its training starts from.
        view_size: S.
        kappa: κ.
        device: where to compute; the backbone is left there.
    """

    def __init__(self, backbone: nn.Module, view_size: int, kappa: int, device: torch.device) -> None:
        self.kappa = kappa
        self._backbone = backbone.to(device)
        self._view_size = view_size
        self._device = device

    def __call__(self, pixels: NDArray[np.uint8]) -> Clusters:
        """The clusters of an image (H, W, 3) uint8 RGB."""
        view = torch.from_numpy(model_view(pixels, self._view_size)).to(self._device)
        training = self._backbone.training
        try:
            with torch.inference_mode():
                features = self._backbone.eval()(view.unsqueeze(0))[0].float().cpu().numpy()
        finally:
            self._backbone.train(training)
        found = cluster_features(features, self.kappa)
        return Clusters(found.boxes[: self.kappa], np.bincount(found.cells.ravel(), minlength=self.kappa))


def cluster_features(features: NDArray[np.floating], kappa: int = PRIMARY_REGIONS) -> FeatureClusters:
    """Group the cells of a feature map (C, H, W) into κ clusters. Deterministic.

    A map that is the same everywhere gives the even grid that a view without keypoints gets.
    """
    features = in_their_span(features.astype(np.float64))
    channels = len(features)
    enlarged = np.stack([_enlarge(channel) for channel in features])
    height, width = enlarged.shape[1:]
    vectors = enlarged.reshape(channels, -1).T
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    variance = float(vectors.var(axis=0).sum())
    if variance < _MIN_VARIANCE or len(np.unique(vectors.round(6), axis=0)) < kappa:
        cells = _grid_cells(height, width, kappa)
    else:
        reduced = PCA(min(_COMPONENTS, channels), svd_solver="full").fit_transform(vectors) / variance**0.5
        mixture = GaussianMixture(kappa, covariance_type="diag", reg_covar=1e-4, random_state=_SEED)
        labels = fill_empty_clusters(mixture.fit_predict(reduced), reduced, mixture.means_)
        cells = _in_order(labels.reshape(height, width), kappa)
    return FeatureClusters(cells, with_pairs(np.array([_box(cells == cluster) for cluster in range(kappa)])))


def in_their_span(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same vectors of channels (C, H, W) in a basis of what they span, at most H·W of them.

    Lengths and angles stay, and with them the clusters: 2048 channels of a 7×7 map need not take seconds.
    """
    channels, height, width = features.shape
    if channels <= height * width:
        return features
    triangle = np.linalg.qr(features.reshape(channels, -1)).R
    return triangle.reshape(-1, height, width)


def _enlarge(channel: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width = channel.shape
    size = (ENLARGEMENT * width, ENLARGEMENT * height)
    return np.asarray(cv2.resize(channel, size, interpolation=cv2.INTER_LINEAR), dtype=np.float64)


def _in_order(cells: NDArray[np.intp], kappa: int) -> NDArray[np.intp]:
    """Number the clusters by their cells' mean x, then mean y, as those of keypoints are."""
    means = np.array([np.argwhere(cells == cluster).mean(axis=0) for cluster in range(kappa)])  # y, x
    rank = np.empty(kappa, dtype=np.intp)
    rank[np.lexsort((means[:, 0], means[:, 1]))] = np.arange(kappa)
    return rank[cells]


def _grid_cells(height: int, width: int, kappa: int) -> NDArray[np.intp]:
    y, x = (np.mgrid[0:height, 0:width] + 0.5) / np.array([height, width])[:, None, None]
    cells = np.zeros((height, width), dtype=np.intp)
    for number, (x0, y0, x1, y1) in enumerate(grid_boxes(kappa)):
        cells[(x0 <= x) & (x < x1) & (y0 <= y) & (y < y1)] = number
    return cells


def _box(inside: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """The smallest box, in 0..1, around the cells of a cluster."""
    height, width = inside.shape
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height
