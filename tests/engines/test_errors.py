"""Libraries' errors in our words."""

from __future__ import annotations

import copy
import errno
import os
import pickle
from pathlib import Path

import pytest

from engines.errors import UserError, did_you_mean, one_line, reason
from engines.notice import NoticeText


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "x"), "there is no such file or folder"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "permission is missing"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "the disk is full"),
        (OSError(errno.EISDIR, "it is a folder and no file"), "it is a folder and no file"),
        (OSError(errno.EINVAL, "it is a pipe and no file"), "it is a pipe and no file"),
        (OSError("only a text"), "only a text"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "it is no UTF-8 text"),
        (ValueError("embedded null byte"), "its name has a null character"),
        (RuntimeError("Symlink loop from '/a'"), "its links lead in a circle"),
        (ValueError("odd"), "odd"),
        (ValueError(), "ValueError"),
    ],
)
def test_why_something_cannot_be_used(error: Exception, said: str) -> None:
    assert reason(error) == said


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EBUSY, errno.EIO])
def test_what_the_system_says_can_be_translated(number: int) -> None:
    why = reason(OSError(number, os.strerror(number)))
    assert isinstance(why, NoticeText) and why != os.strerror(number)


def test_an_error_made_of_a_notice_says_it_as_one() -> None:
    why = reason(PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    error = UserError(NoticeText("cannot write {path}: {reason}", path=Path("a\x1b{b}"), reason=why))
    # Also where it comes from another process.
    for said in (str(error), one_line(error), str(pickle.loads(pickle.dumps(error))), copy.deepcopy(str(error))):
        assert isinstance(said, NoticeText) and said.parameters["reason"] == "permission is missing"
        assert said == "cannot write a\\x1b{b}: permission is missing" == f"{error}"
    assert one_line(ValueError("two\n lines")) == "two lines" and one_line(ValueError()) == "ValueError"


def test_what_may_have_been_meant() -> None:
    assert did_you_mean("--outptu", ["--output", "--labels"]) == ": did you mean --output?"
    assert did_you_mean("FP16x", ["fp32", "fp16"]) == ": did you mean fp16?"
    assert did_you_mean("zzz", ["fp32", "fp16"]) == did_you_mean("x", []) == ""
