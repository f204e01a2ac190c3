"""What went wrong without ending anything, in a line for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        """Numbers are written as the pattern says, such as ``{at_s:.1f}``."""
        notice = super().__new__(cls, pattern.format(**parameters))
        notice.pattern = pattern
        notice.parameters = parameters
        return notice
