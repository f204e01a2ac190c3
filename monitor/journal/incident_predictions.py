"""What the network said around an incident of a camera's, kept small: 8 bits a probability, compressed.

It is enough to run another policy over the incident: the minute before it, which the policy's timers look back to, and
the incident itself, ten minutes at most.
"""

from __future__ import annotations

import json
import math
import zlib
from collections import deque
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.prediction import Prediction
from monitor.alerts.incidents.incident import Incident
from monitor.evaluation.predictions import DrivePredictions
from monitor.health.camera_health import CameraHealth, Health
from monitor.speed.recorded import RecordedSpeed
from monitor.speed.source import SpeedSource

BEFORE_S = 60.0
LONGEST_S = 600.0
_HEALTHS = tuple(Health)
_ONE = 255
"""What the probability 1 is written as."""

_Row = tuple[float, bytes, int, int, float]


class RecentPredictions:
    """The predictions of the last frames, and of all since an incident began. For one thread."""

    def __init__(self) -> None:
        self._rows: deque[_Row] = deque()
        self._since_s: float | None = None  # while an incident goes on

    def add(
        self, time_s: float, probabilities: NDArray[np.float32], camera: CameraHealth, speed_kmh: float | None
    ) -> None:
        """Take a frame's (10,) probabilities in, with the camera's health and the car's speed (None for unknown)."""
        if self._since_s is None:
            while self._rows and time_s - self._rows[0][0] > BEFORE_S:
                self._rows.popleft()
        elif time_s - self._since_s > LONGEST_S:
            return
        written = np.rint(np.clip(probabilities, 0.0, 1.0) * _ONE).astype(np.uint8).tobytes()
        health = (_HEALTHS.index(camera.raw), _HEALTHS.index(camera.reported))
        self._rows.append((time_s, written, *health, math.nan if speed_kmh is None else speed_kmh))

    def around(self, incident: Incident, begins_s: float) -> bytes | None:
        """Of an incident that is over what is kept, its times since the drive began at `begins_s`; else None.

        One that goes on has its frames held until it is over.
        """
        if not incident.is_over:
            self._since_s = incident.start_s if self._since_s is None else self._since_s
            return None
        self._since_s = None
        end_s = incident.start_s if incident.end_s is None else incident.end_s
        first_s, last_s = incident.start_s - BEFORE_S, min(end_s, incident.start_s + LONGEST_S)
        return _as_bytes([row for row in self._rows if first_s <= row[0] <= last_s], begins_s)


def _as_bytes(rows: Sequence[_Row], begins_s: float) -> bytes:
    times_s, probabilities, raw, reported, speeds = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    about = {
        "frames": len(rows),
        "begins_s": round(times_s[0] - begins_s, 3) if rows else 0.0,
        # By name, so that another state in a later version does not change what a number means.
        "healths": [health.value for health in _HEALTHS],
    }
    steps_ms = [round(1000.0 * (after - before)) for before, after in pairwise((*times_s[:1], *times_s))]
    numbers = np.frombuffer(b"".join(probabilities), dtype=np.uint8).reshape(len(rows), len(Activity))
    columns = (
        np.array(steps_ms, dtype="<u4"),
        numbers.T,  # one activity after the other: they change slowly
        np.array(raw, dtype=np.uint8),
        np.array(reported, dtype=np.uint8),
        np.array(speeds, dtype="<f2"),
    )
    head = json.dumps(about).encode() + b"\n"
    return zlib.compress(head + b"".join(column.tobytes() for column in columns), 9)


def read_predictions(content: bytes, speed_lost_s: float) -> tuple[DrivePredictions, SpeedSource]:
    """What was kept around an incident; times since its drive began. Raises `ValueError` for something else."""
    try:
        head, _, body = zlib.decompress(content).partition(b"\n")
        about = json.loads(head)
        frames, begins_s = int(about["frames"]), float(about["begins_s"])
        healths = [Health(value) for value in about["healths"]]
        parts, at = [], 0
        for kind, many in (("<u4", 1), ("u1", len(Activity)), ("u1", 1), ("u1", 1), ("<f2", 1)):
            parts.append(np.frombuffer(body, dtype=kind, count=frames * many, offset=at))
            at += parts[-1].nbytes
        steps_ms, numbers, raw, reported, speeds = parts
        times_s = (begins_s + np.cumsum(steps_ms, dtype=np.int64) / 1000.0).tolist()
        probabilities = numbers.reshape(len(Activity), frames).T.astype(np.float32) / _ONE
        cameras = [CameraHealth(healths[one], healths[other]) for one, other in zip(raw, reported, strict=True)]
    except (zlib.error, KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ValueError(f"these are no predictions around an incident: {error}") from error
    nothing = np.zeros((0, 4), dtype=np.float32)
    predictions = [Prediction(row, nothing, np.ones(1, dtype=np.float32)) for row in probabilities]
    known = [None if math.isnan(speed) else float(speed) for speed in speeds]
    drive = DrivePredictions(times_s=times_s, predictions=predictions, cameras=cameras, complete=True)
    return drive, RecordedSpeed("of the drive", times_s, known, speed_lost_s)
