"""The second step: what an alert policy makes of a drive's predictions. It needs no frame and no network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from engines.files.labels.drive_labels import DriveLabels
from engines.view import Mount
from monitor.alerts.events import EventKind, Tier
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.drive_summary import summarise
from monitor.evaluation.predictions import DrivePredictions
from monitor.fleet.prediction_software import closure_hashes
from monitor.fleet.results.tables import FAULTS, INCIDENTS, SCORES, to_parquet
from monitor.speed.source import SpeedSource

_ROOTS = ("monitor.fleet.results.policy_results",)

_BEYOND = (
    "monitor.alerts.texts",
    "monitor.dashboard",
    "monitor.evaluation.pictures",
    "monitor.evaluation.thumbnails",
    "monitor.fleet.prediction_software",
    "monitor.journal",
    "monitor.live",
    "monitor.replay",
    "monitor.sources",
    "monitor.viewmodel",
    "engines.notice",
    "engines.files.printable",
)
"""What says it in words, and what works on frames: a changed message must recompute nothing."""


@cache
def _software() -> Mapping[str, str]:
    return closure_hashes(_ROOTS, _BEYOND)


def policy_key(settings: AlertSettings) -> str:
    """What identifies a policy: its settings in force, and the rules that read them."""
    what = {"settings": settings.model_dump(mode="json"), "software": dict(_software())}
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]


def policy_tables(
    drive: DrivePredictions, speed: SpeedSource, settings: AlertSettings, labels: DriveLabels | None
) -> dict[str, bytes]:
    """The contents of the files ``incidents``, ``faults`` and ``scores`` of a drive."""
    record = DriveRecord("", labels, Mount(), drive, settings, speed)
    return {
        "incidents": to_parquet([_incident(incident) for incident in record.incidents], INCIDENTS),
        "faults": to_parquet(_faults(record), FAULTS),
        "scores": to_parquet([_score(record)], SCORES),
    }


def _incident(incident: Any) -> dict[str, object]:
    return {
        "number": incident.number,
        "start_s": incident.start_s,
        "end_s": incident.end_s,
        "ended_by": None if incident.ended_by is None else incident.ended_by.value,
        "tier": incident.tier.code,
        "activity": None if incident.activity is None else incident.activity.code,
        "reason": None if incident.reason is None else incident.reason.value,
        "rule": incident.cause.rule.value,
        "distracted_s": incident.distracted_s,
        "speed_kmh": incident.speed_kmh,
        "top_speed_kmh": incident.top_speed_kmh,
    }


def _faults(record: DriveRecord) -> list[dict[str, object]]:
    """A fault lasts until another is reported, until the recovery, or to the end."""
    faults: list[dict[str, object]] = []
    open_fault: dict[str, object] | None = None
    for event in record.events:
        if event.kind not in (EventKind.FAULT, EventKind.RECOVERED):
            continue
        if open_fault is not None:
            open_fault["end_s"] = event.time_s
            open_fault = None
        if event.kind is EventKind.FAULT:
            open_fault = {"health": event.health.value, "start_s": event.time_s, "end_s": record.duration_s}
            faults.append(open_fault)
    return faults


def _score(record: DriveRecord) -> dict[str, object]:
    summary = summarise(record.run.states, record.incidents, record.settings.frame_holds_s)
    row: dict[str, object] = {
        "length_s": record.duration_s,
        "frames": len(record.times_s),
        **{f"{tier.code}_s": record.seconds_by_tier[tier] for tier in (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL)},
        "not_assessed_s": summary.not_assessed_s,
        "speed_lost_s": record.speed_lost_s,
        "below_gate_s": summary.below_gate_s,
        "notices": [str(notice) for notice in record.notices],
    }
    frames, events = record.frame_score, record.event_score
    if frames is not None and events is not None:
        row |= {
            "labelled_s": events.labelled_s,
            "frames_scored": frames.scored,
            "frames_right": int(frames.confusion.trace()),
            "false_alerts": len(events.false),
            "attention_beyond_clearing_s": events.attention.beyond_clearing_s,
            "distractions": [
                {
                    "start_s": item.start_s,
                    "end_s": item.end_s,
                    "alerted_s": item.alerted_s,
                    "excess_delay_s": item.excess_delay_s,
                    "activities": [activity.code for activity in item.activities],
                }
                for item in events.expected
            ],
        }
    return row
