"""What is to be sent of incidents: in order, bounded, and kept until it was delivered, however long that takes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from monitor.journal.store.records import OutboxMessage, OutboxState, stamp_of
from monitor.journal.store.times import Stamp

MOST_MESSAGES = 20_000
"""For each destination: a year of many incidents, some 40 MB."""


class Outbox:
    """The messages in a database; its methods take part in the transaction that is open, or are one by themselves.

    A message is delivered at least once: who receives one twice knows it by its incident's id and its revision. Of
    several updates of an incident that wait only the last is sent. Beyond `MOST_MESSAGES` the oldest updates make room,
    then the oldest of all, which is counted.

    Attributes:
        destinations: to whom each message goes.
        dropped: how many messages were dropped since it was opened.
        queued: how many were put there since.
    """

    def __init__(
        self, connection: sqlite3.Connection, destinations: tuple[str, ...], most: int = MOST_MESSAGES
    ) -> None:
        """Use a database's connection; `most` messages wait for each destination."""
        self._connection, self._most = connection, most
        self.destinations, self.dropped, self.queued = destinations, 0, 0

    def put(self, incident_uid: str, kind: str, content: str, now: Stamp) -> None:
        """Have something sent to all destinations."""
        values = (incident_uid, kind, now.utc_s, now.monotonic_s, now.boot_id, now.clock.value, content)
        for destination in self.destinations:
            if kind == "update":
                # Never the next one: it may be on its way.
                self._connection.execute(
                    "DELETE FROM outbox WHERE destination = ? AND incident_uid = ? AND kind = 'update' "
                    "AND id > (SELECT min(id) FROM outbox WHERE destination = ?)",
                    (destination, incident_uid, destination),
                )
            self._connection.execute(
                "INSERT INTO outbox (incident_uid, kind, utc_s, monotonic_s, boot_id, clock, content, destination) "
                "VALUES (?,?,?,?,?,?,?,?)",
                (*values, destination),
            )
            self.queued += 1
            self._bound(destination)

    def pending(self, destination: str, most: int = 1) -> list[OutboxMessage]:
        """The messages that are next for a destination, in order."""
        rows = self._connection.execute(
            "SELECT * FROM outbox WHERE destination = ? ORDER BY id LIMIT ?", (destination, most)
        )
        return [
            OutboxMessage(
                row["id"], row["destination"], row["incident_uid"], row["kind"], stamp_of(row), row["content"],
                row["attempts"], row["problem"],
            )
            for row in rows
        ]  # fmt: skip

    def delivered(self, ids: Iterable[int]) -> None:
        """Whoever was to have these messages has them."""
        self._connection.executemany("DELETE FROM outbox WHERE id = ?", ((message,) for message in ids))

    def failed(self, message: int, problem: str) -> None:
        """A message was not taken: it stays the next one."""
        self._connection.execute(
            "UPDATE outbox SET attempts = attempts + 1, problem = ? WHERE id = ?", (problem, message)
        )

    def state(self, now: Stamp, destination: str | None = None) -> OutboxState:
        """How much waits for a destination, or for all."""
        count, size = self._connection.execute(
            "SELECT count(*), coalesce(sum(length(CAST(content AS BLOB))), 0) FROM outbox "
            "WHERE ?1 IS NULL OR destination = ?1",
            (destination,),
        ).fetchone()
        oldest = self._connection.execute(
            "SELECT * FROM outbox WHERE ?1 IS NULL OR destination = ?1 ORDER BY id LIMIT 1", (destination,)
        ).fetchone()
        return OutboxState(count, size, None if oldest is None else _age_s(stamp_of(oldest), now))

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Within the block nothing is to be sent: what is taken in from elsewhere is no news."""
        destinations, self.destinations = self.destinations, ()
        try:
            yield
        finally:
            self.destinations = destinations

    @property
    def was_used(self) -> bool:
        """Whether anything was ever to be sent of this store."""
        rows = self._connection.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'outbox'")
        return rows.fetchone() is not None

    def forget_drive(self, drive_uid: str) -> None:
        """A person wants a drive gone: nothing more is sent of it."""
        self._connection.execute(
            "DELETE FROM outbox WHERE incident_uid IN (SELECT uid FROM incidents WHERE drive_uid = ?)", (drive_uid,)
        )

    def _bound(self, destination: str) -> None:
        (count,) = self._connection.execute(
            "SELECT count(*) FROM outbox WHERE destination = ?", (destination,)
        ).fetchone()
        if count <= self._most:
            return
        # An incident without an update is told all the same; one without its end goes on for ever.
        self._connection.execute(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE destination = ? "
            "ORDER BY kind <> 'update', id LIMIT ?)",
            (destination, count - self._most),
        )
        self.dropped += count - self._most


def _age_s(queued: Stamp, now: Stamp) -> float:
    """By the machine's seconds where it has not been started since: a clock that is set changes no age."""
    if queued.boot_id == now.boot_id:
        return now.monotonic_s - queued.monotonic_s
    return max(0.0, now.utc_s - queued.utc_s)
