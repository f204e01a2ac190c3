"""What the alert policy decides: tiers, reasons, events, and the state after a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from monitor.alerts.cause import Cause, Rule, finite
from monitor.alerts.settings import SpeedBand
from monitor.alerts.texts import explanation
from monitor.health.camera_health import Health


class Tier(IntEnum):
    """How strong the alert is."""

    NONE = 0
    CAUTION = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def code(self) -> str:
        """The name in files: ``none``, ``caution``, ``warning``, ``critical``."""
        return self.name.lower()

    @classmethod
    def of(cls, code: str) -> Tier:
        """The tier of a name in files. Raises `ValueError`."""
        for tier in cls:
            if tier.code == code:
                return tier
        raise ValueError(f"there is no tier {code!r}")


class Attention(Enum):
    """What the smoothed probabilities show of the driver.

    UNSURE: there is a prediction, but an undecided one. UNKNOWN: there is none to smooth: no frame, a camera fault, or
    frames too far apart. Neither is ever taken for attention.
    """

    ATTENTIVE = "attentive"
    DISTRACTED = "distracted"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


class Reason(Enum):
    """Why an alert is active or ended, or an incident ended; ANOTHER_ACTIVITY and DRIVE_ENDED end incidents alone."""

    PHONE = "phone"
    DISTRACTION = "distraction"
    CUMULATIVE = "cumulative"
    ATTENTION = "attention"
    BELOW_GATE = "below_gate"
    UNKNOWN = "unknown"
    JOURNEY_ENDED = "journey_ended"
    CLOCK = "clock"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    ANOTHER_ACTIVITY = "another_activity"
    DRIVE_ENDED = "drive_ended"

    @property
    def title(self) -> str:
        """The reason for people."""
        return _REASON_TITLES[self]


_REASON_TITLES = {
    Reason.PHONE: "phone in hand",
    Reason.DISTRACTION: "distracted for too long",
    Reason.CUMULATIVE: "distracted too often",
    Reason.ATTENTION: "attention is back",
    Reason.BELOW_GATE: "the car is slow",
    Reason.UNKNOWN: "the driver cannot be assessed",
    Reason.JOURNEY_ENDED: "the journey is over",
    Reason.CLOCK: "the recording jumped back",
    Reason.ACKNOWLEDGED: "acknowledged",
    Reason.SNOOZED: "snoozed for this journey",
    Reason.ANOTHER_ACTIVITY: "another activity has begun",
    Reason.DRIVE_ENDED: "the drive is over",
}


class EventKind(Enum):
    """What happened."""

    RAISED = "raised"
    ESCALATED = "escalated"
    LOWERED = "lowered"
    CLEARED = "cleared"
    FAULT = "fault"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class AlertEvent:
    """One change of tier or of health.

    Attributes:
        kind: what happened; FAULT and RECOVERED are about health, the others about the tier.
        time_s: when, in the source's monotonic seconds.
        tier: the tier from now on.
        activity: what the alert is (or was) about; None for health.
        reason: why the alert came or went; None for health.
        health: the health from now on.
        distracted_s: the distraction timer at that moment; for CLEARED, just before it.
        incident: which one of the drive, from 1 (see `monitor.alerts.incidents`); None for health.
        cause: the rule behind it, with its numbers; None for health and for an alert that was lowered.
    """

    kind: EventKind
    time_s: float
    tier: Tier
    activity: Activity | None
    reason: Reason | None
    health: Health
    distracted_s: float
    incident: int | None = None
    cause: Cause | None = None

    @property
    def is_alert(self) -> bool:
        """Whether a tier came or rose: what the driver sees or hears."""
        return self.kind in (EventKind.RAISED, EventKind.ESCALATED)

    @property
    def text(self) -> str:
        """One line for people, without the time."""
        if self.kind is EventKind.FAULT:
            return f"HEALTH   {self.health.text}"
        if self.kind is EventKind.RECOVERED:
            return "HEALTH   recovered"
        what = f"{self.activity.label} {self.activity.title}" if self.activity is not None else ""
        reason = self.reason.title if self.reason is not None else ""
        name = "cleared" if self.kind is EventKind.CLEARED else self.tier.name
        text = f"{name:<8} {what} ({reason}, {self._seconds:.1f} s)"
        why = explanation(self.cause)
        return f"{text}: {why}" if why else text

    @property
    def _seconds(self) -> float:
        """What the alert is about: those of the window where it is about them, otherwise the timer."""
        if self.cause is not None and self.cause.rule is Rule.CUMULATIVE and self.cause.measured_s is not None:
            return self.cause.measured_s
        return self.distracted_s

    def as_dict(self) -> dict[str, object]:
        """For JSON files."""
        return {
            "kind": self.kind.value,
            "time_s": round(self.time_s, 3),
            "tier": self.tier.code,
            "activity": self.activity.code if self.activity is not None else None,
            "reason": self.reason.value if self.reason is not None else None,
            "health": self.health.value,
            "distracted_s": round(self.distracted_s, 3),
            "incident": self.incident,
            "cause": None if self.cause is None else self.cause.as_dict(),
            "explanation": explanation(self.cause),
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> AlertEvent:
        """As `as_dict` wrote it. Raises `ValueError`, `KeyError` or `TypeError` for something else."""
        cause = row["cause"]
        return cls(
            EventKind(row["kind"]),
            finite(row["time_s"]),
            Tier.of(row["tier"]),
            None if row["activity"] is None else Activity.parse(row["activity"]),
            None if row["reason"] is None else Reason(row["reason"]),
            Health(row["health"]),
            finite(row["distracted_s"]),
            row["incident"],
            None if cause is None else Cause.from_dict(cause),
        )


@dataclass(frozen=True)
class EndedIncident:
    """An incident that has ended: which one of the drive, and why."""

    number: int
    reason: Reason


@dataclass(frozen=True, eq=False)
class AlertState:
    """What the policy makes of a frame.

    Attributes:
        time_s: monotonic seconds of the frame.
        tier: the alert that is shown.
        activity: what filled most of the incident, while an alert is shown; of a phone's alert, how it was held.
        incident: which one of the drive, from 1, acknowledged and snoozed ones, too; None without one.
        reason: why the alert is active; None without one.
        attention: attentive, distracted, unsure or unknown, now.
        current: the likeliest activity by the smoothed probabilities; None when unsure or unknown.
        distracted_s: the distraction timer, real seconds.
        cumulative_s: weighted seconds of distraction within the last `cumulative_window_s`.
        awareness: 0..1, how much is left until a critical alert.
        probabilities: (10,) float32 smoothed; None while there is no prediction.
        health: what keeps the monitor from seeing the driver; OK otherwise.
        speed_kmh: the car's speed; None without a signal.
        band: the rules that hold at the car's speed.
        snoozed: activities whose weaker alerts the driver does not want for this journey.
        events: what changed with this frame.
        standing: the alert that stands, whether or not it is hidden.
        about: what that one is about.
        hidden: ACKNOWLEDGED or SNOOZED where the driver has had it hidden.
        ended: the incidents that ended with this frame.
    """

    time_s: float
    tier: Tier
    activity: Activity | None
    reason: Reason | None
    attention: Attention
    current: Activity | None
    distracted_s: float
    cumulative_s: float
    cumulative_window_s: float
    awareness: float
    probabilities: NDArray[np.float32] | None
    health: Health
    speed_kmh: float | None
    band: SpeedBand
    snoozed: frozenset[Activity]
    incident: int | None
    events: tuple[AlertEvent, ...]
    standing: Tier = Tier.NONE
    about: Activity | None = None
    hidden: Reason | None = None
    ended: tuple[EndedIncident, ...] = ()
