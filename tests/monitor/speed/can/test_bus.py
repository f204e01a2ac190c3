"""The speed on a (virtual) bus: heard, lost, back; one sender at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import can
import pytest

from monitor.alerts.settings import SpeedBand
from monitor.live.pipeline import Pipeline
from monitor.speed.can.bus import CanSpeed
from monitor.speed.can.speed_signal import SpeedSignal
from monitor.speed.open_speed import SpeedOptions, open_speed
from tests.monitor.fakes import FakeClassifier, FakeClock, FakeSource, frames_of, in_turn
from tests.monitor.speed.can.cars import WHEELS, dbc_file, frame, signal

CCVS = 'BO_ 2566844926 CCVS1: 8 E\n SG_ WheelBasedVehicleSpeed : 8|16@1+ (0.00390625,0) [0|250.996] "km/h" X\n'
FD_WHEELS = 'BO_ 500 WHEELS: 48 E\n SG_ VehicleSpeed : 320|16@1+ (0.01,0) [0|300] "km/h" X\n'


class Sender:
    """Sends frames, and waits until each was read: when the reader has done with it, it looks at the next."""

    def __init__(self, bus: can.BusABC, speed_signal: SpeedSignal, monkeypatch: pytest.MonkeyPatch) -> None:
        self._bus = bus
        self._read = threading.Semaphore(0)
        decode = speed_signal.decode

        def heard(message: can.Message) -> float | None:
            self._read.release()
            return decode(message)

        monkeypatch.setattr(speed_signal, "decode", heard)

    def send(self, message: can.Message) -> None:
        last = can.Message(arbitration_id=message.arbitration_id, is_extended_id=message.is_extended_id)
        for sent in (message, last):
            self._bus.send(sent)
            self._read.acquire()


@pytest.fixture
def bus() -> Iterator[can.BusABC]:
    with can.Bus(interface="virtual", channel="test_speed") as bus:
        yield bus


def opened(speed_signal: SpeedSignal, clock: FakeClock) -> CanSpeed:
    return CanSpeed("virtual", "test_speed", speed_signal, 0.3, clock.now)


def test_a_bus(bus: can.BusABC, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, wheels = FakeClock(), signal(tmp_path)
    sender = Sender(bus, wheels, monkeypatch)
    speed = opened(wheels, clock)
    try:
        assert speed.name == "WHEELS.VehicleSpeed in km/h on test_speed"
        assert speed.at(0.0) is None
        assert "no speed from" in speed.take_notices()[0]
        sender.send(frame("E8030000"))
        assert speed.at(0.0) == pytest.approx(10.0)
        assert "back" in speed.take_notices()[0]
        clock.advance(0.29)
        assert speed.at(0.0) == pytest.approx(10.0)
        # What cannot be read, or says that it is unknown, is no sign of life.
        error, remote = frame("0000"), frame("")
        error.is_error_frame, remote.is_remote_frame = True, True
        for message in (frame("01"), frame("FFFF"), remote):
            sender.send(message)
        clock.advance(0.02)
        assert speed.at(0.0) is None
        assert "lost" in speed.take_notices()[0]
    finally:
        speed.close()


def test_one_sender_of_j1939_at_a_time(bus: can.BusABC, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, ccvs = FakeClock(), signal(tmp_path, CCVS)
    sender = Sender(bus, ccvs, monkeypatch)
    speed = opened(ccvs, clock)

    def send(value: str, address: int) -> float | None:
        sender.send(frame(f"FF{value}FFFFFFFFFF", 0x18FEF100 + address, extended=True))
        return speed.at(0.0)

    try:
        assert send("FFFF", 0x17) is None
        assert send("000A", 0x00) == pytest.approx(10.0)
        assert any("J1939 address 0x00" in notice for notice in speed.take_notices())
        assert send("0050", 0x0B) == pytest.approx(10.0)
        clock.advance(0.31)
        assert send("0050", 0x0B) == pytest.approx(80.0)
        assert any("J1939 address 0x0b" in notice for notice in speed.take_notices())
        assert send("000A", 0x00) == pytest.approx(80.0)
    finally:
        speed.close()


def test_a_long_message_of_can_fd(bus: can.BusABC, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, wheels = FakeClock(), signal(tmp_path, FD_WHEELS)
    sender = Sender(bus, wheels, monkeypatch)
    speed = opened(wheels, clock)
    try:
        sender.send(frame(40 * "00" + "E803" + 6 * "00"))
        assert speed.at(0.0) == pytest.approx(10.0)
    finally:
        speed.close()


def test_a_bus_in_the_pipeline(bus: can.BusABC, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy hears the bus's speed, then its silence, which is fast and reported."""
    clock, wheels = FakeClock(jumps=True), signal(tmp_path)
    sender = Sender(bus, wheels, monkeypatch)
    speed = opened(wheels, clock)
    source = FakeSource(frames_of([(0, 20.0)]), live=True, interval_s=0.1, in_turn=True, clock=clock)
    bands: list[SpeedBand] = []
    notices: list[str] = []
    for result in in_turn(Pipeline(source, FakeClassifier(), speed=speed, clock=clock)):
        notices += result.notices
        if result.alert is not None:
            bands.append(result.alert.band)
        if SpeedBand.SLOW not in bands:
            sender.send(frame("B80B"))
        elif bands[-1] is SpeedBand.FAST:
            break
    assert bands[-1] is SpeedBand.FAST
    assert any("lost" in notice for notice in notices)


def test_a_bus_as_a_command_line_names_it(bus: can.BusABC, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = signal(tmp_path, WHEELS, unit="m/s")
    sender = Sender(bus, wheels, monkeypatch)
    asked: list[tuple[str | None, str | None]] = []

    def find(_dbc: Path, name: str | None, unit: str | None) -> SpeedSignal:
        asked.append((name, unit))
        return wheels

    monkeypatch.setattr("monitor.speed.can.speed_signal.find_signal", find)
    options = SpeedOptions("can:virtual:test_speed", dbc_file(tmp_path), "VehicleSpeed", "m/s")
    speed = open_speed(options, lost_after_s=600.0)
    try:
        assert isinstance(speed, CanSpeed) and asked == [("VehicleSpeed", "m/s")]
        sender.send(frame("E803"))
        assert speed.value_at(0.0) == pytest.approx(36.0)
    finally:
        speed.close()


def test_a_bus_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter that was pulled out: its bus is closed, and opened when it is there again."""
    monkeypatch.setattr("monitor.speed.can.bus._RETRY_S", 0.0)
    opened_again = threading.Event()
    buses: list[object] = []

    class Adapter:
        def __init__(self) -> None:
            self.messages = [frame("E803")]
            self.shut = False
            buses.append(self)

        def recv(self, timeout: float) -> can.Message | None:
            if self.messages:
                return self.messages.pop()
            if len(buses) == 1:
                raise OSError("No such device")
            opened_again.set()
            return None

        def shutdown(self) -> None:
            self.shut = True

    monkeypatch.setattr(can, "Bus", lambda **_options: Adapter())
    speed = CanSpeed("socketcan", "can0", signal(tmp_path), 600.0)
    try:
        assert opened_again.wait(60.0)
        assert speed.value_at(0.0) == pytest.approx(10.0)
    finally:
        speed.close()
    assert all(adapter.shut for adapter in buses if isinstance(adapter, Adapter))
