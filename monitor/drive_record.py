"""What a replay keeps of a drive: a row for each frame, every event, and the few pictures worth showing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.drive_labels import DriveLabels
from engines.view import Mount
from monitor.alert_events import AlertEvent, Tier
from monitor.alert_settings import AlertSettings
from monitor.health import Health
from monitor.pipeline import Observation
from monitor.scoring import Alert, EventScore, FrameScore, alerts_of, score_events, score_frames
from monitor.thumbnails import thumbnail

_WORST_PER_MISTAKE = 2
"""Pictures kept of each pair of truth and answer, so that one long mistake does not fill the gallery."""

_WORST_SHOWN = 12
_ALERTS_SHOWN = 200
"""Alerts with a picture; a report must stay small enough to open."""


@dataclass(frozen=True)
class Picture:
    """A frame worth showing.

    Attributes:
        time_s: of the frame.
        jpeg: base64.
        truth: the label; None without one.
        answer: the network's.
        confidence: probability of the answer.
        truth_probability: probability of the label; None without one.
    """

    time_s: float
    jpeg: str
    truth: Activity | None
    answer: Activity
    confidence: float
    truth_probability: float | None


@dataclass(eq=False)
class DriveRecord:
    """A replayed drive.

    Attributes:
        name: of the source.
        labels: None without.
        mount: how the camera sits.
        path: the source as it was named, which tells files of the same name apart.
        complete: whether the drive was replayed to its end.
        times_s: of the frames.
        probabilities: (10,) float32 of each frame, unsmoothed.
        distracted: smoothed probability of C1–C9 of each frame; NaN while there is none.
        tiers, healths: after each frame.
        latencies_s: stage → seconds of each frame.
        events: in order.
        notices: what went wrong without ending the drive.
        alert_pictures: time of a raised or escalated alert → its frame.
        size: (width, height) of the first frame.
    """

    name: str
    labels: DriveLabels | None
    mount: Mount
    path: str = ""
    complete: bool = False
    times_s: list[float] = field(default_factory=list)
    probabilities: list[NDArray[np.float32]] = field(default_factory=list)
    distracted: list[float] = field(default_factory=list)
    tiers: list[Tier] = field(default_factory=list)
    healths: list[Health] = field(default_factory=list)
    latencies_s: dict[str, list[float]] = field(default_factory=dict)
    events: list[AlertEvent] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    alert_pictures: dict[float, Picture] = field(default_factory=dict)
    size: tuple[int, int] | None = None
    _worst: dict[tuple[Activity, Activity], list[Picture]] = field(default_factory=dict)

    def add(self, observation: Observation) -> None:
        """Take an observation in."""
        self.notices.extend(observation.notices)
        self.events.extend(observation.events)
        frame, prediction, alert = observation.frame, observation.prediction, observation.alert
        if frame is None or prediction is None or alert is None or observation.latency is None:
            return
        if self.size is None:
            self.size = (frame.pixels.shape[1], frame.pixels.shape[0])
        self.times_s.append(frame.time)
        self.probabilities.append(prediction.probabilities)
        smoothed = alert.probabilities
        self.distracted.append(float("nan") if smoothed is None else 1.0 - float(smoothed[Activity.SAFE_DRIVING]))
        self.tiers.append(alert.tier)
        self.healths.append(alert.health)
        for stage, seconds in observation.latency.as_dict().items():
            self.latencies_s.setdefault(stage, []).append(seconds)
        if any(event.is_alert for event in observation.events) and len(self.alert_pictures) < _ALERTS_SHOWN:
            self.alert_pictures[alert.time_s] = self._picture(observation, self.activity_at(frame.time))
        self._keep_if_worst(observation)

    def activity_at(self, time_s: float) -> Activity | None:
        """The label at a time; None without one."""
        return self.labels.activity_at(time_s) if self.labels is not None else None

    @property
    def duration_s(self) -> float:
        """Time of the last frame."""
        return self.times_s[-1] if self.times_s else 0.0

    @property
    def alerts(self) -> list[Alert]:
        """Every alert, from raising to clearing."""
        return alerts_of(self.events)

    @property
    def worst(self) -> list[Picture]:
        """The frames furthest from their labels, worst first."""
        kept = [picture for pictures in self._worst.values() for picture in pictures]
        return sorted(kept, key=lambda picture: picture.truth_probability or 0.0)[:_WORST_SHOWN]

    def frame_score(self) -> FrameScore | None:
        """The frame metrics; None without labels."""
        if self.labels is None:
            return None
        truth = [self.labels.activity_at(time_s) for time_s in self.times_s]
        return score_frames(truth, np.array(self.probabilities, dtype=np.float32).reshape(-1, len(Activity)))

    def event_score(self, settings: AlertSettings, speed_kmh: float | None) -> EventScore | None:
        """The event metrics; None without labels."""
        if self.labels is None:
            return None
        return score_events(self.labels, self.events, self.times_s, settings, speed_kmh)

    def as_dict(self) -> dict[str, Any]:
        """The source's part of the report."""
        return {
            "source": self.name,
            "path": self.path,
            "complete": self.complete,
            "frames_seen": len(self.times_s),
            "duration_s": round(self.duration_s, 3),
            "size": self.size,
            "labelled": self.labels is not None,
            "notices": self.notices,
        }

    def _keep_if_worst(self, observation: Observation) -> None:
        assert observation.frame is not None and observation.prediction is not None
        truth = self.activity_at(observation.frame.time)
        answer = observation.prediction.activity
        if truth is None or truth is answer:
            return
        kept = self._worst.setdefault((truth, answer), [])
        probability = float(observation.prediction.probabilities[truth])
        worse = [picture for picture in kept if (picture.truth_probability or 0.0) > probability]
        if len(kept) < _WORST_PER_MISTAKE or worse:
            kept.append(self._picture(observation, truth))
            kept.sort(key=lambda picture: picture.truth_probability or 0.0)
            del kept[_WORST_PER_MISTAKE:]

    def _picture(self, observation: Observation, truth: Activity | None) -> Picture:
        frame, prediction = observation.frame, observation.prediction
        assert frame is not None and prediction is not None
        return Picture(
            time_s=frame.time,
            jpeg=thumbnail(frame.pixels, prediction, self.mount),
            truth=truth,
            answer=prediction.activity,
            confidence=prediction.confidence,
            truth_probability=None if truth is None else float(prediction.probabilities[truth]),
        )
