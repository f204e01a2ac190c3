"""The latest frame with the box around the driver, to be dragged, and an outline of what should be in it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engines.view import Mount
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.attention_painting import FULL_FRAME, crop_rect
from monitor.dashboard.widgets.frame_painting import canvas_painter_of, draw_frame, fitted_rect, line_over_frame
from monitor.dashboard.widgets.listening import listen
from monitor.viewmodel.state import DashboardState

translate = QCoreApplication.translate

_MIN_BOX = 0.1
"""Of the frame's width and height: a smaller box was a slip of the mouse."""

_GRIP = 12.0
_KEY_STEP = 0.01

Box = tuple[float, float, float, float]


class MountEditor(QWidget):
    """Emits what box was drawn; keys move it, with Shift they move its lower right corner."""

    drawn = Signal(object)
    """A crop: x0, y0, x1, y1 as fractions of the frame."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._mount = Mount()
        self._anchor: QPointF | None = None
        self._moved_from: tuple[QPointF, Box] | None = None
        self._drawing: Box | None = None
        self.outline_shown = True
        self.setMinimumSize(120, 90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(translate("MountEditor", "The box around the driver"))
        self.setAccessibleDescription(
            translate("MountEditor", "Drag a box; arrow keys move it, with Shift they change its size")
        )
        listen(self, state.observed, self.update)
        listen(self, state.drive_changed, self.update)

    def sizeHint(self) -> QSize:
        return QSize(palette.px(640), palette.px(420))

    def show_mount(self, mount: Mount) -> None:
        """Show a mount's box."""
        self._mount = mount
        self.update()

    @property
    def frame_rect(self) -> QRectF:
        """Where the frame lies, in units of the present scale."""
        area = QRectF(0, 0, self.width() / palette.scale(), self.height() / palette.scale())
        frame = self._state.frame
        if frame is None:
            return fitted_rect(area, 4, 3)
        height, width = frame.pixels.shape[:2]
        return fitted_rect(area, width, height)

    def _position(self, event: QMouseEvent) -> QPointF:
        """Where the mouse is, as fractions of the frame."""
        rect, point = self.frame_rect, event.position() / palette.scale()
        x, y = (point.x() - rect.x()) / rect.width(), (point.y() - rect.y()) / rect.height()
        return QPointF(min(1.0, max(0.0, x)), min(1.0, max(0.0, y)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or self._state.frame is None:
            return
        position, box = self._position(event), self._mount.crop
        rect = self.frame_rect
        grip = QPointF(_GRIP / rect.width(), _GRIP / rect.height())
        x0, y0, x1, y1 = box
        corners = [
            (QPointF(x, y), QPointF(x0 + x1 - x, y0 + y1 - y)) for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1))
        ]
        for corner, opposite in corners:
            near = abs(position.x() - corner.x()) <= grip.x() and abs(position.y() - corner.y()) <= grip.y()
            if near and box != FULL_FRAME:
                self._anchor = opposite
                return
        inside = box[0] < position.x() < box[2] and box[1] < position.y() < box[3]
        if inside and box != FULL_FRAME:
            self._moved_from = (position, box)
        else:
            self._anchor = position

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = self._position(event)
        if self._anchor is not None:
            xs, ys = sorted((self._anchor.x(), position.x())), sorted((self._anchor.y(), position.y()))
            self._drawing = (xs[0], ys[0], xs[1], ys[1])
            self.update()
        elif self._moved_from is not None:
            start, box = self._moved_from
            self._drawing = _shifted(box, position.x() - start.x(), position.y() - start.y())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drawing, self._drawing = self._drawing, None
        self._anchor = self._moved_from = None
        if drawing is not None:
            self._draw(drawing)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-_KEY_STEP, 0.0),
            Qt.Key.Key_Right: (_KEY_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, -_KEY_STEP),
            Qt.Key.Key_Down: (0.0, _KEY_STEP),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        x0, y0, x1, y1 = self._mount.crop
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._draw((x0, y0, min(1.0, x1 + step[0]), min(1.0, y1 + step[1])))
        else:
            self._draw(_shifted(self._mount.crop, *step))

    def _draw(self, box: Box) -> None:
        if box[2] - box[0] >= _MIN_BOX and box[3] - box[1] >= _MIN_BOX:
            self.drawn.emit(tuple(round(value, 4) for value in box))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _ = canvas_painter_of(self)
        rect = self.frame_rect
        if self._state.frame is not None:
            draw_frame(painter, rect, self._state.frame.pixels)
        mount = self._mount
        if self._drawing is not None:
            xs, ys = self._drawing[::2], self._drawing[1::2]
            if xs[0] < xs[1] and ys[0] < ys[1]:
                mount = mount.model_copy(update={"crop": self._drawing})
        box = crop_rect(rect, mount)
        if self.outline_shown:
            _paint_driver(painter, box, mirrored=mount.mirror)
        outside = QPainterPath()
        outside.addRect(rect)
        inside = QPainterPath()
        inside.addRect(box)
        painter.fillPath(outside.subtracted(inside), QColor(5, 8, 11, 150))
        accent = QColor(palette.theme().accent)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(accent, 2))
        painter.drawRect(box.adjusted(1, 1, -1, -1))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        for corner in (box.topLeft(), box.topRight(), box.bottomLeft(), box.bottomRight()):
            painter.drawEllipse(corner, 5, 5)
        if self._state.frame is None:
            painter.setPen(QColor("#94a5b8"))
            painter.setFont(palette.font(13))
            text = translate("MountEditor", "No image yet: choose a camera")
            below = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter
            painter.drawText(rect.adjusted(8, 0, -8, -12), int(below) | int(Qt.TextFlag.TextWordWrap), text)
        painter.end()


def _shifted(box: Box, x: float, y: float) -> Box:
    """The box moved, and limited to the frame."""
    x, y = min(max(x, -box[0]), 1.0 - box[2]), min(max(y, -box[1]), 1.0 - box[3])
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _paint_driver(painter: QPainter, box: QRectF, *, mirrored: bool) -> None:
    """A driver at the wheel as the network knows one: in profile, looking to the right."""

    def at(x: float, y: float) -> QPointF:
        return QPointF(box.x() + (1.0 - x if mirrored else x) * box.width(), box.y() + y * box.height())

    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(
        QPen(line_over_frame(150), 2, Qt.PenStyle.DashLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    )
    painter.drawEllipse(at(0.25, 0.28), 0.085 * box.width(), 0.13 * box.height())
    body = QPainterPath(at(0.18, 0.41))
    body.cubicTo(at(0.11, 0.50), at(0.11, 0.72), at(0.15, 0.94))
    body.moveTo(at(0.33, 0.40))
    body.cubicTo(at(0.42, 0.52), at(0.47, 0.62), at(0.50, 0.74))
    body.cubicTo(at(0.64, 0.70), at(0.76, 0.74), at(0.84, 0.94))
    body.moveTo(at(0.33, 0.46))
    body.cubicTo(at(0.46, 0.58), at(0.60, 0.54), at(0.77, 0.40))
    painter.drawPath(body)
    # The wheel, seen from the side.
    painter.translate(at(0.80, 0.52))
    painter.rotate(-18 if mirrored else 18)
    painter.drawEllipse(QPointF(0, 0), 0.05 * box.width(), 0.22 * box.height())
    painter.restore()
