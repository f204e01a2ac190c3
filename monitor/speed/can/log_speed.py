"""The speeds of a CAN log: one signal of one bus and one sender, with the clock that the frames have."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engines.errors import UserError
from engines.notice import NoticeText
from monitor.speed.can.log_frames import CanLog
from monitor.speed.can.speed_signal import SpeedSignal
from monitor.speed.recorded import RecordedSpeed

_DISORDER_S = 1.0
"""By so much the frames of one bus may be out of order: several readers write into one log."""

_JUMP_S = 60.0
"""A bus that is silent for longer, and then goes on, is more likely a clock that was set."""


@dataclass
class _Clock:
    """The times of one bus's frames, and where they do not fit together: line of the log, seconds before, step."""

    first_s: float
    last_s: float
    back: tuple[int | None, float, float] | None = None
    jump: tuple[int | None, float, float] | None = None

    def add(self, time_s: float, line: int | None) -> None:
        step_s = time_s - self.last_s
        if step_s < -_DISORDER_S and self.back is None:
            self.back = (line, self.last_s, step_s)
        if step_s > _JUMP_S and self.jump is None:
            self.jump = (line, self.last_s, step_s)
        self.last_s = time_s


@dataclass
class _Values:
    """The signal as one sender on one bus says it: times of the log, km/h; and how often it says that it is unknown."""

    speeds: list[tuple[float, float]] = field(default_factory=list)
    unknown: int = 0


def read_can_log(path: Path, signal: SpeedSignal, lost_after_s: float, channel: str | None = None) -> RecordedSpeed:
    """The speeds of a log that began with the drive.

    Args:
        path: the log.
        signal: the speed.
        lost_after_s: seconds after which a speed is too old.
        channel: the bus, as the log names it; None for the only one that has the signal's message.

    Raises:
        UserError: when the log cannot be read, lacks the signal, has it on several buses, or its clock goes back.
    """
    log = CanLog(path)
    clocks: dict[str, _Clock] = {}
    values: dict[tuple[str, int | None], _Values] = {}
    for frame in log:
        bus = log.channel(frame)
        clock = clocks.get(bus)
        if clock is None:
            clocks[bus] = _Clock(frame.timestamp, frame.timestamp)
        else:
            clock.add(frame.timestamp, log.line)
        if not signal.is_in(frame) or channel not in (None, bus) or signal.raw(frame) is None:
            continue
        heard = values.setdefault((bus, signal.address(frame)), _Values())
        kmh = signal.decode(frame)
        if kmh is None:
            heard.unknown += 1
        else:
            heard.speeds.append((frame.timestamp, kmh))
    bus, address = _choose(path, signal, channel, clocks, values)
    first_s = min(clock.first_s for clock in clocks.values())
    notices = [*log.notices, *_clock_notices(path, clocks[bus], first_s)]
    heard = values[bus, address]
    others = sorted(other for _, other in values if other is not None and other != address)
    if others:
        notices.append(
            NoticeText(
                "{log} has the speed from several J1939 addresses: {address} is used, not {others}",
                log=path.name,
                address=_hexadecimal(address or 0),
                others=", ".join(map(_hexadecimal, others)),
            )
        )
    if heard.unknown:
        notices.append(
            NoticeText(
                "the speed signal says {unknown} of {count} times that it is unknown: {name}",
                unknown=heard.unknown,
                count=heard.unknown + len(heard.speeds),
                name=signal.name,
            )
        )
    heard.speeds.sort(key=lambda speed: speed[0])
    return RecordedSpeed(
        f"{signal}"
        + (f" from address {_hexadecimal(address)}" if address is not None else "")
        + (f" on channel {bus}" if bus else "")
        + f" of {path.name}",
        [time_s - first_s for time_s, _ in heard.speeds],
        [kmh for _, kmh in heard.speeds],
        lost_after_s,
        notices,
    )


def _hexadecimal(address: int) -> str:
    return f"0x{address:02x}"


def _choose(
    path: Path,
    signal: SpeedSignal,
    channel: str | None,
    clocks: dict[str, _Clock],
    values: dict[tuple[str, int | None], _Values],
) -> tuple[str, int | None]:
    """The bus, of which there must be one; and, of the senders, the DBC file's own, or who says most."""
    if channel is not None and channel not in clocks:
        raise UserError(
            f"the CAN log {path} has no channel {channel}: it has {', '.join(filter(None, clocks)) or 'none'}"
        )
    buses = sorted({bus for bus, _ in values})
    if not buses:
        where = f" on channel {channel}" if channel is not None else ""
        raise UserError(f"the CAN log {path} holds no {signal.name}{where}: check --dbc and --signal")
    if len(buses) > 1:
        raise UserError(
            f"the CAN log {path} holds the message of {signal.name} on several channels: choose one with "
            f"--speed-channel: {', '.join(buses)}"
        )
    addresses = [address for _, address in values]

    def preference(address: int | None) -> tuple[bool, int, int]:
        count = len(values[buses[0], address].speeds)
        return (count > 0 and address == signal.own_address, count, -(address or 0))

    return buses[0], max(addresses, key=preference)


def _clock_notices(path: Path, clock: _Clock, first_s: float) -> list[NoticeText]:
    """What is wrong with a bus's clock. Raises `UserError` where nobody can know which time is meant."""
    if clock.back is not None:
        raise UserError(
            f"the CAN log {path}: its clock goes back by {-clock.back[2]:.1f} s at {_where(clock.back, first_s)}: "
            "cut it there, and use the part that belongs to the drive"
        )
    if clock.jump is None:
        return []
    return [
        NoticeText(
            "the clock of the CAN log {log} jumps by {step_s:.1f} s at {where}: the speed is unknown meanwhile",
            log=path.name,
            step_s=clock.jump[2],
            where=_where(clock.jump, first_s),
        )
    ]


def _where(step: tuple[int | None, float, float], first_s: float) -> NoticeText:
    at_s = step[1] - first_s
    if step[0] is None:
        return NoticeText("{at_s:.1f} s", at_s=at_s)
    return NoticeText("line {line}, {at_s:.1f} s", line=step[0], at_s=at_s)
