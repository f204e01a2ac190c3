"""An MQTT broker: incidents at QoS 1, whether the monitor is there, its state, and its device in Home Assistant.

Topics, below the one that the settings name: `incidents` (not retained), `availability` (retained ``online`` or
``offline``, the latter also as the will), `state` (not retained).
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from engines.errors import UserError, reason
from engines.files.printable import as_json
from engines.notice import NoticeText
from monitor.live.clock import MONOTONIC, Clock
from monitor.messages.drive_state import DriveState
from monitor.messages.home_assistant import discovery
from monitor.messages.receiver import RefusedError, UnreachableError
from monitor.messages.settings import MqttSettings

try:
    import paho.mqtt.client as paho
    from paho.mqtt.enums import CallbackAPIVersion
except ImportError:  # an extra; `MqttReceiver` says so
    paho = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

ONLINE, OFFLINE = "online", "offline"

STATE_EVERY_S, _STATE_CHANGES_S = 30.0, 1.0
"""How often the state is published, and how often at most while it changes."""

_KEEPALIVE_S = 30
"""The broker says that the monitor is offline after half as long again."""

_ANSWER_S = 30.0
_GOODBYE_S = 2.0

_MOST_BYTES = 256 << 20
"""Of MQTT, where the broker says no less."""

_OVERHEAD = 16
"""What a packet has beside topic and content, at most."""

_TAKEN_OVER = 0x8E
_PROTOCOL = 0x84
_REFUSED = (0x81, 0x82, 0x95, 0x99)
"""A packet, a size or a format that the broker does not take, now or later.

Brokers say so in their answer to a message, or end the connection instead of one.
"""

_SHORT_S = 60.0
"""A connection that was lost sooner, twice in a row, was taken by another monitor of the same name, or so it seems."""


class MqttReceiver:
    """One broker. MQTT 5, or 3.1.1 with a broker that knows no other.

    Each connection is a new one for the client, too: what waits lies in the outbox alone.
    """

    destination = "mqtt"
    tries = 3

    def __init__(
        self,
        settings: MqttSettings,
        state: DriveState | None = None,
        *,
        wake: Callable[[], object] = lambda: None,
        clock: Clock = MONOTONIC,
        answer_s: float = _ANSWER_S,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            settings: the broker, and what is sent there.
            state: of the drive, which is published; without one only incidents are, as for a while.
            wake: called, in another thread, when there may be something to do.
            clock: of the state's times.
            answer_s: how long the broker may take to answer.

        Raises:
            UserError: when the library for MQTT is not installed.
        """
        if paho is None:
            raise UserError("MQTT needs one more package: install the extra 'messages' (uv sync --extra messages)")
        self.name, self.thumbnails = settings.receiver, settings.thumbnails
        self._settings, self._state, self._clock, self._answer_s = settings, state, clock, answer_s
        self.wake = wake
        self._connection: _Connection | None = None
        self._protocol = paho.MQTTv5
        self._published: str | None = None
        self._published_s = self._opened_s = 0.0
        self._short_ones = 0
        self._discovery_is_refused = False
        self._notices: list[NoticeText] = []

    def topic(self, name: str) -> str:
        """One of the monitor's topics."""
        return f"{self._settings.topic}/{name}"

    def connect(self) -> None:
        if self._connection is not None:
            if (problem := self._connection.problem) is None:
                return
            self._drop()
            raise UnreachableError(self._with_doubt(problem))
        connection = _Connection(self._settings, self._protocol, self.wake, self._will(), self._answer_s)
        try:
            connection.open()
            self._connection, self._opened_s = connection, self._clock.now()
            self._introduce(connection)
        except UnreachableError:
            if connection.wants_other_protocol:
                self._protocol = paho.MQTTv311 if self._protocol == paho.MQTTv5 else paho.MQTTv5
            connection.close(by_will=True)
            self._connection = None
            raise

    def send(self, content: str, key: str) -> None:
        assert self._connection is not None  # `connect` came first
        try:
            self._connection.publish(self.topic("incidents"), content)
        except UnreachableError as error:
            if not isinstance(error, RefusedError) or self._connection.problem is not None:
                self._drop()
            raise

    def take_notices(self) -> list[NoticeText]:
        notices, self._notices = self._notices, []
        return notices

    def rest(self) -> float | None:
        if self._state is None or self._connection is None or self._connection.problem is not None:
            return None
        now_s, content = self._clock.now(), as_json(self._state.as_dict())
        asked = self._connection.take_asked()
        since_s = now_s - self._published_s
        fresh = self._published is not None and since_s < STATE_EVERY_S and not asked
        if fresh and (content == self._published or since_s < _STATE_CHANGES_S):
            return (STATE_EVERY_S if content == self._published else _STATE_CHANGES_S) - since_s
        if self._connection.publish_state(self.topic("state"), content):
            self._published, self._published_s = content, now_s
        return STATE_EVERY_S

    def close(self) -> None:
        is_said = False
        if self._connection is not None and self._connection.problem is None and self._state is not None:
            with suppress(UnreachableError):
                self._connection.publish(self.topic("availability"), OFFLINE, retain=True, wait_s=_GOODBYE_S)
                is_said = True
        self._drop(offline_is_said=is_said)

    def _drop(self, *, offline_is_said: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(by_will=not offline_is_said)

    def _with_doubt(self, problem: NoticeText) -> NoticeText:
        """Why a connection was lost; not all brokers say that another client has taken it."""
        lasted_s = self._clock.now() - self._opened_s
        self._short_ones = self._short_ones + 1 if lasted_s < _SHORT_S else 0
        if self._short_ones < 2:
            return problem
        return NoticeText(
            "{problem}; does another monitor connect as {name}? Each needs a name of its own, in its message settings",
            problem=problem,
            name=self._settings.name,
        )

    def _will(self) -> str | None:
        return self.topic("availability") if self._state is not None else None

    def _introduce(self, connection: _Connection) -> None:
        if self._state is None:
            return
        prefix = self._settings.discovery_prefix
        if prefix is not None and not self._discovery_is_refused:
            self._tell_home_assistant(connection, prefix)
        connection.publish(self.topic("availability"), ONLINE, retain=True)
        self._published = None

    def _tell_home_assistant(self, connection: _Connection, prefix: str) -> None:
        """Publish the device, or that there is none. A broker that does not take it costs no incident."""
        topic, content = discovery(self._settings.topic, self._settings.name, prefix)
        try:
            # An empty one takes the device away that an earlier start has left there.
            connection.publish(topic, "" if self._settings.removes_device else as_json(content), retain=True)
        except UnreachableError as error:
            if connection.problem is not None and not isinstance(error, RefusedError):
                raise
            self._discovery_is_refused = True
            text = NoticeText(
                "{receiver}: Home Assistant does not hear of the device until the next start: {problem}",
                receiver=self.name,
                problem=error.problem,
            )
            self._notices.append(text)
            if connection.problem is not None:  # the next one goes without it
                raise
        else:
            if not self._settings.removes_device:
                connection.listen(f"{prefix}/status")


class _Connection:
    """One connection from its beginning to its end; paho runs it in a thread of its own."""

    def __init__(
        self,
        settings: MqttSettings,
        protocol: Any,
        wake: Callable[[], object],
        will: str | None,
        answer_s: float,
    ) -> None:
        self._settings, self._wake, self._answer_s = settings, wake, answer_s
        self._changed = threading.Condition()
        self._connack: ReasonCode | None = None
        self._answers: dict[int, ReasonCode] = {}
        self._problem: NoticeText | None = None
        self._ended_by = 0
        self._most_bytes = _MOST_BYTES
        self._asked = self._closing = False
        self._state: paho.MQTTMessageInfo | None = None
        self.wants_other_protocol = False
        self._has_will = will is not None
        client = self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"driver-monitor-{settings.name}",
            clean_session=None if protocol == paho.MQTTv5 else True,
            protocol=protocol,
            reconnect_on_failure=False,
        )
        client.connect_timeout = answer_s
        if settings.user:
            client.username_pw_set(settings.user, settings.password)
        if settings.tls is not None:
            settings.tls.sslsocket_class = _ClosingSocket
            client.tls_set_context(settings.tls)
        if will is not None:
            client.will_set(will, OFFLINE, qos=1, retain=True)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_publish, client.on_message = self._on_publish, self._on_message

    @property
    def problem(self) -> NoticeText | None:
        """Why it has ended; None while it is open."""
        return self._problem

    def open(self) -> None:
        """Connect, and wait until the broker has agreed. Raises `UnreachableError`."""
        try:
            self._client.connect(self._settings.host, self._settings.port, _KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise UnreachableError(_why(error)) from error
        self._client.loop_start()
        with self._changed:
            self._changed.wait_for(lambda: self._connack is not None or self._problem is not None, self._answer_s)
            connack, problem = self._connack, self._problem
        if connack is None:
            # A broker that knows no MQTT 5 may end the connection without a word.
            self.wants_other_protocol = problem is not None
            raise UnreachableError(
                NoticeText("the broker does not answer")
                if problem is None
                else NoticeText("the broker ended the connection at once: does it ask for TLS, or for a certificate?")
            )
        if connack.is_failure:
            self.wants_other_protocol = connack.value == _PROTOCOL
            raise UnreachableError(NoticeText("the broker refuses: {what}", what=str(connack)))

    def publish(self, topic: str, content: str, *, retain: bool = False, wait_s: float | None = None) -> None:
        """Publish at QoS 1, and wait for the broker's PUBACK. Raises `UnreachableError`."""
        if len(content.encode("utf-8")) + len(topic) + _OVERHEAD > self._most_bytes:
            size = NoticeText("the broker takes messages of {most} bytes at most", most=self._most_bytes)
            raise RefusedError(size)
        try:
            mid = self._client.publish(topic, content, qos=1, retain=retain).mid
        except ValueError as error:
            raise RefusedError(NoticeText("the message is too large for MQTT")) from error
        with self._changed:
            self._changed.wait_for(
                lambda: mid in self._answers or self._problem is not None, self._answer_s if wait_s is None else wait_s
            )
            answer, problem = self._answers.pop(mid, None), self._problem
        if answer is None and problem is not None and self._ended_by in _REFUSED:
            raise RefusedError(problem)
        if answer is None:
            raise UnreachableError(problem or NoticeText("the broker does not answer"))
        if answer.is_failure:
            kind = RefusedError if answer.value in _REFUSED else UnreachableError
            raise kind(NoticeText("the broker refuses what is sent to {topic}: {what}", topic=topic, what=str(answer)))

    def publish_state(self, topic: str, content: str) -> bool:
        """Publish at QoS 0, unless the one before has not even left; whether it is on its way."""
        if self._state is not None:
            with suppress(ValueError, RuntimeError):
                if not self._state.is_published():
                    return False
            with self._changed:
                self._answers.pop(self._state.mid, None)
        self._state = self._client.publish(topic, content, qos=0)
        return True

    def listen(self, topic: str) -> None:
        """Have `take_asked` say when a message has come."""
        self._client.subscribe(topic)

    def take_asked(self) -> bool:
        """Whether somebody has asked for the state since the last call."""
        asked, self._asked = self._asked, False
        return asked

    def close(self, *, by_will: bool) -> None:
        """End it; `by_will` as if it were lost, so that the broker publishes the will, where there is one."""
        self._closing = True
        connected = self._client.socket()
        if by_will and self._has_will and isinstance(connected, socket.socket):
            with suppress(OSError):  # it is lost
                socket.socket.shutdown(connected, socket.SHUT_RDWR)  # without what TLS does to it meanwhile
        else:
            self._client.disconnect()
        self._client.loop_stop()
        # Else the two hold each other, and paho's own sockets are only closed when garbage is collected.
        client = self._client
        client.on_connect = client.on_disconnect = client.on_publish = client.on_message = None

    # What follows runs in paho's thread.

    def _on_connect(
        self, client: object, userdata: object, flags: object, code: ReasonCode, properties: Properties | None
    ) -> None:
        with self._changed:
            self._most_bytes = getattr(properties, "MaximumPacketSize", _MOST_BYTES)
            self._connack = code
            self._changed.notify_all()

    def _on_disconnect(
        self, client: object, userdata: object, flags: object, code: ReasonCode, properties: Properties | None
    ) -> None:
        if code.value == _TAKEN_OVER:
            problem = NoticeText(
                "another monitor has connected as {name}: give each one a name of its own, in its message settings",
                name=self._settings.name,
            )
        else:
            problem = NoticeText("the connection to the broker was lost ({what})", what=str(code))
        with self._changed:
            self._problem, self._ended_by = problem, code.value
            self._changed.notify_all()
        if not self._closing:
            self._wake()

    def _on_publish(
        self, client: object, userdata: object, mid: int, code: ReasonCode, properties: Properties | None
    ) -> None:
        with self._changed:
            self._answers[mid] = code
            self._changed.notify_all()

    def _on_message(self, client: object, userdata: object, message: paho.MQTTMessage) -> None:
        if message.payload == ONLINE.encode():
            self._asked = True
            self._wake()


class _ClosingSocket(ssl.SSLSocket):
    """Paho leaves one open where the handshake fails."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def _why(error: Exception) -> NoticeText:
    """Why no connection comes about."""
    match error:
        case ssl.SSLCertVerificationError():
            return NoticeText("the certificate cannot be trusted: {what}", what=error.verify_message)
        case ssl.SSLError():
            return NoticeText("no encrypted connection comes about: {what}", what=error.reason or str(error))
        case socket.gaierror():
            return NoticeText("there is no such host, or no network")
        case TimeoutError():
            return NoticeText("it does not answer")
        case _:
            return NoticeText("it cannot be reached: {what}", what=reason(error))
