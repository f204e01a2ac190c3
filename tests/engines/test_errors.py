"""Libraries' errors in our words."""

from __future__ import annotations

import errno
import os

import pytest

from engines.errors import did_you_mean, reason


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


def test_what_may_have_been_meant() -> None:
    assert did_you_mean("--outptu", ["--output", "--labels"]) == ": did you mean --output?"
    assert did_you_mean("FP16x", ["fp32", "fp16"]) == ": did you mean fp16?"
    assert did_you_mean("zzz", ["fp32", "fp16"]) == did_you_mean("x", []) == ""
