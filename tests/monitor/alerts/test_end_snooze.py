"""A snooze is taken back: what it kept away alerts again."""

from __future__ import annotations

import pytest

from monitor.alerts.events import Reason, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from tests.monitor.alerts.stories import C0, C6, C7, Played, Segment, play

S = AlertSettings()
BEFORE = 3.0
DRINKS = (C6, S.caution_s + 0.5)


def drive_on(policy: AlertPolicy, start_s: float, *segments: Segment) -> Played:
    return play(segments, policy=policy, start_s=start_s)


@pytest.fixture
def policy() -> AlertPolicy:
    """A drive that has a caution about drinking at its end, after 5.5 s."""
    policy = AlertPolicy()
    assert drive_on(policy, 0.0, (C0, BEFORE), DRINKS).states[-1].tier is Tier.CAUTION
    return policy


def test_what_was_snoozed_alerts_again(policy: AlertPolicy) -> None:
    policy.snooze()
    quiet = drive_on(policy, 5.5, (C0, 3.0), DRINKS, (C0, 3.0))
    assert not quiet.alerts and quiet.states[-1].snoozed == {C6}
    policy.end_snooze()
    loud = drive_on(policy, 14.0, (C0, 1.0), DRINKS)
    assert loud.states[0].snoozed == frozenset()
    assert [(alert.tier, alert.activity) for alert in loud.alerts] == [(Tier.CAUTION, C6)]


def test_what_is_acknowledged_stays_so_until_it_rises(policy: AlertPolicy) -> None:
    policy.snooze()
    drive_on(policy, 5.5, (C6, 0.2))
    policy.end_snooze()
    played = drive_on(policy, 5.7, (C6, 0.2))
    assert played.states[-1].tier is Tier.NONE and not played.states[-1].snoozed
    assert drive_on(policy, 5.9, (C6, 3.0)).alerts[0].tier is Tier.WARNING


def test_the_later_of_two_wishes_holds(policy: AlertPolicy) -> None:
    policy.snooze()
    policy.end_snooze()
    first = drive_on(policy, 5.5, (C6, 0.1))
    # Taken back within a frame: the alert that stood is acknowledged.
    assert not first.states[-1].snoozed and first.events[0].reason is Reason.ACKNOWLEDGED
    drive_on(policy, 5.6, (C0, 3.0), (C7, S.caution_s + 0.5))
    policy.end_snooze()
    policy.snooze()
    assert drive_on(policy, 11.1, (C7, 0.1)).states[-1].snoozed == {C7}
