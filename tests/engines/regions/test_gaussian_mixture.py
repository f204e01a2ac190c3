"""The mixture in moments is the mixture: scikit-learn's estimates, SciPy's densities."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture as Reference

from engines.regions.gaussian_mixture import TOLERANCE, GaussianMixture


def heaps(seed: int, count: int = 300) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Points (N, 2) in five heaps, and which heap each is in."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 5, count)
    centres, spreads = generator.uniform(0, 190, (5, 2)), generator.uniform(3, 20, (5, 2))
    return centres[labels] + generator.normal(size=(count, 2)) * spreads[labels], labels


@pytest.mark.parametrize("seed", range(5))
def test_it_is_scikit_learns(seed: int) -> None:
    points, labels = heaps(seed)
    mixture = GaussianMixture.from_labels(points, labels, 5)
    start = [points[labels == label] for label in range(5)]
    reference = Reference(
        5,
        weights_init=np.array([len(members) / len(points) for members in start]),
        means_init=np.array([members.mean(axis=0) for members in start]),
        precisions_init=np.array([np.linalg.inv(np.cov(members.T, ddof=0) + 1e-6 * np.eye(2)) for members in start]),
        tol=TOLERANCE,
    ).fit(points)
    assert np.allclose(mixture.means, reference.means_, atol=1e-6)
    assert np.array_equal(mixture.labels, reference.predict(points))
    assert mixture.log_likelihood == pytest.approx(reference.lower_bound_, abs=1e-9)
    assert mixture.log_likelihood_of(points[:50]) == pytest.approx(reference.score(points[:50]), abs=1e-6)


def test_densities_are_scipys() -> None:
    points, labels = heaps(7)
    mixture = GaussianMixture.from_labels(points, labels, 1)
    covariance = np.cov(points.T, ddof=0) + 1e-6 * np.eye(2)
    density = multivariate_normal(points.mean(axis=0), covariance)
    others = heaps(8)[0]
    assert mixture.log_likelihood_of(others) == pytest.approx(density.logpdf(others).mean(), abs=1e-9)


def test_going_on_from_it_changes_nothing_and_follows_the_points() -> None:
    points, labels = heaps(3)
    mixture = GaussianMixture.from_labels(points, labels, 5)
    again = mixture.refitted(points)
    assert (again.labels == mixture.labels).mean() > 0.95
    assert again.log_likelihood == pytest.approx(mixture.log_likelihood, abs=2 * TOLERANCE)
    moved = mixture.refitted(points + np.array([12.0, -8.0]))
    assert moved.log_likelihood == pytest.approx(mixture.log_likelihood, abs=0.05)
    assert mixture.log_likelihood_of(points + np.array([12.0, -8.0])) < moved.log_likelihood - 0.1


def test_another_order_is_the_same_mixture() -> None:
    points, labels = heaps(4)
    mixture, order = GaussianMixture.from_labels(points, labels, 5), np.array([3, 0, 4, 1, 2])
    other = mixture.reordered(order)
    assert np.allclose(other.means, mixture.means[order])
    assert np.array_equal(order[other.labels], mixture.labels)
    assert other.log_likelihood_of(points) == pytest.approx(mixture.log_likelihood_of(points), abs=1e-12)


def test_a_component_that_collapses_is_an_error() -> None:
    # On a line, and so far apart that the regularisation is lost in rounding.
    steps = np.array([0.0, 1.0, 2.0, 5.0]) * 2.0**30
    with pytest.raises(FloatingPointError):
        GaussianMixture.from_labels(np.stack([steps, 3 * steps], axis=1), np.array([0, 0, 1, 1]), 2)
