"""The one bar for everything that went wrong without stopping the drive."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from monitor.dashboard.texts import notice_words
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import describe, icon_button
from monitor.dashboard.widgets.elided_label import ElidedLabel
from monitor.dashboard.widgets.icons import icon_pixmap
from monitor.dashboard.widgets.layout import row
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate


class NoticeBar(QFrame):
    """The latest notice, how many there are, and a button to dismiss them; hidden without any."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._allowed = state, True
        self.setObjectName("notice")
        sign = QLabel()
        sign.setPixmap(icon_pixmap("caution", palette.px(18), palette.theme().notice[1], self.devicePixelRatioF()))
        self.text = ElidedLabel()
        words = translate("Notices", "Dismiss the notices")
        self.dismiss = icon_button("close", words, state.dismiss_notices, size=16, plain=True)
        describe(self.dismiss, "close", words, colour=palette.theme().notice[1])
        row(sign, (self.text, 1), self.dismiss, into=self, margins=(12, 2, 4, 2))
        listen(self, state.noticed, self._refresh)
        self._refresh()

    def allow(self, allowed: bool) -> None:
        """Whether it may be seen at all; the notices wait meanwhile."""
        self._allowed = allowed
        self._refresh()

    def _refresh(self) -> None:
        notices = self._state.notices
        self.setVisible(bool(notices) and self._allowed)
        if not notices:
            return
        more = "   " + translate("Notices", "({0} notices)").format(len(notices)) if len(notices) > 1 else ""
        self.text.setText(notice_words(notices[-1]) + more)
        self.setToolTip("\n".join(notice_words(notice) for notice in notices[-12:]))
        self.setAccessibleName(translate("Notices", "Notice: {0}").format(notice_words(notices[-1])))
