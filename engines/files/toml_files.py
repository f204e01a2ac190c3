"""TOML files that the program changes and people write in: their comments and their order stay."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Item


def read_document(path: Path) -> tomlkit.TOMLDocument:
    """What a file holds, to be changed and written again; empty where there is none, or none that is TOML."""
    try:
        # Not what a pipe would give, for which nobody may wait.
        return tomlkit.parse(path.read_text(encoding="utf-8")) if path.is_file() else tomlkit.document()
    except (OSError, UnicodeDecodeError, TOMLKitError):
        return tomlkit.document()


def set_value(table: MutableMapping[str, Any], name: str, value: Any) -> Item | None:
    """Set a value and keep the comment beside it; one that is there already stays as it is written.

    Returns the item, if it is new to the table.
    """
    if name not in table:
        item: Item = tomlkit.item(value)
        table[name] = item
        return item
    if table[name] != value:
        table[name] = value
    return None
