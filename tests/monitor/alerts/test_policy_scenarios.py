"""Drives as stories; every expected time is computed from the settings."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engines.activities import Activity, mirror_probabilities
from monitor.alerts.events import Attention, EventKind, Reason, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings, SpeedBand
from monitor.health.camera_health import Health
from tests.monitor.alerts.stories import C0, C1, C2, C3, C5, C6, C7, C9, Lost, Played, Segment, play
from tests.monitor.fakes import one_hot

S = AlertSettings()
BEFORE = 5.0
"""Seconds of attention before each story."""


def reached(played: Played, tier: Tier, expected_s: float) -> None:
    """The tier is first reached then, within a frame."""
    when = played.when(tier)
    assert when is not None, f"{tier.name} was never reached"
    assert when == pytest.approx(expected_s, abs=played.step_s + 1e-6)


def continue_drive(
    played: Played, segments: list[Segment], policy: AlertPolicy, speed_kmh: float | None = None
) -> Played:
    """The same drive a frame later."""
    start_s = played.states[-1].time_s + played.step_s
    return play(segments, policy=policy, speed_kmh=speed_kmh, start_s=start_s)


def test_an_attentive_hour() -> None:
    """At 5 frames a second, one frame in ten wrong, never two in a row."""
    generator = np.random.default_rng(7)
    policy, frames = AlertPolicy(), 5 * 3600
    wrong = np.zeros(frames, dtype=int)
    wrong[np.arange(3, frames, 10) + generator.integers(0, 6, frames // 10)] = 1
    assert 0.09 < wrong.mean() < 0.11
    for index in range(frames):
        activity = Activity(int(generator.integers(1, 10))) if wrong[index] else C0
        state = policy.update(index / 5.0, one_hot(activity), 90.0)
        assert not state.events and state.tier is Tier.NONE
    assert state.current is C0 and state.awareness > 0.9


def test_one_long_text() -> None:
    text_s = 120.0
    played = play([(C0, BEFORE), (C1, text_s), (C0, 5.0)], speed_kmh=90.0)
    reached(played, Tier.CAUTION, BEFORE + S.entry_delay_s)
    reached(played, Tier.WARNING, BEFORE + S.warning_fast_s - S.phone_earlier_s)
    reached(played, Tier.CRITICAL, BEFORE + S.critical_fast_s - S.phone_earlier_s)
    assert [event.kind for event in played.events] == [
        EventKind.RAISED,
        EventKind.ESCALATED,
        EventKind.ESCALATED,
        EventKind.LOWERED,
        EventKind.CLEARED,
    ]
    # What is left after the critical alert is the cumulative warning, which needs more attention.
    ends_s = BEFORE + text_s
    assert played.events[3].time_s == pytest.approx(ends_s + S.clear_s, abs=played.step_s + 1e-6)
    assert played.events[4].time_s == pytest.approx(ends_s + S.cumulative_clear_s, abs=played.step_s + 1e-6)


def test_a_glance_in_out_and_in_again() -> None:
    """Out for longer than a bridge and shorter than a clear: the timer stops and goes on where it was."""
    first_s, out_s = 1.5, 0.9 * S.clear_s
    played = play([(C0, BEFORE), (C6, first_s), (C0, out_s), (C6, 6.0)])
    reached(played, Tier.CAUTION, BEFORE + out_s + S.caution_s)
    reached(played, Tier.WARNING, BEFORE + out_s + S.warning_fast_s)


def test_two_glances_with_attention_between_them_are_two() -> None:
    glance_s = S.caution_s - 0.2
    played = play([(C0, BEFORE), (C6, glance_s), (C0, S.clear_s + 0.5), (C6, glance_s), (C0, 3.0)])
    assert played.events == []


def test_two_tasks_in_turn_are_one_distraction() -> None:
    played = play([(C0, BEFORE), (C7, 4.0), (C6, 12.0), (C0, 4.0)])
    reached(played, Tier.CAUTION, BEFORE + S.caution_s)
    reached(played, Tier.WARNING, BEFORE + S.warning_fast_s)
    reached(played, Tier.CRITICAL, BEFORE + S.critical_fast_s)
    assert [event.activity for event in played.alerts] == [C7, C7, C7]
    # One alert, and two incidents: the drink goes on for longer than a caution takes.
    assert played.at(BEFORE + 5.0).incident == 1 and played.at(BEFORE + 16.0).incident == 2
    assert played.at(BEFORE + 16.0).activity is C6
    assert sum(event.kind is EventKind.CLEARED for event in played.events) == 1


def test_flicker_between_texting_and_calling() -> None:
    flicker: list[Segment] = [(C1 if index % 2 else C2, 0.15) for index in range(60)]
    played = play([(C0, BEFORE), *flicker])
    reached(played, Tier.WARNING, BEFORE + S.warning_fast_s - S.phone_earlier_s)
    reached(played, Tier.CRITICAL, BEFORE + S.critical_fast_s - S.phone_earlier_s)
    assert len(played.events) == 3


def test_a_traffic_light() -> None:
    """Texting while the car rolls to a stop, waits and starts again: silent below the gate, back above it."""
    stops_s, starts_s = 12.0, 52.0

    def speed(time_s: float) -> float:
        return 0.0 if stops_s <= time_s < starts_s else 45.0

    played = play([(C0, BEFORE), (C1, 60.0)], speed_kmh=speed)
    reached(played, Tier.WARNING, BEFORE + S.warning_slow_s - S.phone_earlier_s)
    cleared = next(event for event in played.events if event.kind is EventKind.CLEARED)
    assert cleared.reason is Reason.BELOW_GATE
    assert cleared.time_s == pytest.approx(stops_s, abs=played.step_s + 1e-6)
    assert all(state.tier is Tier.NONE for state in played.states if stops_s <= state.time_s < starts_s)
    again = next(event for event in played.alerts if event.time_s > stops_s)
    assert again.time_s == pytest.approx(starts_s, abs=2 * played.step_s + 1e-6)


@pytest.mark.parametrize("smoothing_s", [0.0, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("distracted", [0.41, 0.45, 0.5, 0.55])
def test_frames_that_are_all_torn_are_unsure_however_long_the_mean(distracted: float, smoothing_s: float) -> None:
    """Never C0, never an active alert while the driver is called attentive, and shown in time."""
    chosen = AlertSettings(smoothing_s=smoothing_s)
    torn = (1.0 - distracted) * one_hot(C0, 1.0) + distracted * one_hot(C6, 1.0)
    drinks_s = 8.0 + 2.0 * smoothing_s
    played = play([(C0, BEFORE), (C6, drinks_s), (torn, 20.0)], settings=chosen)
    begins_s = BEFORE + drinks_s + smoothing_s
    late = [state for state in played.states if state.time_s >= begins_s + 2.0 * chosen.unsure_hold_s + 1.0]
    assert {state.attention for state in late} == {Attention.UNSURE} and {state.current for state in late} == {None}
    assert {state.health for state in late} == {Health.UNSURE} and {state.tier for state in late} == {Tier.CRITICAL}
    attentive = play([(torn, 5.0), (C0, BEFORE)], settings=chosen)
    assert attentive.states[-1].attention is Attention.ATTENTIVE and attentive.states[-1].health is Health.OK


@pytest.mark.parametrize("smoothing_s", [2.0, 5.0])
def test_attention_that_no_frame_has_vouched_for_turns_unsure(smoothing_s: float) -> None:
    """Just above what is attention, frame by frame: the mean calls that attentive for seconds longer than it may."""
    chosen = AlertSettings(smoothing_s=smoothing_s)
    torn = 0.59 * one_hot(C0, 1.0) + 0.41 * one_hot(C6, 1.0)
    played = play([(C0, 2.0 * BEFORE), (torn, 10.0)], settings=chosen)
    since_s = [state.time_s - 2.0 * BEFORE for state in played.states if state.attention is Attention.UNSURE]
    unsure_s = min(time_s for time_s in since_s if time_s >= 0.0)
    assert unsure_s == pytest.approx(chosen.unsure_hold_s, abs=2.0 * played.step_s)
    assert unsure_s < -smoothing_s * math.log(1.0 - chosen.leave / 0.41) - 1.0


def test_a_tunnel() -> None:
    """Too dark to see: shown, never taken for attention, and nobody is alerted for what nobody saw."""
    dark_s = 15.0
    played = play([(C0, BEFORE), (Lost(Health.DARK), dark_s), (C0, 5.0)])
    assert [(event.kind, event.health) for event in played.events] == [
        (EventKind.FAULT, Health.DARK),
        (EventKind.RECOVERED, Health.OK),
    ]
    inside = [state for state in played.states if BEFORE <= state.time_s < BEFORE + dark_s]
    assert all(state.attention is Attention.UNKNOWN and state.current is None for state in inside)
    assert played.states[-1].attention is Attention.ATTENTIVE


def test_a_covered_camera_drops_a_caution_and_keeps_a_critical_alert() -> None:
    covered = (Lost(Health.BLOCKED), 10.0)
    short = play([(C0, BEFORE), (C6, 2.5), covered])
    cleared = short.cleared()
    assert cleared == pytest.approx(BEFORE + 2.5 + S.unsure_hold_s, abs=short.step_s + 1e-6)
    assert short.events[-1].reason is Reason.UNKNOWN
    long = play([(C0, BEFORE), (C6, 8.0), covered, (C0, 5.0)])
    critical = long.when(Tier.CRITICAL)
    ends_s = BEFORE + 8.0 + 10.0
    assert critical is not None
    assert all(state.tier is Tier.CRITICAL for state in long.states if critical <= state.time_s <= ends_s)
    cleared = long.cleared()
    assert cleared is not None
    assert ends_s + S.clear_s - 1e-6 <= cleared <= ends_s + S.clear_s + 1.0


def test_the_speed_is_lost() -> None:
    """At 30 km/h a warning is due later than above 50; without a signal the shorter time holds at once."""
    lost_s = BEFORE + 0.5 * (S.warning_fast_s + S.warning_slow_s)
    played = play([(C0, BEFORE), (C6, 8.0)], speed_kmh=lambda time_s: 30.0 if time_s < lost_s else None)
    reached(played, Tier.CAUTION, BEFORE + S.caution_s)
    reached(played, Tier.WARNING, lost_s)
    warning = next(event for event in played.alerts if event.tier is Tier.WARNING)
    assert warning.cause is not None and warning.cause.speed_known is False and "without a speed signal" in warning.text
    assert played.states[-1].speed_kmh is None and played.states[-1].band is SpeedBand.FAST


def test_a_phone_to_the_ear_then_safe() -> None:
    call_s = 1.4
    played = play([(C0, BEFORE), (C2, call_s), (C0, 5.0)])
    reached(played, Tier.CAUTION, BEFORE + S.entry_delay_s)
    assert played.highest is Tier.CAUTION
    assert played.alerts[0].reason is Reason.PHONE and played.alerts[0].activity is C2
    assert played.cleared() == pytest.approx(BEFORE + call_s + S.clear_s, abs=played.step_s + 1e-6)
    assert len(played.events) == 2


@pytest.mark.parametrize("speed_kmh", [30.0, 90.0])
def test_the_radio(speed_kmh: float) -> None:
    warning_s = S.warning_slow_s if speed_kmh == 30.0 else S.warning_fast_s
    played = play([(C0, BEFORE), (C5, 40.0), (C0, 5.0)], speed_kmh=speed_kmh)
    reached(played, Tier.CAUTION, BEFORE + S.caution_s / S.mild_weight)
    reached(played, Tier.WARNING, BEFORE + warning_s / S.mild_weight)
    assert played.highest is Tier.WARNING
    assert played.states[-1].tier is Tier.NONE


def test_another_driver_takes_over() -> None:
    """The first one leaves the car with a critical alert and a snooze; the second one starts with neither."""
    policy = AlertPolicy()
    chat = play([(C0, BEFORE), (C9, S.caution_s / S.mild_weight + 0.5)], policy=policy, speed_kmh=90.0)
    policy.snooze()
    first = continue_drive(chat, [(C6, 10.0)], policy, 90.0)
    assert first.states[-1].tier is Tier.CRITICAL and first.states[-1].snoozed == {C9}
    # The seat is empty: the model is undecided.
    empty = np.full(10, 0.1, dtype=np.float32)
    parked = continue_drive(first, [(empty, S.journey_ends_s + 5.0)], policy, 0.0)
    assert parked.states[-1].tier is Tier.NONE and parked.states[-1].snoozed == frozenset()
    second = continue_drive(parked, [(C6, 1.0), (C0, 5.0)], policy, 90.0)
    assert second.alerts == []
    assert second.states[-1].awareness == 1.0


def test_without_a_stop_a_critical_alert_is_not_forgotten() -> None:
    played = play([(C0, BEFORE), (C6, 8.0), (None, S.journey_ends_s + 5.0)], speed_kmh=90.0)
    assert played.states[-1].tier is Tier.CRITICAL


def test_right_hand_drive() -> None:
    """Seen from the other side the driver's left looks like a right; undone before the policy, which names the hand."""
    seen = np.asarray(mirror_probabilities(one_hot(C1, 1.0)))
    played = play([(C0, BEFORE), (seen, 4.0)])
    reached(played, Tier.WARNING, BEFORE + S.warning_fast_s - S.phone_earlier_s)
    assert {event.activity for event in played.alerts} == {C3}


def test_an_acknowledged_warning_is_hidden_until_it_is_critical() -> None:
    policy = AlertPolicy()
    before = play([(C0, BEFORE), (C6, S.warning_fast_s + 0.5)], policy=policy)
    assert before.states[-1].tier is Tier.WARNING
    policy.acknowledge()
    after = continue_drive(before, [(C6, 6.0), (C0, 5.0), (C6, 4.0)], policy)
    assert [event.reason for event in after.events[:1]] == [Reason.ACKNOWLEDGED]
    assert after.events[0].kind is EventKind.CLEARED
    reached(after, Tier.CRITICAL, BEFORE + S.critical_fast_s)
    # With the attention between them the second drink is another alert, which nobody has acknowledged.
    assert after.states[-1].tier is Tier.WARNING


def test_a_critical_alert_cannot_be_acknowledged() -> None:
    policy = AlertPolicy()
    before = play([(C0, BEFORE), (C6, 8.0)], policy=policy)
    policy.acknowledge()
    policy.snooze()
    after = continue_drive(before, [(C6, 3.0)], policy)
    assert after.events == [] and after.states[-1].tier is Tier.CRITICAL


def test_a_snoozed_activity_is_left_alone_up_to_its_tier() -> None:
    policy = AlertPolicy()
    before = play([(C0, BEFORE), (C9, S.caution_s / S.mild_weight + 0.5)], policy=policy)
    policy.snooze()
    after = continue_drive(before, [(C9, 0.5), (C0, 5.0), (C9, 12.0), (C0, 5.0), (C6, 2.5), (C0, 5.0)], policy)
    assert after.events[0].reason is Reason.SNOOZED
    tiers = [(event.tier, event.activity) for event in after.alerts]
    assert tiers == [(Tier.WARNING, C9), (Tier.CAUTION, C6)]


def test_a_phone_cannot_be_snoozed() -> None:
    policy = AlertPolicy()
    before = play([(C0, BEFORE), (C1, 1.0)], policy=policy)
    policy.snooze()
    after = continue_drive(before, [(C1, 0.1), (C0, 5.0), (C1, 1.0)], policy)
    assert after.states[-1].snoozed == frozenset()
    assert after.states[-1].tier is Tier.CAUTION


def test_acknowledging_nothing_does_nothing() -> None:
    policy = AlertPolicy()
    policy.acknowledge()
    played = play([(C0, BEFORE), (C6, 4.0)], policy=policy)
    reached(played, Tier.WARNING, BEFORE + S.warning_fast_s)


def test_what_may_be_acknowledged_is_a_setting() -> None:
    settings = AlertSettings(acknowledge_up_to="caution")
    policy = AlertPolicy(settings)
    before = play([(C0, BEFORE), (C6, settings.warning_fast_s + 0.5)], policy=policy)
    policy.acknowledge()
    assert continue_drive(before, [(C6, 1.0)], policy).events == []


def test_where_nothing_may_be_snoozed_nothing_is() -> None:
    policy = AlertPolicy(AlertSettings(snooze_up_to="none"))
    before = play([(C0, BEFORE), (C6, 2.5)], policy=policy)
    policy.snooze()
    after = continue_drive(before, [(C6, 0.1), (C0, 3.0), (C6, 2.5)], policy)
    assert after.events[0].reason is Reason.SNOOZED and after.states[-1].snoozed == frozenset()
    assert after.states[-1].tier is Tier.CAUTION


def test_an_activity_s_own_threshold() -> None:
    """A model that gives the passenger 0.75 in C0's moments: a higher threshold for C9 keeps it from alerting."""
    torn = 0.25 * one_hot(C0, 1.0) + 0.75 * one_hot(C9, 1.0)
    stricter = S.model_copy(update={"enter_by_activity": {"c9": 0.9}})
    assert play([(C0, BEFORE), (torn, 10.0)], settings=stricter).alerts == []
    assert play([(C0, BEFORE), (torn, 10.0)]).alerts != []
    certain = play([(C0, BEFORE), (C9, 10.0)], settings=stricter)
    reached(certain, Tier.CAUTION, BEFORE + stricter.caution_s / stricter.mild_weight)
