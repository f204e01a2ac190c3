"""The error that a user can act on."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can put right; the message is one line that says what is wrong and what to do."""
