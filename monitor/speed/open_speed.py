"""From what a user names to a source of the car's speed: km/h, a CSV file, a CAN bus or a log of one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.errors import UserError
from monitor.speed.recorded import read_speed_csv
from monitor.speed.source import MAX_KMH, FixedSpeed, SpeedSource

BESIDE = "beside"
"""In place of a file: the one named after the drive, ``drive.speed.csv`` beside ``drive.mp4``, or `BESIDE_SUFFIXES`."""

BESIDE_SUFFIXES = (".speed.csv", ".gpx", ".nmea", ".gps", ".srt")

INSIDE = "inside"
"""In place of a file: what the recording itself holds, a bag's topic, openpilot's log, or subtitles."""

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

    @property
    def only_unit(self) -> bool:
        """Whether the unit is all of that which is said: a bag's field has one, too."""
        return self.dbc is None and self.signal is None and self.channel is None


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
    is_file = Path(text).suffix.lower() in (".csv", *BESIDE_SUFFIXES)
    if parse_kmh(text) is None and not (text.startswith((_CAN, f"{INSIDE}:")) or text in (BESIDE, INSIDE) or is_file):
        raise UserError(
            f"{text!r} is no speed: write km/h such as 80, a file such as speed.csv, track.gpx, track.nmea or "
            f"drive.srt, '{BESIDE}' for one beside the drive, '{INSIDE}' for what it holds itself, or can:CHANNEL such "
            "as can:vcan0"
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
    of_a_field = (options.text or "").startswith(f"{INSIDE}:") and options.of_a_bus and options.only_unit
    if options.of_a_bus and not of_a_field and not (options.text or "").startswith(_CAN):
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
    if options.text == INSIDE or options.text.startswith(f"{INSIDE}:"):
        return _open_inside(drive, options.text.partition(":")[2] or None, options.unit, lost_after_s)
    return _read_file(_beside(drive) if options.text == BESIDE else Path(options.text), lost_after_s)


def _beside(drive: Path) -> Path:
    """The file with a drive's speeds; ``drive.speed.csv``, whose absence is then said, where there is none."""
    paths = [drive.with_suffix(suffix) for suffix in BESIDE_SUFFIXES]
    return next((path for path in paths if path.is_file()), paths[0])


def _read_file(path: Path, lost_after_s: float) -> SpeedSource:
    suffix = path.suffix.lower()
    if suffix == ".srt":
        from monitor.speed.subtitles import read_srt

        return read_srt(path, lost_after_s)
    if suffix in (".gpx", ".nmea", ".gps"):
        from monitor.speed.gps import read_gpx, read_nmea

        return (read_gpx if suffix == ".gpx" else read_nmea)(path, lost_after_s)
    return read_speed_csv(path, lost_after_s)


def _open_inside(drive: Path, name: str | None, unit: str | None, lost_after_s: float) -> SpeedSource:
    """The speed that a recording holds itself; a bag's may be named by its topic. Raises `UserError` without any."""
    # Here: what only looks at a command line loads neither OpenCV nor FFmpeg.
    from engines.files.bags import is_bag
    from engines.files.video.pieces import find_segments

    if is_bag(drive):
        from monitor.speed.bag_topic import read_bag_speed

        return read_bag_speed(drive, lost_after_s, name, unit)
    if name is not None:
        raise UserError(f"{drive} is no bag and has no topics: write --speed {INSIDE}")
    segments = find_segments(drive)
    if segments is not None:
        from monitor.speed.openpilot_log import read_openpilot_speed

        return read_openpilot_speed(drive, segments, lost_after_s)
    if drive.is_dir():
        raise UserError(f"the folder {drive} holds no speed of its own: name a file with --speed")
    from monitor.speed.subtitles import read_subtitle_track

    return read_subtitle_track(drive, lost_after_s)
