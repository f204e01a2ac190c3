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

CSV_HEADER = ("time_s", "speed_kmh")


class RecordedSpeed(SpeedSource):
    """Speeds with their times, seconds since the drive began."""

    def __init__(self, name: str, times_s: Sequence[float], speeds_kmh: Sequence[float], lost_after_s: float) -> None:
        """Each speed holds until the next, `lost_after_s` at most. The times must not decrease."""
        super().__init__()
        self.name = name
        self._times_s, self._speeds_kmh, self._lost_after_s = list(times_s), list(speeds_kmh), lost_after_s

    def value_at(self, time_s: float) -> float | None:
        index = bisect.bisect_right(self._times_s, time_s + 1e-6) - 1
        if index < 0 or time_s - self._times_s[index] > self._lost_after_s:
            return None
        return self._speeds_kmh[index]


def read_speed_csv(path: Path, lost_after_s: float) -> RecordedSpeed:
    """Read ``time_s,speed_kmh`` lines. Raises `UserError` with the line that is wrong."""
    text = read_text(path, "speeds")
    times_s: list[float] = []
    speeds_kmh: list[float] = []
    header = ",".join(CSV_HEADER)
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = [
            (reader.line_num, [cell.strip() for cell in row]) for row in reader if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise UserError(f"speeds {path}: line {reader.line_num}: {error}") from error
    if not rows or tuple(cell.lower() for cell in rows[0][1]) != CSV_HEADER:
        raise UserError(f"speeds {path}: the first line must be {header}")
    for line, cells in rows[1:]:
        try:
            time_s, kmh = (float(cell) for cell in cells)
        except ValueError:
            time_s = kmh = math.nan
        if not (math.isfinite(time_s) and 0.0 <= kmh <= MAX_KMH):
            raise UserError(f"speeds {path}: line {line}: write {header} such as 12.5,48.0")
        if times_s and time_s < times_s[-1]:
            raise UserError(f"speeds {path}: line {line}: {time_s:g} s lies before the line above: sort by time")
        times_s.append(time_s)
        speeds_kmh.append(kmh)
    if not times_s:
        raise UserError(f"speeds {path}: there is no speed in it: add lines such as 12.5,48.0")
    return RecordedSpeed(path.name, times_s, speeds_kmh, lost_after_s)
