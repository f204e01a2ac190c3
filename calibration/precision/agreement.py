"""How much a network in lower precision differs from the same network in fp32."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from scipy import stats

_RESAMPLES = 10_000
_BATCH = 100
"""Resamples at a time: of ten thousand images they take some megabytes."""

_SEED = 0
_TINY = 1e-9


class Agreement(BaseModel):
    """A lower precision beside fp32, on the same images.

    Attributes:
        images: how many.
        agreement: fraction of images with the same most probable class, 0..1.
        accuracy, fp32_accuracy: fraction of images with the correct class.
        difference: accuracy − fp32_accuracy.
        interval: 95 % of the difference, by a paired bootstrap over the images (10,000 resamples).
        divergence: mean Kullback-Leibler divergence from fp32's probabilities, nats.
    """

    images: int
    agreement: float
    accuracy: float
    fp32_accuracy: float
    difference: float
    interval: tuple[float, float]
    divergence: float

    def in_words(self) -> str:
        """One line for people."""
        low, high = (100 * bound for bound in self.interval)
        return (
            f"{self.agreement:.2%} agree with fp32 on {self.images} images; accuracy {self.accuracy:.2%} "
            f"({100 * self.difference:+.2f} points, 95 % between {low:+.2f} and {high:+.2f})"
        )


def compare(ours: NDArray[np.float32], fp32: NDArray[np.float32], labels: NDArray[np.intp]) -> Agreement:
    """Compare two networks' probabilities (N, K) on images with labels (N,)."""
    mine, theirs = ours.argmax(axis=1), fp32.argmax(axis=1)
    gains = (mine == labels).astype(np.float64) - (theirs == labels)
    return Agreement(
        images=len(labels),
        agreement=float((mine == theirs).mean()),
        accuracy=float((mine == labels).mean()),
        fp32_accuracy=float((theirs == labels).mean()),
        difference=float(gains.mean()),
        interval=_interval(gains),
        divergence=divergence(ours, fp32),
    )


def _interval(gains: NDArray[np.float64]) -> tuple[float, float]:
    """95 % of the mean of gains (N,), from resampled images; of one image there is only its own gain."""
    if len(gains) < 2:
        return float(gains.mean()), float(gains.mean())
    interval = stats.bootstrap(
        (gains,),
        np.mean,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        confidence_level=0.95,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def same_region(ours: NDArray[np.float32], fp32: NDArray[np.float32]) -> float:
    """Fraction of images in which the same region weighs most, 0..1; of two networks' region weights (N, R + 1)."""
    return float((ours.argmax(axis=1) == fp32.argmax(axis=1)).mean())


def divergence(ours: NDArray[np.float32], fp32: NDArray[np.float32]) -> float:
    """Mean Kullback-Leibler divergence of probabilities (N, K) from fp32's, in nats."""
    p, q = fp32.astype(np.float64) + _TINY, ours.astype(np.float64) + _TINY
    return float((p * np.log(p / q)).sum(axis=1).mean())


def box_difference(ours: NDArray[np.float32], fp32: NDArray[np.float32]) -> float | None:
    """How far the edges of boxes (N, P, 4) that a network finds lie from fp32's, in 95 of 100 images at most.

    The edge that differs most counts. None for a network that finds none.
    """
    return float(np.quantile(np.abs(ours - fp32).max(axis=(1, 2)), 0.95)) if ours.shape[1] else None
