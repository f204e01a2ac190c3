"""Errors that a user can act on, and how a command line shows them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence


class UserError(Exception):
    """Something the user can put right; the message is one line that says what is wrong and what to do."""


def run_command(main: Callable[[Sequence[str] | None], int], argv: Sequence[str] | None = None) -> int:
    """Run a command line's `main`; a `UserError` becomes one line on stderr and exit code 2, Ctrl-C becomes 130.

    A reader of the output that goes away, as `head` does, ends the command without a word, as it does others.
    """
    try:
        code = main(argv)
        if sys.stdout is not None:  # a program without a console has none
            sys.stdout.flush()
        return code
    except UserError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The interpreter would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
