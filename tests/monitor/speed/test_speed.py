"""The car's speed: fixed, from a file, from a CAN log and from a (virtual) bus."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import can
import cantools
import pytest

from engines.errors import UserError
from monitor.alerts.settings import SpeedBand
from monitor.live.pipeline import Pipeline
from monitor.speed.can import CanSpeed, SpeedSignal, find_signal
from monitor.speed.open_speed import SpeedOptions, open_speed
from monitor.speed.recorded import RecordedSpeed, read_speed_csv
from monitor.speed.source import FixedSpeed, SpeedSource
from tests.monitor.fakes import FakeClassifier, FakeClock, FakeSource, frames_of, in_turn

DBC = """VERSION ""
BU_: CAR
BO_ 291 WHEELS: 8 CAR
 SG_ VehicleSpeed : 0|16@1+ (0.01,0) [0|655.35] "km/h" X
 SG_ Odometer : 16|16@1+ (1,0) [0|65535] "km" X
BO_ 512 GPS: 8 CAR
 SG_ GroundSpeed : 0|16@1+ (0.1,0) [0|6553.5] "m/s" X
"""


@pytest.fixture
def dbc(tmp_path: Path) -> Path:
    path = tmp_path / "car.dbc"
    path.write_text(DBC, encoding="utf-8")
    return path


def frame(dbc: Path, kmh: float, time_s: float = 0.0) -> can.Message:
    message = cantools.database.load_file(dbc).get_message_by_name("WHEELS")
    data = message.encode({"VehicleSpeed": kmh, "Odometer": 7})
    return can.Message(timestamp=time_s, arbitration_id=message.frame_id, data=data, is_extended_id=False)


def opened(
    text: str | None, dbc: Path | None = None, signal: str | None = None, drive: str | None = None
) -> SpeedSource:
    options = SpeedOptions(text, dbc, signal)
    return open_speed(options, lost_after_s=2.0, drive=Path(drive) if drive is not None else None)


class HeardSignal(SpeedSignal):
    """A signal that notes when the reader has done with a frame: when it comes with the next one."""

    def __init__(self, dbc: Path, name: str) -> None:
        signal = find_signal(dbc, name)
        super().__init__(signal.message, signal.name)
        self._frames = threading.Semaphore(0)

    def decode(self, frame: can.Message) -> float | None:
        self._frames.release()
        return super().decode(frame)

    def send(self, bus: can.BusABC, message: can.Message) -> None:
        """Send a frame and wait until it was read."""
        for sent in (message, can.Message(arbitration_id=message.arbitration_id, is_extended_id=False)):
            bus.send(sent)
            self._frames.acquire()


def test_a_fixed_speed_and_none() -> None:
    assert opened("80").at(3.0) == 80.0
    silent = opened(None)
    assert silent.at(3.0) is None and silent.take_notices() == []


@pytest.mark.parametrize("text", ["fast", "-1", "nan", "1000", "speed.txt", "bus:can0"])
def test_a_text_that_is_no_speed(text: str) -> None:
    with pytest.raises(UserError, match="is no speed"):
        opened(text)


def test_a_file_beside_a_drive(tmp_path: Path) -> None:
    (tmp_path / "drive.speed.csv").write_text("time_s,speed_kmh\n0,30\n1,40\n2,50\n6,60\n", encoding="utf-8")
    speed = opened("beside", drive=str(tmp_path / "drive.mp4"))
    assert [speed.value_at(at) for at in (0.0, 0.9, 1.0, 3.9, 4.1, 6.0)] == [30.0, 30.0, 40.0, 50.0, None, 60.0]


def test_loss_and_return_are_reported_once() -> None:
    speed = RecordedSpeed("log", [0.0, 10.0], [30.0, 40.0], lost_after_s=2.0)
    reported = []
    for at in range(12):
        speed.at(float(at))
        reported.append(speed.take_notices())
    assert [index for index, notices in enumerate(reported) if notices] == [3, 10]
    assert "lost" in reported[3][0] and "back" in reported[10][0]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "first line"),
        ("time,speed\n0,1\n", "first line"),
        ("time_s,speed_kmh\n", "no speed in it"),
        ("time_s,speed_kmh\n0,fast\n", "line 2"),
        ("time_s,speed_kmh\n0,30\n1,-5\n", "line 3"),
        ("time_s,speed_kmh\n0,30\n1,401\n", "line 3"),
        ("time_s,speed_kmh\n5,30\n1,30\n", "line 3"),
        ("time_s,speed_kmh\n5\n", "line 2"),
    ],
)
def test_a_bad_file_is_reported_with_its_line(text: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "speed.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=what):
        read_speed_csv(path, 2.0)


def test_what_belongs_to_another_kind_of_drive(dbc: Path) -> None:
    with pytest.raises(UserError, match="recorded drive"):
        opened("speed.csv")
    with pytest.raises(UserError, match="no live bus"):
        opened("can:virtual:mixed", dbc, "WHEELS.VehicleSpeed", drive="drive.mp4")
    with pytest.raises(UserError, match="belong to"):
        opened("80", dbc)


def test_a_can_log(dbc: Path, tmp_path: Path) -> None:
    log = tmp_path / "drive.asc"
    with can.ASCWriter(log) as writer:
        for second in range(5):
            writer.on_message_received(can.Message(timestamp=100.0 + second, arbitration_id=5, data=b"\x01"))
            writer.on_message_received(frame(dbc, 10.0 * second, 100.1 + second))
    speed = opened(f"can:{log}", dbc, "VehicleSpeed", drive="drive.mp4")
    assert speed.value_at(0.0) is None
    assert speed.value_at(2.5) == pytest.approx(20.0)
    assert speed.value_at(5.0) == pytest.approx(40.0)
    assert speed.value_at(9.0) is None


def test_a_log_without_the_signal(dbc: Path, tmp_path: Path) -> None:
    log = tmp_path / "other.asc"
    with can.ASCWriter(log) as writer:
        writer.on_message_received(can.Message(timestamp=1.0, arbitration_id=5, data=b"\x01"))
    with pytest.raises(UserError, match="holds no VehicleSpeed"):
        opened(f"can:{log}", dbc, "VehicleSpeed", drive="drive.mp4")


@pytest.fixture
def bus() -> Iterator[can.BusABC]:
    with can.Bus(interface="virtual", channel="test_speed") as bus:
        yield bus


def test_a_bus(dbc: Path, bus: can.BusABC) -> None:
    clock, signal = FakeClock(), HeardSignal(dbc, "VehicleSpeed")
    speed = CanSpeed("virtual", "test_speed", signal, 0.3, clock.now)
    try:
        assert speed.at(0.0) is None
        assert "no speed from" in speed.take_notices()[0]
        signal.send(bus, frame(dbc, 43.21))
        assert speed.at(0.0) == pytest.approx(43.21)
        assert "back" in speed.take_notices()[0]
        clock.advance(0.29)
        assert speed.at(0.0) == pytest.approx(43.21)
        # What cannot be read is no sign of life.
        bus.send(can.Message(arbitration_id=291, data=b"\x01", is_extended_id=False))
        clock.advance(0.02)
        assert speed.at(0.0) is None
        assert "lost" in speed.take_notices()[0]
    finally:
        speed.close()


def test_a_bus_in_the_pipeline(dbc: Path, bus: can.BusABC) -> None:
    """The policy hears the bus's speed, then its silence, which is fast and reported."""
    clock, signal = FakeClock(jumps=True), HeardSignal(dbc, "VehicleSpeed")
    speed = CanSpeed("virtual", "test_speed", signal, 0.3, clock.now)
    source = FakeSource(frames_of([(0, 20.0)]), live=True, interval_s=0.1, in_turn=True, clock=clock)
    bands: list[SpeedBand] = []
    notices: list[str] = []
    for result in in_turn(Pipeline(source, FakeClassifier(), speed=speed, clock=clock)):
        notices += result.notices
        if result.alert is not None:
            bands.append(result.alert.band)
        if SpeedBand.SLOW not in bands:
            signal.send(bus, frame(dbc, 30.0))
        elif bands[-1] is SpeedBand.FAST:
            break
    assert bands[-1] is SpeedBand.FAST
    assert any("lost" in notice for notice in notices)


def test_metres_a_second_become_kilometres_an_hour(dbc: Path, bus: can.BusABC, monkeypatch: pytest.MonkeyPatch) -> None:
    gps = cantools.database.load_file(dbc).get_message_by_name("GPS")
    sent = can.Message(arbitration_id=gps.frame_id, data=gps.encode({"GroundSpeed": 10.0}), is_extended_id=False)
    signal = HeardSignal(dbc, "GPS.GroundSpeed")
    monkeypatch.setattr("monitor.speed.can.find_signal", lambda _dbc, _name: signal)
    speed = open_speed(SpeedOptions("can:virtual:test_speed", dbc, "GPS.GroundSpeed"), lost_after_s=600.0)
    try:
        assert isinstance(speed, CanSpeed)
        signal.send(bus, sent)
        assert speed.value_at(0.0) == pytest.approx(36.0)
    finally:
        speed.close()


def test_which_signal(dbc: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"WHEELS\.VehicleSpeed, GPS\.GroundSpeed"):
        opened("can:virtual:x", dbc)
    with pytest.raises(UserError, match="no signal Pace"):
        opened("can:virtual:x", dbc, "Pace")
    with pytest.raises(UserError, match="is in km:"):
        opened("can:virtual:x", dbc, "Odometer")
    with pytest.raises(UserError, match="DBC"):
        opened("can:virtual:x")
    with pytest.raises(UserError, match="cannot read"):
        opened("can:virtual:x", tmp_path / "none.dbc")
    broken = tmp_path / "broken.dbc"
    broken.write_text("BO_ nonsense", encoding="utf-8")
    with pytest.raises(UserError, match="no DBC file"):
        opened("can:virtual:x", broken)


def test_a_device_that_is_not_there(dbc: Path) -> None:
    with pytest.raises(UserError, match="cannot open the CAN bus"):
        opened("can:no_such_can9", dbc, "VehicleSpeed")


def test_a_fixed_speed_may_change_while_driving() -> None:
    pipeline = Pipeline(FakeSource([]), FakeClassifier(), speed=FixedSpeed(30.0))
    pipeline.speed_kmh = 90.0
    assert pipeline.speed_kmh == 90.0
    pipeline.stop()
