"""The buttons that move through a drive."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from monitor.dashboard.numbers import LocalNumber, decimal
from monitor.dashboard.replay.controller import ReplayController
from monitor.dashboard.replay.player import SPEEDS
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import describe, icon_button, keys
from monitor.dashboard.widgets.keys import (
    BACK_KEY,
    FASTER_KEY,
    FORWARD_KEY,
    NEXT_KEY,
    PLAY_KEY,
    PREVIOUS_KEY,
    SLOWER_KEY,
)
from monitor.dashboard.widgets.layout import NO_MARGINS, row
from monitor.dashboard.widgets.listening import listen
from monitor.dashboard.widgets.segments import Segments
from monitor.viewmodel.clock import clock
from monitor.viewmodel.replay import ReplayModel, ReplayPhase

translate = QCoreApplication.translate

_FULL_TIME_FROM = 420
"""From this width on, the drive's duration fits beside the time."""


class Transport(QWidget):
    """Previous alert, a frame back, play, a frame on, next alert; the time; the speed."""

    def __init__(self, model: ReplayModel, controller: ReplayController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.previous = icon_button(
            "previous",
            translate("Transport", "Previous incident"),
            lambda: controller.jump_to_alert(False),
            PREVIOUS_KEY,
        )
        self.back = icon_button("back", translate("Transport", "One frame back"), lambda: controller.step(-1), BACK_KEY)
        self.play = icon_button("play", translate("Transport", "Play"), controller.toggle_play, PLAY_KEY)
        self.forward = icon_button(
            "forward", translate("Transport", "One frame on"), lambda: controller.step(1), FORWARD_KEY
        )
        self.next = icon_button("next", translate("Transport", "Next incident"), controller.jump_to_alert, NEXT_KEY)
        self.time = QLabel()
        self.time.setObjectName("subtitle")
        self.speeds = Segments([f"{LocalNumber(speed):g}×" for speed in SPEEDS], translate("Transport", "Speed"))
        for button in self.speeds.buttons:
            button.setStyleSheet(f"padding: {palette.px(3)}px {palette.px(8)}px")
        self.speeds.setToolTip(
            translate("Transport", "Slower and faster: {0} and {1}").format(keys(SLOWER_KEY), keys(FASTER_KEY))
        )
        self.speeds.chosen.connect(lambda number: controller.set_speed(SPEEDS[number]))
        self.speed = QComboBox()
        self.speed.addItems([f"{LocalNumber(speed):g}×" for speed in SPEEDS])
        self.speed.setAccessibleName(translate("Transport", "Speed"))
        self.speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.speed.activated.connect(lambda number: controller.set_speed(SPEEDS[number]))
        tools = (self.previous, self.back, self.play, self.forward, self.next)
        row(*tools, 6, self.time, None, self.speeds, self.speed, into=self, spacing=6, margins=NO_MARGINS)
        self.set_narrow(False)
        for listeners in (model.moved, model.drive_changed):
            listen(self, listeners, self._refresh)
        self._refresh()

    def set_narrow(self, narrow: bool) -> None:
        """Choose the speed from a list, where there is no room for all of them side by side."""
        self.speeds.setVisible(not narrow)
        self.speed.setVisible(narrow)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refresh()

    def _refresh(self) -> None:
        model = self._model
        is_open = model.phase is ReplayPhase.OPEN
        for button in (self.previous, self.back, self.play, self.forward, self.next):
            button.setEnabled(is_open)
        text = translate("Transport", "Pause") if model.playing else translate("Transport", "Play")
        describe(self.play, "pause" if model.playing else "play", text, PLAY_KEY)
        tenths = int(10 * model.position_s + 1e-6) % 10
        now = f"{clock(model.position_s)}{decimal(tenths / 10)[1:]}"
        roomy = self.width() >= palette.px(_FULL_TIME_FROM)
        self.time.setText((f"{now} / {clock(model.duration_s)}" if roomy else now) if is_open else "–")
        self.speeds.choose(SPEEDS.index(model.speed))
        self.speed.setCurrentIndex(SPEEDS.index(model.speed))
