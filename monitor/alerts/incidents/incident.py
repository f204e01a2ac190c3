"""One incident as it is kept, shown and sent: from its first alert to its end, with a person's review of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from engines.activities import Activity
from engines.errors import UserError
from monitor.alerts.cause import Cause, finite
from monitor.alerts.events import AlertEvent, Reason, Tier
from monitor.alerts.texts import explanation


class IncidentState(Enum):
    """What has become of an incident's alert; the value is the name in files and the word for people.

    ACTIVE: it is shown. ACKNOWLEDGED, SNOOZED: the driver has had it hidden; it stays so when it ends, unless it was
    shown again. ENDED: it was shown until it ended.
    """

    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    ENDED = "ended"


class ReviewStatus(Enum):
    """A person's verdict on an incident; the value is the name in files."""

    NEW = "new"
    TRUE = "true"
    FALSE = "false"
    UNCLEAR = "unclear"

    @property
    def title(self) -> str:
        """The verdict for people."""
        return _REVIEW_TITLES[self]


_REVIEW_TITLES = {
    ReviewStatus.NEW: "new",
    ReviewStatus.TRUE: "true alert",
    ReviewStatus.FALSE: "false alert",
    ReviewStatus.UNCLEAR: "unclear",
}


@dataclass(frozen=True)
class Review:
    """What a person says of an incident: the verdict, and a note (may be empty)."""

    status: ReviewStatus = ReviewStatus.NEW
    note: str = ""


@dataclass(frozen=True)
class ActivitySpan:
    """What the driver did from `start_s` to `end_s`; None where that could not be said."""

    start_s: float
    end_s: float
    activity: Activity | None


@dataclass(frozen=True)
class Incident:
    """One incident. All times are seconds of the same clock: the source's, or since the drive began.

    Attributes:
        number: which one of the drive, from 1.
        start_s, end_s: from its first alert to its end; None while it goes on.
        ended_by: what ended it; None while it goes on.
        state: what has become of its alert.
        tier: the highest tier of its alert, hidden ones included.
        activity: what filled most of it, at that tier.
        reason: why it reached that tier; None where it was hidden from the beginning.
        cause: the rule behind that tier, with its numbers.
        activities: what the driver did, without a hole from start to end.
        distracted_s: the distraction timer at its highest.
        speed_kmh, top_speed_kmh: the car's speed when it began, and at its highest; None without a signal.
        events: its changes of tier, in order.
        clip: the file that shows it; None where none is kept.
        review: what a person says of it.
        seconds: of each activity, exactly, whatever became of short spans; None where nobody knows what it was.
    """

    number: int
    start_s: float
    end_s: float | None
    ended_by: Reason | None
    state: IncidentState
    tier: Tier
    activity: Activity | None
    reason: Reason | None
    cause: Cause
    activities: tuple[ActivitySpan, ...]
    distracted_s: float
    speed_kmh: float | None
    top_speed_kmh: float | None
    events: tuple[AlertEvent, ...]
    clip: str | None = None
    review: Review = Review()
    seconds: Mapping[Activity | None, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.seconds:
            object.__setattr__(self, "seconds", seconds_of(self.activities))

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.end_s is not None

    @property
    def peak_s(self) -> float:
        """When it reached its highest tier; its start where no event says so."""
        return next((event.time_s for event in self.events if event.is_alert and event.tier is self.tier), self.start_s)

    @property
    def text(self) -> str:
        """One line for people."""
        what = "" if self.activity is None else f"{self.activity.label} {self.activity.title}, "
        span = f"from {self.start_s:.1f} s" if self.end_s is None else f"{self.start_s:.1f} to {self.end_s:.1f} s"
        words = [f"INCIDENT {self.number}: {what}{span}", f"{self.tier.code} at its peak"]
        if self.state in (IncidentState.ACKNOWLEDGED, IncidentState.SNOOZED):
            words.append(self.state.value)
        ended = "" if self.ended_by is None else f" ({self.ended_by.title})"
        return ", ".join(words) + ended

    def since(self, begins_s: float) -> Incident:
        """The same, with all times counted from a time of its own clock."""
        if not begins_s:
            return self
        return replace(
            self,
            start_s=self.start_s - begins_s,
            end_s=None if self.end_s is None else self.end_s - begins_s,
            activities=tuple(
                ActivitySpan(span.start_s - begins_s, span.end_s - begins_s, span.activity) for span in self.activities
            ),
            events=tuple(replace(event, time_s=event.time_s - begins_s) for event in self.events),
        )

    def as_dict(self) -> dict[str, object]:
        """For JSON files, as `monitor/README.md` describes it."""
        return {
            "number": self.number,
            "start_s": round(self.start_s, 3),
            "end_s": _rounded(self.end_s),
            "ended_by": None if self.ended_by is None else self.ended_by.value,
            "state": self.state.value,
            "tier": self.tier.code,
            "activity": None if self.activity is None else self.activity.code,
            "reason": None if self.reason is None else self.reason.value,
            "cause": self.cause.as_dict(),
            "explanation": explanation(self.cause),
            "activities": [
                {
                    "start_s": round(span.start_s, 3),
                    "end_s": round(span.end_s, 3),
                    "activity": None if span.activity is None else span.activity.code,
                }
                for span in self.activities
            ],
            "seconds_by_activity": {
                _UNKNOWN if activity is None else activity.code: round(seconds, 3)
                for activity, seconds in self.seconds.items()
            },
            "distracted_s": round(self.distracted_s, 3),
            "speed_kmh": _rounded(self.speed_kmh),
            "top_speed_kmh": _rounded(self.top_speed_kmh),
            "events": [event.as_dict() for event in self.events],
            "clip": self.clip,
            "review": {"status": self.review.status.value, "note": self.review.note},
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Incident:
        """As `as_dict` wrote it; keys that are not known are left aside. Raises `UserError` for something else."""
        try:
            incident = cls(
                number=_number(row["number"]),
                start_s=finite(row["start_s"]),
                end_s=_optional(row["end_s"]),
                ended_by=None if row["ended_by"] is None else Reason(row["ended_by"]),
                state=IncidentState(row["state"]),
                tier=Tier.of(row["tier"]),
                activity=_activity(row["activity"]),
                reason=None if row["reason"] is None else Reason(row["reason"]),
                cause=Cause.from_dict(row["cause"]),
                activities=tuple(
                    ActivitySpan(finite(span["start_s"]), finite(span["end_s"]), _activity(span["activity"]))
                    for span in row["activities"]
                ),
                distracted_s=finite(row["distracted_s"]),
                speed_kmh=_optional(row["speed_kmh"]),
                top_speed_kmh=_optional(row["top_speed_kmh"]),
                events=tuple(AlertEvent.from_dict(event) for event in row["events"]),
                clip=None if row["clip"] is None else _text(row["clip"]),
                review=Review(ReviewStatus(row["review"]["status"]), _text(row["review"]["note"])),
                # The first files of format 3 have none, and all of their spans.
                seconds={
                    None if code == _UNKNOWN else Activity.parse(code): finite(seconds)
                    for code, seconds in row.get("seconds_by_activity", {}).items()
                },
            )
            for cause in (incident.cause, *(event.cause for event in incident.events)):
                explanation(cause)  # a rule comes with its numbers
            if incident.end_s is not None and incident.end_s < incident.start_s:
                raise ValueError("it ends before it begins")
            if (incident.end_s is None) is not (incident.ended_by is None):
                raise ValueError("what has an end has something that ended it, and only that")
        except KeyError as error:
            raise UserError(f"this is no incident: {error} is missing") from error
        except (TypeError, ValueError, AttributeError, UserError) as error:
            raise UserError(f"this is no incident: {error}") from error
        return incident


_SAME_S = 0.002

_UNKNOWN = "unknown"


def is_same_time(first_s: float, second_s: float) -> bool:
    """Whether two times of incidents are one: files carry milliseconds."""
    return abs(first_s - second_s) < _SAME_S


def seconds_of(spans: Iterable[ActivitySpan]) -> dict[Activity | None, float]:
    """Seconds of each activity, to the millisecond."""
    seconds: dict[Activity | None, float] = {}
    for span in spans:
        seconds[span.activity] = round(seconds.get(span.activity, 0.0) + span.end_s - span.start_s, 3)
    return seconds


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _optional(value: object) -> float | None:
    return None if value is None else finite(value)


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is no number of an incident")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _activity(code: str | None) -> Activity | None:
    return None if code is None else Activity.parse(code)
