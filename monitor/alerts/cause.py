"""Why an alert came or went: the rule behind it and its numbers, without words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from monitor.alerts.settings import SpeedBand


class Rule(Enum):
    """Which rule decided; the value is the name in files."""

    PHONE_AT_ONCE = "phone_at_once"
    CAUTION_TIME = "caution_time"
    WARNING_TIME = "warning_time"
    CRITICAL_TIME = "critical_time"
    CRITICAL_AFTER_WARNING = "critical_after_warning"
    ANOTHER_ACTIVITY = "another_activity"
    CUMULATIVE = "cumulative"
    ATTENTION = "attention"
    BELOW_GATE = "below_gate"
    NO_PREDICTION = "no_prediction"
    JOURNEY_ENDED = "journey_ended"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    CLOCK = "clock"
    STOOD_ALREADY = "stood_already"


@dataclass(frozen=True)
class Cause:
    """A rule and its numbers; None for what the rule has no part for.

    Attributes:
        rule: which one.
        limit_s: seconds that it asks for.
        measured_s: seconds that there were.
        window_s: seconds within which they count.
        band: the rules that held at the car's speed.
        speed_known: whether it was known; without a signal the rules for high speed hold.
        gate_kmh, fast_kmh: where the bands part.
        phone_earlier_s: by how much a phone brought the limit forward.
    """

    rule: Rule
    limit_s: float | None = None
    measured_s: float | None = None
    window_s: float | None = None
    band: SpeedBand | None = None
    speed_known: bool | None = None
    gate_kmh: float | None = None
    fast_kmh: float | None = None
    phone_earlier_s: float | None = None

    def as_dict(self) -> dict[str, object]:
        """For JSON files."""
        return asdict(self) | {
            "rule": self.rule.value,
            "measured_s": None if self.measured_s is None else round(self.measured_s, 3),
            "band": None if self.band is None else self.band.value,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Cause:
        """As `as_dict` wrote it. Raises `ValueError`, `KeyError` or `TypeError` for something else."""
        numbers = ("limit_s", "measured_s", "window_s", "gate_kmh", "fast_kmh", "phone_earlier_s")
        return cls(
            Rule(row["rule"]),
            band=None if row["band"] is None else SpeedBand(row["band"]),
            speed_known=row["speed_known"],
            **{name: None if row[name] is None else finite(row[name]) for name in numbers},
        )


def finite(value: object) -> float:
    """A finite number of a JSON file. Raises `TypeError` or `ValueError` for something else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number")
    if not math.isfinite(value):
        raise ValueError(f"{value} is no finite number")
    return float(value)
