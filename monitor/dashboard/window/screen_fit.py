"""Keeps the window on its screen, also where no window manager would."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QWidget


def fitted(wanted: QRect, available: QRect) -> QRect:
    """A rectangle moved, and then made smaller, until it lies within what is available."""
    size = wanted.size().boundedTo(available.size())
    left = max(available.left(), min(wanted.left(), available.right() + 1 - size.width()))
    top = max(available.top(), min(wanted.top(), available.bottom() + 1 - size.height()))
    return QRect(left, top, size.width(), size.height())


def fit_to_screen(window: QWidget, smallest: QSize) -> None:
    """Keep a window, its frame included, within its screen; all of the screen is its own in full screen.

    Args:
        window: a top-level one.
        smallest: what a user may make it; less where the screen is smaller yet.
    """
    screen = window.screen()
    available = screen.geometry() if window.isFullScreen() else screen.availableGeometry()
    window.setMinimumSize(smallest.boundedTo(available.size()))
    if window.isFullScreen():
        # Without a window manager nobody else does it.
        wanted = available
    else:
        frame, inner = window.frameGeometry(), window.geometry()
        around = (inner.left() - frame.left(), inner.top() - frame.top())
        below = (frame.right() - inner.right(), frame.bottom() - inner.bottom())
        room = available.adjusted(around[0], around[1], -below[0], -below[1])
        wanted = fitted(inner, room)
    if window.geometry() != wanted:
        window.setGeometry(wanted)
