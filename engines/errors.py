"""The error that a user can act on, and what libraries' errors mean in its words."""

from __future__ import annotations

import difflib
import errno
import os
from collections.abc import Iterable

from engines.files.printable import printable


class UserError(Exception):
    """Something the user can put right; the message is one line that says what is wrong and what to do.

    Whatever names and texts it holds, no character of the line controls a terminal.
    """

    def __str__(self) -> str:
        return printable(" ".join(super().__str__().split()))


_REASONS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "permission is missing",
    errno.EPERM: "permission is missing",
    errno.EISDIR: "it is a folder and no file",
    errno.ENOTDIR: "a file stands in its path where a folder is needed",
    errno.EEXIST: "something of that name is there already",
    errno.ENOTEMPTY: "the folder is not empty",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "this user's share of the disk is full",
    errno.EFBIG: "it is larger than the disk takes",
    errno.EROFS: "the disk can only be read",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.EIO: "the disk fails",
    errno.ESTALE: "the network's disk is gone",
    errno.EBUSY: "something else uses it",
    errno.ENODEV: "there is no such device",
    errno.ENXIO: "there is no such device",
    errno.EADDRINUSE: "another program uses it",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.ECONNREFUSED: "nothing answers there",
    errno.EHOSTUNREACH: "nothing is to be reached there",
    errno.ENETUNREACH: "there is no network",
    errno.ETIMEDOUT: "nothing answers in time",
    errno.EPIPE: "nobody reads it any more",
}


def reason(error: Exception) -> str:
    """Why a file, a folder or an address cannot be used, to follow a colon; of what is not known, the error's own text.

    Args:
        error: an `OSError`, or what readers and `pathlib` raise beside it: `UnicodeDecodeError`, `ValueError` for a
            name with a null character, `RuntimeError` for links in a circle or a home that is unknown.
    """
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8 text"
    if isinstance(error, OSError):
        said = error.strerror or str(error) or type(error).__name__
        # What was raised with a text of our own keeps it.
        own = error.errno is None or said != os.strerror(error.errno)
        return said if own else _REASONS.get(error.errno or 0, said)
    said = str(error)
    if "null byte" in said or "null character" in said:
        return "its name has a null character"
    if said.startswith("Symlink loop"):
        return _REASONS[errno.ELOOP]
    return said or type(error).__name__


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """What may have been meant by a name that there is not, to follow it; empty where nothing is near."""
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(text.lower(), names, n=1)
    return f": did you mean {names[near[0]]}?" if near else ""
