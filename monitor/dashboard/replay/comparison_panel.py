"""The label at the position beside the prediction."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engines.activities import Activity
from monitor.dashboard.texts import short_title, term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.icons import ACTIVITY_ICONS, paint_icon
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.replay import ReplayModel

translate = QCoreApplication.translate

_HEIGHT = 66


class ComparisonPanel(QWidget):
    """Two tiles and a sign between them: equal, different, or not to be compared."""

    def __init__(self, model: ReplayModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setFixedHeight(palette.px(_HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for listeners in (model.moved, model.labelled, model.analysis_changed, model.drive_changed):
            listen(self, listeners, self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(palette.px(340), palette.px(_HEIGHT))

    @property
    def sides(self) -> tuple[tuple[str, Activity | None, str], tuple[str, Activity | None, str]]:
        """(heading, activity, words) of label and network."""
        model = self._model
        alert, prediction = model.now
        label = model.label
        labelled = term(label.title) if label is not None else translate("Replay", "no label")
        if alert is None or prediction is None:
            seen, words = None, translate("Replay", "no prediction")
        else:
            seen = alert.current
            words = term(seen.title) if seen is not None else translate("Activity", "Unsure")
        return (translate("Replay", "Label"), label, labelled), (translate("Replay", "Network"), seen, words)

    def _refresh(self) -> None:
        (one, _, label), (other, _, seen) = self.sides
        self.setAccessibleName(f"{one}: {label}. {other}: {seen}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = palette.painter_of(self)
        gap = 30.0
        width = (area.width() - gap) / 2
        label, seen = self.sides
        _tile(painter, QRectF(0, 0, width, area.height()), *label)
        _tile(painter, QRectF(width + gap, 0, width, area.height()), *seen)
        now = palette.theme()
        middle = QRectF(width + gap / 2 - 9, area.height() / 2 - 9, 18, 18)
        if label[1] is not None and self._model.now[0] is not None:
            same = label[1] is seen[1]
            paint_icon(painter, "check" if same else "close", middle, now.calm if same else now.tiers[max(now.tiers)])
        painter.end()


def _tile(painter: QPainter, area: QRectF, heading: str, activity: Activity | None, words: str) -> None:
    now = palette.theme()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(now.raised))
    painter.drawRoundedRect(area, 10, 10)
    colour = palette.activity_colour(activity)
    side = 26.0 if area.width() > 130 else 18.0
    icon = ACTIVITY_ICONS[activity] if activity is not None else "question"
    square = QRectF(area.x() + 9, area.center().y() - side / 2, side, side)
    painter.setBrush(colour)
    painter.drawRoundedRect(square.adjusted(-3, -3, 3, 3), 6, 6)
    paint_icon(painter, icon, square, palette.ink_on(colour))
    left = area.x() + side + 18
    width = area.right() - left - 6
    painter.setPen(QColor(now.soft))
    painter.setFont(palette.font(11, bold=True))
    label = f"{heading} · {activity.label}" if activity is not None else heading
    label = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideLeft, int(width))
    painter.drawText(QRectF(left, area.y() + 8, width, 16), Qt.AlignmentFlag.AlignVCenter, label)
    painter.setPen(QColor(now.text))
    painter.setFont(palette.font(13 if width > 100 else 11.5, bold=True))
    flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop
    box = QRectF(left, area.y() + 24, width, area.height() - 26)
    if painter.boundingRect(box, int(flags), words).height() > box.height():
        words = short_title(activity) if activity is not None else words
    painter.drawText(box, int(flags), words)
