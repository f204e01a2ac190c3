"""Networks whose answers are known from a drive's labels, in place of `monitor.fleet.prediction.predict`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.prediction import Prediction
from monitor.evaluation.predictions import DrivePredictions
from monitor.fleet.recordings import RecordedDrive
from monitor.health.camera_health import CameraHealth


def answers(recording: RecordedDrive, mistaken: NDArray[np.float32], when: Callable[[int], bool]) -> DrivePredictions:
    """A network that is right but for some frames of attention."""
    drive = DrivePredictions(complete=True)
    assert recording.labels is not None
    for index in range(int(recording.labels.end_s * 5)):
        activity = recording.labels.activity_at(index / 5)
        assert activity is not None
        wrong = activity is Activity.SAFE_DRIVING and when(index)
        drive.times_s.append(index / 5)
        answer = mistaken if wrong else np.eye(10, dtype=np.float32)[activity]
        empty = np.zeros((36, 4), dtype=np.float32)
        drive.predictions.append(Prediction(answer, empty, np.zeros(37, dtype=np.float32)))
        drive.cameras.append(CameraHealth())
    return drive


def flickering(recording: RecordedDrive, *_: object) -> DrivePredictions:
    """One frame in eleven of attention is taken for drinking."""
    return answers(recording, np.eye(10, dtype=np.float32)[6], lambda index: index % 11 == 0)


def half_sure_of_a_passenger(recording: RecordedDrive, *_: object) -> DrivePredictions:
    """Five seconds of every twenty of attention look rather like talking."""
    torn = np.zeros(10, dtype=np.float32)
    torn[[0, 9]] = 0.22, 0.78
    return answers(recording, torn, lambda index: index % 100 < 25)
