"""From the command line to the broker: a drive's incidents are sent, now or later, and its alerts wait for nobody."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from pathlib import Path

import pytest

from engines.command import run_command
from engines.errors import UserError
from monitor import store as store_command
from monitor.__main__ import main
from monitor.health.system_health import SystemFault
from monitor.journal.store.opening import open_for_reading
from monitor.journal.store.writer import Store
from monitor.live.headless import Terminal
from monitor.live.session import AlertChanged, Listener, Session, SessionEvent, SessionOptions, SystemChanged
from monitor.live.store_listener import StoreListener
from monitor.messages.mqtt import MqttReceiver
from monitor.messages.opening import Messages, SenderListener
from monitor.messages.sender import Sender
from monitor.messages.settings import MqttSettings, read_message_settings
from monitor.speed.source import FixedSpeed
from tests.monitor.fakes import FakeSource, Notes, Segments, fake_engine, frames_of
from tests.monitor.messages.broker import WAIT_S, Broker, SenderClock, Subscriber, free_port, needs_broker

STORY: Segments = [(0, 3.0), (6, 4.0), (0, 3.0), (1, 3.0), (0, 3.0)]


def drive(*listeners: Listener) -> None:
    source = FakeSource(frames_of(STORY))
    Session(
        fake_engine(),
        SessionOptions(source.name),
        listeners,
        open_source=lambda: source,
        open_speed=lambda _lost_after_s: FixedSpeed(None),
    ).run()


def settings_file(folder: Path, port: int) -> Path:
    file = folder / "messages.toml"
    file.write_text(f'[mqtt]\naddress = "mqtt://127.0.0.1:{port}"\nname = "car-7"\n', encoding="utf-8")
    return file


@needs_broker
def test_a_drives_incidents_come_while_it_is_watched(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.messages.opening._CLOSING_S", WAIT_S)
    settings = read_message_settings(settings_file(tmp_path, broker.port))
    store, subscriber = Store(tmp_path / "store", destinations=settings.destinations), Subscriber(broker.port)
    messages = Messages(store, settings)
    subscriber.until("driver-monitor/car-7/availability", "online")
    drive(StoreListener(store, "fake", recordings=True), *messages.listeners())
    messages.close()
    assert store.close(WAIT_S)
    found = []
    while found.count("end") < 2:
        found += [message["type"] for message in subscriber.incidents(1)]
    subscriber.until("driver-monitor/car-7/availability", "offline")
    subscriber.close()
    assert found[0] == "new" and found.count("new") == 2 and found[-1] == "end"


@needs_broker
def test_what_waits_of_a_drive_without_a_broker_is_sent_by_the_command(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_file(tmp_path, broker.port)
    broker.stop()
    store = Store(tmp_path / "store", destinations=("mqtt",))
    drive(StoreListener(store, "fake", recordings=True))
    assert store.close(WAIT_S)
    with closing(open_for_reading(tmp_path / "store")) as database:
        waiting = len(database.outbox.pending("mqtt", 1000))
    command = ["send", str(tmp_path / "store"), "--messages", str(settings)]
    assert run_command(store_command.main, command) == 1
    out = capsys.readouterr().out
    assert "0 messages sent; it cannot be reached" in out and f"wait to be sent: {waiting} (" in out
    broker.start()
    subscriber = Subscriber(broker.port)
    assert run_command(store_command.main, command) == 0
    assert f"MQTT 127.0.0.1:{broker.port}: {waiting} messages sent" in capsys.readouterr().out
    kinds = [message["type"] for message in subscriber.incidents(waiting)]
    subscriber.close()
    assert (kinds.count("new"), kinds.count("end")) == (2, 2)
    assert run_command(store_command.main, command) == 0
    assert ": 0 messages sent" in capsys.readouterr().out


def test_a_broker_that_never_answers_changes_no_alert(tmp_path: Path) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    store, clock = Store(tmp_path, destinations=("mqtt",)), SenderClock()
    settings = MqttSettings("127.0.0.1", silent.getsockname()[1], None, "car-7", "", None, "driver-monitor/car-7")
    sender = Sender(store, MqttReceiver(settings, answer_s=WAIT_S), clock=clock)
    sender.start()
    alone, beside = Notes(), Notes()
    drive(alone)
    drive(StoreListener(store, "fake", recordings=True), SenderListener(sender), beside)
    alerts = [[told.event for told in notes.events if isinstance(told, AlertChanged)] for notes in (alone, beside)]
    assert alerts[0] and alerts[0] == alerts[1]
    silent.close()
    sender.close(WAIT_S)
    assert store.close(WAIT_S)


def test_what_waits_and_why_is_a_fault_of_the_drive(tmp_path: Path) -> None:
    store, clock = Store(tmp_path, destinations=("mqtt",)), SenderClock()
    settings = MqttSettings("127.0.0.1", free_port(), None, "car-7", "", None, "driver-monitor/car-7")
    sender = Sender(store, MqttReceiver(settings), clock=clock)
    sender.start()
    clock.until_failed(sender)
    notes = Notes()
    drive(StoreListener(store, "fake", recordings=True), SenderListener(sender), notes)
    changes = [event.condition for event in notes.events if isinstance(event, SystemChanged)]
    (change,) = [change for change in changes if change.fault is SystemFault.MESSAGES]
    assert change.text.startswith(f"MQTT 127.0.0.1:{settings.port}: it cannot be reached")
    assert change.text.endswith("nothing waits to be sent")
    sender.close(WAIT_S)
    assert store.close(WAIT_S)


def test_the_end_waits_for_no_broker_but_says_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = read_message_settings(settings_file(tmp_path, free_port()))
    store = Store(tmp_path / "store", destinations=settings.destinations)
    messages = Messages(store, settings)
    drive(StoreListener(store, "fake", recordings=True), *messages.listeners())
    messages.close()
    assert store.close(WAIT_S)
    said = capsys.readouterr().err
    assert "it cannot be reached" in said and "sent at the next start, or by driver-monitor-store send" in said
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sender")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--demo", "--headless", "--messages", "none.toml"], "name it with --store DIR"),
        (
            ["--demo", "--headless", "--store", "{}", "--messages", "none.toml"],
            "cannot read the message settings none.toml",
        ),
    ],
)
def test_options_that_cannot_be_are_refused(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(main, [argument.format(tmp_path / "store") for argument in arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_fault_that_lasts_is_printed_when_it_is_said_otherwise() -> None:
    class Problem:
        """Fails for another reason from the second incident on."""

        name, fault, says_changes = "MQTT", SystemFault.MESSAGES, True

        def __init__(self) -> None:
            self.time_s = 0.0

        def on_event(self, event: SessionEvent) -> None:
            if isinstance(event, AlertChanged):
                self.time_s = event.event.time_s
            raise UserError("first" if self.time_s < 10.0 else "second")

    lines: list[str] = []
    drive(Problem(), Terminal(lines.append, lambda: None))
    said = [line.split(maxsplit=2) for line in lines if "HEALTH" in line]
    assert [words[-1].split()[-1] for words in said] == ["first", "second"]
    assert float(said[0][0]) == 0.0 and float(said[1][0]) >= 10.0
