"""Camera and mount: where to put the camera, the box around the driver, and a check of the view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from engines.classifier import FrameClassifier
from engines.view import Mount, model_view
from monitor.dashboard.setup.mount_editor import Box, MountEditor
from monitor.dashboard.texts import activity_words, advice_words, notice_words, term
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.attention_painting import FULL_FRAME
from monitor.dashboard.widgets.background_task import Background, Progress
from monitor.dashboard.widgets.buttons import set_icon
from monitor.dashboard.widgets.frame_painting import draw_frame
from monitor.dashboard.widgets.layout import NO_MARGINS, LayoutSize, Part, card, column, row, scrolling
from monitor.dashboard.widgets.listening import listen
from monitor.health.view_check import ViewCheck, ViewFinding
from monitor.live.user_files import short_path
from monitor.sources.camera_modes import RESOLUTIONS
from monitor.viewmodel.state import DashboardState, Phase

translate = QCoreApplication.translate

_VIEW = 112
_BESIDE_FROM = 740
"""From this width on, the source stands beside its resolution."""


class SeenView(QWidget):
    """What the network sees, and how it classifies it."""

    def __init__(self, state: DashboardState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._mount = Mount()
        self.setFixedHeight(palette.px(_VIEW))
        self.setMinimumWidth(palette.px(200))
        listen(self, state.observed, self.update)

    def show_mount(self, mount: Mount) -> None:
        """Cut the view by a mount."""
        self._mount = mount
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = palette.painter_of(self)
        now = palette.theme()
        square = QRectF(0, 0, _VIEW, _VIEW)
        painter.fillRect(square, QColor(now.canvas))
        if self._state.frame is not None:
            draw_frame(painter, square, model_view(self._state.frame.pixels, 2 * _VIEW, self._mount))
        left, width = square.right() + 12, area.width() - square.right() - 12
        painter.setPen(QColor(now.soft))
        painter.setFont(palette.font(12))
        painter.drawText(QRectF(left, 8, width, 18), translate("CameraPage", "The network sees this:"))
        title, confidence = activity_words(
            self._state.alert, self._state.health, is_over=self._state.phase is Phase.ENDED
        )
        painter.setPen(QColor(now.text))
        painter.setFont(palette.font(15, bold=True))
        wrap = int(Qt.TextFlag.TextWordWrap)
        named = QRectF(left, 30, width, 44)
        below = min(named.bottom(), painter.boundingRect(named, wrap, title).bottom()) + 4
        painter.drawText(named, wrap, title)
        painter.setPen(QColor(now.soft))
        painter.setFont(palette.font(12))
        painter.drawText(QRectF(left, below, width, 34), wrap, confidence)
        painter.end()


class CameraPage(QWidget):
    """Only emits what is wanted: the settings' controller does it."""

    mount_changed = Signal(object)
    """A `Mount` was chosen."""
    resolution_chosen = Signal(str)
    """``640x480``, or empty for the camera's default."""
    source_asked = Signal()
    armed = Signal()
    """The view is fine, or said to be: alerts shall be on from now on."""

    def __init__(
        self,
        state: DashboardState,
        *,
        mount: Mount,
        mount_path: str,
        resolution: str,
        classifier: Callable[[], FrameClassifier | None],
        mirror_locked_by: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Put it together.

        Args:
            state: of the drive whose frames are shown.
            mount: the camera mount now.
            mount_path: the file that changes are written to.
            resolution: the one that was chosen.
            classifier: the network, for the check; None while nothing runs.
            mirror_locked_by: the file in which an administrator has locked the driver's side; empty for none.
        """
        super().__init__(parent)
        self._state, self._mount, self._classifier = state, mount, classifier
        self._check: ViewCheck | None = None
        self._finding: Background[list[ViewFinding]] | None = None
        self.editor = MountEditor(state)
        self.editor.drawn.connect(self._drawn)
        self.seen = SeenView(state)
        self.mirror = QCheckBox(translate("CameraPage", "Right-hand drive: mirrored"))
        self.mirror.setChecked(mount.mirror)
        self.mirror.toggled.connect(lambda on: self._set_mount(self._mount.model_copy(update={"mirror": on})))
        self.full_frame = QPushButton(translate("CameraPage", "Full image"))
        self.full_frame.clicked.connect(lambda _checked=False: self._drawn(FULL_FRAME))
        self.source = QPushButton()
        self.source.clicked.connect(self.source_asked)
        self.resolution = QComboBox()
        self.resolution.setMinimumHeight(palette.px(32))
        self.resolution.addItem(translate("CameraPage", "Camera default"), "")
        for width, height in RESOLUTIONS:
            self.resolution.addItem(f"{width} × {height}", f"{width}x{height}")
        self.resolution.setCurrentIndex(max(0, self.resolution.findData(resolution)))
        self.resolution.setAccessibleName(translate("CameraPage", "Resolution of the camera"))
        self.resolution.currentIndexChanged.connect(
            lambda _index: self.resolution_chosen.emit(self.resolution.currentData())
        )
        self.check = QPushButton(translate("CameraPage", "Check the view"))
        self.check.clicked.connect(self.begin_check)
        self.progress = QProgressBar()
        self.progress.setRange(0, 100)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(translate("CameraPage", "How far the check of the view is"))
        self.verdict = _text("", soft=False)
        self.start = QPushButton()
        self.start.setObjectName("main")
        self.start.clicked.connect(self.armed)
        where = _text(translate("CameraPage", "Saved in {0}").format(short_path(mount_path)))
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

        self.resolution.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.resolution.setMinimumContentsLength(6)
        self._source_row = row((self.source, 1), (self.resolution, 1))
        driver_box = column(self.mirror)
        if mirror_locked_by:
            self.mirror.setEnabled(False)
            driver_box.addWidget(
                _text(translate("CameraPage", "Locked by the administrator: {0}").format(mirror_locked_by))
            )
        driver_box.addWidget(self.full_frame)
        driver_box.setAlignment(self.full_frame, Qt.AlignmentFlag.AlignLeft)
        set_icon(self.source, "camera")
        steps = QWidget()
        parts: list[Part] = []
        for heading, words, content in (
            (
                translate("CameraPage", "1  Mount the camera"),
                translate(
                    "CameraPage",
                    "On the passenger's side, at the height of the driver's shoulder, looking at the driver's profile: "
                    "head, both hands, steering wheel and lap are in the image, as in the outline.",
                ),
                (self._source_row,),
            ),
            (
                translate("CameraPage", "2  Draw a box around the driver"),
                translate("CameraPage", "Drag it over the image, from head to knees, steering wheel included."),
                (driver_box, self.seen, where),
            ),
            (
                translate("CameraPage", "3  Check the view"),
                translate("CameraPage", "Drive, or sit as if you did, for a few seconds; move a little."),
                (self.check, self.progress, self.verdict, self.start),
            ),
        ):
            title = QLabel(heading)
            title.setObjectName("subtitle")
            title.setWordWrap(True)
            parts += [title, _text(words), *content, 8]
        column(*parts, None, into=steps, spacing=8, margins=(0, 0, 8, 0))
        self._scroll = scroll = scrolling(steps)
        steps_card = card(None, scroll, margins=(16, 12, 8, 12))
        self._columns = row((self.editor, 5), (steps_card, 4), into=self, spacing=12, margins=NO_MARGINS)
        listen(self, state.observed, self._add_result)
        listen(self, state.drive_changed, self._refresh)
        self._show_mount()
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Side by side on every screen that is wider than high: a wide frame above would leave the steps no room.
        down, right = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._columns.setDirection(right if self.width() > 1.2 * self.height() else down)
        self._source_row.setDirection(right if self.width() >= palette.px(_BESIDE_FROM) else down)

    def set_layout_size(self, size: LayoutSize) -> None:
        """The frame has a smaller part of a small window."""
        frame, steps = {LayoutSize.WIDE: (5, 4), LayoutSize.LOW: (5, 4), LayoutSize.MINI: (3, 7)}.get(size, (4, 5))
        self._columns.setStretch(0, frame)
        self._columns.setStretch(1, steps)

    def _drawn(self, box: Box) -> None:
        self._set_mount(self._mount.model_copy(update={"crop": tuple(box)}))

    def _set_mount(self, mount: Mount) -> None:
        self._mount = mount
        self._show_mount()
        self._forget_check()
        self.mount_changed.emit(mount)

    def show_mount(self, mount: Mount) -> None:
        """Show a mount that another page of the settings has changed."""
        if mount != self._mount:
            self._mount = mount
            self._show_mount()
            self._forget_check()

    def _show_mount(self) -> None:
        self.mirror.blockSignals(True)
        self.mirror.setChecked(self._mount.mirror)
        self.mirror.blockSignals(False)
        self.editor.show_mount(self._mount)
        self.seen.show_mount(self._mount)
        self.full_frame.setEnabled(self._mount.crop != FULL_FRAME)

    # The check

    def begin_check(self) -> None:
        """Check the view for some seconds, then show what is wrong."""
        self._forget_check()
        self._check = ViewCheck()
        self.verdict.setText(translate("CameraPage", "Looking …"))
        self._refresh()

    def _add_result(self) -> None:
        result, check = self._state.result, self._check
        if check is None or result is None or self._finding is not None:
            return
        check.add(result)
        self.progress.setValue(round(100 * check.fraction))
        if check.done:
            classifier = self._classifier()
            if classifier is None:
                self._forget_check()
                return

            def find(progress: Progress) -> list[ViewFinding]:
                return check.findings(classifier)

            self._finding = Background("view check", find, self._found)
            self._finding.start()
            self.verdict.setText(translate("CameraPage", "Comparing with the mirrored image …"))

    def _found(self, task: Background[list[ViewFinding]]) -> None:
        self._finding = self._check = None
        if task.error:
            self.verdict.setText(notice_words(task.error))
        elif task.result:
            self.verdict.setText("\n\n".join(f"✗  {advice_words(finding)}." for finding in task.result))
        else:
            self.verdict.setText("✓  " + translate("CameraPage", "The view is fine."))
        self.verdict.setProperty("fine", not task.error and not task.result)
        self._refresh()
        # What was found, and what to do then, may lie below what is seen.
        QTimer.singleShot(0, self, self._show_verdict)

    def _show_verdict(self) -> None:
        self._scroll.ensureWidgetVisible(self.start if self.start.isVisible() else self.verdict)

    @property
    def checked(self) -> bool:
        """Whether the last check found nothing wrong."""
        return bool(self.verdict.property("fine"))

    def _forget_check(self) -> None:
        if self._finding is not None:
            self._finding.abandon()
        self._finding = self._check = None
        self.verdict.setText("")
        self.verdict.setProperty("fine", False)
        self._refresh()

    def close_page(self) -> None:
        """Leave the work in the background."""
        self._forget_check()

    def _refresh(self) -> None:
        state = self._state
        running = state.phase in (Phase.RUNNING, Phase.PAUSED)
        name = term(state.source_name) or translate("CameraPage", "Choose a camera…")
        self.source.setText(
            " " + self.source.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, palette.px(140))
        )
        self.source.setToolTip(translate("CameraPage", "Choose another source"))
        self.check.setEnabled(running and self._check is None)
        self.progress.setVisible(self._check is not None)
        self.verdict.setVisible(bool(self.verdict.text()))
        colour = palette.theme().calm if self.checked else palette.theme().text
        self.verdict.setStyleSheet(f"color: {colour}")
        self.start.setVisible(running and not state.armed)
        self.start.setText(
            translate("CameraPage", "Turn alerts on")
            if self.checked
            else translate("CameraPage", "Turn alerts on without a check")
        )


def _text(text: str, *, soft: bool = True) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    if soft:
        label.setObjectName("soft")
    return label
