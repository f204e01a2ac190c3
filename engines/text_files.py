"""Reading text files that people write: labels, speeds."""

from __future__ import annotations

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
