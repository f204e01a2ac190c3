"""Writes what a person says of incidents and drives in a thread of its own: a slow disk must not freeze the window."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from engines.errors import UserError, one_line
from engines.notice import NoticeText

logger = logging.getLogger(__name__)

T = TypeVar("T")

Say = Callable[[str], object]
"""Shows a line to the user."""


@dataclass(eq=False)
class _Job:
    """One piece of work; `key` is None for one that only reads."""

    key: Hashable
    work: Callable[[], Any]
    done: Callable[[Any], object]
    failed: Callable[[bool], object]
    say: Say
    result: Any = None
    error: str = ""


class Saving(QObject):
    """Works off what is left with it, one after the other, in order. Used from the window's thread."""

    _progressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._over: deque[_Job] = deque()
        self._runs = False
        self._now: _Job | None = None
        self._waiting: Counter[Hashable] = Counter()
        self._reads = 0
        self._said: set[str] = set()
        self._progressed.connect(self._take)

    def write(
        self,
        key: Hashable,
        work: Callable[[], object],
        *,
        done: Callable[[], object] = lambda: None,
        failed: Callable[[bool], object] = lambda _is_latest: None,
        say: Say,
    ) -> None:
        """Have something written; what is called then is called in the window's thread.

        Args:
            key: what is written, not None.
            work: writes it, in the thread. What it cannot do is a `UserError`.
            done: it is written.
            failed: it is not; whether nothing else with the same key waits to be written.
            say: gets what went wrong, once for all that waits to be written.
        """
        self._waiting[key] += 1
        self._put(_Job(key, work, lambda _result: done(), failed, say))

    def read(self, work: Callable[[], T], done: Callable[[T], object], say: Say) -> None:
        """Have something read after what is to be written.

        Args:
            work: reads it, in the thread. What it cannot do is a `UserError`.
            done: gets it, in the window's thread; read again where there was something to write meanwhile.
            say: gets what went wrong.
        """
        self._reads += 1
        self._put(_Job(None, work, done, lambda _is_latest: None, say))

    def is_writing(self, key: Hashable = None) -> bool:
        """Whether anything, or something with a key, waits to be written."""
        return bool(self._waiting) if key is None else key in self._waiting

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be written or read."""
        return not self._waiting and not self._reads

    def finish(self, timeout_s: float) -> int:
        """Wait until everything is written, where the window takes no word of it; how much could not be."""
        with self._changed:
            self._jobs = deque(job for job in self._jobs if job.key is not None)
            self._changed.wait_for(lambda: not self._runs, timeout_s)
            left = [*self._jobs, *([self._now] if self._now is not None else [])]
            left += [job for job in self._over if job.error]
            return sum(job.key is not None for job in left)

    def _put(self, job: _Job) -> None:
        with self._changed:
            self._jobs.append(job)
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._run, name="dashboard saving", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._jobs:
                    self._runs = False
                    self._changed.notify_all()
                    return
                job = self._now = self._jobs.popleft()
            job.error = ""
            try:
                job.result = job.work()
            except UserError as error:
                job.error = str(error)
            except Exception as error:
                logger.exception("saving failed")
                job.error = NoticeText("{problem}. Try again; if it stays, report it", problem=one_line(error))
            with self._changed:
                self._over.append(job)
                self._now = None
            with suppress(RuntimeError):  # the window is gone already
                self._progressed.emit()

    def _take(self) -> None:
        while self._over:
            job = self._over.popleft()
            if job.key is None:
                self._take_read(job)
                continue
            self._waiting[job.key] -= 1
            if not self._waiting[job.key]:
                del self._waiting[job.key]
            if job.error:
                self._say(job)
                job.failed(job.key not in self._waiting)
            else:
                job.done(job.result)
            if not self._waiting:
                self._said.clear()

    def _take_read(self, job: _Job) -> None:
        if self._waiting:
            self._put(job)
            return
        self._reads -= 1
        if job.error:
            job.say(job.error)
        else:
            job.done(job.result)

    def _say(self, job: _Job) -> None:
        if job.error not in self._said:
            self._said.add(job.error)
            job.say(job.error)
