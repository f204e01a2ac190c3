"""Asks once, when a camera is first used, what is to be recorded; the driver is watched meanwhile."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from monitor.dashboard.access.pin_gate import PinGate
from monitor.dashboard.access.recording_choice import recorded_title, recorded_words
from monitor.dashboard.setup.controller import SetupController
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.elided_label import ElidedLabel
from monitor.dashboard.widgets.icons import icon_pixmap
from monitor.dashboard.widgets.layout import row
from monitor.dashboard.widgets.listening import listen
from monitor.live.recording.choice import Recorded
from monitor.sources import is_live

translate = QCoreApplication.translate


class RecordingQuestion(QFrame):
    """A bar with the three choices; nothing is recorded until one is chosen. With a PIN it waits behind the settings'.

    Attributes:
        buttons: of the choices.
    """

    def __init__(self, setup: SetupController, gate: PinGate, parent: QWidget | None = None) -> None:
        """Ask while `gate`, of the settings, is open."""
        super().__init__(parent)
        self._setup, self._gate, self._allowed = setup, gate, True
        self._state = setup.controller.state
        self.setObjectName("notice")
        sign = QLabel()
        sign.setPixmap(icon_pixmap("caution", palette.px(18), palette.theme().notice[1], self.devicePixelRatioF()))
        self.text = ElidedLabel()
        question = translate("Recording", "What may be recorded on this machine? Nothing is until you choose.")
        self.text.setText(question)
        self.setAccessibleName(question)
        self.buttons: dict[Recorded, QPushButton] = {}
        for recorded in Recorded:
            button = self.buttons[recorded] = QPushButton(recorded_title(recorded))
            button.setToolTip(recorded_words(recorded))
            button.setAccessibleDescription(recorded_words(recorded))
            button.clicked.connect(partial(self._choose, recorded))
        row(sign, (self.text, 1), *self.buttons.values(), into=self, spacing=8, margins=(12, 3, 6, 3))
        listen(self, self._state.drive_changed, self._refresh)
        setup.recording_changed.connect(self._refresh)
        gate.changed.connect(self._refresh)
        self._refresh()

    def allow(self, allowed: bool) -> None:
        """Whether it may be seen at all."""
        self._allowed = allowed
        self._refresh()

    def _choose(self, recorded: Recorded, _checked: bool = False) -> None:
        self._setup.choose_recording(recorded)

    def _refresh(self) -> None:
        recordings, spec = self._setup.controller.recordings, self._state.spec
        asked = recordings.is_possible and not recordings.privacy.is_chosen and spec is not None and is_live(spec)
        self.setVisible(asked and self._allowed and self._gate.is_open)
