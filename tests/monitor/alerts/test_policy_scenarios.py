"""Drives as stories, under every filter; every expected time is computed from the settings."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from engines.activities import Activity, mirror_probabilities
from monitor.alerts.events import Attention, EventKind, Reason, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings, SpeedBand
from monitor.health.camera_health import Health
from tests.monitor.alerts.stories import C0, C1, C2, C3, C5, C6, C7, C9, Lost, Segment, Told, tell
from tests.monitor.fakes import one_hot

BEFORE = 5.0
"""Seconds of attention before each story."""


@pytest.fixture(params=["exponential", "hmm", "median"])
def settings(request: pytest.FixtureRequest) -> AlertSettings:
    smoothing: Literal["exponential", "hmm", "median"] = request.param
    return AlertSettings(smoothing=smoothing)


def reached(told: Told, tier: Tier, expected_s: float) -> None:
    """The tier is first reached then, within a frame."""
    when = told.when(tier)
    assert when is not None, f"{tier.name} was never reached"
    assert when == pytest.approx(expected_s, abs=told.step_s + 1e-6)


def go_on(told: Told, segments: list[Segment], policy: AlertPolicy, speed_kmh: float | None = None) -> Told:
    """The same drive a frame later."""
    start_s = told.states[-1].time_s + told.step_s
    return tell(segments, policy=policy, speed_kmh=speed_kmh, start_s=start_s)


def test_an_attentive_hour(settings: AlertSettings) -> None:
    """At 5 frames a second, one frame in ten wrong, never two in a row."""
    generator = np.random.default_rng(7)
    policy, frames = AlertPolicy(settings), 5 * 3600
    wrong = np.zeros(frames, dtype=int)
    wrong[np.arange(3, frames, 10) + generator.integers(0, 6, frames // 10)] = 1
    assert 0.09 < wrong.mean() < 0.11
    for index in range(frames):
        activity = Activity(int(generator.integers(1, 10))) if wrong[index] else C0
        state = policy.update(index / 5.0, one_hot(activity), 90.0)
        assert not state.events and state.tier is Tier.NONE
    assert state.current is C0 and state.awareness > 0.9


def test_one_long_text(settings: AlertSettings) -> None:
    text_s = 120.0
    told = tell([(C0, BEFORE), (C1, text_s), (C0, 5.0)], settings=settings, speed_kmh=90.0)
    reached(told, Tier.CAUTION, BEFORE + settings.entry_delay_s)
    reached(told, Tier.WARNING, BEFORE + settings.warning_fast_s - settings.phone_earlier_s)
    reached(told, Tier.CRITICAL, BEFORE + settings.critical_fast_s - settings.phone_earlier_s)
    assert [event.kind for event in told.events] == [
        EventKind.RAISED,
        EventKind.ESCALATED,
        EventKind.ESCALATED,
        EventKind.LOWERED,
        EventKind.CLEARED,
    ]
    # What is left after the critical alert is the cumulative warning, which needs more attention.
    ends_s = BEFORE + text_s
    assert told.events[3].time_s == pytest.approx(ends_s + settings.clear_s, abs=told.step_s + 1e-6)
    assert told.events[4].time_s == pytest.approx(ends_s + settings.cumulative_clear_s, abs=told.step_s + 1e-6)


def test_a_glance_in_out_and_in_again(settings: AlertSettings) -> None:
    """Out for longer than a bridge and shorter than a clear: the timer stops and goes on where it was."""
    first_s, out_s = 1.5, 0.9 * settings.clear_s
    told = tell([(C0, BEFORE), (C6, first_s), (C0, out_s), (C6, 6.0)], settings=settings)
    reached(told, Tier.CAUTION, BEFORE + out_s + settings.caution_s)
    reached(told, Tier.WARNING, BEFORE + out_s + settings.warning_fast_s)


def test_two_glances_with_attention_between_them_are_two(settings: AlertSettings) -> None:
    glance_s = settings.caution_s - 0.2
    told = tell(
        [(C0, BEFORE), (C6, glance_s), (C0, settings.clear_s + 0.5), (C6, glance_s), (C0, 3.0)], settings=settings
    )
    assert told.events == []


def test_two_tasks_in_turn_are_one_distraction(settings: AlertSettings) -> None:
    told = tell([(C0, BEFORE), (C7, 4.0), (C6, 12.0), (C0, 4.0)], settings=settings)
    reached(told, Tier.CAUTION, BEFORE + settings.caution_s)
    reached(told, Tier.WARNING, BEFORE + settings.warning_fast_s)
    reached(told, Tier.CRITICAL, BEFORE + settings.critical_fast_s)
    assert [event.activity for event in told.alerts] == [C7, C7, C7]
    assert told.at(BEFORE + 16.0).activity is C6
    assert sum(event.kind is EventKind.CLEARED for event in told.events) == 1


def test_flicker_between_texting_and_calling(settings: AlertSettings) -> None:
    flicker: list[Segment] = [(C1 if index % 2 else C2, 0.15) for index in range(60)]
    told = tell([(C0, BEFORE), *flicker], settings=settings)
    reached(told, Tier.WARNING, BEFORE + settings.warning_fast_s - settings.phone_earlier_s)
    reached(told, Tier.CRITICAL, BEFORE + settings.critical_fast_s - settings.phone_earlier_s)
    assert len(told.events) == 3


def test_a_traffic_light(settings: AlertSettings) -> None:
    """Texting while the car rolls to a stop, stands and starts again: silent below the gate, back above it."""
    stops_s, starts_s = 12.0, 52.0

    def speed(time_s: float) -> float:
        return 0.0 if stops_s <= time_s < starts_s else 45.0

    told = tell([(C0, BEFORE), (C1, 60.0)], settings=settings, speed_kmh=speed)
    reached(told, Tier.WARNING, BEFORE + settings.warning_slow_s - settings.phone_earlier_s)
    cleared = next(event for event in told.events if event.kind is EventKind.CLEARED)
    assert cleared.reason is Reason.BELOW_GATE
    assert cleared.time_s == pytest.approx(stops_s, abs=told.step_s + 1e-6)
    assert all(state.tier is Tier.NONE for state in told.states if stops_s <= state.time_s < starts_s)
    again = next(event for event in told.alerts if event.time_s > stops_s)
    assert again.time_s == pytest.approx(starts_s, abs=2 * told.step_s + 1e-6)


@pytest.mark.parametrize("distracted", [0.45, 0.5, 0.55])
def test_frames_that_are_all_torn_are_unsure_under_any_filter(settings: AlertSettings, distracted: float) -> None:
    """Never C0, never an alert that stands while the driver is said to be attentive, and shown in time."""
    torn = (1.0 - distracted) * one_hot(C0, 1.0) + distracted * one_hot(C6, 1.0)
    told = tell([(C0, BEFORE), (C6, 8.0), (torn, 20.0)], settings=settings)
    begins_s = BEFORE + 8.0
    late = [state for state in told.states if state.time_s >= begins_s + 2.0 * settings.unsure_hold_s + 1.0]
    if settings.smoothing == "hmm" and distracted > 0.5:
        # What every frame takes for distraction rather than attention adds up to it.
        assert {state.tier for state in late} == {Tier.CRITICAL}
        return
    assert {state.attention for state in late} == {Attention.UNSURE} and {state.current for state in late} == {None}
    assert {state.health for state in late} == {Health.UNSURE} and {state.tier for state in late} == {Tier.CRITICAL}
    calm = tell([(torn, 5.0), (C0, BEFORE)], settings=settings)
    assert calm.states[-1].attention is Attention.ATTENTIVE and calm.states[-1].health is Health.OK


def test_a_tunnel(settings: AlertSettings) -> None:
    """Too dark to see: shown, never taken for attention, and nobody is alerted for what nobody saw."""
    dark_s = 15.0
    told = tell([(C0, BEFORE), (Lost(Health.DARK), dark_s), (C0, 5.0)], settings=settings)
    assert [(event.kind, event.health) for event in told.events] == [
        (EventKind.FAULT, Health.DARK),
        (EventKind.RECOVERED, Health.OK),
    ]
    inside = [state for state in told.states if BEFORE <= state.time_s < BEFORE + dark_s]
    assert all(state.attention is Attention.UNKNOWN and state.current is None for state in inside)
    assert told.states[-1].attention is Attention.ATTENTIVE


def test_a_covered_camera_drops_a_caution_and_keeps_a_critical_alert(settings: AlertSettings) -> None:
    covered = (Lost(Health.BLOCKED), 10.0)
    short = tell([(C0, BEFORE), (C6, 2.5), covered], settings=settings)
    cleared = short.cleared()
    assert cleared == pytest.approx(BEFORE + 2.5 + settings.unsure_hold_s, abs=short.step_s + 1e-6)
    assert short.events[-1].reason is Reason.UNKNOWN
    long = tell([(C0, BEFORE), (C6, 8.0), covered, (C0, 5.0)], settings=settings)
    critical = long.when(Tier.CRITICAL)
    ends_s = BEFORE + 8.0 + 10.0
    assert critical is not None
    assert all(state.tier is Tier.CRITICAL for state in long.states if critical <= state.time_s <= ends_s)
    cleared = long.cleared()
    assert cleared is not None
    assert ends_s + settings.clear_s - 1e-6 <= cleared <= ends_s + settings.clear_s + 1.0


def test_the_speed_is_lost(settings: AlertSettings) -> None:
    """At 30 km/h a warning is due later than above 50; without a signal the shorter time holds at once."""
    lost_s = BEFORE + 0.5 * (settings.warning_fast_s + settings.warning_slow_s)
    told = tell(
        [(C0, BEFORE), (C6, 8.0)], settings=settings, speed_kmh=lambda time_s: 30.0 if time_s < lost_s else None
    )
    reached(told, Tier.CAUTION, BEFORE + settings.caution_s)
    reached(told, Tier.WARNING, lost_s)
    warning = next(event for event in told.alerts if event.tier is Tier.WARNING)
    assert "without a speed signal" in warning.why
    assert told.states[-1].speed_kmh is None and told.states[-1].band is SpeedBand.FAST


def test_a_phone_to_the_ear_then_safe(settings: AlertSettings) -> None:
    call_s = 1.4
    told = tell([(C0, BEFORE), (C2, call_s), (C0, 5.0)], settings=settings)
    reached(told, Tier.CAUTION, BEFORE + settings.entry_delay_s)
    assert told.highest is Tier.CAUTION
    assert told.alerts[0].reason is Reason.PHONE and told.alerts[0].activity is C2
    assert told.cleared() == pytest.approx(BEFORE + call_s + settings.clear_s, abs=told.step_s + 1e-6)
    assert len(told.events) == 2


@pytest.mark.parametrize("speed_kmh", [30.0, 90.0])
def test_the_radio(settings: AlertSettings, speed_kmh: float) -> None:
    warning_s = settings.warning_slow_s if speed_kmh == 30.0 else settings.warning_fast_s
    told = tell([(C0, BEFORE), (C5, 40.0), (C0, 5.0)], settings=settings, speed_kmh=speed_kmh)
    reached(told, Tier.CAUTION, BEFORE + settings.caution_s / settings.mild_weight)
    reached(told, Tier.WARNING, BEFORE + warning_s / settings.mild_weight)
    assert told.highest is Tier.WARNING
    assert told.states[-1].tier is Tier.NONE


def test_another_driver_takes_over(settings: AlertSettings) -> None:
    """The first one leaves the car with a critical alert and a snooze; the second one starts with neither."""
    policy = AlertPolicy(settings)
    chat = tell([(C0, BEFORE), (C9, settings.caution_s / settings.mild_weight + 0.5)], policy=policy, speed_kmh=90.0)
    policy.snooze()
    first = go_on(chat, [(C6, 10.0)], policy, 90.0)
    assert first.states[-1].tier is Tier.CRITICAL and first.states[-1].snoozed == {C9}
    # The seat is empty: the model is undecided.
    empty = np.full(10, 0.1, dtype=np.float32)
    stood = go_on(first, [(empty, settings.journey_ends_s + 5.0)], policy, 0.0)
    assert stood.states[-1].tier is Tier.NONE and stood.states[-1].snoozed == frozenset()
    second = go_on(stood, [(C6, 1.0), (C0, 5.0)], policy, 90.0)
    assert second.alerts == []
    assert second.states[-1].awareness == 1.0


def test_without_a_stop_a_critical_alert_is_not_forgotten(settings: AlertSettings) -> None:
    told = tell([(C0, BEFORE), (C6, 8.0), (None, settings.journey_ends_s + 5.0)], settings=settings, speed_kmh=90.0)
    assert told.states[-1].tier is Tier.CRITICAL


def test_right_hand_drive(settings: AlertSettings) -> None:
    """Seen from the other side the driver's left looks like a right; undone before the policy, which names the hand."""
    seen = np.asarray(mirror_probabilities(one_hot(C1, 1.0)))
    told = tell([(C0, BEFORE), (seen, 4.0)], settings=settings)
    reached(told, Tier.WARNING, BEFORE + settings.warning_fast_s - settings.phone_earlier_s)
    assert {event.activity for event in told.alerts} == {C3}


def test_an_acknowledged_warning_is_hidden_until_it_is_critical(settings: AlertSettings) -> None:
    policy = AlertPolicy(settings)
    before = tell([(C0, BEFORE), (C6, settings.warning_fast_s + 0.5)], policy=policy)
    assert before.states[-1].tier is Tier.WARNING
    policy.acknowledge()
    after = go_on(before, [(C6, 6.0), (C0, 5.0), (C6, 4.0)], policy)
    assert [event.reason for event in after.events[:1]] == [Reason.ACKNOWLEDGED]
    assert after.events[0].kind is EventKind.CLEARED
    reached(after, Tier.CRITICAL, BEFORE + settings.critical_fast_s)
    # With the attention between them the second drink is another alert, which nobody has acknowledged.
    assert after.states[-1].tier is Tier.WARNING


def test_a_critical_alert_cannot_be_acknowledged(settings: AlertSettings) -> None:
    policy = AlertPolicy(settings)
    before = tell([(C0, BEFORE), (C6, 8.0)], policy=policy)
    policy.acknowledge()
    policy.snooze()
    after = go_on(before, [(C6, 3.0)], policy)
    assert after.events == [] and after.states[-1].tier is Tier.CRITICAL


def test_a_snoozed_activity_is_left_alone_up_to_its_tier(settings: AlertSettings) -> None:
    policy = AlertPolicy(settings)
    before = tell([(C0, BEFORE), (C9, settings.caution_s / settings.mild_weight + 0.5)], policy=policy)
    policy.snooze()
    after = go_on(before, [(C9, 0.5), (C0, 5.0), (C9, 12.0), (C0, 5.0), (C6, 2.5), (C0, 5.0)], policy)
    assert after.events[0].reason is Reason.SNOOZED
    tiers = [(event.tier, event.activity) for event in after.alerts]
    assert tiers == [(Tier.WARNING, C9), (Tier.CAUTION, C6)]


def test_a_phone_cannot_be_snoozed(settings: AlertSettings) -> None:
    policy = AlertPolicy(settings)
    before = tell([(C0, BEFORE), (C1, 1.0)], policy=policy)
    policy.snooze()
    after = go_on(before, [(C1, 0.1), (C0, 5.0), (C1, 1.0)], policy)
    assert after.states[-1].snoozed == frozenset()
    assert after.states[-1].tier is Tier.CAUTION


def test_acknowledging_nothing_does_nothing(settings: AlertSettings) -> None:
    policy = AlertPolicy(settings)
    policy.acknowledge()
    told = tell([(C0, BEFORE), (C6, 4.0)], policy=policy)
    reached(told, Tier.WARNING, BEFORE + settings.warning_fast_s)


def test_what_may_be_acknowledged_is_a_setting() -> None:
    settings = AlertSettings(acknowledge_up_to="caution")
    policy = AlertPolicy(settings)
    before = tell([(C0, BEFORE), (C6, settings.warning_fast_s + 0.5)], policy=policy)
    policy.acknowledge()
    assert go_on(before, [(C6, 1.0)], policy).events == []


def test_where_nothing_may_be_snoozed_nothing_is() -> None:
    policy = AlertPolicy(AlertSettings(snooze_up_to="none"))
    before = tell([(C0, BEFORE), (C6, 2.5)], policy=policy)
    policy.snooze()
    after = go_on(before, [(C6, 0.1), (C0, 3.0), (C6, 2.5)], policy)
    assert after.events[0].reason is Reason.SNOOZED and after.states[-1].snoozed == frozenset()
    assert after.states[-1].tier is Tier.CAUTION


def test_an_activity_s_own_threshold(settings: AlertSettings) -> None:
    """A model that gives the passenger 0.75 in C0's moments: a higher threshold for C9 keeps it from alerting."""
    torn = 0.25 * one_hot(C0, 1.0) + 0.75 * one_hot(C9, 1.0)
    stricter = settings.model_copy(update={"enter_by_activity": {"c9": 0.9}})
    if settings.smoothing != "hmm":
        # The forward filter adds such moments up; it is the mean and the median that a threshold is read against.
        assert tell([(C0, BEFORE), (torn, 10.0)], settings=stricter).alerts == []
    assert tell([(C0, BEFORE), (torn, 10.0)], settings=settings).alerts != []
    certain = tell([(C0, BEFORE), (C9, 10.0)], settings=stricter)
    reached(certain, Tier.CAUTION, BEFORE + stricter.caution_s / stricter.mild_weight)
