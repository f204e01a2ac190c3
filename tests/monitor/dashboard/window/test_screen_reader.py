"""What a screen reader is told: every control of every window has a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QWidget,
)

from engines.activities import Activity
from monitor.dashboard.translations import speak
from monitor.dashboard.window.main_window import REPLAY, SETUP
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, frames_of, write_video

DRIVEN = [(Activity.SAFE_DRIVING, 1.0), (Activity.TEXTING_RIGHT, 4.0), (Activity.SAFE_DRIVING, 2.0)]

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QProgressBar,
)


def controls(window: QWidget) -> Iterator[QWidget]:
    """What can be operated, but for parts of Qt's own widgets, which the reader reaches through these."""
    for widget in window.findChildren(QWidget):
        part_of = widget.parentWidget()
        inner = isinstance(part_of, QAbstractSpinBox | QComboBox | QLineEdit) or isinstance(widget, QScrollBar)
        # The list of a combo box is a window of its own.
        inner = inner or (part_of is not None and isinstance(part_of.parentWidget(), QComboBox))
        ours = type(widget).__module__.startswith("monitor.") and not isinstance(widget, QDialog)
        reached = ours and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if (isinstance(widget, CONTROLS) or reached) and not inner:
            yield widget


def windows(dashboard: Dashboard, recording: Path) -> Iterator[tuple[str, QWidget]]:
    """All of them, with all pages made."""
    window = dashboard.window
    dashboard.play(FakeSource(frames_of(DRIVEN)))
    dashboard.until(lambda: dashboard.state.events.latest_incident() is not None)
    window.show_view(REPLAY)
    window.replay.open(str(recording))
    dashboard.until(lambda: window.replay.model.complete)
    window.show_view(SETUP)
    for page in range(len(window.setup_view.pages.buttons)):
        window.setup_view.show_page(page)
    yield "window", window
    entry = dashboard.state.events.latest_incident()
    assert entry is not None
    window.review_event(entry)
    assert window.review is not None
    yield "review", window.review
    window.review.accept()
    window.show_keys()
    assert window.keys_dialog is not None
    yield "keys", window.keys_dialog
    window.keys_dialog.accept()
    window.choose_source()
    assert window.dialog is not None
    yield "sources", window.dialog
    window.dialog.reject()


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_control_has_a_name(dashboard: Dashboard, tmp_path: Path, language: str) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(application, language)
    dashboard.setup.theme_applied.emit()
    recording = write_video(tmp_path / "drive.mp4", frames_of(DRIVEN))
    nameless, seen = [], 0
    for name, window in windows(dashboard, recording):
        for widget in controls(window):
            told = QAccessible.queryAccessibleInterface(widget)
            assert told is not None
            seen += 1
            if not told.text(QAccessible.Text.Name).strip(" …+-"):
                around = widget.parentWidget()
                where = type(around).__name__ if around is not None else ""
                nameless.append(f"{name}: {type(widget).__name__} {widget.objectName()!r} in {where}")
    assert not nameless, "\n".join(nameless)
    assert seen > 100
