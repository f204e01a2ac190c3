"""Region proposals: always exactly R sound boxes, sorted, the same every time."""

from __future__ import annotations

import warnings
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from engines.regions import (
    Fallback,
    RegionProposal,
    cluster_keypoints,
    fill_empty_clusters,
    grid_boxes,
    propose_regions,
    region_count,
    with_pairs,
)
from engines.view import model_view
from tests.property_settings import examples


def textured_view(seed: int, size: int = 160) -> NDArray[np.uint8]:
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (20, 20, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def assert_sound(proposal: RegionProposal, kappa: int = 8) -> None:
    boxes = proposal.boxes
    assert boxes.shape == (region_count(kappa), 4)
    assert boxes.dtype == np.float32
    assert np.isfinite(boxes).all()
    assert (boxes >= 0).all() and (boxes <= 1).all()
    assert (boxes[:, 2] > boxes[:, 0]).all() and (boxes[:, 3] > boxes[:, 1]).all()
    for place, (i, j) in enumerate(combinations(range(kappa), 2)):
        low = np.minimum(boxes[i, :2], boxes[j, :2])
        high = np.maximum(boxes[i, 2:], boxes[j, 2:])
        assert np.array_equal(boxes[kappa + place], np.concatenate([low, high]))


def test_region_counts() -> None:
    assert region_count() == 36
    assert [region_count(kappa) for kappa in (1, 4, 6, 10)] == [1, 10, 21, 55]


@pytest.mark.parametrize("seed", range(5))
def test_primaries_are_the_smallest_boxes_around_their_keypoints(seed: int) -> None:
    view = textured_view(seed)
    proposal = propose_regions(view)
    assert proposal.fallback is None
    assert_sound(proposal)
    means = []
    for cluster in range(8):
        members = proposal.keypoints[proposal.clusters == cluster]
        means.append(tuple(members.mean(axis=0)))
        tight = np.concatenate([members.min(axis=0), members.max(axis=0)]) + 0.5
        box = proposal.boxes[cluster] * len(view)
        assert (box[:2] <= tight[:2] + 1e-3).all() and (box[2:] >= tight[2:] - 1e-3).all()
        # Only boxes thinner than a 64th of the view are widened.
        wide = (tight[2:] - tight[:2]) >= len(view) / 64
        assert np.allclose(box.reshape(2, 2)[:, wide], tight.reshape(2, 2)[:, wide], atol=1e-3)
    assert means == sorted(means)


def reference_clusters(keypoints: NDArray[np.float64], kappa: int) -> NDArray[np.intp]:
    """scikit-learn's mixture with the paper's settings, before clusters are put in order."""
    mixture = GaussianMixture(kappa, covariance_type="full", init_params="kmeans", random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = np.asarray(mixture.fit_predict(keypoints), dtype=np.intp)
    return fill_empty_clusters(labels, keypoints, mixture.means_)


def assert_same_partition(ours: NDArray[np.intp] | Fallback, reference: NDArray[np.intp]) -> None:
    assert not isinstance(ours, Fallback)
    pairs = set(zip(ours.tolist(), reference.tolist(), strict=True))
    assert len(pairs) == len(set(ours.tolist())) == len(set(reference.tolist()))


@pytest.mark.parametrize("seed", range(30))
def test_the_mixture_is_scikit_learns(seed: int) -> None:
    generator = np.random.default_rng(seed)
    size = int(generator.choice([128, 192, 224]))
    kappa = int(generator.choice([4, 8, 10]))
    textured = propose_regions(textured_view(seed, size), kappa)
    assert_same_partition(textured.clusters, reference_clusters(textured.keypoints, kappa))
    # Round heaps, flat heaps and points that lie twice, as SIFT finds them.
    heaps = generator.normal(size=(60, 6, 2)) * generator.uniform(0.5, 20, size=(6, 2))
    points = (heaps + generator.uniform(0, size, size=(6, 2))).reshape(-1, 2)
    points = np.concatenate([points, points[::7]])
    assert_same_partition(cluster_keypoints(points, kappa), reference_clusters(points, kappa))


def test_the_same_view_gives_the_same_regions() -> None:
    view = textured_view(7)
    assert np.array_equal(propose_regions(view).boxes, propose_regions(view.copy()).boxes)


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (np.zeros((96, 96, 3), dtype=np.uint8), Fallback.FEW_KEYPOINTS),
        (np.full((96, 96, 3), 255, dtype=np.uint8), Fallback.FEW_KEYPOINTS),
        (np.random.default_rng(0).integers(0, 3, (96, 96, 3), dtype=np.uint8), Fallback.FEW_KEYPOINTS),
    ],
    ids=["black", "white", "dark noise"],
)
def test_views_without_features_fall_back_to_the_grid(view: NDArray[np.uint8], reason: Fallback) -> None:
    proposal = propose_regions(view)
    assert proposal.fallback is reason
    assert_sound(proposal)
    assert np.allclose(proposal.boxes[:8], grid_boxes(8))


def test_keypoints_on_a_line_fall_back() -> None:
    line = np.column_stack([np.arange(40.0), 3 * np.arange(40.0) + 2])
    assert cluster_keypoints(line, 8) is Fallback.KEYPOINTS_ON_A_LINE
    assert cluster_keypoints(np.repeat([[4.0, 5.0]], 50, axis=0), 8) is Fallback.FEW_KEYPOINTS
    assert cluster_keypoints(np.empty((0, 2)), 8) is Fallback.FEW_KEYPOINTS


positions = hnp.arrays(
    np.float64,
    st.tuples(st.integers(0, 80), st.just(2)),
    # Few distinct coordinates make duplicates, lines and tiny clusters likely.
    elements=st.one_of(st.integers(0, 12).map(float), st.floats(0, 192, width=32)),
)


@examples(0.6)
@given(keypoints=positions, kappa=st.sampled_from([1, 2, 4, 8]))
def test_any_keypoints_give_full_sorted_clusters_or_a_reason(keypoints: NDArray[np.float64], kappa: int) -> None:
    clusters = cluster_keypoints(keypoints, kappa)
    if isinstance(clusters, Fallback):
        return
    assert set(clusters.tolist()) == set(range(kappa))
    means = [tuple(keypoints[clusters == cluster].mean(axis=0)) for cluster in range(kappa)]
    assert means == sorted(means)


@examples(0.25)
@given(
    view=hnp.arrays(np.uint8, st.tuples(*[st.integers(16, 48)] * 2, st.just(3))),
    kappa=st.sampled_from([4, 6, 8]),
)
def test_any_view_gives_exactly_r_sound_boxes(view: NDArray[np.uint8], kappa: int) -> None:
    assert_sound(propose_regions(view, kappa), kappa)


@pytest.mark.parametrize("kappa", range(1, 17))
def test_the_grid_covers_the_view_without_overlap(kappa: int) -> None:
    boxes = grid_boxes(kappa)
    assert boxes.shape == (kappa, 4)
    assert np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).sum() == pytest.approx(1.0)
    assert with_pairs(boxes).shape == (region_count(kappa), 4)


def test_real_images_never_fail(shared_data: Path) -> None:
    images = sorted((shared_data / "statefarm" / "imgs" / "train").glob("c*/*.jpg"))[::120]
    assert images
    for path in images:
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        assert pixels is not None
        proposal = propose_regions(model_view(np.asarray(pixels, dtype=np.uint8), 192))
        assert proposal.fallback is None, path
        assert_sound(proposal)
