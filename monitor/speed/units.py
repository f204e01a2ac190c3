"""Units of a speed, as people and DBC files spell them."""

from __future__ import annotations

import re

KMH_PER_UNIT = {"km/h": 1.0, "mph": 1.609344, "m/s": 3.6, "knots": 1.852}
"""The units that are known, by the name that messages give them."""

_HOUR, _SECOND = "(?:h|hrs?|hours?|std)", "(?:s|secs?|seconds?)"


def _spellings(distance: str, time: str, short: str) -> re.Pattern[str]:
    return re.compile(rf"{distance}(?:/|per){time}|{distance}\*?{time}\^?-1|{short}")


_SPELLINGS = {
    "km/h": _spellings("(?:km|kilomet(?:er|re)s?)", _HOUR, "kmh|kmhr|kph|kmph"),
    "mph": _spellings("(?:mi|miles?)", _HOUR, "mph"),
    "m/s": _spellings("(?:m|met(?:er|re)s?)", _SECOND, "mps"),
    "knots": _spellings("(?:nmi?|nauticalmiles?)", _HOUR, "kn|kts?|knots?"),
}


def parse_unit(text: str) -> str | None:
    """The unit that a text spells, such as ``km/hr``, ``KPH`` or ``metres per second``; None for any other.

    ``ms`` is none: it may be milliseconds.
    """
    plain = text.lower().replace("⁻¹", "-1").replace("−", "-")
    plain = re.sub(r"^unit_|[\s_.·\[\]()]", "", plain)
    return next((unit for unit, pattern in _SPELLINGS.items() if pattern.fullmatch(plain)), None)
