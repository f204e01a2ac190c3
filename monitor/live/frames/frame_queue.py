"""Passing frames from one thread to the next, bounded, in one of two ways."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class QueueClosed(Exception):  # noqa: N818 - how a queue ends, not a mistake
    """The queue was closed and holds nothing any more."""


class FrameQueue(Generic[T]):
    """A bounded queue between two threads that wakes both at once when it is closed.

    Either the sender waits while it is full (every item arrives, in order), or, with `newest_wins`, the oldest item
    makes room and is counted as dropped.
    """

    def __init__(self, capacity: int, *, newest_wins: bool = False) -> None:
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._newest_wins = newest_wins
        self._changed = threading.Condition()
        self._closed = False
        self._dropped = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def dropped(self) -> int:
        """How many items made room for newer ones."""
        return self._dropped

    def put(self, item: T) -> bool:
        """Put an item in; False when the queue is closed and nobody will take it."""
        with self._changed:
            if self._newest_wins and len(self._items) >= self._capacity:
                self._items.popleft()
                self._dropped += 1
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def put_at_once(self, item: T, may_go: Callable[[T], bool]) -> bool:
        """Put an item in without waiting; False when the queue is closed.

        Where as many wait that `may_go` as the queue takes, one more replaces the newest of them, which is counted as
        dropped. All others are put in, however many wait.
        """
        with self._changed:
            if self._closed:
                return False
            if may_go(item):
                places = [place for place, waiting in enumerate(self._items) if may_go(waiting)]
                if len(places) >= self._capacity:
                    del self._items[places[-1]]
                    self._dropped += 1
            self._items.append(item)
            self._changed.notify_all()
            return True

    def get(self, timeout_s: float | None = None) -> T | None:
        """The oldest item; None after `timeout_s` without one. Raises `QueueClosed` when closed and empty."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            while not self._items:
                if self._closed:
                    raise QueueClosed
                left_s = None if until is None else until - time.monotonic()
                if left_s is not None and left_s <= 0.0:
                    return None
                self._changed.wait(left_s)
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def clear(self) -> None:
        """Drop what waits, which is counted."""
        with self._changed:
            self._dropped += len(self._items)
            self._items.clear()
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more will be put; what is in it can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def discard(self) -> None:
        """Close at once and let go of what is in it."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()
