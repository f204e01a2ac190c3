"""How much code there is: `python -m tests.code_lines OLD NEW`, two checkouts, by package and without tests.

A line counts where it holds code: blank lines, comments, docstrings (every string that stands alone) and imports do
not.
"""

from __future__ import annotations

import argparse
import ast
import io
import tokenize
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

PACKAGES = ("engines", "monitor", "train", "calibration")

_NO_CODE = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)


def code_lines(source: str) -> int:
    """The lines of a module that hold code."""
    lines = source.splitlines()
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            held.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        is_text = (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )
        if isinstance(node, (ast.Import, ast.ImportFrom)) or is_text:
            held.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return sum(1 for number in held if lines[number - 1].strip())


def count(folder: Path) -> tuple[int, int, int]:
    """Modules, lines and lines of code below a folder."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))]
    return len(sources), sum(source.count("\n") for source in sources), sum(map(code_lines, sources))


def main(argv: Sequence[str] | None = None) -> int:
    """Count two checkouts, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.code_lines", description="Lines of code, before and after.")
    parser.add_argument("old", type=Path, help="a checkout")
    parser.add_argument("new", type=Path, help="another")
    arguments = parser.parse_args(argv)
    table = Table("package", "modules", "lines", "of code", "difference", box=box.MARKDOWN)
    rows = [(package, *(count(root / package) for root in (arguments.old, arguments.new))) for package in PACKAGES]
    totals = [tuple(map(sum, zip(*(row[side] for row in rows), strict=True))) for side in (1, 2)]
    for name, old, new in (*rows, ("in all", *totals)):
        table.add_row(
            name,
            *(f"{before:,} → {after:,}" for before, after in zip(old, new, strict=True)),
            f"{new[2] - old[2]:+,}",
        )
    Console(width=100).print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
