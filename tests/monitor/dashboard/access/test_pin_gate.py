"""The PIN before the settings: set, asked for, wrong, forgotten; it never stands between a driver and an alert."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.dashboard.access.pin_pad import PinPad
from monitor.dashboard.settings_store import SettingsStore
from monitor.dashboard.setup.view import ACCESS, APPEARANCE
from monitor.dashboard.window.main_window import DRIVE, SETUP
from monitor.live.pin_lock import PinLock
from monitor.viewmodel.live_message import Action
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, frames_of

MakeDashboard = Callable[..., Dashboard]
LEFT = Qt.MouseButton.LeftButton


def type_pin(qtbot: QtBot, pad: PinPad, pin: str) -> None:
    """By touch."""
    for digit in pin:
        qtbot.mouseClick(pad.keys[digit], LEFT)
    qtbot.mouseClick(pad.enter, LEFT)


@pytest.fixture
def locked(make_dashboard: MakeDashboard) -> Dashboard:
    """A window whose settings ask for 4711."""
    dashboard = make_dashboard()
    PinLock().set("4711")
    return dashboard


def test_a_pin_is_set_and_asked_for_when_the_settings_are_opened_again(dashboard: Dashboard, qtbot: QtBot) -> None:
    window = dashboard.window
    window.show_view(SETUP)
    window.setup_view.show_page(ACCESS)
    page = window.setup_view.access
    assert page.state.text() == "No PIN is set." and not page.remove.isVisible()
    assert "the settings and the library" in page.about.text()
    qtbot.mouseClick(page.choose, LEFT)
    type_pin(qtbot, page.pad, "4711")
    type_pin(qtbot, page.pad, "4712")
    assert "not the same" in page.pad.text and not PinLock().is_set
    type_pin(qtbot, page.pad, "4711")
    type_pin(qtbot, page.pad, "4711")
    assert PinLock().check("4711") and page.state.text() == "A PIN is set."
    assert window.setup_view.isVisible(), "who set it need not enter it"
    assert "pin.json" in page.forgotten.text() and page.forgotten.isVisible()
    window.show_view(DRIVE)
    window.show_view(SETUP)
    assert not window.setup_view.isVisible() and window.setup_gate.pad.isVisible()
    type_pin(qtbot, window.setup_gate.pad, "4711")
    dashboard.until(window.setup_view.isVisible)


def test_a_wrong_pin_opens_nothing_and_several_slow_down(locked: Dashboard, qtbot: QtBot) -> None:
    window = locked.window
    window.show_view(SETUP)
    pad = window.setup_gate.pad
    for _ in range(2):
        type_pin(qtbot, pad, "1111")
        locked.until(lambda: pad.text == "This PIN is wrong.")
        pad.ask("again")
    type_pin(qtbot, pad, "1111")
    locked.until(lambda: "wait 5 s" in pad.text)
    assert not pad.line.isEnabled() and not pad.keys["1"].isEnabled() and not window.setup_view.isVisible()


def test_a_keyboard_types_the_pin(locked: Dashboard, qtbot: QtBot) -> None:
    window = locked.window
    qtbot.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    line = window.setup_gate.pad.line
    qtbot.keyClicks(line, "47x11")
    assert line.text() == "4711"
    qtbot.keyClick(line, Qt.Key.Key_Return)
    locked.until(window.setup_view.isVisible)


def test_no_key_leads_past_it(locked: Dashboard, qtbot: QtBot) -> None:
    window = locked.window
    window.show_view(SETUP)
    qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    window.check_view()
    assert not window.setup_view.isVisible() and window.setup_gate.pad.isVisible()


def test_alerts_acknowledging_and_the_driver_s_view_never_ask(locked: Dashboard, qtbot: QtBot) -> None:
    window, state = locked.window, locked.state
    window.show_view(SETUP)
    locked.play(FakeSource(frames_of([(Activity.DRINKING, 60.0)]), interval_s=0.005))
    locked.until(lambda: state.tier is Tier.WARNING)
    assert window.banner.isVisible() and window.setup_gate.pad.isVisible() and "warning" in locked.player.played
    window.show_view(DRIVE)
    qtbot.keyClick(window.drive_view.live_view, Qt.Key.Key_K)
    locked.until(lambda: state.alert is not None and state.alert.hidden is not None)
    qtbot.keyClick(window, Qt.Key.Key_D)
    assert window.driver_view.isVisible()


def test_alerts_are_turned_on_without_it(make_dashboard: MakeDashboard, qtbot: QtBot) -> None:
    dashboard = make_dashboard()
    PinLock().set("4711")
    dashboard.controller.needs_check = dashboard.setup.needs_check
    dashboard.play(FakeSource(frames_of([(Activity.SAFE_DRIVING, 60.0)]), live=True, interval_s=0.02), "0")
    dashboard.until(lambda: dashboard.state.alert is not None)
    assert not dashboard.state.armed
    qtbot.mouseClick(dashboard.window.drive_view.message.button(Action.ARM), LEFT)
    assert dashboard.state.armed


def test_another_language_is_chosen_without_a_second_time(
    make_dashboard: MakeDashboard, qtbot: QtBot, settings_store: SettingsStore
) -> None:
    dashboard = make_dashboard(settings_store=settings_store)
    PinLock().set("4711")
    window = dashboard.window
    window.show_view(SETUP)
    type_pin(qtbot, window.setup_gate.pad, "4711")
    dashboard.until(window.setup_view.isVisible)
    window.setup_view.show_page(APPEARANCE)
    qtbot.mouseClick(window.setup_view.appearance.languages.buttons[1], LEFT)
    dashboard.until(lambda: window.header.views.buttons[0].text() == "Fahrt")
    # Qt shows what is built again with its next events.
    dashboard.until(lambda: window.setup_view.isVisible() or window.setup_gate.pad.isVisible())
    assert window.setup_view.isVisible()
    window.show_view(DRIVE)
    window.show_view(SETUP)
    assert not window.setup_view.isVisible()


def test_a_damaged_file_says_what_to_delete_and_who_deletes_it_is_in(
    locked: Dashboard, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "user config" / "pin.json"
    file.write_text("{")
    locked.window.show_view(SETUP)
    assert "delete this file" in locked.window.setup_gate.pad.hint.text()
    locked.window.show_view(DRIVE)
    file.unlink()
    locked.window.show_view(SETUP)
    assert locked.window.setup_view.isVisible()


def test_a_pin_is_removed(locked: Dashboard, qtbot: QtBot) -> None:
    window = locked.window
    window.show_view(SETUP)
    type_pin(qtbot, window.setup_gate.pad, "4711")
    locked.until(window.setup_view.isVisible)
    window.setup_view.show_page(ACCESS)
    qtbot.mouseClick(window.setup_view.access.remove, LEFT)
    assert not PinLock().is_set and window.setup_view.access.state.text() == "No PIN is set."
