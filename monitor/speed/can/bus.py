"""The car's speed from a CAN bus or a log of one: frames by python-can, their meaning from a DBC file by cantools."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.errors import UserError
from monitor.speed.recorded import RecordedSpeed
from monitor.speed.source import MAX_KMH, SpeedSource

if TYPE_CHECKING:
    import can
    from cantools.database.can import Message

LOG_SUFFIXES = (".asc", ".blf", ".csv", ".db", ".log", ".trc")
"""Logs that python-can reads without further packages."""

_KMH_PER_UNIT = {"km/h": 1.0, "kmh": 1.0, "kph": 1.0, "": 1.0, "mph": 1.609344, "m/s": 3.6}

_RETRY_S = 0.5


class SpeedSignal:
    """One signal of a DBC file, in km/h."""

    def __init__(self, message: Message, signal: str) -> None:
        """Raises `UserError` for a unit that is none of a speed; a signal without one counts as km/h."""
        self.message, self.name = message, signal
        unit = (message.get_signal_by_name(signal).unit or "").strip().lower()
        if unit not in _KMH_PER_UNIT:
            raise UserError(f"signal {signal} is in {unit}: choose one in km/h, mph or m/s with --signal")
        self._factor = _KMH_PER_UNIT[unit]

    @property
    def filters(self) -> list[dict[str, Any]]:
        """What python-can's bus is to let through."""
        extended = self.message.is_extended_frame
        mask = 0x1FFFFFFF if extended else 0x7FF
        return [{"can_id": self.message.frame_id, "can_mask": mask, "extended": extended}]

    def decode(self, frame: can.Message) -> float | None:
        """km/h in a frame; None for another message's frame, one that is damaged, or a value that is no speed."""
        if frame.arbitration_id != self.message.frame_id or frame.is_error_frame or frame.is_remote_frame:
            return None
        if frame.is_extended_id != self.message.is_extended_frame:
            return None
        try:
            content = self.message.decode(bytes(frame.data), decode_choices=False)
        except Exception:  # cantools and bitstruct raise errors of their own for frames that are too short
            return None
        value = content.get(self.name) if isinstance(content, dict) else None
        if not isinstance(value, int | float):
            return None
        kmh = float(value) * self._factor
        return kmh if 0.0 <= kmh <= MAX_KMH else None


def find_signal(dbc: Path, name: str | None) -> SpeedSignal:
    """The speed signal of a DBC file.

    Args:
        dbc: the file.
        name: ``SIGNAL`` or ``MESSAGE.SIGNAL``; None where only one signal of the file has "speed" in its name.

    Raises:
        UserError: for a file that cannot be read, or that has no such signal, or several.
    """
    import cantools

    try:
        database = cantools.database.load_file(dbc)
    except OSError as error:
        raise UserError(f"cannot read the DBC file {dbc}: {error.strerror}") from error
    except Exception as error:  # cantools raises errors of several libraries
        raise UserError(f"{dbc} is no DBC file that can be read: {error}") from error
    messages = getattr(database, "messages", [])
    wanted_message, _, wanted = (name or "").rpartition(".")
    found = [
        (message, signal.name)
        for message in messages
        for signal in message.signals
        if (signal.name == wanted if name else "speed" in signal.name.lower()) and wanted_message in ("", message.name)
    ]
    if len(found) == 1:
        return SpeedSignal(*found[0])
    names = ", ".join(f"{message.name}.{signal}" for message, signal in found[:8])
    if found:
        raise UserError(f"{dbc} has several such signals: choose one with --signal: {names}")
    raise UserError(f"{dbc} has no signal {name or 'with speed in its name'}: name one with --signal MESSAGE.SIGNAL")


class CanSpeed(SpeedSource):
    """The current speed, read in a thread of its own. A bus that fails is tried again until `close`."""

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
        self.name = f"{signal.name} on {channel}"
        self._interface, self._channel, self._signal = interface, channel, signal
        self._lost_after_s, self._now = lost_after_s, now
        self._latest: tuple[float, float] | None = None
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

    def close(self) -> None:
        self._stop.set()
        self._thread.join(0.5)

    def _open(self) -> can.BusABC:
        import can

        return can.Bus(interface=self._interface, channel=self._channel, can_filters=self._signal.filters)

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
            if kmh is not None:
                self._latest = (self._now(), kmh)
        self._close_bus()

    def _close_bus(self) -> None:
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.shutdown()


def read_can_log(path: Path, signal: SpeedSignal, lost_after_s: float) -> RecordedSpeed:
    """The speeds of a log that began with the drive. Raises `UserError` when it cannot be read or has none."""
    import can

    times_s: list[float] = []
    speeds_kmh: list[float] = []
    first_s: float | None = None
    try:
        with can.LogReader(path) as frames:
            for frame in frames:
                first_s = frame.timestamp if first_s is None else first_s
                kmh = signal.decode(frame)
                # Several readers of one bus may deliver frames slightly out of order.
                if kmh is not None and (not times_s or frame.timestamp - first_s >= times_s[-1]):
                    times_s.append(frame.timestamp - first_s)
                    speeds_kmh.append(kmh)
    except OSError as error:
        raise UserError(f"cannot read the CAN log {path}: {error.strerror or error}") from error
    except Exception as error:  # every format's reader has errors of its own
        raise UserError(f"{path} is no CAN log that can be read: {error}") from error
    if not times_s:
        raise UserError(f"the CAN log {path} holds no {signal.name}: check --dbc and --signal")
    return RecordedSpeed(path.name, times_s, speeds_kmh, lost_after_s)


def open_can_speed(address: str, dbc: Path | None, signal: str | None, lost_after_s: float) -> SpeedSource:
    """Open a bus, ``CHANNEL`` (SocketCAN) or ``INTERFACE:CHANNEL``, or a log file. Raises `UserError`."""
    try:
        import can
        import cantools  # noqa: F401 - that it is there
    except ImportError as error:
        raise UserError(
            "reading a CAN bus needs two more packages: install the extra 'can' (uv sync --extra can)"
        ) from error
    if dbc is None:
        raise UserError("a CAN bus needs the car's DBC file: add --dbc FILE, and --signal NAME")
    if not address:
        raise UserError("the CAN bus has no name: write can:CHANNEL such as can:vcan0")
    speed_signal = find_signal(dbc, signal)
    interface, _, channel = address.partition(":")
    if channel and interface in can.VALID_INTERFACES:
        return CanSpeed(interface, channel, speed_signal, lost_after_s)
    if address.lower().endswith(LOG_SUFFIXES):
        return read_can_log(Path(address), speed_signal, lost_after_s)
    return CanSpeed("socketcan", address, speed_signal, lost_after_s)
