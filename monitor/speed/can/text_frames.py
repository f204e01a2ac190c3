"""Lines of text logs that python-can does not read: candump's log and screen, SavvyCAN's and python-can's CSV."""

from __future__ import annotations

import base64
import csv
import math
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any, cast

import can

from engines.errors import UserError

_RECORD = "record with candump -L, which writes whole times"

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

_LOG_LINE = re.compile(
    r"\((?P<time>\d+\.\d+)\)\s+(?P<channel>\S+)\s+(?P<id>[0-9A-F]{1,8})#"
    r"(?:(?P<remote>R\d?)|(?P<flags>#[0-9A-F])?(?P<data>(?:[0-9A-F]{2}\.?)*)(?:_[0-9A-F])?)(?:\s+[RT])?",
    re.IGNORECASE,
)
_SCREEN_LINE = re.compile(
    r"(?:\((?P<time>[^()]*)\)\s+)?(?P<channel>\S+)\s+(?:[RT]X\s+\S\s+\S\s+)?(?P<id>[0-9A-F]{3}|[0-9A-F]{8})\s+"
    r"\[(?P<length>\d+)\]"
    r"(?:\s+(?P<special>remote request|ERRORFRAME)\b.*|(?P<data>(?:\s+[0-9A-F]{2})*)(?:\s+'.*)?)",
    re.IGNORECASE,
)
_ERROR_FLAG = 0x20000000


class NoTimesError(UserError):
    """A layout without the times of its frames."""


class Candump:
    """Frames of candump's lines: of its log (-L), or of its screen with whole times (-ta, -tA, -tz).

    Iterating again goes on after a line that raised `ValueError`.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._frames = self._not_later = 0
        self._last_s: float | None = None

    def __iter__(self) -> Iterator[can.Message]:
        """Raises `NoTimesError` for a screen without times, or whose times count from line to line."""
        for line in self._lines:
            line = (_COLOURS.sub("", line) if "\x1b" in line else line).strip()
            if not line:
                continue
            found = _LOG_LINE.fullmatch(line)
            if found is not None:
                yield _log_frame(found)
                continue
            found = _SCREEN_LINE.fullmatch(line)
            if found is None:
                raise ValueError("it is no line of candump")
            if found["time"] is None:
                raise NoTimesError(f"candump's screen without times: {_RECORD}")
            time_s, relative = _screen_time(found["time"])
            if relative:
                self._check_times(time_s)
            yield _screen_frame(found, time_s)

    def _check_times(self, time_s: float) -> None:
        """Times of -td go up and down; those of -tz, from the first frame, grow."""
        if self._last_s is not None:
            self._frames += 1
            self._not_later += time_s <= self._last_s
            if time_s < self._last_s - 1e-3 or (self._frames >= 8 and self._not_later > self._frames / 4):
                raise NoTimesError(f"candump's screen with times from line to line (-td): {_RECORD}")
        self._last_s = time_s


def _log_frame(found: re.Match[str]) -> can.Message:
    number = int(found["id"], 16)
    data = bytes.fromhex((found["data"] or "").replace(".", ""))
    return can.Message(
        timestamp=float(found["time"]),
        channel=found["channel"],
        arbitration_id=number & 0x1FFFFFFF,
        is_extended_id=len(found["id"]) > 3,
        is_error_frame=len(found["id"]) > 3 and bool(number & _ERROR_FLAG),
        is_remote_frame=found["remote"] is not None,
        is_fd=found["flags"] is not None,
        data=data if found["remote"] is None else None,
    )


def _screen_time(text: str) -> tuple[float, bool]:
    """Seconds, and whether they may count from another line: whole times are written with ten digits."""
    if re.fullmatch(r"\d+\.\d+", text):
        return float(text), len(text.partition(".")[0]) < 10
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp(), False


def _screen_frame(found: re.Match[str], time_s: float) -> can.Message:
    number, special = int(found["id"], 16), (found["special"] or "").lower()
    data = bytes.fromhex(found["data"] or "")
    if not special and len(data) != int(found["length"]):
        raise ValueError("its bytes are not as many as it says")
    return can.Message(
        timestamp=time_s,
        channel=found["channel"],
        arbitration_id=number & 0x1FFFFFFF,
        is_extended_id=len(found["id"]) > 3,
        is_error_frame=special == "errorframe" or bool(len(found["id"]) > 3 and number & _ERROR_FLAG),
        is_remote_frame=special == "remote request",
        is_fd=len(data) > 8,
        data=data,
    )


class CsvFrames:
    """Frames of SavvyCAN's CSV, in its column layouts, or of python-can's. Goes on after a line, as `Candump`."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Reads the header. Raises `UserError` for another layout."""
        self._lines = iter(lines)
        first_line = next(self._lines, "")
        header = [cell.strip().lower() for cell in next(csv.reader([first_line.replace(";", ",")]), [])]
        self._columns = {name: index for index, name in enumerate(header) if name}
        if not (_is_savvycan(header) or _is_python_can(header)):
            raise UserError(
                f"its columns are {', '.join(header[:8])}: SavvyCAN's and python-can's are read; save it as one of "
                "them, or as candump's log"
            )
        self._frame = self._savvycan if _is_savvycan(header) else self._python_can

    def __iter__(self) -> Iterator[can.Message]:
        for line in self._lines:
            if not line.strip():
                continue
            cells = [cell.strip() for cell in next(csv.reader([line]))]
            try:
                yield self._frame({name: cells[index] for name, index in self._columns.items() if index < len(cells)})
            except KeyError as error:
                raise ValueError(f"it has no value of {error}") from error

    def _savvycan(self, row: dict[str, str]) -> can.Message:
        length = int(row.get("len") or row["dlc"])
        if not 0 <= length <= 64:
            raise ValueError("its length is that of no frame")
        data = bytes(int(row[f"d{index}"], 16) for index in range(1, min(length, self._bytes) + 1))
        number = int(row["id"], 16)
        return _checked(
            timestamp=float(row["time stamp"]) / 1e6,
            channel=row.get("bus"),
            arbitration_id=number & 0x1FFFFFFF,
            is_extended_id=row["extended"].lower() in ("true", "1") if "extended" in row else number > 0x7FF,
            is_fd=length > 8,
            data=data,
        )

    @property
    def _bytes(self) -> int:
        return sum(bool(re.fullmatch(r"d\d+", name)) for name in self._columns)

    def _python_can(self, row: dict[str, str]) -> can.Message:
        data = base64.b64decode(row["data"], validate=True)
        return _checked(
            timestamp=float(row["timestamp"]),
            arbitration_id=int(row["arbitration_id"], 16),
            is_extended_id=row["extended"] == "1",
            is_remote_frame=row["remote"] == "1",
            is_error_frame=row["error"] == "1",
            is_fd=len(data) > 8,
            data=data if row["remote"] != "1" else None,
        )


def _is_savvycan(header: list[str]) -> bool:
    return {"time stamp", "id", "d1"} <= set(header) and bool({"len", "dlc"} & set(header))


def _is_python_can(header: list[str]) -> bool:
    return {"timestamp", "arbitration_id", "extended", "remote", "error", "data"} <= set(header)


def _checked(**values: Any) -> can.Message:
    """A frame whose values go together. Raises `ValueError`."""
    if not math.isfinite(values["timestamp"]):
        raise ValueError("its time is no number")
    return can.Message(check=True, **values)


class AscLines:
    """Lines of an ASC log for python-can, whose times count from its beginning, also where they do from line to line.

    Attributes:
        relative: whether the file's times count from line to line.
    """

    def __init__(self, lines: Iterable[str], *, relative: bool) -> None:
        self.relative = relative
        self._lines = iter(lines)
        self._total_s = 0.0
        self._restarted = False

    def restart(self) -> None:
        """Put an empty line before the next: python-can looks for a header where it begins, and drops a line."""
        self._restarted = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._restarted:
            self._restarted = False
            return "\n"
        line = next(self._lines)
        found = re.match(r"\s*(\d+\.\d+)(?=\s)", line) if self.relative else None
        if found is None:
            return line
        self._total_s += float(found[1])
        return f"{self._total_s:.6f}{line[found.end() :]}"

    def close(self) -> None:
        """Whoever opened the lines closes them."""


class AscFrames:
    """Frames of an ASC log, by python-can. Goes on after a line, as `Candump`."""

    def __init__(self, lines: AscLines) -> None:
        self._lines, self._reader = lines, can.ASCReader(cast(Any, lines))
        self._begun = False

    def __iter__(self) -> Iterator[can.Message]:
        if self._begun:
            self._lines.restart()
        self._begun = True
        yield from self._reader
