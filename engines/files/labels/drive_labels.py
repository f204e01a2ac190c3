"""What the driver really did in a recorded drive: CSV files with ``start_s,end_s,activity``."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from engines.activities import Activity
from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.text import parse_rows, read_text
from engines.notice import NoticeText

HEADER = ("start_s", "end_s", "activity")

SAME_S = 1e-6
"""Times closer than this are one: the files carry milliseconds."""


@dataclass(frozen=True)
class LabelSegment:
    """One activity from `start_s` up to, but not including, `end_s` (seconds of the drive)."""

    start_s: float
    end_s: float
    activity: Activity

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class DriveLabels:
    """The labelled segments of a drive, in order and without overlaps; what lies between them is unlabelled.

    Attributes:
        segments: at least one.
        unknown: (label, seconds) of what a file of another format says that is none of C0 to C9.
        frame_rate: frames a second, by which the frames of such a file were made seconds; None for seconds.
    """

    segments: tuple[LabelSegment, ...]
    unknown: tuple[tuple[str, float], ...] = ()
    frame_rate: float | None = None

    @property
    def gaps(self) -> list[tuple[float, float]]:
        """Unlabelled (start_s, end_s) from the drive's beginning to the last label; frames there are not scored."""
        gaps, until_s = [], 0.0
        for segment in self.segments:
            if segment.start_s > until_s + SAME_S:
                gaps.append((until_s, segment.start_s))
            until_s = segment.end_s
        return gaps

    @property
    def end_s(self) -> float:
        """Where the last label ends."""
        return self.segments[-1].end_s

    def activity_at(self, time_s: float) -> Activity | None:
        """What the driver did at a time; None where nothing is labelled."""
        index = bisect.bisect_right(self.segments, time_s + SAME_S, key=lambda segment: segment.start_s) - 1
        if index < 0 or time_s >= self.segments[index].end_s - SAME_S:
            return None
        return self.segments[index].activity

    def unknown_notice(self) -> str | None:
        """One line for people about the labels that are none of C0 to C9; None without any."""
        if not self.unknown:
            return None
        listed = ", ".join(f"{label} ({seconds:.1f} s)" for label, seconds in self.unknown)
        return f"labels that are none of C0 to C9 are not scored: {listed}"

    def gap_notice(self, duration_s: float | None = None) -> str | None:
        """One line for people about what is not labelled; None when everything is (up to half a second at the end)."""
        gaps = self.gaps
        if duration_s is not None and duration_s > self.end_s + 0.5:
            gaps.append((self.end_s, duration_s))
        if not gaps:
            return None
        total_s = sum(end_s - start_s for start_s, end_s in gaps)
        first = ", ".join(f"{start_s:.1f}–{end_s:.1f} s" for start_s, end_s in gaps[:3])
        more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""
        return f"{total_s:.1f} s are not labelled and not scored: {first}{more}"


def read_labels(path: Path) -> DriveLabels:
    """Read a labels file.

    Raises:
        UserError: with the line number, for a missing header, a number or an activity that is none, segments that
            are empty, out of order or overlap; and for a file that cannot be read or holds no segment.
    """
    return read_labels_as(parse_labels, path)


def read_labels_as(parse: Callable[[str], DriveLabels], path: Path) -> DriveLabels:
    """The labels of a file in the format that `parse` reads. Raises `UserError` as it does, with the file's name."""
    text = read_text(path, "labels")
    try:
        return parse(text)
    except UserError as error:
        raise UserError(NoticeText("labels {path}: {problem}", path=path, problem=str(error))) from error


def parse_labels(text: str) -> DriveLabels:
    """Read the text of a labels file. Raises `UserError` as `read_labels` does."""
    segments: list[LabelSegment] = []
    for line, values in parse_rows(text, HEADER, exact=True):
        segments.append(_segment(list(values.values()), line, segments[-1] if segments else None))
    if not segments:
        raise UserError(NoticeText("no segment is labelled: add lines such as 0.0,4.4,c0"))
    return DriveLabels(tuple(segments))


def _segment(cells: list[str], line: int, previous: LabelSegment | None) -> LabelSegment:
    times = []
    for name, cell in zip(HEADER, cells[:2], strict=False):
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value < 0.0:
            raise UserError(
                NoticeText(
                    "line {line}: {name} is {cell}: write seconds such as 12.4", line=line, name=name, cell=repr(cell)
                )
            )
        times.append(value)
    try:
        activity = Activity.parse(cells[2])
    except UserError as error:
        raise UserError(NoticeText("line {line}: {error}", line=line, error=str(error))) from error
    segment = LabelSegment(times[0], times[1], activity)
    if segment.length_s <= 0.0:
        raise UserError(
            NoticeText(
                "line {line}: the segment ends at {cell} s, not after its start at {start} s",
                line=line,
                cell=cells[1],
                start=cells[0],
            )
        )
    if previous is not None and segment.start_s < previous.start_s:
        raise UserError(
            NoticeText(
                "line {line}: starts at {cell} s, before the line above: sort the lines by time",
                line=line,
                cell=cells[0],
            )
        )
    if previous is not None and segment.start_s < previous.end_s - SAME_S:
        raise UserError(
            NoticeText(
                "line {line}: starts at {cell} s but the line above ends at {end_s:g} s: overlap",
                line=line,
                cell=cells[0],
                end_s=previous.end_s,
            )
        )
    return segment


def labels_csv(segments: Iterable[LabelSegment]) -> str:
    """The text of a labels file, with milliseconds."""
    lines = [",".join(HEADER)]
    lines += [f"{segment.start_s:.3f},{segment.end_s:.3f},{segment.activity.code}" for segment in segments]
    return "\n".join(lines) + "\n"


def write_labels(path: Path, segments: Iterable[LabelSegment]) -> None:
    """Write a labels file atomically. Raises `UserError` when it cannot be written."""
    write_atomic(path, labels_csv(segments))
