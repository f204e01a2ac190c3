"""The buttons that move through a drive."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QWidget

from monitor.dashboard import palette
from monitor.dashboard.clock import clock
from monitor.dashboard.header import keys
from monitor.dashboard.icons import icon
from monitor.dashboard.listening import listen
from monitor.dashboard.replay.controller import ReplayController
from monitor.dashboard.replay.model import ReplayModel, ReplayPhase
from monitor.dashboard.replay.player import SPEEDS
from monitor.dashboard.segments import Segments

translate = QCoreApplication.translate

PLAY_KEY, BACK_KEY, FORWARD_KEY, NEXT_KEY, PREVIOUS_KEY = "Space", "Left", "Right", "N", "Shift+N"
SLOWER_KEY, FASTER_KEY = "-", "+"


class Transport(QWidget):
    """Previous alert, a frame back, play, a frame on, next alert; the time; the speed."""

    def __init__(self, model: ReplayModel, controller: ReplayController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.previous = self._button(
            "previous",
            translate("Transport", "Previous alert"),
            PREVIOUS_KEY,
            lambda: controller.jump_to_alert(False),
        )
        self.back = self._button(
            "back", translate("Transport", "One frame back"), BACK_KEY, lambda: controller.step(-1)
        )
        self.play = self._button("play", translate("Transport", "Play"), PLAY_KEY, controller.toggle_play)
        self.forward = self._button(
            "forward", translate("Transport", "One frame on"), FORWARD_KEY, lambda: controller.step(1)
        )
        self.next = self._button("next", translate("Transport", "Next alert"), NEXT_KEY, controller.jump_to_alert)
        self.time = QLabel()
        self.time.setObjectName("subtitle")
        self.time.setMinimumWidth(palette.px(120))
        self.speeds = Segments([f"{speed:g}×" for speed in SPEEDS], translate("Transport", "Speed"))
        for button in self.speeds.buttons:
            button.setStyleSheet(f"padding: {palette.px(3)}px {palette.px(8)}px")
        self.speeds.setToolTip(
            translate("Transport", "Slower and faster: {0} and {1}").format(keys(SLOWER_KEY), keys(FASTER_KEY))
        )
        self.speeds.chosen.connect(lambda number: controller.set_speed(SPEEDS[number]))
        self.speed = QComboBox()
        self.speed.addItems([f"{speed:g}×" for speed in SPEEDS])
        self.speed.setAccessibleName(translate("Transport", "Speed"))
        self.speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.speed.activated.connect(lambda number: controller.set_speed(SPEEDS[number]))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(palette.px(6))
        for tool in (self.previous, self.back, self.play, self.forward, self.next):
            row.addWidget(tool)
        row.addSpacing(palette.px(6))
        row.addWidget(self.time)
        row.addStretch(1)
        row.addWidget(self.speeds)
        row.addWidget(self.speed)
        self.set_narrow(False)
        for listeners in (model.moved, model.drive_changed):
            listen(self, listeners, self._refresh)
        self._refresh()

    def set_narrow(self, narrow: bool) -> None:
        """Choose the speed from a list, where there is no room for all of them side by side."""
        self.speeds.setVisible(not narrow)
        self.speed.setVisible(narrow)

    def _button(self, symbol: str, text: str, key: str, action: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(symbol, palette.theme().text))
        button.setIconSize(QSize(palette.px(18), palette.px(18)))
        button.setToolTip(f"{text} ({keys(key)})")
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda _checked=False: action())
        return button

    def _refresh(self) -> None:
        model = self._model
        is_open = model.phase is ReplayPhase.OPEN
        for button in (self.previous, self.back, self.play, self.forward, self.next):
            button.setEnabled(is_open)
        text = translate("Transport", "Pause") if model.playing else translate("Transport", "Play")
        self.play.setIcon(icon("pause" if model.playing else "play", palette.theme().text))
        self.play.setToolTip(f"{text} ({keys(PLAY_KEY)})")
        self.play.setAccessibleName(text)
        tenths = int(10 * model.position_s + 1e-6) % 10
        self.time.setText(f"{clock(model.position_s)}.{tenths} / {clock(model.duration_s)}" if is_open else "–")
        self.speeds.choose(SPEEDS.index(model.speed))
        self.speed.setCurrentIndex(SPEEDS.index(model.speed))
