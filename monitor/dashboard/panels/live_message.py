"""The card over the live view: what is going on, what to do, and the buttons for it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QWidget

from monitor.dashboard.texts import notice_words, sentence, term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.icons import icon_pixmap
from monitor.dashboard.widgets.layout import column
from monitor.viewmodel.live_message import Action, LiveMessageContent

translate = QCoreApplication.translate


class LiveMessage(QFrame):
    """Shows a `LiveMessageContent`, or hides."""

    acted = Signal(object)
    """An `Action` was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self._content: LiveMessageContent | None = None
        self._icon = QLabel()
        self._title = QLabel()
        self._title.setObjectName("title")
        self._text = QLabel()
        self._text.setObjectName("soft")
        self._details = QLabel()
        for label in (self._icon, self._title, self._text, self._details):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self._title, self._text, self._details):
            label.setWordWrap(True)
        self._buttons: dict[Action, QPushButton] = {}
        for action in Action:
            button = QPushButton(term(action.value))
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _checked=False, action=action: self.acted.emit(action))
            self._buttons[action] = button
        self._rows = QGridLayout()
        self._rows.setSpacing(palette.px(8))
        parts = (self._icon, self._title, self._text, self._details, 4, self._rows)
        column(*parts, into=self, spacing=8, margins=(22, 16, 22, 18))
        self.hide()

    @property
    def content(self) -> LiveMessageContent | None:
        """What is shown."""
        return self._content

    def button(self, action: Action) -> QPushButton:
        """The button of an action."""
        return self._buttons[action]

    def fit(self, width: int, max_height: int) -> None:
        """Be this wide, and as high as the text needs then; less icon, text, last lines where that is too much."""
        layout = self.layout()
        if layout is not None:
            lines = [sentence(notice_words(line)) for line in self._content.details] if self._content else []
            self._details.setText("\n".join(lines))
            self._details.setVisible(bool(lines))
            # What a summary says is worth more than that the drive has ended.
            self._icon.setVisible(True)
            self._text.setVisible(bool(self._text.text()))
            for part in (self._icon, self._text):
                if layout.totalHeightForWidth(width) > max_height:
                    part.setVisible(False)
            while lines and layout.totalHeightForWidth(width) > max_height:
                lines.pop()
                self._details.setText("\n".join(lines))
                self._details.setVisible(bool(lines))
            self.setToolTip("" if self._text.isVisibleTo(self) else self._text.text())
            self.setFixedSize(width, min(max_height, layout.totalHeightForWidth(width)))

    def _place(self, actions: Sequence[Action]) -> None:
        """Two buttons a row, where there are many; otherwise all in one."""
        for button in self._buttons.values():
            self._rows.removeWidget(button)
        columns = 2 if len(actions) > 3 else max(1, len(actions))
        for number, action in enumerate(actions):
            self._rows.addWidget(self._buttons[action], number // columns, number % columns)

    def show_content(self, content: LiveMessageContent | None) -> None:
        """Show a message, or nothing."""
        if content == self._content:
            return
        self._content = content
        self.setVisible(content is not None)
        if content is None:
            return
        colour = palette.theme().fault if content.icon == "fault" else palette.theme().accent
        self._icon.setPixmap(icon_pixmap(content.icon, palette.px(44), colour, self.devicePixelRatioF()))
        title, text = (term(part).format(term(content.subject)) for part in (content.title, content.text))
        if content.problem:
            text = f"{sentence(notice_words(content.problem))}."
        self._title.setText(title)
        self._text.setText(text)
        details = "\n".join(sentence(notice_words(line)) for line in content.details)
        self.setAccessibleName(title)
        self.setAccessibleDescription(f"{text}\n{details}".strip())
        self._place(content.actions)
        for action, button in self._buttons.items():
            button.setVisible(action in content.actions)
            button.setObjectName("main" if content.actions[:1] == (action,) else "")
            button.style().unpolish(button)
            button.style().polish(button)
        self.raise_()
