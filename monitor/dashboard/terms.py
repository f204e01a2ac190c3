"""The monitor's own words, which know no Qt, in the window's language."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontMetrics

from engines.activities import Activity

CONTEXT = "terms"
"""Of these words in the translation files."""


def term(text: str) -> str:
    """A fixed text of the monitor's: an activity's title, a reason, advice, a setting's description."""
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
SHORT_TITLES = tuple(_SHORT.values())
"""For the translators."""


def short_title(activity: Activity) -> str:
    """An activity's title for little room, which still tells left from right."""
    return term(_SHORT[activity])


def fitting_title(activity: Activity, metrics: QFontMetrics, room: float) -> str:
    """An activity's title, or the short one where it finds no room."""
    title = term(activity.title)
    if metrics.horizontalAdvance(title) <= room:
        return title
    return metrics.elidedText(short_title(activity), Qt.TextElideMode.ElideRight, int(room))


def why(text: str) -> str:
    """A rule with its numbers, as `monitor.alerts.texts` puts it.

    Its sentences are found again by their templates, so that the policy needs to know no language.
    """
    for pattern, template in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is not None:
            return term(template).format(*(why(part) if part[:1].isalpha() else part for part in found.groups()))
    return text


WHYS = (
    "due after {0} s {1}, {2} s earlier for a phone",
    "due after {0} s {1}",
    "due after {0} s",
    "a phone in hand is cautioned at once",
    "no attention for {0} s after the warning",
    "{0} s of distraction within {1} s, {2} s are the limit",
    "{0} s of attention",
    "slower than {0} km/h",
    "no sure answer for {0} s",
    "without a speed signal, as above {0} km/h",
    "above {0} km/h",
    "from {0} to {1} km/h",
)
"""The sentences of `monitor.alerts.texts`; a test plays drives and finds every one that it says among them."""


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{\d\}", template)
    # A number, or a sentence of its own about the speed.
    return re.compile(r"([\d.e+-]+|[a-z].*?km/h)".join(re.escape(part) for part in parts))


_PATTERNS = [(_pattern(template), template) for template in WHYS]
