"""The library's view: drives, their incidents, and the one that is looked at; in a small window a part at a time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QMessageBox, QPushButton, QWidget

from monitor.alerts.incidents.incident import ReviewStatus
from monitor.dashboard.library.controller import LibraryController
from monitor.dashboard.library.drive_list import DriveList
from monitor.dashboard.library.incident_card import IncidentCard
from monitor.dashboard.numbers import LocalNumber
from monitor.dashboard.panels.event_list import EventList
from monitor.dashboard.texts import entry_headline, notice_words, sentence
from monitor.dashboard.widgets.buttons import icon_button, set_up
from monitor.dashboard.widgets.keys import (
    CASE_KEY,
    FALSE_ALERT_KEY,
    NOTE_KEY,
    REDO_KEY,
    TRUE_ALERT_KEY,
    UNCLEAR_KEY,
    UNDO_KEY,
    Place,
    bind_keys,
)
from monitor.dashboard.widgets.layout import NO_MARGINS, SMALL, LayoutSize, card, column, row, scroll_by_touch
from monitor.dashboard.widgets.listening import listen
from monitor.dashboard.widgets.segments import Segments
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.library.marks import LibraryAdvice, is_marked

translate = QCoreApplication.translate

DRIVES, INCIDENTS, REVIEW = range(3)
"""The parts' numbers."""


class LibraryView(QWidget):
    """Only asks the controller."""

    replay_asked = Signal(str, float)
    """A recording shall be replayed, from a time on."""

    def __init__(self, controller: LibraryController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controller, self.model = controller, controller.model
        self._layout_size, self._asks = LayoutSize.WIDE, False
        self.drives = DriveList(self.model)
        self.drives.chosen.connect(self._choose_drive)
        self.incidents = EventList(self.model.shown)
        scroll_by_touch(self.incidents)
        self.incidents.review_asked.connect(lambda _entry: self._look())
        self.incidents.selectionModel().currentChanged.connect(lambda *_: self._show_entry())
        self.incidents.model().modelReset.connect(self._keep_entry)
        self._chosen: LoggedIncident | None = None
        self.card = IncidentCard()
        self.card.marked.connect(self.mark)
        self.card.noted.connect(self._note)
        self.card.replay_asked.connect(self.replay)
        self.card.case_asked.connect(self.choose_case)
        self.card.keep_asked.connect(self.keep)
        self.driver = QLineEdit()
        self.driver.setPlaceholderText(translate("Library", "Who drives?"))
        self.driver.setAccessibleName(translate("Library", "Driver"))
        self.driver.editingFinished.connect(self._name_driver)
        for line in (self.driver, self.card.note):
            # What is typed next is a key again.
            line.returnPressed.connect(self._focus_part)
        self.forget = icon_button("bin", translate("Library", "Forget this drive…"), self.ask_forget, plain=True)
        self.summary = QLabel()
        self.summary.setObjectName("small")
        self.empty = QLabel()
        self.empty.setObjectName("soft")
        for label in (self.summary, self.empty):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.ask = QPushButton(translate("Library", "What would higher thresholds change?"))
        set_up(self.ask, "tune", self.ask.text(), self._toggle_advice)
        self.advice = QLabel()
        self.advice.setObjectName("small")
        self.advice.setTextFormat(Qt.TextFormat.PlainText)
        self.advice.setWordWrap(True)
        self.use = QPushButton(translate("Library", "Use this threshold"))
        self.use.clicked.connect(self._use)
        self.pages = Segments(
            (
                translate("Library", "Drives"),
                translate("Library", "Incidents"),
                translate("Library", "Review"),
            ),
            translate("Library", "What is shown"),
        )
        self.pages.choose(DRIVES)
        self.pages.chosen.connect(lambda _number: self._choose_part())

        self._drives_card = card(None, self.drives, margins=(6, 6, 6, 6))
        self._about = QWidget()
        column(self.driver, row((self.summary, 1), self.forget, spacing=6), into=self._about, margins=NO_MARGINS)
        self._marks = QWidget()
        column(self.advice, row(self.use, self.ask, None, spacing=6), into=self._marks, spacing=6, margins=NO_MARGINS)
        self._incidents_card = card(None, self._about, self.empty, self.incidents, margins=(10, 8, 8, 8))
        self._left = column((self._drives_card, 1), self._marks, spacing=6)
        self._review_card = card(None, self.card, margins=(12, 10, 12, 10))
        self._columns = row((self._left, 3), (self._incidents_card, 4), (self._review_card, 5), spacing=10)
        column(self.pages, (self._columns, 1), into=self, spacing=6, margins=NO_MARGINS)
        listen(self, self.model.drives_changed, self._refresh)
        listen(self, self.model.advised, self._show_advice)
        controller.working.connect(self._show_advice)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._refresh()
        self._show_advice()
        self._show_entry()

    def bind_keys(self) -> None:
        """Have the keys of the library work."""
        handlers = {
            TRUE_ALERT_KEY: lambda: self.mark(ReviewStatus.TRUE),
            FALSE_ALERT_KEY: lambda: self.mark(ReviewStatus.FALSE),
            UNCLEAR_KEY: lambda: self.mark(ReviewStatus.UNCLEAR),
            NOTE_KEY: self.card.note.setFocus,
            CASE_KEY: self.choose_case,
            UNDO_KEY: self.controller.undo,
            REDO_KEY: self.controller.redo,
        }
        bind_keys(self, Place.LIBRARY, handlers)

    def set_layout_size(self, size: LayoutSize) -> None:
        """Arrange everything for a layout size."""
        if size is not self._layout_size:
            self._layout_size = size
            self._arrange()

    def show_part(self, part: int) -> None:
        """Show drives, incidents or the review, where not all of them are seen."""
        self.pages.choose(part)
        self._arrange()
        self._focus_part()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._focus_part()

    def _choose_part(self) -> None:
        """A part was chosen by its button, which keeps the focus where it has it."""
        self._arrange()
        focused = self.window().focusWidget()
        if focused is None or not self.isAncestorOf(focused):
            self._focus_part()

    def _focus_part(self) -> None:
        """Keys are for the part that is shown; where all are, for the incidents."""
        parts = (self.incidents, self.card, self.drives)
        part = next((part for part in parts if part.isVisible()), None)
        if part is not None:
            part.setFocus()

    def _arrange(self) -> None:
        size, page = self._layout_size, self.pages.current
        full, small = size in (LayoutSize.WIDE, LayoutSize.LOW), size in SMALL
        self.pages.setVisible(not full)
        self.pages.buttons[REVIEW].setVisible(small)
        if page == REVIEW and not small:
            page = INCIDENTS
            self.pages.choose(INCIDENTS)
        self._drives_card.setVisible(full or page == DRIVES)
        self._show_marks()
        self._incidents_card.setVisible(full or page == INCIDENTS)
        self._review_card.setVisible(not small or page == REVIEW)
        self.card.set_low(small)
        self._columns.setStretch(0, 3 if full else 5 if page == DRIVES else 0)
        self._columns.setStretch(1, 4 if full else 5 if page == INCIDENTS else 0)
        self._columns.setStretch(2, 5 if not small or page == REVIEW else 0)

    def _show_marks(self) -> None:
        full = self._layout_size in (LayoutSize.WIDE, LayoutSize.LOW)
        self._marks.setVisible(self._asks and (full or self.pages.current == DRIVES))

    # Drives

    def _choose_drive(self, drive_id: str) -> None:
        self._chosen = None
        self.model.choose(drive_id)
        self._keep_entry()
        if self._layout_size not in (LayoutSize.WIDE, LayoutSize.LOW):
            self.show_part(INCIDENTS)

    def _name_driver(self) -> None:
        drive = self.model.drive(self.model.chosen)
        if drive is not None and self.driver.text().strip() != drive.info.driver:
            self.controller.name_driver(drive, self.driver.text())

    def ask_forget(self) -> None:
        """Ask whether the chosen drive shall be deleted, and delete it."""
        drive = self.model.drive(self.model.chosen)
        if drive is None:
            return
        title = translate("Library", "Forget this drive?")
        text = translate("Library", "Its incidents and their images are deleted. A recording itself stays.")
        yes = QMessageBox.StandardButton.Yes
        if QMessageBox.question(self, title, text, yes | QMessageBox.StandardButton.Cancel) == yes:
            self.controller.forget(drive)

    def _refresh(self) -> None:
        drive = self.model.drive(self.model.chosen)
        self._about.setVisible(drive is not None)
        if drive is not None:
            if not self.driver.hasFocus():
                self.driver.setText(drive.info.driver)
            lines = [] if drive.summary is None else [sentence(notice_words(line)) for line in drive.summary.lines()]
            self.summary.setText("\n".join(lines))
        some = bool(self.model.shown.events.entries)
        self.incidents.setVisible(some)
        self.empty.setVisible(not some)
        self.empty.setText(self._why_empty())
        entry = self.entry
        self.card.show_kept(entry is not None and self._is_kept(entry))
        self._asks = any(map(is_marked, self.model.drives))
        self.ask.setVisible(self._asks)
        self._show_marks()

    def _why_empty(self) -> str:
        if self.model.loading and not self.model.drives:
            return translate("Library", "Reading the library…")
        if not self.model.drives:
            return translate(
                "Library",
                "Drives of cameras and streams are kept here, and with --store recordings, too. There is none yet.",
            )
        if self.model.chosen:
            return translate("Library", "This drive had no incident.")
        return translate("Library", "Everything is reviewed. Choose a drive to look at its incidents again.")

    # Incidents

    @property
    def entry(self) -> LoggedIncident | None:
        """The incident that is looked at."""
        entry = self.incidents.currentIndex().data(Qt.ItemDataRole.UserRole)
        return entry if isinstance(entry, LoggedIncident) else None

    def _show_entry(self) -> None:
        entry = self.entry
        if entry is not None:
            self._chosen = entry
        self.card.show_entry(entry, kept=entry is not None and self._is_kept(entry))

    def _keep_entry(self) -> None:
        """The list is another: the incident that was looked at is still there, or else the first is."""
        model = self.incidents.model()
        chosen = 0
        for number in range(model.rowCount()):
            entry = model.index(number, 0).data(Qt.ItemDataRole.UserRole)
            if self._chosen is not None and isinstance(entry, LoggedIncident) and entry.is_same(self._chosen):
                chosen = number
        self.incidents.setCurrentIndex(model.index(chosen, 0))
        self._show_entry()

    def _look(self) -> None:
        self._show_entry()
        if self._layout_size in SMALL:
            self.show_part(REVIEW)

    def mark(self, status: ReviewStatus) -> None:
        """Give a verdict, and go on to the next incident that has none; a second time takes the verdict back."""
        entry = self.entry
        if entry is None:
            return
        was_new = entry.incident.review.status is ReviewStatus.NEW
        stored = self.controller.mark(entry, status)
        following = self.model.next_unreviewed(entry) if was_new and stored else None
        if not stored:
            self._show_entry()  # the button has changed by itself
        if following is not None:
            self._chosen = following
            self._keep_entry()

    def _note(self, note: str) -> None:
        entry = self._chosen
        if entry is not None and note != entry.incident.review.note:
            self.controller.note(entry, note)

    def keep(self) -> None:
        """Have the incident stay, whatever becomes old; a second time no longer."""
        entry = self.entry
        if entry is not None:
            self.controller.keep(entry, not self._is_kept(entry))

    def _is_kept(self, entry: LoggedIncident) -> bool:
        drive = self.model.drive(entry.kept_as)
        return drive is not None and entry.incident.number in drive.kept

    def replay(self) -> None:
        """Replay the recording from the incident's beginning on."""
        if self.entry is not None and self.entry.spec:
            self.replay_asked.emit(self.entry.spec, self.entry.since_s)

    def choose_case(self) -> None:
        """Ask where the case goes, and write it."""
        entry = self.entry
        if entry is None:
            return
        title = translate("Library", "Save {0} as a case").format(entry_headline(entry))
        name = self.controller.case_name(entry)
        path, _ = QFileDialog.getSaveFileName(self, title, name, translate("Library", "Zip (*.zip)"))
        if path:
            self.controller.save_case(entry, Path(path))

    # Thresholds

    def _toggle_advice(self) -> None:
        if self.controller.is_advising:
            self.controller.cancel()
        else:
            self.controller.advise()

    def _show_advice(self) -> None:
        busy, advice = self.controller.is_advising, self.model.advice
        asks = translate("Library", "What would higher thresholds change?")
        self.ask.setText(translate("Library", "Stop trying thresholds") if busy else asks)
        self.advice.setVisible(busy or advice is not None)
        best = None
        if busy:
            self.advice.setText(translate("Library", "Trying thresholds on the marked drives…"))
        elif advice is not None:
            self.advice.setText("\n".join(advice_lines(advice)))
            best = next(iter(advice.advice.effects), None)
        self.use.setVisible(best is not None and self.controller.use_threshold is not None)
        if best is not None:
            threshold = f"{LocalNumber(best.threshold):g}"
            self.use.setText(translate("Library", "Use {0} for {1}").format(threshold, best.activity.label))

    def _use(self) -> None:
        advice = self.model.advice
        if advice is None or self.controller.use_threshold is None or not advice.advice.effects:
            return
        best = advice.advice.effects[0]
        if self.controller.use_threshold(best):
            self.controller.noticed.emit(
                translate("Library", "From the next drive on, {0} needs {1}. Settings takes it back.").format(
                    best.activity.label, f"{LocalNumber(best.threshold):g}"
                )
            )
            self.use.hide()


def advice_lines(known: LibraryAdvice) -> list[str]:
    """What marks say of thresholds, for people."""
    advice = known.advice
    lines = [
        translate(
            "Library",
            "With these marks, a threshold of {0} for {1} would remove {2} of {3} false alerts and cost {4} of {5}"
            " detections.",
        ).format(
            f"{LocalNumber(effect.threshold):g}",
            effect.activity.label,
            effect.removed,
            advice.false,
            effect.cost,
            advice.detected,
        )
        for effect in advice.effects
    ]
    if not lines and advice.false:
        lines.append(translate("Library", "No higher threshold would remove a false alert."))
    if not lines and advice.drives:
        lines.append(translate("Library", "No alert of the marked drives is marked as false."))
    if known.without_predictions:
        lines.append(
            translate("Library", "Marked recordings to open in Replay first: {0}").format(known.without_predictions)
        )
    if known.cameras:
        lines.append(
            translate("Library", "Marked incidents of cameras that this network has not seen: {0}").format(
                known.cameras
            )
        )
    return lines
