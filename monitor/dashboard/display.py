"""Whether a window can be opened here, found out without Qt, which ends the whole program when one cannot."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from engines.errors import UserError

DEBIAN_PACKAGES = (
    "libegl1 libgl1 libdbus-1-3 libfontconfig1 libglib2.0-0 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4"
    " libxcb-keysyms1 libxcb-shape0 libwayland-cursor0 libwayland-egl1 libpulse0 libxrandr2"
)
"""What Qt needs of the system to open a window; the last two, to make a sound."""


def libraries_missing(reason: object) -> UserError:
    """The error for Qt's missing system libraries; `reason` is what the loader said."""
    return UserError(
        f"the dashboard cannot load its window system ({reason}): on Debian or Ubuntu run"
        f" 'apt install {DEBIAN_PACKAGES}', or use --headless"
    )


def check_display() -> None:
    """Raises `UserError` when there is no display, or Qt's plugin for it lacks a library. Linux only."""
    if not sys.platform.startswith("linux"):
        return
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if not platform:
        if os.environ.get("WAYLAND_DISPLAY"):
            return
        if not os.environ.get("DISPLAY"):
            raise UserError(
                "there is no display for the dashboard: use --headless, or set DISPLAY;"
                f" on Debian or Ubuntu a display also needs 'apt install {DEBIAN_PACKAGES}'"
            )
        platform = "xcb"
    if platform != "xcb":
        return
    package = importlib.util.find_spec("PySide6")
    for folder in package.submodule_search_locations or () if package is not None else ():
        plugin = Path(folder) / "Qt" / "plugins" / "platforms" / "libqxcb.so"
        if plugin.exists():
            try:
                ctypes.CDLL(str(plugin))
            except OSError as error:
                raise libraries_missing(error) from error
    if not _x_server_answers():
        raise UserError(
            f"the display {os.environ.get('DISPLAY', '')!r} cannot be reached: use --headless, or set DISPLAY to one"
            " that this user may use"
        )


def _x_server_answers() -> bool:
    """Whether the X server that DISPLAY names lets us in."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        # Qt's plugin comes with another one.
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    # Left open: a server without a window manager restarts when its last client leaves, and would miss Qt.
    return not xcb.xcb_connection_has_error(xcb.xcb_connect(None, None))
