"""Text that may be shown: without characters that control a terminal, and without the passwords of addresses."""

from __future__ import annotations

import json
import re
from typing import Any

from engines.files.addresses import address_label, hide_passwords, is_address

# C0, DEL, C1; what turns the direction of writing; line ends; what marks or annotates text unseen; half of a pair.
_UNSAFE = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
_CONTROLS = re.compile(f"[{_UNSAFE}]")
_CONTROLS_IN_LINES = re.compile(rf"(?![\n\t])[{_UNSAFE}]")


def printable(text: object) -> str:
    r"""A name, an error or a notice as one line for any terminal, file and window: ``\x1b``, ``\n``, ``\udcff``."""
    return _CONTROLS.sub(_escaped, hide_passwords(str(text)))


def printable_lines(text: str) -> str:
    """The same for a text of several lines, with tabs."""
    return _CONTROLS_IN_LINES.sub(_escaped, hide_passwords(text))


def source_label(source_name: object) -> str:
    """A source as a user names it, for people: where an address or a pipeline leads; any other name as it is."""
    text = str(source_name).strip()
    return printable(address_label(text) if is_address(text) else text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def printable_value(value: object) -> object:
    """What a template is given: a text becomes `printable_lines`; markup, which was made of such texts, stays."""
    return printable_lines(value) if type(value) is str else value


def as_json(content: Any, *, indent: int | None = None, allow_nan: bool = True) -> str:
    """JSON that people read, too: letters as they are, and what `printable` escapes in the way of JSON."""
    text = json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=allow_nan)
    # Those that are left stand within strings, where this is their other form.
    return _CONTROLS_IN_LINES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
