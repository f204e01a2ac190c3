"""The one place where everything that went wrong without stopping the drive is told."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from monitor.dashboard.icons import icon, icon_pixmap
from monitor.dashboard.state import DashboardState


class NoticeBar(QFrame):
    """The latest notice, how many there are, and a button to dismiss them; hidden without any."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setObjectName("notice")
        sign = QLabel()
        sign.setPixmap(icon_pixmap("caution", 18, "#ffc531", self.devicePixelRatioF()))
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.dismiss = QToolButton()
        self.dismiss.setObjectName("plain")
        self.dismiss.setIcon(icon("close", "#ffe3a0"))
        self.dismiss.setToolTip("Dismiss")
        self.dismiss.setAccessibleName("Dismiss the notices")
        self.dismiss.clicked.connect(state.dismiss_notices)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 2, 4, 2)
        layout.addWidget(sign)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.dismiss)
        state.noticed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        notices = self._state.notices
        self.setVisible(bool(notices))
        if not notices:
            return
        more = f"   ({len(notices)} notices)" if len(notices) > 1 else ""
        self.text.setText(notices[-1] + more)
        self.setToolTip("\n".join(notices[-12:]))
        self.setAccessibleName(f"Notice: {notices[-1]}")
