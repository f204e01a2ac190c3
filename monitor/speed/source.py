"""What every source of the car's speed is, and a fixed speed.

A speed that is too old is none, which the policy treats as fast; the loss and the return are reported as notices.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from engines.notice import NoticeText

MAX_KMH = 400.0
"""What is above is no speed of a car."""


class SpeedSource(ABC):
    """Where the speed comes from. `at` and `take_notices` belong to one thread at a time.

    Attributes:
        name: for people.
        live: whether it is the current speed, which says nothing about a recorded drive.
        remarks: what is to be known of it from the beginning, one line each; the first of its notices.
    """

    name: str
    live = False
    remarks: tuple[str, ...] = ()
    kmh: float | None = None
    """What holds for the whole drive, where it is known beforehand."""

    def __init__(self, remarks: Sequence[str] = ()) -> None:
        self.remarks = tuple(remarks)
        self._known: bool | None = None
        self._notices: list[str] = list(remarks)

    @abstractmethod
    def value_at(self, time_s: float) -> float | None:
        """km/h at a time of the drive's clock, None where unknown; asking changes nothing."""

    def at(self, time_s: float) -> float | None:
        """As `value_at`, and notes for people when the signal goes and comes."""
        value = self.value_at(time_s)
        known = value is not None
        if known is not self._known and not (known and self._known is None):
            if known:
                notice = NoticeText("the speed signal is back: {name}", name=self.name)
            elif self._known is None:
                notice = NoticeText("no speed from {name}: alerts come as early as at high speed", name=self.name)
            else:
                notice = NoticeText(
                    "the speed signal is lost: {name}: alerts come as early as at high speed", name=self.name
                )
            self._notices.append(notice)
        self._known = known
        return value

    def take_notices(self) -> list[str]:
        """What was noted since the last call, one line each."""
        notices, self._notices = self._notices, []
        return notices

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Close the bus; a second call does nothing."""


class FixedSpeed(SpeedSource):
    """One speed for the whole drive, or none at all, which is not reported."""

    def __init__(self, kmh: float | None) -> None:
        super().__init__()
        self.kmh = kmh
        self.name = "no speed signal" if kmh is None else f"{kmh:g} km/h"

    def value_at(self, time_s: float) -> float | None:
        return self.kmh

    def at(self, time_s: float) -> float | None:
        return self.kmh


def speed_at(speed: SpeedSource | float | None, time_s: float) -> float | None:
    """km/h at a time of a speed that is a source, fixed, or unknown; asking changes nothing."""
    return speed.value_at(time_s) if isinstance(speed, SpeedSource) else speed
