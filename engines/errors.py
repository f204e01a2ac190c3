"""The error that a user can act on, and what libraries' errors mean in its words."""

from __future__ import annotations

import difflib
import errno
import os
from collections.abc import Iterable

from engines.files.printable import printable
from engines.notice import NoticeText


class UserError(Exception):
    """Something the user can put right; the message is one line that says what is wrong and what to do.

    Whatever names and texts it holds, no character of the line controls a terminal. One that was made of a `NoticeText`
    says it as such, so that a window can say it otherwise.
    """

    def __str__(self) -> str:
        if len(self.args) == 1 and isinstance(self.args[0], NoticeText):
            return self.args[0]
        return printable(" ".join(super().__str__().split()))


_REASONS = {
    errno.ENOENT: NoticeText("there is no such file or folder"),
    errno.EACCES: NoticeText("permission is missing"),
    errno.EPERM: NoticeText("permission is missing"),
    errno.EISDIR: NoticeText("it is a folder and no file"),
    errno.ENOTDIR: NoticeText("a file stands in its path where a folder is needed"),
    errno.EEXIST: NoticeText("something of that name is there already"),
    errno.ENOTEMPTY: NoticeText("the folder is not empty"),
    errno.ENOSPC: NoticeText("the disk is full"),
    errno.EDQUOT: NoticeText("this user's share of the disk is full"),
    errno.EFBIG: NoticeText("it is larger than the disk takes"),
    errno.EROFS: NoticeText("the disk can only be read"),
    errno.ENAMETOOLONG: NoticeText("its name is too long"),
    errno.ELOOP: NoticeText("its links lead in a circle"),
    errno.EMFILE: NoticeText("too many files are open"),
    errno.ENFILE: NoticeText("too many files are open"),
    errno.EIO: NoticeText("the disk fails"),
    errno.ESTALE: NoticeText("the network's disk is gone"),
    errno.EBUSY: NoticeText("something else uses it"),
    errno.ENODEV: NoticeText("there is no such device"),
    errno.ENXIO: NoticeText("there is no such device"),
    errno.EADDRINUSE: NoticeText("another program uses it"),
    errno.EADDRNOTAVAIL: NoticeText("this machine has no such address"),
    errno.ECONNREFUSED: NoticeText("nothing answers there"),
    errno.EHOSTUNREACH: NoticeText("nothing is to be reached there"),
    errno.ENETUNREACH: NoticeText("there is no network"),
    errno.ETIMEDOUT: NoticeText("nothing answers in time"),
    errno.EPIPE: NoticeText("nobody reads it any more"),
}


def reason(error: Exception) -> str:
    """Why a file, a folder or an address cannot be used, to follow a colon; of what is not known, the error's own text.

    Args:
        error: an `OSError`, or what readers and `pathlib` raise beside it: `UnicodeDecodeError`, `ValueError` for a
            name with a null character, `RuntimeError` for links in a circle or a home that is unknown.
    """
    if isinstance(error, UnicodeDecodeError):
        return NoticeText("it is no UTF-8 text")
    if isinstance(error, OSError):
        said = error.strerror or str(error) or type(error).__name__
        # What was raised with a text of our own keeps it.
        own = error.errno is None or said != os.strerror(error.errno)
        return said if own else _REASONS.get(error.errno or 0, said)
    said = str(error)
    if "null byte" in said or "null character" in said:
        return NoticeText("its name has a null character")
    if said.startswith("Symlink loop"):
        return _REASONS[errno.ELOOP]
    return said or type(error).__name__


def one_line(error: Exception) -> str:
    """What an error says, as one line; a `NoticeText` stays one."""
    said = str(error)
    return said if isinstance(said, NoticeText) else " ".join(said.split()) or type(error).__name__


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """What may have been meant by a name that there is not, to follow it; empty where nothing is near."""
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(text.lower(), names, n=1)
    return NoticeText(": did you mean {name}?", name=names[near[0]]) if near else ""
