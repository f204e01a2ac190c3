"""How fast the car goes: a fixed speed, a file beside a recorded drive, or a CAN bus (see `monitor.can_speed`).

A speed that is too old is none, which the policy treats as fast; the loss and the return are told as notices.
"""

from __future__ import annotations

import bisect
import csv
import io
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.errors import UserError
from engines.files.text import read_text

FASTEST_KMH = 400.0
"""What is above is no speed of a car."""

CSV_HEADER = ("time_s", "speed_kmh")
BESIDE = "beside"
"""In place of a file: the drive's own, ``drive.speed.csv`` beside ``drive.mp4``."""

_CAN = "can:"


class SpeedSource(ABC):
    """Where the speed comes from. `at` and `take_notices` belong to one thread at a time.

    Attributes:
        name: for people.
        live: whether it is the speed of now, which says nothing about a recorded drive.
    """

    name: str
    live = False
    kmh: float | None = None
    """What holds for the whole drive, where it is known beforehand."""

    def __init__(self) -> None:
        self._known: bool | None = None
        self._notices: list[str] = []

    @abstractmethod
    def value_at(self, time_s: float) -> float | None:
        """km/h at a time of the drive's clock, None where unknown; asking changes nothing."""

    def at(self, time_s: float) -> float | None:
        """As `value_at`, and notes for people when the signal goes and comes."""
        value = self.value_at(time_s)
        known = value is not None
        if known is not self._known and not (known and self._known is None):
            lost = "no speed from" if self._known is None else "the speed signal is lost:"
            self._notices.append(
                f"the speed signal is back: {self.name}"
                if known
                else f"{lost} {self.name}: alerts come as early as at high speed"
            )
        self._known = known
        return value

    def take_notices(self) -> list[str]:
        """What was noted since the last call, one line each."""
        notices, self._notices = self._notices, []
        return notices

    def close(self) -> None:  # noqa: B027 - most have nothing to let go
        """Let the bus go; a second call does nothing."""


class FixedSpeed(SpeedSource):
    """One speed for the whole drive, or none at all, which nobody needs to be told of."""

    def __init__(self, kmh: float | None) -> None:
        super().__init__()
        self.kmh = kmh
        self.name = "no speed signal" if kmh is None else f"{kmh:g} km/h"

    def value_at(self, time_s: float) -> float | None:
        return self.kmh

    def at(self, time_s: float) -> float | None:
        return self.kmh


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


def speed_at(speed: SpeedSource | float | None, time_s: float) -> float | None:
    """km/h at a time of a speed that is a source, fixed, or unknown; asking changes nothing."""
    return speed.value_at(time_s) if isinstance(speed, SpeedSource) else speed


@dataclass(frozen=True)
class SpeedSpec:
    """What a command line says of the speed: ``--speed``, ``--dbc``, ``--signal``."""

    text: str | None
    dbc: Path | None = None
    signal: str | None = None


def parse_kmh(text: str) -> float | None:
    """The fixed speed that a text names; None where it is no number. Raises `UserError` for an impossible one."""
    try:
        value = float(text)
    except ValueError:
        return None
    if not 0.0 <= value <= FASTEST_KMH:
        raise UserError(f"{text!r} is no speed: write km/h such as 80")
    return value


def check_speed_text(text: str) -> None:
    """Raise `UserError` unless a text can name a speed; nothing is opened."""
    if parse_kmh(text) is None and not (text.startswith(_CAN) or text == BESIDE or text.lower().endswith(".csv")):
        raise UserError(
            f"{text!r} is no speed: write km/h such as 80, a file such as speed.csv, '{BESIDE}' for one beside the "
            "drive, or can:CHANNEL such as can:vcan0"
        )


def open_speed(spec: SpeedSpec, *, lost_after_s: float, drive: Path | None = None) -> SpeedSource:
    """Open what a command line names.

    Args:
        spec: the command line's words.
        lost_after_s: seconds after which a speed is too old.
        drive: the recorded drive, for ``beside``; None for a live one.

    Raises:
        UserError: for a text that names no speed, a file or bus that cannot be opened, or a signal that is not there.
    """
    if (spec.dbc is not None or spec.signal is not None) and not (spec.text or "").startswith(_CAN):
        raise UserError("--dbc and --signal belong to --speed can:CHANNEL")
    if spec.text is None:
        return FixedSpeed(None)
    check_speed_text(spec.text)
    kmh = parse_kmh(spec.text)
    if kmh is not None:
        return FixedSpeed(kmh)
    if spec.text.startswith(_CAN):
        from monitor.can_speed import open_can_speed

        source = open_can_speed(spec.text.removeprefix(_CAN), spec.dbc, spec.signal, lost_after_s)
        if source.live and drive is not None:
            source.close()
            raise UserError("a recorded drive has no live bus: give --speed a CAN log or a CSV file")
        return source
    if drive is None:
        raise UserError(f"--speed {spec.text} belongs to a recorded drive: a live one takes km/h or can:CHANNEL")
    path = drive.with_suffix(".speed.csv") if spec.text == BESIDE else Path(spec.text)
    return read_speed_csv(path, lost_after_s)


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
        if not (math.isfinite(time_s) and 0.0 <= kmh <= FASTEST_KMH):
            raise UserError(f"speeds {path}: line {line}: write {header} such as 12.5,48.0")
        if times_s and time_s < times_s[-1]:
            raise UserError(f"speeds {path}: line {line}: {time_s:g} s lies before the line above: sort by time")
        times_s.append(time_s)
        speeds_kmh.append(kmh)
    if not times_s:
        raise UserError(f"speeds {path}: there is no speed in it: add lines such as 12.5,48.0")
    return RecordedSpeed(path.name, times_s, speeds_kmh, lost_after_s)
