"""The count of code: what it leaves out, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.code_lines import PACKAGES, code_lines, main

SOURCE = '''"""A module."""

import os
from math import (
    pi,
    tau,
)

# A comment.
LIMIT = 3  # counts
"""What a constant is."""


def area(radius: float) -> float:
    """Of a circle,

    in words.
    """
    text = """one

    three"""
    return (
        pi  # and a comment
        * radius**2
    )
'''


def test_only_code_counts() -> None:
    assert code_lines(SOURCE) == len(["LIMIT", "def", "text", "three", "return", "pi", "radius", ")"])


def test_two_checkouts_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for checkout, source in (("old", SOURCE), ("new", "A = 1\n")):
        for package in PACKAGES:
            (tmp_path / checkout / package / "room").mkdir(parents=True)
        (tmp_path / checkout / "train" / "room" / "module.py").write_text(source, encoding="utf-8")
    assert main([str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    lines = [line.split("|") for line in capsys.readouterr().out.splitlines()]
    differences = {row[1].strip(): (row[4].strip(), row[5].strip()) for row in lines if len(row) > 5}
    assert differences["train"] == differences["in all"] == ("8 → 1", "-7")
    assert differences["monitor"] == ("0 → 0", "+0")
