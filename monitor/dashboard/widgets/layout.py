"""The layout sizes of the window, and the frames that its parts stand in."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QBoxLayout,
    QFrame,
    QLabel,
    QLayout,
    QScrollArea,
    QScroller,
    QWidget,
)

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


Part = QWidget | QLayout | tuple[QWidget | QLayout, int] | int | None
"""Of a row or a column: a widget or a layout, perhaps with its stretch; pixels to leave free; None for all that is
left."""

Margins = tuple[int, int, int, int]
"""Pixels: left, top, right, bottom."""

NO_MARGINS: Margins = (0, 0, 0, 0)


def row(
    *parts: Part, into: QWidget | None = None, spacing: int | None = None, margins: Margins | None = None
) -> QBoxLayout:
    """A layout from left to right; `column` has the arguments."""
    return _box(QBoxLayout.Direction.LeftToRight, parts, into, spacing, margins)


def column(
    *parts: Part, into: QWidget | None = None, spacing: int | None = None, margins: Margins | None = None
) -> QBoxLayout:
    """A layout from top to bottom.

    Args:
        parts: from first to last.
        into: the widget whose layout it is.
        spacing: pixels between parts, as all of these at a text size of 100 %; the style's when left out.
        margins: around them; the style's when left out.
    """
    return _box(QBoxLayout.Direction.TopToBottom, parts, into, spacing, margins)


def _box(
    direction: QBoxLayout.Direction,
    parts: Iterable[Part],
    into: QWidget | None,
    spacing: int | None,
    margins: Margins | None,
) -> QBoxLayout:
    made = QBoxLayout(direction, into)
    if margins is not None:
        made.setContentsMargins(*(palette.px(margin) for margin in margins))
    if spacing is not None:
        made.setSpacing(palette.px(spacing))
    for part in parts:
        if part is None:
            made.addStretch(1)
        elif isinstance(part, int):
            made.addSpacing(palette.px(part))
        else:
            content, stretch = part if isinstance(part, tuple) else (part, 0)
            if isinstance(content, QWidget):
                made.addWidget(content, stretch)
            else:
                made.addLayout(content, stretch)
    return made


def card(title: str | None, *contents: QWidget, margins: Margins = (16, 10, 16, 10), stretch: bool = True) -> QFrame:
    """A frame around widgets, one below the other; the last one takes what room is left."""
    made = QFrame()
    made.setObjectName("card")
    head = [] if title is None else [section(title)]
    *first, last = contents
    column(*head, *first, (last, 1 if stretch else 0), into=made, spacing=6, margins=margins)
    return made


def scrolling(content: QWidget, *, sideways: bool = True) -> QScrollArea:
    """What does not fit is scrolled to; where not `sideways`, the content must get by with the width that there is."""
    made = QScrollArea()
    made.setWidget(content)
    made.setWidgetResizable(True)
    scroll_by_touch(made)
    if not sideways:
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


def scroll_by_touch(area: QAbstractScrollArea) -> None:
    """A finger moves the content, as the wheel does; the mouse does what it did."""
    QScroller.grabGesture(area.viewport(), QScroller.ScrollerGestureType.TouchGesture)


def scroll_page(page: QWidget, content: QWidget, widest: int) -> None:
    """Lay a content out on a page, in a card; wider than `widest` it would be hard to read."""
    content.setMaximumWidth(palette.px(widest))
    inner = content.layout()
    if inner is not None:
        inner.setContentsMargins(0, 0, palette.px(8), 0)
    column(card(None, scrolling(content), margins=(18, 16, 10, 14)), into=page, margins=NO_MARGINS)
