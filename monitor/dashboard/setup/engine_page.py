"""Bundle, runtime and precision, and how fast they are on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)

from engines.bundles.manifest import PRECISIONS
from engines.runtimes import AUTO, runtime_names
from monitor.dashboard.numbers import LocalNumber, decimal
from monitor.dashboard.texts import notice_words
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.background_task import Background, Progress
from monitor.dashboard.widgets.layout import column, row, scroll_page
from monitor.dashboard.window.status_bar import stage_title
from monitor.live.drive_speed import DriveSpeed, measure_drive
from monitor.live.engine import Engine, EngineOptions

translate = QCoreApplication.translate

_WIDEST = 760
_LIMITS = (30.0, 20.0, 15.0, 10.0, 5.0)
"""Frames a second to choose from."""

Measure = Callable[[EngineOptions, Progress], DriveSpeed]


def measure(choice: EngineOptions, progress: Progress) -> DriveSpeed:
    """Time the demo drive as the monitor runs it. Raises `UserError`."""
    progress(words=translate("EnginePage", "running the demo drive"))

    def timed(fraction: float) -> bool:
        if progress.cancelled.is_set():
            return False
        progress(fraction)
        return True

    while (speed := measure_drive(choice, timed)) is None:
        # It was ended before: this raises.
        progress()
    return speed


class EnginePage(QWidget):
    """What is chosen holds from `applied` on."""

    applied = Signal(object)
    """An `EngineOptions`."""

    def __init__(self, choice: EngineOptions, measured: Measure = measure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice, self._measure = choice, measured
        self._task: Background[DriveSpeed] | None = None
        self._checking: Background[EngineOptions] | None = None
        self.bundle = QLineEdit(str(choice.bundle or ""))
        self.bundle.setPlaceholderText(translate("EnginePage", "the bundle that is shipped"))
        self.bundle.setClearButtonEnabled(True)
        self.bundle.setAccessibleName(translate("EnginePage", "Bundle"))
        self.bundle.textChanged.connect(self._edited)
        browse = QPushButton(translate("EnginePage", "Browse…"))
        browse.clicked.connect(self._browse)
        self.runtime = _choices((AUTO, *runtime_names()), choice.runtime)
        self.runtime.setAccessibleName(translate("EnginePage", "Runtime"))
        self.precision = _choices((AUTO, *PRECISIONS), choice.precision)
        self.precision.setAccessibleName(translate("EnginePage", "Precision"))
        self.limit = _limits(choice.max_fps)
        self.limit.setAccessibleName(translate("EnginePage", "Frames classified"))
        self.adaptive = QCheckBox(translate("EnginePage", "Fewer camera frames while nothing changes"))
        self.adaptive.setChecked(choice.adaptive)
        self.adaptive.toggled.connect(self._edited)
        for combo in (self.runtime, self.precision, self.limit):
            combo.currentIndexChanged.connect(self._edited)
            # A long choice must not make the page wider than a small window.
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)
        self.apply = QPushButton(translate("EnginePage", "Use this engine"))
        self.apply.setObjectName("main")
        self.apply.clicked.connect(self._apply)
        self.run = QPushButton(translate("EnginePage", "Measure its speed"))
        self.run.clicked.connect(self.start_benchmark)
        self.cancel = QPushButton(translate("EnginePage", "Stop"))
        self.cancel.clicked.connect(self._cancel)
        self.status = QLabel()
        self.status.setObjectName("soft")
        self.status.setWordWrap(True)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(translate("EnginePage", "How far the measurement is"))
        self.result = QLabel()
        self.result.setTextFormat(Qt.TextFormat.RichText)
        self.result.setWordWrap(True)

        form = QFormLayout()
        form.setVerticalSpacing(palette.px(10))
        form.setHorizontalSpacing(palette.px(16))
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(translate("EnginePage", "Bundle"), row((self.bundle, 1), browse, spacing=8))
        form.addRow(translate("EnginePage", "Runtime"), self.runtime)
        form.addRow(translate("EnginePage", "Precision"), self.precision)
        form.addRow(translate("EnginePage", "Frames classified"), self.limit)
        form.addRow(self.adaptive)
        buttons = row(self.apply, self.run, self.cancel, None)
        inner = QWidget()
        column(form, buttons, self.bar, self.status, self.result, None, into=inner, spacing=12)
        scroll_page(self, inner, _WIDEST)
        self._refresh()

    @property
    def chosen(self) -> EngineOptions:
        """The choice in the fields."""
        text = self.bundle.text().strip()
        return replace(
            self._choice,
            bundle=Path(text).expanduser() if text else None,
            runtime=self.runtime.currentData(),
            precision=self.precision.currentData(),
            max_fps=self.limit.currentData(),
            adaptive=self.adaptive.isChecked(),
        )

    def _browse(self) -> None:
        path = QFileDialog.getExistingDirectory(self, translate("EnginePage", "The folder of a bundle"))
        if path:
            self.bundle.setText(path)

    def _edited(self) -> None:
        self.status.setText("")
        self._refresh()

    def _apply(self) -> None:
        chosen = self.chosen

        def check(progress: Progress) -> EngineOptions:
            Engine.open(chosen)
            return chosen

        # A large bundle takes its time to be checked.
        self._checking = Background("bundle check", check, self._checked)
        self._checking.start()
        self.status.setText(translate("EnginePage", "Checking the bundle …"))
        self._refresh()

    def _checked(self, task: Background[EngineOptions]) -> None:
        self._checking = None
        self.status.setText(notice_words(task.error) or translate("EnginePage", "In use from now on."))
        if task.result is not None:
            self._choice = task.result
            self.applied.emit(task.result)
        self._refresh()

    def start_benchmark(self) -> None:
        """Measure the choice in the fields."""
        chosen = self.chosen
        self.result.setText("")
        self._task = Background("benchmark", lambda progress: self._measure(chosen, progress), self._measured)
        self._task.progressed.connect(self._refresh)
        self._task.start()
        self._refresh()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self.status.setText(translate("EnginePage", "Stopping …"))

    def _measured(self, task: Background[DriveSpeed]) -> None:
        self._task = None
        self.status.setText(notice_words(task.error))
        if task.result is not None:
            self.result.setText(speed_words(task.result))
        self._refresh()

    def close_page(self) -> None:
        """Leave the work in the background."""
        for task in (self._task, self._checking):
            if task is not None:
                task.abandon()
        self._task = self._checking = None

    def _refresh(self) -> None:
        running = self._task is not None
        self.apply.setEnabled(self.chosen != self._choice and self._checking is None)
        self.run.setEnabled(not running)
        self.cancel.setVisible(running)
        self.bar.setVisible(running)
        if self._task is not None and not self._task.cancelled:
            self.status.setText(self._task.progress.words)
            self.bar.setValue(round(1000 * (self._task.progress.fraction or 0.0)))


def _choices(names: Sequence[str], chosen: str) -> QComboBox:
    combo = QComboBox()
    combo.setMinimumHeight(palette.px(32))
    for name in names:
        combo.addItem(translate("EnginePage", "the best that works here") if name == AUTO else name, name)
    combo.setCurrentIndex(max(0, combo.findData(chosen)))
    return combo


def _limits(chosen: float | None) -> QComboBox:
    combo = QComboBox()
    combo.setMinimumHeight(palette.px(32))
    combo.addItem(translate("EnginePage", "all that the machine can"), None)
    for limit in sorted({*_LIMITS, *(() if chosen is None else (chosen,))}, reverse=True):
        combo.addItem(translate("EnginePage", "{0} a second at most").format(f"{LocalNumber(limit):g}"), limit)
    combo.setCurrentIndex(0 if chosen is None else combo.findData(chosen))
    return combo


def speed_words(speed: DriveSpeed) -> str:
    """A measurement as a small table."""
    lines = "".join(
        f"<tr><td>{stage_title(stage)}&nbsp;&nbsp;</td>"
        f"<td align='right'><b>{decimal(latency.p50)} ms</b>&nbsp;&nbsp;</td>"
        f"<td align='right'>{decimal(latency.p99)} ms</td></tr>"
        for stage, latency in speed.stages.items()
    )
    median = translate("EnginePage", "median")
    head = f"<tr><td></td><td>{median}</td><td>p99</td></tr>"
    about = translate("EnginePage", "{0}: {1} frames a second, on {2} frames of the demo drive as it runs here.")
    about = about.format(escape(speed.runtime), f"{speed.fps:.0f}", speed.frames)
    return f"<p>{about}</p><table cellpadding='3'>{head}{lines}</table>"
