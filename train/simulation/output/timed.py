"""Events as they are written on a command line: ``covered@10-14`` is something from second 10 to second 14."""

from __future__ import annotations

import math
import re
from enum import Enum
from typing import TypeVar

from engines.errors import UserError

_Kind = TypeVar("_Kind", bound=Enum)
_WRITTEN = re.compile(r"([a-z-]+)@(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


def parse_timed(text: str, kinds: type[_Kind]) -> tuple[_Kind, float, float]:
    """Kind, start and end of ``KIND@START-END``, seconds.

    Raises:
        UserError: when it is written otherwise, names no such kind, or ends before it begins.
    """
    names = [str(kind.value) for kind in kinds]
    match = _WRITTEN.fullmatch(text.strip().lower())
    if match is None or match[1] not in names:
        raise UserError(f"{text!r} is not KIND@START-END, with seconds and a kind of {', '.join(names)}")
    start_s, end_s = float(match[2]), float(match[3])
    if not (math.isfinite(end_s) and start_s < end_s):
        raise UserError(f"{text!r} ends before it begins")
    return kinds(match[1]), start_s, end_s
