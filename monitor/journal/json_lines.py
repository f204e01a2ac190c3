"""The journal of a drive: one JSON object a line, written as things happen, so that a crash loses nothing."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections import deque
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from engines.errors import UserError
from engines.files.output import PRIVATE, make_folder
from engines.files.printable import as_json
from monitor.alerts.events import AlertEvent
from monitor.health.system_health import SystemCondition

if TYPE_CHECKING:
    from typing_extensions import Self


FORMAT = 2
"""Of the lines, as the start line says; 1 had none."""


_MAX_WAITING = 10_000
"""Lines that may wait to be written; then the oldest makes room."""


class Journal:
    """Appends to a file; every line has ``at`` (UTC, ISO 8601) and ``what``: start, event, notice, system or
    end.

    A line is in the file as a whole or not at all. What cannot be written, on a full disk or to a pipe that nobody
    empties, waits in memory, with the time at which it happened, and is written with the next line that can be. No
    method waits for a reader. Any thread may call any method: a drive may begin before the last one's thread is gone.
    """

    def __init__(self, path: Path) -> None:
        """Open the file for appending, with its folder. Raises `UserError` when it cannot be written."""
        self.path = path
        try:
            make_folder(path.parent)
            # O_NONBLOCK means nothing to a regular file; Windows has none.
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)
            self._file: int | None = os.open(path, flags, PRIVATE)
            self._regular = stat.S_ISREG(os.fstat(self._file).st_mode)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            if isinstance(error, OSError) and error.errno == errno.ENXIO:
                reason = "nobody reads this pipe; start its reader first"
            raise UserError(f"cannot write the journal {path}: {reason}: choose another file") from error
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque()
        self._dropped = 0
        # The line that is being written, or what is left of it. The power went in the middle of a line: it stands
        # alone, and what follows can be read.
        self._line = b"" if self._ends_in_a_line() else b"\n"

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

    def system(self, condition: SystemCondition) -> None:
        """Record what of the monitor itself does not work, or works again."""
        self._write("system", condition.as_dict())

    def end(self, frames: int, reason: str | None = None) -> None:
        """Record that the drive is over, and why: ``source_ended``, ``stopped`` or ``failed``."""
        self._write("end", {"frames": frames, "reason": reason})

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            self._flush()

    def close(self) -> None:
        """Try once more to write what waits, and close the file; a second call does nothing.

        What is lost is said on stderr: the drive and its listeners are gone.
        """
        with self._lock:
            if self._file is None:
                return
            try:
                self._flush()
            except UserError as error:
                lost = self._dropped + len(self._waiting) + bool(self._line.strip())
                if lost:
                    print(f"warning: {error}; lines lost: {lost}", file=sys.stderr)
            file, self._file = self._file, None
            try:
                os.close(file)
            except OSError as error:
                raise UserError(f"cannot write the journal {self.path}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _write(self, what: str, content: dict[str, object]) -> None:
        with self._lock:
            if len(self._waiting) >= _MAX_WAITING:
                self._waiting.popleft()
                self._dropped += 1
            self._waiting.append(_encoded(what, content))
            self._flush()

    def _flush(self) -> None:
        while self._file is not None and (self._line or self._waiting or self._dropped):
            if not self._line:
                self._line = self._waiting.popleft() if self._waiting else self._dropped_line()
            self._append(self._file)

    def _dropped_line(self) -> bytes:
        dropped, self._dropped = self._dropped, 0
        return _encoded("notice", {"text": f"the journal could not be written for long; lines missing: {dropped}"})

    def _append(self, file: int) -> None:
        """Append the line; one that finds no room leaves nothing behind in a file, and its rest waits for a pipe."""
        try:
            before = os.fstat(file).st_size
            written = os.write(file, self._line)
            if written == len(self._line):
                self._line = b""
            elif self._regular:
                os.ftruncate(file, before)
                raise UserError(f"cannot write the journal {self.path}: there is no room left")
            else:
                self._line = self._line[written:]
        except BlockingIOError as error:
            raise UserError(f"cannot write the journal {self.path}: its reader does not keep up") from error
        except OSError as error:
            raise UserError(f"cannot write the journal {self.path}: {error.strerror}") from error

    def _ends_in_a_line(self) -> bool:
        """Whether nothing is torn at the end of the file; a pipe has no end to look at."""
        if not self._regular:
            return True
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 1))
                return file.read(1) in (b"", b"\n")
        except OSError:  # it may be written, but not read
            return True


def _encoded(what: str, content: dict[str, object]) -> bytes:
    line = {"at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"), "what": what, **content}
    return (as_json(line) + "\n").encode("utf-8")
