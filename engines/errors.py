"""The error that a user can act on."""

from __future__ import annotations

from engines.files.printable import printable


class UserError(Exception):
    """Something the user can put right; the message is one line that says what is wrong and what to do.

    Whatever names and texts it holds, no character of the line controls a terminal.
    """

    def __str__(self) -> str:
        return printable(" ".join(super().__str__().split()))
