"""Reading text files: what people write, and the lists that data sets come with."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from engines.errors import UserError, reason
from engines.files.regular_file import read_utf8
from engines.notice import NoticeText


def read_text(path: Path, what: str) -> str:
    """A UTF-8 text file, with or without a byte order mark.

    Args:
        path: the file.
        what: what it holds, in the plural, for the error.

    Raises:
        UserError: when it cannot be read, or is no UTF-8.
    """
    try:
        return read_utf8(path)
    except OSError as error:
        raise UserError(
            NoticeText("cannot read the {what} {path}: {reason}", what=what, path=path, reason=reason(error))
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(NoticeText("the {what} {path} are not a UTF-8 text file", what=what, path=path)) from error


def parse_rows(text: str, columns: Sequence[str], *, exact: bool = False) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV text with a header: each row's line number, and its values by column, without outer spaces.

    Args:
        text: blank lines do not count, nor does the header's case.
        columns: what the header must name.
        exact: these columns in this order, and no others; then a value may be empty.

    Raises:
        UserError: with the line number, when the header or a row lacks a column, or the text is no CSV.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise UserError(NoticeText("line {line}: this is no CSV: check its quotes", line=reader.line_num)) from error
    lines = [(number, cells) for number, cells in lines if any(cells)] or [(1, [])]
    names, wanted = [column.lower() for column in columns], ",".join(columns)
    header = [cell.lower() for cell in lines[0][1]]
    if header != names if exact else not set(names) <= set(header):
        first = lines[0][0]
        if exact:
            raise UserError(NoticeText("line {line}: the first line must be {wanted}", line=first, wanted=wanted))
        raise UserError(
            NoticeText("line {line}: the first line must name the columns {wanted}", line=first, wanted=wanted)
        )
    rows = []
    for number, cells in lines[1:]:
        if exact and len(cells) != len(names):
            raise UserError(
                NoticeText(
                    "line {line}: {count} values instead of {wanted_count} ({wanted})",
                    line=number,
                    count=len(cells),
                    wanted_count=len(names),
                    wanted=wanted,
                )
            )
        values = dict(zip(header, cells, strict=False))
        if not exact and not all(values.get(name) for name in names):
            raise UserError(NoticeText("line {line}: a value of {wanted} is missing", line=number, wanted=wanted))
        rows.append((number, {column: values[name] for column, name in zip(columns, names, strict=True)}))
    return rows


def parse_xml(text: str, what: str) -> ElementTree.Element:
    """The root of an XML text. Raises `UserError` for what is none, or declares entities, which may be bombs."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UserError(f"{what}: it declares a document type: export it again without one")
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        line = getattr(error, "position", (None, None))[0]
        raise UserError(f"{what}: this is no XML{f' from line {line} on' if line else ''}") from error


def read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file with a header, each with at least these columns.

    Raises:
        UserError: when the file cannot be read, lacks a column, or has a row that is too short.
    """
    try:
        return [values for _, values in parse_rows(read_utf8(path), columns)]
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            NoticeText("cannot read {path}: {reason}; fetch it again", path=path, reason=reason(error))
        ) from error
    except UserError as error:
        raise UserError(NoticeText("{path} {error}", path=path, error=str(error))) from error


def read_names(path: Path) -> list[str]:
    """The lines of a list of names, without blank ones. Raises `UserError` when the file cannot be read."""
    try:
        lines = read_utf8(path).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            NoticeText("cannot read {path}: {reason}; fetch it again", path=path, reason=reason(error))
        ) from error
    return [line.strip() for line in lines if line.strip()]
