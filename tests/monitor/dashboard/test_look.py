"""How the window looks: colours that can be told apart, text of any size, and frames that do not dazzle."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from monitor.dashboard.settings_store import SettingsStore
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.elided_label import ElidedLabel
from monitor.dashboard.widgets.frame_painting import draw_frame
from monitor.dashboard.widgets.layout import LayoutSize, layout_size
from monitor.dashboard.window.main_window import DRIVE, REPLAY
from monitor.viewmodel.banner import BannerStyle
from monitor.viewmodel.live_message import Action
from monitor.viewmodel.state import Phase
from monitor.viewmodel.themes import THEMES, Theme
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, frames_of, write_video


def contrast(one: str, other: str) -> float:
    """As WCAG 2 has it: 1 to 21."""

    def luminance(colour: str) -> float:
        channels = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
        linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ (0.2126, 0.7152, 0.0722))

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_what_is_written_can_be_read(theme: Theme) -> None:
    grounds = (theme.background, theme.surface, theme.raised)
    for ground, text in itertools.product(grounds, (theme.text, theme.soft)):
        assert contrast(ground, text) >= 4.4, (ground, text)
    assert all(contrast(ground, theme.faint) >= 2.9 for ground in grounds)
    critical = (theme.pulse, theme.banner[BannerStyle.CRITICAL][1])
    pairs = [
        *theme.banner.values(),
        critical,
        theme.notice,
        (theme.accent, theme.on_accent),
        (theme.selected, theme.text),
    ]
    for ground, text in pairs:
        assert contrast(ground, text) >= 4.5, (ground, text)
    for colour in (*theme.tiers.values(), theme.fault, theme.calm):
        assert contrast(theme.surface, colour) >= 3.0, colour


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_what_is_written_on_an_activity_s_colour_can_be_read(theme: Theme, qtbot: QtBot) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    palette.apply(application, theme)
    try:
        for activity in Activity:
            colour = palette.activity_colour(activity)
            assert contrast(colour.name(), palette.ink_on(colour)) >= 3.0, activity
    finally:
        palette.apply(application)


def test_a_frame_takes_the_tint_of_the_night(qtbot: QtBot) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    white = np.full((20, 20, 3), 255, dtype=np.uint8)
    seen = {}
    for name, theme in THEMES.items():
        palette.apply(application, theme)
        image = QImage(20, 20, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        draw_frame(painter, QRectF(0, 0, 20, 20), white)
        painter.end()
        seen[name] = image.pixelColor(10, 10)
    palette.apply(application)
    assert seen["dark"].name() == seen["light"].name() == "#ffffff"
    assert seen["night-red"].name() == THEMES["night-red"].tint


@pytest.mark.parametrize(
    ("size", "scale"), [((3840, 2160), 2.0), ((2560, 1440), 1.3), ((1920, 1080), 1.0), ((800, 480), 1.0)]
)
def test_a_screen_that_nobody_enlarges_gets_larger_text(size: tuple[int, int], scale: float) -> None:
    assert palette.suitable_scale(*size) == pytest.approx(scale)


def test_a_line_without_room_ends_with_dots(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.resize(400, 30)
    label.show()
    label.setText("a notice of some length")
    assert label.text() == label.full_text and not label.toolTip()
    label.resize(60, 30)
    qtbot.waitUntil(lambda: label.text().endswith("…"), timeout=60_000)
    assert label.toolTip() == label.accessibleName() == label.full_text == "a notice of some length"


@pytest.mark.parametrize("size", [(800, 480), (1280, 720)])
def test_text_of_twice_the_size_leaves_everything_usable(
    make_dashboard: Callable[..., Dashboard],
    settings_store: SettingsStore,
    qtbot: QtBot,
    tmp_path: Path,
    size: tuple[int, int],
) -> None:
    dashboard = make_dashboard(settings_store=settings_store)
    window = dashboard.window
    dashboard.setup.choose_scale(2.0)
    window.resize(*size)
    assert layout_size(*size) in (LayoutSize.TINY, LayoutSize.MINI)
    # What a message asks for is seen, whatever page was chosen.
    message = window.drive_view.message
    dashboard.until(message.button(Action.DEMO).isVisible)
    dashboard.play(FakeSource(frames_of([(Activity.TEXTING_RIGHT, 4.0)])))
    dashboard.until_phase(Phase.ENDED)
    for page in (1, 2, 3):
        window.drive_view.pages.buttons[page].click()
    dashboard.until(message.button(Action.REPLAY).isVisible)
    write_video(tmp_path / "drive.mp4", frames_of([(Activity.SAFE_DRIVING, 2.0)]))
    window.show_view(REPLAY)
    window.replay.open(str(tmp_path / "drive.mp4"))
    dashboard.until(lambda: window.replay.model.complete)
    for view in (DRIVE, REPLAY):
        window.show_view(view)
        qtbot.wait(30)
        shown = [button for button in window.findChildren(QAbstractButton) if button.isVisible()]
        rects = [QRectF(QRect(button.mapTo(window, QPoint(0, 0)), button.size())) for button in shown]
        for button, rect in zip(shown, rects, strict=True):
            assert QRectF(window.rect()).contains(rect), button.accessibleName()
            assert button.iconSize().height() >= 30 or button.icon().isNull(), button.accessibleName()
        for one, other in itertools.combinations(range(len(shown)), 2):
            covered = rects[one].intersected(rects[other])
            over = window.drive_view.live_view.isAncestorOf(shown[one])
            assert covered.isEmpty() or over, (shown[one].accessibleName(), shown[other].accessibleName())
    timeline, transport = window.replay_view.timeline, window.replay_view.transport
    lower = timeline.mapTo(window, timeline.rect().bottomLeft()).y()
    assert lower <= transport.mapTo(window, transport.rect().topLeft()).y()
