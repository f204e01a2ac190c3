"""Event metrics by activity and by driver: the tables of a replay's report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.scoring import EventScore, FrameScore


@dataclass(frozen=True, eq=False)
class DriverRow:
    """One driver, over all of that driver's drives.

    Attributes:
        driver: the name.
        drives: how many.
        duration_s: of all of them.
        frames, events: None where no drive is labelled.
        seconds_by_tier: for how long each tier stood.
    """

    driver: str
    drives: int
    duration_s: float
    frames: FrameScore | None
    events: EventScore | None
    seconds_by_tier: dict[Tier, float]

    def as_dict(self) -> dict[str, Any]:
        """For JSON files."""
        events = None if self.events is None else self.events.as_dict()
        if events is not None:
            del events["distractions"]
        return {
            "driver": self.driver,
            "drives": self.drives,
            "duration_s": round(self.duration_s, 3),
            "accuracy": None if self.frames is None else self.frames.as_dict()["accuracy"],
            "events": events,
            "seconds_by_tier": {tier.code: round(seconds, 3) for tier, seconds in self.seconds_by_tier.items()},
        }


@dataclass(frozen=True)
class ActivityRow:
    """One activity. A distraction of several activities counts for each of them.

    Attributes:
        activity: C1–C9.
        needed: labelled distractions that the policy on the labels alerts.
        detected: how many of those were alerted.
        false: false alerts that named it.
        latency_s, delay_s: medians of the detected ones; None without any.
    """

    activity: Activity
    needed: int
    detected: int
    false: int
    latency_s: float | None
    delay_s: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON files."""
        return {
            "needed": self.needed,
            "detected": self.detected,
            "missed": self.needed - self.detected,
            "false": self.false,
            "latency_s": self.latency_s,
            "delay_s": self.delay_s,
        }


def all_frames(records: Iterable[DriveRecord]) -> FrameScore | None:
    """The frame metrics of all labelled drives together; None without any."""
    scores = [record.frame_score for record in records if record.frame_score is not None]
    return FrameScore.of(scores) if scores else None


def all_events(records: Iterable[DriveRecord]) -> EventScore | None:
    """The event metrics of all labelled drives together; None without any."""
    scores = [record.event_score for record in records if record.event_score is not None]
    return EventScore.of(scores) if scores else None


def seconds_by_tier(records: Iterable[DriveRecord]) -> dict[Tier, float]:
    """For how long each tier stood in all drives together."""
    seconds = dict.fromkeys(Tier, 0.0)
    for record in records:
        for tier, length_s in record.seconds_by_tier.items():
            seconds[tier] += length_s
    return seconds


def by_driver(records: Sequence[DriveRecord]) -> list[DriverRow]:
    """One row for each driver, in the order in which they first drive."""
    drivers = dict.fromkeys(record.driver or record.name for record in records)
    rows = []
    for driver in drivers:
        own = [record for record in records if (record.driver or record.name) == driver]
        duration_s = sum(record.duration_s for record in own)
        rows.append(DriverRow(driver, len(own), duration_s, all_frames(own), all_events(own), seconds_by_tier(own)))
    return rows


def by_activity(events: EventScore) -> list[ActivityRow]:
    """One row for each of C1–C9."""
    rows = []
    for activity in Activity:
        if not activity.is_distraction:
            continue
        needed = [item for item in events.needed if activity in item.activities]
        latencies = [item.latency_s for item in needed if item.latency_s is not None]
        delays = [item.delay_s for item in needed if item.delay_s is not None]
        false = sum(alert.activity is activity for alert in events.false)
        rows.append(
            ActivityRow(activity, len(needed), len(latencies), false, rounded_median(latencies), rounded_median(delays))
        )
    return rows


def rounded_median(seconds: Sequence[float]) -> float | None:
    """The median in whole milliseconds; None of nothing."""
    return round(float(np.median(seconds)), 3) if seconds else None
