"""A widget listens to the state for as long as it lives."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from monitor.viewmodel.signal import Listeners


def listen(listener: QObject, to: Listeners, call: Callable[[], None]) -> None:
    """Have `call` called at every change, until Qt deletes `listener`, whose method it is."""
    to.connect(call)
    listener.destroyed.connect(lambda: to.disconnect(call))
