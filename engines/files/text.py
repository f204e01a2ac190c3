"""Reading text files: what people write, and the lists that data sets come with."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from engines.errors import UserError


def read_text(path: Path, what: str) -> str:
    """A UTF-8 text file, with or without a byte order mark.

    Args:
        path: the file.
        what: what it holds, in the plural, for the error.

    Raises:
        UserError: when it cannot be read, or is no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"cannot read the {what} {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"the {what} {path} are not a UTF-8 text file") from error


def read_rows(path: Path, columns: Sequence[str], advice: str = "fetch it again") -> list[dict[str, str]]:
    """The rows of a CSV file with a header, each with at least these columns; ``advice`` helps when it is unreadable.

    Raises:
        UserError: when the file cannot be read, lacks a column, or has a row that is too short.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not set(columns) <= set(rows.fieldnames or ()):
                raise UserError(f"{path} needs the columns {','.join(columns)} in its first line")
            kept = []
            for row in rows:
                if any(not row[column] for column in columns):
                    raise UserError(f"{path} line {rows.line_num}: a value of {','.join(columns)} is missing")
                kept.append({column: row[column].strip() for column in columns})
            return kept
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"cannot read {path}: {error}; {advice}") from error


def read_names(path: Path) -> list[str]:
    """The lines of a list of names, without blank ones. Raises `UserError` when the file cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}; fetch it again") from error
    return [line.strip() for line in lines if line.strip()]
