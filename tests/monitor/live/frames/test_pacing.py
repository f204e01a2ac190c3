"""Which frames are judged: never more than the limit, few while nothing changes, all as soon as something does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines.errors import UserError
from engines.prediction import Prediction
from monitor.alerts.events import AlertState, Attention, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.health.camera_health import Health
from monitor.health.downscale import SMALL_HEIGHT, SMALL_WIDTH, small_grey
from monitor.live.frames.pacing import IDLE_FPS, MIN_FPS, STILL_S, FrameRateLimiter, is_idle, min_fps
from monitor.live.pipeline import FrameResult, Pipeline, StatusUpdate
from tests.monitor.fakes import FakeClassifier, FakeSource, frames_of, one_hot

STILL = np.full((SMALL_HEIGHT, SMALL_WIDTH), 90, dtype=np.uint8)
HOLDS_S = AlertSettings().frame_holds_s


def noisy(seed: int) -> NDArray[np.uint8]:
    """The small still picture as a sensor gives it."""
    noise = np.random.default_rng(seed).normal(0.0, 2.0, STILL.shape)
    return np.clip(STILL + noise, 0, 255).astype(np.uint8)


def with_hand() -> NDArray[np.uint8]:
    picture = STILL.copy()
    picture[25:55, 25:55] = 160
    return picture


def admitted(
    pacer: FrameRateLimiter, times: list[float], picture: NDArray[np.uint8] = STILL, calm: bool = True
) -> list[float]:
    return [time_s for time_s in times if pacer.accepts(time_s, picture, calm)]


@given(
    intervals=st.lists(st.floats(0.0, 0.3), min_size=1, max_size=80),
    max_fps=st.floats(MIN_FPS, 40.0),
)
def test_a_limit_holds_over_any_stretch(intervals: list[float], max_fps: float) -> None:
    pacer = FrameRateLimiter(max_fps=max_fps)
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
    kept = admitted(FrameRateLimiter(max_fps=limit), [index / fps for index in range(round(10 * fps))])
    assert len(kept) / 10 == pytest.approx(rate, abs=0.3)


def test_without_limit_or_mode_every_frame_is_classified() -> None:
    pacer = FrameRateLimiter()
    assert len(admitted(pacer, [0.0, 0.0, 0.01, 5.0])) == 4 and not pacer.idle


def test_it_slows_down_while_nothing_changes_and_speeds_up_at_once() -> None:
    pacer = FrameRateLimiter(adaptive=True)
    times = [index / 30 for index in range(30 * 6)]
    kept = [time_s for index, time_s in enumerate(times) if pacer.accepts(time_s, noisy(index), True)]
    assert sum(time_s < STILL_S for time_s in kept) == round(30 * STILL_S)
    idle = [time_s for time_s in kept if time_s > STILL_S + 0.2]
    assert pacer.idle and len(idle) / (6.0 - STILL_S - 0.2) == pytest.approx(IDLE_FPS, abs=0.5)
    assert pacer.accepts(6.0, with_hand(), True), "a change is judged at once"
    assert len(admitted(pacer, [6.0 + index / 30 for index in range(1, 30)], with_hand())) == 29


def test_it_never_slows_down_unless_calm() -> None:
    pacer = FrameRateLimiter(adaptive=True)
    times = [index / 30 for index in range(120)]
    assert admitted(pacer, times, calm=False) == times
    assert not pacer.idle


def test_slow_changes_add_up() -> None:
    """Ten grey levels a second, of which a change from frame to frame never tells: never still for a second and a
    half."""
    pacer = FrameRateLimiter(adaptive=True)
    times = [index / 30 for index in range(300)]
    kept = [
        time_s
        for index, time_s in enumerate(times)
        if pacer.accepts(time_s, np.full_like(STILL, 40 + index // 3), True)
    ]
    # 13 levels are a change, 1.3 s; of these the last 0.3 s are idle.
    assert 0 < pacer.skipped < 70
    assert np.diff(kept).max() <= 1.0 / IDLE_FPS + 1e-6


@given(times=st.lists(st.floats(0.0, 100.0), min_size=2, max_size=30))
def test_a_rewound_recording_starts_over(times: list[float]) -> None:
    pacer = FrameRateLimiter(max_fps=5.0, adaptive=True)
    judged_s = -np.inf
    for time_s in times:
        kept = pacer.accepts(time_s, STILL, True)
        assert kept or time_s >= judged_s
        if kept:
            judged_s = time_s


@pytest.mark.parametrize("limit", [0.0, -3.0, float("nan"), float("inf"), 0.5, 1.0, 2.9])
def test_an_impossible_limit_is_refused(limit: float) -> None:
    with pytest.raises(UserError, match=r"--max-fps.* nobody is warned: choose 3 or more"):
        FrameRateLimiter(max_fps=limit)


@pytest.mark.parametrize(("holds_s", "least"), [(0.15, 20.0), (0.7, 4.29), (10.0, 3.0)])
def test_the_lowest_limit_is_the_policy_s_and_what_is_told_is_enough(holds_s: float, least: float) -> None:
    with pytest.raises(UserError, match=f"choose {least:g} or more"):
        FrameRateLimiter(max_fps=least - 0.02, frame_holds_s=holds_s)
    assert FrameRateLimiter(max_fps=least, frame_holds_s=holds_s).skipped == 0


def camera_times(seconds: float, fps: float = 29.97) -> list[float]:
    """When a camera's frames come: a few milliseconds early or late, and one in ten not at all."""
    rng = np.random.default_rng(0)
    times = np.arange(round(seconds * fps)) / fps + rng.uniform(-0.006, 0.006, round(seconds * fps))
    return [float(time_s) for time_s, lost in zip(times, rng.random(len(times)) < 0.1, strict=True) if not lost]


def alerts_of(pacer: FrameRateLimiter, settings: AlertSettings) -> tuple[list[Tier], set[Health], float]:
    """The tiers raised, what was ever wrong, and the longest time between two judged frames, seconds, on a camera whose
    driver drinks from 4 to 12 s and looks still."""
    policy, calm, raised, wrong = AlertPolicy(settings), False, list[Tier](), set[Health]()
    judged_s = list[float]()
    for time_s in camera_times(20.0):
        drinks = 4.0 <= time_s < 12.0
        if pacer.accepts(time_s, STILL, calm):
            prediction = Prediction(one_hot(6 if drinks else 0), np.zeros((36, 4)), np.zeros(37))  # type: ignore[arg-type]
            state = policy.update(time_s, prediction.probabilities)
            calm = is_idle(state, prediction)
            raised += [event.tier for event in state.events if event.is_alert]
            wrong.add(state.health)
            judged_s.append(time_s)
    return raised, wrong, float(np.diff(judged_s).max())


@pytest.mark.parametrize("holds_s", [HOLDS_S, 0.5, 0.7, 5.0])
@pytest.mark.parametrize("adaptive", [False, True])
def test_at_the_lowest_limit_and_while_idle_the_policy_sees_no_gap(holds_s: float, adaptive: bool) -> None:
    settings = AlertSettings(frame_holds_s=holds_s)
    limit = None if adaptive else min_fps(holds_s)
    pacer = FrameRateLimiter(max_fps=limit, adaptive=adaptive, frame_holds_s=holds_s)
    raised, wrong, longest_s = alerts_of(pacer, settings)
    assert longest_s <= holds_s
    assert raised == [Tier.CAUTION, Tier.WARNING, Tier.CRITICAL] and wrong == {Health.OK}
    assert pacer.skipped > 100 or holds_s < HOLDS_S


def calm_alert() -> AlertState:
    policy = AlertPolicy()
    return [policy.update(index / 10, one_hot(0)) for index in range(30)][-1]


def prediction_of(activity: int) -> Prediction:
    return Prediction(one_hot(activity), np.zeros((36, 4), dtype=np.float32), np.zeros(37, dtype=np.float32))


def test_calm_is_attentive_without_alert_timer_or_fault() -> None:
    assert is_idle(calm_alert(), prediction_of(0))


@pytest.mark.parametrize(
    "change",
    [
        {"tier": Tier.WARNING},
        {"attention": Attention.DISTRACTED},
        {"attention": Attention.UNSURE},
        {"distracted_s": 0.1},
        {"health": Health.BLOCKED},
    ],
)
def test_whatever_is_not_calm_is_watched_closely(change: dict[str, Any]) -> None:
    assert not is_idle(replace(calm_alert(), **change), prediction_of(0))


def test_one_frame_that_may_be_a_distraction_is_watched_closely() -> None:
    assert not is_idle(calm_alert(), prediction_of(6))


def test_a_small_picture_has_the_means_of_the_large_one() -> None:
    noise = np.random.default_rng(0).integers(0, 256, size=(9, 16, 3), dtype=np.uint8)
    for size in ((1920, 1080), (1281, 719), (640, 480), (64, 48)):
        pixels = np.asarray(cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        plain = cv2.resize(pixels, (SMALL_WIDTH, SMALL_HEIGHT), interpolation=cv2.INTER_AREA)
        difference = small_grey(pixels).astype(float) - cv2.cvtColor(plain, cv2.COLOR_RGB2GRAY).astype(float)
        assert difference.shape == STILL.shape and np.abs(difference).mean() < 1.0


def test_a_recording_with_a_limit_gives_the_same_frames_twice() -> None:
    def classified() -> list[int]:
        pipeline = Pipeline(FakeSource(frames_of([(0, 3.0)])), FakeClassifier(), limiter=FrameRateLimiter(max_fps=4.0))
        with pipeline:
            seen = list(pipeline)
        assert seen[-1].skipped == 30 - (len(seen) - 1) and seen[-1].dropped == 0
        return [item.frame.index for item in seen if isinstance(item, FrameResult)]

    assert classified() == classified() and 12 <= len(classified()) <= 13


def test_every_frame_is_judged_while_a_timer_runs() -> None:
    """Still pictures of a drink: nothing moves, and the alert still comes from every frame."""
    still = frames_of([(6, 14.0)])
    for frame in still:
        frame.pixels[:] = still[0].pixels
        frame.pixels[-1, -1] = frame.index % 200
    source = FakeSource(still, live=True, interval_s=0.02)
    tiers = list[Tier]()
    with Pipeline(source, FakeClassifier(), limiter=FrameRateLimiter(adaptive=True)) as pipeline:
        for result in pipeline:
            if isinstance(result, StatusUpdate):
                break
            assert result.alert is not None
            tiers.append(result.alert.tier)
    assert result.skipped == 0 and len(tiers) + result.dropped == 140
    assert max(tiers) >= Tier.CAUTION


def test_a_calm_still_camera_is_judged_less_often() -> None:
    still = frames_of([(0, 12.0)])
    for frame in still:
        frame.pixels[:] = still[0].pixels
        frame.pixels[-1, -1] = frame.index % 200
    source = FakeSource(still, live=True, interval_s=0.02)
    with Pipeline(source, FakeClassifier(), limiter=FrameRateLimiter(adaptive=True)) as pipeline:
        for result in pipeline:
            if isinstance(result, StatusUpdate):
                break
    assert result.skipped > 20
