"""The reasons of alerts in words: for the terminal, the journal and the report, and as patterns for the window."""

from __future__ import annotations

from dataclasses import asdict

from engines.notice import NoticeText
from monitor.alerts.cause import Cause, Rule
from monitor.alerts.settings import SpeedBand

_PHONE_EARLIER = "due after {limit_s:g} s {at_speed}, {phone_earlier_s:g} s earlier for a phone"
_NO_SPEED = "without a speed signal, as above {fast_kmh:g} {speed_unit}"
_FAST = "above {fast_kmh:g} {speed_unit}"
_SLOW = "from {gate_kmh:g} to {fast_kmh:g} {speed_unit}"

_RULES = {
    Rule.PHONE_AT_ONCE: "a phone in hand is cautioned at once",
    Rule.CAUTION_TIME: "due after {limit_s:g} s",
    Rule.WARNING_TIME: "due after {limit_s:g} s {at_speed}",
    Rule.CRITICAL_TIME: "due after {limit_s:g} s {at_speed}",
    Rule.CRITICAL_AFTER_WARNING: "no attention for {limit_s:g} s after the warning",
    Rule.CUMULATIVE: "{measured_s:.1f} s of distraction within {window_s:g} s, {limit_s:g} s are the limit",
    Rule.ATTENTION: "{limit_s:g} s of attention",
    Rule.BELOW_GATE: "slower than {gate_kmh:g} {speed_unit}",
    Rule.NO_PREDICTION: "no sure prediction for {limit_s:g} s",
    Rule.ANOTHER_ACTIVITY: "another activity than the one that was hidden",
    Rule.STOOD_ALREADY: "the alert stood already, about another activity",
    Rule.JOURNEY_ENDED: "no driver in view for {limit_s:g} s",
}
"""What `Cause.rule` says; of the other rules the reason's title says it all. Speeds stand with their unit."""

PATTERNS = (*_RULES.values(), _PHONE_EARLIER, _NO_SPEED, _FAST, _SLOW)
"""For the translators."""


def explanation(cause: Cause | None) -> str:
    """The rule with its numbers, in one sentence; empty where the reason's title says it all."""
    if cause is None or cause.rule not in _RULES:
        return ""
    numbers: dict[str, str | float] = {name: value for name, value in asdict(cause).items() if isinstance(value, float)}
    numbers["speed_unit"] = "km/h"
    if cause.rule not in (Rule.WARNING_TIME, Rule.CRITICAL_TIME):
        return NoticeText(_RULES[cause.rule], **numbers)
    known = _FAST if cause.band is SpeedBand.FAST else _SLOW
    at_speed = NoticeText(known if cause.speed_known else _NO_SPEED, **numbers)
    return NoticeText(_PHONE_EARLIER if cause.phone_earlier_s else _RULES[cause.rule], at_speed=at_speed, **numbers)
