"""The keys of the window, place by place."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QPushButton, QWidget

from monitor.dashboard.texts import term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import keys
from monitor.dashboard.widgets.keys import Key, Place, keys_of
from monitor.dashboard.widgets.layout import column, row, scrolling, section

translate = QCoreApplication.translate


class KeysDialog(QDialog):
    """Lists the table of keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Keys", "Keys"))
        title = QLabel(translate("Keys", "Keys"))
        title.setObjectName("title")
        hint = QLabel(translate("Keys", "All of it is in the menu, too, and stands in the tooltips of buttons."))
        hint.setObjectName("small")
        hint.setWordWrap(True)
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, palette.px(10), 0)
        grid.setHorizontalSpacing(palette.px(18))
        grid.setVerticalSpacing(palette.px(4))
        grid.setColumnStretch(1, 1)
        for place in Place:
            heading = section(term(place.value))
            heading.setContentsMargins(0, palette.px(8), 0, 0)
            grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
            for key in keys_of(place):
                at = grid.rowCount()
                pressed, does = QLabel(key_names(key)), QLabel(term(key.text))
                does.setWordWrap(True)
                for label in (pressed, does):
                    label.setTextFormat(Qt.TextFormat.PlainText)
                    label.setAlignment(Qt.AlignmentFlag.AlignTop)
                grid.addWidget(pressed, at, 0)
                grid.addWidget(does, at, 1)
        self.close_button = QPushButton(translate("Keys", "Close"))
        self.close_button.setObjectName("main")
        self.close_button.clicked.connect(self.accept)
        self.close_button.setDefault(True)
        parts = (title, hint, (scrolling(content, sideways=False), 1), row(None, self.close_button))
        column(*parts, into=self, spacing=8, margins=(18, 16, 18, 16))


def key_names(key: Key) -> str:
    """The keys of a row, as the platform writes them."""
    if len(key.keys) > 2:
        return f"{keys(key.keys[0])} … {keys(key.keys[-1])}"
    return ", ".join(keys(name) for name in key.keys)
