"""From the first start to the exported events with the mouse alone, on what is visible."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from engines.view import Mount
from monitor.alerts.events import Tier
from monitor.dashboard.settings_store import SettingsStore
from monitor.dashboard.window import main_window
from monitor.dashboard.window.main_window import DRIVE, SETUP
from monitor.dashboard.window.source_dialog import SourceDialog
from monitor.replay.reviews import read_reviews
from monitor.viewmodel.state import Phase
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, frames_of

DRIVEN = [(Activity.SAFE_DRIVING, 20.0), (Activity.DRINKING, 5.0), (Activity.SAFE_DRIVING, 4.0)]


class Mouse:
    """Clicks what a person could click, and nothing else."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Click the middle of a widget, or a point of it; what has to be scrolled to is, by the wheel."""
        point = self._reach(widget, at or widget.rect().center())
        hit = widget.window().childAt(point)
        assert hit is not None
        self._qtbot.mouseClick(hit, Qt.MouseButton.LeftButton, pos=hit.mapFrom(widget.window(), point))

    def drag(self, widget: QWidget, start: QPoint, end: QPoint) -> None:
        """Press, move and let go."""
        self._reach(widget, start)
        self._qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
        self._qtbot.mouseMove(widget, end)
        self._qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end)

    def _reach(self, widget: QWidget, at: QPoint) -> QPoint:
        assert widget.isVisible() and widget.isEnabled(), widget
        QApplication.processEvents()
        for _ in range(60):
            point = widget.mapTo(widget.window(), at)
            if self._is_hit(widget, point):
                return point
            self._scroll(widget)
        raise AssertionError(f"{widget} cannot be clicked at {at}")

    @staticmethod
    def _is_hit(widget: QWidget, point: QPoint) -> bool:
        hit = widget.window().childAt(point)
        screen = widget.window().rect().contains(point)
        return screen and hit is not None and (hit is widget or widget.isAncestorOf(hit))

    @staticmethod
    def _scroll(widget: QWidget) -> None:
        """A notch of the wheel over what the widget can be scrolled in, down first, and from the top again."""
        around = widget.parentWidget()
        while around is not None and not isinstance(around, QAbstractScrollArea):
            around = around.parentWidget()
        assert isinstance(around, QAbstractScrollArea), f"{widget} is covered or outside"
        bar, view = around.verticalScrollBar(), around.viewport()
        notch = -120 if bar.value() < bar.maximum() else 120 * 100
        middle = QPointF(view.rect().center())
        wheel = QWheelEvent(
            middle,
            view.mapToGlobal(middle),
            QPoint(),
            QPoint(0, notch),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, wheel)


@pytest.mark.parametrize("size", [(800, 480), pytest.param((1280, 720), marks=pytest.mark.slow)])
def test_from_start_to_export_with_the_mouse_alone(
    make_dashboard: Callable[..., Dashboard],
    size: tuple[int, int],
    qtbot: QtBot,
    settings_store: SettingsStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setattr(main_window, "SourceDialog", lambda parent: SourceDialog(parent, lambda: [0]))
    dashboard = make_dashboard(settings_store=settings_store)
    dashboard.controller.needs_check = dashboard.setup.needs_check
    source = FakeSource(frames_of(DRIVEN), in_turn=True)
    source.name = "camera 0"
    request.addfinalizer(source.end_turns)
    dashboard.sources["0"] = lambda: source
    window, state, mouse = dashboard.window, dashboard.state, Mouse(qtbot)
    window.resize(*size)
    qtbot.wait(20)

    def drive(until: Callable[[], bool]) -> None:
        """The camera gives one frame after the other, until something is seen."""
        while not until():
            index = state.frame.index if state.frame is not None else -1
            source.give_turn()
            dashboard.until(
                lambda index=index: (
                    (state.frame is not None and state.frame.index > index) or state.phase is Phase.ENDED
                )
            )

    # A camera is chosen.
    mouse.click(window.header.source)
    assert window.dialog is not None and len(window.dialog.cameras) == 1
    mouse.click(window.dialog.cameras[0])
    dashboard.until(lambda: state.alert is not None)
    assert state.spec == "0" and not state.armed

    # It is mounted: a box around the driver.
    mouse.click(next(button for button in buttons(window.drive_view.message) if button.text() == "Check the view"))
    page = window.setup_view.camera
    assert window.views.currentIndex() == SETUP and page.isVisible()
    QApplication.processEvents()
    rect = page.editor.frame_rect
    corners = [QPoint(round(rect.x() + x * rect.width()), round(rect.y() + x * rect.height())) for x in (0.1, 0.9)]
    mouse.drag(page.editor, *corners)
    mount = Mount.load(tmp_path / "user config" / "mount.toml")
    assert mount.crop == pytest.approx((0.1, 0.1, 0.9, 0.9), abs=0.03)
    mouse.click(page.full_frame)

    # The view is checked, and alerts are turned on.
    mouse.click(page.check)
    drive(lambda: page.checked or not page.progress.isVisible() or page.progress.value() >= 100)
    dashboard.until(lambda: page.checked)
    mouse.click(page.start)
    assert window.views.currentIndex() == DRIVE and state.armed

    # The first alert is acknowledged in the driver's view.
    mouse.click(window.header.driver)
    drive(lambda: state.tier is Tier.CAUTION)
    mouse.click(window.driver_view.acknowledge)
    drive(lambda: state.tier is Tier.NONE)
    source.end_turns()
    dashboard.until_phase(Phase.ENDED)

    # It is reviewed among the events.
    if not window.header.isVisible():
        mouse.click(window.driver_view.panel)
    mouse.click(window.header.driver)
    view = window.drive_view
    if not view.events.isVisible():
        mouse.click(next(button for button in view.pages.buttons if button.text() == "Events"))
    index = view.events.model().index(0, 0)
    mouse.click(view.events.viewport(), view.events.visualRect(index).center())
    review = window.review
    assert review is not None
    mouse.click(next(button for button in buttons(review) if button.text().strip() == "True alert"))
    mouse.click(next(button for button in buttons(review) if button.text() == "Close"))
    dashboard.until_saved()
    (written,) = read_reviews(tmp_path / "user data" / "alert_reviews.csv")
    assert (written.activity, written.status.value) == ("c6", "true")

    # The events are exported; the dialog that asks where is the system's.
    file = tmp_path / "events.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments: (str(file), ""))
    mouse.click(view.export)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["review"] for row in rows if row["kind"] == "incident"] == ["true"]
    assert state.notices == []


def buttons(around: QWidget) -> list[QPushButton]:
    return [button for button in around.findChildren(QPushButton) if button.isVisible()]
