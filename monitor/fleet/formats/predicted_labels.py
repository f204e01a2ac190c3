"""A network's predictions as labels with their confidence, for tools where people correct them."""

from __future__ import annotations

import numpy as np

from engines.activities import Activity
from engines.files.labels.drive_labels import LabelSegment
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.scoring import frame_durations_s

_MAX_S = 1.0
"""A frame says nothing of what lies further behind it."""


def predicted_labels(drive: DrivePredictions) -> tuple[list[LabelSegment], list[float]]:
    """The runs of frames with the same most likely activity, unsmoothed, and the mean probability of each run.

    A frame lasts until the next, a second at most: where the camera stood still, nothing is predicted.
    """
    segments: list[LabelSegment] = []
    sums: list[tuple[float, int]] = []
    probabilities = drive.probabilities
    for at, (time_s, duration_s) in enumerate(
        zip(drive.times_s, frame_durations_s(drive.times_s, _MAX_S), strict=True)
    ):
        activity = Activity(int(np.argmax(probabilities[at])))
        probability, end_s = float(probabilities[at, activity]), time_s + float(duration_s)
        last = segments[-1] if segments else None
        if last is not None and last.activity is activity and abs(last.end_s - time_s) < 1e-6:
            segments[-1] = LabelSegment(last.start_s, end_s, activity)
            sums[-1] = (sums[-1][0] + probability, sums[-1][1] + 1)
        elif end_s > time_s:
            segments.append(LabelSegment(time_s, end_s, activity))
            sums.append((probability, 1))
    return segments, [total / count for total, count in sums]
