"""The page of the alerts: presets, own settings, units, sounds, and what an administrator has locked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.alerts.policy_file import PolicySettings, read_policy
from monitor.alerts.presets.preset import Preset
from monitor.dashboard.numbers import SpeedUnit, use_speed_unit
from monitor.dashboard.setup.alerts_page import AlertsPage
from monitor.dashboard.setup.number_box import NumberBox
from monitor.dashboard.setup.policy_form import COMMON, NEED_SPEED
from monitor.dashboard.setup.view import ALERTS
from monitor.dashboard.window.main_window import SETUP
from monitor.live.user_files import user_policy_file
from tests.monitor.dashboard.conftest import Dashboard
from tests.monitor.fakes import FakeSource, frames_of

MakeDashboard = Callable[..., Dashboard]
LEFT = Qt.MouseButton.LeftButton
OWN = len(Preset)


def alerts_page(dashboard: Dashboard) -> AlertsPage:
    """The page, as it is seen."""
    dashboard.window.show_view(SETUP)
    dashboard.window.setup_view.show_page(ALERTS)
    page = dashboard.window.setup_view.alerts
    assert page is not None
    return page


def number(page: AlertsPage, path: str) -> NumberBox:
    box = page.form.editors[path].widget
    assert isinstance(box, NumberBox)
    return box


def write_policy(text: str) -> None:
    user_policy_file().parent.mkdir(exist_ok=True)
    user_policy_file().write_text(text, encoding="utf-8")


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make_dashboard: MakeDashboard) -> Callable[..., Dashboard]:
    """Opens a window with a policy that an administrator has locked."""

    def open_window(text: str, **options: object) -> Dashboard:
        file = tmp_path / "site" / "policy.toml"
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
        return make_dashboard(locked_policy=file, **options)

    return open_window


def test_a_preset_is_chosen_with_one_click_and_only_what_differs_is_written(dashboard: Dashboard, qtbot: QtBot) -> None:
    page = alerts_page(dashboard)
    assert page.presets.current == list(Preset).index(Preset.BALANCED) and not page.presets.buttons[OWN].isVisible()
    qtbot.mouseClick(page.presets.buttons[0], LEFT)
    written = read_policy(user_policy_file())
    assert written.alerts == Preset.ATTENTIVE.over(PolicySettings().alerts)
    assert "balanced" not in user_policy_file().read_text() and "clear_s" not in user_policy_file().read_text()
    assert number(page, "alerts.caution_s").text() == "1.5 s" and not page.apply.isVisible()
    qtbot.mouseClick(page.presets.buttons[1], LEFT)
    assert read_policy(user_policy_file()) == PolicySettings() and "caution_s" not in user_policy_file().read_text()


def test_the_preset_that_holds_is_clicked_again_and_the_drive_goes_on(dashboard: Dashboard, qtbot: QtBot) -> None:
    page = alerts_page(dashboard)
    dashboard.play(FakeSource(frames_of([(Activity.SAFE_DRIVING, 30.0)]), interval_s=0.02))
    dashboard.until(lambda: dashboard.state.since_s > 0.0)
    drive = dashboard.state.drive
    qtbot.mouseClick(page.presets.buttons[1], LEFT)
    assert dashboard.state.drive is drive and not user_policy_file().exists()


def test_a_preset_is_still_shown_at_the_next_start(make_dashboard: MakeDashboard, qtbot: QtBot) -> None:
    qtbot.mouseClick(alerts_page(make_dashboard()).presets.buttons[2], LEFT)
    assert alerts_page(make_dashboard()).presets.current == 2


def test_a_policy_changed_by_hand_is_own_settings_and_comes_back(make_dashboard: MakeDashboard, qtbot: QtBot) -> None:
    write_policy("# mine\n[alerts]\ncaution_s = 2.5 # later\n[health]\nfrozen_s = 3.0\n")
    dashboard = make_dashboard()
    page = alerts_page(dashboard)
    assert page.presets.current == OWN and page.presets.buttons[OWN].isVisible()
    qtbot.mouseClick(page.presets.buttons[2], LEFT)
    assert page.presets.current == 2 and page.presets.buttons[OWN].isVisible()
    assert read_policy(user_policy_file()).health.frozen_s == 3.0, "a preset is about the alerts"
    dashboard.setup.policy_changed.emit()  # the page is built again
    page = alerts_page(dashboard)
    qtbot.mouseClick(page.presets.buttons[OWN], LEFT)
    assert read_policy(user_policy_file()).alerts.caution_s == 2.5 and page.presets.current == OWN
    assert "# mine" in user_policy_file().read_text()


def test_a_setting_that_is_changed_and_not_applied_is_own_settings(dashboard: Dashboard, qtbot: QtBot) -> None:
    page = alerts_page(dashboard)
    number(page, "alerts.clear_s").setValue(1.5)
    assert page.presets.current == OWN and page.apply.isVisible() and not user_policy_file().exists()
    qtbot.mouseClick(page.apply, LEFT)
    assert read_policy(user_policy_file()).alerts.clear_s == 1.5 and not page.apply.isVisible()


def test_a_preset_that_cannot_be_saved_does_not_hold(
    make_dashboard: MakeDashboard, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "user config").write_text("a file where the folder should be")
    dashboard = make_dashboard()
    page = alerts_page(dashboard)
    qtbot.mouseClick(page.presets.buttons[0], LEFT)
    assert page.presets.current == 1 and any("cannot write" in notice for notice in dashboard.state.notices)


def test_the_first_screen_has_the_common_limits_and_the_rest_is_behind_advanced(
    make_dashboard: MakeDashboard, qtbot: QtBot
) -> None:
    page = alerts_page(make_dashboard(speed_kmh=50.0))
    assert {path for path, editor in page.form.editors.items() if editor.isVisible()} == set(COMMON)
    qtbot.mouseClick(page.form.advanced, LEFT)
    assert all(editor.isVisible() for editor in page.form.editors.values())


def test_without_a_speed_nothing_about_speed_is_shown(dashboard: Dashboard, qtbot: QtBot) -> None:
    page = alerts_page(dashboard)
    qtbot.mouseClick(page.form.advanced, LEFT)
    assert {path for path, editor in page.form.editors.items() if not editor.isVisible()} == set(NEED_SPEED)
    number(page, "alerts.warning_fast_s").setValue(7.0)
    number(page, "alerts.critical_fast_s").setValue(9.0)
    assert not page.form.fault, "what nobody sees follows"
    qtbot.mouseClick(page.apply, LEFT)
    assert read_policy(user_policy_file()).alerts.warning_slow_s == 7.0


def test_units_stand_beside_numbers_and_no_text_has_markup_or_keys(make_dashboard: MakeDashboard) -> None:
    page = alerts_page(make_dashboard(speed_kmh=50.0))
    shown = {
        path: number(page, path).text()
        for path in page.form.editors
        if isinstance(page.form.editors[path].widget, NumberBox)
    }
    assert shown["alerts.caution_s"] == "2 s" and shown["alerts.gate_kmh"] == "20 km/h"
    assert shown["alerts.enter"] == "65 %" and shown["health.dark_level"] == "28 / 255"
    for label in set(page.findChildren(QLabel)) - {page.saved}:
        assert not any(sign in label.text() for sign in "`_<>*|"), label.text()


def test_what_does_not_fit_together_is_said_in_the_settings_titles(dashboard: Dashboard) -> None:
    page = alerts_page(dashboard)
    number(page, "alerts.caution_s").setValue(6.0)
    assert "“Caution”" in page.status.text() and "_s" not in page.status.text() and not page.apply.isEnabled()


def test_limits_in_miles_are_written_in_kilometres(make_dashboard: MakeDashboard, qtbot: QtBot) -> None:
    write_policy("[alerts]\nfast_kmh = 60.3\n")
    use_speed_unit(SpeedUnit.MPH)
    page = alerts_page(make_dashboard(speed_kmh=50.0))
    assert number(page, "alerts.gate_kmh").text() == "12.4 mph" and number(page, "alerts.fast_kmh").text() == "37.5 mph"
    assert not page.apply.isVisible(), "nothing was changed yet"
    number(page, "alerts.gate_kmh").setValue(15.0)
    qtbot.mouseClick(page.apply, LEFT)
    written = read_policy(user_policy_file()).alerts
    assert written.gate_kmh == pytest.approx(15.0 * 1.609344, abs=1e-3) and written.fast_kmh == 60.3


def test_a_fitted_threshold_keeps_its_digits(make_dashboard: MakeDashboard, qtbot: QtBot) -> None:
    write_policy("[alerts]\nenter = 0.6543\nenter_by_activity = { c5 = 0.71234 }\n")
    page = alerts_page(make_dashboard())
    number(page, "alerts.clear_s").setValue(1.5)
    qtbot.mouseClick(page.apply, LEFT)
    written = read_policy(user_policy_file()).alerts
    assert written.enter == 0.6543 and written.enter_by_activity == {"c5": 0.71234}


def test_each_alert_can_be_heard(dashboard: Dashboard, qtbot: QtBot) -> None:
    page = alerts_page(dashboard)
    for tier in (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL):
        qtbot.mouseClick(page.hear[tier], LEFT)
        assert dashboard.player.played[-1] == tier.code
    dashboard.until(lambda: dashboard.player.played[-1] == "stop")


def test_a_sound_that_is_tried_does_not_silence_an_alert(dashboard: Dashboard, qtbot: QtBot) -> None:
    page = alerts_page(dashboard)
    dashboard.play(FakeSource(frames_of([(Activity.TEXTING_RIGHT, 30.0)]), interval_s=0.02))
    qtbot.mouseClick(page.hear[Tier.CRITICAL], LEFT)
    dashboard.until(lambda: dashboard.state.tier is Tier.CRITICAL)
    before = list(dashboard.player.played)
    qtbot.mouseClick(page.hear[Tier.CAUTION], LEFT)
    assert dashboard.player.played == before and "an alert is active" in page.heard.text().lower()


def test_a_machine_without_sound_says_so(make_dashboard: MakeDashboard, qtbot: QtBot) -> None:
    page = alerts_page(make_dashboard(silent=True))
    qtbot.mouseClick(page.hear[Tier.WARNING], LEFT)
    assert page.heard.text() == "There is nothing to hear: this machine has no audio output."


def test_a_muted_window_plays_it_and_says_that_alerts_are_muted(dashboard: Dashboard, qtbot: QtBot) -> None:
    dashboard.state.toggle_muted()
    page = alerts_page(dashboard)
    qtbot.mouseClick(page.hear[Tier.WARNING], LEFT)
    assert dashboard.player.played[-1] == "warning"
    dashboard.until(lambda: "muted" in page.heard.text())


def test_what_is_locked_is_shown_with_its_value_and_who_locked_it(
    locked: Callable[..., Dashboard], qtbot: QtBot
) -> None:
    write_policy("[alerts]\ncaution_s = 3.0\nclear_s = 2.0\n")
    dashboard = locked("[alerts]\ncaution_s = 1.8\ngate_kmh = 10.0\nenter = 0.7\n")
    page = alerts_page(dashboard)
    assert str(Path("site") / "policy.toml") in page.lock_note.text()
    for path, text in (("alerts.caution_s", "1.8 s"), ("alerts.gate_kmh", "10 km/h"), ("alerts.enter", "70 %")):
        box = number(page, path)
        assert box.isVisible() and not box.isEnabled() and box.text() == text
        assert "Locked by the administrator" in [label.text() for label in page.form.editors[path].findChildren(QLabel)]
    assert number(page, "alerts.clear_s").isEnabled()
    qtbot.mouseClick(page.presets.buttons[2], LEFT)
    assert dashboard.setup.policy.alerts.caution_s == 1.8 and dashboard.setup.policy.alerts.warning_fast_s == 3.5
    assert page.presets.current == 2
    qtbot.mouseClick(page.reset, LEFT)
    assert number(page, "alerts.caution_s").text() == "1.8 s"


def test_where_every_time_is_locked_no_preset_can_be_chosen(locked: Callable[..., Dashboard], qtbot: QtBot) -> None:
    lines = "".join(f"{name} = {value}\n" for name, value in Preset.PATIENT.times.items())
    page = alerts_page(locked(f"[alerts]\n{lines}"))
    assert not any(page.presets.buttons[index].isEnabled() for index in range(OWN))
    qtbot.mouseClick(page.presets.buttons[0], LEFT)
    assert not user_policy_file().exists()


def test_a_preset_that_does_not_go_with_what_is_locked_cannot_be_chosen(locked: Callable[..., Dashboard]) -> None:
    page = alerts_page(locked("[alerts]\ncaution_s = 3.0\n"))
    assert [page.presets.buttons[index].isEnabled() for index in range(OWN)] == [False, True, True]
    assert "locked" in page.presets.buttons[0].toolTip()


@pytest.mark.parametrize("right", [True, False])
def test_the_driver_s_side_that_is_locked_is_locked_on_the_camera_s_page(
    right: bool, locked: Callable[..., Dashboard], qtbot: QtBot
) -> None:
    dashboard = locked(f"right_hand_drive = {str(right).lower()}\n")
    dashboard.window.show_view(SETUP)
    page = dashboard.window.setup_view.camera
    qtbot.mouseClick(page.mirror, LEFT)
    assert not page.mirror.isEnabled() and page.mirror.isChecked() is right
    words = [label.text() for label in page.findChildren(QWidget) if isinstance(label, QLabel)]
    assert any("Locked by the administrator: " in text and "policy.toml" in text for text in words)
    dashboard.setup.set_mount(dashboard.setup.mount.model_copy(update={"mirror": not right}))
    assert dashboard.setup.mount.mirror is right
