"""Which frames are judged: never more than the limit, few while nothing changes, all as soon as something does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines.errors import UserError
from monitor.alert_events import Tier
from monitor.pacing import IDLE_FPS, STILL_S, FramePacer
from monitor.pipeline import Pipeline
from tests.monitor.fakes import FakeClassifier, FakeSource, frames_of

STILL = np.full((48, 64, 3), 90, dtype=np.uint8)


def noisy(seed: int) -> NDArray[np.uint8]:
    """The still picture as a sensor gives it."""
    noise = np.random.default_rng(seed).normal(0.0, 2.0, STILL.shape)
    return np.clip(STILL + noise, 0, 255).astype(np.uint8)


def with_hand() -> NDArray[np.uint8]:
    picture = STILL.copy()
    picture[10:22, 10:22] = 160
    return picture


def admitted(
    pacer: FramePacer, times: list[float], picture: NDArray[np.uint8] = STILL, calm: bool = True
) -> list[float]:
    return [time_s for time_s in times if pacer.admits(time_s, picture, calm)]


@given(
    intervals=st.lists(st.floats(0.0, 0.3), min_size=1, max_size=80),
    max_fps=st.floats(1.0, 40.0),
)
def test_a_limit_holds_over_any_stretch(intervals: list[float], max_fps: float) -> None:
    pacer = FramePacer(max_fps=max_fps)
    times = np.cumsum(intervals).tolist()
    kept = admitted(pacer, times)
    assert kept[0] == times[0]
    assert pacer.skipped == len(times) - len(kept)
    for first in range(len(kept)):
        for last in range(first + 1, len(kept)):
            # A frame that was late may be followed by one that is on time.
            assert last - first <= (kept[last] - kept[first]) * max_fps + 1.0 + 1e-3


@pytest.mark.parametrize(("fps", "limit", "rate"), [(30.0, 10.0, 10.0), (30.0, 20.0, 20.0), (12.0, 30.0, 12.0)])
def test_the_mean_rate_is_the_limit_or_the_source_s(fps: float, limit: float, rate: float) -> None:
    kept = admitted(FramePacer(max_fps=limit), [index / fps for index in range(round(10 * fps))])
    assert len(kept) / 10 == pytest.approx(rate, abs=0.3)


def test_without_limit_or_mode_every_frame_is_judged() -> None:
    pacer = FramePacer()
    assert len(admitted(pacer, [0.0, 0.0, 0.01, 5.0])) == 4 and not pacer.idle


def test_it_slows_down_while_nothing_changes_and_speeds_up_at_once() -> None:
    pacer = FramePacer(adaptive=True)
    times = [index / 30 for index in range(30 * 6)]
    kept = [time_s for index, time_s in enumerate(times) if pacer.admits(time_s, noisy(index), True)]
    assert sum(time_s < STILL_S for time_s in kept) == round(30 * STILL_S)
    idle = [time_s for time_s in kept if time_s > STILL_S + 0.2]
    assert pacer.idle and len(idle) / (6.0 - STILL_S - 0.2) == pytest.approx(IDLE_FPS, abs=0.5)
    assert pacer.admits(6.0, with_hand(), True), "a change is judged at once"
    assert len(admitted(pacer, [6.0 + index / 30 for index in range(1, 30)], with_hand())) == 29


def test_it_never_slows_down_unless_calm() -> None:
    pacer = FramePacer(adaptive=True)
    times = [index / 30 for index in range(120)]
    assert admitted(pacer, times, calm=False) == times
    assert not pacer.idle


def test_slow_changes_add_up() -> None:
    pacer = FramePacer(adaptive=True)
    for index in range(300):
        picture = np.full_like(STILL, 40 + index // 3)
        assert index < 40 or pacer.admits(index / 30, picture, True) or pacer.idle
    assert pacer.skipped < 150


@given(times=st.lists(st.floats(0.0, 100.0), min_size=2, max_size=30))
def test_a_rewound_recording_starts_over(times: list[float]) -> None:
    pacer = FramePacer(max_fps=5.0, adaptive=True)
    judged_s = -np.inf
    for time_s in times:
        kept = pacer.admits(time_s, STILL, True)
        assert kept or time_s >= judged_s
        if kept:
            judged_s = time_s


@pytest.mark.parametrize("limit", [0.0, -3.0, float("nan"), float("inf"), 0.5])
def test_an_impossible_limit_is_refused(limit: float) -> None:
    with pytest.raises(UserError, match="--max-fps"):
        FramePacer(max_fps=limit)


def test_a_recording_with_a_limit_gives_the_same_frames_twice() -> None:
    def judged() -> list[int]:
        pipeline = Pipeline(FakeSource(frames_of([(0, 3.0)])), FakeClassifier(), pacer=FramePacer(max_fps=4.0))
        with pipeline:
            seen = list(pipeline)
        assert seen[-1].skipped == 30 - (len(seen) - 1) and seen[-1].dropped == 0
        return [item.frame.index for item in seen if item.frame is not None]

    assert judged() == judged() and 12 <= len(judged()) <= 13


def test_every_frame_is_judged_while_a_timer_runs() -> None:
    """Still pictures of a phone in the hand: nothing moves, and the alert still comes from every frame."""
    still = frames_of([(6, 6.0)])
    for frame in still:
        frame.pixels[:] = still[0].pixels
        frame.pixels[-1, -1] = frame.index % 200
    source = FakeSource(still, live=True, interval_s=0.02)
    tiers = []
    with Pipeline(source, FakeClassifier(), pacer=FramePacer(adaptive=True)) as pipeline:
        for observation in pipeline:
            if observation.frame is None:
                break
            assert observation.alert is not None
            tiers.append(observation.alert.tier)
    assert observation.skipped == 0 and len(tiers) + observation.dropped == 60 and max(tiers) >= Tier.NONE


def test_a_calm_still_camera_is_judged_less_often() -> None:
    still = frames_of([(0, 12.0)])
    for frame in still:
        frame.pixels[:] = still[0].pixels
        frame.pixels[-1, -1] = frame.index % 200
    source = FakeSource(still, live=True, interval_s=0.02)
    with Pipeline(source, FakeClassifier(), pacer=FramePacer(adaptive=True)) as pipeline:
        for observation in pipeline:
            if observation.frame is None:
                break
    assert observation.skipped > 20
