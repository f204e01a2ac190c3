"""Recorded drives with labels and what a network says of them, computed once; policies are then played over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track

from engines.drive_labels import DriveLabels, read_labels
from engines.errors import UserError
from monitor.alert_settings import AlertSettings
from monitor.candidate import Candidate
from monitor.drive_predictions import DrivePredictions
from monitor.policy_replay import play_policy
from monitor.prediction_cache import PredictionCache, predict_drive, saver
from monitor.scoring import EventScore, score_events
from monitor.sources import is_live, open_source


@dataclass(frozen=True, eq=False)
class LabelledDrive:
    """A drive, what the driver did in it, and what a network says of each of its frames."""

    name: str
    labels: DriveLabels
    predictions: DrivePredictions

    def score(self, settings: AlertSettings, speed_kmh: float | None = None) -> EventScore:
        """The events of a policy with these settings against the labels."""
        run = play_policy(self.predictions, settings, speed_kmh)
        return score_events(self.labels, run.events, self.predictions.times_s, settings, speed_kmh)


def read_drives(specs: Sequence[str], candidate: Candidate, cache: PredictionCache) -> list[LabelledDrive]:
    """Drives with their labels; the network sees only what it has not seen before.

    Args:
        specs: recordings, with ``NAME.csv`` beside ``NAME.mp4``; or ``demo``.
        candidate: whose network looks.
        cache: where predictions are kept.

    Raises:
        UserError: for what is no recording or has no labels.
    """
    labelled: list[tuple[str, str, DriveLabels]] = []
    for spec in specs:
        if is_live(spec):
            raise UserError(f"{spec} is a camera or a stream: name recorded drives")
        with open_source(spec) as source:
            path = source.labels or Path(spec).with_suffix(".csv")
            labelled.append((spec, source.name, read_labels(path)))
    drives = []
    for spec, name, labels in track(labelled, "predictions", transient=True):
        path = cache.path(spec, candidate.manifest, candidate.mount, None, candidate.health, candidate.engine)
        predictions = cache.read(path)
        if predictions is None or not predictions.complete:
            known, predictions = predictions, DrivePredictions()
            source = open_source(spec)
            predict_drive(
                source, candidate.classifier, predictions, known=known, save=saver(path), health=candidate.health
            )
        drives.append(LabelledDrive(name, labels, predictions))
    return drives


@dataclass(frozen=True)
class EventSummary:
    """A policy on several drives.

    Attributes:
        needed, detected: labelled distractions that are long enough, and those of them that were alerted.
        false, overstayed: alerts elsewhere, and those that stood on too long.
        hours: of driving.
        latencies_s: of the detected: from the start of the distraction to the first alert.
        beyond_s: of the detected: how much later than the same policy on the labels.
    """

    needed: int
    detected: int
    false: int
    overstayed: int
    hours: float
    latencies_s: tuple[float, ...]
    beyond_s: tuple[float, ...]

    @property
    def false_per_hour(self) -> float:
        """Alerts elsewhere, an hour of driving."""
        return self.false / self.hours if self.hours > 0.0 else 0.0

    @property
    def missed(self) -> int:
        """Of the needed."""
        return self.needed - self.detected

    def as_dict(self) -> dict[str, float | int | None]:
        """For JSON files."""
        return {
            "needed": self.needed,
            "detected": self.detected,
            "missed": self.missed,
            "false": self.false,
            "false_per_hour": round(self.false_per_hour, 2),
            "overstayed": self.overstayed,
            "hours": round(self.hours, 4),
            "latency_median_s": _median(self.latencies_s),
            "beyond_labels_median_s": _median(self.beyond_s),
        }


def _median(values: Sequence[float]) -> float | None:
    return round(float(np.median(values)), 3) if values else None


def summarise(drives: Sequence[LabelledDrive], settings: AlertSettings, speed_kmh: float | None = None) -> EventSummary:
    """Play a policy over drives and add up what it made of them."""
    scores = [drive.score(settings, speed_kmh) for drive in drives]
    found = [item for score in scores for item in score.needed if item.alerted_s is not None]
    return EventSummary(
        needed=sum(len(score.needed) for score in scores),
        detected=sum(score.detected for score in scores),
        false=sum(len(score.false) for score in scores),
        overstayed=sum(len(score.overstayed) for score in scores),
        hours=sum(drive.predictions.duration_s for drive in drives) / 3600.0,
        latencies_s=tuple(item.latency_s for item in found if item.latency_s is not None),
        beyond_s=tuple(
            item.alerted_s - item.expected_s
            for item in found
            if item.alerted_s is not None and item.expected_s is not None
        ),
    )
