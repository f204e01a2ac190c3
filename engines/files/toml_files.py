"""TOML files that the program changes and people write in: their comments and their order stay."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Item

from engines.files.regular_file import SETTINGS_LIMIT, read_utf8

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


_DEEPEST = 32


def load_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        OSError, UnicodeDecodeError: as `engines.files.regular_file.read_utf8`.
        tomllib.TOMLDecodeError: for what is no TOML, or nested so deeply that it is no settings.
    """
    text = read_utf8(path, SETTINGS_LIMIT)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:  # a number of thousands of digits
        raise tomllib.TOMLDecodeError(str(error)) from error
    level: list[Any] = [content]
    for _ in range(_DEEPEST):
        level = [
            inner
            for table in level
            for inner in (table.values() if isinstance(table, dict) else table)
            if isinstance(inner, (dict, list))
        ]
    if level:
        raise _too_deep()
    return content


def _too_deep() -> tomllib.TOMLDecodeError:
    return tomllib.TOMLDecodeError(f"it is nested more than {_DEEPEST} levels deep")


def read_document(path: Path) -> tomlkit.TOMLDocument:
    """What a file holds, to be changed and written again; empty where there is none, or none that is TOML."""
    try:
        if not path.is_file():
            return tomlkit.document()
        load_toml(path)
        return tomlkit.parse(read_utf8(path, SETTINGS_LIMIT))
    except (OSError, ValueError, TOMLKitError):  # no UTF-8 and no TOML are ValueErrors
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
