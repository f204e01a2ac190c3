"""The layout sizes of the window, and the frames that its parts stand in."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from monitor.dashboard.widgets import palette


class LayoutSize(Enum):
    """How large the window is, text size taken into account.

    LOW is as wide as WIDE, but less high; MINI is less high even than TINY, as with large text on a small screen.
    """

    WIDE = "wide"
    LOW = "low"
    NARROW = "narrow"
    TINY = "tiny"
    MINI = "mini"


SMALL = (LayoutSize.TINY, LayoutSize.MINI)
"""Where only one part is seen at a time."""


def layout_size(width: int, height: int) -> LayoutSize:
    """The layout size of a window, given its size in pixels."""
    units = width / palette.scale(), height / palette.scale()
    if units[0] >= 1040 and units[1] >= 600:
        return LayoutSize.WIDE if units[1] >= 780 else LayoutSize.LOW
    if units[0] >= 700 and units[1] >= 400:
        return LayoutSize.NARROW
    return LayoutSize.TINY if units[1] >= 300 else LayoutSize.MINI


def section(text: str) -> QLabel:
    """A small heading."""
    label = QLabel(text.upper())
    label.setObjectName("section")
    return label


def card(
    title: str | None, *contents: QWidget, margins: tuple[int, int, int, int] = (16, 10, 16, 10), stretch: bool = True
) -> QFrame:
    """A frame around widgets, one below the other; the last one takes what room is left."""
    made = QFrame()
    made.setObjectName("card")
    layout = QVBoxLayout(made)
    layout.setContentsMargins(*(palette.px(margin) for margin in margins))
    layout.setSpacing(palette.px(6))
    if title is not None:
        layout.addWidget(section(title))
    for number, content in enumerate(contents):
        layout.addWidget(content, 1 if stretch and number == len(contents) - 1 else 0)
    return made


def scrolling(content: QWidget, *, sideways: bool = True) -> QScrollArea:
    """What does not fit is scrolled to; where not `sideways`, the content must get by with the width that there is."""
    made = QScrollArea()
    made.setWidget(content)
    made.setWidgetResizable(True)
    if not sideways:
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


def scroll_page(page: QWidget, content: QWidget, widest: int) -> None:
    """Lay a content out on a page, in a card; wider than `widest` it would be hard to read."""
    content.setMaximumWidth(palette.px(widest))
    inner = content.layout()
    if inner is not None:
        inner.setContentsMargins(0, 0, palette.px(8), 0)
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(card(None, scrolling(content), margins=(18, 16, 10, 14)))
