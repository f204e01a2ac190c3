"""Writing results atomically, and finding out before the work, not after it, that they cannot be written.

What is written may show people, or say where they were: it is for the user alone, whatever the umask says. A file or
folder that was there keeps its mode.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engines.errors import UserError, reason
from engines.notice import NoticeText

PRIVATE, SHARED = 0o600, 0o644
"""The modes of new files: for the user alone, or, of what shows nobody and is handed on, to be read by all."""


@contextmanager
def private_files() -> Iterator[None]:
    """Within the block, files and folders that libraries make are for the user alone, too."""
    before = os.umask(0o077)
    os.umask(before | 0o077)
    try:
        yield
    finally:
        os.umask(before)


def make_folder(folder: Path) -> None:
    """Make a folder that is missing, with its parents, for the user alone. Raises `OSError`."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def prepare_file(path: Path) -> None:
    """Make sure that `write_atomic` can write a file, without changing it. Raises `UserError` when it cannot."""
    try:
        make_folder(path.parent)
        if _is_special(path):
            # Opening a pipe would be seen at its other end.
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return
        target = path.resolve()
        existed = target.exists()
        with target.open("ab"):
            pass
        if not existed:
            target.unlink()
        # The new file is written beside the old one.
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(
            NoticeText("cannot write {path}: {reason}: choose another path", path=path, reason=reason(error))
        ) from error


def prepare_folder(folder: Path) -> None:
    """Make a folder, with its parents, and make sure that files can be put there. Raises `UserError`."""
    try:
        make_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(
            NoticeText(
                "cannot write into {folder}: {reason}: choose another folder", folder=folder, reason=reason(error)
            )
        ) from error


def write_atomic(path: Path, content: str | bytes, mode: int = PRIVATE) -> None:
    """Write a file so that a reader sees the old or the new one, never half of it. Raises `UserError`.

    Text is written as UTF-8; what is none in it is escaped.

    A link stays one: the file that it points to is written. A pipe or a terminal is written to as it is. A new file has
    the `mode`.
    """
    temporary: Path | None = None
    try:
        data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
        if _is_special(path):
            with path.open("ab") as file:
                file.write(data)
            return
        target = path.resolve()
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        temporary.unlink(missing_ok=True)
        # Not through a link that somebody else put there, and never to be read by others before its mode is set.
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, PRIVATE)) as file:
            file.write(data)
        temporary.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else mode)
        temporary.replace(target)
        temporary = None
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(
            NoticeText("cannot write {path}: {reason}: choose another path", path=path, reason=reason(error))
        ) from error
    finally:
        if temporary is not None:  # also when interrupted
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _is_special(path: Path) -> bool:
    """Whether a path is a pipe, a device or the like, or an open file such as /dev/stdout: not to be replaced."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        return False
    return not stat.S_ISREG(mode) or str(path.absolute()).startswith(("/dev/std", "/dev/fd/", "/proc/"))


def require_free(folder: Path) -> None:
    """Raise `UserError` unless a bundle's folder is new or empty, and can be made."""
    try:
        near = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if near != folder:
            if not near.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            with tempfile.TemporaryFile(dir=near):
                pass
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"cannot write to {folder}: {reason(error)}; choose another --output") from error
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is not an empty folder: bundles are never overwritten, choose another --output")


@contextmanager
def new_bundle(output: Path) -> Iterator[Path]:
    """A folder to make a bundle in; it becomes `output` at the end of the block, or, after an error, not at all.

    Raises:
        UserError: when `output` is taken, or cannot be written.
    """
    require_free(output)
    try:
        make_folder(output.parent)
        with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as unfinished:
            folder = Path(unfinished) / output.name
            folder.mkdir(mode=0o700)
            yield folder
            folder.replace(output)
    except OSError as error:
        raise UserError(f"cannot write to {output}: {reason(error)}; choose another --output") from error
