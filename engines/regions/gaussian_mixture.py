"""Gaussian mixtures in the plane with full covariances, by expectation-maximisation (Bishop 2006, section 9.2.2).

The same steps as scikit-learn's `GaussianMixture`, at a fraction of its time: a Gaussian's log-density is linear in
1, x, y, x², xy and y², so all components are fitted by one matrix product, and all densities are another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REGULARISATION = 1e-6
"""Square units of length, added to every variance, as in scikit-learn."""
MAX_ITERATIONS = 100
"""A mixture that has not converged by then is used as it is, as in the paper."""
TOLERANCE = 1e-3
"""Nats a point; a step that changes the mean log-likelihood by less is the last."""
_MIN_SIZE = 10 * float(np.finfo(np.float64).eps)
"""What a component without points has instead of none, as in scikit-learn."""


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """A mixture of κ Gaussians and how it fits the N points that it was fitted to.

    Attributes:
        coefficients: (κ, 6) of 1, x, y, x², xy, y² in the logarithm of a component's weight times its density.
        labels: (N,) the most probable component of each point; one may have none.
        log_likelihood: mean over the points, in nats a point, before the last step, as in scikit-learn.
    """

    coefficients: NDArray[np.float64]
    labels: NDArray[np.intp]
    log_likelihood: float

    @classmethod
    def from_labels(cls, points: NDArray[np.float64], labels: NDArray[np.integer], kappa: int) -> GaussianMixture:
        """Fit a mixture to points, starting from the component of each.

        Args:
            points: (N, 2) positions, N at least 1.
            labels: (N,) component of each, 0 to κ − 1.
            kappa: κ, the number of components.

        Raises:
            FloatingPointError: when a component collapses.
        """
        moments = _moments(points)
        responsibility = (np.arange(kappa)[:, None] == labels).astype(np.float64)
        with _strict():
            return cls._converged(_maximised(responsibility, moments), moments)

    def refitted(self, points: NDArray[np.float64]) -> GaussianMixture:
        """The mixture of other points (N, 2), starting from this one. Raises `FloatingPointError` as `from_labels`."""
        moments = _moments(points)
        with _strict():
            return self._converged(self.coefficients, moments)

    def reordered(self, order: NDArray[np.intp]) -> GaussianMixture:
        """The same mixture with its components in another order (κ,): the old number of each new one."""
        return GaussianMixture(self.coefficients[order], np.argsort(order)[self.labels], self.log_likelihood)

    @classmethod
    def _converged(cls, coefficients: NDArray[np.float64], moments: NDArray[np.float64]) -> GaussianMixture:
        """Steps from a mixture until the likelihood of the points with these (6, N) moments converges."""
        log_joint = coefficients @ moments
        likelihood = -np.inf
        for _ in range(MAX_ITERATIONS):
            before = likelihood
            largest = log_joint.max(axis=0)
            log_joint -= largest
            responsibility = np.exp(log_joint, out=log_joint)
            total = responsibility.sum(axis=0)
            responsibility /= total
            likelihood = float((largest + np.log(total)).mean())
            coefficients = _maximised(responsibility, moments)
            np.matmul(coefficients, moments, out=log_joint)
            if abs(likelihood - before) < TOLERANCE:
                break
        return cls(coefficients, log_joint.argmax(axis=0), likelihood)

    @property
    def means(self) -> NDArray[np.float64]:
        """The components' means (κ, 2)."""
        _, u, v, a, b, c = self.coefficients.T
        a, b, c = -2 * a, -b, -2 * c
        determinant = a * c - b * b
        return np.stack([(c * u - b * v) / determinant, (a * v - b * u) / determinant], axis=1)

    def log_likelihood_of(self, points: NDArray[np.float64]) -> float:
        """Mean log-likelihood of points (N, 2), in nats a point."""
        log_joint = self.coefficients @ _moments(points)
        largest = log_joint.max(axis=0)
        return float((largest + np.log(np.exp(log_joint - largest).sum(axis=0))).mean())


def _strict() -> np.errstate:
    """A component that collapses is an error, not a nan."""
    return np.errstate(divide="raise", invalid="raise", over="raise", under="ignore")


def _moments(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """1, x, y, x², xy, y² of N points, (6, N)."""
    x, y = points.T
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])


def _maximised(responsibility: NDArray[np.float64], moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """The coefficients (κ, 6) of the mixture that fits responsibilities (κ, N) of points with (6, N) moments best."""
    sums = responsibility @ moments.T  # (κ, 6)
    size = sums[:, 0] + _MIN_SIZE
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
