"""What went wrong without ending anything, in a line for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engines.files.printable import printable

if TYPE_CHECKING:
    from typing_extensions import Self


class NoticeText(str):
    """A line in English that knows its pattern and what was put into it, so that a window can say it otherwise.

    Attributes:
        pattern: with ``{names}``, as translators know it.
        parameters: by name; texts among them may be notices themselves.
    """

    pattern: str
    parameters: dict[str, str | float]

    def __new__(cls, pattern: str, **parameters: str | float | Path) -> Self:
        """Numbers are written as the pattern says, such as ``{at_s:.1f}``; texts and paths become `printable`."""
        put_in = {
            name: value if isinstance(value, NoticeText | int | float) else printable(value)
            for name, value in parameters.items()
        }
        notice = super().__new__(cls, pattern.format(**put_in))
        notice.pattern = pattern
        notice.parameters = put_in
        return notice

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, str | float]]:
        """For copies, also those for another process."""
        return (self.pattern,), self.parameters
