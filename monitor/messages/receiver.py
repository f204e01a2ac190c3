"""Who gets the messages: what a sender needs of a broker or a web server, and how they fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engines.notice import NoticeText


class UnreachableError(Exception):
    """A message could not be handed over at the moment: the same one is tried again.

    Attributes:
        problem: why, in a line for people, without any secret.
        retry_after_s: how long the receiver asks to wait; None where it does not say.
    """

    def __init__(self, problem: NoticeText, retry_after_s: float | None = None) -> None:
        super().__init__(problem)
        self.problem, self.retry_after_s = problem, retry_after_s


class RefusedError(UnreachableError):
    """A message was refused for what it is, and would be again: after some tries it is given up."""


class Receiver(Protocol):
    """Where messages go. Called from one thread, and may wait.

    Attributes:
        destination: its name in the outbox.
        name: for people, without any secret.
        thumbnails: whether messages have a thumbnail of the incident's clip.
        tries: after so many refusals a message is given up.
    """

    destination: str
    name: str
    thumbnails: bool
    tries: int

    def connect(self) -> None:
        """Make sure that there is a connection. Raises `UnreachableError`, also once for one that was lost."""
        ...

    def send(self, content: str, key: str) -> None:
        """Hand a message over, and wait until it was taken.

        Args:
            content: JSON.
            key: the same whenever it is sent again.

        Raises:
            UnreachableError, RefusedError: it was not, or may not have been taken.
        """
        ...

    def rest(self) -> float | None:
        """Do what there is to do beside messages; in how many seconds that is again, None without any such thing."""
        ...

    def take_notices(self) -> Sequence[NoticeText]:
        """What people are to know of it that is no problem, since the last call."""
        ...

    def close(self) -> None:
        """Say goodbye where there is a connection."""
        ...
