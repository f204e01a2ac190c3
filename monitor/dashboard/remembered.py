"""What the window remembers from one start to the next."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings


class Remembered:
    """The window's place and the user's switches, in the platform's own settings store."""

    def __init__(self, settings: QSettings | None = None) -> None:
        self._settings = settings or QSettings("driver-monitor", "dashboard")

    @property
    def geometry(self) -> QByteArray:
        """Size and place; empty at the first start."""
        value = self._settings.value("geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @property
    def muted(self) -> bool:
        """Whether alerts make no sound."""
        return self._flag("muted", False)

    @property
    def regions_shown(self) -> bool:
        """Whether the attended regions are drawn."""
        return self._flag("regions_shown", True)

    def keep(self, geometry: QByteArray, *, muted: bool, regions_shown: bool) -> None:
        """Remember these."""
        self._settings.setValue("geometry", geometry)
        self._settings.setValue("muted", muted)
        self._settings.setValue("regions_shown", regions_shown)
        self._settings.sync()

    def _flag(self, key: str, default: bool) -> bool:
        # An INI file gives text back.
        value = self._settings.value(key, default)
        return value if isinstance(value, bool) else str(value).lower() == "true"
