"""What the window saves from one start to the next, in a file beside the user's others: its looks."""

from __future__ import annotations

from dataclasses import asdict

from PySide6.QtCore import QByteArray, QLocale, QSettings

from monitor.dashboard.numbers import SpeedUnit, system_speed_unit
from monitor.live.user_files import LastChoices, user_folder
from monitor.viewmodel.state import Overlays
from monitor.viewmodel.themes import DARK, THEMES, Theme


class SettingsStore:
    """The window's place and the user's choices."""

    def __init__(self, settings: QSettings | None = None) -> None:
        self._settings = settings or QSettings(str(user_folder() / "dashboard.conf"), QSettings.Format.IniFormat)

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
    def full_screen(self) -> bool:
        """Whether the window fills the screen."""
        return self._flag("full_screen", False)

    @property
    def overlays(self) -> Overlays:
        """What is drawn over the picture."""
        default = Overlays()
        return Overlays(**{name: self._flag(f"overlays/{name}", shown) for name, shown in asdict(default).items()})

    @property
    def theme(self) -> Theme:
        """The colours."""
        return THEMES.get(self.text("theme"), DARK)

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self.set_text("theme", theme.name)

    @property
    def scale(self) -> float | None:
        """Of the text; None where none was chosen."""
        return self._number("scale")

    @scale.setter
    def scale(self, scale: float) -> None:
        self.set_text("scale", f"{scale:.2f}")

    @property
    def language(self) -> str:
        """``en`` or ``de``; the system's where none was chosen."""
        system = "de" if QLocale.system().language() is QLocale.Language.German else "en"
        return self.text("language") or system

    @language.setter
    def language(self, language: str) -> None:
        self.set_text("language", language)

    @property
    def speed_unit(self) -> SpeedUnit:
        """What speeds are shown in; the system's where none was chosen."""
        chosen = self.text("speed_unit")
        return SpeedUnit(chosen) if chosen in {unit.value for unit in SpeedUnit} else system_speed_unit()

    @speed_unit.setter
    def speed_unit(self, unit: SpeedUnit) -> None:
        self.set_text("speed_unit", unit.value)

    @property
    def choices(self) -> LastChoices:
        """What versions before `settings.toml` saved here beside the looks."""
        texts = ("source", "checked_source", "bundle", "runtime", "precision", "resolution")
        return LastChoices(
            **{name: self.text(name) for name in texts},
            max_fps=self._number("max_fps"),
            adaptive=self._flag("adaptive", False),
        )

    def save(self, geometry: QByteArray, *, full_screen: bool, muted: bool, overlays: Overlays) -> None:
        """Save these."""
        self._settings.setValue("full_screen", full_screen)
        self._settings.setValue("geometry", geometry)
        self._settings.setValue("muted", muted)
        for name, shown in asdict(overlays).items():
            self._settings.setValue(f"overlays/{name}", shown)
        self._settings.sync()

    def text(self, key: str) -> str:
        """What is saved under a key; empty for nothing."""
        value = self._settings.value(key, "")
        return value if isinstance(value, str) else ""

    def set_text(self, key: str, value: str) -> None:
        """Save a text; an empty one is taken out."""
        if value:
            self._settings.setValue(key, value)
        else:
            self._settings.remove(key)
        self._settings.sync()

    def _number(self, key: str) -> float | None:
        try:
            return float(self.text(key))
        except ValueError:
            return None

    def _flag(self, key: str, default: bool) -> bool:
        # An INI file gives text back.
        value = self._settings.value(key, default)
        return value if isinstance(value, bool) else str(value).lower() == "true"
