"""A replayed drive: its predictions, what a policy made of them, its labels, and thumbnails worth showing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from engines.activities import Activity
from engines.files.labels.drive_labels import DriveLabels
from engines.files.labels.label_fit import labels_beyond
from engines.view import Mount
from monitor.alerts.events import AlertEvent, Tier
from monitor.alerts.incidents.incident import Incident, Review
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.pictures import DriveThumbnails
from monitor.evaluation.policy_run import PolicyRun, run_policy
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.scoring import (
    Alert,
    EventScore,
    FrameScore,
    alerts_of,
    frame_durations_s,
    score_events,
    score_frames,
)
from monitor.health.camera_health import Health
from monitor.speed.recorded import RecordedSpeed
from monitor.speed.source import SpeedSource


def _unreviewed(incident: Incident) -> Review:
    return incident.review


@dataclass(eq=False)
class DriveRecord:
    """A drive and a policy's run over it; the run and the scores are computed when first asked for.

    Attributes:
        name: of the source.
        labels: None without.
        mount: the camera mount.
        drive: the network's predictions.
        settings: of the policy.
        speed_kmh: the car's speed; None without a signal.
        path: the source as it was named, which distinguishes files of the same name.
        driver: who drives, for the table by driver.
        thumbnails: of the frames worth showing.
        review_of: what a person says of an incident.
    """

    name: str
    labels: DriveLabels | None
    mount: Mount
    drive: DrivePredictions
    settings: AlertSettings
    speed_kmh: SpeedSource | float | None = None
    path: str = ""
    driver: str = ""
    thumbnails: DriveThumbnails = field(default_factory=DriveThumbnails)
    review_of: Callable[[Incident], Review] = _unreviewed

    @property
    def complete(self) -> bool:
        """Whether the drive was classified to its end."""
        return self.drive.complete

    @property
    def times_s(self) -> list[float]:
        """Of the frames."""
        return self.drive.times_s

    @property
    def duration_s(self) -> float:
        """Time of the last frame."""
        return self.drive.duration_s

    @property
    def end_s(self) -> float:
        """Time at which the last frame ends: as far from it as frames usually are from each other, a second at most."""
        steps_s = np.diff(self.times_s)
        return self.duration_s + (min(1.0, float(np.median(steps_s))) if len(steps_s) else 0.0)

    @cached_property
    def run(self) -> PolicyRun:
        """The policy's states and events."""
        return run_policy(self.drive, self.settings, self.speed_kmh)

    @cached_property
    def tiers(self) -> list[Tier]:
        """After each frame."""
        return self.run.tiers

    @cached_property
    def healths(self) -> list[Health]:
        """After each frame."""
        return self.run.healths

    @cached_property
    def distracted(self) -> list[float]:
        """Smoothed probability of C1–C9 of each frame; NaN while there is none."""
        return self.run.distracted

    @property
    def events(self) -> list[AlertEvent]:
        """In order."""
        return self.run.events

    @cached_property
    def alerts(self) -> list[Alert]:
        """Every alert, from raising to clearing."""
        return alerts_of(self.events)

    @property
    def incidents(self) -> list[Incident]:
        """In order, as they were at their ends, with their reviews."""
        return [replace(incident, review=self.review_of(incident)) for incident in self.run.incidents.values()]

    @cached_property
    def frame_labels(self) -> list[Activity | None]:
        """The label of each frame; None without one."""
        if self.labels is None:
            return [None] * len(self.times_s)
        return [self.labels.activity_at(time_s) for time_s in self.times_s]

    @cached_property
    def frame_score(self) -> FrameScore | None:
        """The frame metrics; None without labels."""
        return None if self.labels is None else score_frames(self.frame_labels, self.drive.probabilities)

    @cached_property
    def event_score(self) -> EventScore | None:
        """The event metrics; None without labels."""
        if self.labels is None:
            return None
        return score_events(
            self.labels, self.events, self.times_s, self.settings, self.speed_kmh, incidents=self.incidents
        )

    @cached_property
    def seconds_by_tier(self) -> dict[Tier, float]:
        """For how long each tier was active."""
        return self.run.seconds_by_tier(self.times_s, self.settings)

    @property
    def notices(self) -> list[str]:
        """What went wrong without ending the drive, and what is not scored; one line each."""
        lines: list[str | None] = [*self.drive.notices]
        if isinstance(self.speed_kmh, SpeedSource):
            lines += self.speed_kmh.remarks
        if self.labels is not None and self.complete:
            lines += [self.labels.unknown_notice(), labels_beyond(self.labels, self.end_s)]
            lines += [self.labels.gap_notice(self.duration_s)]
        return [line for line in (*lines, self.speed_notice) if line is not None]

    @cached_property
    def speed_lost_s(self) -> float:
        """For how long a speed signal was missing, which counts as fast; 0 where there was none to lose."""
        if not isinstance(self.speed_kmh, RecordedSpeed):
            return 0.0
        missing = np.array([kmh is None for kmh in self.run.speeds_kmh], dtype=bool)
        return float(frame_durations_s(self.times_s, self.settings.frame_holds_s)[missing].sum())

    @property
    def speed_notice(self) -> str | None:
        """One line for people about a speed signal that was lost; None where none was."""
        if not self.speed_lost_s:
            return None
        return f"the speed signal was lost for {self.speed_lost_s:.1f} s: alerts came as early as at high speed"

    def as_dict(self) -> dict[str, Any]:
        """The source's part of the report."""
        return {
            "source": self.name,
            "path": self.path,
            "driver": self.driver,
            "complete": self.complete,
            "frames_seen": len(self.times_s),
            "duration_s": round(self.duration_s, 3),
            "size": self.drive.size,
            "labelled": self.labels is not None,
            "notices": self.notices,
            "speed_lost_s": round(self.speed_lost_s, 3),
            "seconds_by_tier": {tier.code: round(seconds, 3) for tier, seconds in self.seconds_by_tier.items()},
        }
