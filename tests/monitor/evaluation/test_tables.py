"""Rows and headline count the same seconds, also of what the driver has had hidden."""

from __future__ import annotations

from functools import cached_property

import pytest

from engines.activities import Activity
from engines.files.labels.drive_labels import parse_labels
from engines.view import Mount
from monitor.alerts.events import AlertEvent
from monitor.alerts.incidents.incident import Incident
from monitor.alerts.incidents.tracker import incidents_of
from monitor.alerts.policy import AlertPolicy
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.tables import by_incident
from tests.monitor.alerts.stories import Segment, play

SAFE, DRINKING, REACHING = Activity.SAFE_DRIVING, Activity.DRINKING, Activity.REACHING_BEHIND


class Watched(DriveRecord):
    """A drive in which somebody acknowledged."""

    def __init__(self, segments: list[Segment], acknowledged_after: int, labels: str) -> None:
        policy = AlertPolicy()
        states = play(segments[:acknowledged_after], policy=policy, fps=10.0).states
        policy.acknowledge()
        start_s = states[-1].time_s + 0.1
        states += play(segments[acknowledged_after:], policy=policy, fps=10.0, start_s=start_s).states
        self._states = states
        super().__init__("drive", parse_labels(labels), Mount(), DrivePredictions(), policy.settings)

    @property
    def times_s(self) -> list[float]:
        return [state.time_s for state in self._states]

    @property
    def events(self) -> list[AlertEvent]:
        return [event for state in self._states for event in state.events]

    @cached_property
    def incidents(self) -> list[Incident]:
        return incidents_of(self._states, 1.0)


def test_hidden_time_counts_neither_in_a_row_nor_in_the_headline() -> None:
    # All of it is labelled as attention, so that every second under an alert counts.
    segments: list[Segment] = [(SAFE, 3.0), (DRINKING, 3.0), (DRINKING, 1.0), (SAFE, 4.0), (REACHING, 4.0), (SAFE, 3.0)]
    record = Watched(segments, 2, "start_s,end_s,activity\n0,18,C0\n")
    rows, score = by_incident(record), record.event_score
    assert score is not None and len(rows) == 2
    first = rows[0]
    assert first.incident.end_s is not None
    lasted_s = first.incident.end_s - first.incident.start_s
    (shown_s, cleared_s), *_ = [(alert.raised_s, alert.cleared_s) for alert in record.alerts]
    assert cleared_s is not None and first.attention.total_s == pytest.approx(cleared_s - shown_s)
    assert first.attention.total_s < lasted_s - 1.0
    for name in ("total_s", "beyond_clearing_s"):
        total = sum(getattr(row.attention, name) for row in rows)
        assert total == pytest.approx(getattr(score.attention, name)) and total > 0.0
