"""Time as one drive sees it: a test brings its own and lets hours pass in no time."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock that can also be waited on."""

    def now(self) -> float:
        """Seconds that never decrease."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until an event is set, `seconds` at most; whether it is set."""
        ...


class MonotonicClock:
    """The machine's."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(max(0.0, seconds))


MONOTONIC = MonotonicClock()
