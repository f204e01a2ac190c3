"""When the driver is alerted: every setting of the policy."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QWidget

from monitor.alerts.policy_file import PolicySettings
from monitor.dashboard.setup.policy_form import PolicyForm
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.layout import NO_MARGINS, card, column, row, scrolling
from monitor.live.user_files import short_path

translate = QCoreApplication.translate


_BESIDE_FROM = 560
"""From this width on, the status stands beside the buttons."""


class AlertsPage(QWidget):
    """The form, and the buttons that go with it."""

    applied = Signal(object)
    """A `PolicySettings` shall hold from now on."""

    def __init__(
        self,
        base: PolicySettings,
        policy: PolicySettings,
        path: str,
        locked: Collection[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        """`base` counts as default; `policy` holds now and is saved in the file `path`; `locked` cannot be changed."""
        super().__init__(parent)
        self._policy, self._path = policy, path
        self.form = PolicyForm(base, locked)
        self.form.set_policy(policy)
        self.form.changed.connect(self._refresh)
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.reset = QPushButton(translate("AlertsPage", "Reset all"))
        self.reset.clicked.connect(self.form.reset)
        self.apply = QPushButton(translate("AlertsPage", "Apply"))
        self.apply.setObjectName("main")
        self.apply.clicked.connect(self._apply)
        self._foot = row((self.status, 1), row(None, self.reset, self.apply))
        inner = QWidget()
        column((scrolling(self.form, sideways=False), 1), self._foot, into=inner, spacing=10, margins=NO_MARGINS)
        column(card(None, inner, margins=(18, 8, 10, 12)), into=self, margins=NO_MARGINS)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= palette.px(_BESIDE_FROM)
        self._foot.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    def _apply(self) -> None:
        if self.form.policy is not None:
            self._policy = self.form.policy
            self.applied.emit(self._policy)
            self._refresh()

    def _refresh(self) -> None:
        form = self.form
        self.apply.setEnabled(form.policy is not None and form.policy != self._policy)
        self.reset.setEnabled(any(editor.value != editor.default for editor in form.editors.values()))
        if form.fault:
            self.status.setText(translate("AlertsPage", "These do not fit together: {0}").format(form.fault))
        elif form.policy != self._policy:
            self.status.setText(translate("AlertsPage", "Not applied yet."))
        else:
            self.status.setText(translate("AlertsPage", "Saved in {0}").format(short_path(self._path)))
        self.status.setObjectName("error" if form.fault else "small")
        self.status.style().unpolish(self.status)
        self.status.style().polish(self.status)
