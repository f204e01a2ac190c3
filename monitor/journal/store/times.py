"""When something was: in UTC, which may be wrong or set, and in the machine's seconds, which only go forwards."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from pathlib import Path

EARLIEST_S = datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()
"""A clock that shows an earlier time was never set: this program is newer."""

JUMP_S = 2.0
"""By less than this a clock is adjusted, not set."""


class ClockState(Enum):
    """How far the UTC of a stamp can be trusted; the value is the name in files.

    OK: as far as the machine's clock. UNSET: the machine had no clock at boot. SET_LATER: it had none, and the time was
    put right when the clock was set, in the same boot.
    """

    OK = "ok"
    UNSET = "unset"
    SET_LATER = "set_later"


@dataclass(frozen=True)
class Stamp:
    """One moment.

    Attributes:
        utc_s: seconds since 1970, UTC, as the machine's clock showed them.
        monotonic_s: the machine's seconds; comparable within one boot.
        boot_id: which boot.
        clock: how far `utc_s` can be trusted.
    """

    utc_s: float
    monotonic_s: float
    boot_id: str
    clock: ClockState = ClockState.OK

    def at(self, monotonic_s: float) -> Stamp:
        """Another moment of the same boot, by the clock as it is set now."""
        return Stamp(self.utc_s - self.monotonic_s + monotonic_s, monotonic_s, self.boot_id, self.clock)


class StoreClock:
    """The machine's clocks. For one thread, apart from `now`."""

    def __init__(
        self,
        utc: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        boot_id: str | None = None,
    ) -> None:
        """Read two clocks; the boot's id is the system's, or, where it has none, this start's."""
        self._utc, self._monotonic = utc, monotonic
        self._boot_id = boot_id or _boot_id()
        self._offset_s: float | None = None

    def now(self) -> Stamp:
        """This moment."""
        utc_s = self._utc()
        state = ClockState.OK if utc_s >= EARLIEST_S else ClockState.UNSET
        return Stamp(utc_s, self._monotonic(), self._boot_id, state)

    def jumped_s(self) -> float:
        """By how many seconds the clock was set since the last call, forwards above zero; 0.0 where it was not."""
        now = self.now()
        before, self._offset_s = self._offset_s, now.utc_s - now.monotonic_s
        jump_s = 0.0 if before is None else self._offset_s - before
        return jump_s if abs(jump_s) >= JUMP_S else 0.0


def local_zone(utc_s: float) -> tuple[str, int]:
    """The machine's zone, by name where it has one, and its offset from UTC at a time, seconds."""
    try:
        local = datetime.fromtimestamp(utc_s, timezone.utc).astimezone()
    except (OSError, OverflowError, ValueError):  # a time that no calendar has
        return "UTC", 0
    offset = local.utcoffset() or timedelta()
    return _zone_name() or local.tzname() or "UTC", int(offset.total_seconds())


def as_text(utc_s: float, utc_offset_s: int = 0) -> str:
    """A time in a zone, ISO 8601 with seconds and the zone's offset."""
    zone = timezone(timedelta(seconds=utc_offset_s))
    return datetime.fromtimestamp(utc_s, zone).isoformat(timespec="seconds")


def _zone_name() -> str | None:
    """Such as ``Europe/Berlin``."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if name and not name.startswith("/"):
        return name
    try:
        return str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")[2] or None
    except OSError:
        return None


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())
