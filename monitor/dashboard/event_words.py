"""What an event says to people, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from monitor.alerts.events import AlertEvent, EventKind, Tier
from monitor.dashboard import palette
from monitor.dashboard.terms import term, why
from monitor.viewmodel.event_log import LoggedEvent

translate = QCoreApplication.translate

TIER_ICONS = {Tier.NONE: "shield", Tier.CAUTION: "caution", Tier.WARNING: "warning", Tier.CRITICAL: "critical"}


def event_word(event: AlertEvent) -> str:
    """The kind of an event in one word."""
    if event.kind in (EventKind.FAULT, EventKind.RECOVERED):
        return translate("Event", "Health")
    if event.kind is EventKind.CLEARED:
        return translate("Event", "Cleared")
    return term(event.tier.name.capitalize())


def event_headline(event: AlertEvent) -> str:
    """What happened, short."""
    if event.kind is EventKind.FAULT:
        return term(event.health.title).partition(":")[0]
    if event.kind is EventKind.RECOVERED:
        return translate("Event", "Camera and model are fine again")
    if event.activity is None:
        return translate("Event", "Distraction")
    return f"{event.activity.label} {term(event.activity.title)}"


def event_detail(event: AlertEvent) -> str:
    """Why, and what to do about it."""
    if event.kind is EventKind.FAULT:
        return term(event.health.title).partition(":")[2].strip() or translate("Event", "the driver is not judged")
    if event.kind is EventKind.RECOVERED:
        return translate("Event", "the driver is judged again")
    parts = [term(event.reason.title)] if event.reason is not None else []
    if event.why:
        parts.append(why(event.why))
    return " · ".join(parts)


def event_line(entry: LoggedEvent) -> str:
    """All of it in one line, without the time."""
    line = f"{event_word(entry.event)}: {event_headline(entry.event)}, {event_detail(entry.event)}"
    return f"{line} ({wrong_words()})" if entry.wrong else line


def wrong_words() -> str:
    """What an event is called whose alert was marked."""
    return translate("Event", "marked as wrong")


def event_icon(event: AlertEvent) -> str:
    """The icon's name."""
    if event.kind is EventKind.FAULT:
        return "fault"
    return "camera" if event.kind is EventKind.RECOVERED else TIER_ICONS[event.tier]


def event_colour(event: AlertEvent) -> str:
    """The icon's colour."""
    if event.kind is EventKind.FAULT:
        return palette.theme().fault
    return palette.theme().calm if event.kind is EventKind.RECOVERED else palette.theme().tiers[event.tier]
