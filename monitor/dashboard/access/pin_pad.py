"""A keypad for a PIN, for fingers and for a keyboard."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import describe, set_icon
from monitor.dashboard.widgets.layout import NO_MARGINS, column, row
from monitor.live.pin_lock import MAX_DIGITS, MIN_DIGITS

translate = QCoreApplication.translate

_KEY = 48
_WIDEST = 420
_ROWS = ("12345", "67890")
"""Two rows, for a low display."""


class PinPad(QWidget):
    """Asks for digits; what is wrong with them others find out."""

    entered = Signal(str)
    """The digits, after Enter."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit()
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setMaxLength(MAX_DIGITS)
        self.line.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]*"), self.line))
        self.line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.line.setMinimumHeight(palette.px(38))
        self.line.returnPressed.connect(self._enter)
        self.line.textChanged.connect(lambda _text: self._refresh())
        self.hint = QLabel()
        self.hint.setObjectName("soft")
        self.hint.setWordWrap(True)
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.keys: dict[str, QPushButton] = {}
        grid = QGridLayout()
        grid.setSpacing(palette.px(6))
        for number, digits in enumerate(_ROWS):
            for place, digit in enumerate(digits):
                key = self.keys[digit] = QPushButton(digit)
                key.clicked.connect(lambda _checked=False, digit=digit: self._add(digit))
                grid.addWidget(key, number, place)
        self.erase, self.enter = QPushButton(), QPushButton()
        for button, symbol, words in (
            (self.erase, "back", translate("PinPad", "Erase the last digit")),
            (self.enter, "check", translate("PinPad", "Enter")),
        ):
            set_icon(button, symbol, size=20)
            describe(button, symbol, words)
        self.erase.clicked.connect(self.line.backspace)
        self.enter.setObjectName("main")
        describe(self.enter, "check", self.enter.accessibleName(), colour=palette.theme().on_accent)
        self.enter.clicked.connect(self._enter)
        grid.addWidget(self.erase, 0, 5)
        grid.addWidget(self.enter, 1, 5)
        for button in (*self.keys.values(), self.erase, self.enter):
            button.setMinimumSize(palette.px(_KEY), palette.px(_KEY))
            # The keyboard types into the line.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        inner = QWidget()
        inner.setMaximumWidth(palette.px(_WIDEST))
        column(self.line, grid, self.hint, None, into=inner, spacing=8, margins=NO_MARGINS)
        row(inner, into=self, margins=NO_MARGINS)
        self.setFocusProxy(self.line)
        self.ask(title)

    @property
    def text(self) -> str:
        """What is asked for, or what was wrong."""
        return self.line.placeholderText()

    def ask(self, text: str, *, hint: str = "", wrong: bool = False) -> None:
        """Ask for digits.

        Args:
            text: what for, or what was wrong with the last ones; it stands where they go, for a low display.
            hint: more about it, below the keys.
            wrong: whether the text is about something wrong.
        """
        now = palette.theme()
        self.line.clear()
        self.line.setPlaceholderText(text)
        self.line.setStyleSheet(f"placeholder-text-color: {now.tiers[max(now.tiers)] if wrong else now.soft}")
        self.line.setAccessibleName(text or translate("PinPad", "PIN"))
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self._refresh()

    def set_open(self, taken: bool) -> None:
        """Take digits, or none for now."""
        for widget in (self.line, *self.keys.values(), self.erase):
            widget.setEnabled(taken)
        self._refresh()

    def _add(self, digit: str) -> None:
        self.line.insert(digit)

    def _enter(self) -> None:
        if self.enter.isEnabled():
            self.entered.emit(self.line.text())

    def _refresh(self) -> None:
        self.enter.setEnabled(self.line.isEnabled() and len(self.line.text()) >= MIN_DIGITS)
