"""The alert policy as stories; every expected time is computed from the settings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engines.activities import PHONE, Activity
from engines.errors import UserError
from monitor.alerts.cause import Rule
from monitor.alerts.events import Attention, EventKind, Reason, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import LOW_RISK, AlertSettings, SpeedBand
from monitor.health.camera_health import Health
from tests.monitor.alerts.stories import C0, C1, C2, C4, C5, C6, C7, C8, C9, Lost, Played, Segment, play
from tests.monitor.fakes import one_hot

S = AlertSettings()
BEFORE = 5.0
"""Seconds of attention before each story."""


def expect(played: Played, tier: Tier, after_s: float, *, settings: AlertSettings = S, since_s: float = BEFORE) -> None:
    """The tier is reached `after_s` of distraction since `since_s`, within a frame; what is due at once, when seen."""
    when = played.when(tier)
    assert when is not None, f"{tier.name} was never reached"
    assert when == pytest.approx(since_s + max(after_s, settings.entry_delay_s), abs=played.step_s + 1e-6)


def test_attentive_driver_is_left_alone() -> None:
    played = play([(C0, 60.0)])
    assert played.events == []
    assert played.states[-1].awareness == 1.0
    assert played.states[-1].current is C0


@pytest.mark.parametrize("fps", [5.0, 10.0, 30.0])
@pytest.mark.parametrize("activity", [C6, C7, C8])
def test_fully_distracted(activity: Activity, fps: float) -> None:
    played = play([(C0, BEFORE), (activity, 12.0)], fps=fps)
    expect(played, Tier.CAUTION, S.caution_s)
    expect(played, Tier.WARNING, S.warning_fast_s)
    expect(played, Tier.CRITICAL, S.critical_fast_s)
    assert [event.kind for event in played.alerts] == [EventKind.RAISED, EventKind.ESCALATED, EventKind.ESCALATED]
    assert {event.activity for event in played.alerts} == {activity}
    assert played.states[-1].awareness == 0.0


@pytest.mark.parametrize("activity", sorted(PHONE))
def test_texter_is_cautioned_at_once_and_warned_earlier(activity: Activity) -> None:
    played = play([(C0, BEFORE), (activity, 12.0)])
    expect(played, Tier.CAUTION, 0.0)
    expect(played, Tier.WARNING, S.warning_fast_s - S.phone_earlier_s)
    expect(played, Tier.CRITICAL, S.critical_fast_s - S.phone_earlier_s)
    assert played.alerts[0].reason is Reason.PHONE


def test_a_phone_alert_names_a_phone_even_when_the_way_to_it_looked_like_something_else() -> None:
    """A hand on its way to the ear looks like one in the hair for longer than the phone has been seen."""
    played = play([(C0, BEFORE), (C8, 1.0), (C2, 0.6), (C0, 5.0)])
    assert [(event.tier, event.reason, event.activity) for event in played.alerts] == [(Tier.CAUTION, Reason.PHONE, C2)]


def test_texter_at_city_speed_has_the_longer_times() -> None:
    played = play([(C0, BEFORE), (C1, 12.0)], speed_kmh=30.0)
    expect(played, Tier.CAUTION, 0.0)
    expect(played, Tier.WARNING, S.warning_slow_s - S.phone_earlier_s)
    expect(played, Tier.CRITICAL, S.critical_slow_s - S.phone_earlier_s)


def test_fully_distracted_at_city_speed() -> None:
    played = play([(C0, BEFORE), (C6, 12.0)], speed_kmh=30.0)
    expect(played, Tier.CAUTION, S.caution_s)
    expect(played, Tier.WARNING, S.warning_slow_s)
    expect(played, Tier.CRITICAL, S.critical_slow_s)


@pytest.mark.parametrize("activity", sorted(LOW_RISK))
def test_radio_and_passenger_take_twice_the_time_and_stay_below_critical(activity: Activity) -> None:
    played = play([(C0, BEFORE), (activity, 60.0)])
    expect(played, Tier.CAUTION, S.caution_s / S.mild_weight)
    expect(played, Tier.WARNING, S.warning_fast_s / S.mild_weight)
    assert played.highest is Tier.WARNING


def test_radio_counts_half_towards_cumulative() -> None:
    played = play([(C0, BEFORE), (C5, 10.0)])
    assert played.states[-1].cumulative_s == pytest.approx(10.0 * S.mild_weight, abs=0.1)


def test_flicker_between_two_classes_cannot_hide_distraction() -> None:
    flicker: list[Segment] = [(C1 if index % 2 else C2, 0.2) for index in range(50)]
    played = play([(C0, BEFORE), *flicker])
    expect(played, Tier.WARNING, S.warning_fast_s - S.phone_earlier_s)
    expect(played, Tier.CRITICAL, S.critical_fast_s - S.phone_earlier_s)


def test_flicker_among_four_ways_to_hold_a_phone_cannot_hide_it() -> None:
    flicker: list[Segment] = [(Activity(1 + index % 4), 0.1) for index in range(100)]
    played = play([(C0, BEFORE), *flicker])
    expect(played, Tier.WARNING, S.warning_fast_s - S.phone_earlier_s)
    expect(played, Tier.CRITICAL, S.critical_fast_s - S.phone_earlier_s)
    assert all(state.health is Health.OK for state in played.states)


def test_flicker_among_four_distractions_cannot_hide_them() -> None:
    flicker: list[Segment] = [(Activity(5 + index % 4), 0.1) for index in range(200)]
    played = play([(C0, BEFORE), *flicker])
    assert played.when(Tier.WARNING) is not None
    assert all(state.health is Health.OK for state in played.states)


def test_torn_among_the_phone_s_four_is_sure_of_the_phone() -> None:
    torn = np.full(10, 0.01, dtype=np.float32)
    torn[1:5] = 0.235
    played = play([(C0, BEFORE), (torn, 10.0)])
    expect(played, Tier.WARNING, S.warning_fast_s - S.phone_earlier_s)


@pytest.mark.parametrize("length_s", [1.0, 1.6, 2.0])
def test_the_smoothing_s_delay_makes_no_distraction_longer(length_s: float) -> None:
    played = play([(C0, BEFORE), (C6, length_s), (C0, 3.0)])
    assert played.alerts == []
    assert max(state.distracted_s for state in played.states) == pytest.approx(length_s, abs=played.step_s + 1e-6)


@pytest.mark.parametrize("fps", [1.0, 2.0, 5.0, 15.0, 60.0])
def test_times_hold_at_any_frame_rate(fps: float) -> None:
    played = play([(C0, BEFORE), (C6, 9.0), (C0, 4.0)], fps=fps)
    expect(played, Tier.CAUTION, S.caution_s)
    expect(played, Tier.WARNING, S.warning_fast_s)
    expect(played, Tier.CRITICAL, S.critical_fast_s)
    cleared = played.cleared()
    assert cleared is not None
    assert BEFORE + 9.0 + S.clear_s - 1e-6 <= cleared <= BEFORE + 9.0 + S.clear_s + played.step_s + 1e-6


def test_single_wrong_frames_hardly_delay_an_alert() -> None:
    """Every fifth frame claims attention: the smoothing carries the timer over it."""
    segments: list[Segment] = [segment for _ in range(20) for segment in ((C6, 0.4), (C0, 0.1))]
    played = play([(C0, BEFORE), *segments], fps=10.0)
    when = played.when(Tier.WARNING)
    assert when is not None and when <= BEFORE + S.warning_fast_s + S.entry_delay_s


def test_alert_names_what_filled_most_of_the_timer() -> None:
    played = play([(C0, BEFORE), (C7, 0.9), (C6, 3.0), (C7, 0.4)])
    assert played.when(Tier.WARNING) is not None
    assert next(event for event in played.alerts if event.tier is Tier.WARNING).activity is C6


def test_indecisive_model_holds_the_timer() -> None:
    """Half C0, half C6: neither counts, so distraction adds up across it."""
    torn = 0.5 * one_hot(C0, 1.0) + 0.5 * one_hot(C6, 1.0)
    played = play([(C0, BEFORE), (C6, 1.5), (torn, 1.5), (C6, 1.5)])
    held = [
        state.distracted_s
        for state in played.states
        if state.attention is Attention.UNSURE and state.time_s > BEFORE + 2
    ]
    assert max(held) - min(held) < 0.05
    when = played.when(Tier.CAUTION)
    assert when is not None and when > BEFORE + S.caution_s + 1.0
    assert all(state.health is Health.OK for state in played.states)


def test_unsure_for_long_is_a_health_state_and_drops_the_alert() -> None:
    played = play([(C0, BEFORE), (C6, 4.0), (None, 6.0), (C0, 4.0)])
    fault = next(event for event in played.events if event.kind is EventKind.FAULT)
    assert fault.health is Health.UNSURE
    assert BEFORE + 4.0 + S.unsure_hold_s <= fault.time_s <= BEFORE + 4.0 + S.unsure_hold_s + 2 * played.step_s
    cleared = next(event for event in played.events if event.kind is EventKind.CLEARED)
    assert cleared.reason is Reason.UNKNOWN
    assert played.events[-1].kind is EventKind.RECOVERED


def test_uniform_probabilities_are_unsure_not_safe() -> None:
    played = play([(np.full(10, 0.1, dtype=np.float32), 5.0)])
    assert played.states[-1].health is Health.UNSURE
    assert played.states[-1].attention is Attention.UNSURE
    assert played.states[-1].current is None


def test_not_finite_probabilities_are_unsure_not_safe() -> None:
    played = play([(np.full(10, np.nan, dtype=np.float32), 5.0)])
    assert played.states[-1].health is Health.UNSURE


def test_critical_is_latched_until_attention_returns() -> None:
    played = play([(C0, BEFORE), (C6, 8.0), (None, 20.0), (C6, 1.0), (C0, 3.0)])
    critical = played.when(Tier.CRITICAL)
    assert critical is not None
    ends = BEFORE + 8.0 + 20.0 + 1.0
    assert all(state.tier is Tier.CRITICAL for state in played.states if critical <= state.time_s <= ends)
    cleared = played.cleared()
    assert cleared is not None and cleared >= ends + S.clear_s


@pytest.mark.parametrize("between", [None, Lost(Health.DARK)])
def test_attention_that_was_interrupted_does_not_add_up(between: Lost | None) -> None:
    glance: list[Segment] = [(C0, 0.9), (between, 1.5)]
    played = play([(C0, BEFORE), (C6, 8.0), *glance, *glance, (C0, 0.9)])
    assert played.cleared() is None


def test_warning_clears_after_a_second_of_attention() -> None:
    played = play([(C0, BEFORE), (C6, 4.0), (C0, 5.0)])
    cleared = played.cleared()
    assert cleared is not None
    assert cleared == pytest.approx(BEFORE + 4.0 + S.clear_s, abs=played.step_s + 1e-6)
    assert played.events[-1].reason is Reason.ATTENTION


INSTANT = AlertSettings(smoothing_s=0.0)
"""Without smoothing, short gaps reach the timer as they are."""


def test_a_bridged_gap_counts_as_distraction() -> None:
    played = play([(C0, BEFORE), (C6, 1.5), (C0, S.bridge_s), (C6, 3.0)], settings=INSTANT, fps=10.0)
    assert played.when(Tier.CAUTION) == pytest.approx(BEFORE + S.caution_s)
    assert played.when(Tier.WARNING) == pytest.approx(BEFORE + S.warning_fast_s)


def test_a_longer_gap_stops_the_timer_without_resetting_it() -> None:
    gap_s = 0.5 * (S.bridge_s + S.clear_s)
    played = play([(C0, BEFORE), (C6, 1.5), (C0, gap_s), (C6, 3.0)], settings=INSTANT, fps=20.0)
    assert played.when(Tier.CAUTION) == pytest.approx(BEFORE + gap_s + S.caution_s)


def test_a_second_of_attention_resets_the_timer() -> None:
    played = play([(C0, BEFORE), (C6, 1.5), (C0, S.clear_s), (C6, 1.9), (C0, 2.0)], settings=INSTANT)
    assert played.alerts == []


def test_in_out_and_back_in_does_not_end_an_alert() -> None:
    played = play([(C0, BEFORE), (C6, 3.5), (C0, 0.8), (C6, 3.5)])
    assert played.cleared() is None
    assert played.when(Tier.CRITICAL) is not None


def test_single_wrong_frames_alert_nobody() -> None:
    """At 5 frames a second, one frame in five claims a phone."""
    wrong: list[Segment] = [segment for _ in range(30) for segment in ((C0, 0.8), (C1, 0.2))]
    played = play([*wrong, (C0, 1.0)], fps=5.0)
    assert played.alerts == []


def test_the_first_frame_alone_decides_nothing() -> None:
    played = play([(C1, 0.05), (C0, 10.0)])
    assert played.alerts == []


def test_cumulative_glances() -> None:
    glance_s, between_s = 1.8, 1.5
    glances: list[Segment] = [segment for _ in range(12) for segment in ((C6, glance_s), (C0, between_s))]
    played = play([(C0, BEFORE), *glances], settings=INSTANT)
    count = math.ceil(S.cumulative_s / glance_s - 1e-9)
    expected = BEFORE + (count - 1) * (glance_s + between_s) + (S.cumulative_s - (count - 1) * glance_s)
    assert played.when(Tier.WARNING) == pytest.approx(expected, abs=played.step_s + 1e-6)
    first = played.alerts[0]
    assert first.tier is Tier.WARNING and first.reason is Reason.CUMULATIVE and first.activity is C6
    # 1.5 s of attention between the glances do not clear it, and no later glance is long enough for critical.
    assert played.cleared() is None
    assert played.highest is Tier.WARNING


def test_cumulative_is_cleared_by_two_seconds_of_attention() -> None:
    glances: list[Segment] = [segment for _ in range(5) for segment in ((C6, 1.9), (C0, 1.5))]
    played = play([(C0, BEFORE), *glances, (C6, 1.9), (C0, 6.0)], settings=INSTANT)
    assert played.when(Tier.WARNING) is not None
    cleared = played.cleared()
    assert cleared == pytest.approx(BEFORE + 5 * 3.4 + 1.9 + S.cumulative_clear_s, abs=2 * played.step_s)
    assert played.states[-1].cumulative_s == 0.0


def test_attention_between_glances_keeps_cumulative_away() -> None:
    glances: list[Segment] = [segment for _ in range(20) for segment in ((C6, 1.8), (C0, S.cumulative_clear_s + 0.1))]
    assert play(glances, settings=INSTANT).alerts == []


def test_distraction_after_a_cumulative_warning_becomes_critical() -> None:
    glances: list[Segment] = [segment for _ in range(5) for segment in ((C6, 1.8), (C0, 1.5))]
    played = play([*glances, (C6, 10.0)], settings=INSTANT)
    warned, critical = played.when(Tier.WARNING), played.when(Tier.CRITICAL)
    assert warned is not None and critical is not None
    assert critical == pytest.approx(warned + S.critical_after_warning_s, abs=2 * played.step_s)


def test_below_the_speed_gate_nobody_is_alerted() -> None:
    played = play([(C1, 30.0)], speed_kmh=S.gate_kmh - 1.0)
    assert played.alerts == []
    assert played.states[-1].band is SpeedBand.BELOW_GATE
    assert played.states[-1].current is C1


def test_slowing_clears_an_alert_without_counting_as_attention() -> None:
    """A traffic light: slow from 10 to 20 s, the driver drinks all the time."""
    played = play([(C0, BEFORE), (C6, 30.0)], speed_kmh=lambda at: 5.0 if 15.0 <= at < 25.0 else 60.0)
    cleared = next(event for event in played.events if event.kind is EventKind.CLEARED)
    assert cleared.time_s == pytest.approx(15.0) and cleared.reason is Reason.BELOW_GATE
    assert all(state.tier is Tier.NONE for state in played.states if 15.0 <= state.time_s < 25.0)
    assert played.at(25.0).tier is Tier.CRITICAL


def test_attention_at_the_traffic_light_counts() -> None:
    played = play(
        [(C0, BEFORE), (C6, 10.0), (C0, 5.0), (C6, 1.0), (C0, 3.0)],
        speed_kmh=lambda at: 5.0 if 15.0 <= at < 20.0 else 60.0,
    )
    assert played.when(Tier.CRITICAL) is not None
    assert all(state.tier is Tier.NONE for state in played.states if state.time_s >= 15.0)


@pytest.mark.parametrize(
    ("speeds", "bands"),
    [
        ([19.9, 22.9, 23.0, 20.0, 19.9], ["below_gate", "below_gate", "slow", "slow", "below_gate"]),
        ([50.0, 50.1, 47.0, 46.9, 49.0], ["slow", "fast", "fast", "slow", "slow"]),
        ([30.0, None, 48.0], ["slow", "fast", "fast"]),
        ([21.0], ["slow"]),
        ([math.nan], ["fast"]),
    ],
)
def test_speed_bands_have_hysteresis(speeds: list[float | None], bands: list[str]) -> None:
    band: SpeedBand | None = None
    seen = []
    for speed in speeds:
        band = S.band_at(speed, band)
        seen.append(band.value)
    assert seen == bands


def test_a_camera_fault_is_shown_and_recovers() -> None:
    played = play([(C0, BEFORE), (Lost(Health.CAMERA_LOST), 5.0), (C0, 3.0)])
    assert [(event.kind, event.health) for event in played.events] == [
        (EventKind.FAULT, Health.CAMERA_LOST),
        (EventKind.RECOVERED, Health.OK),
    ]
    assert played.at(BEFORE + 3.0).attention is Attention.UNKNOWN


def test_a_fault_that_is_shown_takes_no_good_frame_away() -> None:
    """Whoever covers the lens again and again is watched in the frames between."""
    policy = AlertPolicy()
    states = [policy.update(index * 0.1, one_hot(C1), None, Health.BLOCKED) for index in range(50)]
    assert all(state.health is Health.BLOCKED for state in states)
    assert states[-1].tier is Tier.WARNING


def test_a_long_pause_between_frames_is_unknown() -> None:
    """C6 before and after 10 s without frames is not 10 s of C6."""
    policy = AlertPolicy()
    for index in range(10):
        policy.update(index * 0.1, one_hot(C6, 1.0))
    state = policy.update(11.0, one_hot(C6, 1.0))
    assert state.tier is Tier.NONE
    assert state.distracted_s == 0.0


def test_frames_too_far_apart_are_no_unsure_model() -> None:
    policy = AlertPolicy()
    states = [policy.update(index * 1.5 * S.frame_holds_s, one_hot(C0, 1.0)) for index in range(20)]
    assert [state.health for state in states[3:]] == [Health.SPARSE] * 17
    states = [policy.update(60.0 + index * 0.1, one_hot(C0, 1.0)) for index in range(40)]
    assert states[-1].health is Health.OK
    assert sum(len(state.events) for state in states) == 1


@pytest.mark.parametrize("hole_s", [2.5, 600.0])
def test_an_alert_ends_at_a_hole_which_is_no_fault(hole_s: float) -> None:
    """Whoever reads the frames says where the hole was; after it the driver is judged anew."""
    policy = AlertPolicy()
    events = [event for index in range(50) for event in policy.update(index * 0.1, one_hot(C6, 1.0)).events]
    assert events[-1].tier is Tier.WARNING
    states = [policy.update(4.9 + hole_s + index * 0.1, one_hot(C6, 1.0)) for index in range(60)]
    assert [event.kind for event in states[0].events] == [EventKind.CLEARED]
    assert {state.health for state in states} == {Health.OK}
    assert [event.tier for state in states[1:] for event in state.events] == [Tier.CAUTION, Tier.WARNING]


def test_an_unsure_model_after_a_hole_is_soon_said() -> None:
    policy = AlertPolicy()
    policy.update(0.0, one_hot(C0, 1.0))
    states = [policy.update(600.0 + index * 0.1, np.full(10, 0.1)) for index in range(40)]
    assert [state.health for state in states][-1] is Health.UNSURE
    assert states[0].health is Health.OK


def test_a_short_stall_holds_the_timer() -> None:
    policy = AlertPolicy()
    for index in range(16):
        before = policy.update(index * 0.1, one_hot(C6, 1.0))
    stall_s = 0.5 * (S.frame_holds_s + S.unsure_hold_s)
    state = policy.update(1.5 + stall_s, one_hot(C6, 1.0))
    assert state.distracted_s == pytest.approx(before.distracted_s)


def test_equal_and_slightly_earlier_times_count_as_no_time() -> None:
    policy = AlertPolicy()
    for index in range(12):
        policy.update(index * 0.1, one_hot(C6, 1.0))
    before = policy.update(1.2, one_hot(C6, 1.0))
    again = policy.update(1.2, one_hot(C6, 1.0))
    earlier = policy.update(1.1, one_hot(C6, 1.0))
    assert before.distracted_s == again.distracted_s == earlier.distracted_s
    assert earlier.time_s == 1.2


def test_rewinding_starts_the_policy_again() -> None:
    policy = AlertPolicy()
    play([(C0, BEFORE), (C6, 10.0)], policy=policy)
    state = policy.update(0.0, one_hot(C0))
    assert state.tier is Tier.NONE
    assert [event.reason for event in state.events] == [Reason.CLOCK]
    assert state.time_s == 0.0


def test_an_unsure_model_may_be_given_no_time() -> None:
    played = play([(C0, BEFORE), (C6, 3.0), (C0, 3.0)], settings=AlertSettings(unsure_hold_s=0.0))
    assert played.states[-1].health is Health.OK and played.states[-1].attention is Attention.ATTENTIVE
    assert played.when(Tier.CAUTION) is not None


def test_a_critical_alert_after_the_radio_says_which_rule_it_was() -> None:
    """The radio brought the warning; what is due after 6 s of anything else was not reached."""
    played = play([(C0, BEFORE), (C5, 7.0), (C6, 4.0)])
    critical = next(event for event in played.alerts if event.tier is Tier.CRITICAL)
    due_s = BEFORE + 7.0 + S.critical_after_warning_s
    assert due_s <= critical.time_s <= due_s + S.entry_delay_s
    assert critical.text.endswith(": no attention for 3 s after the warning")
    assert critical.cause is not None and critical.cause.rule is Rule.CRITICAL_AFTER_WARNING


def test_awareness_falls_while_distracted_and_recovers_within_the_clear_time() -> None:
    played = play([(C0, BEFORE), (C6, 5.0), (C0, 3.0)])
    falling = [state.awareness for state in played.states if BEFORE + 0.5 <= state.time_s <= BEFORE + 5.0]
    assert falling == sorted(falling, reverse=True) and falling[-1] < 0.3
    assert played.at(BEFORE + 5.0 + S.clear_s + 2 * played.step_s).awareness == 1.0


def test_clear_and_a_new_alert_in_one_frame_are_two_events() -> None:
    played = play([(C0, BEFORE), (C6, 3.0), (C0, S.clear_s), (C4, 1.0)], settings=INSTANT)
    kinds = [event.kind for event in played.events]
    assert kinds == [EventKind.RAISED, EventKind.CLEARED, EventKind.RAISED]
    assert played.events[1].time_s == played.events[2].time_s


KEYS = {"kind", "time_s", "tier", "activity", "reason", "health", "distracted_s", "incident", "cause", "explanation"}


def test_events_for_people_and_for_files() -> None:
    played = play([(C0, BEFORE), (C9, 9.0), (C0, 2.0), (Lost(Health.DARK), 1.0)])
    for event in played.events:
        assert "\n" not in event.text and event.text
        assert set(event.as_dict()) == KEYS
    assert played.alerts[0].text == (
        "CAUTION  C9 Talking to a passenger (distracted for too long, 4.0 s): due after 4 s"
    )


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_time_that_is_none_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        AlertPolicy().update(bad, one_hot(C0))


def test_probabilities_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        AlertPolicy().update(0.0, np.ones(9))


@pytest.mark.parametrize(
    "wrong",
    [
        {"leave": 0.7},
        {"caution_s": 4.0},
        {"critical_fast_s": 2.0},
        {"bridge_s": 1.5},
        {"cumulative_s": 40.0},
        {"gate_kmh": 48.0},
        {"phone_earlier_s": 3.0},
        {"no_such_setting": 1.0},
        {"single_frame_weight": 0.0},
        {"enter_by_activity": {"c0": 0.7}},
        {"enter_by_activity": {"c1": 0.3}},
        {"enter_by_activity": {"c1": 1.0}},
    ],
)
def test_settings_that_contradict_each_other_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        AlertSettings(**wrong)


def test_thresholds_of_a_bundle() -> None:
    assert AlertSettings.fitted({"enter": 0.7}).enter == 0.7
    assert AlertSettings.fitted({}) == S
    assert AlertSettings.fitted({"enter_by_activity.c5": 0.8}).enter_at(C5) == 0.8
    removed = {
        "median_s": 1.5,
        "hmm_attentive_s": 9.0,
        "hmm_distracted_s": 5.0,
        "hmm_evidence_s": 0.8,
        "hmm_floor": 0.1,
    }
    assert AlertSettings.fitted({**removed, "enter": 0.7}) == AlertSettings(enter=0.7)
    with pytest.raises(UserError, match="no_such"):
        AlertSettings.fitted({"no_such": 1.0})


def test_every_setting_explains_itself() -> None:
    for name, field in AlertSettings.model_fields.items():
        assert field.title and field.description, name
