"""One kept incident: the seconds before its peak, why it came, and what a person says of it, by one key each."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from monitor.alerts.incidents.incident import ReviewStatus
from monitor.dashboard.panels.event_review import ClipPlayer
from monitor.dashboard.texts import entry_detail, entry_headline, entry_word, incident_why, sentence, term, unbroken
from monitor.dashboard.widgets.buttons import icon_button, keys, set_up
from monitor.dashboard.widgets.elided_label import ElidedLabel
from monitor.dashboard.widgets.keys import CASE_KEY, FALSE_ALERT_KEY, NOTE_KEY, TRUE_ALERT_KEY, UNCLEAR_KEY
from monitor.dashboard.widgets.layout import NO_MARGINS, column, row, scrolling
from monitor.viewmodel.clock import clock
from monitor.viewmodel.event_log import LoggedIncident

translate = QCoreApplication.translate


class IncidentCard(QWidget):
    """Only asks; what is asked is connected by the view."""

    marked = Signal(object)
    """A `ReviewStatus` was chosen."""
    noted = Signal(str)
    replay_asked = Signal()
    case_asked = Signal()
    keep_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # The keys work wherever in the library the focus is.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._entry: LoggedIncident | None = None
        self.title = ElidedLabel()
        self.title.setObjectName("subtitle")
        self.when = ElidedLabel()
        self.when.setObjectName("small")
        self.why, self.details = QLabel(), QLabel()
        self.details.setObjectName("small")
        for label in (self.why, self.details):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self._clip = ClipPlayer(())
        self.verdicts = {
            status: self._button(symbol, text, key, lambda status=status: self.marked.emit(status))
            for status, symbol, text, key in (
                (ReviewStatus.TRUE, "check", translate("Library", "True"), TRUE_ALERT_KEY),
                (ReviewStatus.FALSE, "flag", translate("Library", "False"), FALSE_ALERT_KEY),
                (ReviewStatus.UNCLEAR, "question", translate("Library", "Unclear"), UNCLEAR_KEY),
            )
        }
        for button in self.verdicts.values():
            button.setCheckable(True)
        self.note = QLineEdit()
        self.note.setPlaceholderText(translate("Library", "Note"))
        self.note.setAccessibleName(translate("Library", "Note"))
        self.note.setToolTip(f"{translate('Library', 'Note')} ({keys(NOTE_KEY)})")
        self.note.editingFinished.connect(lambda: self.noted.emit(self.note.text().strip()))
        self.replay = self._button("video", translate("Library", "Replay"), "", self.replay_asked.emit)
        what = translate("Library", "Keep: it stays, however old it becomes")
        self.keep = icon_button("bookmark", what, self.keep_asked.emit)
        self.keep.setCheckable(True)
        self.case = self._button("export", translate("Library", "Save as a case…"), CASE_KEY, self.case_asked.emit)
        what = translate("Library", "One zip to send to somebody: images, journal, settings, versions")
        self.case.setToolTip(f"{what} ({keys(CASE_KEY)})")
        self._clip_place = column((self._clip, 1), margins=NO_MARGINS)
        content = QWidget()
        column(
            row((self.title, 1), self.keep, spacing=6),
            self.when,
            (self._clip_place, 1),
            self.why,
            self.details,
            self.note,
            row(self.replay, self.case, None, spacing=6),
            into=content,
            spacing=6,
            margins=NO_MARGINS,
        )
        # With large text on a small screen the verdicts are seen all the same.
        verdicts = row(*self.verdicts.values(), None, spacing=6)
        column((scrolling(content, sideways=False), 1), verdicts, into=self, spacing=6, margins=NO_MARGINS)
        self.show_entry(None)

    def _button(self, symbol: str, text: str, key: str, action: object) -> QPushButton:
        button = QPushButton(f" {text}")
        set_up(button, symbol, text, action, key)  # type: ignore[arg-type]
        return button

    def set_low(self, low: bool) -> None:
        """Leave the explanation out where there is little height."""
        for label in (self.why, self.details):
            label.setVisible(not low)

    def show_kept(self, kept: bool) -> None:
        """Show whether the incident is marked to be kept."""
        self.keep.setChecked(kept)

    def show_entry(self, entry: LoggedIncident | None, *, kept: bool = False) -> None:
        """Show an incident, or that none is chosen; and whether it is marked to be kept."""
        self.show_kept(kept)
        before, self._entry = self._entry, entry
        for widget in (*self.verdicts.values(), self.note, self.keep, self.case):
            widget.setEnabled(entry is not None)
        self.replay.setEnabled(entry is not None and bool(entry.spec))
        if entry is None or before is None or entry.clip != before.clip or not entry.is_same(before):
            clip = ClipPlayer(() if entry is None else entry.clip)
            self._clip_place.replaceWidget(self._clip, clip)
            self._clip.hide()
            self._clip.deleteLater()
            self._clip = clip
        if entry is None:
            self.title.setText(translate("Library", "No incident is chosen"))
            for label in (self.when, self.why, self.details):
                label.setText("")
            self.note.setText("")
            return
        self.title.setText(f"{entry_word(entry)} · {entry_headline(entry)}")
        when = f"{term(entry.source)}, {clock(entry.since_s)}"
        if not entry.clip and not entry.spec:
            when = translate("Library", "{0}: no images are kept of it").format(when)
        self.when.setText(when)
        why = incident_why(entry.incident)
        self.why.setText(f"{sentence(unbroken(why))}." if why else "")
        self.details.setText(sentence(entry_detail(entry)))
        review = entry.incident.review
        for status, button in self.verdicts.items():
            button.setChecked(review.status is status)
        if self.note.text().strip() != review.note:
            self.note.setText(review.note)
