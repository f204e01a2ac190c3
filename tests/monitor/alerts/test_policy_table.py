"""The policy against the table of rules read once more, slowly: everything is worked out again at every frame.

Only for a driver who is seen for certain, at one speed, without smoothing, so that nothing but the rules is left.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import LOW_RISK, AlertSettings, SpeedBand
from tests.monitor.fakes import one_hot
from tests.property_settings import examples

C0 = Activity.SAFE_DRIVING
S = AlertSettings(smoothing_s=0.0, single_frame_weight=1.0)
FPS = 10
EPSILON_S = 1e-6
SPEED_KMH = {SpeedBand.FAST: 90.0, SpeedBand.SLOW: 35.0}


@dataclass(frozen=True)
class LabelSegment:
    """One activity from `start` up to `end`, in frames."""

    start: int
    end: int
    activity: Activity

    @property
    def length_s(self) -> float:
        return (self.end - self.start) / FPS


def segments_until(frames: list[Activity], now: int) -> list[LabelSegment]:
    """What the driver has done before frame `now`."""
    found: list[LabelSegment] = []
    for index, activity in enumerate(frames[:now]):
        if found and found[-1].activity is activity:
            found[-1] = LabelSegment(found[-1].start, index + 1, activity)
        else:
            found.append(LabelSegment(index, index + 1, activity))
    return found


def distraction_since_attention(frames: list[Activity], now: int, clear_s: float) -> list[LabelSegment]:
    """Distraction before `now` since attention of `clear_s` on end; short returns to C0 are distraction, too."""
    story = segments_until(frames, now)
    counted: list[LabelSegment] = []
    for index, segment in enumerate(story):
        if segment.activity is not C0:
            counted.append(segment)
        elif segment.length_s >= clear_s - EPSILON_S:
            counted = []
        elif counted and segment.length_s <= S.bridge_s + EPSILON_S:
            following = story[index + 1].activity if index + 1 < len(story) else frames[now]
            if following is not C0:
                counted.append(LabelSegment(segment.start, segment.end, following))
    return counted


def expected_tiers(frames: list[Activity], band: SpeedBand) -> list[Tier]:
    """The tier after each frame."""
    tiers: list[Tier] = []
    timer, too_often, warned = Tier.NONE, False, None
    for now, activity in enumerate(frames):
        counted = distraction_since_attention(frames, now, S.clear_s)
        attentive_s = 0.0
        for segment in segments_until(frames, now)[-1:]:
            attentive_s = segment.length_s if segment.activity is C0 else 0.0
        if attentive_s >= S.clear_s - EPSILON_S:
            timer = Tier.NONE
        if attentive_s >= S.cumulative_clear_s - EPSILON_S:
            too_often = False
        if max(timer, Tier.WARNING if too_often else Tier.NONE) < Tier.WARNING or attentive_s >= S.clear_s - EPSILON_S:
            warned = None
        if activity is not C0:
            total_s = sum(segment.length_s for segment in counted)
            strong_s = sum(segment.length_s for segment in counted if segment.activity not in LOW_RISK)
            phone_s = sum(segment.length_s for segment in counted if segment.activity.is_phone)
            phone = phone_s > 0.0 and phone_s >= 0.5 * total_s - EPSILON_S
            weighted_s = strong_s + S.mild_weight * (total_s - strong_s)
            since_s = (
                0.0
                if warned is None
                else sum(
                    (segment.end - max(segment.start, warned)) / FPS
                    for segment in counted
                    if segment.end > warned and segment.activity not in LOW_RISK
                )
            )
            due = Tier.NONE
            if weighted_s >= S.caution_s - EPSILON_S or activity.is_phone:
                due = Tier.CAUTION
            if weighted_s >= S.warning_after_s(band, phone=phone) - EPSILON_S:
                due = Tier.WARNING
            if strong_s >= S.critical_after_s(band, phone=phone) - EPSILON_S:
                due = Tier.CRITICAL
            if warned is not None and since_s >= S.critical_after_warning_s - EPSILON_S:
                due = Tier.CRITICAL
            timer = max(timer, due)
            opens = now - S.cumulative_window_s * FPS
            seconds = sum(
                (segment.end - max(segment.start, opens))
                / FPS
                * (S.mild_weight if segment.activity in LOW_RISK else 1.0)
                for segment in distraction_since_attention(frames, now, S.cumulative_clear_s)
                if segment.end > opens
            )
            too_often = too_often or seconds >= S.cumulative_s - EPSILON_S
        tier = max(timer, Tier.WARNING if too_often else Tier.NONE)
        if tier >= Tier.WARNING and warned is None:
            warned = now
        tiers.append(tier)
    return tiers


stories = st.lists(st.tuples(st.sampled_from([C0, C0, C0, *Activity]), st.integers(1, 45)), min_size=1, max_size=14)


@given(stories, st.sampled_from(list(SPEED_KMH)))
@examples(0.5)
def test_every_tier_at_every_frame_is_the_table_s(story: list[tuple[Activity, int]], band: SpeedBand) -> None:
    frames = [activity for activity, count in story for _ in range(count)]
    policy = AlertPolicy(S)
    updated = [
        policy.update(index / FPS, one_hot(activity, 1.0), SPEED_KMH[band]).tier
        for index, activity in enumerate(frames)
    ]
    assert updated == expected_tiers(frames, band)
