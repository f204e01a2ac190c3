"""The recorders of a program's drives."""

from __future__ import annotations

from dataclasses import replace

from monitor.journal.recording.recorder import AFTER_S, BEFORE_S, Recorder
from monitor.journal.store.writer import Store
from monitor.live.recording.choice import Privacy, Recorded

_CLOSING_S = 10.0


class Recordings:
    """Makes a recorder for each drive, and has all of them end.

    Attributes:
        privacy: what is recorded of the drives to come; of the one that goes on never more than that.
    """

    def __init__(
        self,
        store: Store | None,
        privacy: Privacy,
        *,
        of_recordings: bool = False,
        around_s: tuple[float, float] | None = None,
    ) -> None:
        """Prepare.

        Args:
            store: gets the clips; None for none.
            privacy: what is recorded; may be changed at any time.
            of_recordings: whether recordings are recorded, too.
            around_s: seconds that a clip shows before its incident and after it; 5 each when None.
        """
        self._store, self.privacy, self._of_recordings = store, privacy, of_recordings
        self._before_s, self._after_s = around_s or (BEFORE_S, AFTER_S)
        self._recorders: list[Recorder] = []

    def begin(self, *, live: bool) -> Recorder | None:
        """The recorder of a drive that begins; None where nothing is recorded."""
        self._recorders = [recorder for recorder in self._recorders if not recorder.is_over]
        if self._store is None or not (live or self._of_recordings) or self.privacy.record is Recorded.NOTHING:
            return None
        recorder = Recorder(
            self._store,
            live=live,
            everything=self.privacy.record is Recorded.EVERYTHING,
            before_s=self._before_s,
            after_s=self._after_s,
        )
        self._recorders.append(recorder)
        return recorder

    def choose(self, recorded: Recorded) -> None:
        """Record this of the drives to come. What may be recorded no longer ends at once."""
        self.privacy = replace(self.privacy, record=recorded, is_chosen=True)
        for recorder in self._recorders:
            if recorded is Recorded.NOTHING:
                recorder.discard()
            elif recorded is Recorded.INCIDENTS:
                recorder.end_parts()

    @property
    def is_possible(self) -> bool:
        """Whether there is a store for what is recorded."""
        return self._store is not None

    def close(self) -> None:
        """Have what is recorded be written; before the store is closed."""
        for recorder in self._recorders:
            recorder.close(_CLOSING_S)
