"""Primary regions from clusters of the backbone's last feature map: Table VII's last row and Fig. 11."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from torch import nn

from engines.regions import grid_boxes
from engines.view import model_view
from train.regions.view_regions import Clusters

_SEED = 0
_STARTS = 4


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
        labels = cluster_cells(features, self.kappa)
        if labels is None:
            return Clusters(grid_boxes(self.kappa).astype(np.float32), np.ones(self.kappa, dtype=np.intp))
        return cell_boxes(labels, self.kappa)


def cluster_cells(features: NDArray[np.float32], kappa: int) -> NDArray[np.intp] | None:
    """Group the cells of a feature map by what they show.

    k-means on the directions of the cells' feature vectors: a Gaussian mixture with full covariances, as the keypoints
    have it, cannot be fitted to 49 cells of 2048 channels.

    Args:
        features: (C, H, W) feature map.
        kappa: κ.

    Returns:
        (H, W) cluster of each cell, every cluster with at least one; None for fewer than κ different cells.
    """
    channels, height, width = features.shape
    cells = features.reshape(channels, -1).T.astype(np.float64)
    cells /= np.maximum(np.linalg.norm(cells, axis=1, keepdims=True), 1e-12)
    # A flat picture's cells differ by rounding alone.
    if len(np.unique(cells.round(6), axis=0)) < kappa:
        return None
    labels = KMeans(kappa, n_init=_STARTS, random_state=_SEED).fit_predict(cells)
    return np.asarray(labels, dtype=np.intp).reshape(height, width)


def cell_boxes(labels: NDArray[np.intp], kappa: int) -> Clusters:
    """The smallest box around each cluster of (H, W) labelled cells."""
    height, width = labels.shape
    boxes = np.empty((kappa, 4), dtype=np.float32)
    for cluster in range(kappa):
        rows, columns = np.nonzero(labels == cluster)
        boxes[cluster] = (
            columns.min() / width,
            rows.min() / height,
            (columns.max() + 1) / width,
            (rows.max() + 1) / height,
        )
    return Clusters(boxes, np.bincount(labels.ravel(), minlength=kappa))
