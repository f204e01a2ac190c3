"""The review of the incident at the position: true, false, unclear, a note."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QBoxLayout, QWidget

from monitor.alerts.incidents.incident import ReviewStatus
from monitor.dashboard.replay.controller import ReplayController
from monitor.dashboard.texts import entry_headline
from monitor.dashboard.widgets.buttons import icon_button
from monitor.dashboard.widgets.elided_label import ElidedLabel
from monitor.dashboard.widgets.keys import FALSE_ALERT_KEY, NOTE_KEY, TRUE_ALERT_KEY, UNCLEAR_KEY
from monitor.dashboard.widgets.layout import NO_MARGINS, row
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.clock import clock
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.replay import ReplayModel

translate = QCoreApplication.translate


class ReviewBar(QWidget):
    """Which incident it is, and a button for each verdict; the one that holds is pressed."""

    def __init__(
        self,
        model: ReplayModel,
        controller: ReplayController,
        ask_review: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._shown: LoggedIncident | None = None
        self.about = ElidedLabel()
        self.about.setObjectName("small")
        toggle = controller.toggle_review
        true, false, unclear = ReviewStatus.TRUE, ReviewStatus.FALSE, ReviewStatus.UNCLEAR
        self.verdicts = {
            true: icon_button("check", translate("EventReview", "True alert"), partial(toggle, true), TRUE_ALERT_KEY),
            false: icon_button(
                "flag", translate("EventReview", "False alert"), partial(toggle, false), FALSE_ALERT_KEY
            ),
            unclear: icon_button(
                "question", translate("EventReview", "Unclear"), partial(toggle, unclear), UNCLEAR_KEY
            ),
        }
        self.note = icon_button("label", translate("EventReview", "Note"), ask_review, NOTE_KEY)
        for button in self.verdicts.values():
            button.setCheckable(True)
        buttons = row(*self.verdicts.values(), self.note, spacing=6)
        self._box = row((self.about, 1), buttons, into=self, spacing=6, margins=NO_MARGINS)
        self._box.setAlignment(buttons, Qt.AlignmentFlag.AlignLeft)
        for listeners in (model.moved, model.labelled, model.analysis_changed, model.drive_changed):
            listen(self, listeners, self._refresh)
        self._refresh()

    def set_narrow(self, narrow: bool) -> None:
        """Name the incident above the buttons, where it finds no room beside them."""
        directions = QBoxLayout.Direction
        self._box.setDirection(directions.TopToBottom if narrow else directions.LeftToRight)

    def _refresh(self) -> None:
        entry = self._controller.incident
        for status, button in self.verdicts.items():
            # A click has pressed it in any case.
            button.setChecked(entry is not None and entry.incident.review.status is status)
        if entry is self._shown and self.about.full_text:
            return
        self._shown = entry
        for button in (*self.verdicts.values(), self.note):
            button.setEnabled(entry is not None)
        if entry is None:
            self.about.setText(translate("ReviewBar", "No incident up to here"))
        else:
            note = f" · {entry.incident.review.note}" if entry.incident.review.note else ""
            self.about.setText(f"{clock(entry.since_s)} {entry_headline(entry)}{note}")
