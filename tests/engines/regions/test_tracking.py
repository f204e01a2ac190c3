"""Regions from frame to frame: sound, sorted and repeatable, as good a mixture as a cold one, cold after a jump."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from engines.files.video import open_video
from engines.regions import Fallback, RegionProposal, detect_keypoints, propose_regions, region_count
from engines.regions.tracking import RegionTracker, TrackingSettings, region_tracker
from engines.view import model_view
from tests.engines.regions.test_proposal import assert_sound, textured_view
from tests.property_settings import examples

View = NDArray[np.uint8]


FULL = TrackingSettings(scale=1.0)
"""SIFT looks at the whole view, as in cold regions."""
RESTARTING = TrackingSettings(follow=False)
"""Every mixture is from k-means alone."""


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


def box_overlap(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    """Mean intersection over union of the primaries (8, 4), each with the other side's best."""
    low = np.maximum(ours[:8, None, :2], theirs[None, :8, :2])
    high = np.minimum(ours[:8, None, 2:], theirs[None, :8, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:8, 2:] - boxes[:8, :2]).prod(axis=1) for boxes in (ours, theirs)]
    return float((shared / (areas[0][:, None] + areas[1][None] - shared)).max(axis=1).mean())


@pytest.mark.parametrize("seed", range(4))
def test_keypoints_of_a_scaled_view_lie_where_they_are_in_the_view(seed: int) -> None:
    # Neither square nor a multiple of four, so that both axes' ratios count.
    view = np.ascontiguousarray(textured_view(seed, 170)[:126])
    ours, all_of_them = RegionTracker().propose(view).keypoints, detect_keypoints(view)
    offsets = all_of_them[None] - ours[:, None]
    nearest = np.argmin((offsets**2).sum(axis=2), axis=1)
    offset = offsets[np.arange(len(ours)), nearest]
    assert np.median(np.hypot(*offset.T)) < 0.5
    # A missing half pixel shifts all of them by a sixth: (1 / 0.75 - 1) / 2.
    assert (np.abs(np.median(offset, axis=0)) < 0.04).all()


def test_boxes_of_a_scaled_view_are_those_of_cold_regions() -> None:
    views = [textured_view(seed) for seed in range(6)]
    ours, cold = [RegionTracker()(view) for view in views], [propose_regions(view).boxes for view in views]
    overlap = np.array([[box_overlap(boxes, others) for others in cold] for boxes in ours])
    assert np.mean(np.diag(overlap)) > 0.42
    assert np.mean(np.diag(overlap)) > overlap[~np.eye(6, dtype=bool)].mean() + 0.1, "more than those of other views"


@examples(0.08)
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
    tracker, restarting = RegionTracker(), RegionTracker(settings=RESTARTING)
    differences = []
    for view in moving_scene(seed, 40):
        tracker(view)
        restarting(view)
        differences.append(tracker.log_likelihood - restarting.log_likelihood)
    assert tracker.followed > 10 and restarting.followed == 0
    assert np.mean(differences) > -0.02


def test_the_likelier_mixture_is_kept() -> None:
    both = replace(FULL, restart_every=1)
    tracker, restarting = RegionTracker(settings=both), RegionTracker(settings=replace(FULL, follow=False))
    for view in moving_scene(6, 20):
        tracker(view)
        restarting(view)
        assert tracker.log_likelihood >= restarting.log_likelihood
    assert 0 < tracker.followed < tracker.refreshes == tracker.restarts


@pytest.mark.parametrize("seed", range(4))
def test_a_mixture_from_k_means_is_as_likely_as_scikit_learns(seed: int) -> None:
    view = textured_view(seed)
    tracker = RegionTracker(settings=FULL)
    keypoints = tracker.propose(view).keypoints
    reference = GaussianMixture(8, random_state=0).fit(keypoints)
    assert tracker.log_likelihood == pytest.approx(reference.score(keypoints), abs=0.15)


def test_the_mixture_kept_is_that_of_the_regions() -> None:
    view = textured_view(5)
    tracker = RegionTracker()
    proposal = tracker.propose(view)
    assert tracker.likelihood_of(proposal.keypoints) == pytest.approx(tracker.log_likelihood, abs=2e-3)
    # Where it continues from, components lie as the clusters do.
    again = RegionTracker(settings=replace(RESTARTING, order="kept"))
    assert np.array_equal(again.propose(view).clusters, proposal.clusters)


def test_it_tries_k_means_after_a_jump_and_regularly() -> None:
    tracker = RegionTracker(settings=TrackingSettings(restart_every=None, scale=1.0))
    scene = moving_scene(1, 6)
    for _ in range(3):
        tracker(scene[0])
    assert (tracker.refreshes, tracker.restarts, tracker.followed) == (3, 1, 2)
    other = np.full_like(scene[0], 128)
    other[10:60, 10:60] = textured_view(9, 50)
    other[100:102, 100:150] = textured_view(8, 50)[:2]
    strict = RegionTracker(settings=TrackingSettings(restart_every=None, jump_nats=0.0, scale=1.0))
    lax = RegionTracker(settings=TrackingSettings(restart_every=None, jump_nats=100.0, scale=1.0))
    for jumping in (strict, lax):
        jumping(other)
        jumping(scene[0])
    assert (strict.restarts, lax.restarts) == (2, 1)
    tracker(textured_view(1, 96))
    assert tracker.restarts == 2, "another size"
    tracker.reset()
    tracker(textured_view(1, 96))
    assert tracker.restarts == 3
    regular = RegionTracker(settings=TrackingSettings(restart_every=4, jump_nats=100.0))
    for _ in range(9):
        regular(scene[0])
    assert regular.restarts == 3


def test_kept_components_keep_their_place() -> None:
    scene = moving_scene(3, 30)
    kept = RegionTracker(settings=TrackingSettings(restart_every=None, jump_nats=100.0, order="kept"))
    ordered = RegionTracker(settings=TrackingSettings(restart_every=None, jump_nats=100.0))
    out_of_order = 0
    for view in scene:
        ours, theirs = kept.propose(view), ordered.propose(view)
        assert_sound(ours)
        # The same clusters, maybe under other numbers.
        assert {tuple(box) for box in ours.boxes[:8]} == {tuple(box) for box in theirs.boxes[:8]}
        out_of_order += not np.array_equal(ours.boxes, theirs.boxes)
    assert out_of_order


def test_it_falls_back_as_cold_regions_do_and_recovers() -> None:
    tracker = RegionTracker(settings=FULL)
    scene = moving_scene(2, 2)
    dark = np.zeros_like(scene[0])
    tracker(scene[0])
    proposal = tracker.propose(dark)
    assert proposal.fallback is Fallback.FEW_KEYPOINTS
    assert np.array_equal(proposal.boxes, propose_regions(dark).boxes)
    assert np.isnan(tracker.log_likelihood)
    assert tracker.propose(scene[1]).fallback is None
    assert (tracker.refreshes, tracker.restarts) == (3, 2), "a dark view has nothing to continue"


def test_an_answer_may_hold_for_some_views() -> None:
    tracker = RegionTracker(settings=TrackingSettings(refresh_every=3))
    boxes = [tracker(view) for view in moving_scene(3, 7)]
    assert tracker.refreshes == 3
    assert boxes[0] is not boxes[3] and all(np.array_equal(boxes[0], same) for same in boxes[:3])


@examples(0.25)
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
    tracker, cold = RegionTracker(), RegionTracker(settings=RESTARTING)
    differences = []
    with open_video(drives[0]) as video:
        for frame in islice(video, 60):
            view = model_view(frame.pixels, 192)
            tracker(view)
            cold(view)
            differences.append(tracker.log_likelihood - cold.log_likelihood)
    assert np.mean(differences) > -0.02
