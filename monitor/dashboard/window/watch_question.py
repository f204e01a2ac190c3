"""Asks, on the spot, before a driver who is watched by a camera is watched no longer: a key is hit by chance, too."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import keys
from monitor.dashboard.widgets.elided_label import ElidedLabel
from monitor.dashboard.widgets.icons import icon_pixmap
from monitor.dashboard.widgets.layout import row
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate


class WatchQuestion(QFrame):
    """A bar that goes by itself: nothing ends, pauses or starts again until its button, or the same key, says so.

    Attributes:
        leave: does what was asked for.
        stay: goes on watching.
    """

    def __init__(self, state: DashboardState, lasts_ms: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._allowed = state, True
        self._asked: tuple[str, Callable[[], object]] | None = None
        self._goes = QTimer(self)
        self._goes.setSingleShot(True)
        self._goes.setInterval(lasts_ms)
        self._goes.timeout.connect(self.close_question)
        self.setObjectName("notice")
        sign = QLabel()
        sign.setPixmap(icon_pixmap("caution", palette.px(18), palette.theme().notice[1], self.devicePixelRatioF()))
        self.text = ElidedLabel()
        self.leave = QPushButton(translate("WatchQuestion", "Continue"))
        self.leave.clicked.connect(self._agree)
        self.stay = QPushButton(translate("WatchQuestion", "Keep watching"))
        self.stay.clicked.connect(self.close_question)
        row(sign, (self.text, 1), self.leave, self.stay, into=self, spacing=8, margins=(12, 3, 6, 3))
        listen(self, state.drive_changed, self._drive_changed)
        self._refresh()

    def ask(self, key: str, question: str, answer: str, step: Callable[[], object], *, agrees: bool) -> None:
        """Take a step, at once where no camera watches, else once it is asked for again.

        Args:
            key: that asks for it.
            question: what it is, and what it means for the driver.
            answer: on the button.
            step: what is asked for.
            agrees: whether asking for it again is agreeing to it: a double click is none.
        """
        again = agrees and self._asked is not None and self._asked[0] == key and self.isVisible()
        if again or not self._state.watches_live:
            self.close_question()
            step()
            return
        self._asked = key, step
        self.text.setText(question)
        self.setAccessibleName(question)
        self.leave.setText(answer)
        self.leave.setToolTip(f"{answer} ({keys(key)})")
        self._goes.start()
        self._refresh()

    def allow(self, allowed: bool) -> None:
        """Whether it may be seen at all; what cannot be seen is not agreed to."""
        self._allowed = allowed
        self._refresh()

    def close_question(self) -> None:
        """Watch on."""
        self._goes.stop()
        self._asked = None
        self._refresh()

    def _agree(self) -> None:
        if self._asked is not None:
            _key, step = self._asked
            self.close_question()
            step()

    def _drive_changed(self) -> None:
        if not self._state.watches_live:
            self.close_question()

    def _refresh(self) -> None:
        self.setVisible(self._asked is not None and self._allowed)
