"""What went wrong without ending anything, in a line for people."""

from __future__ import annotations

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

    def __new__(cls, pattern: str, **parameters: str | float) -> Self:
        """Numbers are written as the pattern says, such as ``{at_s:.1f}``; texts become `printable`."""
        parameters = {
            name: printable(value) if isinstance(value, str) and not isinstance(value, NoticeText) else value
            for name, value in parameters.items()
        }
        notice = super().__new__(cls, pattern.format(**parameters))
        notice.pattern = pattern
        notice.parameters = parameters
        return notice
