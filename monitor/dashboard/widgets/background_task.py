"""Long work in its own thread, with progress and a way to stop it: nothing may block the window."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from engines.errors import UserError, one_line
from engines.notice import NoticeText

logger = logging.getLogger(__name__)

T = TypeVar("T")

_REPORT_EVERY_S = 0.1


class CancelledError(Exception):
    """The work was to stop; raised where it reports its progress."""


class Progress:
    """How far the work has come; used in its thread.

    Attributes:
        fraction: 0..1; None while it is not known.
        words: what is being done.
    """

    def __init__(self, on_progress: Callable[[], None]) -> None:
        self.fraction: float | None = None
        self.words = ""
        self.cancelled = threading.Event()
        self._on_progress, self._reported_at = on_progress, 0.0

    def __call__(self, fraction: float | None = None, words: str | None = None) -> None:
        """Report how far the work has come. Raises `CancelledError` when it is to stop."""
        if self.cancelled.is_set():
            raise CancelledError
        self.fraction = fraction if fraction is not None else self.fraction
        self.words = words if words is not None else self.words
        now = time.monotonic()
        if now - self._reported_at >= _REPORT_EVERY_S or words is not None:
            self._reported_at = now
            self._on_progress()


class Background(QObject, Generic[T]):
    """One piece of work. Not a QThread: what hangs must not stop the program from closing."""

    progressed = Signal()
    finished = Signal()
    """The work is over: `result`, `error` or `cancelled` says how."""

    def __init__(self, name: str, work: Callable[[Progress], T], done: Callable[[Background[T]], None]) -> None:
        """Prepare; `done` gets this object in the window's thread, unless it was abandoned."""
        super().__init__()
        self.progress = Progress(self.progressed.emit)
        self.result: T | None = None
        self.error = ""
        self._work, self._done = work, done
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, name=f"dashboard {name}", daemon=True)
        self.finished.connect(self._finish)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self.progress.cancelled.is_set()

    def cancel(self) -> None:
        """Have it stop at its next report."""
        self.progress.cancelled.set()

    def abandon(self, timeout_s: float = 0.0) -> None:
        """Have it stop, and hear no more of it; wait for it a little."""
        self._abandoned = True
        self.cancel()
        if timeout_s > 0.0 and self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self.result = self._work(self.progress)
        except CancelledError:
            pass
        except UserError as error:
            self.error = one_line(error)
        except Exception as error:
            logger.exception("background work failed")
            self.error = NoticeText("{problem}. Try again; if it stays, report it", problem=one_line(error))
        self.finished.emit()

    def _finish(self) -> None:
        if not self._abandoned:
            self._done(self)
