"""Labels that count frames, as other tools write them: from seconds to frames and back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels, LabelSegment
from engines.files.labels.openlabel import DMD_ACTIVITIES

_CODE = re.compile(r"c(\d)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class LabelledDrive:
    """What a file in another tool's format is written of.

    Attributes:
        name: of the drive's file, such as ``drive.mp4``.
        segments: its labels, or predictions, in order and without overlaps.
        fps: frames a second.
        size: width and height of its frames, in pixels.
        frames: how many it has; None for as many as are labelled.
        confidences: of predictions, 0..1, one for each segment; None for labels, which a person has set.
    """

    name: str
    segments: Sequence[LabelSegment]
    fps: float
    size: tuple[int, int] = (640, 480)
    frames: int | None = None
    confidences: Sequence[float] | None = None

    def in_frames(self) -> list[tuple[int, int, LabelSegment, float | None]]:
        """First frame, frame behind the last, segment and confidence, of those that last for a frame."""
        found = []
        for number, segment in enumerate(self.segments):
            start, end = round(segment.start_s * self.fps), round(segment.end_s * self.fps)
            if end > start:
                found.append((start, end, segment, None if self.confidences is None else self.confidences[number]))
        return found

    @property
    def frame_count(self) -> int:
        """How many frames the drive has, as far as is known."""
        return max([self.frames or 0, *(end for _, end, _, _ in self.in_frames())])


def activity_named(label: str) -> Activity | None:
    """The activity that another tool's label stands for: its code, its name, or DMD's name; None for any other."""
    text = label.strip()
    code = _CODE.match(text)
    if code is not None:
        return Activity(int(code[1]))
    plain = text.lower()
    return next((activity for activity in Activity if activity.title.lower() == plain), DMD_ACTIVITIES.get(plain))


def labels_of(found: Iterable[tuple[float, float, str]], frame_rate: float | None) -> DriveLabels:
    """Labels from what a file holds.

    Args:
        found: seconds from and to, and the label.
        frame_rate: by which frames were made seconds; None where the file has seconds.

    Raises:
        UserError: for times that are none, for labels that overlap, and where none is one of C0 to C9.
    """
    segments: list[LabelSegment] = []
    unknown: dict[str, float] = {}
    for start_s, end_s, label in sorted(found):
        if not (math.isfinite(start_s) and math.isfinite(end_s) and 0.0 <= start_s < end_s):
            raise UserError(f"no label lasts from {start_s:g} to {end_s:g} s")
        activity = activity_named(label)
        if activity is None:
            unknown[label] = unknown.get(label, 0.0) + end_s - start_s
        else:
            segments.append(LabelSegment(start_s, end_s, activity))
    for one, other in pairwise(segments):
        if other.start_s < one.end_s - 1e-6:
            raise UserError(
                f"{one.activity.label} from {one.start_s:g} to {one.end_s:g} s and {other.activity.label} from "
                f"{other.start_s:g} s overlap: a driver has one activity at a time"
            )
    if not segments:
        raise UserError(
            f"none of the labels is one of C0 to C9: {', '.join(sorted(unknown))}" if unknown else "nothing is labelled"
        )
    return DriveLabels(tuple(segments), tuple(sorted(unknown.items())), frame_rate)


def read_json(text: str) -> Any:
    """A JSON text. Raises `UserError` for what is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"this is no JSON from line {error.lineno}, column {error.colno} on") from error
    except (ValueError, RecursionError) as error:
        raise UserError("this is no JSON that labels could be") from error


def number(value: object, what: str) -> float:
    """A number of a JSON or XML file. Raises `UserError` for what is none."""
    try:
        if isinstance(value, int | float | str) and not isinstance(value, bool) and math.isfinite(float(value)):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise UserError(f"{what} is {str(value)[:40]!r}, which is no number")
