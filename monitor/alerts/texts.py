"""Why an alert came or went, in words and with the numbers of the rule behind it."""

from __future__ import annotations

from monitor.alerts.events import Reason, Tier
from monitor.alerts.settings import AlertSettings, SpeedBand


def why_raised(
    tier: Tier,
    reason: Reason,
    settings: AlertSettings,
    *,
    band: SpeedBand,
    speed_known: bool,
    phone: bool,
    mild: bool,
    distracted_s: float,
    strong_s: float,
    cumulative_s: float,
) -> str:
    """Why a tier was reached.

    Args:
        tier: the tier.
        reason: which kind of rule.
        settings: the policy's.
        band, speed_known: the rules that hold at the car's speed, and whether it is known.
        phone: whether a phone filled at least half of the timer.
        mild: whether only C5 and C9 did.
        distracted_s: the timer.
        strong_s: what C5 and C9 have no part in of it; they never lead to a critical alert.
        cumulative_s: weighted seconds of distraction within the window.
    """
    if reason is Reason.CUMULATIVE:
        return (
            f"{cumulative_s:.1f} s of distraction within {settings.cumulative_window_s:g} s, "
            f"{settings.cumulative_s:g} s are the limit"
        )
    weight = settings.mild_weight if mild else 1.0
    if tier is Tier.CAUTION:
        if distracted_s * weight < settings.caution_s - 1e-6:
            return "a phone in hand is cautioned at once"
        return f"due after {settings.caution_s / weight:g} s"
    if tier is Tier.WARNING:
        limit_s = settings.warning_after_s(band, phone=phone) / weight
    else:
        limit_s = settings.critical_after_s(band, phone=phone)
        if strong_s < limit_s - 1e-6:
            return f"no attention for {settings.critical_after_warning_s:g} s after the warning"
    earlier = f", {settings.phone_earlier_s:g} s earlier for a phone" if phone and settings.phone_earlier_s else ""
    return f"due after {limit_s:g} s {_at(settings, band, speed_known)}{earlier}"


def why_cleared(reason: Reason | None, settings: AlertSettings, *, cumulative: bool) -> str:
    """Why an alert went; `cumulative` tells whether it was one."""
    if reason is Reason.ATTENTION:
        return f"{settings.cumulative_clear_s if cumulative else settings.clear_s:g} s of attention"
    if reason is Reason.BELOW_GATE:
        return f"slower than {settings.gate_kmh:g} km/h"
    if reason is Reason.UNKNOWN:
        return f"no sure answer for {settings.unsure_hold_s:g} s"
    return ""


def _at(settings: AlertSettings, band: SpeedBand, speed_known: bool) -> str:
    if not speed_known:
        return f"without a speed signal, as above {settings.fast_kmh:g} km/h"
    if band is SpeedBand.FAST:
        return f"above {settings.fast_kmh:g} km/h"
    return f"from {settings.gate_kmh:g} to {settings.fast_kmh:g} km/h"
