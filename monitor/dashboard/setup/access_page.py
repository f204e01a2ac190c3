"""What is recorded, and the PIN before settings and library: set, changed and removed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from engines.errors import UserError
from monitor.dashboard.access.pin_pad import PinPad
from monitor.dashboard.texts import notice_words
from monitor.dashboard.widgets.layout import column, row, scroll_page
from monitor.live.pin_lock import MAX_DIGITS, MIN_DIGITS, PinLock
from monitor.live.user_files import short_path

translate = QCoreApplication.translate

_WIDEST = 620


class AccessPage(QWidget):
    """Nobody comes here who does not know the PIN, where there is one."""

    pin_set = Signal()
    """There is a new PIN, which whoever set it need not enter again."""

    def __init__(self, lock: PinLock, recording: QWidget, parent: QWidget | None = None) -> None:
        """Show what is `recording` above the PIN."""
        super().__init__(parent)
        self._recording = recording
        self._lock, self._first = lock, ""
        self.about = _text(
            translate(
                "AccessPage",
                "On a machine that several people use, a PIN keeps the settings and the library to those who know it. "
                "Alerts, acknowledging them and the driver's view never ask for it.",
            )
        )
        self.state = _text("", soft=False)
        self.choose = QPushButton()
        self.choose.clicked.connect(self._begin)
        self.remove = QPushButton(translate("AccessPage", "Remove the PIN"))
        self.remove.clicked.connect(self._remove)
        self.cancel = QPushButton(translate("AccessPage", "Cancel"))
        self.cancel.clicked.connect(self.show_state)
        self.pad = PinPad("")
        self.pad.entered.connect(self._entered)
        self.forgotten = _text(
            translate("AccessPage", "Who has forgotten it deletes the file {0}.").format(short_path(lock.path))
        )
        inner = QWidget()
        column(
            recording,
            self.about,
            self.state,
            row(self.choose, self.remove, None, spacing=8),
            self.pad,
            row(self.cancel, None),
            self.forgotten,
            None,
            into=inner,
            spacing=10,
        )
        scroll_page(self, inner, _WIDEST)
        self.show_state()

    def show_state(self) -> None:
        """Whether there is a PIN, and what can be done about it."""
        self._first = ""
        is_set = self._lock.is_set
        self.state.setText(
            translate("AccessPage", "A PIN is set.") if is_set else translate("AccessPage", "No PIN is set.")
        )
        self.choose.setText(
            translate("AccessPage", "Change the PIN…") if is_set else translate("AccessPage", "Set a PIN…")
        )
        self._show(typing=False)
        self.remove.setVisible(is_set)
        self.forgotten.setVisible(is_set)

    def _show(self, *, typing: bool) -> None:
        self.pad.setVisible(typing)
        self.cancel.setVisible(typing)
        for widget in (self._recording, self.about, self.state, self.choose, self.remove, self.forgotten):
            widget.setVisible(not typing)

    def _begin(self) -> None:
        self._first = ""
        self._show(typing=True)
        self._ask_first()

    def _ask_first(self, problem: str = "") -> None:
        hint = translate("AccessPage", "{0} to {1} digits").format(MIN_DIGITS, MAX_DIGITS)
        self.pad.ask(problem or translate("AccessPage", "New PIN"), hint=hint, wrong=bool(problem))
        self.pad.setFocus()

    def _entered(self, pin: str) -> None:
        if not self._first:
            self._first = pin
            self.pad.ask(translate("AccessPage", "The same PIN again"))
            self.pad.setFocus()
            return
        same, self._first = pin == self._first, ""
        if not same:
            self._ask_first(translate("AccessPage", "These two were not the same: begin again."))
            return
        try:
            self._lock.set(pin)
        except UserError as error:
            self._ask_first(notice_words(error.args[0]))
            return
        self.pin_set.emit()
        self.show_state()

    def _remove(self) -> None:
        try:
            self._lock.remove()
        except UserError as error:
            self.state.setText(notice_words(error.args[0]))
            return
        self.show_state()


def _text(text: str, *, soft: bool = True) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if soft:
        label.setObjectName("soft")
    return label
