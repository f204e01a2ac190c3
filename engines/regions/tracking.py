"""Semantic regions of live frames: the mixture of one view starts from that of the view before it.

`engines.regions.propose_regions` looks at every view by itself, as the paper does and as training needs it. Between two
frames of a drive little moves, so a few steps of expectation-maximisation from the previous mixture reach the next one.
Alone, they would drift into ever poorer optima; so a mixture that starts from k-means, as the cold regions' does, is
tried too, regularly and after a jump, and the likelier of both is kept. REGIONS.md has the measurements behind the
settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from engines.regions import (
    PRIMARY_REGIONS,
    Fallback,
    RegionProposal,
    cluster_keypoints,
    fill_empty_clusters,
    propose_from_clusters,
    sorted_clusters,
    why_unclusterable,
)
from engines.regions.gaussian_mixture import GaussianMixture

REGION_MODES: Final = ("tracked", "cold")
"""How a monitor finds regions: with a `RegionTracker`, or with `propose_regions` in every view."""
DEFAULT_REGION_MODE: Final = "tracked"
"""Of the monitor, and of all that is fitted or evaluated for it: smoothing, thresholds, replays, tables of alerts."""

_KMEANS_STEPS, _KMEANS_PIXELS = 20, 0.5
"""Where k-means stops: after so many steps, or when the centres move less. The mixture continues from there."""
_SEED = 0
_SIFT_SHIFT = 0.25
"""Of keypoints, in pixels: OpenCV doubles the image without minding where pixel centres come to lie."""


@dataclass(frozen=True)
class TrackingSettings:
    """How a `RegionTracker` trades time for closeness to the cold regions.

    Attributes:
        restart_every: refreshes after which a mixture from k-means is tried again, whatever happens; 1 tries one in
            every refresh, None only after a jump.
        jump_nats: one is also tried where the mean log-likelihood of a view's keypoints under the mixture that follows
            the previous one lies by more than this below that one's own, in nats a point.
        follow: continue the previous mixture; otherwise every refresh starts from k-means alone.
        order: of the primary regions: sorted by the mean position of their keypoints, as in training, or kept from the
            previous mixture's components while it is followed.
        refresh_every: views that share one proposal; 1 looks at every view.
        scale: of the view that SIFT looks at, 0 to 1: three quarters take little more than half the time, and leave
            five of six keypoints.
    """

    restart_every: int | None = 4
    jump_nats: float = 0.3
    follow: bool = True
    order: Literal["sorted", "kept"] = "sorted"
    refresh_every: int = 1
    scale: float = 0.75


class RegionTracker:
    """Proposes the regions of one stream of frames, view after view. For one thread; deterministic.

    Attributes:
        settings: see `TrackingSettings`.
        kappa: κ, the number of primary regions.
        refreshes: how many views it looked at.
        restarts: in how many of them it tried a mixture from k-means.
        followed: how many were given a mixture that continues the previous one.
    """

    def __init__(self, kappa: int = PRIMARY_REGIONS, settings: TrackingSettings | None = None) -> None:
        """Start without a past.

        Args:
            kappa: κ, the number of primary regions.
            settings: the defaults when left out.
        """
        import cv2  # as in `engines.regions.proposal`

        self.settings = settings or TrackingSettings()
        self.refreshes = self.restarts = self.followed = 0
        self.kappa = kappa
        self._sift = cv2.SIFT.create()
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next view comes from another source."""
        self._mixture: GaussianMixture | None = None
        self._proposal: RegionProposal | None = None
        self._shape: tuple[int, ...] = ()
        self._since_restart = self._shown = 0

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
        self._proposal = propose_from_clusters(view.shape, keypoints, self._cluster(keypoints), self.kappa)
        return self._proposal

    @property
    def log_likelihood(self) -> float:
        """Mean of the last refresh's keypoints under its mixture, in nats a point; nan without one."""
        return float("nan") if self._mixture is None else self._mixture.log_likelihood

    def likelihood_of(self, keypoints: NDArray[np.float64]) -> float:
        """Mean log-likelihood of keypoints (N, 2), in pixels, under the last mixture, in nats a point; nan without."""
        return float("nan") if self._mixture is None else self._mixture.log_likelihood_of(keypoints)

    def _detect(self, view: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Positions (N, 2) x, y of SIFT keypoints in pixels of the view."""
        import cv2

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
        # Pixel centres have whole coordinates, and OpenCV's SIFT finds everything a quarter of its own pixels too far
        # right and down: cold regions by a quarter of the view's, and so should these.
        ratio = np.array([width / grey.shape[1], height / grey.shape[0]])
        return np.asarray((keypoints + 0.5 - _SIFT_SHIFT) * ratio - 0.5 + _SIFT_SHIFT, dtype=np.float64)

    def _cluster(self, keypoints: NDArray[np.float64]) -> NDArray[np.intp] | Fallback:
        """The cluster of each keypoint (N,), none of the κ empty; or why there are none."""
        cause = why_unclusterable(keypoints, self.kappa)
        if cause is not None:
            self._mixture = None
            return cause
        followed = self._follow(keypoints)
        self._since_restart += 1
        restarted = None
        if self._is_restart_due(followed):
            self._since_restart = 0
            self.restarts += 1
            restarted = self._restart(keypoints)
        if restarted is None or (followed is not None and followed.log_likelihood >= restarted.log_likelihood):
            self._mixture = followed
            self.followed += followed is not None
        else:
            self._mixture = restarted
        if self._mixture is None:
            return Fallback.MIXTURE_FAILED
        clusters = fill_empty_clusters(self._mixture.labels.copy(), keypoints, self._mixture.means)
        if self.settings.order == "kept" and self._mixture is followed:
            return clusters
        clusters, order = sorted_clusters(clusters, keypoints, self.kappa)
        self._mixture = self._mixture.reordered(order)
        return clusters

    def _follow(self, keypoints: NDArray[np.float64]) -> GaussianMixture | None:
        """The mixture of keypoints (N, 2) that continues the previous one; None where that cannot be."""
        if self._mixture is None or not self.settings.follow:
            return None
        try:
            return self._mixture.refitted(keypoints)
        except FloatingPointError:
            return None

    def _is_restart_due(self, followed: GaussianMixture | None) -> bool:
        if followed is None or self._mixture is None:
            return True
        if self.settings.restart_every is not None and self._since_restart >= self.settings.restart_every:
            return True
        return followed.log_likelihood < self._mixture.log_likelihood - self.settings.jump_nats

    def _restart(self, keypoints: NDArray[np.float64]) -> GaussianMixture | None:
        """The mixture of keypoints (N, 2) from k-means; None where a component collapses.

        OpenCV's k-means takes a tenth of scikit-learn's time at such sizes, with which cold regions start.
        """
        import cv2

        cv2.setRNGSeed(_SEED)
        until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, _KMEANS_STEPS, _KMEANS_PIXELS)
        points = keypoints.astype(np.float32)
        labels = np.empty((len(points), 1), dtype=np.int32)
        cv2.kmeans(points, self.kappa, labels, until, 1, cv2.KMEANS_PP_CENTERS)
        try:
            return GaussianMixture.from_labels(keypoints, labels[:, 0], self.kappa)
        except FloatingPointError:
            return None


def region_tracker(mode: str, kappa: int) -> RegionTracker | None:
    """What finds the regions of one source in one of `REGION_MODES`; None for cold ones, which need no memory."""
    return RegionTracker(kappa) if mode == "tracked" else None


def warm_up(mode: str, kappa: int = PRIMARY_REGIONS) -> None:
    """Load what the first view needs in one of `REGION_MODES`, so that it takes no longer than the others.

    Cold regions start from scikit-learn's k-means, whose import takes a second; tracked ones do without it.
    """
    if mode == "cold":
        # Two clouds of points in an image's pixels; any would do.
        points = np.random.default_rng(0).normal([[60.0], [140.0]], 25.0, size=(2, 4 * kappa)).reshape(-1, 2)
        cluster_keypoints(points, kappa)
