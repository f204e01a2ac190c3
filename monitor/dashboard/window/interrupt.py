"""Ctrl-C in the terminal closes the window as its close button does."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QSocketNotifier


@contextmanager
def interrupt_calls(close: Callable[[], object]) -> Iterator[None]:
    """Within the block, SIGINT and SIGTERM call `close` from Qt's event loop. Only in the main thread.

    Qt's loop runs no Python code while nothing happens, so Python would not notice a signal: it is made to write a
    byte to a socket, and that the loop notices.
    """
    reading, writing = socket.socketpair()
    for end in (reading, writing):
        end.setblocking(False)
    notifier = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read)

    kinds = (signal.SIGINT, signal.SIGTERM)

    def woken() -> None:
        # Every signal that Python handles writes its number.
        if set(reading.recv(64)).intersection(kinds):
            close()

    notifier.activated.connect(woken)
    before = {kind: signal.signal(kind, lambda _number, _frame: None) for kind in kinds}
    previous_fd = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(previous_fd)
        for kind, handler in before.items():
            signal.signal(kind, handler)
        notifier.setEnabled(False)
        reading.close()
        writing.close()
