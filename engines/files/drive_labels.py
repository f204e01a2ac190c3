"""What the driver really did in a recorded drive: CSV files with ``start_s,end_s,activity``."""

from __future__ import annotations

import bisect
import csv
import io
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from engines.activities import Activity
from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.text import read_text

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
    """The labelled stretches of a drive, in order and without overlaps; what lies between them is unlabelled.

    Attributes:
        stretches: at least one.
        unknown: (label, seconds) of what a file of another format says that is none of C0 to C9.
    """

    stretches: tuple[LabelSegment, ...]
    unknown: tuple[tuple[str, float], ...] = ()

    @property
    def gaps(self) -> list[tuple[float, float]]:
        """Unlabelled (start_s, end_s) from the drive's beginning to the last label; frames there are not scored."""
        gaps, until_s = [], 0.0
        for stretch in self.stretches:
            if stretch.start_s > until_s + SAME_S:
                gaps.append((until_s, stretch.start_s))
            until_s = stretch.end_s
        return gaps

    @property
    def end_s(self) -> float:
        """Where the last label ends."""
        return self.stretches[-1].end_s

    def activity_at(self, time_s: float) -> Activity | None:
        """What the driver did at a time; None where nothing is labelled."""
        index = bisect.bisect_right(self.stretches, time_s + SAME_S, key=lambda stretch: stretch.start_s) - 1
        if index < 0 or time_s >= self.stretches[index].end_s - SAME_S:
            return None
        return self.stretches[index].activity

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
        UserError: with the line number, for a missing header, a number or an activity that is none, stretches that
            are empty, out of order or overlap; and for a file that cannot be read or holds no stretch.
    """
    return read_labels_as(parse_labels, path)


def read_labels_as(parse: Callable[[str], DriveLabels], path: Path) -> DriveLabels:
    """The labels of a file in the format that `parse` reads. Raises `UserError` as it does, with the file's name."""
    text = read_text(path, "labels")
    try:
        return parse(text)
    except UserError as error:
        raise UserError(f"labels {path}: {error}") from error


def parse_labels(text: str) -> DriveLabels:
    """Read the text of a labels file. Raises `UserError` as `read_labels` does."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    stretches: list[LabelSegment] = []
    header_seen = False
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not header_seen:
                if tuple(cell.lower() for cell in cells) != HEADER:
                    raise UserError(f"line {reader.line_num}: the first line must be {','.join(HEADER)}")
                header_seen = True
                continue
            stretches.append(_parse_row(cells, reader.line_num, stretches[-1] if stretches else None))
    except csv.Error as error:
        raise UserError(f"line {reader.line_num}: {error}") from error
    if not header_seen:
        raise UserError(f"line 1: the first line must be {','.join(HEADER)}")
    if not stretches:
        raise UserError("no stretch is labelled: add lines such as 0.0,4.4,c0")
    return DriveLabels(tuple(stretches))


def _parse_row(cells: list[str], line: int, previous: LabelSegment | None) -> LabelSegment:
    if len(cells) != len(HEADER):
        raise UserError(f"line {line}: {len(cells)} values instead of {len(HEADER)} ({','.join(HEADER)})")
    times = []
    for name, cell in zip(HEADER, cells[:2], strict=False):
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value < 0.0:
            raise UserError(f"line {line}: {name} is {cell!r}: write seconds such as 12.4")
        times.append(value)
    try:
        activity = Activity.parse(cells[2])
    except UserError as error:
        raise UserError(f"line {line}: {error}") from error
    stretch = LabelSegment(times[0], times[1], activity)
    if stretch.length_s <= 0.0:
        raise UserError(f"line {line}: the stretch ends at {cells[1]} s, not after its start at {cells[0]} s")
    if previous is not None and stretch.start_s < previous.start_s:
        raise UserError(f"line {line}: starts at {cells[0]} s, before the line above: sort the lines by time")
    if previous is not None and stretch.start_s < previous.end_s - SAME_S:
        raise UserError(f"line {line}: starts at {cells[0]} s but the line above ends at {previous.end_s:g} s: overlap")
    return stretch


def labels_csv(stretches: Iterable[LabelSegment]) -> str:
    """The text of a labels file, with milliseconds."""
    lines = [",".join(HEADER)]
    lines += [f"{stretch.start_s:.3f},{stretch.end_s:.3f},{stretch.activity.code}" for stretch in stretches]
    return "\n".join(lines) + "\n"


def write_labels(path: Path, stretches: Iterable[LabelSegment]) -> None:
    """Write a labels file, whole. Raises `UserError` when it cannot be written."""
    write_atomic(path, labels_csv(stretches))
