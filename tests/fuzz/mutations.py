"""Ways in which files are damaged, by chance: on disks and cards, in transfer, and by hand."""

from __future__ import annotations

import re

import numpy as np

from tests.engines.bundles.damage import DAMAGES, Damage

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_VALUES = (
    *(b"0", b"-1", b"1e308", b"1e400", b"-1e-320", b"nan", b"inf", b"-inf", b"NaN", b"null", b"true", b'"x"', b"[]"),
    *(b"{}", b"", b" ", b"0x10", b"1_000", b"9" * 20, b"9" * 400, b"9" * 6000, b"0.5.5", "½".encode(), "²".encode()),
    *("١٢".encode(), b"1,5", b"1e5", b"-0", b"65536", b"4294967296", b"9223372036854775808", b"2026-11-30"),
)
_TOKENS = (
    *(b"\n", b"\r", b"\x00", b"\x1b[2J", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b'"""', b",", b";", b"=", b"["),
    *(b"{", b"]" * 3, b"[" * 3000, b"{" * 3000, b'{"a":' * 2000, b"a." * 2000 + b"a = 1\n", b"#", b"\\", b"\\u0000"),
    *(b"(", b"@", "é".encode("latin-1"), "\u202e".encode(), b"[[a]]\n", b"[alerts]\n", b"SG_ ", b"%s%n"),
    b"BO_ 300 X: 8 ECU\n",
)


def change_number(content: bytes, generator: np.random.Generator) -> bytes:
    """A number in a text becomes something else."""
    found = list(_NUMBER.finditer(content))
    if not found:
        return content
    chosen = found[int(generator.integers(len(found)))]
    value = _VALUES[int(generator.integers(len(_VALUES)))]
    return content[: chosen.start()] + value + content[chosen.end() :]


def insert_token(content: bytes, generator: np.random.Generator) -> bytes:
    """What means something to some format, anywhere."""
    at = int(generator.integers(len(content) + 1))
    return content[:at] + _TOKENS[int(generator.integers(len(_TOKENS)))] + content[at:]


def move_lines(content: bytes, generator: np.random.Generator) -> bytes:
    """Lines change places, go, or come again up to 20,000 times."""
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    first, second = (int(at) for at in generator.integers(0, len(lines), 2))
    kind = int(generator.integers(3))
    if kind == 0:
        lines[first], lines[second] = lines[second], lines[first]
    elif kind == 1:
        del lines[first]
    else:
        lines[first : first + 1] *= int(10 ** generator.uniform(0, 4.3))
    return b"".join(lines)


TEXT_DAMAGES: tuple[Damage, ...] = (change_number, change_number, insert_token, move_lines)


def damaged(content: bytes, generator: np.random.Generator, *, is_text: bool) -> tuple[bytes, str]:
    """A file's content, damaged in one to four ways, and their names."""
    names = []
    for _ in range(int(generator.integers(1, 5))):
        ways = TEXT_DAMAGES if is_text and generator.random() < 0.7 else DAMAGES
        way = ways[int(generator.integers(len(ways)))]
        if not content:
            break
        content = way(content, generator)
        names.append(way.__name__)
    return content, ", ".join(names)
