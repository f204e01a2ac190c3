"""An incident as JSON, and in words."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from monitor.alerts.cause import Cause, Rule
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import ActivitySpan, Incident, IncidentState, Review, ReviewStatus
from monitor.alerts.settings import SpeedBand
from monitor.health.camera_health import Health
from tests.conftest import ROOT
from tests.monitor.alerts.stories import events_of_every_rule

# Three digits, as files carry them.
seconds = st.integers(0, 10**9).map(lambda value: value / 1000)
optional = st.none() | seconds
causes = st.builds(
    Cause, st.sampled_from(Rule), seconds, seconds, seconds, st.none() | st.sampled_from(SpeedBand),
    st.none() | st.booleans(), seconds, seconds, optional,
)  # fmt: skip
some_activity = st.none() | st.sampled_from(Activity)
some_reason = st.none() | st.sampled_from(Reason)
events = st.builds(
    AlertEvent, st.sampled_from(EventKind), seconds, st.sampled_from(Tier), some_activity, some_reason,
    st.sampled_from(Health), seconds, st.none() | st.integers(1, 99), st.none() | causes,
)  # fmt: skip


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    start_s, length_s, over = draw(seconds), draw(seconds), draw(st.booleans())
    return Incident(
        number=draw(st.integers(1, 9999)),
        start_s=start_s,
        end_s=round(start_s + length_s, 3) if over else None,
        ended_by=draw(st.sampled_from(Reason)) if over else None,
        state=draw(st.sampled_from(IncidentState)),
        tier=draw(st.sampled_from(Tier)),
        activity=draw(some_activity),
        reason=draw(some_reason),
        cause=draw(causes),
        activities=tuple(draw(st.lists(st.builds(ActivitySpan, seconds, seconds, some_activity), max_size=3))),
        distracted_s=draw(seconds),
        speed_kmh=draw(optional),
        top_speed_kmh=draw(optional),
        events=tuple(draw(st.lists(events, max_size=3))),
        clip=draw(st.none() | st.text(min_size=1)),
        review=Review(draw(st.sampled_from(ReviewStatus)), draw(st.text())),
    )


@given(incidents())
def test_json_and_back(incident: Incident) -> None:
    assert Incident.from_dict(json.loads(json.dumps(incident.as_dict()))) == incident


def test_every_event_of_the_policy_comes_back() -> None:
    for event in events_of_every_rule():
        again = AlertEvent.from_dict(json.loads(json.dumps(event.as_dict())))
        assert again.as_dict() == event.as_dict()


EXAMPLE = Incident(
    1, 7.2, 13.0, Reason.ATTENTION, IncidentState.ENDED, Tier.CAUTION, Activity.DRINKING, Reason.DISTRACTION,
    Cause(Rule.CAUTION_TIME, 2.0, 2.0), (ActivitySpan(7.2, 13.0, None),), 3.1, 60.0, 61.0, (),
)  # fmt: skip


def _with(path: str, value: object) -> dict[str, Any]:
    row: dict[str, Any] = copy.deepcopy(EXAMPLE.as_dict())
    *keys, last = path.split(".")
    at: Any = row
    for key in keys:
        at = at[int(key)] if key.isdigit() else at[key]
    at[last] = value
    return row


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("number", 0), ("number", True), ("start_s", "7"), ("start_s", float("nan")), ("end_s", 3.0),
        ("end_s", None), ("ended_by", None), ("ended_by", "sleep"), ("state", "cleared"), ("tier", "high"),
        ("activity", "c10"), ("activity", 6), ("cause", None), ("cause.rule", "?"), ("cause.limit_s", None),
        ("activities.0.start_s", None), ("review", "false"), ("review.status", "maybe"), ("review.note", None),
        ("activities", 3), ("seconds_by_activity", {"c6": None}), ("seconds_by_activity", {"?": 1.0}),
        ("seconds_by_activity", []), ("clip", 5), ("events", [{}]), ("speed_kmh", [1]),
    ],
)  # fmt: skip
def test_what_is_no_incident_is_refused(path: str, value: object) -> None:
    with pytest.raises(UserError, match="this is no incident"):
        Incident.from_dict(_with(path, value))


@pytest.mark.parametrize("key", sorted(EXAMPLE.as_dict().keys() - {"explanation", "seconds_by_activity"}))
def test_no_key_may_be_missing(key: str) -> None:
    row = EXAMPLE.as_dict()
    del row[key]
    with pytest.raises(UserError, match=f"'{key}' is missing"):
        Incident.from_dict(row)


def test_what_a_later_version_adds_is_left_aside() -> None:
    assert Incident.from_dict({**EXAMPLE.as_dict(), "vehicle": "x"}) == EXAMPLE


def test_the_example_of_the_documentation_is_an_incident_with_every_key() -> None:
    example = json.loads(
        (ROOT / "monitor" / "README.md").read_text(encoding="utf-8").split("```json")[1].split("```")[0]
    )
    assert Incident.from_dict(example).as_dict() == example
    described = (ROOT / "monitor" / "README.md").read_text(encoding="utf-8").partition("### The incident")[2]
    assert all(f"`{key}`" in described for key in example)


def test_one_line_of_an_incident() -> None:
    assert EXAMPLE.text == "INCIDENT 1: C6 Drinking, 7.2 to 13.0 s, caution at its peak (attention is back)"
    snoozed = replace(EXAMPLE, end_s=None, ended_by=None, state=IncidentState.SNOOZED)
    assert snoozed.text == "INCIDENT 1: C6 Drinking, from 7.2 s, caution at its peak, snoozed"


def test_times_since_the_drive_began() -> None:
    late = EXAMPLE.since(7.0)
    assert (late.start_s, late.end_s, late.activities[0].end_s) == pytest.approx((0.2, 6.0, 6.0))


def test_seconds_are_those_of_the_spans_where_a_file_has_none() -> None:
    row = EXAMPLE.as_dict()
    del row["seconds_by_activity"]
    assert Incident.from_dict(row).seconds == {None: 5.8}
