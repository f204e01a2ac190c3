"""The review of an incident or a health event: the seconds before it as a clip, why it came, and a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QImage, QKeySequence, QPaintEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QDialog, QFileDialog, QLabel, QLineEdit, QPushButton, QSizePolicy, QWidget

from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.dashboard.numbers import decimal
from monitor.dashboard.panels.event_list import decoded
from monitor.dashboard.texts import (
    entry_colour,
    entry_detail,
    entry_headline,
    entry_icon,
    entry_word,
    event_detail,
    event_word,
    incident_why,
    sentence,
    term,
    unbroken,
)
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import keys, set_icon
from monitor.dashboard.widgets.frame_painting import canvas_painter_of, draw_image, fitted_rect, paint_progress
from monitor.dashboard.widgets.icons import icon_pixmap
from monitor.dashboard.widgets.keys import FALSE_ALERT_KEY, REDO_KEY, TRUE_ALERT_KEY, UNCLEAR_KEY, UNDO_KEY
from monitor.dashboard.widgets.layout import NO_MARGINS, column, row, scrolling
from monitor.dashboard.widgets.listening import listen
from monitor.live.frames.recent_frames import Thumbnail
from monitor.sources import is_live
from monitor.viewmodel.clock import clock
from monitor.viewmodel.event_log import LogEntry, LoggedEvent, LoggedIncident
from monitor.viewmodel.state import DashboardState
from monitor.viewmodel.undo import UndoHistory

translate = QCoreApplication.translate

_MAX_STEP_S = 0.6
_LAST_S = 1.6
"""How long the event's thumbnail is shown before the clip starts again."""


class ClipPlayer(QWidget):
    """Plays a clip over and over, at its own speed."""

    def __init__(self, clip: tuple[Thumbnail, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clip, self._index = clip, len(clip) - 1
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)
        self.setMinimumSize(palette.px(80), palette.px(40))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(translate("EventReview", "The seconds before the event"))

    def sizeHint(self) -> QSize:
        # It takes what room there is; where there is little, what stands around it is scrolled less.
        return QSize(palette.px(420), palette.px(80))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._wait()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def _next(self) -> None:
        self._index = (self._index + 1) % len(self._clip)
        self.update()
        self._wait()

    def _wait(self) -> None:
        if len(self._clip) < 2:
            return
        step_s = _LAST_S
        if self._index + 1 < len(self._clip):
            step_s = min(_MAX_STEP_S, self._clip[self._index + 1].time_s - self._clip[self._index].time_s)
        self._timer.start(max(30, round(1000 * step_s)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = canvas_painter_of(self)
        image = decoded(self._clip[self._index].jpeg) if self._clip else QImage()
        if image.isNull():  # none is kept, or a damaged file
            painter.setPen(QColor(palette.theme().soft))
            painter.setFont(palette.font(13))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, translate("EventReview", "There is no image of it"))
        else:
            draw_image(painter, fitted_rect(area, image.width(), image.height()), image)
            paint_progress(painter, area, (self._index + 1) / len(self._clip))
        painter.end()


class EventReview(QDialog):
    """Shows an incident with its events, or a health event; hands on what a person says of the incident."""

    replay = Signal(str, float)
    """The drive shall be opened in the replay, at a time."""

    def __init__(
        self,
        entry: LogEntry,
        state: DashboardState,
        history: UndoHistory,
        review: Callable[[LoggedIncident, Review], LoggedIncident | None],
        parent: QWidget | None = None,
        save_case: Callable[[LoggedIncident, Path], bool] | None = None,
    ) -> None:
        """Put it together.

        Args:
            entry: what is shown.
            state: where it stands in the log.
            history: of changes.
            review: stores a review, and gives the entry as it is then, None where it could not.
            parent: the window.
            save_case: writes an incident that the library keeps as a case.
        """
        super().__init__(parent)
        self._entry, self._review, self._state = entry, review, state
        self.setWindowTitle(translate("EventReview", "Event review"))
        sign = QLabel()
        sign.setPixmap(icon_pixmap(entry_icon(entry), palette.px(30), entry_colour(entry), self.devicePixelRatioF()))
        title = QLabel(f"{entry_word(entry)} · {entry_headline(entry)}")
        title.setObjectName("subtitle")
        when = QLabel(f"{term(entry.source)}, {clock(entry.since_s)}")
        when.setObjectName("small")
        self.why = QLabel(self._why())
        self.details = QLabel(self._details())
        self.details.setObjectName("small")
        self.details.setVisible(bool(self.details.text()))
        for label in (title, when, self.why, self.details):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.verdicts = {
            ReviewStatus.TRUE: _verdict("check", translate("EventReview", "True alert"), TRUE_ALERT_KEY),
            ReviewStatus.FALSE: _verdict("flag", translate("EventReview", "False alert"), FALSE_ALERT_KEY),
            ReviewStatus.UNCLEAR: _verdict("question", translate("EventReview", "Unclear"), UNCLEAR_KEY),
        }
        verdict_keys = (TRUE_ALERT_KEY, FALSE_ALERT_KEY, UNCLEAR_KEY)
        for (status, button), key in zip(self.verdicts.items(), verdict_keys, strict=True):
            button.clicked.connect(lambda _on=False, status=status: self._toggle(status))
            QShortcut(QKeySequence(key), self).activated.connect(lambda status=status: self._toggle(status))
        QShortcut(QKeySequence(UNDO_KEY), self).activated.connect(history.undo)
        QShortcut(QKeySequence(REDO_KEY), self).activated.connect(history.redo)
        self.note = QLineEdit()
        self.note.setPlaceholderText(translate("EventReview", "Note"))
        self.note.setAccessibleName(translate("EventReview", "Note"))
        self.note.editingFinished.connect(self._write_note)
        self.open_replay = QPushButton(" " + translate("EventReview", "Open in the replay"))
        set_icon(self.open_replay, "video")
        self.open_replay.setVisible(bool(entry.spec) and not is_live(entry.spec))
        self.open_replay.clicked.connect(self._replay)
        self.case = QPushButton(" " + translate("EventReview", "Save as a case…"))
        set_icon(self.case, "export")
        is_kept = isinstance(entry, LoggedIncident) and bool(entry.kept_as) and entry.incident.is_over
        self.case.setVisible(is_kept and save_case is not None)
        self.case.clicked.connect(self._save_case)
        self._write_case = save_case
        close = QPushButton(translate("EventReview", "Close"))
        close.setObjectName("main")
        close.clicked.connect(self.accept)
        head = row(sign, (column(title, when, spacing=2), 1), spacing=12)
        content = QWidget()
        ways, verdicts = row(self.open_replay, self.case, None), row(*self.verdicts.values(), None)
        foot = row((verdicts, 1), close)
        column(
            head,
            (ClipPlayer(entry.clip), 1),
            self.why,
            self.details,
            self.note,
            ways,
            into=content,
            spacing=12,
            margins=NO_MARGINS,
        )
        for widget in (self.note, *self.verdicts.values()):
            widget.setVisible(isinstance(entry, LoggedIncident))
        # With large text on a small screen the verdicts are seen all the same.
        column((scrolling(content, sideways=False), 1), foot, into=self, spacing=12, margins=(18, 16, 18, 16))
        room = (palette.px(560) if parent is None else min(palette.px(560), parent.width() - 16)) - palette.px(48)
        if verdicts.sizeHint().width() > room:
            pad = palette.px(4)
            for button in self.verdicts.values():
                button.setStyleSheet(f"padding-left: {pad}px; padding-right: {pad}px;")
            verdicts.invalidate()
        for box in (ways, verdicts, foot):
            if box.sizeHint().width() > room:
                box.setDirection(QBoxLayout.Direction.TopToBottom)
        close.setDefault(True)
        close.setFocus()
        self._shown_note = ""
        self._refresh()
        listen(self, state.event_logged, self._take_known)

    def write_note(self) -> None:
        """Have the note written next."""
        self.note.setFocus()

    def _take_known(self) -> None:
        """It has gone on, or its review was taken back."""
        if isinstance(self._entry, LoggedIncident):
            self._entry = self._state.events.known(self._entry)
            self._refresh()

    def _why(self) -> str:
        entry = self._entry
        text = event_detail(entry.event) if isinstance(entry, LoggedEvent) else incident_why(entry.incident)
        text = f"{sentence(unbroken(text))}."
        if isinstance(entry, LoggedIncident):
            text += " " + translate("EventReview", "The driver had been distracted for {0} s.").format(
                decimal(entry.incident.distracted_s)
            )
        return text

    def _details(self) -> str:
        """An incident's events of tiers, and what has become of it."""
        entry = self._entry
        if isinstance(entry, LoggedEvent):
            return ""
        why = incident_why(entry.incident)
        lines = []
        for event in entry.incident.events:
            # What led to the peak is said above.
            parts = [f"{clock(event.time_s)}  {event_word(event)}", event_detail(event)]
            lines.append(" · ".join(parts[:1] if parts[1] == why else parts))
        return unbroken("\n".join((*lines, sentence(entry_detail(entry)))))

    def _toggle(self, status: ReviewStatus) -> None:
        """Give a verdict; a second time takes it back."""
        if isinstance(self._entry, LoggedIncident):
            review = self._entry.incident.review
            self._say(replace(review, status=ReviewStatus.NEW if review.status is status else status))

    def _write_note(self) -> None:
        if isinstance(self._entry, LoggedIncident):
            self._say(replace(self._entry.incident.review, note=self.note.text().strip()))

    def done(self, result: int) -> None:
        """However it is closed, what was written is kept."""
        self._write_note()
        super().done(result)

    def _say(self, review: Review) -> None:
        if isinstance(self._entry, LoggedIncident) and review != self._entry.incident.review:
            self._entry = self._review(self._entry, review) or self._entry
        self._refresh()

    def _replay(self) -> None:
        self.accept()
        self.replay.emit(self._entry.spec, self._entry.since_s)

    def _save_case(self) -> None:
        """Ask where the case goes, and write it."""
        if not isinstance(self._entry, LoggedIncident) or self._write_case is None:
            return
        self._write_note()
        title, kinds = translate("EventReview", "Save as a case"), translate("EventReview", "Zip (*.zip)")
        name = f"case-{self._entry.kept_as}-{self._entry.incident.number}.zip"
        path, _ = QFileDialog.getSaveFileName(self, title, name, kinds)
        if path:
            self._write_case(self._entry, Path(path))

    def _refresh(self) -> None:
        if isinstance(self._entry, LoggedIncident):
            review = self._entry.incident.review
            for status, button in self.verdicts.items():
                button.setChecked(review.status is status)
            if review.note != self._shown_note:
                # What is being written meanwhile stays.
                self._shown_note = review.note
                self.note.setText(review.note)
            self.details.setText(self._details())


def _verdict(symbol: str, text: str, key: str) -> QPushButton:
    button = QPushButton(f" {text}")
    button.setCheckable(True)
    button.setAccessibleName(text)
    button.setToolTip(f"{text} ({keys(key)})")
    set_icon(button, symbol)
    return button
