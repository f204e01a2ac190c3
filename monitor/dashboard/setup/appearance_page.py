"""Colours, text size, language, the unit of speeds, and sound."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QSlider, QWidget

from monitor.dashboard.numbers import SpeedUnit, speed_unit
from monitor.dashboard.translations import LANGUAGES
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.layout import row, scroll_page
from monitor.dashboard.widgets.segments import Segments
from monitor.viewmodel.state import DashboardState
from monitor.viewmodel.themes import THEMES

translate = QCoreApplication.translate

_STEP = 10
_WIDEST = 720


class AppearancePage(QWidget):
    """Emits what was chosen; the window is rebuilt with it."""

    theme_chosen = Signal(str)
    scale_chosen = Signal(float)
    language_chosen = Signal(str)
    speed_unit_chosen = Signal(object)
    """A `SpeedUnit`."""

    def __init__(
        self, state: DashboardState, *, language: str, sound_works: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        titles = {
            "dark": translate("AppearancePage", "Dark"),
            "light": translate("AppearancePage", "Light"),
            "night-red": translate("AppearancePage", "Night red"),
        }
        names = list(THEMES)
        self.themes = Segments([titles[name] for name in names], translate("AppearancePage", "Colours"))
        self.themes.choose(names.index(palette.theme().name))
        self.themes.chosen.connect(lambda number: self.theme_chosen.emit(names[number]))
        self.scale = QSlider(Qt.Orientation.Horizontal)
        self.scale.setRange(round(100 * palette.MIN_SCALE) // _STEP, round(100 * palette.MAX_SCALE) // _STEP)
        self.scale.setPageStep(2)
        self.scale.setMinimumHeight(palette.px(30))
        self.scale.setValue(round(100 * palette.scale() / _STEP))
        self.scale.setAccessibleName(translate("AppearancePage", "Text size"))
        self.percent = QLabel()
        self.percent.setMinimumWidth(palette.px(50))
        self.scale.valueChanged.connect(self._scaled)
        # The window is rebuilt, which would take the slider out of a hand that still drags it.
        self.scale.sliderReleased.connect(self._let_go)
        self.languages = Segments(("English", "Deutsch"), translate("AppearancePage", "Language"))
        self.languages.choose(LANGUAGES.index(language) if language in LANGUAGES else 0)
        self.languages.chosen.connect(lambda number: self.language_chosen.emit(LANGUAGES[number]))
        units = list(SpeedUnit)
        self.units = Segments([unit.value for unit in units], translate("AppearancePage", "Speed"))
        self.units.choose(units.index(speed_unit()))
        self.units.chosen.connect(lambda number: self.speed_unit_chosen.emit(units[number]))
        without = translate("Header", "No sound: this machine has no audio output")
        self.sound = QCheckBox(translate("AppearancePage", "Alerts make a sound") if sound_works else without)
        self.sound.setChecked(sound_works and not state.muted)
        self.sound.setEnabled(sound_works)
        self.sound.clicked.connect(lambda _on: state.toggle_muted())
        inner = QWidget()
        form = QFormLayout(inner)
        form.setVerticalSpacing(palette.px(16))
        form.setHorizontalSpacing(palette.px(18))
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(translate("AppearancePage", "Colours"), self.themes)
        form.addRow(translate("AppearancePage", "Text size"), row((self.scale, 1), self.percent, spacing=12))
        form.addRow(translate("AppearancePage", "Language"), self.languages)
        form.addRow(translate("AppearancePage", "Speed"), self.units)
        form.addRow(translate("AppearancePage", "Sound"), self.sound)
        scroll_page(self, inner, _WIDEST)
        self._show_percent()

    def _scaled(self, _value: int) -> None:
        self._show_percent()
        if not self.scale.isSliderDown():
            self._let_go()

    def _let_go(self) -> None:
        scale = self.scale.value() * _STEP / 100.0
        if abs(scale - palette.scale()) > 1e-6:
            self.scale_chosen.emit(scale)

    def _show_percent(self) -> None:
        self.percent.setText(f"{self.scale.value() * _STEP} %")
