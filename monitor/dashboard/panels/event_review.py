"""The review of an event: the seconds before it as a clip, and why it came."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QKeySequence, QPaintEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QSizePolicy, QWidget

from monitor.dashboard.panels.event_list import decoded
from monitor.dashboard.texts import event_colour, event_detail, event_headline, event_icon, event_word, term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import keys, set_icon
from monitor.dashboard.widgets.frame_painting import canvas_painter_of, draw_image, fitted_rect, paint_progress
from monitor.dashboard.widgets.icons import icon_pixmap
from monitor.dashboard.widgets.keys import FALSE_ALERT_KEY
from monitor.dashboard.widgets.layout import column, row
from monitor.live.frames.recent_frames import Thumbnail
from monitor.sources import is_live
from monitor.viewmodel.clock import clock
from monitor.viewmodel.event_log import LoggedEvent

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
    """Shows one event; changes nothing by itself."""

    replay = Signal(str, float)
    """The drive shall be opened in the replay, at a time."""

    def __init__(
        self,
        entry: LoggedEvent,
        mark_false_alert: Callable[[LoggedEvent], LoggedEvent | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._entry, self._mark_false_alert = entry, mark_false_alert
        event = entry.event
        self.setWindowTitle(translate("EventReview", "Event review"))
        sign = QLabel()
        sign.setPixmap(icon_pixmap(event_icon(event), palette.px(30), event_colour(event), self.devicePixelRatioF()))
        title = QLabel(f"{event_word(event)} · {event_headline(event)}")
        title.setObjectName("subtitle")
        when = QLabel(f"{term(entry.source)}, {clock(entry.since_s)}")
        when.setObjectName("small")
        self.why = QLabel(self._why())
        for label in (title, when, self.why):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.false_alert = QPushButton()
        set_icon(self.false_alert, "flag")
        self.false_alert.clicked.connect(self._mark)
        self.open_replay = QPushButton(" " + translate("EventReview", "Open in the replay"))
        set_icon(self.open_replay, "video")
        self.open_replay.setVisible(bool(entry.spec) and not is_live(entry.spec))
        self.open_replay.clicked.connect(self._replay)
        close = QPushButton(translate("EventReview", "Close"))
        close.setObjectName("main")
        close.clicked.connect(self.accept)
        head = row(sign, (column(title, when, spacing=2), 1), spacing=12)
        buttons = row(self.false_alert, self.open_replay, None, close)
        parts = (head, (ClipPlayer(entry.clip), 1), self.why, buttons)
        column(*parts, into=self, spacing=12, margins=(18, 16, 18, 16))
        QShortcut(QKeySequence(FALSE_ALERT_KEY), self).activated.connect(self._mark)
        close.setDefault(True)
        self._refresh()

    def _why(self) -> str:
        event = self._entry.event
        text = event_detail(event)
        text = f"{text[:1].upper()}{text[1:]}."
        if not self._entry.is_health:
            text += " " + translate("EventReview", "The driver had been distracted for {0} s.").format(
                f"{event.distracted_s:.1f}"
            )
        return text

    def _mark(self) -> None:
        if self._entry.event.is_alert and not self._entry.false_alert:
            self._entry = self._mark_false_alert(self._entry) or self._entry
            self._refresh()

    def _replay(self) -> None:
        self.accept()
        self.replay.emit(self._entry.spec, self._entry.since_s)

    def _refresh(self) -> None:
        self.false_alert.setVisible(self._entry.event.is_alert)
        self.false_alert.setEnabled(not self._entry.false_alert)
        text = translate("EventReview", "Mark as false alert ({0})").format(keys(FALSE_ALERT_KEY))
        self.false_alert.setText(
            " " + (translate("EventReview", "Marked as false alert") if self._entry.false_alert else text)
        )
