"""Semantic regions of a view: SIFT keypoints → Gaussian mixture → primary and secondary boxes (AG-Net, section III-A).

κ clusters of keypoints give κ primary regions, the smallest box around each cluster's keypoints. Every pair (i, j),
i < j, of primaries gives a secondary region, the box around both. κ = 8 makes R = 8 + 28 = 36.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from engines.regions.gaussian_mixture import GaussianMixture

PRIMARY_REGIONS = 8
"""κ of the paper."""

NUMERIC_THREADS = 1
"""Of BLAS and OpenMP, for k-means and mixtures: on such small matrices, more cost several times what they save."""
COLD_SEED = 0
"""Of k-means, in training and live."""
# A cluster of one keypoint, or of keypoints on a line, still gets a box that a person can see and that has an area.
_SMALLEST_SIDE = 1.0 / 64.0
# A mixture whose second principal standard deviation is below this (in pixels) has its keypoints on a line.
_MIN_STD = 1e-3


class Fallback(Enum):
    """Why a view's primary regions are the fixed grid instead of clusters of keypoints."""

    FEW_KEYPOINTS = "fewer distinct keypoints than clusters"
    KEYPOINTS_ON_A_LINE = "all keypoints on a line"
    MIXTURE_FAILED = "the mixture could not be fitted"


@dataclass(frozen=True, eq=False)
class RegionProposal:
    """The regions of one view and how they came about.

    Attributes:
        boxes: (R, 4) float32 x0, y0, x1, y1 in 0..1 of the view: κ primaries, then the pairs (i, j), i < j.
        keypoints: (N, 2) float64 x, y in pixels of the view.
        clusters: (N,) int cluster of each keypoint, numbered as the primaries are; empty for a fallback.
        fallback: why the grid was used, or None.
    """

    boxes: NDArray[np.float32]
    keypoints: NDArray[np.float64]
    clusters: NDArray[np.intp]
    fallback: Fallback | None


NO_REGIONS = RegionProposal(
    np.empty((0, 4), dtype=np.float32), np.empty((0, 2)), np.empty(0, dtype=np.intp), fallback=None
)
"""What is proposed for a network that looks at the whole view alone; R = 0."""


def region_count(kappa: int = PRIMARY_REGIONS) -> int:
    """R = κ + κ(κ − 1)/2, the number of regions that κ primaries give."""
    return kappa + kappa * (kappa - 1) // 2


def propose_regions(view: NDArray[np.uint8], kappa: int = PRIMARY_REGIONS, *, seed: int = COLD_SEED) -> RegionProposal:
    """Find the semantic regions of a view. Deterministic: the same view gives the same regions.

    The clusters are sorted by the mean position of their keypoints, x first, then y, because every region slot has
    SE-Residual weights of its own. A view whose keypoints cannot be clustered (blank, dark, featureless) gets a fixed
    grid of primaries instead, and the proposal says why.

    Args:
        view: (S, S, 3) uint8 RGB model view.
        kappa: κ, the number of primary regions.
        seed: of k-means; another one shows what is chance in the regions.
    """
    keypoints = detect_keypoints(view)
    return propose_from_clusters(view.shape, keypoints, cluster_keypoints(keypoints, kappa, seed=seed), kappa)


def propose_from_clusters(
    shape: tuple[int, ...], keypoints: NDArray[np.float64], clusters: NDArray[np.intp] | Fallback, kappa: int
) -> RegionProposal:
    """The boxes that go with clustered keypoints.

    Args:
        shape: of the view, height and width first.
        keypoints: (N, 2) x, y in its pixels.
        clusters: (N,) of each keypoint, none of the κ empty; or why there are none.
        kappa: κ, the number of primary regions.
    """
    if isinstance(clusters, Fallback):
        return RegionProposal(with_pairs(grid_boxes(kappa)), keypoints, np.empty(0, dtype=np.intp), clusters)
    height, width = shape[:2]
    members, starts = _by_cluster(keypoints, clusters, kappa)
    # OpenCV puts integer coordinates at pixel centres; the view's edges lie half a pixel further out.
    low, high = np.minimum.reduceat(members, starts) + 0.5, np.maximum.reduceat(members, starts) + 0.5
    primaries = np.hstack([low, high]) / (width, height, width, height)
    return RegionProposal(with_pairs(with_area(primaries)), keypoints, clusters, None)


def _by_cluster(
    keypoints: NDArray[np.float64], clusters: NDArray[np.intp], kappa: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The keypoints of cluster 0, then of 1, …, and where each begins."""
    order = np.argsort(clusters, kind="stable")
    return keypoints[order], np.searchsorted(clusters[order], np.arange(kappa))


def detect_keypoints(view: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Positions of a view's SIFT keypoints (Lowe 2004), (N, 2) float64 x, y in pixels."""
    import cv2  # here: a command's --help needs the names of the ways to find regions, and no OpenCV

    grey = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)
    keypoints = cv2.SIFT.create().detect(grey, None)
    # float64: the mixture of float32 positions fails to factorise on about one real image in twenty.
    return np.array([keypoint.pt for keypoint in keypoints], dtype=np.float64).reshape(-1, 2)


def cluster_keypoints(
    keypoints: NDArray[np.float64], kappa: int, *, seed: int = COLD_SEED
) -> NDArray[np.intp] | Fallback:
    """Group keypoints into κ clusters with a full-covariance Gaussian mixture, started from k-means.

    Args:
        keypoints: (N, 2) float64 positions.
        kappa: κ, the number of clusters.
        seed: of k-means.

    Returns:
        (N,) cluster of each keypoint, every cluster with at least one keypoint, sorted by mean x, then mean y;
        or why there is none.
    """
    mixture = fit_mixture(keypoints, kappa, seed=seed)
    if isinstance(mixture, Fallback):
        return mixture
    return sorted_clusters(fill_empty_clusters(mixture.labels, keypoints, mixture.means), keypoints, kappa)[0]


def fit_mixture(keypoints: NDArray[np.float64], kappa: int, *, seed: int = COLD_SEED) -> GaussianMixture | Fallback:
    """The mixture of κ components behind `cluster_keypoints`, in no particular order; or why there is none."""
    cause = why_unclusterable(keypoints, kappa)
    if cause is not None:
        return cause
    # Most of what starting the program would take, and a command that looks at no image needs none of it.
    from sklearn.cluster import KMeans

    try:
        with limited_numeric_threads():
            start = KMeans(kappa, n_init=1, random_state=seed).fit(keypoints).labels_
        return GaussianMixture.from_labels(keypoints, start, kappa)
    except (ValueError, FloatingPointError):
        return Fallback.MIXTURE_FAILED


def why_unclusterable(keypoints: NDArray[np.float64], kappa: int) -> Fallback | None:
    """Why keypoints (N, 2) can have no κ clusters; None where they may."""
    distinct = set(np.ascontiguousarray(keypoints).view(np.complex128).ravel().tolist())
    if len(distinct) < kappa:
        return Fallback.FEW_KEYPOINTS
    return Fallback.KEYPOINTS_ON_A_LINE if _are_on_a_line(np.array(list(distinct))) else None


def _are_on_a_line(points: NDArray[np.complex128]) -> bool:
    """Whether N distinct points x + iy lie on a line, to a thousandth of a pixel."""
    centred = (points - points.mean()).view(np.float64).reshape(-1, 2)
    return bool(np.linalg.eigvalsh(centred.T @ centred / len(points))[0] < _MIN_STD**2)


def sorted_clusters(
    clusters: NDArray[np.intp], keypoints: NDArray[np.float64], kappa: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Number the clusters (N,) of keypoints (N, 2), none of them empty, by their mean x, then mean y.

    Returns:
        The clusters (N,) with their new numbers, and the old number of each new one (κ,).
    """
    members, starts = _by_cluster(keypoints, clusters, kappa)
    means = np.add.reduceat(members, starts) / np.diff(starts, append=len(members))[:, None]
    order = np.lexsort((means[:, 1], means[:, 0]))
    rank = np.empty(kappa, dtype=np.intp)
    rank[order] = np.arange(kappa)
    return rank[clusters], order


@contextmanager
def limited_numeric_threads() -> Iterator[None]:
    """Give BLAS and OpenMP, and with them scikit-learn, `NUMERIC_THREADS` in this block.

    BLAS counts threads for the whole process, so its limit stays; OpenMP counts them for each calling thread.
    """
    with _thread_pools().limit(limits=NUMERIC_THREADS, user_api="openmp"):
        yield


@cache
def _thread_pools() -> ThreadpoolController:
    # A controller knows the libraries that are loaded when it is made: scikit-learn brings OpenMP.
    import sklearn.cluster  # noqa: F401

    controller = ThreadpoolController()
    controller.limit(limits=NUMERIC_THREADS, user_api="blas")
    return controller


def fill_empty_clusters(
    labels: NDArray[np.intp], keypoints: NDArray[np.float64], means: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Give a component that won no keypoint the nearest one of a cluster that can spare it."""
    counts = np.bincount(labels, minlength=len(means))
    for empty in np.flatnonzero(counts == 0):
        spare = np.flatnonzero(counts[labels] > 1)
        nearest = spare[np.argmin(((keypoints[spare] - means[empty]) ** 2).sum(axis=1))]
        counts[labels[nearest]] -= 1
        counts[empty] += 1
        labels[nearest] = empty
    return labels


def grid_boxes(kappa: int) -> NDArray[np.float64]:
    """(κ, 4) primaries for a view without usable keypoints: an even grid that covers it, sorted by x, then y."""
    rows = max(row for row in range(1, int(kappa**0.5) + 1) if kappa % row == 0)
    columns = kappa // rows
    return np.array(
        [
            (column / columns, row / rows, (column + 1) / columns, (row + 1) / rows)
            for column in range(columns)
            for row in range(rows)
        ]
    )


def with_pairs(primaries: NDArray[np.float64]) -> NDArray[np.float32]:
    """(R, 4) float32: the primaries, then the box around every pair (i, j), i < j."""
    first, second = np.array(list(combinations(range(len(primaries)), 2)), dtype=np.intp).reshape(-1, 2).T
    low = np.minimum(primaries[first, :2], primaries[second, :2])
    high = np.maximum(primaries[first, 2:], primaries[second, 2:])
    return np.concatenate([primaries, np.hstack([low, high])]).astype(np.float32)


def with_area(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Widen (N, 4) boxes thinner than the smallest side about their centre, and keep all of them inside the view."""
    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    half = np.clip(half, _SMALLEST_SIDE / 2, 0.5)
    centre = np.clip(centre, half, 1 - half)
    return np.clip(np.hstack([centre - half, centre + half]), 0.0, 1.0)
