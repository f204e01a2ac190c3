"""When the images of a folder were taken: by a table in it, or by their names."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path

from engines.errors import UserError
from engines.files.printable import printable
from engines.files.text import parse_rows, read_text

TABLE = "times.csv"
"""In the folder: ``file,time_s``, seconds of any clock."""

_CLOCK_S = 631_152_000.0, 4_102_444_800.0
"""From 1990 to 2100, seconds since 1970: a number in a name that lies between is a time, others count."""

_LONGEST_S = 86_400.0
"""Names that are further apart, one from the next, are days and no drive."""

_UNITS = {10: 1.0, 13: 1e-3, 16: 1e-6, 19: 1e-9}
_NUMBER = re.compile(r"(?<!\d)(\d{10}|\d{13}|\d{16}|\d{19})(?:[._](\d{1,9}))?(?!\d)")
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[-_ T.]?"
    r"(\d\d)[-_.:h]?(\d\d)[-_.:m]?(\d\d)(?:[-_.,s](\d{1,9}))?(?!\d)"
)


def image_times(folder: Path, paths: Sequence[Path]) -> dict[Path, float] | None:
    """Seconds since the first image, of each image; None where neither table nor names tell.

    Args:
        folder: of the images.
        paths: of them; at least one.

    Raises:
        UserError: for a table that cannot be read, lacks an image, or has two at one time.
    """
    table = folder / TABLE
    times = _from_table(table, paths) if table.is_file() else _from_names(paths)
    if times is None:
        return None
    first_s = min(times.values())
    return {path: time_s - first_s for path, time_s in times.items()}


def _from_table(table: Path, paths: Sequence[Path]) -> dict[Path, float]:
    named: dict[str, float] = {}
    try:
        for line, row in parse_rows(read_text(table, "times"), ("file", "time_s")):
            try:
                time_s = float(row["time_s"])
            except ValueError:
                time_s = math.nan
            if not math.isfinite(time_s):
                raise UserError(f"line {line}: time_s is {row['time_s']!r}: write seconds such as 12.4")
            named[row["file"]] = time_s
    except UserError as error:
        raise UserError(f"times {table}: {error}") from error
    missing = [path.name for path in paths if path.name not in named]
    if missing:
        raise UserError(f"times {table}: {printable(missing[0])} has no time in it: add a line, or take the image away")
    times = {path: named[path.name] for path in paths}
    if len(set(times.values())) < len(times):
        raise UserError(f"times {table}: two images have the same time")
    return times


def _from_names(paths: Sequence[Path]) -> dict[Path, float] | None:
    """Times that every name has, no two the same."""
    for read in (_number_in, _date_in):
        times = {path: time_s for path in paths if (time_s := read(path.stem)) is not None}
        if len(paths) > 1 and len(times) == len(paths) and len(set(times.values())) == len(times):
            ordered = sorted(times.values())
            steps_s = [later - earlier for earlier, later in pairwise(ordered)]
            return times if max(steps_s) < _LONGEST_S else None
    return None


def _number_in(stem: str) -> float | None:
    """Seconds since 1970 that a name holds in seconds, milli-, micro- or nanoseconds."""
    found = _NUMBER.search(stem)
    if found is None:
        return None
    # Seconds with decimals, as ROS writes them; floats hold microseconds of today's times.
    decimals = float(f"0.{found[2]}") if found[2] and len(found[1]) == 10 else 0.0
    time_s = int(found[1]) * _UNITS[len(found[1])] + decimals
    return time_s if _CLOCK_S[0] < time_s < _CLOCK_S[1] else None


def _date_in(stem: str) -> float | None:
    found = _DATE.search(stem)
    if found is None:
        return None
    try:
        when = datetime(*(int(part) for part in found.groups()[:6]), tzinfo=timezone.utc)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    return when.timestamp() + (float(f"0.{found[7]}") if found[7] else 0.0)
