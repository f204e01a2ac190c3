"""Labelling by keyboard: the activity of each key, and the label that was begun."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from engines.activities import Activity
from engines.files.printable import printable
from monitor.dashboard.replay.controller import ReplayController
from monitor.dashboard.texts import fitting_title, notice_words, term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import keys
from monitor.dashboard.widgets.keys import ABANDON_KEY, FINISH_KEY, LABELS_KEY
from monitor.dashboard.widgets.layout import NO_MARGINS, column
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.clock import clock
from monitor.viewmodel.replay import ReplayModel, ReplayPhase

translate = QCoreApplication.translate


class LabelPanel(QWidget):
    """A button for each activity, with its key; a line shows what was begun and where it is written."""

    def __init__(self, model: ReplayModel, controller: ReplayController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.buttons: dict[Activity, QPushButton] = {}
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(palette.px(4))
        for activity in Activity:
            button = QPushButton()
            button.setAccessibleName(f"{activity.value}  {term(activity.title)}")
            button.setToolTip(
                translate("Labelling", "The driver does this from here on; again: up to here ({0})").format(
                    activity.value
                )
            )
            button.setStyleSheet(
                f"text-align: left; padding: {palette.px(4)}px {palette.px(6)}px;"
                f" border-left: {palette.px(4)}px solid {palette.theme().activities[activity]};"
            )
            button.setMinimumWidth(palette.px(60))
            button.setMinimumHeight(palette.px(24))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, activity=activity: controller.label(activity))
            grid.addWidget(button, activity.value % 5, activity.value // 5)
            self.buttons[activity] = button
        self.status = QLabel()
        self.status.setObjectName("small")
        self.status.setWordWrap(True)
        column(grid, self.status, None, into=self, spacing=6, margins=NO_MARGINS)
        for listeners in (model.labelled, model.drive_changed):
            listen(self, listeners, self._refresh)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for activity, button in self.buttons.items():
            key = f"{activity.value}  "
            width = self.width() // 2 - palette.px(20) - button.fontMetrics().horizontalAdvance(key)
            button.setText(key + fitting_title(activity, button.fontMetrics(), width))

    def _refresh(self) -> None:
        model = self._model
        labelling = model.labelling
        is_open = model.phase is ReplayPhase.OPEN and labelling is not None
        for button in self.buttons.values():
            button.setEnabled(is_open)
        if labelling is None:
            self.status.setText(translate("Labelling", "Open a drive to label it."))
        elif labelling.unsaved:
            self.status.setText(notice_words(labelling.unsaved))
        elif labelling.open_segment is not None:
            self.status.setText(
                translate("Labelling", "{0} from {1} on: {2} ends it, {3} discards it.").format(
                    term(labelling.open_segment.activity.title),
                    clock(labelling.open_segment.start_s),
                    keys(FINISH_KEY),
                    keys(ABANDON_KEY),
                )
            )
        else:
            text = translate("Labelling", "Keys 0 to 9 begin a label here; every change is saved in {0}.")
            if not labelling.segments:
                text = translate(
                    "Labelling", "No labels yet: keys 0 to 9 begin one here, {1} loads a file; they are saved in {0}."
                )
            self.status.setText(text.format(printable(labelling.path.name), keys(LABELS_KEY)))
        self.status.setToolTip(printable(labelling.path) if labelling is not None else "")
