"""TOML files that the program changes and people write in: their comments and their order stay."""

from __future__ import annotations

import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.files.regular_file import SETTINGS_LIMIT, read_utf8

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    import tomlkit
    from tomlkit.items import Item

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
    except tomllib.TOMLDecodeError as error:
        raise tomllib.TOMLDecodeError(_in_our_words(str(error))) from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:  # a number of thousands of digits
        raise tomllib.TOMLDecodeError("a number in it has too many digits") from error
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


_LINE = "a line is written key = value"
_CLOSED = "a quote or a bracket is not closed, or holds what it may not"
_WORDS = {
    "Expected '='": _LINE,
    "Invalid statement": _LINE,
    "Invalid initial character": _LINE,
    "Invalid value": "this is no value: a text stands in quotes, true and false in small letters",
    "Expected newline": "more stands here than one value",
    "Cannot overwrite": "this key stands there twice",
    "Cannot declare": "this table stands there twice",
    "Cannot mutate": "this table stands there twice",
    "Duplicate": "this key stands there twice",
    "Unclosed": _CLOSED,
    "Unterminated": _CLOSED,
    "Illegal character": _CLOSED,
    "Expected ']": _CLOSED,
}
"""How the parser's complaints begin, and what we say."""


def _in_our_words(complaint: str) -> str:
    """What is wrong with a text that is no TOML, behind the line and column where."""
    position = re.search(r" \(at (.+)\)$", complaint)
    where = position[1].replace("end of document", "at its end") if position else "it is no TOML"
    words = (said for begins, said in _WORDS.items() if complaint.startswith(begins))
    return f"{where}: {next(words, 'this is no TOML')}"


def _too_deep() -> tomllib.TOMLDecodeError:
    return tomllib.TOMLDecodeError(f"it is nested more than {_DEEPEST} levels deep")


def read_document(path: Path) -> tomlkit.TOMLDocument:
    """What a file holds, to be changed and written again; empty where there is none, or none that is TOML."""
    import tomlkit  # here: what only reads settings runs where it is not installed
    from tomlkit.exceptions import TOMLKitError

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
        import tomlkit

        item: Item = tomlkit.item(value)
        table[name] = item
        return item
    if table[name] != value:
        table[name] = value
    return None
