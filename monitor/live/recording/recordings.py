"""The recorders of a program's drives."""

from __future__ import annotations

from monitor.journal.recording.recorder import Recorder
from monitor.journal.store.writer import Store
from monitor.live.recording.choice import Recorded

_CLOSING_S = 10.0


class Recordings:
    """Makes a recorder for each drive, and has all of them end.

    Attributes:
        what: is recorded of the drives to come; may be changed at any time.
    """

    def __init__(self, store: Store | None, what: Recorded) -> None:
        """Record for a store; without one nothing."""
        self._store, self.what = store, what
        self._recorders: list[Recorder] = []

    def begin(self, *, live: bool) -> Recorder | None:
        """The recorder of a drive that begins; None where nothing is recorded."""
        self._recorders = [recorder for recorder in self._recorders if not recorder.is_over]
        if self._store is None or self.what is Recorded.NOTHING:
            return None
        recorder = Recorder(self._store, live=live)
        self._recorders.append(recorder)
        return recorder

    def close(self) -> None:
        """Have what is recorded be written; before the store is closed."""
        for recorder in self._recorders:
            recorder.close(_CLOSING_S)
