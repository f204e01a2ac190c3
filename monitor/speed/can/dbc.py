"""The messages of a DBC file: read by cantools, one message at a time where the file as a whole has a fault."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engines.errors import UserError, reason
from engines.files.regular_file import read_bytes
from monitor.speed.can.text_lines import text_encoding

if TYPE_CHECKING:
    from cantools.database.can import Message

_MAX_BYTES = 64 * 2**20

# Its warnings about other messages are no news for people.
logging.getLogger("cantools").addHandler(logging.NullHandler())

_OTHER_FORMATS = (".arxml", ".kcd", ".sym")
"""What else cantools reads, as a whole."""

_MAX_STANDARD_ID, _EXTENDED = 0x7FF, 1 << 31

_MESSAGE = re.compile(
    r"^[ \t]*BO_\s+(?P<id>\d{1,10})\s+(?P<name>\w+)[^\n]*(?:\n(?:[ \t]*SG_\s[^\n]*|[ \t]*(?=\n)))*", re.MULTILINE
)
_SIGNAL = re.compile(r"\bSG_\s+(\w+)")
_STATEMENT_END = re.compile(r"\n[ \t]*(?:[A-Z][A-Z_]*_|VERSION)(?![A-Za-z0-9])|\Z")
_WHOLE_STATEMENT = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^";])*;', re.DOTALL)
_ATTRIBUTES = r'"(?:VFrameFormat|System(?:Message|Signal)LongSymbol)"'
_STATEMENT = re.compile(
    rf"\b(?:(?:VAL_|SIG_VALTYPE_|SG_MUL_VAL_)\s+|BA_\s+{_ATTRIBUTES}\s+(?:BO_|SG_)\s+)(?P<id>\d{{1,10}})\b\s*"
    r"(?P<signal>[A-Za-z_]\w*)?"
    rf"|\bBA_DEF_(?:\s+(?:BO_|SG_)|DEF_)\s+{_ATTRIBUTES}"
)


@dataclass(frozen=True)
class Dbc:
    """What a DBC file says.

    Attributes:
        path: the file.
        messages: those that are sound.
        unsound: names of those that cannot be read.
    """

    path: Path
    messages: list[Message]
    unsound: list[str]


def read_dbc(path: Path) -> Dbc:
    """Read a DBC file in any encoding. Raises `UserError` when no message of it can be read."""
    import cantools

    content = _read(path)
    text = content.decode(text_encoding(content), errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    suffix = path.suffix.lower()
    try:
        database = cantools.database.load_string(
            text, database_format=suffix[1:] if suffix in _OTHER_FORMATS else "dbc", strict=False
        )
        return Dbc(path, list(getattr(database, "messages", [])), [])
    except Exception as error:  # cantools raises errors of several libraries
        dbc = _read_one_by_one(path, text)
        if not dbc.messages:
            raise UserError(f"{path} is no DBC file that can be read{_where(error)}") from error
        return dbc


def _where(error: Exception) -> str:
    """The line of a library's complaint, if it names one."""
    line = re.search(r"\bline (\d+)", str(error))
    return f": line {line[1]} is damaged" if line else ""


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path, _MAX_BYTES)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read the DBC file {path}: {reason(error)}") from error


def _read_one_by_one(path: Path, text: str) -> Dbc:
    """The messages that can be read with all that the file says of them: a value table may be what a speed is not."""
    import cantools

    statements = _statements(text)
    messages: list[Message] = []
    unsound: list[str] = []
    for found in _MESSAGE.finditer(text):
        frame_id = int(found["id"])
        if frame_id > _MAX_STANDARD_ID:
            frame_id |= _EXTENDED  # the bit that says so, which some tools forget
        signals = set(_SIGNAL.findall(found.group()))
        its_own = [
            found.group(),
            *(statement for signal, statement in statements[frame_id] if not signal or signal in signals),
        ]
        numbered = [re.sub(r"\d+", str(frame_id), statement, count=1) for statement in its_own]
        alone = "\n".join([*numbered, *(statement for _, statement in statements[None]), ""])
        try:
            database = cantools.database.load_string(alone, database_format="dbc", strict=False)
            messages += getattr(database, "messages", [])
        except Exception:  # see above
            unsound.append(found["name"])
    return Dbc(path, messages, unsound)


def _statements(text: str) -> defaultdict[int | None, list[tuple[str, str]]]:
    """Every statement on a message's values, wherever it stands, by the message's id: its signal's name, its text.

    What attributes are is under None.
    """
    statements: defaultdict[int | None, list[tuple[str, str]]] = defaultdict(list)
    for start in _STATEMENT.finditer(text):
        following = _STATEMENT_END.search(text, start.end())
        statement = text[start.start() : following.start() if following is not None else len(text)]
        whole = _WHOLE_STATEMENT.match(statement)
        frame_id = int(start["id"]) if start["id"] else None
        if frame_id is not None and frame_id > _MAX_STANDARD_ID:
            frame_id |= _EXTENDED
        statements[frame_id].append((start["signal"] or "", whole.group() if whole is not None else statement))
    return statements
