"""What systemd is told, over a real socket."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.errors import UserError
from monitor.alerts.events import AlertEvent, EventKind, Tier
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemCondition, SystemFault
from monitor.live.engine import Engine
from monitor.live.pipeline import StatusUpdate
from monitor.live.service import ServiceListener
from monitor.live.session import AlertChanged, Listener, Session, SessionEvent, SessionOptions, SystemChanged
from monitor.sources import Frame, Source
from monitor.speed.source import FixedSpeed
from tests.monitor.fakes import FakeClock, FakeSource, fake_engine, frames_of

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such sockets here")


class Manager:
    """The other end of the socket, which takes few messages before somebody reads: also a drive's listener."""

    name = "the manager"

    def __init__(self, address: str) -> None:
        self.address = address
        self._lines: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        """Every line since it was last asked."""
        self.on_event()
        lines, self._lines = self._lines, []
        return lines

    def on_event(self, _event: object = None) -> None:
        while True:
            try:
                self._lines += self._socket.recv(65536).decode().splitlines()
            except BlockingIOError:
                return

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["a file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    if request.param == "abstract" and not sys.platform.startswith("linux"):
        pytest.skip("abstract sockets are Linux's")
    manager = Manager(f"@driver-monitor-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify"))
    yield manager
    manager.close()


class Stop:
    """Stops the drive after so many moments without a frame.

    Attributes:
        waits: what was said of them.
    """

    name = "the stopper"

    def __init__(self, after: int) -> None:
        self.waits: list[StatusUpdate] = []
        self._after = after
        self.session: Session | None = None

    def on_event(self, event: SessionEvent) -> None:
        if isinstance(event, StatusUpdate):
            self.waits.append(event)
        if len(self.waits) == self._after and self.session is not None:
            self.session.stop()


def run(source: FakeSource, *listeners: Listener, engine: Engine | None = None, clock: FakeClock | None = None) -> None:
    session = Session(
        engine or fake_engine(),
        SessionOptions("fake"),
        listeners,
        open_source=lambda: source,
        open_speed=lambda _lost_after_s: FixedSpeed(None),
        **({} if clock is None else {"clock": clock}),
    )
    for listener in listeners:
        if isinstance(listener, Stop):
            listener.session = session
    session.run()


def test_a_drive_is_ready_when_its_engine_is_loaded_feeds_the_watchdog_and_stops(manager: Manager) -> None:
    engine = fake_engine()
    load, source = engine.load, FakeSource(frames_of([(0, 1.0)]))

    def load_and_look():  # type: ignore[no-untyped-def]
        assert manager.heard() == []
        return load()

    def open_source() -> Source:
        assert manager.heard() == ["READY=1", "STATUS=opening the source"]
        return source

    engine.load = load_and_look
    Session(engine, SessionOptions("fake"), [ServiceListener(manager.address), manager], open_source=open_source).run()
    assert manager.heard() == ["STATUS=watching fake", *["WATCHDOG=1"] * 10, "STOPPING=1"]


def test_a_camera_that_is_waited_for_feeds_the_watchdog(manager: Manager) -> None:
    clock, stop = FakeClock(jumps=True), Stop(after=3)
    source = FakeSource([], live=True, interval_s=0.1, clock=clock)
    run(source, ServiceListener(manager.address), manager, stop, clock=clock)
    heard = manager.heard()
    assert heard.count("WATCHDOG=1") == 3 == sum(wait.looking_for_camera for wait in stop.waits)
    assert any(line.startswith(f"STATUS={Health.CAMERA_LOST.title}") for line in heard)


def test_a_camera_that_hangs_in_its_driver_does_not(manager: Manager) -> None:
    clock, stop = FakeClock(jumps=True), Stop(after=2)

    class Hangs(FakeSource):
        def read(self) -> Frame | None:
            if not self._items:
                clock.advance(60.0)
            return super().read()

    source = Hangs(frames_of([(0, 0.3)]), live=True, hangs=True, clock=clock)
    run(source, ServiceListener(manager.address), manager, stop, clock=clock)
    source.close()
    heard = manager.heard()
    assert heard.count("WATCHDOG=1") <= 3, "its frames alone"
    assert not any(wait.looking_for_camera for wait in stop.waits)
    assert any(line.startswith(f"STATUS={Health.CAMERA_LOST.title}") for line in heard)


def test_the_status_says_how_it_is_in_one_line(manager: Manager) -> None:
    service = ServiceListener(manager.address)
    service.on_event(SystemChanged(SystemCondition(SystemFault.JOURNAL, "no room\nREADY=1", 1.0, subject="journal")))
    fault = AlertEvent(EventKind.FAULT, 1.0, Tier.NONE, None, None, Health.DARK, 0.0)
    service.on_event(AlertChanged(fault))
    first, second = manager.heard()
    assert first == "STATUS=watching ; no room READY=1"
    assert second == f"STATUS={Health.DARK.text}; no room READY=1"


def test_a_manager_that_is_gone_or_does_not_listen_holds_nothing(manager: Manager, tmp_path: Path) -> None:
    service = ServiceListener(manager.address)
    frames = FakeSource(frames_of([(0, 60.0)]))
    run(frames, service)  # more than a socket holds
    manager.close()
    run(FakeSource(frames_of([(0, 1.0)])), ServiceListener(str(tmp_path / "none")))


def test_only_what_a_manager_has_started_has_one_and_its_children_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert ServiceListener.from_environment() is None
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")
    assert ServiceListener.from_environment() is not None and "NOTIFY_SOCKET" not in os.environ


def test_an_engine_that_cannot_be_loaded_is_never_ready(manager: Manager) -> None:
    engine = fake_engine()

    def refuse():  # type: ignore[no-untyped-def]
        raise UserError("the bundle is damaged")

    engine.load = refuse
    with pytest.raises(UserError):
        run(FakeSource([]), ServiceListener(manager.address), manager, engine=engine)
    assert manager.heard() == ["STATUS=the bundle is damaged"]
