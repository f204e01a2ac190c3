"""Choices that need a sentence each: cards side by side, or one below the other where there is less room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QLabel, QPushButton, QSizePolicy, QWidget

from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.layout import NO_MARGINS, column, row

_NARROWEST = 190
"""Of a card that stands beside others."""


class _Card(QPushButton):
    """A button with a title and a sentence that wraps."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.setObjectName("card-choice")
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        head, about = QLabel(title), QLabel(text)
        head.setObjectName("subtitle")
        about.setObjectName("soft")
        for label in (head, about):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column(head, about, None, into=self, spacing=2, margins=(14, 10, 14, 10))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        inner = self.layout()
        return inner.sizeHint() if inner is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        inner = self.layout()
        return inner.minimumSize() if inner is not None else super().minimumSizeHint()


class ChoiceCards(QWidget):
    """At most one is checked. The Tab key reaches them, the arrow keys choose among them."""

    chosen = Signal(int)
    """The number of the one that was clicked."""

    def __init__(self, choices: Sequence[tuple[str, str]], name: str, parent: QWidget | None = None) -> None:
        """Make the cards.

        Args:
            choices: a title and a sentence each.
            name: for those who cannot see it.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self.buttons: list[QPushButton] = []
        for number, (title, text) in enumerate(choices):
            card = _Card(title, text)
            self._group.addButton(card, number)
            self.buttons.append(card)
        self._box = row(*[(card, 1) for card in self.buttons], into=self, spacing=8, margins=NO_MARGINS)
        self._group.idClicked.connect(self.chosen.emit)

    @property
    def current(self) -> int:
        """The number of the one that holds; -1 for none."""
        return self._group.checkedId()

    def choose(self, number: int | None) -> None:
        """Check one, or none, without a signal."""
        if number is None:
            self._group.setExclusive(False)
            for card in self.buttons:
                card.setChecked(False)
            self._group.setExclusive(True)
        else:
            self.buttons[number].setChecked(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        shown = sum(not card.isHidden() for card in self.buttons)
        beside = self.width() >= shown * palette.px(_NARROWEST)
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    def show_card(self, number: int, shown: bool) -> None:
        """Offer a choice, or not."""
        self.buttons[number].setVisible(shown)
        self._arrange()
