"""DBC files and logs of a car that drives at a speed that is known."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import can

from monitor.speed.can.speed_signal import SpeedSignal, find_signal
from monitor.speed.recorded import RecordedSpeed
from monitor.speed.source import SpeedSource

WHEELS = """BO_ 500 WHEELS: 8 ECU
 SG_ VehicleSpeed : 0|16@1+ (0.01,0) [0|300] "km/h" X
"""


def dbc_file(folder: Path, messages: str = WHEELS, name: str = "car.dbc") -> Path:
    path = folder / name
    path.write_text(f'VERSION ""\n\nNS_ :\n\nBS_:\n\nBU_: ECU\n\n{messages}', encoding="utf-8")
    return path


def signal(folder: Path, messages: str = WHEELS, name: str | None = None, unit: str | None = None) -> SpeedSignal:
    return find_signal(dbc_file(folder, messages), name, unit)


def frame(data: str, frame_id: int = 500, *, time_s: float = 0.0, extended: bool = False) -> can.Message:
    """A frame of hexadecimal bytes."""
    return can.Message(
        timestamp=time_s,
        arbitration_id=frame_id,
        data=bytes.fromhex(data),
        is_extended_id=extended,
        is_fd=len(data) > 16,
    )


def ten_kmh(seconds: int = 3) -> list[can.Message]:
    """10 km/h on `WHEELS`, once a second, since the epoch's 1700000000th second."""
    return [frame("E803000000000000", time_s=1.7e9 + second) for second in range(seconds)]


def candump(lines: Iterable[tuple[float, str]], channel: str = "can0") -> str:
    """Lines of candump -L from times and frames such as ``1F4#E803``."""
    return "".join(f"({time_s:.6f}) {channel} {content}\n" for time_s, content in lines)


def speeds(source: SpeedSource, until_s: int) -> list[float | None]:
    """km/h at each second, rounded."""
    values = [source.value_at(float(second)) for second in range(until_s)]
    return [None if value is None else round(value, 2) for value in values]


def remarks(source: RecordedSpeed) -> str:
    return "\n".join(source.remarks)
