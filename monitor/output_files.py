"""Finding out before a drive, not after it, that a result cannot be written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from engines.errors import UserError


def prepare_file(path: Path) -> None:
    """Make sure that a file can be written, without changing it. Raises `UserError` when it cannot."""
    existed = path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}: choose another place") from error


def prepare_folder(folder: Path) -> None:
    """Make a folder, with its parents, and make sure that files can be put there. Raises `UserError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(f"cannot write into {folder}: {error.strerror}: choose another folder") from error


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old or the new one, never half of it. Raises `UserError`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(f"cannot write {path}: {error.strerror}: choose another place") from error
