"""The journal of a drive: one JSON object a line, written as things happen, so that a crash loses nothing."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from engines.errors import UserError
from monitor.alerts.events import AlertEvent

if TYPE_CHECKING:
    from typing_extensions import Self


FORMAT = 2
"""Of the lines, as the start line says; 1 had none."""


class Journal:
    """Appends to a file; every line has ``at`` (UTC, ISO 8601) and ``what``: start, event, notice or end.

    A line is in the file as a whole or not at all. What cannot be written, on a full disk, waits in memory, with the
    time at which it happened, and is written with the next line that can be.
    """

    def __init__(self, path: Path) -> None:
        """Open the file for appending, with its folder. Raises `UserError` when it cannot be written."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UserError(f"cannot write the journal {path}: {reason}: choose another file") from error
        self._waiting: list[bytes] = []
        if not self._ends_in_a_line():
            # The power went in the middle of a line: it stands alone, and what follows can be read.
            self._waiting.append(b"\n")

    def start(self, source: str, bundle: str, speed_kmh: float | None, speed: str | None = None) -> None:
        """Record that a drive begins, at a fixed speed or at one that comes from `speed`.

        Raises `UserError` like every method here.
        """
        self._write(
            "start", {"format": FORMAT, "source": source, "bundle": bundle, "speed_kmh": speed_kmh, "speed": speed}
        )

    def event(self, event: AlertEvent) -> None:
        """Record an alert or health event."""
        self._write("event", event.as_dict())

    def notice(self, text: str) -> None:
        """Record what went wrong without ending the drive."""
        self._write("notice", {"text": text})

    def end(self, frames: int) -> None:
        """Record that the drive is over."""
        self._write("end", {"frames": frames})

    def flush(self) -> None:
        """Write what waits."""
        file = self._file
        while file is not None and self._waiting:
            self._append(file, self._waiting[0])
            del self._waiting[0]

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        file, self._file = self._file, None
        if file is not None:
            try:
                os.close(file)
            except OSError as error:
                raise UserError(f"cannot write the journal {self.path}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _write(self, what: str, content: dict[str, object]) -> None:
        line = {
            "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "what": what,
            **content,
        }
        text = json.dumps(line, ensure_ascii=False) + "\n"
        self._waiting.append(text.encode("utf-8", errors="backslashreplace"))
        self.flush()

    def _append(self, file: int, line: bytes) -> None:
        """Append a line; one that finds no room leaves nothing behind."""
        try:
            before = os.fstat(file).st_size
            written = os.write(file, line)
            if written < len(line):
                os.ftruncate(file, before)
                raise UserError(f"cannot write the journal {self.path}: there is no room left")
        except OSError as error:
            raise UserError(f"cannot write the journal {self.path}: {error.strerror}") from error

    def _ends_in_a_line(self) -> bool:
        assert self._file is not None
        try:
            size = os.fstat(self._file).st_size
            return size == 0 or os.pread(self._file, 1, size - 1) == b"\n"
        except (OSError, AttributeError):  # a pipe has no end to look at; Windows has no pread
            return True
