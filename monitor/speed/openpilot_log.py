"""The speed in openpilot's logs, ``rlog`` or ``qlog`` beside each segment's video: ``carState.vEgo``."""

from __future__ import annotations

import bz2
import importlib.util
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engines.errors import UserError, reason
from engines.files.regular_file import read_bytes
from engines.files.video.pieces import DRIVER_CAMERA, OPENPILOT_FPS, Pieces
from monitor.speed.recorded import RecordedSpeed, speeds_of
from monitor.speed.units import KMH_PER_UNIT

_NAMES = tuple(f"{log}{suffix}" for log in ("rlog", "qlog") for suffix in (".zst", ".bz2", ""))
_MOST_BYTES = 1 << 30
"""Of a minute's log, unpacked; some have 200 MB."""

_NS = 1_000_000_000
_SAME_CLOCK_NS = 5 * _NS


def read_openpilot_speed(drive: Path, pieces: Pieces, lost_after_s: float) -> RecordedSpeed:
    """The speeds of a route, on the clock of the driver camera's frames.

    Args:
        drive: the route, for people.
        pieces: its segments.
        lost_after_s: seconds after which a speed is too old.

    Raises:
        UserError: where no segment has a log, none has the car's speed, or the schema is not installed.
    """
    logs = [log for piece in pieces.files if (log := _log_beside(piece.path)) is not None]
    if not logs:
        raise UserError(f"{drive} has no rlog or qlog beside its {DRIVER_CAMERA}: name a CSV file with --speed")
    schema = _schema()
    origin_ns: int | None = None
    samples: list[tuple[int, float]] = []
    remarks: list[str] = []
    for log in logs:
        first_ns: int | None = None
        try:
            for event in _events(schema, log):
                kind, at_ns = event.which(), int(event.logMonoTime)
                first_ns = first_ns or at_ns
                if kind == "carState":
                    samples.append((at_ns, float(event.carState.vEgo) * KMH_PER_UNIT["m/s"]))
                elif kind == "driverEncodeIdx" and origin_ns is None:
                    origin_ns = _first_frame_ns(event.driverEncodeIdx, at_ns)
        except Exception as error:  # damaged bytes raise whatever Cap'n Proto and the codecs raise
            why = " ".join(str(error).split())[:120] or type(error).__name__
            remarks.append(f"{log.parent.name}/{log.name} cannot be read to its end: {why}")
        if origin_ns is None and log == logs[0]:
            origin_ns = first_ns
    if not samples:
        why = f": {remarks[0]}" if remarks else ""
        raise UserError(f"the logs of {drive} hold no carState with the car's speed{why}: name a CSV file with --speed")
    samples.sort()
    times = [((at_ns - (origin_ns or samples[0][0])) / _NS, kmh) for at_ns, kmh in samples]
    return speeds_of(drive, times, lost_after_s, 0.0, tuple(remarks))


def _first_frame_ns(index: Any, at_ns: int) -> int:
    """When the segment's first frame was taken, given one of its frames."""
    taken_ns = int(index.timestampSof)
    if abs(taken_ns - at_ns) > _SAME_CLOCK_NS:
        taken_ns = at_ns
    return taken_ns - round(int(index.segmentId) * _NS / OPENPILOT_FPS)


def _log_beside(video: Path) -> Path | None:
    """A segment's log, the full one where it is there; named as its video where segments are no folders."""
    prefix = video.name.removesuffix(DRIVER_CAMERA)
    return next((log for name in _NAMES if (log := video.with_name(f"{prefix}{name}")).is_file()), None)


def _schema() -> Any:
    """openpilot's own, which another package brings."""
    try:
        import capnp
    except ImportError as error:
        raise UserError(_MISSING) from error
    found = importlib.util.find_spec("openpilot_logging")
    folders = list(found.submodule_search_locations or ()) if found is not None else []
    path = Path(folders[0]) / "cereal" / "log.capnp" if folders else None
    if path is None or not path.is_file():
        raise UserError(_MISSING)
    capnp.remove_import_hook()
    global _loaded
    if _loaded is None:  # a schema can be loaded once
        _loaded = capnp.load(str(path))
    return _loaded


_loaded: Any = None
_MISSING = (
    "openpilot's logs need more packages: install the extra 'formats' with Python 3.11 or 3.12 (uv sync --extra "
    "formats), or name a CSV file with --speed"
)


def _events(schema: Any, log: Path) -> Iterator[Any]:
    try:
        data = read_bytes(log, _MOST_BYTES)
    except OSError as error:
        raise UserError(f"cannot read {log}: {reason(error)}") from error
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        import zstandard

        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True) as reader:
            data = reader.read(_MOST_BYTES)
    elif data.startswith(b"BZh"):
        data = bz2.BZ2Decompressor().decompress(data, _MOST_BYTES)
    yield from schema.Event.read_multiple_bytes(data)
