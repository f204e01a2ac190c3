"""Passing items between threads."""

from __future__ import annotations

import threading

import pytest

from monitor.live.frames.frame_queue import FrameQueue, QueueClosed


def test_order_is_kept_and_the_giver_waits() -> None:
    queue: FrameQueue[int] = FrameQueue(2)
    giver = threading.Thread(target=lambda: [queue.put(number) for number in range(50)] and queue.close())
    giver.start()
    taken = []
    with pytest.raises(QueueClosed):
        while True:
            item = queue.get()
            assert item is not None
            taken.append(item)
    giver.join()
    assert taken == list(range(50)) and queue.dropped == 0


def test_the_newest_wins() -> None:
    queue: FrameQueue[int] = FrameQueue(1, newest_wins=True)
    assert all(queue.put(number) for number in range(5))
    assert queue.get() == 4 and queue.dropped == 4


def test_getting_times_out() -> None:
    queue: FrameQueue[int] = FrameQueue(1)
    assert queue.get(timeout_s=0.01) is None


@pytest.mark.parametrize("blocked_in", ["put", "get"])
def test_discarding_wakes_both_sides(blocked_in: str, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = threading.Event()

    class Noting(threading.Condition):
        def wait(self, timeout: float | None = None) -> bool:
            # Nobody can discard before this thread waits, for it holds the lock.
            blocked.set()
            return super().wait(timeout)

    with monkeypatch.context() as patch:
        patch.setattr(threading, "Condition", Noting)
        queue: FrameQueue[int] = FrameQueue(1)
    result: list[object] = []

    def put() -> None:
        queue.put(1)
        result.append(queue.put(2))

    def get() -> None:
        try:
            queue.get()
        except QueueClosed as closed:
            result.append(closed)

    thread = threading.Thread(target=put if blocked_in == "put" else get)
    thread.start()
    blocked.wait()
    queue.discard()
    thread.join()
    assert result == [False] if blocked_in == "put" else isinstance(result[0], QueueClosed)


def test_what_is_put_at_once_waits_for_nobody_and_only_replaces_what_may_go() -> None:
    queue: FrameQueue[int] = FrameQueue(2)
    for item in (1, 2, -1, 3, 4, -2, -3, 5):
        assert queue.put_at_once(item, lambda waiting: waiting > 0)
    assert [queue.get() for _ in range(len(queue))] == [1, -1, -2, -3, 5] and queue.dropped == 3
    queue.close()
    assert not queue.put_at_once(6, lambda _waiting: True)
