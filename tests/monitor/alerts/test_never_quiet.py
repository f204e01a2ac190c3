"""No sequence goes quiet: what was acknowledged, covered, unsure or parked before silences nothing that comes later."""

from __future__ import annotations

import numpy as np
import pytest

from engines.activities import Activity
from monitor.alerts.cause import Rule
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.health.camera_health import Health
from monitor.health.fault_window import OVER_S, REPORTED_S, WINDOW_S
from tests.monitor.alerts.stories import C0, C1, C2, C5, C6, C7, C9, Lost, Played, Segment, Shown, play
from tests.monitor.fakes import one_hot

S = AlertSettings()
BEFORE = 5.0
HALF_HOUR_S = 1800.0
TORN = np.full(10, 0.1, dtype=np.float32)


class Drive:
    """One drive, played in parts."""

    def __init__(self, settings: AlertSettings = S, fps: float = 10.0) -> None:
        self.policy, self.fps, self.now_s = AlertPolicy(settings), fps, 0.0

    def go(self, *segments: Segment, speed_kmh: float | None = None) -> Played:
        played = play(segments, policy=self.policy, fps=self.fps, speed_kmh=speed_kmh, start_s=self.now_s)
        self.now_s = played.states[-1].time_s + 1.0 / self.fps
        return played

    def until_warned(self, *segments: Segment) -> None:
        """Again and again until there is a warning."""
        for _ in range(20):
            if self.go(*segments).states[-1].tier is Tier.WARNING:
                return
        raise AssertionError("there was no warning")


def alternating(first: Shown, first_s: float, other: Shown, other_s: float, seconds: float) -> list[Segment]:
    return [part for _ in range(int(seconds / (first_s + other_s))) for part in ((first, first_s), (other, other_s))]


def cumulative_warning_acknowledged() -> Drive:
    """Half a second of attention after a driver who drank again and again has acknowledged the warning."""
    drive = Drive()
    drive.go((C0, BEFORE))
    drive.until_warned((C6, 1.9), (C0, 1.2))
    drive.policy.acknowledge()
    drive.go((C0, 0.5))
    return drive


def test_after_an_acknowledged_cumulative_warning_a_phone_alerts_as_ever() -> None:
    drive = cumulative_warning_acknowledged()
    begins_s = drive.now_s
    phones = drive.go(*alternating(C1, 1.6, C0, 1.4, HALF_HOUR_S))
    assert phones.alerts[0].activity is C1 and phones.alerts[0].reason is Reason.PHONE
    assert phones.alerts[0].time_s <= begins_s + S.entry_delay_s + 0.2
    assert all(state.tier is not Tier.NONE for state in phones.states if state.attention.value == "distracted")


def test_an_acknowledged_cumulative_warning_comes_again_when_as_much_has_come_after_it() -> None:
    drive = cumulative_warning_acknowledged()
    begins_s = drive.now_s
    again = drive.go(*alternating(C6, 1.9, C0, 1.2, 60.0))
    warning = again.alerts[0]
    assert warning.tier is Tier.WARNING and warning.reason is Reason.CUMULATIVE
    # As much as makes a first one: ten seconds in pieces of 1.9 with 1.2 between.
    assert warning.time_s - begins_s == pytest.approx(5 * 3.1 + 0.5, abs=0.7)


def test_after_an_acknowledged_cumulative_warning_the_same_distraction_may_still_become_a_warning() -> None:
    """What stood was the cumulative warning; three seconds on end are another rule."""
    drive = Drive()
    drive.go((C0, BEFORE))
    drive.until_warned((C6, 1.9), (C0, 1.2))
    drive.go((C6, 1.0))
    drive.policy.acknowledge()
    after = drive.go((C6, 4.0))
    assert after.alerts[-1].tier is Tier.WARNING and after.alerts[-1].reason is Reason.DISTRACTION


@pytest.mark.parametrize("chat", [C5, C9])
@pytest.mark.parametrize("pause_s", [0.4, 0.8])
def test_after_an_acknowledged_chat_a_phone_alerts_at_once(chat: Activity, pause_s: float) -> None:
    drive = Drive()
    drive.go((C0, BEFORE), (chat, S.warning_fast_s / S.mild_weight + 0.5))
    drive.policy.acknowledge()
    drive.go((chat, 1.0))
    begins_s = drive.now_s
    phones = drive.go(*alternating(C1, 1.0, C0, pause_s, 60.0))
    assert phones.alerts[0].time_s <= begins_s + S.entry_delay_s + 0.2
    assert phones.alerts[0].activity is C1 and phones.alerts[0].cause is not None
    assert phones.alerts[0].cause.rule is Rule.ANOTHER_ACTIVITY
    assert {event.activity for event in phones.alerts if event.tier is Tier.CRITICAL} == {C1}


def test_a_chat_never_names_a_critical_alert() -> None:
    """Mostly a passenger, and between drinks that are too short to take the alert over."""
    played = play([(C0, BEFORE), (C9, 8.0), *alternating(C6, 1.5, C9, 1.5, 30.0)])
    assert played.highest is Tier.CRITICAL
    assert {state.activity for state in played.states if state.tier is Tier.CRITICAL} == {C6}


def test_a_chat_after_a_drink_names_no_critical_alert_when_the_speed_rises() -> None:
    """The drink is due above 50 km/h, when the chat has taken the alert over."""
    drive = Drive()
    drive.go((C0, BEFORE), (C6, 6.5), (C9, 2.6), speed_kmh=35.0)
    fast = drive.go((C9, 1.0), speed_kmh=80.0)
    assert [(event.tier, event.activity) for event in fast.alerts] == [(Tier.CRITICAL, C6)]


def test_another_activity_ends_an_acknowledgement_when_it_goes_on() -> None:
    drive = Drive(AlertSettings(critical_after_warning_s=6.0, critical_fast_s=9.0, critical_slow_s=9.0))
    drive.go((C0, BEFORE), (C6, S.warning_fast_s + 0.3))
    drive.policy.acknowledge()
    assert drive.go((C6, 0.2), (C7, S.caution_s - 0.3)).states[-1].tier is Tier.NONE
    after = drive.go((C7, 1.2))
    assert [(event.kind, event.tier, event.activity) for event in after.alerts][:1] == [
        (EventKind.RAISED, Tier.WARNING, C7)
    ]


def test_the_same_activity_after_attention_is_another_alert() -> None:
    drive = Drive()
    drive.go((C0, BEFORE), (C6, S.warning_fast_s + 0.3))
    drive.policy.acknowledge()
    after = drive.go((C6, 0.5), (C0, S.clear_s + 0.5), (C6, S.caution_s + 0.3))
    assert [event.tier for event in after.alerts] == [Tier.CAUTION]


def test_a_change_of_hands_is_the_same_incident() -> None:
    played = play([(C0, BEFORE), (C1, 3.0), (C2, 4.0)])
    assert {state.incident for state in played.states} == {None, 1}


def test_a_cumulative_warning_says_how_much_and_names_each_new_activity() -> None:
    glances: list[Segment] = []
    for activity in (C6, C7, C6, C7, C6, C7, C6, C7):
        glances += [(activity, 1.8), (C0, 1.4)]
    played = play([(C0, BEFORE), *glances], settings=AlertSettings(smoothing_s=0.0))
    warning = played.alerts[0]
    assert warning.reason is Reason.CUMULATIVE
    assert "(distracted too often, 10.0 s): 10.0 s of distraction within 30 s" in warning.text
    last = played.states[-1]
    assert last.tier is Tier.WARNING and last.incident is not None and last.incident >= 2


@pytest.mark.parametrize(("bad_s", "good_s"), [(1.8, 0.5), (1.9, 1.0), (0.9, 0.9)])
@pytest.mark.parametrize("shown", [TORN, None])
def test_unsure_again_and_again_is_shown(shown: Shown, bad_s: float, good_s: float) -> None:
    # Smoothed, the unsure time is shorter by what attention takes to fade; that is worked out without it.
    settings = AlertSettings(smoothing_s=0.0)
    played = play([(C0, BEFORE), *alternating(shown, bad_s, C0, good_s, 600.0)], settings=settings, fps=10.0)
    faults = [event for event in played.events if event.kind is EventKind.FAULT]
    assert faults[0].health is Health.UNSURE
    assert faults[0].time_s <= BEFORE + (REPORTED_S / bad_s + 1.0) * (bad_s + good_s)
    assert len(faults) == 1


def test_unsure_with_the_usual_smoothing_is_shown() -> None:
    played = play([(C0, BEFORE), *alternating(TORN, 1.8, C0, 0.5, 600.0)], fps=10.0)
    fault = next(event for event in played.events if event.kind is EventKind.FAULT)
    assert fault.time_s <= BEFORE + WINDOW_S


def test_frames_that_stop_again_and_again_are_too_few() -> None:
    policy, time_s = AlertPolicy(), 0.0
    events: list[AlertEvent] = []
    for _ in range(30):
        for _ in range(8):
            time_s += 0.1
            events += policy.update(time_s, one_hot(C0)).events
        time_s += 1.5
        events += policy.update(time_s, one_hot(C0)).events
    assert [event.health for event in events] == [Health.SPARSE]


def test_a_fault_that_came_and_went_is_over_after_good_frames() -> None:
    played = play([(C0, BEFORE), *alternating(TORN, 1.8, C0, 0.5, 30.0), (C0, OVER_S + 1.0)], fps=10.0)
    assert played.events[-1].kind is EventKind.RECOVERED and played.states[-1].health is Health.OK


def test_a_drive_with_an_unsure_frame_now_and_then_has_no_fault() -> None:
    played = play([(C0, BEFORE), *alternating(TORN, 0.6, C0, 5.0, 600.0)], fps=10.0)
    assert played.events == []


def test_without_a_speed_signal_a_journey_ends_when_nobody_was_there_for_long() -> None:
    drive = Drive(fps=2.0)
    drive.go((C0, BEFORE), (C9, S.caution_s / S.mild_weight + 1.0))
    drive.policy.snooze()
    first = drive.go((C6, 12.0))
    assert first.states[-1].tier is Tier.CRITICAL and first.states[-1].snoozed == {C9}
    parked = drive.go((TORN, S.journey_ends_without_speed_s - 5.0))
    assert parked.states[-1].tier is Tier.CRITICAL
    parked = drive.go((TORN, 10.0))
    cleared = next(event for event in parked.events if event.kind is EventKind.CLEARED)
    assert cleared.reason is Reason.JOURNEY_ENDED and "no driver in view for 600 s" in cleared.text
    assert parked.states[-1].snoozed == frozenset()
    second = drive.go((C9, S.caution_s / S.mild_weight + 1.5))
    assert [(event.tier, event.activity) for event in second.alerts] == [(Tier.CAUTION, C9)]


@pytest.mark.parametrize("camera", [Lost(Health.CAMERA_LOST), Lost(Health.STALLED)])
def test_a_lost_camera_alone_ends_no_journey(camera: Lost) -> None:
    drive = Drive(fps=2.0)
    drive.go((C0, BEFORE), (C6, 12.0))
    lost = drive.go((camera, 2.0 * S.journey_ends_without_speed_s))
    assert lost.states[-1].tier is Tier.CRITICAL


def test_a_gap_without_frames_ends_no_journey() -> None:
    drive = Drive()
    drive.go((C0, BEFORE), (C6, 12.0))
    drive.now_s += 2.0 * S.journey_ends_without_speed_s
    assert drive.go((C6, 1.0)).states[-1].tier is Tier.CRITICAL


def test_time_without_a_speed_does_not_count_below_the_gate() -> None:
    drive = Drive(fps=2.0)
    drive.go((C0, BEFORE), (C9, S.caution_s / S.mild_weight + 1.0))
    drive.policy.snooze()
    drive.go((TORN, 0.5 * S.journey_ends_without_speed_s))
    assert drive.go((TORN, S.journey_ends_s - 5.0), speed_kmh=5.0).states[-1].snoozed == {C9}
    assert drive.go((TORN, 10.0), speed_kmh=5.0).states[-1].snoozed == frozenset()


@pytest.mark.parametrize("hole_s", [1.5, 5.5, 12.0])
def test_holes_that_come_again_and_again_are_shown(hole_s: float) -> None:
    policy, time_s = AlertPolicy(), 0.0
    events: list[AlertEvent] = []
    for _ in range(20):
        for _ in range(10):
            time_s += 0.1
            events += policy.update(time_s, one_hot(C0)).events
        time_s += hole_s
    assert events[0].health is Health.SPARSE


def test_a_driver_at_speed_is_not_forgotten() -> None:
    drive = Drive(fps=2.0)
    drive.go((C0, BEFORE), (C6, 12.0), speed_kmh=80.0)
    assert drive.go((TORN, 2.0 * S.journey_ends_without_speed_s), speed_kmh=80.0).states[-1].tier is Tier.CRITICAL


@pytest.mark.parametrize(("phone_s", "attention_s"), [(0.2, 0.3), (0.3, 0.5), (0.4, 0.7), (0.5, 0.9)])
def test_a_phone_in_pieces_too_short_for_the_smoothing_adds_up(phone_s: float, attention_s: float) -> None:
    """More than ten seconds within thirty, though the smoothed probabilities never show it for long."""
    played = play([(C0, BEFORE), *alternating(C1, phone_s, C0, attention_s, 120.0)], fps=10.0)
    first = played.alerts[0]
    assert first.time_s <= BEFORE + S.cumulative_window_s + 1.0
    for start_s in np.arange(BEFORE, BEFORE + 80.0, 5.0):
        within = [state for state in played.states if start_s <= state.time_s <= start_s + S.cumulative_window_s + 1.0]
        assert any(state.tier is not Tier.NONE for state in within)


def test_wrong_frames_now_and_then_are_no_flicker() -> None:
    played = play([(C0, BEFORE), (C6, 12.0), *alternating(C0, 0.9, C1, 0.1, 10.0)], fps=10.0)
    assert played.states[-1].tier is Tier.NONE
