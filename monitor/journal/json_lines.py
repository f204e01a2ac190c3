"""The journal of a drive: one JSON object a line, written as things happen, so that a crash loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from engines.errors import UserError
from monitor.alerts.events import AlertEvent

if TYPE_CHECKING:
    from typing_extensions import Self


class Journal:
    """Appends to a file; every line has ``at`` (UTC, ISO 8601) and ``what``: start, event, notice or end."""

    def __init__(self, path: Path) -> None:
        """Open the file for appending, with its folder. Raises `UserError` when it cannot be written."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: TextIOWrapper | None = path.open("a", encoding="utf-8", errors="backslashreplace")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UserError(f"cannot write the journal {path}: {reason}: choose another file") from error

    def start(self, source: str, bundle: str, speed_kmh: float | None, speed: str | None = None) -> None:
        """Note that a drive begins, at a fixed speed or at one that comes from `speed`.

        Raises `UserError` like every method here.
        """
        self._write("start", {"source": source, "bundle": bundle, "speed_kmh": speed_kmh, "speed": speed})

    def event(self, event: AlertEvent) -> None:
        """Note an alert or health event."""
        self._write("event", event.as_dict())

    def notice(self, text: str) -> None:
        """Note what went wrong without ending the drive."""
        self._write("notice", {"text": text})

    def end(self, frames: int) -> None:
        """Note that the drive is over."""
        self._write("end", {"frames": frames})

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                raise UserError(f"cannot write the journal {self.path}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, what: str, content: dict[str, object]) -> None:
        if self._file is None:
            return
        line = {
            "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "what": what,
            **content,
        }
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise UserError(f"cannot write the journal {self.path}: {error.strerror}") from error


class SafeJournal:
    """A drive's journal, if it has one. A full disk must not end the drive: the journal ends there instead."""

    def __init__(self, journal: Journal | None) -> None:
        self._journal = journal

    def note(self, write: Callable[[Journal], None]) -> str | None:
        """Let `write` write to the journal, while there is one; what to tell people when it has just ended."""
        if self._journal is None:
            return None
        try:
            write(self._journal)
        except UserError as error:
            self._journal = None
            return f"{error}: the journal ends here"
        return None
