"""The reference's regions are the cold ones, found with as many threads."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_info, threadpool_limits

from engines.regions import NUMERIC_THREADS, propose_regions
from tests.engines.regions.test_proposal import textured_view
from train.studies.reference_regions import reference_regions


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("descriptors", [True, False])
def test_the_reference_regions_are_the_cold_ones(seed: int, descriptors: bool) -> None:
    view = textured_view(seed)
    reference = reference_regions(view, 8, descriptors=descriptors)
    assert np.allclose(reference.boxes, propose_regions(view, 8).boxes, atol=1e-6)
    blank = np.zeros_like(view)
    assert reference_regions(blank, 8).fallback is propose_regions(blank, 8).fallback is not None


def test_the_reference_has_the_threads_of_cold_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[int]] = []

    def fit_predict(mixture: GaussianMixture, points: NDArray[np.float64]) -> NDArray[np.intp]:
        pools = threadpool_info()
        seen.append({pool["num_threads"] for pool in pools if pool["user_api"] in ("openmp", "blas")})
        return np.arange(len(points)) % mixture.n_components

    monkeypatch.setattr(GaussianMixture, "fit_predict", fit_predict)
    with threadpool_limits(limits=2, user_api="openmp"):
        reference_regions(textured_view(0), 8)
    assert seen == [{NUMERIC_THREADS}]
