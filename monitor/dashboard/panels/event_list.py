"""The list of incidents and health events, the newest on top, each with a thumbnail; a click opens its review."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from monitor.dashboard.numbers import decimal
from monitor.dashboard.texts import (
    entry_colour,
    entry_detail,
    entry_headline,
    entry_icon,
    entry_line,
    entry_word,
)
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.frame_painting import draw_image
from monitor.dashboard.widgets.icons import paint_icon
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.clock import clock
from monitor.viewmodel.event_log import LogEntry, LoggedEvent, LoggedIncident
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate

_ROW, _THUMBNAIL = 58, 68

Index = QModelIndex | QPersistentModelIndex


class EventModel(QAbstractListModel):
    """The log's entries, newest first."""

    def __init__(self, state: DashboardState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._entries = list(reversed(state.events.entries))
        listen(self, state.event_logged, self._refresh)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{clock(entry.since_s)} {entry_line(entry)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{entry.source}, {decimal(entry.since_s)} s\n{entry_line(entry)}"
        return None

    def _refresh(self) -> None:
        self.beginResetModel()
        self._entries = list(reversed(self._state.events.entries))
        self.endResetModel()


class EventList(QListView):
    """Shows an `EventModel`."""

    review_asked = Signal(object)
    """A `LogEntry` was clicked, or chosen with the Return key."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("EventList", "Events"))
        self.setModel(EventModel(state, self))
        self.setItemDelegate(_EventDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(palette.px(40))
        self.clicked.connect(self._ask_review)
        self.activated.connect(self._ask_review)
        self._asking = False

    def _ask_review(self, index: QModelIndex) -> None:
        # A click can be an activation, too.
        if not self._asking and isinstance(entry := index.data(Qt.ItemDataRole.UserRole), LoggedEvent | LoggedIncident):
            self._asking = True
            self.review_asked.emit(entry)
            self._asking = False


@lru_cache(maxsize=256)
def decoded(jpeg: bytes) -> QImage:
    """A JPEG, decoded."""
    return QImage.fromData(jpeg)


class _EventDelegate(QStyledItemDelegate):
    """Thumbnail, icon, two lines of text and the time."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(palette.px(200), palette.px(_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: LogEntry = index.data(Qt.ItemDataRole.UserRole)
        now, scale = palette.theme(), palette.scale()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(option.rect.topLeft())
        painter.scale(scale, scale)
        area = QRectF(0, 0, option.rect.width() / scale, option.rect.height() / scale)
        if option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.raised))
            painter.drawRoundedRect(area.adjusted(0, 2, 0, -2), 8, 8)
        thumbnail = QRectF(4, 7, _THUMBNAIL, _ROW - 15)
        _paint_thumbnail(painter, thumbnail, entry)
        left = thumbnail.right() + 10
        colour = entry_colour(entry)
        paint_icon(painter, entry_icon(entry), QRectF(left, 10, 17, 17), colour)
        right = area.right() - 6

        time, word, detail = clock(entry.since_s), entry_word(entry), entry_detail(entry)
        struck = isinstance(entry, LoggedIncident) and entry.false_alert
        first, second = QRectF(left + 23, 8, right - left - 23, 20), QRectF(left, 29, right - left, 18)
        at_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        palette.paint_text(painter, first, time, 12, now.soft, align=at_right)
        first.setRight(first.right() - painter.fontMetrics().horizontalAdvance(time) - 8)
        palette.paint_text(painter, first, word, 13, colour, bold=True)
        first.setLeft(first.left() + painter.fontMetrics().horizontalAdvance(word) + 8)
        palette.paint_text(painter, first, entry_headline(entry), 13, now.text, struck=struck)
        palette.paint_text(painter, second, detail, 12, now.soft)
        painter.setPen(QColor(now.border))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.restore()


def _paint_thumbnail(painter: QPainter, rect: QRectF, entry: LogEntry) -> None:
    """The event's thumbnail, filling a rectangle; its icon where there is none."""
    outline = QPainterPath()
    outline.addRoundedRect(rect, 6, 6)
    painter.save()
    painter.setClipPath(outline)
    painter.fillRect(rect, QColor(palette.theme().raised))
    if entry.thumbnail is not None and not (image := decoded(entry.thumbnail)).isNull():
        scale = max(rect.width() / image.width(), rect.height() / image.height())
        width, height = rect.width() / scale, rect.height() / scale
        cut = QRectF((image.width() - width) / 2, (image.height() - height) / 2, width, height)
        draw_image(painter, rect, image, cut)
    else:
        middle = QRectF(rect.center().x() - 11, rect.center().y() - 11, 22, 22)
        paint_icon(painter, entry_icon(entry), middle, palette.theme().faint)
    painter.restore()
