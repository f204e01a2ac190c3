"""One history of changes that can be taken back, whatever kind they are and wherever they were made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.viewmodel.signal import Listeners

_MAX_CHANGES = 500

Step = Callable[[Callable[[], None]], bool]
"""Takes a change back, or makes it again; whether it could.

One that is stored in the background calls what it is given when it could not be stored after all.
"""


@dataclass(frozen=True)
class Change:
    """What was changed.

    Attributes:
        what: in a few words, for people.
        undo, redo: take it back, make it again.
        of: what was changed, so that its changes can be forgotten together; compared by value.
    """

    what: str
    undo: Step
    redo: Step
    of: object = None


class UndoHistory:
    """Changes in the order in which they were made; what cannot be taken back stays the next one.

    Attributes:
        changed: there is another change to take back, or to make again.
    """

    def __init__(self) -> None:
        self.changed = Listeners()
        self._done: list[Change] = []
        self._undone: list[Change] = []

    @property
    def to_undo(self) -> Change | None:
        """The change that is taken back next; None where there is none."""
        return self._done[-1] if self._done else None

    @property
    def to_redo(self) -> Change | None:
        """The change that is made again next; None where there is none."""
        return self._undone[-1] if self._undone else None

    def add(self, change: Change) -> None:
        """Something was changed; what was taken back before cannot be made again."""
        self._done.append(change)
        del self._done[:-_MAX_CHANGES]
        self._undone.clear()
        self.changed.emit()

    def drop(self, change: Change) -> None:
        """A change could not be stored, and was not made after all."""
        for changes in (self._done, self._undone):
            changes[:] = [other for other in changes if other is not change]
        self.changed.emit()

    def forget(self, of: object) -> None:
        """Something is gone, and what was changed in it cannot be taken back."""
        for changes in (self._done, self._undone):
            changes[:] = [change for change in changes if change.of != of]
        self.changed.emit()

    def undo(self) -> Change | None:
        """Take the last change back; which one that was, None where nothing was taken back."""
        change = self.to_undo
        if change is None or not change.undo(lambda: self._put_back(change, self._undone, self._done)):
            return None
        self._undone.append(self._done.pop())
        self.changed.emit()
        return change

    def redo(self) -> Change | None:
        """Make the change again that was taken back last; which one that was, as above."""
        change = self.to_redo
        if change is None or not change.redo(lambda: self._put_back(change, self._done, self._undone)):
            return None
        self._done.append(self._undone.pop())
        self.changed.emit()
        return change

    def _put_back(self, change: Change, there: list[Change], here: list[Change]) -> None:
        """A step could not be stored after all: its change is the next one again, unless it is gone."""
        if any(other is change for other in there):
            there[:] = [other for other in there if other is not change]
            here.append(change)
            self.changed.emit()
