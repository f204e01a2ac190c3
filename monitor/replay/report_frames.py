"""Every frame of a replayed drive in a few bytes, for the report's timeline to show under the pointer."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.alerts.events import Tier
from monitor.evaluation.drive import DriveRecord
from monitor.health.camera_health import Health

_MAX_FRAMES = 20_000
"""Of a drive: an hour at 5 frames a second is 18,000."""

_NONE = 255
_HEALTHS = tuple(Health)


def frame_data(record: DriveRecord) -> dict[str, Any]:
    """What the page's script reads, as JSON can hold it; of a very long drive not every frame.

    ``times`` are base64 of little-endian float32 seconds; ``probabilities`` (N×10) and ``distracted`` of uint8, 0..200
    for 0..1; ``tiers``, ``healths`` and ``labels`` of uint8 numbers, 255 for none; ``preview`` is a list of seconds and
    thumbnails.
    """
    count = len(record.times_s)
    every = max(1, -(-count // _MAX_FRAMES))
    chosen = slice(None, None, every)
    tiers = np.array([int(tier) for tier in record.tiers], dtype=np.uint8)
    healths = np.array([_HEALTHS.index(health) for health in record.healths], dtype=np.uint8)
    labels = np.array(
        [_NONE if activity is None else int(activity) for activity in record.frame_labels], dtype=np.uint8
    )
    return {
        "times": _base64(np.array(record.times_s, dtype="<f4")[chosen]),
        "probabilities": _base64(_levels(record.drive.probabilities)[chosen]),
        "distracted": _base64(_levels(np.array(record.distracted))[chosen]),
        "tiers": _base64(tiers[chosen]),
        "healths": _base64(healths[chosen]),
        "labels": _base64(labels[chosen]),
        "tierNames": [tier.code for tier in Tier],
        "healthTitles": [health.text for health in Health],
        "preview": record.thumbnails.preview,
    }


def _levels(values: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    known = np.isfinite(values)
    return np.where(known, np.round(200.0 * np.where(known, values, 0.0)), _NONE).astype(np.uint8)


def _base64(values: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
