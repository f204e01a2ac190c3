"""The review of an incident or a health event: the seconds before it as a clip, why it came, and a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QKeySequence, QPaintEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QSizePolicy, QWidget

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
    term,
)
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import keys, set_icon
from monitor.dashboard.widgets.frame_painting import canvas_painter_of, draw_image, fitted_rect, paint_progress
from monitor.dashboard.widgets.icons import icon_pixmap
from monitor.dashboard.widgets.keys import FALSE_ALERT_KEY
from monitor.dashboard.widgets.layout import NO_MARGINS, column, row
from monitor.live.frames.recent_frames import Thumbnail
from monitor.sources import is_live
from monitor.viewmodel.clock import clock
from monitor.viewmodel.event_log import LogEntry, LoggedEvent, LoggedIncident

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
        return QSize(palette.px(420), palette.px(290))

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
        if not self._clip:
            painter.setPen(QColor(palette.theme().soft))
            painter.setFont(palette.font(13))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, translate("EventReview", "There is no image of it"))
        else:
            image = decoded(self._clip[self._index].jpeg)
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
        review: Callable[[LoggedIncident, Review], LoggedIncident | None],
        parent: QWidget | None = None,
    ) -> None:
        """Show `entry`; `review` stores a review, and gives the entry as it is then, None where it could not."""
        super().__init__(parent)
        self._entry, self._review = entry, review
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
            ReviewStatus.TRUE: _verdict("check", translate("EventReview", "True alert")),
            ReviewStatus.FALSE: _verdict(
                "flag", translate("EventReview", "False alert ({0})").format(keys(FALSE_ALERT_KEY))
            ),
            ReviewStatus.UNCLEAR: _verdict("question", translate("EventReview", "Unclear")),
        }
        for status, button in self.verdicts.items():
            button.clicked.connect(lambda _on=False, status=status: self._toggle(status))
        self.note = QLineEdit()
        self.note.setPlaceholderText(translate("EventReview", "Note"))
        self.note.setAccessibleName(translate("EventReview", "Note"))
        self.note.editingFinished.connect(self._write_note)
        self.open_replay = QPushButton(" " + translate("EventReview", "Open in the replay"))
        set_icon(self.open_replay, "video")
        self.open_replay.setVisible(bool(entry.spec) and not is_live(entry.spec))
        self.open_replay.clicked.connect(self._replay)
        close = QPushButton(translate("EventReview", "Close"))
        close.setObjectName("main")
        close.clicked.connect(self.accept)
        head = row(sign, (column(title, when, spacing=2), 1), spacing=12)
        said = QWidget()
        column(row(*self.verdicts.values(), None), self.note, into=said, spacing=8, margins=NO_MARGINS)
        said.setVisible(isinstance(entry, LoggedIncident))
        parts = (head, (ClipPlayer(entry.clip), 1), self.why, self.details, said, row(self.open_replay, None, close))
        column(*parts, into=self, spacing=12, margins=(18, 16, 18, 16))
        mark = QShortcut(QKeySequence(FALSE_ALERT_KEY), self)
        mark.activated.connect(lambda: self._toggle(ReviewStatus.FALSE))
        close.setDefault(True)
        close.setFocus()
        self._refresh()

    def _why(self) -> str:
        entry = self._entry
        text = event_detail(entry.event) if isinstance(entry, LoggedEvent) else incident_why(entry.incident)
        text = f"{text[:1].upper()}{text[1:]}."
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
        lines = [
            f"{clock(event.time_s)}  {event_word(event)} · {event_detail(event)}" for event in entry.incident.events
        ]
        return "\n".join((*lines, entry_detail(entry)))

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

    def _refresh(self) -> None:
        if isinstance(self._entry, LoggedIncident):
            review = self._entry.incident.review
            for status, button in self.verdicts.items():
                button.setChecked(review.status is status)
            self.note.setText(review.note)
            self.details.setText(self._details())


def _verdict(symbol: str, text: str) -> QPushButton:
    button = QPushButton(f" {text}")
    button.setCheckable(True)
    set_icon(button, symbol)
    return button
