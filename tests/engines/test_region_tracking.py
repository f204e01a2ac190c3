"""Regions from frame to frame: sound, sorted and repeatable, as good a mixture as a cold one, cold after a jump."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy.stats import multivariate_normal

from engines.region_tracking import RegionTracker, TrackingSettings, _maximised, _means, _moments, region_tracker
from engines.regions import Fallback, RegionProposal, fit_mixture, propose_regions, region_count
from tests.engines.test_regions import assert_sound, textured_view

View = NDArray[np.uint8]


FULL = TrackingSettings(scale=1.0)
"""SIFT looks at the whole view, as in cold regions."""


def moving_scene(seed: int, views: int, step: float = 1.0, size: int = 160) -> list[View]:
    """A textured wall that drifts by `step` pixels a view, and a bright square that crosses it."""
    wall = textured_view(seed, size + 64)
    scene = []
    for index in range(views):
        x, y = round(32 + 20 * np.sin(index * step / 20)), round(32 + 20 * np.cos(index * step / 20))
        view = wall[y : y + size, x : x + size].copy()
        left = round(10 + 2 * step * index) % (size - 40)
        view[60:90, left : left + 30] = cv2.resize(textured_view(seed + 1, 30), (30, 30))
        scene.append(view)
    return scene


def assert_sorted(proposal: RegionProposal) -> None:
    assert_sound(proposal)
    if proposal.fallback is None:
        means = [tuple(proposal.keypoints[proposal.clusters == cluster].mean(axis=0)) for cluster in range(8)]
        assert means == sorted(means)


def test_the_mixture_in_moments_is_the_mixture() -> None:
    generator = np.random.default_rng(3)
    points = generator.normal(size=(200, 2)) * (40, 25) + (90, 60)
    responsibility = generator.dirichlet(np.ones(5), size=200).T
    mixture = _maximised(responsibility, _moments(points))
    expected = np.stack(
        [
            np.log(weights.sum() / 200)
            + multivariate_normal(
                np.average(points, axis=0, weights=weights),
                np.cov(points.T, aweights=weights, ddof=0) + 1e-6 * np.eye(2),
            ).logpdf(points)
            for weights in responsibility
        ]
    )
    assert np.allclose(mixture @ _moments(points), expected, atol=1e-8)
    means = np.stack([np.average(points, axis=0, weights=weights) for weights in responsibility])
    assert np.allclose(_means(mixture), means, atol=1e-8)


def test_a_cold_start_is_the_cold_proposal() -> None:
    view = textured_view(4)
    tracker = RegionTracker(settings=FULL)
    assert np.array_equal(tracker(view), propose_regions(view).boxes)
    assert (tracker.refreshes, tracker.cold_starts) == (1, 1)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), step=st.sampled_from([0.0, 1.0, 3.0]), scale=st.sampled_from([0.5, 0.75, 1.0]))
def test_regions_of_a_moving_scene_are_sound_sorted_and_repeatable(seed: int, step: float, scale: float) -> None:
    scene = moving_scene(seed, 12, step)
    options = TrackingSettings(scale=scale)
    tracker = RegionTracker(settings=options)
    proposals = [tracker.propose(view) for view in scene]
    for proposal in proposals:
        assert_sorted(proposal)
    tracker.reset()
    for again in (tracker, RegionTracker(settings=options)):
        for view, proposal in zip(scene, proposals, strict=True):
            assert np.array_equal(again(view), proposal.boxes)


@pytest.mark.parametrize("seed", range(4))
def test_the_mixture_stays_as_likely_as_a_cold_one(seed: int) -> None:
    tracker, cold = RegionTracker(), RegionTracker(settings=TrackingSettings(cold_every=1))
    differences = []
    for view in moving_scene(seed, 40):
        tracker(view)
        cold(view)
        differences.append(tracker.log_likelihood - cold.log_likelihood)
    assert tracker.cold_starts < cold.cold_starts == 40
    assert np.mean(differences) > -0.02


def test_the_mixture_kept_is_that_of_the_regions() -> None:
    view = textured_view(5)
    tracker = RegionTracker()
    proposal = tracker.propose(view)
    labels, _means_of_it = fit_mixture(proposal.keypoints, proposal.clusters, 8)
    assert tracker.likelihood_of(proposal.keypoints) == pytest.approx(tracker.log_likelihood, abs=2e-3)
    # From its own clusters the reference does not move on either.
    assert (labels == proposal.clusters).mean() > 0.9


def test_it_starts_cold_after_a_jump_and_regularly() -> None:
    options = TrackingSettings(cold_every=None, scale=1.0)
    tracker = RegionTracker(settings=options)
    scene = moving_scene(1, 6)
    for _ in range(3):
        tracker(scene[0])
    assert tracker.cold_starts == 1
    other = np.full_like(scene[0], 128)
    other[10:60, 10:60] = textured_view(9, 50)
    boxes = tracker(other)
    assert tracker.cold_starts == 2
    assert np.array_equal(boxes, propose_regions(other).boxes)
    tracker(textured_view(1, 96))
    assert tracker.cold_starts == 3, "another size"
    tracker.reset()
    tracker(textured_view(1, 96))
    assert tracker.cold_starts == 4
    regular = RegionTracker(settings=TrackingSettings(cold_every=4, jump_nats=100.0))
    for _ in range(9):
        regular(scene[0])
    assert regular.cold_starts == 3


def test_it_falls_back_as_cold_regions_do_and_recovers() -> None:
    tracker = RegionTracker(settings=FULL)
    scene = moving_scene(2, 2)
    dark = np.zeros_like(scene[0])
    tracker(scene[0])
    proposal = tracker.propose(dark)
    assert proposal.fallback is Fallback.FEW_KEYPOINTS
    assert np.array_equal(proposal.boxes, propose_regions(dark).boxes)
    assert np.isnan(tracker.log_likelihood)
    assert np.array_equal(tracker(scene[1]), propose_regions(scene[1]).boxes)


def test_an_answer_may_hold_for_some_views() -> None:
    tracker = RegionTracker(settings=TrackingSettings(refresh_every=3))
    boxes = [tracker(view) for view in moving_scene(3, 7)]
    assert tracker.refreshes == 3
    assert boxes[0] is not boxes[3] and all(np.array_equal(boxes[0], same) for same in boxes[:3])


@settings(max_examples=25, deadline=None)
@given(
    views=st.lists(
        hnp.arrays(np.uint8, st.tuples(*[st.sampled_from([24, 48])] * 2, st.just(3))), min_size=2, max_size=4
    ),
    kappa=st.sampled_from([4, 8]),
    scale=st.sampled_from([0.5, 0.75, 1.0]),
)
def test_any_views_give_exactly_r_sound_boxes(views: list[View], kappa: int, scale: float) -> None:
    tracker = RegionTracker(kappa, TrackingSettings(scale=scale))
    for view in views:
        assert_sound(tracker.propose(view), kappa)


def test_modes() -> None:
    assert region_tracker("cold", 8) is None
    tracker = region_tracker("tracked", 6)
    assert tracker is not None and tracker(textured_view(0)).shape == (region_count(6), 4)


def test_a_real_drive_is_as_likely_as_cold(shared_data: Path) -> None:
    drives = sorted((shared_data / "drives").glob("*.mp4"))
    if not drives:
        pytest.skip("needs a real drive")
    capture = cv2.VideoCapture(str(drives[0]))
    tracker, cold = RegionTracker(), RegionTracker(settings=TrackingSettings(cold_every=1))
    differences = []
    for _ in range(60):
        good, picture = capture.read()
        assert good
        view = np.asarray(cv2.resize(picture, (192, 192), interpolation=cv2.INTER_AREA)[:, :, ::-1], dtype=np.uint8)
        tracker(np.ascontiguousarray(view))
        cold(np.ascontiguousarray(view))
        differences.append(tracker.log_likelihood - cold.log_likelihood)
    assert np.mean(differences) > -0.02
