"""Buttons with an icon: their words, and the key that does the same, stand in the tooltip."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QToolButton

from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.icons import icon


def keys(key: str) -> str:
    """A key as the platform writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def describe(button: QAbstractButton, symbol: str, text: str, key: str = "", *, colour: str | None = None) -> None:
    """Show a symbol, in the text's colour where none is given, and describe what the button does now."""
    button.setIcon(icon(symbol, colour or palette.theme().text, button.iconSize().height()))
    button.setToolTip(f"{text} ({keys(key)})" if key else text)
    button.setAccessibleName(text)


def set_icon(button: QAbstractButton, symbol: str, *, size: int = 18, colour: str | None = None) -> None:
    """Show a symbol of a size, or none, in the text's colour where no other is given."""
    button.setIconSize(QSize(palette.px(size), palette.px(size)))
    button.setIcon(icon(symbol, colour or palette.theme().text, palette.px(size)) if symbol else QIcon())


def set_up(
    button: QAbstractButton,
    symbol: str,
    text: str,
    action: Callable[[], object],
    key: str = "",
    *,
    size: int = 18,
    colour: str | None = None,
) -> None:
    """Give a button its symbol of a size, its words and what it does; the mouse does not take the focus along."""
    button.setIconSize(QSize(palette.px(size), palette.px(size)))
    describe(button, symbol, text, key, colour=colour)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(lambda _checked=False: action())


def icon_button(
    symbol: str, text: str, action: Callable[[], object], key: str = "", *, size: int = 18, plain: bool = False
) -> QToolButton:
    """A button without words; a `plain` one has no frame either, and a softer symbol."""
    button = QToolButton()
    if plain:
        button.setObjectName("plain")
    set_up(button, symbol, text, action, key, size=size, colour=palette.theme().soft if plain else None)
    return button
