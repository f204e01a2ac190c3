"""Event metrics by activity, by driver and by incident: the tables of a replay's report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engines.activities import Activity
from engines.files.labels.drive_labels import SAME_S
from monitor.alerts.events import Tier
from monitor.alerts.incidents.incident import Incident
from monitor.evaluation.attention import NO_ATTENTION, AttentionUnderAlert, attention_under_alert
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.scoring import Distraction, EventScore, FrameScore, frame_durations_s, shown_spans


@dataclass(frozen=True, eq=False)
class DriverRow:
    """One driver, over all of that driver's drives.

    Attributes:
        driver: the name.
        drives: how many.
        duration_s: of all of them.
        frames, events: None where no drive is labelled.
        seconds_by_tier: for how long each tier was active.
    """

    driver: str
    drives: int
    duration_s: float
    frames: FrameScore | None
    events: EventScore | None
    seconds_by_tier: dict[Tier, float]

    def as_dict(self) -> dict[str, Any]:
        """For JSON files."""
        distractions = None if self.events is None else self.events.as_dict()
        if distractions is not None:
            del distractions["items"]
        return {
            "driver": self.driver,
            "drives": self.drives,
            "duration_s": round(self.duration_s, 3),
            "accuracy": None if self.frames is None else self.frames.as_dict()["accuracy"],
            "distractions": distractions,
            "seconds_by_tier": {tier.code: round(seconds, 3) for tier, seconds in self.seconds_by_tier.items()},
        }


@dataclass(frozen=True)
class ActivityRow:
    """One activity. A distraction of several activities counts for each of them.

    Attributes:
        activity: C1–C9.
        expected: labelled distractions that the policy alerts on ideal predictions.
        detected: how many of those were alerted.
        false: false alerts that named it.
        latency_s, excess_delay_s: medians of the detected ones; None without any.
    """

    activity: Activity
    expected: int
    detected: int
    false: int
    latency_s: float | None
    excess_delay_s: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON files."""
        return {
            "expected": self.expected,
            "detected": self.detected,
            "missed": self.expected - self.detected,
            "false": self.false,
            "latency_s": self.latency_s,
            "excess_delay_s": self.excess_delay_s,
        }


@dataclass(frozen=True)
class IncidentRow:
    """One incident against the labels.

    Attributes:
        incident: as it was at its end.
        distraction: the labelled distraction that it begins in; None without one.
        is_false: whether it begins where something else than a distraction is labelled.
        attention: labelled attention while its alert was shown; the rows' sums are the headline's.
    """

    incident: Incident
    distraction: Distraction | None
    is_false: bool
    attention: AttentionUnderAlert

    def as_dict(self) -> dict[str, Any]:
        """For JSON files."""
        distraction = None
        if self.distraction is not None:
            span = {"start_s": round(self.distraction.start_s, 3), "end_s": round(self.distraction.end_s, 3)}
            distraction = {**span, "activities": [activity.code for activity in self.distraction.activities]}
        return {
            **self.incident.as_dict(),
            "distraction": distraction,
            "false": self.is_false,
            "attention_under_alert_s": round(self.attention.total_s, 3),
            "attention_beyond_clearing_s": round(self.attention.beyond_clearing_s, 3),
        }


def by_incident(record: DriveRecord) -> list[IncidentRow]:
    """One row for each incident of a drive, in order; without labels only the incidents are known."""
    labels, score = record.labels, record.event_score
    if labels is None or score is None:
        return [IncidentRow(incident, None, False, NO_ATTENTION) for incident in record.incidents]
    grace_s = record.settings.clear_s
    lengths_s = frame_durations_s(record.times_s, record.settings.frame_holds_s).tolist()
    false = {alert.raised_s for alert in score.false}
    shown = shown_spans(record.alerts)
    rows = []
    for incident in record.incidents:
        found = [
            item
            for item in score.distractions
            if item.start_s - SAME_S <= incident.start_s <= item.end_s + grace_s + SAME_S
        ]
        # As the headline counts: what the driver has had hidden goes on as an incident, and alerts nobody.
        end_s = math.inf if incident.end_s is None else incident.end_s
        spans = [(max(start_s, incident.start_s), min(stop_s, end_s)) for start_s, stop_s in shown]
        seen = [span for span in spans if span[0] < span[1]]
        attention = attention_under_alert(labels, record.times_s, lengths_s, seen, grace_s)
        distraction = found[-1] if found else None
        rows.append(IncidentRow(incident, distraction, incident.start_s in false, attention))
    return rows


def all_frames(records: Iterable[DriveRecord]) -> FrameScore | None:
    """The frame metrics of all labelled drives together; None without any."""
    scores = [record.frame_score for record in records if record.frame_score is not None]
    return FrameScore.of(scores) if scores else None


def all_events(records: Iterable[DriveRecord]) -> EventScore | None:
    """The event metrics of all labelled drives together; None without any."""
    scores = [record.event_score for record in records if record.event_score is not None]
    return EventScore.of(scores) if scores else None


def seconds_by_tier(records: Iterable[DriveRecord]) -> dict[Tier, float]:
    """For how long each tier was active in all drives together."""
    seconds = dict.fromkeys(Tier, 0.0)
    for record in records:
        for tier, length_s in record.seconds_by_tier.items():
            seconds[tier] += length_s
    return seconds


def by_driver(records: Sequence[DriveRecord]) -> list[DriverRow]:
    """One row for each driver, in the order in which they first drive."""
    grouped: dict[str, list[DriveRecord]] = {}
    for record in records:
        grouped.setdefault(record.driver or record.name, []).append(record)
    rows = []
    for driver, drives in grouped.items():
        duration_s = sum(record.duration_s for record in drives)
        scores = (all_frames(drives), all_events(drives))
        rows.append(DriverRow(driver, len(drives), duration_s, *scores, seconds_by_tier(drives)))
    return rows


def by_activity(events: EventScore) -> list[ActivityRow]:
    """One row for each of C1–C9."""
    rows = []
    for activity in Activity:
        if not activity.is_distraction:
            continue
        expected = [item for item in events.expected if activity in item.activities]
        latencies = [item.latency_s for item in expected if item.latency_s is not None]
        delays = [item.excess_delay_s for item in expected if item.excess_delay_s is not None]
        false = sum(alert.activity is activity for alert in events.false)
        medians = (rounded_median(latencies), rounded_median(delays))
        rows.append(ActivityRow(activity, len(expected), len(latencies), false, *medians))
    return rows


def rounded_median(seconds: Sequence[float]) -> float | None:
    """The median in whole milliseconds; None of nothing."""
    return round(float(np.median(seconds)), 3) if seconds else None
