"""Thumbnails of a replayed drive: of its incidents, of the frames furthest from their labels, and all along it.

Chosen after the policy has been run, then taken from the recording in one pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from engines.activities import Activity
from engines.view import Mount
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.thumbnails import thumbnail
from monitor.sources import Source

_MAX_PER_MISTAKE = 2
"""Thumbnails of each pair of label and prediction, so that one long mistake does not fill the gallery."""

_MAX_WORST = 12
_MAX_INCIDENTS = 200
"""Incidents with a thumbnail in one report, which must stay small enough to open."""

_MAX_PREVIEW = 480
"""Thumbnails of the previews in one report."""

_PREVIEW_WIDTH = 200
_PREVIEW_QUALITY = 55


@dataclass(frozen=True)
class FrameThumbnail:
    """A frame worth showing.

    Attributes:
        time_s: of the frame.
        jpeg: base64.
        label: None without one.
        predicted: the likeliest activity.
        confidence: its probability.
        label_probability: probability of the label; None without one.
    """

    time_s: float
    jpeg: str
    label: Activity | None
    predicted: Activity
    confidence: float
    label_probability: float | None


@dataclass(eq=False)
class DriveThumbnails:
    """What was taken of a drive.

    Attributes:
        incidents: time of an incident's peak → its frame.
        worst: the frames furthest from their labels, worst first.
        preview: (seconds, base64 JPEG) at even distances.
    """

    incidents: dict[float, FrameThumbnail] = field(default_factory=dict)
    worst: list[FrameThumbnail] = field(default_factory=list)
    preview: list[tuple[float, str]] = field(default_factory=list)


def worst_frames(labels: Sequence[Activity | None], drive: DrivePredictions) -> list[int]:
    """Indices of the misclassified frames whose label has the lowest probability, worst first; few of each mistake."""
    mistakes: dict[tuple[Activity, Activity], list[tuple[float, int]]] = defaultdict(list)
    for index, (activity, prediction) in enumerate(zip(labels, drive.predictions, strict=True)):
        if activity is not None and prediction.activity is not activity:
            mistakes[activity, prediction.activity].append((float(prediction.probabilities[activity]), index))
    chosen = [item for found in mistakes.values() for item in sorted(found)[:_MAX_PER_MISTAKE]]
    return [index for _, index in sorted(chosen)[:_MAX_WORST]]


def preview_frames(times_s: Sequence[float], drives: int) -> list[int]:
    """Indices of frames at even distances, fewer of each drive the more drives a report has."""
    count = min(len(times_s), max(12, _MAX_PREVIEW // max(drives, 1)))
    return sorted({int(index) for index in np.linspace(0, len(times_s) - 1, count)}) if count else []


def take_thumbnails(
    source: Source,
    drive: DrivePredictions,
    labels: Sequence[Activity | None],
    incidents_s: Sequence[float],
    mount: Mount,
    *,
    drives: int = 1,
    progressed: Callable[[], None] | None = None,
) -> DriveThumbnails:
    """Read a recording once more and take the thumbnails.

    Args:
        source: of the very frames that `drive` is about; closed at the end.
        drive: its N predictions.
        labels: of the N frames; None where there is none.
        incidents_s: when incidents were at their peaks.
        mount: the camera mount.
        drives: in the report, which divides its size among them.
        progressed: called after each frame.

    Raises:
        UserError: as the source does.
    """
    thumbnails = DriveThumbnails()
    indices = {time_s: index for index, time_s in enumerate(drive.times_s)}
    peaks = [indices[time_s] for time_s in incidents_s if time_s in indices]
    peaks = peaks[: max(8, _MAX_INCIDENTS // max(drives, 1))]
    worst = worst_frames(labels, drive)
    preview = set(preview_frames(drive.times_s, drives))
    wanted = {*peaks, *worst, *preview}
    taken: dict[int, FrameThumbnail] = {}
    with source:
        for index, prediction in enumerate(drive.predictions):
            frame = source.read() if len(wanted) > 0 else None
            if frame is None:
                break
            if index in preview:
                small = thumbnail(frame.pixels, prediction, mount, width=_PREVIEW_WIDTH, quality=_PREVIEW_QUALITY)
                thumbnails.preview.append((frame.time, small))
            if index in peaks or index in worst:
                activity = labels[index]
                taken[index] = FrameThumbnail(
                    time_s=frame.time,
                    jpeg=thumbnail(frame.pixels, prediction, mount),
                    label=activity,
                    predicted=prediction.activity,
                    confidence=prediction.confidence,
                    label_probability=None if activity is None else float(prediction.probabilities[activity]),
                )
            wanted.discard(index)
            if progressed is not None:
                progressed()
    thumbnails.incidents = {drive.times_s[index]: taken[index] for index in peaks if index in taken}
    thumbnails.worst = [taken[index] for index in worst if index in taken]
    return thumbnails
