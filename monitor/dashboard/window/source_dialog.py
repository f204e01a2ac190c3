"""Choosing what to watch: a camera, a recording, a folder of images, a stream, or the demo drive."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QLineEdit, QPushButton, QWidget

from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.buttons import set_icon
from monitor.dashboard.widgets.layout import column, row
from monitor.sources import DEMO, find_cameras

translate = QCoreApplication.translate


def video_filter() -> str:
    """The kinds of files that a dialog for videos offers."""
    videos = translate("Sources", "Videos") + " (*.mp4 *.mkv *.avi *.mov *.webm *.m4v *.mpg *.mpeg *.ts)"
    return f"{videos};;" + translate("Sources", "All files") + " (*)"


class SourceDialog(QDialog):
    """Emits what was chosen, as a source is named on the command line."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None, find: Callable[[], list[int]] = find_cameras) -> None:
        super().__init__(parent)
        self._find = find
        self.setWindowTitle(translate("Sources", "Choose a source"))
        self.setMinimumWidth(palette.px(420))
        title = QLabel(translate("Sources", "Choose a source"))
        title.setObjectName("title")
        self.demo = self._choice(
            "play", translate("Sources", "Demo drive"), translate("Sources", "a simulated driver, labelled")
        )
        self.demo.clicked.connect(lambda: self._choose(DEMO))
        self.video = self._choice(
            "video", translate("Sources", "Open a video…"), translate("Sources", "a recorded drive")
        )
        self.video.clicked.connect(self._open_video)
        self.folder = self._choice(
            "folder",
            translate("Sources", "Open a folder of images…"),
            translate("Sources", "in the order of their names"),
        )
        self.folder.clicked.connect(self._open_folder)
        self._cameras = column(spacing=8)
        self.cameras: list[QPushButton] = []
        self.none_found = QLabel(translate("Sources", "No camera was found: connect one and search again."))
        self.none_found.setObjectName("soft")
        self.search_again = QPushButton(translate("Sources", "Search again"))
        self.search_again.setAutoDefault(False)
        self.search_again.clicked.connect(self.search_cameras)
        self.address = QLineEdit()
        self.address.setPlaceholderText("rtsp://camera.local/stream")
        self.address.setAccessibleName(translate("Sources", "Address of a stream"))
        self.address.returnPressed.connect(self._open_address)
        self.open_address = QPushButton(translate("Sources", "Open"))
        self.address.textChanged.connect(lambda text: self.open_address.setEnabled(bool(text.strip())))
        self.open_address.setEnabled(False)
        self.open_address.setAutoDefault(False)
        self.open_address.clicked.connect(self._open_address)

        cameras = (row(_section(translate("Sources", "CAMERAS")), None, self.search_again), self.none_found)
        recordings = (_section(translate("Sources", "RECORDINGS")), self.demo, self.video, self.folder)
        stream = (_section(translate("Sources", "STREAM")), row((self.address, 1), self.open_address))
        parts = (title, 2, *cameras, self._cameras, 4, *recordings, 4, *stream)
        column(*parts, into=self, spacing=7, margins=(20, 16, 20, 18))
        self.search_cameras()

    def search_cameras(self) -> None:
        """List the cameras."""
        for button in self.cameras:
            self._cameras.removeWidget(button)
            button.deleteLater()
        self.cameras = []
        for number in self._find():
            button = self._choice(
                "camera", translate("Sources", "Camera {0}").format(number), translate("Sources", "live")
            )
            button.clicked.connect(lambda _checked=False, number=number: self._choose(str(number)))
            self._cameras.addWidget(button)
            self.cameras.append(button)
        self.none_found.setVisible(not self.cameras)

    def _choice(self, symbol: str, text: str, hint: str) -> QPushButton:
        button = QPushButton(f"  {text}   –   {hint}")
        set_icon(button, symbol, size=20, colour=palette.theme().accent)
        button.setObjectName("choice")
        button.setAutoDefault(False)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        return button

    def _choose(self, spec: str) -> None:
        self.accept()
        self.chosen.emit(spec)

    def _open_video(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, translate("Sources", "Open a video"), "", video_filter())
        if path:
            self._choose(path)

    def _open_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, translate("Sources", "Open a folder of images"))
        if path:
            self._choose(path)

    def _open_address(self) -> None:
        text = self.address.text().strip()
        if text:
            self._choose(text)


def _section(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("section")
    return label
