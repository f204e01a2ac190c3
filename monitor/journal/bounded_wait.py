"""Work that may hang, such as writing to a disk in the network, in a thread of its own: callers wait only so long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class BoundedWait:
    """Does one piece of work whenever it is asked to. Any thread may ask."""

    def __init__(self, work: Callable[[], object], name: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; the thread begins with the first `run`.

        Args:
            work: done once for all who ask while it is at rest, and once more for those who ask while it is done.
            name: of the thread.
            clock: monotonic seconds.
        """
        self._work, self._clock = work, clock
        self._changed = threading.Condition()
        self._asked = self._done = 0
        self._began_s: float | None = None
        self._late = self._closed = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def run(self, wait_s: float) -> bool:
        """Have the work done; whether it was, within `wait_s` seconds.

        While work is late that somebody has waited for, nobody waits again.

        Raises:
            BaseException: what the work raised.
        """
        with self._changed:
            if self._closed:
                return True
            if self._thread.ident is None:
                self._thread.start()
            self._asked += 1
            ticket = self._asked
            self._changed.notify_all()
            if self._late:
                return False
            if not self._changed.wait_for(lambda: self._done >= ticket, wait_s):
                self._late = True
                return False
            if self._error is not None:
                raise self._error
            return True

    @property
    def hangs_s(self) -> float:
        """For how many seconds the work has been at it; 0 while it rests."""
        began_s = self._began_s
        return 0.0 if began_s is None else self._clock() - began_s

    def close(self, wait_s: float) -> bool:
        """Let the thread end, after what was asked for; whether it has, within `wait_s` seconds."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked > self._done or self._closed)
                if self._asked == self._done:
                    return
                ticket, self._began_s = self._asked, self._clock()
            error: BaseException | None = None
            try:
                self._work()
            except BaseException as raised:
                error = raised
            with self._changed:
                self._done, self._error, self._began_s, self._late = ticket, error, None, False
                self._changed.notify_all()
