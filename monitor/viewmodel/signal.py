"""Change notifications for widgets, without Qt."""

from __future__ import annotations

from collections.abc import Callable


class Listeners:
    """The callbacks of one kind of change. They are called in order, in the thread of `emit`."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def __len__(self) -> int:
        """How many they are."""
        return len(self._listeners)

    def connect(self, listener: Callable[[], None]) -> None:
        """Call `listener` at every change from now on."""
        self._listeners.append(listener)

    def disconnect(self, listener: Callable[[], None]) -> None:
        """Call it no more; one that is not connected is ignored."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def emit(self) -> None:
        """Call all of them."""
        for listener in tuple(self._listeners):
            listener()
