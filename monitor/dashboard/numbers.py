"""Numbers as the window writes them: with the decimal sign of its language, and speeds in the user's unit."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QLocale

from monitor.speed.units import KMH_PER_UNIT


class SpeedUnit(Enum):
    """What speeds are shown in; the value is its sign. Files keep km/h."""

    KMH = "km/h"
    MPH = "mph"

    def shown(self, kmh: float) -> float:
        """A speed in this unit."""
        return kmh / KMH_PER_UNIT[self.value]

    def kmh(self, shown: float) -> float:
        """A speed of this unit in km/h."""
        return shown * KMH_PER_UNIT[self.value]


class _Current:
    unit = SpeedUnit.KMH


def speed_unit() -> SpeedUnit:
    """What speeds are shown in now."""
    return _Current.unit


def use_speed_unit(unit: SpeedUnit) -> None:
    """Show speeds in a unit from now on; windows that exist already must be rebuilt."""
    _Current.unit = unit


def system_speed_unit() -> SpeedUnit:
    """What the system's region uses."""
    metric = QLocale.system().measurementSystem() is QLocale.MeasurementSystem.MetricSystem
    return SpeedUnit.KMH if metric else SpeedUnit.MPH


def speed_words(kmh: float) -> str:
    """A speed with its unit."""
    return f"{speed_unit().shown(kmh):.0f} {speed_unit().value}"


class LocalNumber(float):
    """A number that a pattern such as ``{:.1f}`` writes with the decimal sign of the window's language."""

    def __format__(self, pattern: str) -> str:
        return super().__format__(pattern).replace(".", QLocale().decimalPoint())


def decimal(value: float, decimals: int = 1) -> str:
    """A number with so many decimals."""
    return format(LocalNumber(value), f".{decimals}f")
