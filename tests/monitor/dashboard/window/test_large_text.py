"""What is reviewed can be reviewed with text of 200 % on a small screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from monitor.dashboard.library.view import REVIEW
from monitor.dashboard.translations import speak
from monitor.dashboard.widgets import palette
from monitor.dashboard.window.main_window import LIBRARY, REPLAY, SETUP
from monitor.journal.library import Library
from monitor.journal.store.writer import Store
from monitor.viewmodel.event_log import LoggedIncident
from monitor.viewmodel.live_message import Action
from monitor.viewmodel.state import Phase
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.dashboard.window.kiosk import cut_off
from tests.monitor.fakes import FakeSource, frames_of, write_video
from tests.monitor.journal.drives import incident, info, record

pytestmark = pytest.mark.usefixtures("patient_disk")

SIZES = [(800, 480), (1024, 600)]


@pytest.fixture(params=["en", "de"])
def large(
    request: pytest.FixtureRequest, make_dashboard: Callable[..., Dashboard], tmp_path: Path
) -> Iterator[tuple[Dashboard, Library]]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(application, request.param)
    palette.apply(application, chosen_scale=2.0)
    store = Store(tmp_path / "library")
    record(library := Library(store), info("a"), incident(1))
    yield make_dashboard(store=store), library
    store.close()


def settle() -> None:
    for _ in range(4):  # layouts come to rest in steps
        QApplication.processEvents()


def wholly_in(widget: QWidget, top: QWidget) -> bool:
    return widget.isVisible() and top.rect().contains(QRect(widget.mapTo(top, QPoint(0, 0)), widget.size()))


@pytest.mark.parametrize("size", SIZES)
def test_the_library_s_verdicts_are_seen(size: tuple[int, int], large: tuple[Dashboard, Library]) -> None:
    dashboard, _ = large
    window = dashboard.window
    window.resize(*size)
    window.show_view(LIBRARY)
    dashboard.until(lambda: window.library_view.entry is not None)
    window.library_view.show_part(REVIEW)
    settle()
    assert window.size().toTuple() == size
    assert all(wholly_in(button, window) for button in window.library_view.card.verdicts.values())
    assert list(cut_off(window.library_view.card)) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_review_fits_into_the_window(size: tuple[int, int], large: tuple[Dashboard, Library]) -> None:
    dashboard, _ = large
    window = dashboard.window
    window.resize(*size)
    entry = LoggedIncident(incident(1), "a drive", "drive.mp4", kept_as="a")
    window.review_event(entry)
    review = window.review
    assert review is not None and review.case.isVisible() and review.open_replay.isVisible()
    settle()
    assert review.width() <= size[0] and review.height() <= size[1]
    assert all(wholly_in(button, review) for button in review.verdicts.values())
    assert list(cut_off(review)) == []


@pytest.mark.parametrize("size", SIZES)
def test_what_stands_beside_a_replayed_drive_is_reached_by_a_button(
    size: tuple[int, int], large: tuple[Dashboard, Library], tmp_path: Path, qtbot: QtBot
) -> None:
    dashboard, _ = large
    window, view = dashboard.window, dashboard.window.replay_view
    window.resize(*size)
    window.show_view(REPLAY)
    window.replay.open(str(write_video(tmp_path / "drive.mp4", frames_of([(0, 2.0), (6, 5.0), (0, 2.0)]))))
    dashboard.until(lambda: window.replay.model.complete and window.replay.model.drive_state.frame is not None)
    settle()
    assert wholly_in(view.transport, window) and not view.pages.isVisible()
    assert list(cut_off(view)) == []
    qtbot.mouseClick(view.show_side, Qt.MouseButton.LeftButton)
    settle()
    for button, shown in zip(view.pages.buttons, (view.labels, view.bars, view.events), strict=True):
        assert wholly_in(button, window)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        settle()
        assert list(cut_off(view)) == []
        area = view.labels.parentWidget()
        while not isinstance(area, QScrollArea):
            area = area.parentWidget()  # type: ignore[union-attr]
        # The whole width is there; what is lower is scrolled to.
        left = shown.mapTo(area, QPoint(0, 0)).x()
        assert shown.isVisible() and left >= 0 and left + shown.width() <= area.width()
        assert shown.visibleRegion().boundingRect().height() >= 60
    assert view.events.model().rowCount() and wholly_in(view.review_bar, window)
    assert not view.live_view.isVisible() and window.size().toTuple() == size
    qtbot.mouseClick(view.show_drive, Qt.MouseButton.LeftButton)
    settle()
    assert view.live_view.isVisible() and wholly_in(view.transport, window) and not view.events.isVisible()


@pytest.mark.parametrize("size", SIZES)
def test_the_settings_pages_are_named_in_full(size: tuple[int, int], large: tuple[Dashboard, Library]) -> None:
    dashboard, _ = large
    window = dashboard.window
    window.resize(*size)
    window.show_view(SETUP)
    settle()
    for button in window.setup_view.pages.buttons:
        assert wholly_in(button, window)
        assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width() - palette.px(4), button.text()


@pytest.mark.parametrize("size", SIZES)
def test_what_a_drive_was_is_said(size: tuple[int, int], large: tuple[Dashboard, Library]) -> None:
    dashboard, _ = large
    window = dashboard.window
    window.resize(*size)
    dashboard.play(FakeSource(frames_of([(Activity.SAFE_DRIVING, 1.0), (Activity.TEXTING_RIGHT, 9.0)])))
    dashboard.until_phase(Phase.ENDED)
    settle()
    message = window.drive_view.message
    seen = "\n".join(label.text() for label in message.findChildren(QLabel) if wholly_in(label, window))
    assert "1 × " in seen and "C1" in seen
    assert wholly_in(message.button(Action.REVIEW), window)
    assert list(cut_off(message)) == []
