"""Whether a window can be shown here. Qt itself ends the program without a word that helps, so this looks first.

Knows no Qt: it must work where Qt cannot be loaded.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from engines.errors import UserError

DEBIAN_PACKAGES = (
    "libegl1 libgl1 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1"
    " libxcb-shape0 libpulse0 libglib2.0-0 fonts-dejavu-core"
)
"""What a bare Debian 12 or Ubuntu lacks."""


def missing_library(reason: object) -> UserError:
    """The error for a Qt that cannot be loaded."""
    return UserError(
        f"the dashboard's window system cannot be loaded ({reason}): on Debian or Ubuntu run"
        f" 'apt install {DEBIAN_PACKAGES}', or use --headless"
    )


def require_display(environment: Mapping[str, str] = os.environ) -> None:
    """Raise `UserError` where Qt could not open a window: no display, or a library is missing."""
    if not sys.platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return
    if environment.get("WAYLAND_DISPLAY") and _plugin_problem("libqwayland.so") is None:
        return
    if not environment.get("DISPLAY"):
        raise UserError("there is no display to show the dashboard on: log in to a desktop, or use --headless")
    problem = _plugin_problem("libqxcb.so")
    if problem is not None:
        raise missing_library(problem)
    if not _display_answers():
        raise UserError(
            f"the display {environment['DISPLAY']} cannot be reached: allow this user to use it, or use --headless"
        )


def _plugin_problem(name: str) -> str | None:
    """Why a platform plug-in of PySide6 cannot be loaded; None when it can, or when it lies elsewhere."""
    found = importlib.util.find_spec("PySide6")
    if found is None or found.origin is None:
        return None
    plugin = Path(found.origin).parent / "Qt" / "plugins" / "platforms" / name
    if not plugin.exists():
        return None
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return str(error)
    return None


def _display_answers() -> bool:
    """Whether the X server that DISPLAY names lets us in."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed
