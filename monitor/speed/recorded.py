"""Speeds with their times: a CSV file beside a recorded drive."""

from __future__ import annotations

import bisect
import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from engines.errors import UserError
from engines.files.text import read_text
from monitor.speed.source import MAX_KMH, SpeedSource
from monitor.speed.units import KMH_PER_UNIT, parse_unit

CSV_HEADER = ("time_s", "speed_kmh")

_UNKNOWN = ("", "-", "na", "n/a", "nan", "null", "none")
_CLOCK_TIME_S = 1e8
"""Seconds. No drive lasts for three years."""


class RecordedSpeed(SpeedSource):
    """Speeds with their times, seconds since the drive began."""

    def __init__(
        self,
        name: str,
        times_s: Sequence[float],
        speeds_kmh: Sequence[float | None],
        lost_after_s: float,
        remarks: Sequence[str] = (),
    ) -> None:
        """Each speed, or None for an unknown one, holds until the next, `lost_after_s` at most.

        The times must not decrease.
        """
        super().__init__(remarks)
        self.name = name
        self._times_s, self._speeds_kmh, self._lost_after_s = list(times_s), list(speeds_kmh), lost_after_s

    def value_at(self, time_s: float) -> float | None:
        kmh, age_s = self.latest_at(time_s)
        return None if age_s > self._lost_after_s else kmh

    def latest_at(self, time_s: float) -> tuple[float | None, float]:
        """The latest speed at a time, however old, and its age in seconds; none is None, and of infinite age."""
        index = bisect.bisect_right(self._times_s, time_s + 1e-6) - 1
        return (None, math.inf) if index < 0 else (self._speeds_kmh[index], time_s - self._times_s[index])


def speeds_of(
    path: Path,
    samples: Sequence[tuple[float, float | None]],
    lost_after_s: float,
    begin_s: float,
    remarks: Sequence[str] = (),
) -> RecordedSpeed:
    """Speeds as a device has recorded them; what is no speed of a car is unknown.

    Args:
        path: where they come from.
        samples: seconds of the device's clock, and km/h or None; one that lies before the last is left out.
        lost_after_s: seconds after which a speed is too old.
        begin_s: when the drive began, by that clock.
        remarks: what is to be known of it.

    Raises:
        UserError: where all are unknown.
    """
    times_s: list[float] = []
    speeds_kmh: list[float | None] = []
    for at_s, kmh in samples:
        time_s = at_s - begin_s
        if math.isfinite(time_s) and (not times_s or time_s >= times_s[-1]):
            times_s.append(time_s)
            speeds_kmh.append(kmh if kmh is not None and 0.0 <= kmh <= MAX_KMH else None)
    if not any(kmh is not None for kmh in speeds_kmh):
        raise UserError(f"speeds {path}: there is no speed in it")
    return RecordedSpeed(path.name, times_s, speeds_kmh, lost_after_s, remarks)


def read_speed_csv(path: Path, lost_after_s: float) -> RecordedSpeed:
    """Read ``time_s,speed_kmh`` lines, or ``speed_mph``, ``speed_mps``, ``speed_knots``; an empty speed is unknown.

    Columns may be separated by semicolons or tabs, and numbers then be written with a comma, as spreadsheets do.

    Raises `UserError` with the line that is wrong.
    """
    text = read_text(path, "speeds")
    header = ",".join(CSV_HEADER)
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = next((mark for mark in ";\t" if mark in first_line), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [
            (reader.line_num, [cell.strip() for cell in row]) for row in reader if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise UserError(f"speeds {path}: line {reader.line_num}: this is no CSV: check its quotes") from error
    factor = _kmh_per_unit([cell.lower() for cell in rows[0][1]]) if rows else None
    if factor is None:
        raise UserError(f"speeds {path}: the first line must be {header}, or with speed_mph, speed_mps or speed_knots")
    times_s: list[float] = []
    speeds_kmh: list[float | None] = []
    for line, cells in rows[1:]:
        if delimiter != ",":
            cells = [cell.replace(",", ".") for cell in cells]
        try:
            time_s, speed = (None if cell.lower() in _UNKNOWN else float(cell) for cell in cells)
        except ValueError:
            time_s = speed = None
        kmh = None if speed is None else speed * factor
        if len(cells) != 2 or time_s is None or not math.isfinite(time_s) or not (kmh is None or 0.0 <= kmh <= MAX_KMH):
            raise UserError(
                f"speeds {path}: line {line}: write {header} such as 12.5,48.0; an unknown speed stays empty"
            )
        if times_s and time_s < times_s[-1]:
            raise UserError(f"speeds {path}: line {line}: {time_s:g} s lies before the line above: sort by time")
        times_s.append(time_s)
        speeds_kmh.append(kmh)
    if not any(kmh is not None for kmh in speeds_kmh):
        raise UserError(f"speeds {path}: there is no speed in it: add lines such as 12.5,48.0")
    if times_s[0] > _CLOCK_TIME_S:
        raise UserError(f"speeds {path}: its times are those of a clock: count seconds from the drive's first frame")
    return RecordedSpeed(path.name, times_s, speeds_kmh, lost_after_s)


def _kmh_per_unit(header: list[str]) -> float | None:
    """The factor of a header's unit; None for another header."""
    if len(header) != 2 or header[0] != CSV_HEADER[0] or not header[1].startswith("speed_"):
        return None
    unit = parse_unit(header[1].removeprefix("speed_"))
    return KMH_PER_UNIT[unit] if unit is not None else None
