"""Regions as one would write them down, to measure `engines.regions` and `engines.regions.tracking` against."""

from __future__ import annotations

import warnings

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.regions import RegionProposal, cluster_keypoints, limited_numeric_threads, propose_from_clusters


def reference_regions(view: NDArray[np.uint8], kappa: int, *, descriptors: bool = True) -> RegionProposal:
    """SIFT, then scikit-learn's mixture from k-means; where that fails, as `propose_regions` does.

    BLAS and OpenMP have as many threads as in `cluster_keypoints`.

    Args:
        view: (S, S, 3) uint8 RGB model view.
        kappa: κ, the number of primary regions.
        descriptors: whether SIFT computes them too (`detectAndCompute`), which nothing needs.
    """
    from sklearn.mixture import GaussianMixture

    sift, grey = cv2.SIFT.create(), cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)
    keypoints = sift.detectAndCompute(grey, None)[0] if descriptors else sift.detect(grey, None)
    points = np.array([keypoint.pt for keypoint in keypoints], dtype=np.float64).reshape(-1, 2)
    try:
        with warnings.catch_warnings(), limited_numeric_threads():
            warnings.simplefilter("ignore")
            labels = np.asarray(GaussianMixture(kappa, random_state=0).fit_predict(points), dtype=np.intp)
    except ValueError:
        return propose_from_clusters(view.shape, points, cluster_keypoints(points, kappa), kappa)
    if len(np.unique(labels)) < kappa:
        return propose_from_clusters(view.shape, points, cluster_keypoints(points, kappa), kappa)
    means = [tuple(points[labels == label].mean(axis=0)) for label in range(kappa)]
    rank = np.argsort(sorted(range(kappa), key=lambda label: means[label]))
    return propose_from_clusters(view.shape, points, rank[labels], kappa)
