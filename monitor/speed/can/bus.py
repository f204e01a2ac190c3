"""The speed on a CAN bus, as it comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engines.errors import UserError
from engines.notice import NoticeText
from monitor.speed.can.speed_signal import SpeedSignal
from monitor.speed.source import SpeedSource

if TYPE_CHECKING:
    import can

_RETRY_S = 0.5


class CanSpeed(SpeedSource):
    """The current speed, read in a thread of its own. A bus that fails is tried again until `close`.

    In J1939 several may send the speed: one is listened to until it is lost, the DBC file's own before any other.
    """

    live = True

    def __init__(
        self,
        interface: str,
        channel: str,
        signal: SpeedSignal,
        lost_after_s: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the bus. Raises `UserError` when it cannot be.

        Args:
            interface, channel: of the bus, as python-can names them.
            signal: the speed.
            lost_after_s: seconds after which a speed is too old.
            now: the clock that a speed grows old by.
        """
        super().__init__()
        self.name = f"{signal} on {channel}"
        self._interface, self._channel, self._signal = interface, channel, signal
        self._lost_after_s, self._now = lost_after_s, now
        self._latest: tuple[float, float] | None = None
        self._address: int | None = None
        self._reported_address: int | None = None
        self._stop = threading.Event()
        try:
            self._bus: can.BusABC | None = self._open()
        except Exception as error:  # every interface has errors of its own
            raise UserError(
                f"cannot open the CAN bus {channel} ({interface}): {error}; a SocketCAN device must be up: "
                f"ip link set {channel} up"
            ) from error
        self._thread = threading.Thread(target=self._read, name="monitor can", daemon=True)
        self._thread.start()

    def value_at(self, time_s: float) -> float | None:
        """The latest speed, whatever the time asked for; None when it is too old."""
        latest = self._latest
        return latest[1] if latest is not None and self._now() - latest[0] <= self._lost_after_s else None

    def at(self, time_s: float) -> float | None:
        value = super().at(time_s)
        address = self._address
        if address is not None and address != self._reported_address:
            self._reported_address = address
            self._notices.append(
                NoticeText(
                    "the speed comes from the J1939 address {address}: {name}",
                    address=f"0x{address:02x}",
                    name=self.name,
                )
            )
        return value

    def close(self) -> None:
        self._stop.set()
        self._thread.join(0.5)

    def _open(self) -> can.BusABC:
        import can

        options: dict[str, Any] = {"fd": True} if self._signal.is_fd else {}
        return can.Bus(interface=self._interface, channel=self._channel, can_filters=self._signal.filters, **options)

    def _read(self) -> None:
        while not self._stop.is_set():
            try:
                if self._bus is None:
                    self._bus = self._open()
                frame = self._bus.recv(timeout=0.2)
            except Exception:  # a device that went away; what every interface raises differs
                self._close_bus()
                self._stop.wait(_RETRY_S)
                continue
            kmh = self._signal.decode(frame) if frame is not None else None
            if frame is not None and kmh is not None and self._is_from_sender(frame):
                self._latest = (self._now(), kmh)
        self._close_bus()

    def _is_from_sender(self, frame: can.Message) -> bool:
        """Whether a frame comes from who is listened to; who was lost is replaced."""
        address = self._signal.address(frame)
        if address != self._address:
            if address != self._signal.own_address and self._latest is not None and self.value_at(0.0) is not None:
                return False
            self._address = address
        return True

    def _close_bus(self) -> None:
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.shutdown()
