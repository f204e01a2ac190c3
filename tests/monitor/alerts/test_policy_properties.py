"""What holds for the alert policy whatever the driver does."""

from __future__ import annotations

import itertools
import math

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from engines.activities import Activity
from monitor.alerts.events import AlertEvent, AlertState, EventKind, Reason, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import LOW_RISK, AlertSettings, SpeedBand
from monitor.alerts.texts import explanation
from monitor.health.camera_health import Health
from tests.monitor.alerts.stories import C0, C6, Segment, play
from tests.monitor.fakes import one_hot
from tests.property_settings import examples

S = AlertSettings()

activities = st.sampled_from(list(Activity))
segments = st.lists(st.tuples(st.none() | activities, st.floats(0.05, 6.0)), min_size=1, max_size=12)
steps = st.lists(st.floats(0.005, 0.6), min_size=2, max_size=150)
speeds = st.none() | st.floats(0.0, 130.0)
smoothings = st.sampled_from([AlertSettings(smoothing_s=smoothing_s) for smoothing_s in (0.0, 0.5, 5.0)])
mixtures = st.lists(st.floats(0.0, 1.0, width=32), min_size=10, max_size=10).map(
    lambda values: (np.array(values, dtype=np.float32) + 1e-3) / (sum(values) + 1e-2)
)
muddles = st.lists(st.tuples(st.none() | activities | mixtures, st.floats(0.05, 6.0)), min_size=1, max_size=12)
"""Anything that a network may say: nothing, one activity for sure, or any probabilities."""


def play_frames(steps_s: list[float], shown: list[Activity | None], speed_kmh: float | None = None) -> list[AlertState]:
    policy, time_s, states = AlertPolicy(), 0.0, []
    for step_s, activity in zip(steps_s, shown, strict=False):
        time_s += step_s
        states.append(policy.update(time_s, None if activity is None else one_hot(activity), speed_kmh))
    return states


@given(steps, speeds)
def test_an_attentive_driver_is_never_alerted(steps_s: list[float], speed_kmh: float | None) -> None:
    states = play_frames(steps_s, [C0] * len(steps_s), speed_kmh)
    assert all(state.tier is Tier.NONE and not state.events for state in states)


@given(segments, speeds)
@examples(0.6)
def test_tiers_follow_their_events(story: list[Segment], speed_kmh: float | None) -> None:
    played = play(story, speed_kmh=speed_kmh, fps=10.0)
    tier = Tier.NONE
    for state in played.states:
        for event in state.events:
            if event.kind in (EventKind.FAULT, EventKind.RECOVERED):
                continue
            assert _is_change(event, tier), f"{event.kind} from {tier.name} to {event.tier.name}"
            tier = event.tier
        assert state.tier is tier
        assert (state.activity is None) == (tier is Tier.NONE)
        assert state.reason is not Reason.PHONE or (state.activity is not None and state.activity.is_phone)
        assert 0.0 <= state.awareness <= 1.0
        assert 0.0 <= state.cumulative_s <= S.cumulative_window_s + 1e-6
        assert state.distracted_s >= 0.0


def _is_change(event: AlertEvent, before: Tier) -> bool:
    match event.kind:
        case EventKind.RAISED:
            return before is Tier.NONE and event.tier > Tier.NONE
        case EventKind.ESCALATED:
            return Tier.NONE < before < event.tier
        case EventKind.LOWERED:
            return before > event.tier > Tier.NONE
        case _:
            return before > Tier.NONE and event.tier is Tier.NONE


@given(segments)
@example([(C0, 5.0), (C6, 8.0), (C0, 0.9), (None, 1.5), (C0, 0.9)])
@example([(C0, 5.0), (C6, 8.0), (C0, 1.1), (None, 1.5), (C0, 1.2)])
@examples(0.6)
def test_critical_ends_only_with_attention(story: list[Segment]) -> None:
    played = play(story, fps=10.0)
    for before, after in itertools.pairwise(played.states):
        if before.tier is Tier.CRITICAL and after.tier is not Tier.CRITICAL:
            # The smoothed probabilities tell of attention later; it is dated back.
            since_s = after.time_s - S.clear_s + S.exit_delay_s + played.step_s
            recent = [state for state in played.states if since_s < state.time_s < after.time_s]
            assert recent and all(state.current is C0 for state in recent)
            assert _attentive_share(story, after.time_s - S.clear_s, after.time_s) > 0.6


def _attentive_share(story: list[Segment], start_s: float, end_s: float) -> float:
    """Share of a time in which the driver was really attentive."""
    attentive_s = begins_s = 0.0
    for shown, seconds in story:
        if shown is C0:
            attentive_s += max(0.0, min(end_s, begins_s + seconds) - max(start_s, begins_s))
        begins_s += seconds
    return attentive_s / (end_s - start_s)


@given(st.lists(st.tuples(st.sampled_from([C0, *sorted(LOW_RISK)]), st.floats(0.1, 9.0)), min_size=1, max_size=10))
@examples(0.4)
def test_radio_and_passenger_are_never_critical(story: list[Segment]) -> None:
    assert play(story, fps=10.0).highest <= Tier.WARNING


@given(segments, st.floats(0.0, S.gate_kmh - 0.01))
@examples(0.4)
def test_below_the_gate_there_is_no_alert(story: list[Segment], speed_kmh: float) -> None:
    assert play(story, fps=10.0, speed_kmh=speed_kmh).alerts == []


@given(
    st.lists(st.tuples(activities, st.integers(2, 14)), min_size=1, max_size=6),
    st.sampled_from([10.0, 15.0, 30.0, 60.0]),
)
@examples(0.4)
def test_the_frame_rate_does_not_change_when_a_warning_comes(story: list[tuple[Activity, int]], fps: float) -> None:
    """The same story at 5 frames a second and at more: the first alert of each tier lies within two slow frames.

    Segments last half seconds, and attention at least two seconds, so that no limit is touched by chance.
    """
    parts: list[Segment] = [(C0, 3.0)]
    for activity, halves in story:
        parts += [(activity, 0.5 * halves), (C0, 3.0)]
    slow, fast = play(parts, fps=5.0), play(parts, fps=fps)
    tolerance_s = 2 * slow.step_s
    for tier in (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL):
        when_slow, when_fast = slow.when(tier), fast.when(tier)
        if when_slow is not None and when_fast is not None:
            assert abs(when_slow - when_fast) <= tolerance_s + 1e-6
            continue
        # A distraction that lasts just as long as a limit may be seen by one of them alone.
        seen = slow if when_slow is not None else fast
        if seen.when(tier) is not None:
            end_s = next(end for end in _ends(parts) if end >= (seen.when(tier) or 0.0) - 0.5)
            assert (seen.when(tier) or 0.0) >= end_s - tolerance_s - 0.1


def _ends(parts: list[Segment]) -> list[float]:
    return [float(end) for end in np.cumsum([seconds for _, seconds in parts])]


@given(segments, st.floats(1.0, 1e6))
@examples(0.3)
def test_the_clock_s_origin_does_not_matter(story: list[Segment], start_s: float) -> None:
    here, there = play(story, fps=8.0), play(story, fps=8.0, start_s=float(round(start_s)))
    assert [(event.kind, event.tier, event.activity) for event in here.events] == [
        (event.kind, event.tier, event.activity) for event in there.events
    ]


@given(steps, st.data())
@examples(0.6)
def test_any_stream_is_survived(steps_s: list[float], data: st.DataObject) -> None:
    """Steps of any size and direction, any probabilities."""
    policy, time_s = AlertPolicy(), 100.0
    for step_s in steps_s:
        time_s += step_s * data.draw(st.sampled_from([1.0, 1.0, 1.0, 0.0, -0.5, -10.0, 20.0]))
        values = data.draw(st.lists(st.floats(0.0, 1.0, width=32), min_size=10, max_size=10))
        state = policy.update(time_s, np.array(values, dtype=np.float32), data.draw(speeds))
        assert 0.0 <= state.awareness <= 1.0


@given(muddles, smoothings, st.none() | st.floats(S.gate_kmh + S.speed_hysteresis_kmh, 130.0), st.data())
@examples(0.8)
def test_no_alert_outlives_the_return_of_attention(
    story: list[Segment], chosen: AlertSettings, speed_kmh: float | None, data: st.DataObject
) -> None:
    """Whatever was seen, acknowledged and snoozed before: attention ends every alert, and awareness is whole."""
    policy = AlertPolicy(chosen)
    asks = data.draw(st.lists(st.sampled_from([policy.acknowledge, policy.snooze]), max_size=len(story)))
    start_s = 0.0
    for index, segment in enumerate(story):
        played = play([segment], policy=policy, fps=10.0, speed_kmh=speed_kmh, start_s=start_s)
        start_s = played.states[-1].time_s + played.step_s
        if index < len(asks):
            asks[index]()
    # The filter's own delay is dated back, but for what was unsure or unknown before.
    needs_s = chosen.exit_delay_s + chosen.unsure_hold_s + chosen.cumulative_clear_s + 0.5
    played = play([(C0, needs_s)], policy=policy, fps=10.0, speed_kmh=speed_kmh, start_s=start_s)
    assert played.states[-1].tier is Tier.NONE
    assert played.states[-1].awareness == 1.0
    assert played.states[-1].cumulative_s == 0.0


@given(
    muddles,
    smoothings,
    st.lists(st.tuples(st.none() | st.floats(0.0, 130.0), st.floats(0.1, 5.0)), min_size=1, max_size=10),
)
@examples(0.6)
def test_no_alert_is_active_below_the_gate_at_any_speeds(
    story: list[Segment], chosen: AlertSettings, course: list[tuple[float | None, float]]
) -> None:
    ends_s = np.cumsum([seconds for _, seconds in course])

    def speed(time_s: float) -> float | None:
        return course[min(int(np.searchsorted(ends_s, time_s, side="right")), len(course) - 1)][0]

    played = play(story, settings=chosen, fps=10.0, speed_kmh=speed)
    for state in played.states:
        kmh = speed(state.time_s)
        if kmh is not None and kmh < chosen.gate_kmh:
            assert not any(event.is_alert for event in state.events)
            # An alert from before is cleared by the frame that tells the speed, or by the next.
            slow_before = state.time_s > 0.2 and all(
                (before := speed(state.time_s - back)) is not None and before < chosen.gate_kmh for back in (0.1, 0.2)
            )
            assert not slow_before or state.tier is Tier.NONE


@given(muddles, smoothings, st.sampled_from([C6, Activity.TEXTING_RIGHT, Activity.REACHING_BEHIND]), st.data())
@examples(0.8)
def test_no_event_is_lost(story: list[Segment], chosen: AlertSettings, activity: Activity, data: st.DataObject) -> None:
    """Whatever came before and whatever the driver has acknowledged or snoozed: a long distraction becomes critical."""
    policy = AlertPolicy(chosen)
    before = play(story, policy=policy, fps=10.0)
    if data.draw(st.booleans()):
        policy.snooze()
    attentive_s = chosen.exit_delay_s + chosen.unsure_hold_s + chosen.cumulative_clear_s + 0.5
    attentive = play([(C0, attentive_s)], policy=policy, fps=10.0, start_s=before.states[-1].time_s + 0.1)
    start_s = attentive.states[-1].time_s + 0.1
    if data.draw(st.booleans()):
        policy.snooze()
    # A mean that is on its way from attentive to distracted for longer than `unsure_hold_s` has nothing dated back.
    on_its_way_s = chosen.entry_delay_s + chosen.smoothing_s * math.log(1.0 - chosen.leave)
    late_s = chosen.entry_delay_s if on_its_way_s > chosen.unsure_hold_s else 0.0
    played = play([(activity, chosen.critical_fast_s + late_s + 1.0)], policy=policy, fps=10.0, start_s=start_s)
    critical = played.when(Tier.CRITICAL)
    assert critical is not None
    due_s = chosen.critical_after_s(SpeedBand.FAST, phone=activity.is_phone)
    assert start_s + due_s - 0.2 <= critical <= start_s + due_s + late_s + 0.2


@given(muddles, smoothings)
@examples(0.6)
def test_events_alone_give_the_active_tier(story: list[Segment], chosen: AlertSettings) -> None:
    """What a journal holds is enough: no change of the tier goes without an event, and none is played twice."""
    tier, health = Tier.NONE, Health.OK
    for state in play(story, settings=chosen, fps=10.0).states:
        for event in state.events:
            if event.kind in (EventKind.FAULT, EventKind.RECOVERED):
                assert event.health is not health
                health = event.health
            else:
                assert event.tier is not tier
                tier = event.tier
            assert event.kind is not EventKind.RAISED or explanation(event.cause)
        assert state.tier is tier and state.health is health
