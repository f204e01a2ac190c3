"""What happens in a drive: who does what from when to when, and the label file that says so."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import LabelSegment, labels_csv, read_labels
from train.simulation.acting.near_misses import NearMiss

BLEND_S = 0.7
"""How long the change from one activity to the next takes, about; seconds."""
PACES = (0.8, 1.3)
"""The quickest and the slowest driver's changes, as multiples of `BLEND_S`."""
SHORTEST_S = 2.0
"""The shortest segment of a script, seconds; a segment holds two half changes."""
LONGEST_S = 7200.0
"""The longest drive, seconds."""
_MARGIN_S = BLEND_S * PACES[1]  # a random near miss keeps clear of the changes at both ends of its segment


@dataclass(frozen=True)
class NearMissEvent:
    """A near miss from ``start_s`` to ``end_s``, seconds, while the driver is attentive."""

    start_s: float
    end_s: float
    kind: NearMiss


@dataclass(frozen=True)
class Script:
    """A whole drive.

    Attributes:
        segments: without gaps from 0 to `duration_s`, neighbours never the same activity.
        near_misses: in order; each within one segment of C0, so the labels say nothing of them.
    """

    segments: tuple[LabelSegment, ...]
    near_misses: tuple[NearMissEvent, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length of the drive, seconds."""
        return self.segments[-1].end_s

    def index_at(self, time: float) -> int:
        """The index of the segment at ``time`` seconds; the first or last one outside the drive."""
        return min(max(bisect_right(self.segments, time, key=lambda s: s.start_s) - 1, 0), len(self.segments) - 1)

    def activity_at(self, time: float) -> Activity:
        """The label at ``time`` seconds."""
        return self.segments[self.index_at(time)].activity

    def near_miss_at(self, time: float) -> int | None:
        """The index of the near miss at ``time`` seconds."""
        index = bisect_right(self.near_misses, time, key=lambda event: event.start_s) - 1
        return index if index >= 0 and time < self.near_misses[index].end_s else None

    def labels_csv(self) -> str:
        """The drive's labels: ``start_s,end_s,activity``, one segment per line."""
        return labels_csv(self.segments)

    def with_near_misses(self, events: Sequence[NearMissEvent]) -> Script:
        """The same drive with these near misses instead.

        Raises:
            UserError: for one that is not within C0, overlaps another, or is too short to be done.
        """
        ordered = sorted(events, key=lambda event: event.start_s)
        for event in ordered:
            home = self.segments[self.index_at(event.start_s)]
            name = f"{event.kind.value}@{event.start_s:g}-{event.end_s:g}"
            if not 0.0 <= event.start_s < event.end_s <= self.duration_s:
                raise UserError(f"the near miss {name} is not within the drive of {self.duration_s:g} s")
            if home.activity is not Activity.SAFE_DRIVING or event.end_s > home.end_s:
                raise UserError(f"the near miss {name} is not within one segment of safe driving: choose other seconds")
            if event.end_s - event.start_s < event.kind.shortest_s - 1e-9:
                raise UserError(f"the near miss {name} is too short: it takes {event.kind.shortest_s:g} s or more")
        for first, second in pairwise(ordered):
            if second.start_s < first.end_s:
                raise UserError(f"the near misses at {first.start_s:g} s and {second.start_s:g} s overlap")
        return replace(self, near_misses=tuple(ordered))


def script_of(parts: Sequence[tuple[Activity, float]]) -> Script:
    """A script from activities and how long each lasts, seconds."""
    segments, start = [], 0.0
    for activity, length in parts:
        end = round(start + length, 3)
        segments.append(LabelSegment(start, end, activity))
        start = end
    return Script(tuple(segments))


def read_script(path: Path) -> Script:
    """The script in a label file, ``start_s,end_s,activity``.

    Raises:
        UserError: when it cannot be read, has gaps, or a segment is too short to be acted.
    """
    segments = read_labels(path).segments
    if segments[0].start_s != 0.0:
        raise UserError(f"the script {path} begins at {segments[0].start_s:g} s: begin at 0")
    if segments[-1].end_s > LONGEST_S:
        raise UserError(f"the script {path} is longer than {LONGEST_S:g} s")
    for segment in segments:
        if segment.length_s < SHORTEST_S:
            start_s, end_s = segment.start_s, segment.end_s
            raise UserError(
                f"the script {path}: a segment lasts {SHORTEST_S:g} s or more, not {start_s:g} to {end_s:g}"
            )
    for before, after in pairwise(segments):
        if before.end_s != after.start_s:
            raise UserError(f"the script {path} has a gap or an overlap at {before.end_s:g} s")
        if before.activity is after.activity:
            code = after.activity.code
            raise UserError(f"the script {path} has {code} twice in a row at {before.end_s:g} s: join the two")
    return Script(segments)


def script_for_drive(seed: int, duration_s: float = 120.0) -> Script:
    """A random drive: attentive segments of 3 to 9 s, with near misses in some, and distractions of 2.5 to 10 s.

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
    script = script_of(parts)
    return script.with_near_misses(list(random_near_misses(script, seed)))


def random_near_misses(script: Script, seed: int, fraction: float = 0.6) -> Iterator[NearMissEvent]:
    """Near misses for about a ``fraction`` of a script's attentive segments, each in the middle part of its segment."""
    rng = np.random.default_rng([seed, 7])
    for segment in script.segments:
        room = segment.end_s - segment.start_s - 2.0 * _MARGIN_S
        fitting = [kind for kind in NearMiss if kind.lengths_s[0] <= room]
        if segment.activity is not Activity.SAFE_DRIVING or not fitting or rng.random() >= fraction:
            continue
        kind = fitting[int(rng.integers(len(fitting)))]
        length = min(float(rng.uniform(*kind.lengths_s)), room)
        start = round(segment.start_s + _MARGIN_S + float(rng.uniform(0.0, room - length)), 3)
        yield NearMissEvent(start, round(start + length, 3), kind)


def demo_script() -> Script:
    """The demo drive, 104 s: every activity once, each long enough for an alert; four near misses in between."""
    safe, parts = Activity.SAFE_DRIVING, list[tuple[Activity, float]]()
    for attentive_s, distraction, distracted_s in (
        (5.5, Activity.PHONE_RIGHT, 5.5), (3.3, Activity.RADIO, 8.5), (5.0, Activity.TEXTING_RIGHT, 5.5),
        (3.3, Activity.DRINKING, 5.5), (5.0, Activity.PASSENGER, 8.5), (3.3, Activity.TEXTING_LEFT, 5.5),
        (5.0, Activity.REACHING_BEHIND, 5.5), (3.3, Activity.HAIR_AND_MAKEUP, 5.5), (5.5, Activity.PHONE_LEFT, 5.5),
    ):  # fmt: skip
        parts += [(safe, attentive_s), (distraction, distracted_s)]
    script = script_of([*parts, (safe, 9.3)])
    starts = [segment.start_s for segment in script.segments if segment.activity is safe]
    near_misses = ((0, 2.6, 1.2, NearMiss.MIRROR), (2, 1.6, 1.8, NearMiss.GEAR), (4, 1.6, 1.6, NearMiss.NOSE),
                   (9, 2.0, 4.5, NearMiss.WINDOW))  # fmt: skip
    return script.with_near_misses(
        [
            NearMissEvent(round(starts[segment] + after_s, 3), round(starts[segment] + after_s + length_s, 3), kind)
            for segment, after_s, length_s, kind in near_misses
        ]
    )
