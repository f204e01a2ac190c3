"""What a sender does with a receiver that works, fails, refuses or breaks."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from engines.notice import NoticeText
from monitor.journal.store.clips import path_of
from monitor.journal.store.database import Database
from monitor.journal.store.records import OutboxState, incident_uid
from monitor.journal.store.writer import Store
from monitor.messages.receiver import UnreachableError
from monitor.messages.sender import FIRST_WAIT_S, LONGEST_WAIT_S, Sender, waiting_text
from tests.monitor.journal.store.stories import Clocks
from tests.monitor.messages.broker import WAIT_S, SenderClock, store_incidents


class Receiver:
    """Takes everything, unless it is told to raise.

    Attributes:
        taken: the messages, in order.
        raises: what it raises the next times.
    """

    destination, name, tries = "mqtt", "a receiver", 3

    def __init__(self, *, thumbnails: bool = False) -> None:
        self.thumbnails = thumbnails
        self.taken: list[dict[str, object]] = []
        self.raises: list[Exception] = []
        self.closed = False

    def connect(self) -> None:
        pass

    def send(self, content: str, key: str) -> None:
        if self.raises:
            raise self.raises.pop(0)
        self.taken.append(json.loads(content))

    def rest(self) -> None:
        pass

    def take_notices(self) -> tuple[NoticeText, ...]:
        return ()

    def close(self) -> None:
        self.closed = True


def run(store: Store, receiver: Receiver, clock: SenderClock, jitter: Callable[[], float] = lambda: 1.0) -> Sender:
    sender = Sender(store, receiver, clock=clock, jitter=jitter)
    sender.start()
    return sender


@pytest.mark.parametrize("drawn", [0.0, 0.5, 1.0])
def test_waits_grow_and_are_shorter_by_chance(drawn: float, store: Store, clock: SenderClock) -> None:
    receiver = Receiver()
    receiver.raises = [UnreachableError(NoticeText("no network")) for _ in range(10)]
    store_incidents(store, 1)
    sender = run(store, receiver, clock, lambda: drawn)
    waits = []
    for _ in range(10):
        waits.append(clock.until_failed(sender))
        clock.advance(waits[-1])
    whole = [min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0**number) for number in range(10)]
    assert waits == [wait_s * (0.5 + 0.5 * drawn) for wait_s in whole]
    clock.until_idle(sender)
    sender.close(WAIT_S)
    assert [message["type"] for message in receiver.taken] == ["new", "end"] and receiver.closed


def test_a_receiver_that_breaks_is_tried_again_and_said(
    store: Store, clock: SenderClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Without what its error says, which may be a secret."""
    receiver = Receiver()
    receiver.raises = [RuntimeError("hush-hush")]
    store_incidents(store, 1)
    sender = run(store, receiver, clock)
    wait_s = clock.until_failed(sender)
    assert sender.problem is not None and sender.problem.startswith("sending failed: RuntimeError; ")
    assert "hush-hush" not in caplog.text
    clock.advance(wait_s)
    assert [message["type"] for message in receiver.taken] in ([], ["new"], ["new", "end"])
    clock.until_idle(sender)
    sender.close(WAIT_S)
    assert len(receiver.taken) == 2 and sender.problem is None


def test_a_receiver_that_breaks_while_nothing_is_sent_is_tried_again_and_said(store: Store, clock: SenderClock) -> None:
    class Breaks(Receiver):
        breaks = True

        def rest(self) -> None:
            if self.breaks:
                self.breaks = False
                raise RuntimeError("broken")

    receiver = Breaks()
    sender = run(store, receiver, clock)
    clock.advance(clock.until_failed(sender, "sending failed: RuntimeError; nothing waits"))
    clock.until_idle(sender)
    store_incidents(store, 1)
    clock.until_idle(sender)
    sender.close(WAIT_S)
    assert [message["type"] for message in receiver.taken] == ["new", "end"]


def test_what_was_taken_is_not_sent_again_though_the_store_could_not_note_it(store: Store, clock: SenderClock) -> None:
    """It leaves the outbox once the store can be written again."""
    receiver = Receiver()
    store_incidents(store, 1, 2)
    sender = Sender(store, receiver, clock=clock)
    state, calls = store.call, []

    def fails_once(job: Callable[[Database], object], wait_s: float) -> object:
        calls.append(job)
        if len(calls) == 2:
            from engines.errors import UserError

            raise UserError("the disk is full")
        return state(job, wait_s)

    store.call = fails_once  # type: ignore[method-assign,assignment]
    sender.start()
    clock.advance(clock.next_wait())
    clock.until_idle(sender)
    sender.close(WAIT_S)
    assert [(message["number"], message["type"]) for message in receiver.taken] == [
        (1, "new"), (1, "end"), (2, "new"), (2, "end"),
    ]  # fmt: skip


@pytest.mark.parametrize("wanted", [False, True])
def test_thumbnails_are_sent_only_where_they_are_asked_for(wanted: bool, store: Store, clock: SenderClock) -> None:
    uid = incident_uid(store_incidents(store, 1), 1)
    clip = store.begin_clip(uid, 1000, WAIT_S)
    store.call(lambda database: path_of(database, clip).write_bytes(b"a clip"), WAIT_S)
    store.finish_clip(clip, (0.0, 10.0), WAIT_S, thumbnail=b"a jpeg")
    receiver = Receiver(thumbnails=wanted)
    sender = run(store, receiver, clock)
    clock.until_idle(sender)
    sender.close(WAIT_S)
    assert [message["type"] for message in receiver.taken] == ["new", "end", "update"]
    shown = receiver.taken[-1].get("thumbnail")
    assert shown == (base64.b64encode(b"a jpeg").decode() if wanted else None)
    assert ("thumbnail" in receiver.taken[-1]) is wanted


def test_the_end_waits_for_nobody_who_cannot_be_reached(store: Store, clock: SenderClock) -> None:
    receiver = Receiver()
    receiver.raises = [UnreachableError(NoticeText("no network"))] * 100
    store_incidents(store, 1)
    sender = run(store, receiver, clock)
    clock.until_failed(sender)
    sender.close(WAIT_S)  # returns at once, else the test's time runs out
    assert sender.state().messages == 2 and receiver.closed and not receiver.taken


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (OutboxState(0, 0, None), "nothing waits to be sent"),
        (OutboxState(2, 2600, 30.0), "messages that wait to be sent: 2 (3 kB)"),
        (OutboxState(2, 2600, 61.0), "messages that wait to be sent: 2 (3 kB), the oldest for a minute or longer"),
        (OutboxState(1, 900, 8e4), "messages that wait to be sent: 1 (1 kB), the oldest for 10 hours or longer"),
        (OutboxState(1, 900, 9e6), "messages that wait to be sent: 1 (1 kB), the oldest for a day or longer"),
    ],
)
def test_what_waits_is_said_in_steps(state: OutboxState, text: str) -> None:
    assert waiting_text(state) == text


def test_a_clock_that_is_set_makes_nothing_older(store: Store, store_clock: Clocks, clock: SenderClock) -> None:
    store_incidents(store, 1)
    store_clock.utc_s -= 86_400.0
    store_clock.monotonic_s += 120.0
    assert Sender(store, Receiver(), clock=clock).state().oldest_s == 120.0
