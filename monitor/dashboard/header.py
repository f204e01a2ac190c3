"""The line at the upper edge: product, source, and the buttons that go with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from monitor.dashboard import palette
from monitor.dashboard.icons import icon, icon_pixmap
from monitor.dashboard.state import DashboardState, Phase

PAUSE_KEY, RESTART_KEY, REGIONS_KEY, MUTE_KEY, SOURCE_KEY, EXPORT_KEY = "Space", "R", "A", "M", "Ctrl+O", "Ctrl+E"
ACKNOWLEDGE_KEY, SNOOZE_KEY = "K", "S"


class Header(QWidget):
    """Buttons only ask; what they do is connected by the window."""

    def __init__(
        self,
        state: DashboardState,
        *,
        choose: Callable[[], None],
        toggle_pause: Callable[[], None],
        restart: Callable[[], None],
        sound_works: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._sound_works = state, sound_works
        sign = QLabel()
        sign.setPixmap(icon_pixmap("steering", 26, palette.ACCENT, self.devicePixelRatioF()))
        product = QLabel("Driver Monitor")
        product.setObjectName("product")
        self.source = QPushButton()
        self.source.setIconSize(QSize(18, 18))
        self.source.setIcon(icon("camera", palette.SOFT))
        self.source.setCursor(Qt.CursorShape.PointingHandCursor)
        self.source.setMaximumWidth(420)
        self.source.clicked.connect(choose)
        self.restart = self._button("restart", "Start again", RESTART_KEY, restart)
        self.pause = self._button("pause", "Pause", PAUSE_KEY, toggle_pause)
        self.regions = self._button("regions", "Show what the network looks at", REGIONS_KEY, state.toggle_regions)
        self.regions.setCheckable(True)
        self.mute = self._button("sound", "Mute", MUTE_KEY, state.toggle_muted)
        self.mute.setEnabled(sound_works)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(sign)
        layout.addWidget(product)
        layout.addSpacing(14)
        layout.addWidget(self.source)
        layout.addStretch(1)
        for button in (self.restart, self.pause, self.regions, self.mute):
            layout.addWidget(button)
        state.drive_changed.connect(self._refresh)
        state.options_changed.connect(self._refresh)
        self._refresh()

    def _button(self, symbol: str, text: str, key: str, action: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setIconSize(QSize(20, 20))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(action)
        _say(button, symbol, text, key)
        return button

    def _refresh(self) -> None:
        state = self._state
        name = state.source_name or "Choose a source"
        shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 340)
        self.source.setText(f" {shown}")
        self.source.setToolTip(f"{name}\nChoose another source ({_keys(SOURCE_KEY)})")
        self.source.setAccessibleName(f"Source: {name}. Choose another")
        over = state.phase in (Phase.ENDED, Phase.FAILED)
        if over:
            _say(self.pause, "play", "Play again", PAUSE_KEY)
        elif state.phase is Phase.PAUSED:
            _say(self.pause, "play", "Go on", PAUSE_KEY)
        else:
            _say(self.pause, "pause", "Pause", PAUSE_KEY)
        self.pause.setEnabled(over or state.phase in (Phase.RUNNING, Phase.PAUSED))
        self.restart.setEnabled(state.spec is not None)
        self.regions.setChecked(state.regions_shown)
        if not self._sound_works:
            _say(self.mute, "muted", "No sound: this machine has no audio output", MUTE_KEY)
        elif state.muted:
            _say(self.mute, "muted", "Sound on", MUTE_KEY)
        else:
            _say(self.mute, "sound", "Mute", MUTE_KEY)


def _say(button: QToolButton, symbol: str, text: str, key: str) -> None:
    button.setIcon(icon(symbol, palette.TEXT))
    button.setToolTip(f"{text} ({_keys(key)})")
    button.setAccessibleName(text)


def _keys(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
