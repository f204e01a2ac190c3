"""Says in every view that a label was begun in the replay, and is not ended."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from monitor.dashboard.replay.controller import ReplayController
from monitor.dashboard.texts import term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import keys
from monitor.dashboard.widgets.elided_label import ElidedLabel
from monitor.dashboard.widgets.icons import icon_pixmap
from monitor.dashboard.widgets.keys import ABANDON_KEY, FINISH_KEY
from monitor.dashboard.widgets.layout import row
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.clock import clock

translate = QCoreApplication.translate


class OpenLabelBar(QFrame):
    """The label, and buttons to go back to it, end it and discard it; hidden without one, and where it is not allowed.

    Attributes:
        back, end, discard: the buttons.
    """

    def __init__(
        self, controller: ReplayController, go_back: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._allowed = controller.model, True
        self.setObjectName("notice")
        sign = QLabel()
        sign.setPixmap(icon_pixmap("label", palette.px(18), palette.theme().notice[1], self.devicePixelRatioF()))
        self.text = ElidedLabel()
        self.back = _button(translate("OpenLabel", "Back to it"), go_back)
        self.end = _button(translate("OpenLabel", "End it"), controller.finish_label)
        self.discard = _button(translate("OpenLabel", "Discard it"), controller.abandon_label)
        self.discard.setToolTip(
            translate("OpenLabel", "Nothing is saved of it ({0} in the replay)").format(keys(ABANDON_KEY))
        )
        row(sign, (self.text, 1), self.back, self.end, self.discard, into=self, spacing=8, margins=(12, 3, 6, 3))
        for listeners in (self._model.labelled, self._model.drive_changed, self._model.moved):
            listen(self, listeners, self._refresh)
        self._refresh()

    def allow(self, allowed: bool, *, in_replay: bool) -> None:
        """Whether it may be seen at all; in the replay there is no way back to show."""
        self._allowed = allowed
        self.back.setVisible(not in_replay)
        self._refresh()

    def _refresh(self) -> None:
        labelling = self._model.labelling
        begun = labelling.open_segment if labelling is not None else None
        self.setVisible(begun is not None and self._allowed)
        if begun is None:
            return
        words = translate("OpenLabel", "A label is open: {0} from {1} on")
        text = words.format(f"{begun.activity.label} {term(begun.activity.title)}", clock(begun.start_s))
        if text != self.text.full_text:
            self.text.setText(text)
            self.setAccessibleName(text)
        self.end.setToolTip(
            translate("OpenLabel", "It ends at {0}, where the replay is ({1} there)").format(
                clock(self._model.position_s), keys(FINISH_KEY)
            )
        )


def _button(text: str, action: Callable[[], None]) -> QPushButton:
    button = QPushButton(text)
    button.clicked.connect(lambda _checked=False: action())
    return button
