"""Incidents from their first alert to their end, in stories and in drives at random."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from monitor.alerts.cause import Rule
from monitor.alerts.events import AlertState, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import Incident, IncidentState
from monitor.alerts.incidents.tracker import IncidentTracker, incidents_of
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from tests.monitor.alerts.stories import C0, C1, C3, C5, C6, C7, C8, C9, Segment, play
from tests.property_settings import examples

S = AlertSettings()
BEFORE = 5.0
TORN = np.full(10, 0.1, dtype=np.float32)
Ask = Callable[[AlertPolicy], None]


class Watched:
    """A drive in parts, and its incidents as they become known."""

    def __init__(self, settings: AlertSettings = S) -> None:
        self.policy, self.tracker = AlertPolicy(settings), IncidentTracker(settings.frame_holds_s)
        self.states: list[AlertState] = []
        self.known: list[Incident] = []

    def go(self, *segments: Segment, speed_kmh: float | None = None) -> Watched:
        start_s = self.states[-1].time_s + 0.1 if self.states else 0.0
        played = play(segments, policy=self.policy, fps=10.0, speed_kmh=speed_kmh, start_s=start_s)
        for state in played.states:
            self.known += self.tracker.update(state)
        self.states += played.states
        return self

    def end(self) -> list[Incident]:
        """The drive is over: every incident as it was at its end."""
        last = self.tracker.end_drive()
        self.known += [] if last is None else [last]
        return list({incident.number: incident for incident in self.known}.values())


def test_an_incident_lasts_from_its_first_alert_to_attention() -> None:
    (incident,) = Watched().go((C0, BEFORE), (C6, 4.0), (C0, 3.0), speed_kmh=90.0).end()
    assert incident.start_s == pytest.approx(BEFORE + S.caution_s, abs=0.2)
    assert incident.end_s == pytest.approx(BEFORE + 4.0 + S.clear_s, abs=0.2)
    assert incident.ended_by is Reason.ATTENTION and incident.state is IncidentState.ENDED
    assert incident.tier is Tier.WARNING and incident.activity is C6
    assert incident.cause.rule is Rule.WARNING_TIME and incident.cause.limit_s == S.warning_fast_s
    assert incident.speed_kmh == incident.top_speed_kmh == 90.0
    assert [event.kind for event in incident.events] == [EventKind.RAISED, EventKind.ESCALATED, EventKind.CLEARED]
    assert [span.activity for span in incident.activities if span.activity is not None] == [C6, C0]
    assert incident.text == "INCIDENT 1: C6 Drinking, 7.0 to 10.0 s, warning at its peak (attention is back)"


def test_timer_and_tier_go_on_through_a_change_of_hands() -> None:
    """Four seconds right and four left are eight of a phone: critical when one hand alone would have made it so."""
    (incident,) = Watched().go((C0, BEFORE), (C1, 2.0), (C3, 6.0), (C0, 3.0)).end()
    critical = next(event for event in incident.events if event.tier is Tier.CRITICAL)
    assert critical.time_s - BEFORE == pytest.approx(S.critical_fast_s - S.phone_earlier_s, abs=0.2)
    assert [span.activity for span in incident.activities if span.activity is not None] == [C1, C3, C0]
    assert incident.activity is C3


def test_another_activity_under_a_standing_alert_is_an_incident_without_an_event() -> None:
    first, second = Watched().go((C0, BEFORE), (C6, 7.0), (C7, 3.0), (C0, 3.0)).end()
    assert first.ended_by is Reason.ANOTHER_ACTIVITY and first.state is IncidentState.ENDED
    assert second.start_s == first.end_s and second.activity is C7
    # Tier and timer went on: it is critical though nothing rose in it.
    assert second.tier is Tier.CRITICAL and second.cause.rule is Rule.STOOD_ALREADY
    assert [event.kind for event in second.events] == [EventKind.CLEARED]


@pytest.mark.parametrize(
    ("ask", "state"),
    [(AlertPolicy.acknowledge, IncidentState.ACKNOWLEDGED), (AlertPolicy.snooze, IncidentState.SNOOZED)],
)
def test_what_the_driver_has_hidden_is_a_state_of_its_own_and_ends_with_attention(
    ask: Ask, state: IncidentState
) -> None:
    watched = Watched().go((C0, BEFORE), (C5, S.caution_s / S.mild_weight + 0.5))
    ask(watched.policy)
    watched.go((C5, 1.0))
    assert watched.known[-1].state is state and not watched.known[-1].is_over
    (incident,) = watched.go((C0, 3.0)).end()
    assert incident.state is state and incident.ended_by is Reason.ATTENTION
    assert incident.end_s is not None and incident.end_s > watched.known[0].start_s + 1.0
    assert state.value in incident.text


def test_what_rises_after_an_acknowledgement_is_active_again() -> None:
    watched = Watched().go((C0, BEFORE), (C6, S.caution_s + 0.5))
    watched.policy.acknowledge()
    (incident,) = watched.go((C6, 3.0), (C0, 3.0)).end()
    assert IncidentState.ACKNOWLEDGED in {known.state for known in watched.known}
    assert incident.tier is Tier.WARNING and incident.state is IncidentState.ENDED


def test_a_snoozed_activity_begins_an_incident_that_is_never_shown() -> None:
    watched = Watched().go((C0, BEFORE), (C9, S.caution_s / S.mild_weight + 0.5))
    watched.policy.snooze()
    first, second = watched.go((C9, 0.2), (C0, 3.0), (C9, S.caution_s / S.mild_weight + 0.5), (C0, 3.0)).end()
    assert first.number == 1 and second.number == 2
    assert second.state is IncidentState.SNOOZED and second.events == () and second.tier is Tier.CAUTION
    assert second.cause.rule is Rule.SNOOZED and second.ended_by is Reason.ATTENTION


def test_an_acknowledged_cumulative_warning_ends_with_it() -> None:
    watched = Watched().go((C0, BEFORE))
    while not watched.known:
        watched.go((C6, 1.9), (C0, 1.2))
    watched.policy.acknowledge()
    (incident,) = watched.go((C0, 1.0)).end()
    assert incident.reason is Reason.CUMULATIVE and incident.cause.window_s == S.cumulative_window_s
    assert incident.state is IncidentState.ACKNOWLEDGED and incident.ended_by is Reason.ACKNOWLEDGED


def test_other_ends() -> None:
    (slow,) = Watched().go((C0, BEFORE), (C6, 4.0)).go((C6, 1.0), speed_kmh=5.0).end()
    assert slow.ended_by is Reason.BELOW_GATE
    (unseen,) = Watched().go((C0, BEFORE), (C6, 4.0), (TORN, 4.0)).end()
    assert unseen.ended_by is Reason.UNKNOWN
    (unfinished,) = Watched().go((C0, BEFORE), (C6, 4.0)).end()
    assert unfinished.ended_by is Reason.DRIVE_ENDED and unfinished.end_s == pytest.approx(BEFORE + 4.0, abs=0.11)


def test_a_rewound_recording_ends_an_incident_where_it_was() -> None:
    watched = Watched().go((C0, BEFORE), (C6, 4.0))
    for state in play([(C0, 1.0), (C7, 3.0), (C0, 3.0)], policy=watched.policy).states:
        watched.known += watched.tracker.update(state)
    first, second = watched.end()
    assert first.ended_by is Reason.CLOCK and first.end_s == pytest.approx(BEFORE + 4.0)
    assert all(event.time_s <= first.end_s for event in first.events)
    assert second.number == 2 and second.activity is C7 and second.start_s < first.start_s


def test_a_hole_between_frames_is_an_activity_that_nobody_knows() -> None:
    tracker, policy = IncidentTracker(S.frame_holds_s), AlertPolicy()
    states = play([(C0, BEFORE), (C6, 9.0)], policy=policy, fps=10.0).states
    states += play([(C6, 1.0)], policy=policy, fps=10.0, start_s=states[-1].time_s + 3.0).states
    known = [incident for state in states for incident in tracker.update(state)]
    last = tracker.end_drive()
    assert last is not None and known
    hole = next(span for span in last.activities if span.activity is None)
    assert hole.end_s - hole.start_s >= 3.0 - S.frame_holds_s - 0.01


activities = st.sampled_from(list(Activity))
parts = st.lists(
    st.tuples(
        st.sampled_from([*Activity, None, "torn"]),
        st.floats(0.1, 5.0),
        st.sampled_from([None, 10.0, 40.0, 90.0]),
        st.sampled_from([None, AlertPolicy.acknowledge, AlertPolicy.snooze]),
    ),
    min_size=1,
    max_size=12,
)


@given(parts, st.sampled_from([0.0, 0.5]))
@examples(0.6)
def test_incidents_of_any_drive(
    story: list[tuple[Activity | str | None, float, float | None, Ask | None]], smoothing_s: float
) -> None:
    watched = Watched(AlertSettings(smoothing_s=smoothing_s))
    for shown, seconds, speed_kmh, ask in story:
        if ask is not None:
            ask(watched.policy)
        watched.go((TORN if shown == "torn" else shown, seconds), speed_kmh=speed_kmh)  # type: ignore[arg-type]
    incidents = watched.end()
    assert incidents == incidents_of(watched.states, watched.policy.settings.frame_holds_s)
    assert [incident.number for incident in incidents] == list(range(1, len(incidents) + 1))
    for one, other in itertools.pairwise(incidents):
        assert one.end_s is not None and one.end_s <= other.start_s
    within = {state.time_s: state for state in watched.states}
    for incident in incidents:
        assert incident.end_s is not None and incident.ended_by is not None
        assert incident.state is not IncidentState.ACTIVE
        assert all(incident.start_s <= event.time_s <= incident.end_s for event in incident.events)
        assert all(event.incident == incident.number for event in incident.events)
        # The highest of its events; what the driver has hidden, or stood already, rises without one.
        highest = max(state.standing for state in within.values() if state.incident == incident.number)
        assert incident.tier is highest >= max((event.tier for event in incident.events), default=Tier.NONE)
        if incident.cause.rule not in (Rule.SNOOZED, Rule.STOOD_ALREADY):
            assert incident.tier is max(event.tier for event in incident.events)
        spans = incident.activities
        assert sum(span.end_s - span.start_s for span in spans) == pytest.approx(incident.end_s - incident.start_s)
        assert all(one.end_s == other.start_s for one, other in itertools.pairwise(spans))
        assert Incident.from_dict(incident.as_dict()).as_dict() == incident.as_dict()
    # Every event of a tier is in its incident.
    assert sum(len(incident.events) for incident in incidents) == sum(
        event.reason is not None for state in watched.states for event in state.events
    )


def cumulative_warning() -> Watched:
    """A warning of many short drinks, which a second of attention does not end."""
    watched = Watched().go((C0, BEFORE))
    while watched.states[-1].tier is not Tier.WARNING:
        watched.go((C6, 1.9), (C0, 1.2))
    return watched.go((C0, 0.4))


def test_wrong_frames_at_its_beginning_make_one_incident_and_not_three() -> None:
    watched = cumulative_warning()
    first, second = watched.go((C9, 0.5), (C1, 0.4), (C8, 5.0), (C0, 9.0)).end()[-2:]
    assert first.activity is C6 and first.ended_by is Reason.ANOTHER_ACTIVITY
    assert second.activity is C8 and second.start_s == first.end_s and second.tier is Tier.CRITICAL
    assert [span.activity for span in second.activities if span.activity is not None][-2:] == [C8, C0]


def test_a_phone_that_takes_over_from_a_chat_is_named_at_once() -> None:
    watched = cumulative_warning().go((C9, 1.2))
    begins_s = watched.states[-1].time_s
    watched.go((C1, 1.5))
    named = next(state.time_s for state in watched.states if state.time_s > begins_s and state.activity is C1)
    assert named - begins_s <= 1.2 + S.entry_delay_s


def test_what_was_hidden_while_it_began_covers_nothing_else() -> None:
    watched = cumulative_warning().go((C7, 1.0))
    watched.policy.acknowledge()
    watched.go((C7, 0.3))
    assert watched.states[-1].tier is Tier.NONE
    assert watched.go((C1, 1.0)).states[-1].tier is not Tier.NONE


def test_an_incident_of_half_an_hour_is_no_larger_than_it_must_be() -> None:
    """Two changes a second for 30 minutes: the spans stay few, without a hole, and every second is counted."""
    states = iter(play([(C1, 4.0)], fps=10.0).states)
    tracker, state = IncidentTracker(1.0), next(state for state in states if state.incident is not None)
    tracker.update(state)
    start_s = state.time_s
    for number in range(1, 3601):
        current = (C1, C3, C6)[number % 3] if number % 7 else C0
        events = tuple(replace(event, incident=state.incident) for event in state.events)
        state = replace(state, time_s=start_s + 0.5 * number, current=current, events=events)
        tracker.update(state)
    incident = tracker.end_drive()
    assert incident is not None and len(incident.activities) <= 200 and len(incident.events) <= 200
    assert len(json.dumps(incident.as_dict())) < 110_000
    assert incident.activities[0].start_s == incident.start_s and incident.activities[-1].end_s == incident.end_s
    for before, after in itertools.pairwise(incident.activities):
        assert before.end_s == after.start_s and before.activity is not after.activity
    assert sum(incident.seconds.values()) == pytest.approx(1800.0)
    assert incident.seconds[C0] == pytest.approx(0.5 * len([n for n in range(1, 3600) if n % 7 == 0]))
