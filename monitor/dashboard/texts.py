"""The window's texts: terms of the monitor, events, activities and speed bands, in the window's language."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDate, QLocale, Qt
from PySide6.QtGui import QFontMetrics

from engines.activities import Activity
from engines.files.printable import printable
from engines.notice import NoticeText
from monitor.alerts.events import AlertEvent, AlertState, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import Incident, Review, ReviewStatus
from monitor.alerts.settings import SpeedBand
from monitor.alerts.texts import explanation
from monitor.dashboard.numbers import LocalNumber, decimal, speed_unit
from monitor.dashboard.translations import spoken
from monitor.dashboard.widgets import palette
from monitor.health.camera_health import Health
from monitor.health.view_check import ViewFinding
from monitor.viewmodel.event_log import LogEntry, LoggedEvent

translate = QCoreApplication.translate

TIER_ICONS = {Tier.NONE: "shield", Tier.CAUTION: "caution", Tier.WARNING: "warning", Tier.CRITICAL: "critical"}

CONTEXT = "terms"
"""Of these words in the translation files."""


def term(text: str) -> str:
    """A fixed text of the monitor's: an activity's title, a reason, advice, a setting's description."""
    if isinstance(text, NoticeText):
        return notice_words(text)
    return QCoreApplication.translate(CONTEXT, text) if text else ""


_SHORT = dict(
    zip(
        Activity,
        (
            "Safe driving",
            "Texting, right",
            "Phone, right",
            "Texting, left",
            "Phone, left",
            "Radio",
            "Drinking",
            "Reaching back",
            "Hair, makeup",
            "Passenger",
        ),
        strict=True,
    )
)
_SHORT_FAULTS = {
    Health.CAMERA_LOST: "No image",
    Health.DARK: "Too dark",
    Health.BLOCKED: "Camera covered",
    Health.FEATURELESS: "No detail",
    Health.FROZEN: "Image frozen",
    Health.UNSURE: "Unsure",
    Health.SPARSE: "Too few frames",
    Health.STALLED: "Too slow",
}
SHORT_TITLES = (*_SHORT.values(), *_SHORT_FAULTS.values())
"""For the translators."""


def short_title(about: Activity | Health) -> str:
    """A short title of an activity, which still tells left from right, or of a fault."""
    return term(_SHORT_FAULTS[about] if isinstance(about, Health) else _SHORT[about])


def fitting_title(activity: Activity, metrics: QFontMetrics, width: float) -> str:
    """An activity's title, or the short one where it does not fit into a width."""
    title = term(activity.title)
    if metrics.horizontalAdvance(title) <= width:
        return title
    return metrics.elidedText(short_title(activity), Qt.TextElideMode.ElideRight, int(width))


def notice_words(text: str) -> str:
    """A notice or an explanation in the window's language; other lines, such as a library's error, as they are."""
    if not isinstance(text, NoticeText):
        return text
    speeds = "speed_unit" in text.parameters
    parameters: dict[str, str | float] = {}
    for name, value in text.parameters.items():
        if isinstance(value, str):
            parameters[name] = notice_words(value)
        elif speeds and name.endswith("_kmh"):
            parameters[name] = LocalNumber(round(speed_unit().shown(value)))
        else:
            parameters[name] = LocalNumber(value) if isinstance(value, float) else value
    if speeds:
        parameters["speed_unit"] = speed_unit().value
    return term(text.pattern).format(**parameters)


def sentence(text: str) -> str:
    """A text that begins with a capital letter, for one that stands alone."""
    return f"{text[:1].upper()}{text[1:]}"


def unbroken(text: str) -> str:
    """A text of which no line begins with a unit, or with half of one."""
    for after in (" ", ",", "."):
        text = text.replace(f" s{after}", f"\N{NO-BREAK SPACE}s{after}")
    return text.replace(" km/h", "\N{NO-BREAK SPACE}km/\N{WORD JOINER}h")


def advice_words(about: Health | ViewFinding) -> str:
    """What is wrong and what to do about it, in one line."""
    return f"{term(about.title)}: {term(about.advice)}" if about.advice else term(about.title)


def event_word(event: AlertEvent) -> str:
    """The kind of an event in one word."""
    if event.kind in (EventKind.FAULT, EventKind.RECOVERED):
        return translate("Event", "Health")
    if event.kind is EventKind.CLEARED:
        if event.reason is Reason.ACKNOWLEDGED:
            return translate("Event", "Acknowledged")
        return translate("Event", "Snoozed") if event.reason is Reason.SNOOZED else translate("Event", "Cleared")
    return term(event.tier.name.capitalize())


def event_headline(event: AlertEvent) -> str:
    """What happened, short."""
    if event.kind is EventKind.FAULT:
        return term(event.health.title)
    if event.kind is EventKind.RECOVERED:
        return translate("Event", "Camera and model are fine again")
    if event.activity is None:
        return translate("Event", "Distraction")
    return f"{event.activity.label} {term(event.activity.title)}"


def event_detail(event: AlertEvent) -> str:
    """Why, and what to do about it."""
    if event.kind is EventKind.FAULT:
        return term(event.health.advice)
    if event.kind is EventKind.RECOVERED:
        return translate("Event", "the driver is assessed again")
    parts = (term(event.reason.title) if event.reason is not None else "", notice_words(explanation(event.cause)))
    return " · ".join(part for part in parts if part)


def entry_word(entry: LogEntry) -> str:
    """The peak of an incident, or the kind of an event, in one word."""
    if isinstance(entry, LoggedEvent):
        return event_word(entry.event)
    return term(entry.incident.tier.name.capitalize())


def entry_headline(entry: LogEntry) -> str:
    """What happened, short."""
    if isinstance(entry, LoggedEvent):
        return event_headline(entry.event)
    activity = entry.incident.activity
    if activity is None:
        return translate("Event", "Distraction")
    return f"{activity.label} {term(activity.title)}"


def entry_detail(entry: LogEntry) -> str:
    """Of an incident its review, its state, how long it was and what ended it; of an event why it came.

    Of an incident among those of other drives first who drove, and when.
    """
    if isinstance(entry, LoggedEvent):
        return event_detail(entry.event)
    incident = entry.incident
    parts = [part for part in (printable(entry.driver), _day_and_time(entry.began_at)) if part]
    parts += [] if incident.review.status is ReviewStatus.NEW else [term(incident.review.status.title)]
    parts.append(term(incident.state.value))
    if incident.end_s is not None:
        parts.append(f"{decimal(incident.end_s - incident.start_s)} s")
    if incident.ended_by is not None and incident.ended_by.value != incident.state.value:
        parts.append(term(incident.ended_by.title))
    return " · ".join(parts)


def _day_and_time(began_at: datetime | None) -> str:
    """As short as the language has it; empty without one."""
    if began_at is None:
        return ""
    day = QDate(began_at.year, began_at.month, began_at.day)
    return f"{QLocale(spoken()).toString(day, QLocale.FormatType.ShortFormat)} {began_at:%H:%M}"


def entry_line(entry: LogEntry) -> str:
    """All of it in one line, without the time."""
    return f"{entry_word(entry)}: {entry_headline(entry)}, {entry_detail(entry)}"


def entry_icon(entry: LogEntry) -> str:
    """The icon's name."""
    return event_icon(entry.event) if isinstance(entry, LoggedEvent) else TIER_ICONS[entry.incident.tier]


def entry_colour(entry: LogEntry) -> str:
    """The icon's colour."""
    if isinstance(entry, LoggedEvent):
        return event_colour(entry.event)
    return palette.theme().tiers[entry.incident.tier]


def incident_why(incident: Incident) -> str:
    """Why it came to its peak: the reason, and the rule with its numbers."""
    reason = term(incident.reason.title) if incident.reason is not None else ""
    return " · ".join(part for part in (reason, notice_words(explanation(incident.cause))) if part)


def change_words(before: Review, now: Review) -> str:
    """What a change of a review was, in a few words."""
    if before.status is now.status:
        return translate("Event", "a note")
    return translate("Event", "the review “{0}”").format(term(now.status.title))


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


def activity_words(alert: AlertState | None, health: Health, *, is_over: bool = False) -> tuple[str, str]:
    """The activity and the model's confidence, for people.

    `health` is what the window shows, `is_over` whether the drive has ended.
    """
    if alert is None and is_over:
        return translate("Activity", "Not classified"), translate("Activity", "the drive has ended")
    if alert is None:
        return translate("Activity", "No image yet"), translate("Activity", "nothing is classified")
    if health not in (Health.OK, Health.UNSURE) or alert.probabilities is None:
        return translate("Activity", "Not classified"), translate("Activity", "the camera is blind")
    if alert.current is None:
        best = round(100.0 * float(alert.probabilities.max()))
        return translate("Activity", "Unsure"), translate("Activity", "{0} % at best").format(best)
    confidence = round(100.0 * float(alert.probabilities[alert.current]))
    confident = translate("Activity", "{0} % confident").format(confidence)
    return term(alert.current.title), f"{alert.current.label} · {confident}"


def awareness_words(awareness: float | None) -> str:
    """How much is left until a critical alert, 0..1, for people; None where nobody can say."""
    if awareness is None:
        return translate("Gauges", "Awareness unknown")
    return translate("Gauges", "Awareness {0} %").format(round(100.0 * awareness))


def band_words(band: SpeedBand) -> str:
    """The rules that hold at a speed, for people."""
    return {
        SpeedBand.BELOW_GATE: translate("Gauges", "too slow for alerts"),
        SpeedBand.SLOW: translate("Gauges", "rules for low speed"),
        SpeedBand.FAST: translate("Gauges", "rules for high speed"),
    }[band]
