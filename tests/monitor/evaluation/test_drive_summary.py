"""A drive summed up."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from monitor.alerts.events import Tier
from monitor.alerts.incidents.tracker import incidents_of
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.drive_summary import DriveSummary, IncidentCount, SummaryTally, summarise
from monitor.health.camera_health import Health
from tests.monitor.alerts.stories import C0, C1, C2, C3, C4, C5, C6, Lost, play

S = AlertSettings()


def test_a_drive_with_two_incidents() -> None:
    states = play([(C0, 5.0), (C6, 4.0), (C0, 5.0), (C1, 8.0), (C0, 4.0)], fps=10.0).states
    summary = summarise(states, incidents_of(states, S.frame_holds_s), S.frame_holds_s)
    assert summary.length_s == pytest.approx(26.0)
    assert summary.incidents == (IncidentCount(Tier.CRITICAL, C1, 1), IncidentCount(Tier.WARNING, C6, 1))
    assert summary.worst is Tier.CRITICAL and summary.incident_count == 2
    shown = sum(state.tier is not Tier.NONE for state in states)
    assert summary.under_alert_s == pytest.approx(0.1 * shown, abs=0.11) and summary.faults == 0
    assert str(summary.lines()[0]) == ("incidents: 1 × Critical C1 Texting, right hand; 1 × Warning C6 Drinking")


def test_of_many_kinds_the_worst_are_named() -> None:
    summary = DriveSummary(
        60.0, tuple(IncidentCount(Tier.WARNING, activity, 2) for activity in (C1, C2, C3, C4, C5, C6))
    )
    line = str(summary.lines()[0])
    assert line.count("2 × Warning") == 4 and line.endswith("; others: 4")
    assert summary.headline() == "12 × Warning"


@pytest.mark.parametrize(
    ("incidents", "headline"),
    [
        ((), "No incident"),
        ((IncidentCount(Tier.CAUTION, C6, 3),), "3 × Caution: Drinking"),
        ((IncidentCount(Tier.WARNING, None, 1),), "1 × Warning"),
        ((IncidentCount(Tier.CRITICAL, C1, 1), IncidentCount(Tier.CAUTION, C6, 2)), "1 × Critical, 2 × Caution"),
    ],
)
def test_the_headline_counts_by_tier_and_names_a_single_kind(
    incidents: tuple[IncidentCount, ...], headline: str
) -> None:
    assert DriveSummary(60.0, incidents).headline() == headline


def test_a_quiet_drive() -> None:
    summary = summarise(play([(C0, 9.0)], fps=10.0).states, [], S.frame_holds_s)
    assert [str(line) for line in summary.lines()] == [
        "no incident", "under an alert: 0.0 s (0.0 %)", "the driver was assessed all the time"
    ]  # fmt: skip


def test_what_was_not_seen_is_counted_with_what_was_in_the_way() -> None:
    policy, tally = AlertPolicy(), SummaryTally(1.0)
    for state in play([(C0, 5.0)], policy=policy, fps=10.0).states:
        tally.add(state)
    for state in play([(Lost(Health.DARK), 6.0)], policy=policy, fps=10.0, start_s=5.1).states:
        tally.add(state)
    summary = tally.summary()
    assert summary.fault_s[Health.DARK] == pytest.approx(6.0) and summary.faults == 1
    assert summary.not_assessed_s == pytest.approx(6.0)
    assert str(summary.lines()[-1]) == "not assessed: 6.0 s, dark 6.0 s"


def test_between_frames_far_apart_nobody_was_seen() -> None:
    tally = SummaryTally(1.0)
    for start_s in (0.0, 60.0):
        for state in play([(C0, 2.0)], fps=10.0, start_s=start_s).states:
            tally.add(state)
    summary = tally.summary()
    assert summary.length_s == pytest.approx(62.0) and summary.not_assessed_s == pytest.approx(57.0, abs=0.2)


def test_while_alerts_are_off_nothing_counts() -> None:
    tally = SummaryTally(1.0)
    for state in play([(C0, 2.0), (C1, 8.0)], fps=10.0).states:
        tally.add(state, armed=False)
    summary = tally.summary()
    assert summary.under_alert_s == 0.0 and summary.alerts_off_s == summary.length_s == pytest.approx(10.0)
    assert str(summary.lines()[-1]) == "alerts were off: 10.0 s"


def test_a_rewound_recording_counts_no_time_twice() -> None:
    tally = SummaryTally(1.0)
    for start_s in (5.0, 0.0):
        for state in play([(C0, 2.0)], fps=10.0, start_s=start_s).states:
            tally.add(state)
    assert tally.summary().length_s == pytest.approx(4.0)


seconds = st.integers(0, 10**7).map(lambda value: value / 1000)
counts = st.builds(IncidentCount, st.sampled_from(Tier), st.none() | st.sampled_from(Activity), st.integers(0, 9999))


@given(
    st.builds(
        DriveSummary, seconds, st.lists(counts, max_size=3).map(tuple), seconds, seconds,
        st.dictionaries(st.sampled_from(Health), seconds), st.integers(0, 99), seconds, seconds,
    )
)  # fmt: skip
def test_json_and_back(summary: DriveSummary) -> None:
    assert DriveSummary.from_dict(json.loads(json.dumps(summary.as_dict()))) == summary
    assert summary.lines()


@pytest.mark.parametrize(
    ("key", "value"),
    [("length_s", "x"), ("incidents", 3), ("incidents", [{}]), ("faults", -1), ("fault_s", {"fog": 1.0})],
)
def test_what_is_no_summary_is_refused(key: str, value: object) -> None:
    with pytest.raises(UserError, match="this is no summary of a drive"):
        DriveSummary.from_dict({**DriveSummary().as_dict(), key: value})
    without = DriveSummary().as_dict()
    del without[key]
    with pytest.raises(UserError, match="is missing"):
        DriveSummary.from_dict(without)
