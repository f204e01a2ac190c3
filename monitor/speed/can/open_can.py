"""From what a user names to the speed of a CAN bus, or of a log of one."""

from __future__ import annotations

import socket
from pathlib import Path

from engines.errors import UserError
from monitor.speed.source import SpeedSource


def open_can_speed(
    address: str,
    dbc: Path | None,
    signal: str | None,
    lost_after_s: float,
    *,
    unit: str | None = None,
    channel: str | None = None,
) -> SpeedSource:
    """Open a bus, ``CHANNEL`` (SocketCAN) or ``INTERFACE:CHANNEL``, or a log file.

    Args:
        address: as above.
        dbc: the car's DBC file.
        signal: ``SIGNAL`` or ``MESSAGE.SIGNAL``; None where the file leaves no doubt.
        lost_after_s: seconds after which a speed is too old.
        unit: of the signal, as `KMH_PER_UNIT` names it; None for what the DBC file says.
        channel: of a log that holds several buses.

    Raises:
        UserError: for what cannot be opened or read.
    """
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
    from monitor.speed.can.bus import CanSpeed
    from monitor.speed.can.speed_signal import find_signal

    speed_signal = find_signal(dbc, signal, unit)
    interface, _, bus_channel = address.partition(":")
    is_bus = bool(bus_channel) and interface in can.VALID_INTERFACES
    if not is_bus and _is_log(address):
        from monitor.speed.can.log_speed import read_can_log

        return read_can_log(Path(address), speed_signal, lost_after_s, channel)
    if channel is not None:
        raise UserError("--speed-channel belongs to a CAN log: a bus's channel is part of its name")
    return CanSpeed(*((interface, bus_channel) if is_bus else ("socketcan", address)), speed_signal, lost_after_s)


def _is_log(address: str) -> bool:
    """Whether a name is that of a log, there or not, and not of one of the machine's buses."""
    path = Path(address)
    if address in _interfaces():
        return False
    return path.name != address or bool(path.suffix) or path.exists()


def _interfaces() -> set[str]:
    """Names of the network interfaces, SocketCAN's among them."""
    try:
        return {name for _, name in socket.if_nameindex()}
    except (AttributeError, OSError):  # not on every system
        return set()
