"""Where commands print their tables."""

from __future__ import annotations

import sys

from engines.files.console import PrintableConsole


def table_console(width: int) -> PrintableConsole:
    """A terminal as wide as it is; in a file a table is `width` letters wide, which is what it needs to be."""
    return PrintableConsole(width=None if sys.stdout.isatty() else width)
