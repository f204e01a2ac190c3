"""Errors that a user can act on, and how a command line shows them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence


class UserError(Exception):
    """Something the user can put right; the message is one line that says what is wrong and what to do."""


def run_command(main: Callable[[Sequence[str] | None], int], argv: Sequence[str] | None = None) -> int:
    """Run a command line's `main`; a `UserError` becomes one line on stderr and exit code 2, Ctrl-C becomes 130."""
    try:
        return main(argv)
    except UserError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
