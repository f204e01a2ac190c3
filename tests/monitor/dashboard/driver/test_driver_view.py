"""The driver's view on the smallest displays: everything is there, large enough, and nothing is cut off."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.dashboard.driver.arrangement import LARGE, SMALL, TARGET, TextBlock
from monitor.dashboard.driver.poses import POSES, strike
from monitor.dashboard.driver.touch_button import TouchButton
from monitor.dashboard.translations import speak
from monitor.dashboard.widgets import palette
from monitor.dashboard.widgets.pulse import PULSE_MS
from monitor.health.system_health import SystemCondition, SystemFault
from monitor.live.session import SystemChanged
from monitor.sources import Frame
from monitor.viewmodel.driver.ambient_light import DIMMEST
from monitor.viewmodel.live_message import Action
from monitor.viewmodel.state import Phase, Problem
from monitor.viewmodel.themes import THEMES
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, frames_of, picture
from tests.monitor.viewmodel.test_state import opened

MakeDashboard = Callable[..., Dashboard]

SIZES = [(800, 480), (1024, 600), (1280, 720)]


def driving(dashboard: Dashboard, size: tuple[int, int] = (800, 480)) -> Dashboard:
    """Show the driver's view of a drive whose state is then posed."""
    dashboard.window.resize(*size)
    dashboard.window.toggle_driver()
    dashboard.state.begin("drive.mp4")
    dashboard.state.on_event(opened())
    return dashboard


def touch_at_caution(dashboard: Dashboard, qtbot: QtBot, button: TouchButton) -> list[list[TouchButton]]:
    """Touch a button at the first caution, in that very moment; the buttons that were there then."""
    there: list[list[TouchButton]] = []

    def look() -> None:
        if dashboard.state.tier is Tier.CAUTION and not there:
            there.append(buttons(dashboard))
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    dashboard.state.observed.connect(look)
    return there


def buttons(dashboard: Dashboard) -> list[TouchButton]:
    return [button for button in dashboard.window.driver_view.findChildren(TouchButton) if button.isVisible()]


def assert_everything_is_there(dashboard: Dashboard, name: str) -> None:
    """Every text and target is as large as it must be, within the window, and beside all others."""
    window, view = dashboard.window, dashboard.window.driver_view
    panel, words = view.panel, QRectF(view.panel.rect())
    assert window.rect().contains(QRect(view.mapTo(window, QPoint(0, 0)), view.size()))
    blocks: list[TextBlock] = [*panel.arrangement.blocks, *([panel.note] if panel.note is not None else [])]
    assert {"state", "headline"} <= {block.name for block in blocks}
    for block in blocks:
        large = block.name in ("state", "headline")
        assert block.size >= (LARGE if large else SMALL), (name, block)
        metrics = QFontMetricsF(palette.font(block.size, bold=block.name in ("state", "headline", "time")))
        assert words.contains(block.rect), (name, block)
        assert len(block.lines) * metrics.height() <= block.rect.height() + 1.0, (name, block)
        for line in block.lines:
            assert metrics.horizontalAdvance(line) <= block.rect.width() + 1.0, (name, line)
            assert "…" not in line
    targets = [QRectF(button.geometry()) for button in buttons(dashboard)]
    for button, rect in zip(buttons(dashboard), targets, strict=True):
        lines, size = button.written
        assert rect.width() >= TARGET and rect.height() >= TARGET and size >= SMALL, (name, button.text(), size)
        assert " ".join(lines) == button.text() and words.contains(rect), (name, lines)
        about, about_size = button.written_below
        assert about == button.about and about_size >= SMALL, (name, about)
    # State and time stand side by side, within one line.
    apart = [block.rect for block in blocks if block.name != "time"] + targets
    for one, other in itertools.combinations(apart, 2):
        assert one.intersected(other).height() < 1.0 or one.intersected(other).width() < 1.0, name


@pytest.mark.parametrize(("language", "scale"), [("en", 1.0), ("de", 1.0), ("en", 2.0), ("de", 2.0)])
def test_nothing_is_cut_off_and_everything_is_large_enough(
    make_dashboard: MakeDashboard, qtbot: QtBot, language: str, scale: float
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(application, language)
    palette.apply(application, chosen_scale=scale)
    dashboard = driving(make_dashboard())
    for (name, pose), size in itertools.product(POSES.items(), SIZES):
        dashboard.window.resize(*size)
        strike(dashboard.state, pose)
        assert_everything_is_there(dashboard, f"{name} {size}")
    # The way to everything else takes some of the height away.
    dashboard.window.resize(*SIZES[0])
    strike(dashboard.state, POSES["caution"])
    qtbot.mouseClick(dashboard.window.driver_view.panel, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert dashboard.window.header.isVisible()
    for name in ("attentive", "caution", "warning", "critical", "snoozed", "no-picture"):
        strike(dashboard.state, POSES[name])
        QApplication.processEvents()
        # A critical alert has the whole display.
        assert dashboard.window.header.isVisible() is (name != "critical")
        assert_everything_is_there(dashboard, f"{name}, with the header")
    shown = [button for button in dashboard.window.header.findChildren(QAbstractButton) if button.isVisible()]
    for button in shown:
        corners = QRect(button.mapTo(dashboard.window, QPoint(0, 0)), button.size())
        assert dashboard.window.rect().contains(corners), button.accessibleName()


@pytest.mark.parametrize("language", ["en", "de"])
def test_where_nothing_is_watched_everything_fits_too(
    make_dashboard: MakeDashboard, language: str, qtbot: QtBot
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    speak(application, language)
    dashboard = make_dashboard()
    dashboard.window.resize(800, 480)
    dashboard.window.toggle_driver()
    QApplication.processEvents()
    assert_everything_is_there(dashboard, "no source")
    asked = buttons(dashboard)
    assert asked[0] is dashboard.window.driver_view.choices[Action.CHOOSE] and dashboard.window.header.isVisible()
    qtbot.mouseClick(asked[0], Qt.MouseButton.LeftButton)
    dialog = dashboard.window.dialog
    assert dialog is not None and dialog.isVisible()
    dialog.reject()
    dashboard.state.begin("drive.mp4")
    assert_everything_is_there(dashboard, "opening")
    dashboard.state.fail(Problem("The source cannot be opened", "/a/folder/drive.mp4: no such file."))
    QApplication.processEvents()
    assert_everything_is_there(dashboard, "failed")
    detail = dashboard.window.driver_view.panel.arrangement.block("detail")
    assert detail is not None and "drive.mp4" in "".join(detail.lines)
    dashboard.state.on_event(opened())
    dashboard.state.pause(True)
    assert dashboard.state.phase is Phase.PAUSED
    assert_everything_is_there(dashboard, "paused")


def test_a_very_long_error_ends_with_dots_and_stands_in_full_in_the_tooltip(dashboard: Dashboard) -> None:
    driving(dashboard)
    error = "/" + "/".join(["a-very-long-folder"] * 80)
    dashboard.state.fail(Problem("The source cannot be opened", error))
    panel = dashboard.window.driver_view.panel
    detail = panel.arrangement.block("detail")
    assert detail is not None and detail.lines[-1].endswith("…") and detail.size >= SMALL
    assert panel.toolTip() == f"{error}." and QRectF(panel.rect()).contains(detail.rect)


@pytest.mark.parametrize("size", SIZES)
def test_caution_is_small_warning_half_and_critical_the_whole_display(
    dashboard: Dashboard, size: tuple[int, int]
) -> None:
    driving(dashboard, size)
    parts, lines = {}, {}
    for name in ("attentive", "caution", "warning", "critical"):
        strike(dashboard.state, POSES[name])
        QApplication.processEvents()
        arrangement = dashboard.window.driver_view.panel.arrangement
        coloured = arrangement.panel
        parts[name] = 0.0 if coloured is None else coloured.width() * coloured.height() / (size[0] * size[1])
        headline = arrangement.block("headline")
        assert headline is not None
        lines[name] = headline.rect.top()
    assert parts["attentive"] == 0.0 and parts["critical"] == 1.0
    assert 0.25 <= parts["caution"] <= 0.4 and 0.5 <= parts["warning"] <= 0.6
    # The words stay where the eye has found them.
    assert lines["attentive"] == lines["caution"] == lines["warning"]


def test_a_caution_says_what_to_do_and_not_now_what_it_does_and_for_how_long(dashboard: Dashboard) -> None:
    driving(dashboard)
    view = dashboard.window.driver_view
    strike(dashboard.state, POSES["caution"])
    detail = view.panel.arrangement.block("detail")
    assert detail is not None and " ".join(detail.lines) == "Keep your attention on the road"
    assert view.not_now.isVisible() and view.not_now.about == "No caution on this journey"
    assert view.not_now.toolTip() == "Not now: No caution on this journey (S)"
    # The clock says what it counts, where it is not the distraction.
    strike(dashboard.state, POSES["attentive"])
    time = view.panel.arrangement.block("time")
    assert time is not None and time.lines == ("Drive 1:12",)


def test_nothing_flashes_faster_than_three_times_a_second(dashboard: Dashboard) -> None:
    assert PULSE_MS >= 1000 / 3
    driving(dashboard)
    panel = dashboard.window.driver_view.panel
    for name in ("warning", "critical", "attentive"):
        strike(dashboard.state, POSES[name])
        assert panel.pulsing is (name == "critical")
    assert not dashboard.window.banner.pulsing and not dashboard.window.banner.isVisible()


def test_a_touch_acknowledges(dashboard: Dashboard, qtbot: QtBot) -> None:
    dashboard.window.resize(800, 480)
    dashboard.window.toggle_driver()
    view = dashboard.window.driver_view
    there = touch_at_caution(dashboard, qtbot, view.acknowledge)
    words: list[str] = []
    names: list[str] = []
    dashboard.state.observed.connect(lambda: words.append(view.shown.content.word))
    dashboard.state.observed.connect(lambda: names.append(view.panel.accessibleName()))
    # A frame is taken when the one before was shown, so that the touch comes in time.
    source = FakeSource(frames_of([(Activity.SAFE_DRIVING, 2.0), (Activity.DRINKING, 4.0)]), in_turn=True)
    dashboard.state.observed.connect(source.give_turn)
    dashboard.play(source)
    dashboard.until_phase(Phase.ENDED)
    source.end_turns()
    assert there == [[view.acknowledge, view.not_now]]
    # It is shown again when it rises.
    order = list(dict.fromkeys(words))
    assert order.index("Caution") < order.index("Acknowledged") < order.index("Warning")
    assert "Warning: Drinking" in names
    assert [word for word in dashboard.player.played if word != "stop"] == ["caution", "warning"]


def test_not_now_is_shown_and_taken_back(dashboard: Dashboard, qtbot: QtBot) -> None:
    dashboard.window.resize(800, 480)
    dashboard.window.toggle_driver()
    view = dashboard.window.driver_view
    touch_at_caution(dashboard, qtbot, view.not_now)
    drive = [(Activity.SAFE_DRIVING, 2.0), (Activity.DRINKING, 3.0), (Activity.SAFE_DRIVING, 600.0)]
    dashboard.play(FakeSource(frames_of(drive), interval_s=0.02))
    dashboard.until(lambda: view.shown.snoozed == (Activity.DRINKING,))
    dashboard.until(lambda: view.shown.content.word == "Attentive")
    assert view.panel.note is not None and view.panel.note.lines == ("Snoozed: Drinking",)
    assert buttons(dashboard) == [view.take_back]
    qtbot.mouseClick(view.take_back, Qt.MouseButton.LeftButton)
    dashboard.until(lambda: not view.shown.snoozed)
    assert view.panel.note is None and not buttons(dashboard)


def test_all_that_can_be_snoozed_is_shown(dashboard: Dashboard) -> None:
    """Five activities, the longest text."""
    driving(dashboard)
    strike(dashboard.state, POSES["snoozed"])
    alert = dashboard.state.alert
    assert alert is not None
    activities = frozenset(activity for activity in Activity if not activity.is_phone and activity)
    object.__setattr__(alert, "snoozed", activities)
    for recording in (False, True):
        dashboard.state.recording = recording
        dashboard.state.show(None, None, alert, 100.0)
        note = dashboard.window.driver_view.panel.note
        assert note is not None and all(word in " ".join(note.lines) for word in ("Radio", "Drinking", "Passenger"))
        assert ("recording" in " ".join(note.lines)) is recording
        assert_everything_is_there(dashboard, "five snoozed")


def test_a_driver_who_is_recorded_sees_it(dashboard: Dashboard) -> None:
    driving(dashboard)
    view, state = dashboard.window.driver_view, dashboard.state
    strike(state, POSES["attentive"])
    assert view.panel.note is None
    state.recording = True
    for pose in ("attentive", "warning", "attentive"):
        strike(state, POSES[pose])
        assert (view.panel.note is not None) is (not buttons(dashboard)), "an alert's buttons need the room"
        assert_everything_is_there(dashboard, f"{pose}, recorded")
    assert view.panel.note is not None and view.panel.note.lines == ("⏺ recording",)
    assert "recording" in view.panel.accessibleDescription()
    state.on_event(SystemChanged(SystemCondition(SystemFault.RECORDING, "a clip is not recorded", 1.0)))
    state.observed.emit()
    assert view.panel.note is None, "what is not so is not said"


def test_the_display_is_dimmed_at_night_and_an_alert_less(dashboard: Dashboard) -> None:
    driving(dashboard)
    view = dashboard.window.driver_view

    def see(level: float, pose: str, time_s: float) -> float:
        pixels = (picture(0).astype(np.float64) * level).astype(np.uint8)
        dashboard.state.frame = Frame(pixels, time_s, 0)
        strike(dashboard.state, POSES[pose])
        return view.brightness

    assert see(1.0, "attentive", 0.0) == 1.0
    day = view.grab().toImage()
    assert see(0.1, "attentive", 100.0) == pytest.approx(DIMMEST, abs=0.01)
    night = view.grab().toImage()
    brightest = [
        max(image.pixelColor(x, y).lightness() for x in range(0, 800, 4) for y in range(150, 280, 4))
        for image in (day, night)
    ]
    assert brightest[1] < 0.6 * brightest[0]
    assert DIMMEST < see(0.1, "caution", 200.0) < 1.0
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    # A theme for the night is as dark as it should be; only what fills the display is dimmed.
    palette.apply(application, THEMES["night-red"])
    assert see(0.1, "attentive", 300.0) == 1.0
    assert DIMMEST < see(0.1, "critical", 400.0) < 0.7


def test_a_touch_shows_the_way_to_everything_else_for_a_while(dashboard: Dashboard, qtbot: QtBot) -> None:
    driving(dashboard)
    window = dashboard.window
    strike(dashboard.state, POSES["attentive"])
    dashboard.state.notice("the disk is full")
    for widget in (window.header, window.banner, window.status, window.notices):
        assert not widget.isVisible()
    qtbot.mouseClick(window.driver_view.panel, Qt.MouseButton.LeftButton)
    assert window.header.isVisible() and window.notices.isVisible()
    qtbot.mouseClick(window.header.driver, Qt.MouseButton.LeftButton)
    assert window.drive_view.isVisible() and window.banner.isVisible() and window.status.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_D)
    assert window.driver_view.isVisible() and not window.header.isVisible()


def test_other_views_have_their_header_and_the_banner(dashboard: Dashboard, qtbot: QtBot) -> None:
    driving(dashboard)
    window = dashboard.window
    strike(dashboard.state, POSES["critical"])
    qtbot.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert window.header.isVisible() and window.banner.isVisible() and not window.driver_view.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert window.driver_view.isVisible() and not window.header.isVisible() and not window.banner.isVisible()


def test_full_screen_brings_the_driver_s_view_and_is_remembered(
    make_dashboard: MakeDashboard, tmp_path: Path, qtbot: QtBot
) -> None:
    from PySide6.QtCore import QSettings

    from monitor.dashboard.settings_store import SettingsStore

    def store() -> SettingsStore:
        return SettingsStore(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))

    first = make_dashboard(settings_store=store()).window
    assert not first.isFullScreen() and first.drive_view.isVisible()
    first.toggle_full_screen()
    assert first.isFullScreen() and first.driver_view.isVisible()
    first.close()
    assert store().full_screen
    again = make_dashboard(settings_store=store()).window
    assert not again.isFullScreen()
    again.open_window()
    assert again.isFullScreen() and again.driver_view.isVisible()
    again.toggle_full_screen()
    assert not again.isFullScreen() and again.drive_view.isVisible()
    qtbot.waitUntil(lambda: again.size().width() <= again.screen().availableSize().width())
    again.close()
    named = make_dashboard(settings_store=store()).window
    named.open_window(full_screen=True)
    assert named.isFullScreen() and named.driver_view.isVisible()


def test_the_driver_s_view_stays_when_the_looks_change(dashboard: Dashboard) -> None:
    driving(dashboard)
    strike(dashboard.state, POSES["caution"])
    dashboard.setup.theme_applied.emit()
    QApplication.processEvents()
    assert dashboard.window.driver_view.isVisible() and not dashboard.window.header.isVisible()
    assert_everything_is_there(dashboard, "caution, built again")
