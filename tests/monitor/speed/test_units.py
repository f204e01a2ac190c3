"""Units of a speed as DBC files spell them."""

from __future__ import annotations

import pytest

from monitor.speed.units import parse_unit


@pytest.mark.parametrize(
    ("unit", "spellings"),
    [
        ("km/h", "km/h|KM/H|kmh|kph|KPH|kmph|km/hr|km/hour|kilometers per hour|kilometres/hour|km·h⁻¹|km h^-1|[km/h]"),
        ("km/h", "Unit_KiloMeterPerHour|km / h|km/std|kilometer_per_hour|Km/h."),
        ("mph", "mph|MPH|mi/h|miles/h|mile per hour|mi/hr|miles per hour"),
        ("m/s", "m/s|mps|m/sec|meters per second|metres/s|m*s^-1|m/S|Unit_MeterPerSecond"),
        ("knots", "kn|kt|kts|knot|knots|nmi/h|nautical miles per hour"),
    ],
)
def test_spellings(unit: str, spellings: str) -> None:
    assert {parse_unit(spelling) for spelling in spellings.split("|")} == {unit}


@pytest.mark.parametrize("text", ["", "ms", "rpm", "km", "h", "m/h", "km/s", "1/min", "%", "m/s2", "m/s^2", "foo km/h"])
def test_what_is_no_unit_of_a_speed(text: str) -> None:
    assert parse_unit(text) is None
