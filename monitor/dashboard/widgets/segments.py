"""A row of choices of which one holds, like the pages of the window."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QWidget

from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.layout import row


class Segments(QFrame):
    """Buttons side by side; exactly one is checked. The Tab key reaches them, the arrow keys choose among them."""

    chosen = Signal(int)
    """The number of the one that was clicked."""

    def __init__(self, titles: Sequence[str], name: str, parent: QWidget | None = None) -> None:
        """`name` is for those who cannot see it."""
        super().__init__(parent)
        self.setObjectName("segments")
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self.buttons: list[QPushButton] = []
        for number, title in enumerate(titles):
            button = QPushButton(title)
            button.setObjectName("segment")
            button.setCheckable(True)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setMinimumHeight(palette.px(30))
            self._group.addButton(button, number)
            self.buttons.append(button)
        row(*self.buttons, into=self, spacing=2, margins=(3, 3, 3, 3))
        self._group.idClicked.connect(self.chosen.emit)

    def set_tight(self, tight: bool) -> None:
        """Leave the words the room of the edges around them, as in a small window."""
        pad = f"padding-left: {palette.px(2)}px; padding-right: {palette.px(2)}px;" if tight else ""
        for button in self.buttons:
            if button.styleSheet() != pad:
                button.setStyleSheet(pad)

    @property
    def current(self) -> int:
        """The number of the one that holds; -1 for none."""
        return self._group.checkedId()

    def choose(self, number: int) -> None:
        """Check one, without a signal."""
        self.buttons[number].setChecked(True)
