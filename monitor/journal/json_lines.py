"""The journal of a drive: one JSON object a line, written as things happen, so that a crash loses nothing."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from engines.errors import UserError, reason
from engines.files.output import PRIVATE, make_folder
from engines.files.printable import as_json
from engines.notice import NoticeText
from monitor.alerts.events import AlertEvent
from monitor.alerts.incidents.incident import Incident
from monitor.health.system_health import SystemCondition
from monitor.journal.bounded_wait import BoundedWait

if TYPE_CHECKING:
    from typing_extensions import Self


FORMAT = 3
"""Of the lines, as the start line says; 1 had none, 2 no incidents."""


_MAX_WAITING = 10_000
"""Lines that may wait to be written; then the oldest makes room."""

_WAIT_S, _LIVE_WAIT_S = 10.0, 0.05
"""How long a drive waits for a line to be written, and one that happens now."""

_OPENING_S = 2.0
_CLOSING_S = 2.0

_HANGS_S = 2.0
"""A disk that takes longer does not answer."""

_MOST_BYTES = 64 << 20
_EARLIER_FILES = 4
"""A journal beyond `_MOST_BYTES` is begun anew; so many of its earlier files stay: ``FILE.1`` is the latest."""

_CAN_NEVER_BE = frozenset({errno.EEXIST, errno.EINVAL, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTDIR})
"""Errors of a path that will be no file, whatever becomes of the disk."""


class Journal:
    """Appends to a file; every line has ``at`` (UTC, ISO 8601) and ``what``: start, event, incident, notice, system or
    end.

    A line is in the file as a whole or not at all. Starts, alerts and ends are on the disk when the power goes. What
    cannot be written, on a full disk or to a pipe that nobody empties, waits in memory, with the time at which it
    happened, and is written with the next line that can be. A file that was moved or deleted meanwhile is begun anew.
    One that has grown to its limit becomes ``FILE.1``, that one ``FILE.2`` and so on; the oldest goes.
    No method waits for a reader. Any thread may call any method: a drive may begin before the last one's thread is
    gone.

    Attributes:
        path: of the file.
        gone: whether it was moved or deleted while it was written, and is not to be begun anew.
    """

    def __init__(
        self,
        path: Path,
        *,
        live: bool = False,
        most_bytes: int | None = _MOST_BYTES,
        anew: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the file for appending, with its folder.

        Args:
            path: of the file.
            live: for a drive that happens now: no method waits for a slow disk, and a file that cannot be written is
                tried again with each line, since the driver is watched nevertheless.
            most_bytes: of a file, before the next one is begun; None where it is one whole however it grows.
            anew: begin a file anew that was moved or deleted; otherwise it is `gone`, and nothing more is written.
            clock: monotonic seconds.

        Raises:
            UserError: when it cannot be written; `live` only where it never can be.
        """
        self.path = path
        self._most_bytes, self._anew = most_bytes, anew
        self.gone = False
        self._wait_s = _LIVE_WAIT_S if live else _WAIT_S
        self._file: int | None = None
        self._regular = self._unsynced = self._closed = False
        # The line that is being written, or what is left of it, and those behind it.
        self._line = b""
        self._waiting: deque[bytes] = deque()
        self._dropped = 0
        self._lock = threading.Lock()  # of what waits, never held while something is written
        self._writer = BoundedWait(self._write_waiting, "journal", clock)
        try:
            self._writer.run(_OPENING_S)
        except _WriteError as error:
            if not live or error.can_never_be:
                self._writer.close(_CLOSING_S)
                raise UserError(NoticeText("{error}: choose another file", error=str(error))) from error

    def start(self, source: str, bundle: str, speed_kmh: float | None, speed: str | None = None) -> None:
        """Record that a drive begins, at a fixed speed or at one that comes from `speed`.

        Raises `UserError` like every method here.
        """
        content = {"format": FORMAT, "source": source, "bundle": bundle, "speed_kmh": speed_kmh, "speed": speed}
        self._write("start", content, durable=True)

    def event(self, event: AlertEvent) -> None:
        """Record an alert or health event."""
        self._write("event", event.as_dict(), durable=True)

    def incident(self, incident: Incident) -> None:
        """Record an incident that has ended."""
        self._write("incident", incident.as_dict(), durable=True)

    def notice(self, text: str) -> None:
        """Record what went wrong without ending the drive."""
        self._write("notice", {"text": text})

    def system(self, condition: SystemCondition) -> None:
        """Record what of the monitor itself does not work, or works again."""
        self._write("system", condition.as_dict())

    def line(self, what: str, content: dict[str, object]) -> None:
        """Record something else, which must survive the power, too."""
        self._write(what, content, durable=True)

    def end(self, frames: int, reason: str | None = None) -> None:
        """Record that the drive is over, and why: ``source_ended``, ``stopped`` or ``failed``."""
        self._write("end", {"frames": frames, "reason": reason}, durable=True)

    def flush(self) -> None:
        """Write what waits."""
        if self._line or self._waiting or self._dropped or self._unsynced:
            self._ask()

    def close(self) -> None:
        """Try once more to write what waits, and close the file; a second call does nothing.

        What is lost is said on stderr: the drive and its listeners are gone.
        """
        if self._closed:
            return
        self._closed, problem = True, None
        try:
            self._writer.run(_CLOSING_S)
        except UserError as error:
            problem = error
        self._writer.close(_CLOSING_S)
        lost = self._dropped + len(self._waiting) + bool(self._line.strip())
        if lost:
            with suppress(OSError):
                print(f"warning: {problem or self._hanging()}; lines lost: {lost}", file=sys.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _write(self, what: str, content: dict[str, object], *, durable: bool = False) -> None:
        with self._lock:
            if len(self._waiting) >= _MAX_WAITING:
                self._waiting.popleft()
                self._dropped += 1
            self._waiting.append(_encoded(what, content))
            self._unsynced = self._unsynced or durable
        self._ask()

    def _ask(self) -> None:
        """Have the writer write. Raises `UserError` when it cannot, or hangs."""
        if not self._writer.run(self._wait_s) and self._writer.hangs_s >= _HANGS_S:
            raise self._hanging()

    def _hanging(self) -> UserError:
        return UserError(NoticeText("cannot write the journal {path}: its disk does not answer", path=self.path))

    # What follows runs in the writer's thread.

    def _write_waiting(self) -> None:
        try:
            if self._file is not None and self._regular and (self._line or self._waiting):
                self._leave_a_lost_file(self._file)
            if self.gone:
                self._forget()
                return
            if self._file is None:
                if self._closed and not (self._line or self._waiting):
                    return
                self._file = self._open()
            while True:
                with self._lock:
                    self._line = self._line or self._next_line()
                if not self._line:
                    break
                if self._regular and self._is_full(self._file):
                    self._file = self._begin_next(self._file)
                self._append(self._file)
            if self._unsynced and self._regular:
                self._unsynced = False
                try:
                    os.fsync(self._file)
                except OSError:
                    self._unsynced = True
                    raise
        except (OSError, ValueError) as error:
            raise _WriteError(self.path, error) from error
        finally:
            if self._closed and self._file is not None:
                file, self._file = self._file, None
                os.close(file)

    def _open(self) -> int:
        new = not self.path.exists()
        make_folder(self.path.parent)
        # O_NONBLOCK means nothing to a regular file; Windows has none.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)
        file = os.open(self.path, flags, PRIVATE)
        self._regular = stat.S_ISREG(os.fstat(file).st_mode)
        if new and self._regular:
            _sync_folder(self.path.parent)
        if not self._ends_in_a_line():
            # The power went in the middle of a line: it stands alone, and what follows can be read.
            self._line = b"\n" + self._line
        return file

    def _leave_a_lost_file(self, file: int) -> None:
        """Let go of a file that is no longer where it was: what is written to it nobody would find."""
        try:
            if os.path.samestat(self.path.stat(), os.fstat(file)):
                return
        except FileNotFoundError:
            pass
        self._file = None
        os.close(file)
        if not self._anew:
            self.gone = True
            return
        text = "the journal was moved or deleted while it was written; this file was begun in its place"
        with self._lock:
            self._waiting.appendleft(_encoded("notice", {"text": text}))

    def _forget(self) -> None:
        with self._lock:
            self._waiting.clear()
            self._line, self._dropped, self._unsynced = b"", 0, False

    def _is_full(self, file: int) -> bool:
        """Whether the line would take the file beyond its limit; one line alone has room everywhere."""
        if self._most_bytes is None:
            return False
        size = os.fstat(file).st_size
        return size > 0 and size + len(self._line) > self._most_bytes

    def _begin_next(self, file: int) -> int:
        """Rename the file and its earlier ones, and begin the next one; where that cannot be, it grows on."""
        try:
            for number in range(_EARLIER_FILES, 0, -1):
                earlier, later = self._earlier(number), self._earlier(number + 1)
                if not earlier.exists():
                    continue
                if not _is_journal(earlier):
                    return file  # somebody else's
                if number < _EARLIER_FILES:
                    earlier.replace(later)
            os.fsync(file)
            self.path.replace(self._earlier(1))
        except OSError:
            return file
        self._file = None
        os.close(file)
        text = f"this file goes on from {self._earlier(1).name}"
        self._line = _encoded("notice", {"text": text}) + self._line
        return self._open()

    def _earlier(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _next_line(self) -> bytes:
        if self._waiting:
            return self._waiting.popleft()
        if not self._dropped:
            return b""
        dropped, self._dropped = self._dropped, 0
        return _encoded("notice", {"text": f"the journal could not be written for long; lines missing: {dropped}"})

    def _append(self, file: int) -> None:
        """Append the line; one that finds no room leaves nothing behind in a file, and its rest waits for a pipe."""
        before = os.fstat(file).st_size
        written = os.write(file, self._line)
        if written == len(self._line):
            self._line = b""
        elif self._regular:
            os.ftruncate(file, before)
            raise OSError(errno.ENOSPC, "there is no room left")
        else:
            self._line = self._line[written:]

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


class _WriteError(UserError):
    """A journal cannot be written.

    Attributes:
        can_never_be: whether that will not change.
    """

    def __init__(self, path: Path, cause: OSError | ValueError) -> None:
        number = cause.errno if isinstance(cause, OSError) else errno.EINVAL
        pipes = {
            errno.ENXIO: "nobody reads this pipe; start its reader first",
            errno.EAGAIN: "its reader does not keep up",
        }
        said = pipes.get(number or 0) or reason(cause)
        super().__init__(f"cannot write the journal {path}: {said}")
        self.can_never_be = number in _CAN_NEVER_BE


def _is_journal(path: Path) -> bool:
    """Whether a file begins as journals do: what is none is not replaced."""
    try:
        with path.open("rb") as file:
            return stat.S_ISREG(path.lstat().st_mode) and file.read(7) == b'{"at": '
    except OSError:
        return False


def _sync_folder(folder: Path) -> None:
    """Have a new file's name survive the power, where folders can be synced."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _encoded(what: str, content: dict[str, object]) -> bytes:
    line = {"at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"), "what": what, **content}
    return (as_json(line) + "\n").encode("utf-8")
