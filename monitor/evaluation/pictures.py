"""The pictures of a replayed drive worth showing: its alerts, the frames furthest from their labels, and a film strip.

Chosen after the policy has been played, then taken from the recording in one pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from engines.activities import Activity
from engines.view import Mount
from monitor.alerts.events import AlertEvent
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.thumbnails import thumbnail
from monitor.sources import Source

_WORST_PER_MISTAKE = 2
"""Pictures of each pair of truth and answer, so that one long mistake does not fill the gallery."""

_WORST_SHOWN = 12
_ALERTS_SHOWN = 200
"""Alerts with a picture in a whole report, which must stay small enough to open."""

_FILM_SHOWN = 480
"""Pictures of the film strips in a whole report."""

_FILM_WIDTH = 200
_FILM_QUALITY = 55


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
class DrivePictures:
    """What was taken of a drive.

    Attributes:
        alerts: time of a raised or escalated alert → its frame.
        worst: the frames furthest from their labels, worst first.
        film: (seconds, base64 JPEG) at even distances.
    """

    alerts: dict[float, Picture] = field(default_factory=dict)
    worst: list[Picture] = field(default_factory=list)
    film: list[tuple[float, str]] = field(default_factory=list)


def worst_frames(truth: Sequence[Activity | None], drive: DrivePredictions) -> list[int]:
    """Indices of the wrongly classified frames that gave their label least, worst first; few of each mistake."""
    mistakes: dict[tuple[Activity, Activity], list[tuple[float, int]]] = defaultdict(list)
    for index, (activity, prediction) in enumerate(zip(truth, drive.predictions, strict=True)):
        if activity is not None and prediction.activity is not activity:
            mistakes[activity, prediction.activity].append((float(prediction.probabilities[activity]), index))
    kept = [item for found in mistakes.values() for item in sorted(found)[:_WORST_PER_MISTAKE]]
    return [index for _, index in sorted(kept)[:_WORST_SHOWN]]


def film_frames(times_s: Sequence[float], drives: int) -> list[int]:
    """Indices of frames at even distances, fewer of each drive the more drives a report has."""
    count = min(len(times_s), max(12, _FILM_SHOWN // max(drives, 1)))
    return sorted({int(index) for index in np.linspace(0, len(times_s) - 1, count)}) if count else []


def take_pictures(
    source: Source,
    drive: DrivePredictions,
    truth: Sequence[Activity | None],
    events: Sequence[AlertEvent],
    mount: Mount,
    *,
    drives: int = 1,
    progressed: Callable[[], None] | None = None,
) -> DrivePictures:
    """Read a recording once more and keep what is worth showing.

    Args:
        source: of the very frames that `drive` is about; closed at the end.
        drive: what the network said of its N frames.
        truth: the N labels.
        events: what the policy said.
        mount: how the camera sits.
        drives: in the whole report, which shares its room among them.
        progressed: called after each frame.

    Raises:
        UserError: as the source does.
    """
    pictures = DrivePictures()
    places = {time_s: index for index, time_s in enumerate(drive.times_s)}
    alerted = [places[event.time_s] for event in events if event.is_alert and event.time_s in places]
    alerted = alerted[: max(8, _ALERTS_SHOWN // max(drives, 1))]
    worst = worst_frames(truth, drive)
    film = set(film_frames(drive.times_s, drives))
    wanted = {*alerted, *worst, *film}
    shots: dict[int, Picture] = {}
    with source:
        for index, prediction in enumerate(drive.predictions):
            frame = source.read() if len(wanted) > 0 else None
            if frame is None:
                break
            if index in film:
                small = thumbnail(frame.pixels, prediction, mount, width=_FILM_WIDTH, quality=_FILM_QUALITY)
                pictures.film.append((frame.time, small))
            if index in alerted or index in worst:
                activity = truth[index]
                shots[index] = Picture(
                    time_s=frame.time,
                    jpeg=thumbnail(frame.pixels, prediction, mount),
                    truth=activity,
                    answer=prediction.activity,
                    confidence=prediction.confidence,
                    truth_probability=None if activity is None else float(prediction.probabilities[activity]),
                )
            wanted.discard(index)
            if progressed is not None:
                progressed()
    pictures.alerts = {drive.times_s[index]: shots[index] for index in alerted if index in shots}
    pictures.worst = [shots[index] for index in worst if index in shots]
    return pictures
