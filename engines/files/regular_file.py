"""Reading whole files, and nothing but files: no pipe that nobody writes to, nor more than such a file can hold."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from engines.errors import UserError, reason
from engines.notice import NoticeText

TEXT_LIMIT = 64 << 20
"""Bytes of labels, speeds and lists: a day of either is a tenth of it."""

_BLOCK = 1 << 20

SETTINGS_LIMIT = 1 << 20
"""Bytes of a policy, a mount, a recipe or the like."""


def read_bytes(path: Path, limit: int) -> bytes:
    """The content of a file.

    Raises:
        OSError: when it cannot be read, is no file, or is larger than `limit` bytes, which is not read first: a file
            may say that it has terabytes, and have none of them on the disk. Its `strerror` says which.
    """
    _require_regular(path.stat(), path)
    # Another may be there by now: no pipe is waited for.
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(file)
        _require_regular(status, path)
        content, size = bytearray(), status.st_size
        # To its end, which may be elsewhere than it says: files of /proc say that they are empty.
        while size <= limit and (block := os.read(file, _BLOCK)):
            content += block
            size = max(size, len(content))
    finally:
        os.close(file)
    if size > limit:
        shown = f"it is {size / 1e6:,.0f} MB or larger, and may have {limit / 1e6:,.0f} MB"
        raise OSError(errno.EFBIG, shown, str(path))
    return bytes(content)


def read_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file of any size, with their ends; one beyond `TEXT_LIMIT` comes in pieces.

    Raises `OSError` when it cannot be read, or is no file.
    """
    _require_regular(path.stat(), path)
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(file, "rb") as opened:
        _require_regular(os.fstat(file), path)
        while line := opened.readline(TEXT_LIMIT):
            yield line


def read_utf8(path: Path, limit: int = TEXT_LIMIT) -> str:
    """The text of a UTF-8 file, with or without a byte order mark; its lines end in line feeds.

    Raises:
        OSError, UnicodeDecodeError: as `read_bytes`, or for what is no UTF-8.
    """
    return read_bytes(path, limit).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def require_regular(path: Path, what: str) -> None:
    """Raise `UserError` unless a path is a file, for libraries that open it by themselves; `what` says which."""
    try:
        _require_regular(path.stat(), path)
    except (OSError, ValueError) as error:  # the latter for a name with a null character
        raise UserError(
            NoticeText("cannot read the {what} {path}: {reason}", what=what, path=path, reason=reason(error))
        ) from error


def _require_content(status: os.stat_result, path: Path) -> None:
    """A file may say that it has gigabytes, and have none of them on the disk: a reader would look through them all."""
    there = getattr(status, "st_blocks", None)  # Windows does not tell
    if there is not None and status.st_size > TEXT_LIMIT and there * 512 < status.st_size // 100:
        hole = f"of its {status.st_size / 1e6:,.0f} MB {there * 512 / 1e6:,.0f} are on the disk: copy it again"
        raise OSError(errno.EINVAL, hole, str(path))


def _require_regular(status: os.stat_result, path: Path) -> None:
    mode = status.st_mode
    if stat.S_ISREG(mode):
        _require_content(status, path)
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder and no file", str(path))
    kinds = {stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}
    raise OSError(errno.EINVAL, f"it is a {kinds.get(stat.S_IFMT(mode), 'device')} and no file", str(path))
