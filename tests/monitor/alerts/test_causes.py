"""Why alerts come and go: the rule with its numbers, and the sentence that is made of them."""

from __future__ import annotations

import json

import pytest

from monitor.alerts.cause import Cause, Rule
from monitor.alerts.events import EventKind
from monitor.alerts.settings import AlertSettings, SpeedBand
from monitor.alerts.texts import explanation
from tests.monitor.alerts.stories import C0, C1, C5, events_of_every_rule, play

S = AlertSettings()
NUMBERLESS = {Rule.ACKNOWLEDGED, Rule.SNOOZED, Rule.CLOCK}
"""Where the reason's title says it all."""


def causes() -> dict[Rule, Cause]:
    """One of each rule, as the policy gives it."""
    events = events_of_every_rule()
    return {event.cause.rule: event.cause for event in events if event.cause is not None}


def test_every_rule_happens_and_has_a_sentence() -> None:
    found = causes()
    # An incident may begin without an event: then the alert stood already.
    assert set(found) == set(Rule) - {Rule.STOOD_ALREADY} and explanation(Cause(Rule.STOOD_ALREADY))
    for rule, cause in found.items():
        assert bool(explanation(cause)) == (rule not in NUMBERLESS), rule
        assert "None" not in explanation(cause)


def test_what_was_measured_reaches_the_limit() -> None:
    for rule, cause in causes().items():
        if rule not in NUMBERLESS | {Rule.BELOW_GATE, Rule.ANOTHER_ACTIVITY}:
            assert cause.limit_s is not None and cause.measured_s is not None, rule
            assert cause.limit_s - 1e-6 <= cause.measured_s <= cause.limit_s + 0.7, rule


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        (
            Cause(Rule.WARNING_TIME, 3.0, band=SpeedBand.FAST, speed_known=False, gate_kmh=20.0, fast_kmh=50.0),
            "due after 3 s without a speed signal, as above 50 km/h",
        ),
        (
            Cause(
                Rule.CRITICAL_TIME,
                5.0,
                band=SpeedBand.FAST,
                speed_known=True,
                gate_kmh=20.0,
                fast_kmh=50.0,
                phone_earlier_s=1.0,
            ),
            "due after 5 s above 50 km/h, 1 s earlier for a phone",
        ),
        (
            Cause(Rule.WARNING_TIME, 5.0, band=SpeedBand.SLOW, speed_known=True, gate_kmh=20.0, fast_kmh=50.0),
            "due after 5 s from 20 to 50 km/h",
        ),
        (
            Cause(Rule.CUMULATIVE, 10.0, measured_s=10.04, window_s=30.0),
            "10.0 s of distraction within 30 s, 10 s are the limit",
        ),
        (Cause(Rule.BELOW_GATE, gate_kmh=20.0), "slower than 20 km/h"),
        (None, ""),
    ],
)
def test_sentences(cause: Cause | None, sentence: str) -> None:
    assert explanation(cause) == sentence


def test_a_phone_after_the_radio_is_cautioned_at_once() -> None:
    """Seconds of the radio count half: together they are not due yet, so it is the phone that is."""
    played = play([(C0, 5.0), (C5, 2.4), (C1, 1.0)])
    caution = played.alerts[0]
    assert caution.distracted_s > S.caution_s
    assert caution.cause is not None and caution.cause.rule is Rule.PHONE_AT_ONCE


def test_a_cause_in_a_file() -> None:
    event = next(event for event in play([(C0, 5.0), (C1, 4.0)], speed_kmh=80.0).events if event.tier.code == "warning")
    content = json.loads(json.dumps(event.as_dict()))
    assert event.kind is EventKind.ESCALATED
    assert content["explanation"] == "due after 2 s above 50 km/h, 1 s earlier for a phone"
    measured_s = content["cause"].pop("measured_s")
    assert measured_s == pytest.approx(2.0, abs=0.1)
    assert content["cause"] == {
        "rule": "warning_time",
        "limit_s": 2.0,
        "window_s": None,
        "band": "fast",
        "speed_known": True,
        "gate_kmh": 20.0,
        "fast_kmh": 50.0,
        "phone_earlier_s": 1.0,
    }
