"""What a service manager such as systemd is told: ready, still at work, how it is, stopping (sd_notify)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

from engines.notice import NoticeText
from monitor.alerts.events import EventKind
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemHealth
from monitor.live.pipeline import FrameResult, StatusUpdate
from monitor.live.session import (
    AlertChanged,
    Ended,
    Failed,
    Loaded,
    Opened,
    SessionEvent,
    SystemChanged,
)

_ADDRESS = "NOTIFY_SOCKET"
_ALIVE = "WATCHDOG=1"
_WAIT_S = 0.2


class ServiceListener:
    """Tells it over a socket. What it does not take at once is gone.

    The watchdog is fed by each classified frame, and, while the camera is known to be missing, by the loop that looks
    for it: a monitor that hangs is started again.
    """

    name = NoticeText("the service manager")

    def __init__(self, address: str) -> None:
        """Prepare; an address that begins with ``@`` is an abstract one."""
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._source, self._health = "", Health.OK
        self._system = SystemHealth()

    @classmethod
    def from_environment(cls) -> ServiceListener | None:
        """For the manager that has started this process; None without one. Its children are not told of it."""
        address = os.environ.pop(_ADDRESS, None)
        return cls(address) if address and hasattr(socket, "AF_UNIX") else None

    def on_event(self, event: SessionEvent) -> None:
        match event:
            case Loaded():
                self._send("READY=1", "STATUS=opening the source")
            case FrameResult():
                self._send(_ALIVE)
            case StatusUpdate(looking_for_camera=True):
                self._send(_ALIVE)
            case Opened():
                self._source = event.source
                self._send(self._status())
            case AlertChanged(change) if change.kind in (EventKind.FAULT, EventKind.RECOVERED):
                self._health = change.health
                self._send(self._status())
            case SystemChanged(condition):
                problem = condition.text if condition.until_s is None else None
                self._system.update(condition.fault, problem, condition.since_s, condition.subject)
                self._send(self._status())
            case Failed():
                self._send(f"STATUS={_one_line(str(event.error))}")
            case Ended():
                self._send("STOPPING=1")
            case _:
                pass

    def _status(self) -> str:
        health = f"watching {self._source}" if self._health is Health.OK else self._health.text
        return f"STATUS={_one_line('; '.join((health, *(fault.text for fault in self._system.active))))}"

    def _send(self, *lines: str) -> None:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            # The next frame feeds the watchdog, too; all else is said once.
            sender.settimeout(0.0 if lines == (_ALIVE,) else _WAIT_S)
            sender.sendto("\n".join(lines).encode("utf-8", "backslashreplace"), self._address)


def _one_line(text: str) -> str:
    """What would begin a line of its own would be an order of its own."""
    return " ".join(text.split())
