"""What happens in a drive: who does what from when to when, and the label file that says so."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.activities import Activity

BLEND_S = 0.7
"""How long the change from one activity to the next takes; the label changes in the middle of it, seconds."""
SHORTEST_S = 2.0
"""The shortest segment that `script_for_drive` makes, seconds; a segment holds two half changes."""
LABEL_HEADER = "start_s,end_s,activity"


@dataclass(frozen=True)
class Segment:
    """One activity from ``start_s`` to ``end_s``, seconds."""

    start_s: float
    end_s: float
    activity: Activity


@dataclass(frozen=True)
class Script:
    """A whole drive: segments without gaps from 0 to `duration_s`, neighbours never the same activity."""

    segments: tuple[Segment, ...]
    blend_s: float = BLEND_S

    @property
    def duration_s(self) -> float:
        """Length of the drive, seconds."""
        return self.segments[-1].end_s

    def index_at(self, time: float) -> int:
        """The index of the segment at ``time`` seconds; the first or last one outside the drive."""
        starts = [segment.start_s for segment in self.segments]
        return min(max(bisect_right(starts, time) - 1, 0), len(starts) - 1)

    def activity_at(self, time: float) -> Activity:
        """The label at ``time`` seconds."""
        return self.segments[self.index_at(time)].activity

    def labels_csv(self) -> str:
        """The drive's labels: ``start_s,end_s,activity``, one segment per line."""
        rows = (f"{s.start_s:.3f},{s.end_s:.3f},{s.activity.code}" for s in self.segments)
        return "\n".join([LABEL_HEADER, *rows]) + "\n"


def script_of(parts: Sequence[tuple[Activity, float]]) -> Script:
    """A script from activities and how long each lasts, seconds."""
    segments, start = [], 0.0
    for activity, length in parts:
        end = round(start + length, 3)
        segments.append(Segment(start, end, activity))
        start = end
    return Script(tuple(segments))


def script_for_drive(seed: int, duration_s: float = 120.0) -> Script:
    """A random drive: attentive stretches of 3 to 9 s with distractions of 2.5 to 10 s between them.

    Args:
        seed: decides order and lengths; activities come round in shuffled tens, so a long drive shows all.
        duration_s: length of the drive, seconds; at least `SHORTEST_S`.
    """
    if duration_s < SHORTEST_S:
        raise ValueError(f"a drive lasts at least {SHORTEST_S} s")
    rng = np.random.default_rng([seed, 6])
    distractions: list[Activity] = []
    parts: list[tuple[Activity, float]] = []
    left, attentive = duration_s, True
    while left > 0.0:
        length = round(float(rng.uniform(3.0, 9.0) if attentive else rng.uniform(2.5, 10.0)), 2)
        # No scrap at the end: the last segment takes what remains.
        if left - length < SHORTEST_S:
            length = left
        if attentive:
            activity = Activity.SAFE_DRIVING
        else:
            if not distractions:
                distractions = [Activity(int(value)) for value in rng.permutation(np.arange(1, 10))]
            activity = distractions.pop()
        parts.append((activity, length))
        left, attentive = left - length, not attentive
    return script_of(parts)


def demo_script() -> Script:
    """The demo drive, 90 s: every activity once, each long enough for the alert policy, and attention in between."""
    distractions = (
        (Activity.PHONE_RIGHT, 5.5), (Activity.RADIO, 8.5), (Activity.TEXTING_RIGHT, 5.5), (Activity.DRINKING, 5.5),
        (Activity.PASSENGER, 8.5), (Activity.TEXTING_LEFT, 5.5), (Activity.REACHING_BEHIND, 5.5),
        (Activity.HAIR_AND_MAKEUP, 5.5), (Activity.PHONE_LEFT, 5.5),
    )  # fmt: skip
    parts = [(Activity.SAFE_DRIVING, 4.5)]
    for distraction in distractions:
        parts += [distraction, (Activity.SAFE_DRIVING, 3.3)]
    parts[-1] = (Activity.SAFE_DRIVING, 3.6)
    return script_of(parts)
