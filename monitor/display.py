"""Whether a window can be opened here, found out without Qt, which ends the whole program when one cannot."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from engines.errors import UserError

DEBIAN_PACKAGES = (
    "libegl1 libgl1 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1"
    " libxcb-image0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-randr0"
)
"""What Qt needs of the system to open a window."""


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
