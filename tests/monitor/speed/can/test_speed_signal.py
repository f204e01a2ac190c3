"""Which signal is the car's speed, in which unit, and when a value is none."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from engines.errors import UserError
from tests.monitor.speed.can.cars import frame, signal


def one(signal_line: str, more: str = "", message: str = "BO_ 500 WHEELS: 8 ECU") -> str:
    return f"{message}\n SG_ {signal_line} X\n{more}"


@pytest.mark.parametrize(
    "line",
    [
        'VehicleSpeed : 0|16@1+ (0.01,0) [0|300] "km/h"',
        'VEHICLE_SPEED : 0|16@1+ (0.01,0) [0|300] "kph"',
        'ABS_VehSpd : 0|16@1+ (0.01,0) [0|300] "KM/H"',
        'CarSpeed : 0|16@1+ (0.01,0) [0|300] "kmph"',
        'WheelBasedVehicleSpeed : 0|16@1+ (0.01,0) [0|300] "km/hr"',
        'Vehicle_Velocity_Act : 0|16@1+ (0.01,0) [0|300] "Unit_KiloMeterPerHour"',
        'vehicleSpeed : 0|16@1+ (0.01,0) [0|300] "kilometers per hour"',
    ],
)
def test_a_name_and_a_unit_that_say_the_cars_speed(line: str, tmp_path: Path) -> None:
    assert signal(tmp_path, one(line)).decode(frame("E803000000000000")) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('BlowerSpeed : 0|8@1+ (1,0) [0|7] ""', "CLIMATE"),
        ('EngineSpeed : 0|16@1+ (1,0) [0|8000] "rpm"', "ENGINE"),
        ('WheelSpeedFL : 0|16@1+ (0.01,0) [0|300] "km/h"', "WHEELS"),
        ('VehicleSpeedLimit : 0|8@1+ (1,0) [0|250] "km/h"', "SIGNS"),
        ('CruiseSetSpeed : 0|8@1+ (1,0) [0|250] "km/h"', "CRUISE"),
        ('LeadVehicleSpeed : 0|8@1+ (1,0) [0|250] "km/h"', "RADAR"),
        ('VehicleSpeedValid : 0|1@1+ (1,0) [0|1] ""', "WHEELS"),
        ('VehicleSpeed : 0|8@1+ (1,0) [0|250] "km/h"', "LEAD_CAR"),
        ('VehicleSpeed : 0|8@1+ (1,0) [0|250] "km/h"', "RADAR_OBJECT_1"),
        ('VehicleSpeed : 0|8@1+ (1,0) [0|250] "km/h"', "GPS"),
        ('VehicleSpeed : 0|8@1+ (1,0) [0|250] "km/h"', "NAV_Map"),
        ('AverageVehicleSpeed : 0|8@1+ (1,0) [0|250] "km/h"', "TRIP"),
        ('TargetVehicleSpeed : 0|8@1+ (1,0) [0|250] "km/h"', "ACC"),
        ('Speed : 0|16@1+ (0.01,0) [0|300] "km/h"', "FAN"),
    ],
)
def test_what_is_never_guessed(line: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"name one with --signal MESSAGE\.SIGNAL"):
        signal(tmp_path, one(line, message=f"BO_ 500 {message}: 8 ECU"))


def test_two_that_could_be_are_named(tmp_path: Path) -> None:
    two = 'BO_ 1 A: 8 E\n SG_ VehicleSpeed : 0|8@1+ (1,0) [0|250] "km/h" X\n'
    two += 'BO_ 2 B: 8 E\n SG_ VehicleSpeed : 0|8@1+ (1,0) [0|250] "mph" X\n'
    with pytest.raises(UserError, match=r"A\.VehicleSpeed \(km/h\), B\.VehicleSpeed \(mph\)"):
        signal(tmp_path, two)
    assert str(signal(tmp_path, two, "B.VehicleSpeed")) == "B.VehicleSpeed in mph"
    with pytest.raises(UserError, match="several such signals"):
        signal(tmp_path, two, "VehicleSpeed")


@pytest.mark.parametrize("unit", ["", "foo", "ms", "rpm"])
def test_a_unit_that_is_none_is_to_be_stated(unit: str, tmp_path: Path) -> None:
    line = one(f'VehicleSpeed : 0|16@1+ (0.01,0) [0|300] "{unit}"')
    for name in (None, "VehicleSpeed", "WHEELS.VehicleSpeed"):
        with pytest.raises(UserError, match=r"VehicleSpeed .*--speed-unit"):
            signal(tmp_path, line, name)
        assert signal(tmp_path, line, name, "m/s").decode(frame("E803000000000000")) == pytest.approx(36.0)


def test_a_name_that_is_not_there_comes_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no signal vehiclespeed.*WHEELS\.VehicleSpeed \(km/h\)"):
        signal(tmp_path, name="vehiclespeed")


@pytest.mark.parametrize(
    ("line", "more", "data", "kmh"),
    [
        # Forwards and backwards.
        ('VehicleSpeed : 0|16@1- (0.01,0) [-327|327] "km/h"', "", "E0FC", 8.0),
        ('VehicleSpeed : 0|8@1- (1,0) [-100|100] "km/h"', "", "FF00", 1.0),
        ('VehicleSpeed : 7|16@0- (0.01,0) [0|0] "km/h"', "", "FCE0", 8.0),
        # The DBC's range.
        ('VehicleSpeed : 0|8@1+ (1,0) [0|250] "km/h"', "", "FA", 250.0),
        ('VehicleSpeed : 0|8@1+ (1,0) [0|250] "km/h"', "", "FB", None),
        ('VehicleSpeed : 0|8@1+ (1,-10) [0|200] "km/h"', "", "00", None),
        ('VehicleSpeed : 0|16@1+ (0.00390625,0) [0|250.996] "km/h"', "", "FFFA", 250.996),
        # All ones, and what is no speed of a car.
        ('VehicleSpeed : 0|8@1+ (1,0) [0|0] "km/h"', "", "FF", None),
        ('VehicleSpeed : 0|7@1+ (0.1,0) [0|0] "km/h"', "", "7F", None),
        ('VehicleSpeed : 0|16@1+ (0.01,0) [0|655.35] "km/h"', "", "FEFF", None),
        ('VehicleSpeed : 0|16@1- (0.001,0) [0|0] "km/h"', "", "FF7F", None),
        ('VehicleSpeed : 0|16@1- (0.001,0) [0|0] "km/h"', "", "0080", None),
        ('VehicleSpeed : 0|16@1- (0.01,0) [-300|300] "km/h"', "", "FFFFFFFFFFFFFFFF", None),
        # A name of a value is a speed only where it is one, in whatever language.
        *(
            ('VehicleSpeed : 0|8@1+ (1,0) [0|254] "km/h"', f'VAL_ 500 VehicleSpeed 0 "{name}" 7 "7" ;\n', "00", None)
            for name in (
                "SNA",
                "signal not available",
                "Error",
                "invalid",
                "Fault",
                "Init",
                "Fehler",
                "nicht_verfuegbar",
                "reserved",
                "not stopped",
                "0 = SNA",
            )
        ),
        *(
            ('VehicleSpeed : 0|8@1+ (1,0) [0|254] "km/h"', f'VAL_ 500 VehicleSpeed 0 "{name}" ;\n', "00", 0.0)
            for name in ("0", "0 km/h", "Standstill", "vehicle_stopped", "0.0")
        ),
        ('VehicleSpeed : 0|8@1+ (1,0) [0|254] "km/h"', 'VAL_ 500 VehicleSpeed 0 "SNA" ;\n', "05", 5.0),
    ],
)
def test_a_value_and_what_is_none(line: str, more: str, data: str, kmh: float | None, tmp_path: Path) -> None:
    value = signal(tmp_path, one(line, more)).decode(frame(data.ljust(16, "0")))
    assert value == (None if kmh is None else pytest.approx(kmh, abs=0.01))


def test_a_float_that_is_no_number(tmp_path: Path) -> None:
    speed = signal(tmp_path, one('VehicleSpeed : 0|32@1- (1,0) [0|0] "m/s"', "SIG_VALTYPE_ 500 VehicleSpeed : 1;\n"))
    assert speed.decode(frame(struct.pack("<f", 10.0).hex())) == pytest.approx(36.0)
    for value in (float("nan"), float("inf")):
        assert speed.decode(frame(struct.pack("<f", value).hex())) is None
    assert speed.decode(frame("FFFFFFFF")) is None


def test_a_factor_of_0_would_be_0_kmh_for_ever(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="factor of 0"):
        signal(tmp_path, one('VehicleSpeed : 0|16@1+ (0,0) [0|300] "km/h"'))


def test_a_message_of_any_length(tmp_path: Path) -> None:
    speed = signal(tmp_path, one('VehicleSpeed : 0|16@1+ (0.01,0) [0|300] "km/h"', message="BO_ 500 WHEELS: 4 ECU"))
    for data in ("E803", "E80300", "E803000000000000", "E803" + 30 * "00"):
        assert speed.decode(frame(data)) == pytest.approx(10.0)
    for data in ("", "E8"):
        assert speed.decode(frame(data)) is None


def test_the_speed_in_the_last_bytes_of_a_shorter_message(tmp_path: Path) -> None:
    """What the frame does not hold is unknown, and never what a reader pads it with."""
    for line in ('VehicleSpeed : 32|16@1+ (0.01,0) [0|0] "km/h"', 'VehicleSpeed : 39|16@0+ (0.01,0) [0|0] "km/h"'):
        speed = signal(tmp_path, one(line))
        for length in range(6):
            assert speed.decode(frame("00" * length)) is None
        assert speed.decode(frame("00" * 6)) == 0.0


def test_a_multiplexed_speed(tmp_path: Path) -> None:
    speed = signal(
        tmp_path,
        'BO_ 500 WHEELS: 8 E\n SG_ Page M : 0|8@1+ (1,0) [0|0] "" X\n'
        ' SG_ VehicleSpeed m2 : 8|16@1+ (0.01,0) [0|300] "km/h" X\n'
        ' SG_ Other m3 : 8|16@1+ (1,0) [0|0] "" X\n',
    )
    assert speed.decode(frame("02E803")) == pytest.approx(10.0)
    assert speed.decode(frame("03E803")) is None
    assert speed.decode(frame("00E803")) is None


def test_other_frames_are_not_the_speed(tmp_path: Path) -> None:
    speed = signal(tmp_path)
    assert speed.decode(frame("E803", 501)) is None
    assert speed.decode(frame("E803", 500, extended=True)) is None
    error, remote = frame("E803"), frame("E803")
    error.is_error_frame, remote.is_remote_frame = True, True
    assert speed.decode(error) is None and speed.decode(remote) is None


CCVS = 'SG_ WheelBasedVehicleSpeed : 8|16@1+ (0.00390625,0) [0|0] "km/h" X\n'


@pytest.mark.parametrize(
    ("messages", "sent"),
    [
        # By the file's attribute, by its own sender, and by the address that stands for any.
        (
            f"BO_ 2566844672 CCVS1: 8 E\n {CCVS}"
            'BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG";\n'
            'BA_DEF_DEF_ "VFrameFormat" "J1939PG";\nBA_ "VFrameFormat" BO_ 2566844672 3;\n',
            (0x18FEF100, 0x18FEF10B, 0x0CFEF131),
        ),
        (f"BO_ 2566844926 CCVS1: 8 E\n {CCVS}", (0x18FEF100, 0x18FEF1FE, 0x10FEF117)),
    ],
)
def test_j1939_is_known_by_its_parameter_group(messages: str, sent: tuple[int, ...], tmp_path: Path) -> None:
    speed = signal(tmp_path, messages)
    for frame_id in sent:
        assert speed.decode(frame("FF000AFFFFFFFFFF", frame_id, extended=True)) == pytest.approx(10.0)
        assert speed.address(frame("", frame_id, extended=True)) == frame_id & 0xFF
    for other in (0x18FEF200, 0x18FFF100, 0x19FEF100):
        assert speed.decode(frame("FF000AFFFFFFFFFF", other, extended=True)) is None
    # Error, not available, and what is kept for later.
    for value in ("FFFF", "00FE", "FFFE", "00FB"):
        assert speed.decode(frame(f"FF{value}FFFFFFFFFF", sent[0], extended=True)) is None


def test_an_extended_message_that_is_no_j1939(tmp_path: Path) -> None:
    speed = signal(tmp_path, 'BO_ 2566844672 X: 8 E\n SG_ VehicleSpeed : 0|16@1+ (0.01,0) [0|0] "km/h" X\n')
    assert speed.decode(frame("E803", 0x18FEF100, extended=True)) == pytest.approx(10.0)
    assert speed.decode(frame("E803", 0x18FEF10B, extended=True)) is None


def test_a_speed_that_lies_outside_of_any_frame(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        signal(tmp_path, one('VehicleSpeed : 600|16@1+ (0.01,0) [0|300] "km/h"'))
