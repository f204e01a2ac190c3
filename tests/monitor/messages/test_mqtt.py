"""Incidents reach a real broker once they can, in order and under one id, whatever happens to either side."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from monitor.journal.store.outbox import Outbox
from monitor.journal.store.writer import Store
from monitor.messages.drive_state import DriveState
from monitor.messages.mqtt import MqttReceiver
from monitor.messages.sender import LONGEST_WAIT_S, Sender
from monitor.messages.settings import MqttSettings, read_message_settings
from tests.conftest import ROOT
from tests.monitor.journal.store.stories import Clocks
from tests.monitor.messages.broker import (
    MOSQUITTO,
    WAIT_S,
    Broker,
    Proxy,
    SenderClock,
    Subscriber,
    authority,
    needs_broker,
    store_incidents,
)

pytestmark = needs_broker

NEW_AND_END = ["new", "end"]


@contextmanager
def sending(
    store: Store, settings: MqttSettings, clock: SenderClock, state: DriveState | None = None
) -> Iterator[Sender]:
    """A sender that runs."""
    receiver = MqttReceiver(settings, state)
    sender = Sender(store, receiver, clock=clock, jitter=lambda: 1.0)
    receiver.wake = sender.wake
    sender.start()
    try:
        yield sender
    finally:
        sender.close(WAIT_S)


@contextmanager
def subscribed(broker: Broker, topic: str = "#") -> Iterator[Subscriber]:
    subscriber = Subscriber(broker.port, topic=topic)
    try:
        yield subscriber
    finally:
        subscriber.close()


def types(messages: list[dict[str, object]]) -> list[object]:
    return [message["type"] for message in messages]


def test_what_waits_and_what_comes_is_sent_in_order(broker: Broker, store: Store, clock: SenderClock) -> None:
    store_incidents(store, 1)
    with subscribed(broker) as subscriber, sending(store, broker.settings(), clock) as sender:
        clock.until_idle(sender)
        store_incidents(store, 1, 2)
        messages = subscriber.incidents(6)
        clock.until_idle(sender)
        assert sender.problem is None and sender.state().messages == 0
    assert types(messages) == 3 * NEW_AND_END
    assert [message["number"] for message in messages] == [1, 1, 1, 1, 2, 2]
    assert len({message["id"] for message in messages}) == 3
    assert [message["revision"] for message in messages] == 3 * [1, 2]


def test_the_broker_knows_whether_the_monitor_is_there(broker: Broker, store: Store, clock: SenderClock) -> None:
    available = "driver-monitor/car-7/availability"
    with sending(store, broker.settings(), clock, DriveState()) as sender:
        clock.until_idle(sender)
        with subscribed(broker, available) as late:
            assert late.take() == (available, b"online", True)
    with subscribed(broker, available) as later:
        assert later.take() == (available, b"offline", True)


def test_a_monitor_that_is_killed_is_offline_by_its_will(broker: Broker, tmp_path: Path) -> None:
    available = "driver-monitor/car-7/availability"
    script = f"""
        import sys
        from monitor.messages.drive_state import DriveState
        from monitor.messages.mqtt import MqttReceiver
        from monitor.messages.settings import MqttSettings
        settings = MqttSettings("127.0.0.1", {broker.port}, None, "car-7", "", None, "driver-monitor/car-7")
        MqttReceiver(settings, DriveState()).connect()
        print("connected", flush=True)
        sys.stdin.read()
    """
    with child(script) as process, subscribed(broker, available) as subscriber:
        assert process.stdout is not None and process.stdout.readline() == "connected\n"
        subscriber.until(available, "online")
        process.kill()
        subscriber.until(available, "offline")


def test_a_monitor_that_ends_while_its_messages_are_refused_is_offline(
    start_broker: Callable[..., Broker], tmp_path: Path, store: Store, clock: SenderClock
) -> None:
    available = "driver-monitor/car-7/availability"
    (tmp_path / "acl").write_text(f"topic read #\ntopic write {available}\n", encoding="utf-8")
    broker = start_broker(f"acl_file {tmp_path / 'acl'}")
    store_incidents(store, 1)
    with subscribed(broker, available) as subscriber:
        with sending(store, broker.settings(), clock, DriveState()) as sender:
            clock.until_failed(sender, "refuses what is sent to")
        subscriber.until(available, "online")
        subscriber.until(available, "offline")
    with subscribed(broker, available) as later:
        assert later.take() == (available, b"offline", True)


@contextmanager
def child(script: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        yield process
        process.kill()


def test_a_message_whose_puback_never_came_is_sent_again_under_the_same_id(
    broker: Broker, tmp_path: Path, clock: SenderClock
) -> None:
    proxy, folder = Proxy(broker.port), tmp_path / "killed"
    script = f"""
        import sys
        from pathlib import Path
        from monitor.journal.store.writer import Store
        from monitor.messages.mqtt import MqttReceiver
        from monitor.messages.sender import Sender
        from monitor.messages.settings import MqttSettings
        from tests.monitor.messages.broker import store_incidents
        store = Store(Path({str(folder)!r}), destinations=("mqtt",))
        store_incidents(store, 1, 2)
        settings = MqttSettings("127.0.0.1", {proxy.port}, None, "car-7", "", None, "driver-monitor/car-7")
        Sender(store, MqttReceiver(settings)).start()
        sys.stdin.read()
    """
    with subscribed(broker) as subscriber:
        with child(script) as process:
            (first,) = subscriber.incidents(1)
            process.kill()
        proxy.close()
        store = Store(folder, destinations=("mqtt",))
        with sending(store, broker.settings(), clock):
            messages = subscriber.incidents(4)
        assert store.close(WAIT_S)
    assert messages[0] == first
    assert types(messages) == 2 * NEW_AND_END and [message["number"] for message in messages] == [1, 1, 2, 2]
    assert len({message["id"] for message in messages}) == 2


def test_ten_minutes_offline_lose_nothing_and_are_said(
    broker: Broker, store: Store, store_clock: Clocks, clock: SenderClock
) -> None:
    with sending(store, broker.settings(), clock) as sender:
        clock.until_idle(sender)
        broker.stop()
        waits, passed_s = [clock.until_failed(sender)], 0.0
        store_incidents(store, *range(1, 10))
        while passed_s < 600.0:
            passed_s += waits[-1]
            store_clock.pass_time(waits[-1])
            clock.advance(waits[-1])
            waits.append(clock.until_failed(sender))
        assert sender.problem is not None
        assert "it cannot be reached" in sender.problem
        assert "wait to be sent: 18 (" in sender.problem and "the oldest for 10 minutes or longer" in sender.problem
        state = sender.state()
        assert state.messages == 18 and state.oldest_s is not None and state.oldest_s >= 600.0
        assert waits[:6] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0] and set(waits[6:]) == {LONGEST_WAIT_S}
        broker.start()
        with subscribed(broker) as subscriber:
            clock.advance(waits[-1])
            messages = subscriber.incidents(18)
        clock.until_idle(sender)
        assert sender.problem is None and sender.state().messages == 0
    assert types(messages) == 9 * NEW_AND_END
    assert [message["number"] for message in messages] == [number for number in range(1, 10) for _ in NEW_AND_END]


def test_a_broker_that_starts_again_gets_what_it_has_missed(broker: Broker, store: Store, clock: SenderClock) -> None:
    with sending(store, broker.settings(), clock, DriveState()) as sender:
        store_incidents(store, 1)
        clock.until_idle(sender)
        broker.stop()
        wait_s = clock.until_failed(sender)
        store_incidents(store, 2)
        broker.start()
        with subscribed(broker) as subscriber:
            clock.advance(wait_s)
            subscriber.until("driver-monitor/car-7/availability", "online")
            messages = subscriber.incidents(2)
        clock.until_idle(sender)
        assert sender.problem is None
    assert types(messages) == NEW_AND_END and messages[0]["number"] == 2


def test_a_full_outbox_says_what_it_dropped_and_the_rest_comes_in_order(
    broker: Broker, store: Store, clock: SenderClock
) -> None:
    def bound(database: object) -> None:
        database.outbox = Outbox(database.outbox._connection, ("mqtt",), most=4)  # type: ignore[attr-defined]

    store.call(bound, WAIT_S)
    store_incidents(store, *range(1, 6))
    dropped = [re.search(r"messages dropped: (\d+)$", notice) for notice in store.take_notices()]
    assert sum(int(found[1]) for found in dropped if found is not None) == 6  # in one notice or more
    with subscribed(broker) as subscriber, sending(store, broker.settings(), clock):
        messages = subscriber.incidents(4)
    assert types(messages) == 2 * NEW_AND_END and [message["number"] for message in messages] == [4, 4, 5, 5]


def test_two_monitors_at_one_broker_stay_apart(broker: Broker, tmp_path: Path) -> None:
    with subscribed(broker) as subscriber:
        for name in ("car-7", "car-8"):
            one, clock = Store(tmp_path / name, destinations=("mqtt",)), SenderClock()
            store_incidents(one, 1)
            with sending(one, broker.settings(name), clock) as sender:
                clock.until_idle(sender)
            assert one.close(WAIT_S)
            for kind in NEW_AND_END:
                topic, content, _ = subscriber.take()
                assert topic == f"driver-monitor/{name}/incidents" and json.loads(content)["type"] == kind


def test_two_monitors_of_one_name_are_told(broker: Broker, store: Store, tmp_path: Path, clock: SenderClock) -> None:
    other, others_clock = Store(tmp_path / "other", destinations=("mqtt",)), SenderClock()
    with sending(store, broker.settings(), clock) as first:
        clock.until_idle(first)
        with sending(other, broker.settings(), others_clock) as second:
            clock.advance(clock.until_failed(first))
            others_clock.advance(others_clock.until_failed(second))
            clock.until_failed(first, "the connection to the broker was lost")
            assert first.problem is not None and "does another monitor connect as car-7?" in first.problem
    assert other.close(WAIT_S)


def test_a_wrong_password_is_said_without_it(
    start_broker: Callable[..., Broker], tmp_path: Path, store: Store, clock: SenderClock
) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("car:right\n", encoding="utf-8")
    assert MOSQUITTO is not None
    tool = Path(MOSQUITTO).with_name("mosquitto_passwd")
    tool = tool if tool.exists() else Path("/usr/bin/mosquitto_passwd")
    subprocess.run([tool, "-U", passwords], check=True)
    broker = start_broker(f"password_file {passwords}")
    store_incidents(store, 1)
    with sending(store, broker.settings(user="car", password="guessed"), clock) as sender:
        clock.until_failed(sender)
        assert sender.problem is not None and "the broker refuses: Not authorized" in sender.problem
        assert "guessed" not in sender.problem and sender.state().messages == 2
    right = SenderClock()
    with sending(store, broker.settings(user="car", password="right"), right) as sender:
        right.until_idle(sender)


def test_a_topic_that_may_not_be_written_keeps_its_messages(
    start_broker: Callable[..., Broker], tmp_path: Path, store: Store, clock: SenderClock
) -> None:
    (tmp_path / "acl").write_text("topic read #\n", encoding="utf-8")
    broker = start_broker(f"acl_file {tmp_path / 'acl'}")
    store_incidents(store, 1)
    with sending(store, broker.settings(), clock) as sender:
        clock.until_failed(sender)
        assert sender.problem is not None and "refuses what is sent to driver-monitor/car-7/incidents" in sender.problem
        assert sender.state().messages == 2


@pytest.mark.parametrize("limit", ["message_size_limit 4000", "max_packet_size 4000"])
def test_a_message_that_the_broker_never_takes_is_given_up_and_the_rest_goes_on(
    limit: str, start_broker: Callable[..., Broker], store: Store, clock: SenderClock
) -> None:
    broker = start_broker(limit)
    uid = store_incidents(store, 1)
    huge = json.dumps({"type": "update", "id": uid, "note": 5000 * "x"})
    store.call(lambda database: database.outbox.put(uid, "end", huge, store.clock.now()), WAIT_S)
    store_incidents(store, 2)
    with subscribed(broker) as subscriber, sending(store, broker.settings(), clock) as sender:
        messages = subscriber.incidents(2)
        for _ in range(2):
            clock.advance(clock.until_failed(sender))
        messages += subscriber.incidents(2)
        clock.until_idle(sender)
        (notice,) = sender.take_notices()
    assert "is given up after 3 tries" in notice and types(messages) == 2 * NEW_AND_END
    assert [fault.kind for fault in store.call(lambda database: database.faults(), WAIT_S)] == ["message"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those of two authorities."""
    folder = tmp_path_factory.mktemp("certificates")
    authority(folder, "fleet")
    authority(folder, "other")
    return folder


def tls_broker(start_broker: Callable[..., Broker], certificates: Path) -> Broker:
    return start_broker(
        f"cafile {certificates / 'fleet-ca.pem'}",
        f"certfile {certificates / 'fleet-server.pem'}",
        f"keyfile {certificates / 'fleet-server.key'}",
        "require_certificate true",
    )


def tls_settings(folder: Path, certificates: Path, port: int, ca: str, client: str | None) -> MqttSettings:
    lines = ["[mqtt]", f'address = "mqtts://127.0.0.1:{port}"', f'ca_file = "{certificates / ca}-ca.pem"']
    if client is not None:
        lines += [
            f'certificate_file = "{certificates / client}-client.pem"',
            f'key_file = "{certificates / client}-client.key"',
        ]
    file = folder / "messages.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = read_message_settings(file).mqtt
    assert settings is not None
    return settings


def test_an_encrypted_broker_that_asks_for_a_certificate_is_served(
    start_broker: Callable[..., Broker], tmp_path: Path, certificates: Path, store: Store, clock: SenderClock
) -> None:
    broker = tls_broker(start_broker, certificates)
    listener = ssl.create_default_context(cafile=certificates / "fleet-ca.pem")
    listener.load_cert_chain(certificates / "fleet-client.pem", certificates / "fleet-client.key")
    subscriber = Subscriber(broker.port, tls=listener)
    store_incidents(store, 1)
    settings = tls_settings(tmp_path, certificates, broker.port, "fleet", "fleet")
    with sending(store, settings, clock):
        assert types(subscriber.incidents(2)) == NEW_AND_END
    subscriber.close()


@pytest.mark.parametrize(
    ("ca", "client", "said"),
    [
        ("other", "fleet", "the certificate cannot be trusted"),
        ("fleet", "other", ""),  # TLS versions differ in how a server refuses
        ("fleet", None, ""),
    ],
)
def test_a_wrong_certificate_on_either_side_sends_nothing(
    ca: str,
    client: str | None,
    said: str,
    start_broker: Callable[..., Broker],
    tmp_path: Path,
    certificates: Path,
    store: Store,
    clock: SenderClock,
) -> None:
    broker = tls_broker(start_broker, certificates)
    store_incidents(store, 1)
    with sending(store, tls_settings(tmp_path, certificates, broker.port, ca, client), clock) as sender:
        clock.until_failed(sender)
        assert sender.problem is not None and said in sender.problem
        assert sender.state().messages == 2


def test_home_assistant_finds_the_device_and_gets_its_state_when_it_starts(
    broker: Broker, store: Store, clock: SenderClock
) -> None:
    settings = broker.settings(discovery_prefix="homeassistant")
    with sending(store, settings, clock, DriveState()) as sender:
        clock.until_idle(sender)
        with subscribed(broker) as home:
            topic, _content, retained = home.take()
            assert topic.startswith("homeassistant/device/") or topic == "driver-monitor/car-7/availability"
            home.publish("homeassistant/status", "online")
            state = json.loads(home.until("driver-monitor/car-7/state"))
            assert state["watching"] is False and state["alert"] is False and retained
    with subscribed(broker) as later:  # what is retained: the device, and that it is offline; no state
        found = {topic: content for topic, content, _ in (later.take(), later.take())}
        assert found["driver-monitor/car-7/availability"] == b"offline"
        assert "homeassistant/device/driver-monitor-car-7/config" in found


def test_a_device_that_is_switched_off_leaves_home_assistant(broker: Broker, store: Store, clock: SenderClock) -> None:
    with sending(store, broker.settings(discovery_prefix="homeassistant"), clock, DriveState()) as sender:
        clock.until_idle(sender)
    for _ in range(2):  # the second time there is nothing left to take away
        settings = broker.settings(discovery_prefix="homeassistant", removes_device=True)
        with subscribed(broker) as home, sending(store, settings, clock, DriveState()) as sender:
            clock.until_idle(sender)
            home.until("homeassistant/device/driver-monitor-car-7/config", "")
    with subscribed(broker) as later:
        topic, content, retained = later.take()
        assert (topic, content, retained) == ("driver-monitor/car-7/availability", b"offline", True)


@pytest.mark.parametrize("limit", ["acl_file {}", "message_size_limit 2000", "max_packet_size 2000"])
def test_a_broker_that_does_not_take_the_device_gets_the_incidents(
    limit: str, start_broker: Callable[..., Broker], tmp_path: Path, store: Store, clock: SenderClock
) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic read #\ntopic write driver-monitor/#\n", encoding="utf-8")
    broker = start_broker(limit.format(acl))
    store_incidents(store, 1)
    settings = broker.settings(discovery_prefix="homeassistant")
    with subscribed(broker) as subscriber, sending(store, settings, clock, DriveState()) as sender:
        clock.until_idle(sender)
        assert types(subscriber.incidents(2)) == NEW_AND_END
        (notice,) = sender.take_notices()
        assert "Home Assistant does not hear of the device until the next start: the " in notice


class OldBroker:
    """A broker that knows MQTT 3.1.1 alone, and takes everything. It answers another version, or just hangs up.

    With a `refusal` it knows MQTT 5, and that is its answer to every message.

    Attributes:
        versions: those that clients asked for, in order.
    """

    def __init__(self, *, answers: bool, refusal: int | None = None) -> None:
        self.versions: list[int] = []
        self._refusal = refusal
        self._answers, self._listener = answers, socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client, client.makefile("rb") as file:
                    self._talk(client, file)

    def _talk(self, client: socket.socket, file: BinaryIO) -> None:
        while kind := file.read(1):
            size, shift = 0, 0
            while True:
                (byte,) = file.read(1)
                size, shift = size | (byte & 0x7F) << shift, shift + 7
                if byte < 0x80:
                    break
            packet = file.read(size)
            match kind[0] >> 4:
                case 1:  # CONNECT: the version follows the name MQTT
                    self.versions.append(packet[6])
                    if self._refusal is not None:
                        client.sendall(bytes([0x20, 3, 0, 0, 0]))
                        continue
                    if packet[6] != 4:
                        if self._answers:
                            client.sendall(bytes([0x20, 2, 0, 1]))
                        return
                    client.sendall(bytes([0x20, 2, 0, 0]))
                case 3:  # PUBLISH at QoS 1: its number follows the topic
                    length = int.from_bytes(packet[:2], "big")
                    number = packet[2 + length : 4 + length]
                    if self._refusal is not None:
                        client.sendall(bytes([0x40, 3]) + number + bytes([self._refusal]))
                    else:
                        client.sendall(bytes([0x40, 2]) + number)
                case _:
                    pass


@pytest.mark.parametrize("answers", [True, False])
def test_a_broker_that_knows_no_mqtt_5_is_spoken_to_in_3_1_1(answers: bool, store: Store, clock: SenderClock) -> None:
    broker = OldBroker(answers=answers)
    store_incidents(store, 1)
    settings = MqttSettings("127.0.0.1", broker.port, None, "car-7", "", None, "driver-monitor/car-7")
    with sending(store, settings, clock) as sender:
        clock.advance(clock.until_failed(sender))
        clock.until_idle(sender)
    broker.close()
    assert broker.versions == [5, 4]


def test_a_topic_that_the_broker_holds_to_be_invalid_keeps_its_messages(store: Store, clock: SenderClock) -> None:
    broker = OldBroker(answers=True, refusal=0x90)
    store_incidents(store, 1)
    settings = MqttSettings("127.0.0.1", broker.port, None, "car-7", "", None, "driver-monitor/car-7")
    with sending(store, settings, clock) as sender:
        for _ in range(5):
            clock.advance(clock.until_failed(sender, "refuses what is sent to"))
        clock.until_failed(sender)
        assert not sender.take_notices() and sender.state().messages == 2
    broker.close()
