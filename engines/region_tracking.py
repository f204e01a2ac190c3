"""Semantic regions of a live picture: the mixture of one view starts from that of the view before it.

`engines.regions.propose_regions` looks at every view by itself, as the paper does and as training needs it. Between two
frames of a drive little moves, so a few steps of expectation-maximisation from the previous answer reach a mixture as
good as one from k-means. A cold start, which is `propose_regions`' own, comes with the first view, regularly, and after
a jump: another scene, another size, a view that could not be clustered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.regions import (
    LEAST_SIZE,
    MAX_ITERATIONS,
    PRIMARY_REGIONS,
    REGULARISATION,
    TOLERANCE,
    Fallback,
    RegionProposal,
    are_on_a_line,
    cluster_keypoints,
    fill_empty_clusters,
    propose_from_clusters,
    sorted_clusters,
)

REGION_MODES: Final = ("tracked", "cold")
"""How a monitor finds regions: with a `RegionTracker`, or with `propose_regions` in every view."""


@dataclass(frozen=True)
class TrackingSettings:
    """How a `RegionTracker` trades time for closeness to the cold regions.

    Attributes:
        cold_every: views after which the mixture starts from k-means again, whatever happens; None for never.
        jump_nats: how far the mean log-likelihood of a view's keypoints under the previous mixture may lie below that
            mixture's own, in nats a point, before the view counts as another scene.
        refresh_every: views that share one answer; 1 looks at every view.
        scale: of the view that SIFT looks at, 0 to 1: three quarters take little more than half the time, and leave
            five of six keypoints.
    """

    cold_every: int | None = 10
    jump_nats: float = 0.3
    refresh_every: int = 1
    scale: float = 0.75


class RegionTracker:
    """Proposes the regions of one picture stream, view after view. For one thread; deterministic.

    Attributes:
        settings: see `TrackingSettings`.
        log_likelihood: mean of the last refresh's keypoints under its mixture, in nats a point; nan without one.
        cold_starts: how many refreshes started from k-means.
        refreshes: how many there were.
    """

    def __init__(self, kappa: int = PRIMARY_REGIONS, settings: TrackingSettings | None = None) -> None:
        """Start without a past.

        Args:
            kappa: κ, the number of primary regions.
            settings: the defaults when left out.
        """
        self.settings = settings or TrackingSettings()
        self.cold_starts = self.refreshes = 0
        self._kappa = kappa
        self._sift = cv2.SIFT.create()
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next view comes from another source."""
        self.log_likelihood = float("nan")
        self._mixture: NDArray[np.float64] | None = None
        self._proposal: RegionProposal | None = None
        self._shape: tuple[int, ...] = ()
        self._age = self._shown = 0

    def __call__(self, view: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The (R, 4) float32 boxes of the next (S, S, 3) uint8 RGB model view."""
        return self.propose(view).boxes

    def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
        """The regions of the next (S, S, 3) uint8 RGB model view; between two refreshes, those of the last one."""
        if self._proposal is not None and view.shape == self._shape and self._shown < self.settings.refresh_every:
            self._shown += 1
            return self._proposal
        if view.shape != self._shape:
            self._mixture = None
        self._shape, self._shown = view.shape, 1
        self.refreshes += 1
        keypoints = self._detect(view)
        followed = self._follow(keypoints)
        clusters = self._start(keypoints) if followed is None else followed
        self._proposal = propose_from_clusters(view.shape, keypoints, clusters, self._kappa)
        return self._proposal

    def likelihood_of(self, keypoints: NDArray[np.float64]) -> float:
        """Mean log-likelihood of keypoints (N, 2), in pixels, under the last mixture, in nats a point; nan without."""
        return float("nan") if self._mixture is None else _log_likelihood(self._mixture @ _moments(keypoints))

    def _detect(self, view: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Positions (N, 2) x, y of SIFT keypoints in pixels of the view."""
        grey = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)
        height, width = grey.shape
        if self.settings.scale != 1.0:
            sides = [max(1, round(side * self.settings.scale)) for side in (width, height)]
            grey = cv2.resize(grey, sides, interpolation=cv2.INTER_AREA)
        found = self._sift.detect(grey, None)
        if not found:
            return np.empty((0, 2))
        keypoints = np.asarray(cv2.KeyPoint.convert(found), dtype=np.float64)
        if self.settings.scale == 1.0:
            return keypoints
        # Pixel centres have whole coordinates.
        ratio = np.array([width / grey.shape[1], height / grey.shape[0]])
        return np.asarray((keypoints + 0.5) * ratio - 0.5, dtype=np.float64)

    def _start(self, keypoints: NDArray[np.float64]) -> NDArray[np.intp] | Fallback:
        """The cold way: clusters from k-means, and their mixture for the next view."""
        self.cold_starts += 1
        self._age = 0
        self._mixture, self.log_likelihood = None, float("nan")
        clusters = cluster_keypoints(keypoints, self._kappa)
        if isinstance(clusters, Fallback):
            return clusters
        moments = _moments(keypoints)
        try:
            with np.errstate(divide="raise", invalid="raise", over="raise", under="ignore"):
                mixture = _maximised((np.arange(self._kappa)[:, None] == clusters).astype(np.float64), moments)
                self._mixture, _, self.log_likelihood = _settled(mixture, moments)
        except FloatingPointError:
            self._mixture = None
        return clusters

    def _follow(self, keypoints: NDArray[np.float64]) -> NDArray[np.intp] | None:
        """Clusters from the previous mixture; None where a cold start is due."""
        mixture, due = self._mixture, self.settings.cold_every
        if mixture is None or (due is not None and self._age + 1 >= due):
            return None
        distinct = np.unique(keypoints.view(np.complex128))
        if len(distinct) < self._kappa or are_on_a_line(distinct.view(np.float64).reshape(-1, 2)):
            return None
        moments = _moments(keypoints)
        try:
            with np.errstate(divide="raise", invalid="raise", over="raise", under="ignore"):
                if _log_likelihood(mixture @ moments) < self.log_likelihood - self.settings.jump_nats:
                    return None
                mixture, log_joint, likelihood = _settled(mixture, moments)
        except FloatingPointError:
            return None
        self._mixture, self.log_likelihood = mixture, likelihood
        self._age += 1
        labels = fill_empty_clusters(log_joint.argmax(axis=0), keypoints, _means(mixture))
        return sorted_clusters(labels, keypoints, self._kappa)


def region_tracker(mode: str, kappa: int) -> RegionTracker | None:
    """What finds the regions of one source in one of `REGION_MODES`; None for cold ones, which need no memory."""
    return RegionTracker(kappa) if mode == "tracked" else None


def _moments(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """1, x, y, x², xy, y² of N points, (6, N): a Gaussian's log-density is linear in them."""
    x, y = points.T
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])


def _maximised(responsibility: NDArray[np.float64], moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mixture that fits responsibilities (κ, N) best: (κ, 6), whose product with `_moments` is (κ, N) log of weight
    times density.

    The same estimates as `engines.regions.fit_mixture`'s, from one matrix product.
    """
    sums = responsibility @ moments.T  # (κ, 6)
    size = sums[:, 0] + LEAST_SIZE
    _, x, y, xx, xy, yy = sums.T / size
    xx = xx - x * x + REGULARISATION
    xy = xy - x * y
    yy = yy - y * y + REGULARISATION
    determinant = xx * yy - xy * xy
    # The inverse covariance ((a, b), (b, c)).
    a, b, c = yy / determinant, -xy / determinant, xx / determinant
    constant = np.log(size / size.sum()) - 0.5 * np.log(determinant) - np.log(2 * np.pi)
    constant -= 0.5 * (a * x * x + 2 * b * x * y + c * y * y)
    return np.stack([constant, a * x + b * y, b * x + c * y, -0.5 * a, -b, -0.5 * c], axis=1)


def _means(mixture: NDArray[np.float64]) -> NDArray[np.float64]:
    """The (κ, 2) means of a mixture."""
    _, u, v, a, b, c = mixture.T
    a, b, c = -2 * a, -b, -2 * c
    determinant = a * c - b * b
    return np.stack([(c * u - b * v) / determinant, (a * v - b * u) / determinant], axis=1)


def _log_likelihood(log_joint: NDArray[np.float64]) -> float:
    """Mean over N points, in nats, of (κ, N) logs of weight times density."""
    largest = log_joint.max(axis=0)
    return float((largest + np.log(np.exp(log_joint - largest).sum(axis=0))).mean())


def _settled(
    mixture: NDArray[np.float64], moments: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Expectation-maximisation until the likelihood settles: the mixture, its (κ, N) log-joint, and the mean log-
    likelihood in nats a point of the step before.
    """
    log_joint = mixture @ moments
    likelihood = -np.inf
    for _ in range(MAX_ITERATIONS):
        before = likelihood
        largest = log_joint.max(axis=0)
        log_joint -= largest
        np.exp(log_joint, out=log_joint)
        total = log_joint.sum(axis=0)
        log_joint /= total
        likelihood = float((largest + np.log(total)).mean())
        mixture = _maximised(log_joint, moments)
        np.matmul(mixture, moments, out=log_joint)
        if abs(likelihood - before) < TOLERANCE:
            break
    return mixture, log_joint, likelihood


def warm_up(kappa: int = PRIMARY_REGIONS) -> None:
    """Load what a cold start needs, and cluster some points: the first view then takes no longer than the others."""
    # Two clouds of points in a picture's pixels; any would do.
    points = np.random.default_rng(0).normal([[60.0], [140.0]], 25.0, size=(2, 4 * kappa)).reshape(-1, 2)
    cluster_keypoints(points, kappa)
