"""Frame and event metrics on drives whose scores are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engines.activities import Activity
from engines.files.labels.drive_labels import parse_labels
from monitor.alerts.cause import Cause, Rule
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import Incident, IncidentState
from monitor.alerts.incidents.tracker import incidents_of
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.scoring import EventScore, alerts_of, score_events, score_frames
from monitor.health.camera_health import Health
from tests.monitor.alerts.stories import Segment, play
from tests.monitor.fakes import one_hot

S = AlertSettings()
LABELS = parse_labels(
    "start_s,end_s,activity\n0,10,c0\n10,16,c6\n16,24,c0\n24,25.5,c7\n25.5,34,c0\n34,40,c1\n40,50,c0\n"
)
TIMES = [index / 5 for index in range(250)]


def event(kind: EventKind, time_s: float, tier: Tier, activity: Activity = Activity.DRINKING) -> AlertEvent:
    return AlertEvent(kind, time_s, tier, activity, Reason.DISTRACTION, Health.OK, 0.0)


def raised(time_s: float, cleared_s: float | None = None, activity: Activity = Activity.DRINKING) -> list[AlertEvent]:
    events = [event(EventKind.RAISED, time_s, Tier.CAUTION, activity)]
    if cleared_s is not None:
        events.append(event(EventKind.CLEARED, cleared_s, Tier.NONE, activity))
    return events


def score(events: list[AlertEvent], speed_kmh: float | None = None) -> EventScore:
    return score_events(LABELS, events, TIMES, S, speed_kmh)


def test_an_alert_in_each_distraction() -> None:
    result = score([*raised(12.3, 17.0), *raised(34.5, 41.0)])
    assert result.detected == 2 and result.missed == [] and result.false == ()
    assert [item.latency_s for item in result.expected] == pytest.approx([2.3, 0.5])
    # 1.5 s of reaching behind is not long enough for a caution.
    assert [item.alert_expected for item in result.distractions] == [True, False, True]
    assert result.as_dict()["latency_s"] == {"mean": 1.4, "median": 1.4, "max": 2.3}


def test_missed_and_false() -> None:
    result = score(raised(5.0, 6.5))
    assert result.detected == 0 and len(result.missed) == 2
    assert [alert.raised_s for alert in result.false] == [5.0] and result.missed_under_alert == []
    assert result.as_dict()["latency_s"] is None


def test_an_alert_soon_after_the_end_still_counts() -> None:
    assert score(raised(16.0 + S.clear_s - 0.1, 19.0)).detected == 1
    late = score(raised(16.0 + S.clear_s + 0.2, 19.0))
    assert late.detected == 0 and len(late.false) == 1


def test_an_alert_that_never_ends_detects_nothing_more_and_is_counted() -> None:
    result = score(raised(12.0))
    assert [item.alerted_s for item in result.expected] == [12.0, None]
    assert [alert.raised_s for alert in result.cleared_late] == [12.0] and result.as_dict()["cleared_late"] == 1
    # The driver was warned all the same: that is distinguished from silence.
    assert result.missed_under_alert == [result.expected[1]] and result.as_dict()["missed_under_alert"] == 1


def test_an_alert_that_ends_within_the_next_distraction_leaves_it_missed_in_silence() -> None:
    result = score(raised(12.0, 36.0))
    assert [item.alerted_s for item in result.expected] == [12.0, None]
    assert len(result.cleared_late) == 1 and result.missed_under_alert == []


def test_a_false_alert_that_stands_on_detects_nothing() -> None:
    result = score(raised(5.0))
    assert result.detected == 0 and len(result.false) == 1 and result.cleared_late == ()
    assert result.missed_under_alert == result.expected


def test_an_alert_that_rises_in_a_distraction_detects_it() -> None:
    events = [*raised(12.0), event(EventKind.ESCALATED, 35.0, Tier.WARNING)]
    result = score(events)
    assert result.expected[1].latency_s == pytest.approx(1.0) and len(result.cleared_late) == 1


def test_an_alert_that_ends_in_time_does_not_overstay() -> None:
    assert score(raised(12.0, 16.0 + S.clear_s + S.exit_delay_s)).cleared_late == ()
    assert len(score(raised(12.0, 16.0 + S.clear_s + S.exit_delay_s + 1.0)).cleared_late) == 1


CLOSE = parse_labels("start_s,end_s,activity\n0,10,c0\n10,16,c6\n16,17.1,c0\n17.1,22,c7\n22,40,c0\n")
"""Two distractions with hardly more attention between them than ends an alert."""


def test_an_alert_that_could_not_end_before_the_next_distraction_covers_it() -> None:
    result = score_events(CLOSE, raised(12.0, 23.0), TIMES, S)
    assert [item.latency_s for item in result.expected] == [pytest.approx(2.0), 0.0]
    assert result.cleared_late == ()


def test_a_long_distraction_soon_after_another_is_long_enough() -> None:
    """The policy itself says nothing new in it: its alert stands on from the one before."""
    slow = AlertSettings(clear_s=1.0, smoothing_s=1.5)
    times_s = [index / 5 for index in range(150)]
    text = "start_s,end_s,activity\n0,5,c0\n5,15,c6\n15,16.1,c0\n16.1,26,c6\n26,30,c0\n"
    result = score_events(parse_labels(text), [], times_s, slow)
    assert [item.alert_expected for item in result.distractions] == [True, True]
    assert result.distractions[1].ideal_alert_s == 16.1
    short = parse_labels(text.replace("26", "17.5"))
    assert [item.alert_expected for item in score_events(short, [], times_s, slow).distractions] == [True, False]


def test_in_a_short_distraction_an_alert_is_not_false() -> None:
    assert score(raised(25.0, 27.0)).false == ()


def test_long_enough_depends_on_the_speed() -> None:
    assert score([], speed_kmh=10.0).expected == []
    assert len(score([], speed_kmh=30.0).expected) == 2


def test_radio_needs_twice_the_time() -> None:
    text = "start_s,end_s,activity\n0,5,c0\n5,8.5,c5\n8.5,15,c0\n15,21,c5\n21,30,c0\n"
    result = score_events(parse_labels(text), [], TIMES[:150], S)
    assert [item.alert_expected for item in result.distractions] == [False, True]
    expected = result.distractions[1].ideal_alert_s
    assert expected is not None and expected - 15.0 == pytest.approx(S.caution_after_s(Activity.RADIO), abs=0.41)


def test_what_is_not_labelled_is_not_scored() -> None:
    labels = parse_labels("start_s,end_s,activity\n0,5,c0\n15,20,c0\n")
    result = score_events(labels, [*raised(8.0, 9.0), *raised(17.0, 18.0), *raised(30.0)], TIMES, S)
    assert [alert.raised_s for alert in result.false] == [17.0]
    assert [alert.raised_s for alert in result.unscored] == [8.0, 30.0]


def test_distractions_without_attention_between_them_are_one() -> None:
    labels = parse_labels("start_s,end_s,activity\n0,5,c0\n5,8,c6\n8,8.5,c0\n8.5,12,c7\n12,20,c0\n")
    result = score_events(labels, raised(7.5, 13.0), TIMES[:100], S)
    assert [item.activities for item in result.distractions] == [(Activity.DRINKING, Activity.REACHING_BEHIND)]
    assert result.detected == 1


def test_an_interrupted_drive_is_scored_as_far_as_it_went() -> None:
    result = score_events(LABELS, raised(12.3), TIMES[:100], S)
    assert len(result.distractions) == 1
    assert score_events(LABELS, [], [], S).expected == []


def test_alerts_put_together_from_events() -> None:
    events = [
        event(EventKind.RAISED, 1.0, Tier.CAUTION),
        AlertEvent(EventKind.FAULT, 1.5, Tier.CAUTION, None, None, Health.DARK, 0.0),
        event(EventKind.ESCALATED, 2.0, Tier.WARNING, Activity.RADIO),
        event(EventKind.LOWERED, 3.0, Tier.CAUTION),
        event(EventKind.CLEARED, 4.0, Tier.NONE),
        event(EventKind.RAISED, 9.0, Tier.CAUTION),
    ]
    first, second = alerts_of(events)
    assert (first.raised_s, first.cleared_s, first.tier, first.activity) == (1.0, 4.0, Tier.WARNING, Activity.RADIO)
    assert (second.raised_s, second.cleared_s, second.tier) == (9.0, None, Tier.CAUTION)
    assert len(first.events) == 4


def test_frames() -> None:
    labels = [Activity.SAFE_DRIVING, Activity.SAFE_DRIVING, Activity.DRINKING, None]
    predictions = np.stack([one_hot(0, 0.91), one_hot(6, 0.91), one_hot(6, 0.91), one_hot(3, 0.91)])
    result = score_frames(labels, predictions)
    assert (result.scored, result.unscored, result.accuracy) == (3, 1, pytest.approx(2 / 3))
    assert result.log_loss == pytest.approx(-(2 * math.log(0.91) + math.log(0.01)) / 3, rel=1e-4)
    rows = result.per_class()
    assert rows[Activity.SAFE_DRIVING] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        "count": 2,
        "predicted": 1,
    }
    assert rows[Activity.DRINKING]["precision"] == 0.5
    assert rows[Activity.RADIO] == {"precision": None, "recall": None, "f1": None, "count": 0, "predicted": 0}


def test_no_labelled_frames() -> None:
    result = score_frames([None], one_hot(0)[None])
    assert result.accuracy is None and result.as_dict()["log_loss"] is None


def test_attention_under_an_alert_counts_from_the_clearing_time_on() -> None:
    # Both distractions' alerts stand for 3 s of attention; one more comes where nobody is distracted, for 2 s.
    result = score([*raised(12.0, 19.0), *raised(30.0, 32.0), *raised(34.6, 43.0)])
    assert result.attention.total_s == pytest.approx(3.0 + 2.0 + 3.0)
    assert result.attention.beyond_clearing_s == pytest.approx(8.0 - 2 * S.clear_s)
    assert result.attentive_s == pytest.approx(10.0 + 8.0 + 8.5 + 10.0, abs=0.2)
    assert result.beyond_clearing_percent == pytest.approx(100.0 * 6.0 / result.attentive_s)
    assert result.beyond_clearing_per_hour == pytest.approx(3600.0 * 6.0 / result.labelled_s)
    written = result.as_dict()
    assert (written["attention_under_alert_s"], written["attention_beyond_clearing_s"]) == (8.0, 6.0)
    assert "beyond the clearing time: 6.0 s (432 s an hour" in result.headline and "8.0 s in all" in result.headline


def test_an_alert_that_ends_in_time_and_a_drive_without_attention() -> None:
    assert score(raised(12.0, 16.0 + S.clear_s)).attention.beyond_clearing_s == 0.0
    labels = parse_labels("start_s,end_s,activity\n0,50,c6\n")
    result = score_events(labels, raised(2.0), TIMES, S)
    assert result.attention.total_s == 0.0 and result.beyond_clearing_percent is None
    assert "% of attention" not in result.headline


def test_attention_in_pieces_that_touch_is_one() -> None:
    labels = parse_labels("start_s,end_s,activity\n0,5,c6\n5,7,c0\n7,9,c0\n9,11,c6\n11,11.6,c0\n11.6,20,c6\n")
    result = score_events(labels, raised(2.0), TIMES[:100], S)
    assert result.attention.total_s == pytest.approx(4.6)
    assert result.attention.beyond_clearing_s == pytest.approx(3.0)


def test_an_incident_that_takes_an_alert_over_where_nobody_is_distracted_is_false() -> None:
    events = raised(12.0, 22.0)
    took_over = Incident(
        2, 19.0, 22.0, Reason.ATTENTION, IncidentState.ENDED, Tier.CAUTION, Activity.REACHING_BEHIND,
        Reason.DISTRACTION, Cause(Rule.STOOD_ALREADY), (), 0.0, None, None, (),
    )  # fmt: skip
    first = replace(took_over, number=1, start_s=12.0, end_s=19.0)
    result = score_events(LABELS, events, TIMES, S, incidents=[first, took_over])
    assert [(alert.raised_s, alert.activity) for alert in result.false] == [(19.0, Activity.REACHING_BEHIND)]
    within = replace(took_over, start_s=15.0)
    assert score_events(LABELS, events, TIMES, S, incidents=[first, within]).false == ()
    never_shown = replace(took_over, cause=Cause(Rule.SNOOZED))
    assert score_events(LABELS, events, TIMES, S, incidents=[first, never_shown]).false == ()


def test_an_incident_that_begins_hidden_and_rises_is_false_once() -> None:
    policy = AlertPolicy()
    watched = play([(Activity.SAFE_DRIVING, 2.0), (Activity.HAIR_AND_MAKEUP, 2.3)], policy=policy, fps=10.0).states
    policy.snooze()
    rest: list[Segment] = [(Activity.SAFE_DRIVING, 2.5), (Activity.HAIR_AND_MAKEUP, 4.5), (Activity.SAFE_DRIVING, 3.0)]
    watched += play(rest, policy=policy, fps=10.0, speed_kmh=90.0, start_s=4.4).states
    incidents = incidents_of(watched, 1.0)
    assert len(incidents) == 2 and any(event.kind is EventKind.RAISED for event in incidents[1].events)
    score = score_events(
        parse_labels("start_s,end_s,activity\n0,14.5,C0\n"),
        [event for state in watched for event in state.events],
        [state.time_s for state in watched],
        policy.settings,
        90.0,
        incidents=incidents,
    )
    assert len(score.false) == 2
