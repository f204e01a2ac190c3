"""A real broker, Debian's mosquitto, and who listens there; a clock that shows when a sender waits."""

from __future__ import annotations

import json
import os
import queue
import shutil
import socket
import subprocess
import threading
from datetime import datetime, timedelta, timezone
from itertools import chain
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from monitor.journal.store.writer import Store
from monitor.messages.sender import Sender
from monitor.messages.settings import MqttSettings
from tests.monitor.fakes import FakeClock
from tests.monitor.journal.store.stories import drive, incident

WAIT_S = 60.0
"""So long a busy machine may take for anything."""

MOSQUITTO = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")

needs_broker = pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto is installed: apt-get install mosquitto")


def free_port() -> int:
    """A port that nobody listens at, now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """mosquitto on a free port, which it keeps when it is started again.

    Attributes:
        port: where it listens.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        self.port, self._folder, self._settings = 0, folder, settings
        self._process: subprocess.Popen[str] | None = None
        self._changed = threading.Condition()
        self._lines: list[str] = []

    def start(self) -> None:
        """Have it listen; returns once it does."""
        assert MOSQUITTO is not None
        for _ in range(20):
            port = self.port or free_port()
            settings = [f"listener {port} 127.0.0.1", "log_dest stderr", "log_type all", *self._settings]
            if hasattr(os, "geteuid") and os.geteuid() == 0:
                settings.append("user root")  # else it reads its files as another user, who may not
            if not any(line.startswith(("allow_anonymous", "password_file")) for line in self._settings):
                settings.append("allow_anonymous true")
            file = self._folder / "mosquitto.conf"
            file.write_text("\n".join(settings) + "\n", encoding="utf-8")
            self._lines.clear()
            self._process = subprocess.Popen(
                [MOSQUITTO, "-c", str(file)], stderr=subprocess.PIPE, text=True, cwd=self._folder
            )
            threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
            if self.wait_for(" running", "Address already in use"):
                self.port = port
                return
            self.stop()
        raise RuntimeError(f"mosquitto does not start: {self._lines}")

    def wait_for(self, *texts: str) -> bool:
        """Wait until it logs one of some texts; whether that was the first."""
        with self._changed:
            self._changed.wait_for(
                lambda: any(text in line for line in self._lines for text in (*texts, "<end>")), WAIT_S
            )
            return any(texts[0] in line for line in self._lines)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()  # it forgets a SIGTERM that comes as it starts
            self._process.wait(WAIT_S)
            self._process = None

    def settings(self, name: str = "car-7", **more: Any) -> MqttSettings:
        """How a monitor reaches it."""
        given = {"tls": None, "user": "", "password": None, "topic": f"driver-monitor/{name}", **more}
        return MqttSettings(host="127.0.0.1", port=self.port, name=name, **given)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in chain(process.stderr, ["<end>"]):
                with self._changed:
                    self._lines.append(line)
                    self._changed.notify_all()


class Subscriber:
    """Somebody at the broker who gets everything."""

    def __init__(self, port: int, *, topic: str = "#", tls: Any = None) -> None:
        self._messages: queue.Queue[tuple[str, bytes, bool]] = queue.Queue()
        self._ready = threading.Event()
        client = self._client = paho.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        if tls is not None:
            client.tls_set_context(tls)
        client.on_connect = lambda *_: client.subscribe(topic, qos=1)
        client.on_subscribe = lambda *_: self._ready.set()
        client.on_message = lambda _client, _data, message: self._messages.put(
            (message.topic, message.payload, message.retain)
        )
        client.connect("127.0.0.1", port)
        client.loop_start()
        assert self._ready.wait(WAIT_S)

    def take(self) -> tuple[str, bytes, bool]:
        """The next message: topic, content, whether it was retained."""
        return self._messages.get(timeout=WAIT_S)

    def incidents(self, count: int) -> list[dict[str, Any]]:
        """The next incidents' messages."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            topic, content, _ = self.take()
            if topic.endswith("/incidents"):
                found.append(json.loads(content))
        return found

    def until(self, topic: str, content: str | None = None) -> str:
        """The next message of a topic, or the next with this content."""
        while True:
            found, payload, _ = self.take()
            if found == topic and content in (None, payload.decode()):
                return payload.decode()

    def publish(self, topic: str, content: str) -> None:
        """Say something."""
        self._client.publish(topic, content, qos=1).wait_for_publish(WAIT_S)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()
        self._client.on_connect = self._client.on_subscribe = self._client.on_message = None  # they hold it


class SenderClock(FakeClock):
    """Time that passes when a test says so, and that shows when a sender waits."""

    def __init__(self) -> None:
        super().__init__()
        self._waits: queue.Queue[float] = queue.Queue()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        until_s = self.now() + seconds  # before it is told: a test may let that time pass at once
        if not event.is_set():
            self._waits.put(seconds)
        return self.wait_until(event, until_s)

    def next_wait(self) -> float:
        """For how long a sender waits now, seconds; of another wait at each call."""
        return self._waits.get(timeout=WAIT_S)

    def until_failed(self, sender: Sender, says: str = "") -> float:
        """Wait until a sender has failed, as it says; how long it waits before it tries again."""
        while True:
            seconds = self.next_wait()
            if sender.problem is not None and says in sender.problem:
                return seconds

    def until_idle(self, sender: Sender) -> None:
        """Let time pass until a sender has sent everything."""
        while True:
            seconds = self.next_wait()
            if sender.problem is None and not sender.state().messages:
                return
            self.advance(seconds)


class Proxy:
    """Between a client and the broker: hands on what the client says, and of the broker's words only the first."""

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._to, self.port = port, int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more clients."""
        self._listener.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._to)) as broker:
            threading.Thread(target=self._answer, args=(broker, client), daemon=True).start()
            while data := client.recv(65536):
                broker.sendall(data)

    def _answer(self, broker: socket.socket, client: socket.socket) -> None:
        client.sendall(broker.recv(65536))  # CONNACK; no PUBACK after it


def store_incidents(store: Store, *numbers: int) -> str:
    """Have a drive with incidents, each new and then ended, and so two messages each; the drive's id."""
    one = drive(store.clock.now())
    store.call(lambda database: database.begin_drive(one), WAIT_S)
    for number in numbers:
        for over in (False, True):
            shown = incident(number, over=over, start_s=10.0 * number)
            now = store.clock.now()
            store.put(
                (one.uid, number, over),
                lambda database, shown=shown, now=now: database.save_incident(one.uid, shown, now, now),
            )
    assert store.flush(WAIT_S)
    return one.uid


def authority(folder: Path, name: str) -> None:
    """Certificates: NAME-ca.pem, and by it NAME-server.pem for 127.0.0.1 and NAME-client.pem, with their .key files."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def make(
        what: str, issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None
    ) -> tuple[x509.Name, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} {what}")])
        signer, signing_key = issuer or (subject, key)
        now = datetime.now(timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(signer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
        )
        if issuer is None:
            usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        else:
            address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
            builder = builder.add_extension(address, critical=False)
        certificate = builder.sign(signing_key, hashes.SHA256())
        (folder / f"{name}-{what}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        file = folder / f"{name}-{what}.key"
        file.touch(mode=0o600)
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return subject, key

    ca = make("ca", None)
    make("server", ca)
    make("client", ca)
