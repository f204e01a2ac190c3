"""Attention under an alert: seconds in which the driver drove attentively, as labelled, and an alert was shown.

An alert stays for the *clearing time*, `clear_s`, after its distraction; what is longer, or came without one, is time
in which an attentive driver was alerted.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from engines.activities import Activity
from engines.files.labels.drive_labels import SAME_S, DriveLabels


@dataclass(frozen=True)
class AttentionUnderAlert:
    """Seconds of labelled attention under an alert, in all and beyond the clearing time."""

    total_s: float = 0.0
    beyond_clearing_s: float = 0.0


NO_ATTENTION = AttentionUnderAlert()


def attention_under_alert(
    labels: DriveLabels,
    times_s: Sequence[float],
    lengths_s: Sequence[float],
    shown: Sequence[tuple[float, float]],
    clear_s: float,
) -> AttentionUnderAlert:
    """Add them up.

    Args:
        labels: what the driver did.
        times_s, lengths_s: of the N frames: when each was, and for how long it holds.
        shown: when an alert was shown, from the frame that raised it to the one that cleared it, in order.
        clear_s: the clearing time.
    """
    began_s = _beginnings(labels)
    total_s = beyond_s = 0.0
    for time_s, length_s in zip(times_s, lengths_s, strict=True):
        if labels.activity_at(time_s) is not Activity.SAFE_DRIVING:
            continue
        index = bisect.bisect_right(shown, time_s, key=lambda span: span[0]) - 1
        if index < 0 or time_s >= shown[index][1]:
            continue
        since_s = began_s[bisect.bisect_right(began_s, time_s + SAME_S) - 1]
        total_s += length_s
        beyond_s += min(length_s, max(0.0, time_s + length_s - since_s - clear_s))
    return AttentionUnderAlert(float(total_s), float(beyond_s))


def _beginnings(labels: DriveLabels) -> list[float]:
    """When attention begins; segments of C0 that touch are one."""
    begins_s: list[float] = []
    ended_s = None
    for segment in labels.segments:
        if segment.activity is Activity.SAFE_DRIVING:
            if ended_s is None or segment.start_s - ended_s > SAME_S:
                begins_s.append(segment.start_s)
            ended_s = segment.end_s
    return begins_s
