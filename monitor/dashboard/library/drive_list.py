"""The list of kept drives, by day and driver, below the inbox of what nobody has reviewed."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QDate,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engines.files.printable import printable
from monitor.dashboard.texts import term
from monitor.dashboard.translations import spoken
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.icons import paint_icon
from monitor.dashboard.widgets.layout import scroll_by_touch
from monitor.dashboard.widgets.listening import listen
from monitor.journal.library import KeptDrive
from monitor.viewmodel.clock import clock
from monitor.viewmodel.library.model import Day, Inbox, LibraryModel, Row

translate = QCoreApplication.translate

Index = QModelIndex | QPersistentModelIndex

_HEIGHTS = {Inbox: 52, Day: 30, KeptDrive: 56}


def row_title(row: Row) -> str:
    """What a row is, short."""
    if isinstance(row, Inbox):
        return translate("Library", "To review")
    if isinstance(row, Day):
        day = QDate(row.date.year, row.date.month, row.date.day)
        return QLocale(spoken()).toString(day, QLocale.FormatType.LongFormat)
    return printable(row.info.driver) or term(row.info.source)


def row_detail(row: Row) -> str:
    """What else there is to say of it."""
    if isinstance(row, Inbox):
        return translate("Library", "incidents nobody has reviewed: {0}").format(row.count)
    if isinstance(row, Day):
        return ""
    length = translate("Library", "not ended") if row.length_s is None else clock(row.length_s)
    parts = [term(row.info.source)] if row.info.driver else []
    if row.unreviewed:
        waiting = translate("Library", "to review: {0} of {1}").format(row.unreviewed, len(row.incidents))
    else:
        waiting = translate("Library", "incidents: {0}").format(len(row.incidents))
    parts += [length, waiting]
    return " · ".join(parts)


class _Rows(QAbstractListModel):
    """The rows of a `LibraryModel`."""

    def __init__(self, model: LibraryModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self.rows = model, model.rows()
        listen(self, model.drives_changed, self._refresh)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        is_day = index.isValid() and isinstance(self.rows[index.row()], Day)
        return Qt.ItemFlag.NoItemFlags if is_day else Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return ", ".join(part for part in (row_title(row), row_detail(row)) if part)
        return None

    def _refresh(self) -> None:
        rows = self._model.rows()
        if rows != self.rows:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()


class DriveList(QListView):
    """Shows the rows; the arrow keys and a click choose."""

    chosen = Signal(str)
    """The id of a drive; empty for the inbox."""

    def __init__(self, model: LibraryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._rows = model, _Rows(model, self)
        self.setAccessibleName(translate("Library", "Drives"))
        self.setModel(self._rows)
        self.setItemDelegate(_RowDelegate(self))
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll_by_touch(self)
        listen(self, model.drives_changed, self._show_chosen)  # after the rows have heard of it
        self.selectionModel().currentChanged.connect(self._choose)
        self._show_chosen()

    def _show_chosen(self) -> None:
        for number, row in enumerate(self._rows.rows):
            row_id = row.info.uid if isinstance(row, KeptDrive) else "" if isinstance(row, Inbox) else None
            if row_id == self._model.chosen and self.currentIndex().row() != number:
                self.setCurrentIndex(self._rows.index(number))

    def _choose(self, index: QModelIndex) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        drive_id = row.info.uid if isinstance(row, KeptDrive) else ""
        if isinstance(row, KeptDrive | Inbox) and drive_id != self._model.chosen:
            self.chosen.emit(drive_id)


class _RowDelegate(QStyledItemDelegate):
    """A heading, or a title with its time and a line below it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row: Row = index.data(Qt.ItemDataRole.UserRole)
        return QSize(palette.px(180), palette.px(_HEIGHTS[type(row)]))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row = index.data(Qt.ItemDataRole.UserRole)
        now, scale = palette.theme(), palette.scale()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(option.rect.topLeft())
        painter.scale(scale, scale)
        area = QRectF(0, 0, option.rect.width() / scale, option.rect.height() / scale)
        if isinstance(row, Day):
            palette.paint_text(painter, area.adjusted(8, 6, -8, 0), row_title(row), 12, now.soft, bold=True)
            painter.restore()
            return
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.selected if selected else now.raised))
            painter.drawRoundedRect(area.adjusted(2, 2, -2, -2), 8, 8)
        waiting = row.count if isinstance(row, Inbox) else row.unreviewed
        icon = "flag" if isinstance(row, Inbox) else "video" if row.info.is_recording else "camera"
        paint_icon(painter, icon, QRectF(12, area.center().y() - 9, 18, 18), now.accent if waiting else now.faint)
        first = QRectF(40, area.center().y() - 20, area.width() - 52, 20)
        second = first.translated(0, 21)
        if isinstance(row, KeptDrive):
            at_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            time = f"{row.info.began_at:%H:%M}"
            palette.paint_text(painter, first, time, 12, now.soft, align=at_right)
            first.setRight(first.right() - painter.fontMetrics().horizontalAdvance(time) - 8)
        palette.paint_text(painter, first, row_title(row), 13, now.text, bold=bool(waiting))
        palette.paint_text(painter, second, row_detail(row), 12, now.soft)
        painter.restore()
