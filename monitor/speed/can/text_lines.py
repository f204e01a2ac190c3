"""Lines of a text of any encoding, numbered, none of them without end."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE = 64 * 1024
"""Characters. A longer line is none: a file of zeros has no end of line."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def text_encoding(content: bytes) -> str:
    """The encoding of a text, or of its beginning: by its byte order mark, else UTF-16, UTF-8 or Windows' Latin-1."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    if len(content) >= 4 and content[0] and not content[1] and content[2] and not content[3]:
        return "utf-16-le"
    if len(content) >= 4 and not content[0] and content[1] and not content[2] and content[3]:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


class LineTooLongError(Exception):
    """A line has no end: what follows is no text."""


class TextLines:
    """Iterates over lines; python-can's readers take it for a file.

    Attributes:
        number: of the line that came last, from 1.
    """

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self.number = 0
        self._file = io.TextIOWrapper(file, encoding=encoding, errors="replace")

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Raises `LineTooLongError`, and what the file raises."""
        line = self._file.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == MAX_LINE:
            raise LineTooLongError(f"line {self.number} is longer than {MAX_LINE} characters")
        return line

    def close(self) -> None:
        self._file.close()
