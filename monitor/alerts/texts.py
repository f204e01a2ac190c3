"""The reasons of alerts in words, for the terminal, the journal and the report. The window has words of its own."""

from __future__ import annotations

from monitor.alerts.cause import Cause, Rule
from monitor.alerts.settings import SpeedBand


def explanation(cause: Cause | None) -> str:
    """The rule with its numbers, in one sentence; empty where the reason's title says it all."""
    if cause is None or cause.rule in (Rule.ACKNOWLEDGED, Rule.SNOOZED, Rule.CLOCK):
        return ""
    if cause.rule is Rule.PHONE_AT_ONCE:
        return "a phone in hand is cautioned at once"
    if cause.rule is Rule.CUMULATIVE:
        return f"{cause.measured_s:.1f} s of distraction within {cause.window_s:g} s, {cause.limit_s:g} s are the limit"
    if cause.rule is Rule.CRITICAL_AFTER_WARNING:
        return f"no attention for {cause.limit_s:g} s after the warning"
    if cause.rule is Rule.ATTENTION:
        return f"{cause.limit_s:g} s of attention"
    if cause.rule is Rule.BELOW_GATE:
        return f"slower than {cause.gate_kmh:g} km/h"
    if cause.rule is Rule.NO_PREDICTION:
        return f"no sure answer for {cause.limit_s:g} s"
    due = f"due after {cause.limit_s:g} s"
    if cause.rule is Rule.CAUTION_TIME:
        return due
    earlier = f", {cause.phone_earlier_s:g} s earlier for a phone" if cause.phone_earlier_s else ""
    return f"{due} {_at_speed(cause)}{earlier}"


def _at_speed(cause: Cause) -> str:
    if not cause.speed_known:
        return f"without a speed signal, as above {cause.fast_kmh:g} km/h"
    if cause.band is SpeedBand.FAST:
        return f"above {cause.fast_kmh:g} km/h"
    return f"from {cause.gate_kmh:g} to {cause.fast_kmh:g} km/h"
