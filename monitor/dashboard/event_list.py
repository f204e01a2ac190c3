"""The list of events, the newest on top."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from monitor.alert_events import EventKind, Tier
from monitor.dashboard import palette
from monitor.dashboard.clock import clock
from monitor.dashboard.event_log import LoggedEvent
from monitor.dashboard.icons import paint_icon
from monitor.dashboard.state import DashboardState

_ICONS = {Tier.NONE: "shield", Tier.CAUTION: "caution", Tier.WARNING: "warning", Tier.CRITICAL: "critical"}
_ROW = 50

Index = QModelIndex | QPersistentModelIndex


class EventModel(QAbstractListModel):
    """The log's entries, newest first."""

    def __init__(self, state: DashboardState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._entries = list(reversed(state.events.entries))
        state.event_logged.connect(self._refresh)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{clock(entry.since_s)} {word(entry)}: {entry.headline}, {entry.detail}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{entry.source}, {entry.since_s:.1f} s\n{word(entry)}: {entry.headline}\n{entry.detail}"
        return None

    def _refresh(self) -> None:
        self.beginResetModel()
        self._entries = list(reversed(self._state.events.entries))
        self.endResetModel()


class EventList(QListView):
    """Shows an `EventModel`."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Events")
        self.setModel(EventModel(state, self))
        self.setItemDelegate(_EventDelegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(_ROW)


class _EventDelegate(QStyledItemDelegate):
    """Icon, two lines of text and the time."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(Qt.ItemDataRole.UserRole)
        area = QRectF(option.rect)
        colour = _colour(entry)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_icon(painter, _icon(entry), QRectF(area.x() + 2, area.y() + 11, 24, 24), colour)
        time = clock(entry.since_s)
        painter.setFont(palette.font(12))
        width = painter.fontMetrics().horizontalAdvance(time)
        painter.setPen(QColor(palette.SOFT))
        first = QRectF(area.x() + 38, area.y() + 5, area.width() - 44, 20)
        painter.drawText(first, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, time)
        first.setRight(first.right() - width - 10)
        painter.setFont(palette.font(13, bold=True))
        painter.setPen(QColor(colour))
        said = word(entry)
        painter.drawText(first, Qt.AlignmentFlag.AlignVCenter, said)
        first.setLeft(first.left() + painter.fontMetrics().horizontalAdvance(said) + 8)
        painter.setPen(QColor(palette.TEXT))
        painter.setFont(palette.font(13))
        text = painter.fontMetrics().elidedText(entry.headline, Qt.TextElideMode.ElideRight, int(first.width()))
        painter.drawText(first, Qt.AlignmentFlag.AlignVCenter, text)
        second = QRectF(area.x() + 38, area.y() + 25, area.width() - 44, 18)
        painter.setFont(palette.font(12))
        painter.setPen(QColor(palette.SOFT))
        text = painter.fontMetrics().elidedText(entry.detail, Qt.TextElideMode.ElideRight, int(second.width()))
        painter.drawText(second, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(QColor(palette.BORDER))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.restore()


def word(entry: LoggedEvent) -> str:
    """The kind of an event in one word."""
    kind = entry.event.kind
    if kind in (EventKind.FAULT, EventKind.RECOVERED):
        return "Health"
    return "Cleared" if kind is EventKind.CLEARED else entry.event.tier.name.capitalize()


def _icon(entry: LoggedEvent) -> str:
    if entry.event.kind is EventKind.FAULT:
        return "fault"
    return "camera" if entry.event.kind is EventKind.RECOVERED else _ICONS[entry.event.tier]


def _colour(entry: LoggedEvent) -> str:
    if entry.event.kind is EventKind.FAULT:
        return palette.FAULT
    return palette.CALM if entry.event.kind is EventKind.RECOVERED else palette.TIER_COLOURS[entry.event.tier]
