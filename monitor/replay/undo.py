"""One history of changes that can be taken back, of whatever kind they are."""

from __future__ import annotations

from collections.abc import Callable

_MAX_CHANGES = 500


class UndoHistory:
    """What was changed, in order."""

    def __init__(self) -> None:
        self._done: list[tuple[Callable[[], object], Callable[[], object]]] = []
        self._undone: list[tuple[Callable[[], object], Callable[[], object]]] = []

    def add(self, undo: Callable[[], object], redo: Callable[[], object]) -> None:
        """Something was changed; what was taken back before cannot be made again."""
        self._done.append((undo, redo))
        del self._done[:-_MAX_CHANGES]
        self._undone.clear()

    def undo(self) -> None:
        """Take the last change back."""
        if self._done:
            change = self._done.pop()
            self._undone.append(change)
            change[0]()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self._undone:
            change = self._undone.pop()
            self._done.append(change)
            change[1]()
