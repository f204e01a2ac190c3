"""Numbers in the language of the window, and speeds in the user's unit; files keep km/h."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engines.notice import NoticeText
from monitor.alerts.cause import Cause, Rule
from monitor.alerts.settings import SpeedBand
from monitor.alerts.texts import explanation
from monitor.dashboard.numbers import LocalNumber, SpeedUnit, decimal, speed_words, use_speed_unit
from monitor.dashboard.texts import notice_words
from monitor.dashboard.translations import speak

WARNED = Cause(Rule.WARNING_TIME, 2.5, band=SpeedBand.SLOW, speed_known=True, gate_kmh=20.0, fast_kmh=50.0)


@pytest.fixture
def application(qtbot: QtBot) -> Iterator[QApplication]:
    running = QApplication.instance()
    assert isinstance(running, QApplication)
    yield running
    speak(running, "en")
    use_speed_unit(SpeedUnit.KMH)


def test_speeds_are_shown_in_miles_and_written_in_kilometres(application: QApplication) -> None:
    use_speed_unit(SpeedUnit.MPH)
    assert speed_words(100.0) == "62 mph"
    assert notice_words(explanation(WARNED)) == "due after 2.5 s from 12 to 31 mph"
    assert explanation(WARNED) == "due after 2.5 s from 20 to 50 km/h", "as files and the terminal have it"
    use_speed_unit(SpeedUnit.KMH)
    assert speed_words(100.0) == "100 km/h"
    assert notice_words(explanation(WARNED)) == explanation(WARNED)


def test_a_german_window_has_decimal_commas(application: QApplication) -> None:
    assert decimal(3.26) == "3.3"
    speak(application, "de")
    assert decimal(3.26) == "3,3" and decimal(1234.5, 2) == "1234,50"
    assert notice_words(explanation(WARNED)) == "fällig nach 2,5 s von 20 bis 50 km/h"
    assert notice_words(
        NoticeText(
            "ends at {end_s:.1f} s; its header says {header_s:.1f} s: the rest is missing", end_s=1.5, header_s=2.0
        )
    ) == ("endet bei 1,5 s; im Dateikopf stehen 2,0 s: der Rest fehlt")
    assert f"{LocalNumber(4.0):g}" == "4"


@given(st.floats(0.0, 400.0), st.sampled_from(SpeedUnit))
def test_a_speed_comes_back_from_each_unit(kmh: float, unit: SpeedUnit) -> None:
    assert unit.kmh(unit.shown(kmh)) == pytest.approx(kmh)
