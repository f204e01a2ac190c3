"""Takes messages out of the store's outbox and hands them to a receiver, one at a time, however long that takes."""

from __future__ import annotations

import json
import logging
import random
import threading
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from engines.errors import UserError
from engines.files.printable import as_json
from engines.notice import NoticeText
from monitor.journal.store.clips import thumbnail_of
from monitor.journal.store.database import Database
from monitor.journal.store.records import OutboxMessage, OutboxState, StoredFault
from monitor.journal.store.writer import Store
from monitor.live.clock import MONOTONIC, Clock
from monitor.messages.receiver import Receiver, RefusedError, UnreachableError

logger = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""Before the second attempt, and at most before any other: each wait is twice the one before."""

_STEADY_S = 60.0
"""A connection that held for so long was none of a row of failures."""

_LONGEST_ASKED_S = 3600.0
"""A receiver that asks for more patience is asked again all the same."""

_STORE_WAIT_S = 10.0
_IDLE_S = 60.0

_AGES = (
    (86_400.0, NoticeText("a day")),
    (10 * 3600.0, NoticeText("10 hours")),
    (5 * 3600.0, NoticeText("5 hours")),
    (2 * 3600.0, NoticeText("2 hours")),
    (3600.0, NoticeText("an hour")),
    (1800.0, NoticeText("30 minutes")),
    (600.0, NoticeText("10 minutes")),
    (300.0, NoticeText("5 minutes")),
    (120.0, NoticeText("2 minutes")),
    (60.0, NoticeText("a minute")),
)
"""In steps: what is shown of an age must not change every second."""


class Sender:
    """Sends to one receiver, in a thread of its own.

    A message leaves the outbox once the receiver has said that it took it, and the next one is sent after that: the
    order never changes. Where the program ends in between it is sent again, with the same id and revision.

    Attributes:
        given_up: how many messages were, since they were refused.
    """

    def __init__(
        self,
        store: Store,
        receiver: Receiver,
        *,
        clock: Clock = MONOTONIC,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; nothing is sent before `start` or `send_all`.

        Args:
            store: its outbox has the receiver's destination.
            receiver: gets the messages.
            clock: of the waits between attempts.
            jitter: 0 to 1, drawn for each wait, so that not all cars of a fleet come back at once.
        """
        self.name, self.destination = receiver.name, receiver.destination
        self._store, self._receiver, self._clock, self._jitter = store, receiver, clock, jitter
        self.given_up = 0
        self._notices: deque[NoticeText] = deque(maxlen=100)
        self._problem: NoticeText | None = None
        self._closing, self._awake = threading.Event(), threading.Event()
        self._closes_s: float | None = None
        # Taken by the receiver, and still in the outbox.
        self._taken: int | None = None
        self._failures, self._up_since_s = 0, clock.now()
        self._thread = threading.Thread(target=self._run, name=f"sender {self.destination}", daemon=True)
        store.watch_outbox(self.wake)

    def start(self) -> None:
        """Begin, with what waits from earlier."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do. Never waits; from any thread."""
        self._awake.set()

    @property
    def problem(self) -> NoticeText | None:
        """Why nothing can be sent, and what waits; None while all is well."""
        return self._problem

    def take_notices(self) -> list[NoticeText]:
        """What was given up since the last call, a line each."""
        notices = []
        with suppress(IndexError):
            while True:
                notices.append(self._notices.popleft())
        return notices

    def state(self, wait_s: float = _STORE_WAIT_S) -> OutboxState:
        """What waits for the receiver. Raises `UserError` while the store cannot say it."""
        now, destination = self._store.clock.now(), self.destination
        return self._store.call(lambda database: database.outbox.state(now, destination), wait_s)

    def send_all(self) -> int:
        """Send what waits, here and now; how many messages that were.

        Raises:
            UnreachableError: when the receiver does not take one; a `RefusedError` when it never will.
            UserError: when the store cannot be written.
        """
        self._receiver.connect()
        return self._drain()

    def close(self, wait_s: float) -> None:
        """End, after what can be sent within `wait_s` seconds; nothing is waited for while nobody can be reached."""
        self._closes_s = self._clock.now() + wait_s
        self._closing.set()
        self._awake.set()
        if self._thread.ident is not None:
            self._thread.join(wait_s)
        else:
            self._receiver.close()

    # What follows runs in the sender's thread.

    def _run(self) -> None:
        while True:
            succeeds, wait_s = self._try()
            if not succeeds:
                if self._clock.wait(self._closing, wait_s):
                    break
                continue
            if self._closing.is_set():
                break
            self._clock.wait(self._awake, wait_s)
            self._awake.clear()
        self._receiver.close()

    def _try(self) -> tuple[bool, float]:
        """Send what waits; whether nothing does any more, and in how many seconds there is something to do again."""
        try:
            try:
                self._receiver.connect()
            finally:
                self._notices.extend(self._receiver.take_notices())
            sent = self._try_to_drain()
            rest_s = self._receiver.rest()
        except UnreachableError as error:
            return False, self._fail(error.problem, error.retry_after_s)
        except Exception as error:  # its text may quote a secret
            where = traceback.extract_tb(error.__traceback__)[-1]
            logger.error("a sender failed: %s (%s:%s)", type(error).__name__, where.name, where.lineno)
            return False, self._fail(NoticeText("sending failed: {what}", what=type(error).__name__), None)
        if not sent:
            return False, FIRST_WAIT_S
        if self._problem is not None:
            self._problem, self._up_since_s = None, self._clock.now()
        return True, _IDLE_S if rest_s is None else rest_s

    def _try_to_drain(self) -> bool:
        try:
            self._drain()
        except UserError as error:  # the store's own fault says so
            logger.info("the outbox cannot be read: %s", error)
            return False
        return True

    def _fail(self, problem: NoticeText, retry_after_s: float | None) -> float:
        if self._problem is None and self._clock.now() - self._up_since_s >= _STEADY_S:
            self._failures = 0
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self._failures, 30))
        self._failures += 1
        self._problem = NoticeText("{problem}; {waiting}", problem=problem, waiting=self._waiting())
        return max(wait_s * (0.5 + 0.5 * self._jitter()), min(retry_after_s or 0.0, _LONGEST_ASKED_S))

    def _waiting(self) -> NoticeText:
        try:
            return waiting_text(self.state())
        except Exception:
            return NoticeText("the store cannot say what waits")

    def _drain(self) -> int:
        sent = 0
        while (message := self._next()) is not None:
            try:
                self._receiver.send(self._content(message), f"{message.incident_uid}-{message.id}")
            except RefusedError as error:
                if not self._give_up(message, error):
                    raise
                self._receiver.connect()  # it may have ended the connection, too
            else:
                self._taken = message.id
                sent += 1
            self._receiver.rest()
        return sent

    def _next(self) -> OutboxMessage | None:
        """The next message, once the one before has left the outbox; None when it is time to end, too."""
        taken, late = self._taken, self._closes_s is not None and self._clock.now() >= self._closes_s

        def step(database: Database) -> OutboxMessage | None:
            if taken is not None:
                database.outbox.delivered([taken])
            return next(iter(database.outbox.pending(self.destination)), None)

        message = self._store.call(step, _STORE_WAIT_S)
        self._taken = None
        return None if late else message

    def _content(self, message: OutboxMessage) -> str:
        if not self._receiver.thumbnails:
            return message.content
        thumbnail = self._store.call(lambda database: thumbnail_of(database, message.incident_uid), _STORE_WAIT_S)
        return as_json({**json.loads(message.content), "thumbnail": thumbnail})

    def _give_up(self, message: OutboxMessage, error: RefusedError) -> bool:
        """Count a refusal; whether the message was given up."""
        gives_up = message.attempts + 1 >= self._receiver.tries
        text = NoticeText(
            "{receiver}: a message ({kind}) of incident {incident} is given up after {tries} tries: {problem}",
            receiver=self.name,
            kind=message.kind,
            incident=message.incident_uid,
            tries=message.attempts + 1,
            problem=error.problem,
        )
        now = self._store.clock.now()

        def count(database: Database) -> None:
            with database.transaction():
                database.outbox.failed(message.id, str(error.problem))
                if gives_up:
                    database.outbox.delivered([message.id])
                    database.save_fault(StoredFault(None, "message", None, now, {"text": str(text)}))

        self._store.call(count, _STORE_WAIT_S)
        if gives_up:
            self.given_up += 1
            self._notices.append(text)
        return gives_up


def waiting_text(state: OutboxState) -> NoticeText:
    """What waits to be sent, and for how long, for people."""
    if not state.messages:
        return NoticeText("nothing waits to be sent")
    age = next((words for limit_s, words in _AGES if (state.oldest_s or 0.0) >= limit_s), None)
    if age is None:
        return NoticeText(
            "messages that wait to be sent: {count} ({size:.0f} kB)", count=state.messages, size=state.bytes / 1e3
        )
    return NoticeText(
        "messages that wait to be sent: {count} ({size:.0f} kB), the oldest for {age} or longer",
        count=state.messages,
        size=state.bytes / 1e3,
        age=age,
    )
