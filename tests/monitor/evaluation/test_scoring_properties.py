"""What holds for every drive's score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.files.labels.drive_labels import DriveLabels, LabelSegment
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.scoring import EventScore, frame_durations_s, score_events, score_frames
from monitor.health.camera_health import Health
from tests.property_settings import examples

S = AlertSettings()
SPEEDS = st.sampled_from([None, 10.0, 35.0, 90.0])


@st.composite
def drives(draw: st.DrawFn) -> DriveLabels:
    """Stretches of any activity, some with nothing labelled between them."""
    segments, start_s = [], 0.0
    for _ in range(draw(st.integers(1, 8))):
        start_s += draw(st.sampled_from([0.0, 0.0, 0.0, 1.2]))
        length_s = draw(st.integers(1, 60)) / 5.0
        segments.append(LabelSegment(start_s, start_s + length_s, draw(st.sampled_from(list(Activity)))))
        start_s += length_s
    return DriveLabels(tuple(segments))


def frame_times(labels: DriveLabels) -> list[float]:
    return [index / 5.0 for index in range(int(labels.end_s * 5) + 1)]


@st.composite
def alert_events(draw: st.DrawFn) -> list[AlertEvent]:
    """Alerts that come and go at any time."""
    times = sorted(draw(st.lists(st.integers(0, 400), max_size=12, unique=True)))
    activity = st.sampled_from(list(Activity)[1:])
    events = []
    for index, time in enumerate(times):
        kind, tier = (EventKind.CLEARED, Tier.NONE) if index % 2 else (EventKind.RAISED, Tier.CAUTION)
        events.append(AlertEvent(kind, time / 5.0, tier, draw(activity), Reason.DISTRACTION, Health.OK, 0.0))
    return events


@examples(0.6)
@given(drives(), SPEEDS)
def test_a_perfect_network_has_a_perfect_score(labels: DriveLabels, speed_kmh: float | None) -> None:
    times_s, policy, events = frame_times(labels), AlertPolicy(S), []
    certain = np.eye(len(Activity))
    for time_s in times_s:
        activity = labels.activity_at(time_s)
        prediction = None if activity is None else certain[activity]
        events.extend(policy.update(time_s, prediction, speed_kmh).events)
    score = score_events(labels, events, times_s, S, speed_kmh)
    assert score.missed == [] and score.false == ()
    assert all(0.0 <= excess_delay_s <= S.clear_s for excess_delay_s in score.excess_delays_s)


# The label begins a rounding error after the frame in which the alert is raised.
ROUNDED = DriveLabels(
    (
        LabelSegment(0.0, 32.2, Activity.SAFE_DRIVING),
        LabelSegment(33.400000000000006, 33.6, Activity.TEXTING_RIGHT),
        LabelSegment(33.6, 33.8, Activity.SAFE_DRIVING),
    )
)
AT_ITS_START = AlertEvent(
    EventKind.RAISED, 33.4, Tier.CAUTION, Activity.TEXTING_RIGHT, Reason.DISTRACTION, Health.OK, 0.0
)


@examples(0.6)
@given(drives(), alert_events())
@example(ROUNDED, [AT_ITS_START])
def test_every_alert_and_distraction_is_counted_once(labels: DriveLabels, events: list[AlertEvent]) -> None:
    times_s = frame_times(labels)
    score = score_events(labels, events, times_s, S)
    assert score.detected + len(score.missed) == len(score.expected) <= len(score.distractions)
    outside = [*score.false, *score.unscored]
    assert len({alert.raised_s for alert in outside}) == len(outside)
    assert len(outside) <= sum(event.kind is EventKind.RAISED for event in events)
    for alert in score.false:
        activity = labels.activity_at(alert.raised_s)
        assert activity is not None and not activity.is_distraction
    assert 0.0 <= score.attentive_s <= score.labelled_s <= labels.end_s + 0.2 + 1e-6


@examples(0.3)
@given(st.lists(st.tuples(drives(), alert_events()), min_size=1, max_size=3))
def test_drives_add_up(parts: list[tuple[DriveLabels, list[AlertEvent]]]) -> None:
    scores = [score_events(labels, events, frame_times(labels), S) for labels, events in parts]
    whole = EventScore.of(scores)
    assert whole.detected == sum(score.detected for score in scores)
    assert len(whole.false) == sum(len(score.false) for score in scores)
    assert len(whole.missed_under_alert) == sum(len(score.missed_under_alert) for score in scores)
    assert whole.labelled_s == pytest.approx(sum(score.labelled_s for score in scores))
    assert whole.false_per_hour == pytest.approx(3600.0 * len(whole.false) / whole.labelled_s)


@given(st.lists(st.floats(0.0, 1e4), max_size=30, unique=True).map(sorted), st.floats(0.1, 5.0))
def test_a_frame_speaks_until_the_next_and_not_for_ever(times_s: list[float], max_s: float) -> None:
    lengths_s = frame_durations_s(times_s, max_s)
    assert len(lengths_s) == len(times_s)
    assert ((lengths_s >= 0.0) & (lengths_s <= max_s)).all()


@given(st.lists(st.tuples(st.none() | st.sampled_from(list(Activity)), st.integers(0, 9)), max_size=40))
def test_every_labelled_frame_is_in_the_confusion_matrix_once(rows: list[tuple[Activity | None, int]]) -> None:
    labels = [activity for activity, _ in rows]
    predictions = np.eye(10, dtype=np.float32)[[predicted for _, predicted in rows]].reshape(-1, 10)
    score = score_frames(labels, predictions)
    assert score.scored + score.unscored == len(rows)
    correct = sum(activity is not None and int(activity) == predicted for activity, predicted in rows)
    assert score.confusion.trace() == correct
