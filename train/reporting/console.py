"""Where commands print their tables."""

from __future__ import annotations

import sys

from rich.console import Console


def table_console(width: int) -> Console:
    """A terminal as wide as it is; in a file a table is `width` letters wide, which is what it needs to be."""
    return Console(width=None if sys.stdout.isatty() else width)
