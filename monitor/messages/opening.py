"""Everything that leaves the machine about drives, from what a command line says to what a drive's listeners are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from engines.errors import UserError
from monitor.health.system_health import SystemFault
from monitor.journal.store.writer import Store
from monitor.live.clock import MONOTONIC, Clock
from monitor.live.session import Listener, SessionEvent
from monitor.messages.drive_state import DriveState
from monitor.messages.metrics import Metrics, PortListener
from monitor.messages.mqtt import MqttReceiver
from monitor.messages.receiver import Receiver, RefusedError, UnreachableError
from monitor.messages.sender import Sender, waiting_text
from monitor.messages.settings import MessageSettings
from monitor.messages.webhook import WebhookReceiver

_CLOSING_S = 5.0
"""So long what waits may take to be sent when the program ends."""


class Messages:
    """What is sent of drives, and what can be asked of them, for as long as the program runs."""

    def __init__(
        self,
        store: Store | None,
        settings: MessageSettings,
        *,
        metrics_at: tuple[str, int] | None = None,
        clock: Clock = MONOTONIC,
    ) -> None:
        """Begin to send what waits, and to listen.

        Args:
            store: whose outbox has the destinations of `settings`; not needed without any.
            settings: to whom incidents are sent.
            metrics_at: host and port to be asked for figures at; None where nobody is to ask.
            clock: of the senders.

        Raises:
            UserError: when a library is missing.
        """
        self._store, self._settings = store, settings
        self._state = DriveState() if settings.mqtt is not None else None
        self._metrics: Metrics | None = None
        self.senders: list[Sender] = []
        if store is not None:
            self.senders = [Sender(store, one, clock=clock) for one in receivers(settings, self._state)]
        for sender in self.senders:
            if self._state is not None and sender.destination == MqttReceiver.destination:
                self._state.watch(sender.wake)
        if metrics_at is not None:
            self._metrics = Metrics(*metrics_at, store)
        for sender in self.senders:
            sender.start()

    @property
    def notices(self) -> tuple[str, ...]:
        """What is to be said when a drive begins, one line each."""
        return self._settings.notices

    @property
    def lines(self) -> list[str]:
        """What is sent where, for people."""
        lines = [f"incidents are sent to {sender.name}" for sender in self.senders]
        if self._metrics is not None:
            lines.append(f"metrics: {self._metrics.problem or f'http://{self._metrics.address}/metrics'}")
        return lines

    def listeners(self, armed: Callable[[], bool] = lambda: True) -> list[Listener]:
        """What a drive is to tell of itself; new ones for each drive. `armed` says whether its alerts are on."""
        metrics = self._metrics
        return [
            *([self._state.armed_by(armed)] if self._state is not None else []),
            *([metrics.armed_by(armed)] if metrics is not None else []),
            *([PortListener(metrics)] if metrics is not None else []),
            *(SenderListener(sender) for sender in self.senders),
        ]

    def close(self) -> None:
        """Send what can be sent at once, and say on stderr what waits."""
        for sender in self.senders:
            sender.close(_CLOSING_S)
        for sender in self.senders:
            with suppress(UserError, OSError):
                state = sender.state()
                if state.messages:
                    why = sender.problem or "not all was sent in time"
                    later = "they are sent at the next start, or by driver-monitor-store send"
                    print(f"warning: {sender.name}: {why}; messages left: {state.messages} ({later})", file=sys.stderr)
        if self._metrics is not None:
            self._metrics.close()


class SenderListener:
    """Says what is wrong with a sender, as a fault of the drive that goes on."""

    fault = SystemFault.MESSAGES
    says_changes = True

    def __init__(self, sender: Sender) -> None:
        self.name, self._sender = sender.name, sender
        self.take_notices: Callable[[], Sequence[str]] = sender.take_notices

    def on_event(self, event: SessionEvent) -> None:
        """Raises `UserError` while nothing can be sent."""
        if self._sender.problem is not None:
            raise UserError(self._sender.problem)


def receivers(settings: MessageSettings, state: DriveState | None) -> list[Receiver]:
    """Those that the settings name. Raises `UserError` when a library is missing."""
    found: list[Receiver] = []
    if settings.mqtt is not None:
        found.append(MqttReceiver(settings.mqtt, state))
    if settings.webhook is not None:
        found.append(WebhookReceiver(settings.webhook))
    return found


def send_all(store: Store, settings: MessageSettings, write_line: Callable[[str], object]) -> bool:
    """Send what waits in a store, here and now, and say what became of it; whether all was taken."""
    done = True
    for receiver in receivers(settings, None):
        sender = Sender(store, receiver)
        waiting = sender.state().messages
        try:
            while True:
                try:
                    sender.send_all()
                    break
                except RefusedError:  # its tries are counted, and then it is given up
                    continue
            write_line(f"{sender.name}: {_became(sender, waiting - sender.state().messages)}")
        except UnreachableError as error:
            state, done = sender.state(), False
            became = _became(sender, waiting - state.messages)
            write_line(f"{sender.name}: {became}; {error.problem}; {waiting_text(state)}")
        finally:
            done = done and not sender.given_up
            for notice in sender.take_notices():
                write_line(notice)
            sender.close(_CLOSING_S)
    return done


def _became(sender: Sender, gone: int) -> str:
    """What became of the messages that have left the outbox."""
    sent = f"{gone - sender.given_up} messages sent"
    return f"{sent}, {sender.given_up} given up" if sender.given_up else sent
