"""From what a user names to a source of the car's speed: km/h, a CSV file, a CAN bus or a log of one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.errors import UserError
from monitor.speed.recorded import read_speed_csv
from monitor.speed.source import MAX_KMH, FixedSpeed, SpeedSource

BESIDE = "beside"
"""In place of a file: the one named after the drive, ``drive.speed.csv`` beside ``drive.mp4``."""

_CAN = "can:"


@dataclass(frozen=True)
class SpeedOptions:
    """The command line's options of the speed: ``--speed``, ``--dbc``, ``--signal``, ``--speed-unit``, ``-channel``."""

    text: str | None
    dbc: Path | None = None
    signal: str | None = None
    unit: str | None = None
    channel: str | None = None

    @property
    def of_a_bus(self) -> bool:
        """Whether anything is said that only a CAN bus or log has."""
        return any(option is not None for option in (self.dbc, self.signal, self.unit, self.channel))


def parse_kmh(text: str) -> float | None:
    """The fixed speed that a text names; None where it is no number. Raises `UserError` for an impossible one."""
    try:
        value = float(text)
    except ValueError:
        return None
    if not 0.0 <= value <= MAX_KMH:
        raise UserError(f"{text!r} is no speed: write km/h such as 80")
    return value


def check_speed_text(text: str) -> None:
    """Raise `UserError` unless a text can name a speed; nothing is opened."""
    if parse_kmh(text) is None and not (text.startswith(_CAN) or text == BESIDE or text.lower().endswith(".csv")):
        raise UserError(
            f"{text!r} is no speed: write km/h such as 80, a file such as speed.csv, '{BESIDE}' for one beside the "
            "drive, or can:CHANNEL such as can:vcan0"
        )


def open_speed(options: SpeedOptions, *, lost_after_s: float, drive: Path | None = None) -> SpeedSource:
    """Open what a command line names.

    Args:
        options: of the command line.
        lost_after_s: seconds after which a speed is too old.
        drive: the recorded drive, for ``beside``; None for a live one.

    Raises:
        UserError: for a text that names no speed, a file or bus that cannot be opened, or a signal that is not there.
    """
    if options.of_a_bus and not (options.text or "").startswith(_CAN):
        raise UserError("--dbc, --signal, --speed-unit and --speed-channel belong to --speed can:CHANNEL")
    if options.text is None:
        return FixedSpeed(None)
    check_speed_text(options.text)
    kmh = parse_kmh(options.text)
    if kmh is not None:
        return FixedSpeed(kmh)
    if options.text.startswith(_CAN):
        from monitor.speed.can.open_can import open_can_speed

        source = open_can_speed(
            options.text.removeprefix(_CAN),
            options.dbc,
            options.signal,
            lost_after_s,
            unit=options.unit,
            channel=options.channel,
        )
        if source.live and drive is not None:
            source.close()
            raise UserError("a recorded drive has no live bus: give --speed a CAN log or a CSV file")
        return source
    if drive is None:
        raise UserError(f"--speed {options.text} belongs to a recorded drive: a live one takes km/h or can:CHANNEL")
    path = drive.with_suffix(".speed.csv") if options.text == BESIDE else Path(options.text)
    return read_speed_csv(path, lost_after_s)
