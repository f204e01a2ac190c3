"""The chart of strips: what stands where, the clock below, clicks, and zooming."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from monitor.dashboard.panels.strip_chart import StripChart

RED, BLUE = QColor("#ff0000"), QColor("#0000ff")


@pytest.fixture
def chart(qtbot: QtBot) -> StripChart:
    """Of a drive of 100 s, with two rows."""
    made = StripChart(zooms=True)
    qtbot.addWidget(made)
    made.name_rows({2.0: "alert", 1.0: "seen"})
    made.limit(100.0, 4.0)
    made.resize(662, 90)
    made.show()
    return made


def turn(chart: StripChart, x: float, steps: int) -> None:
    at = QPointF(x, 10.0)
    event = QWheelEvent(
        at,
        chart.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(chart, event)


def test_a_block_stands_in_its_row_and_time(chart: StripChart) -> None:
    chart.show_blocks([(20.0, 40.0, 2.0, 1.0, RED, ""), (60.0, 80.0, 1.0, 1.0, BLUE, "")], 0.0)
    image = chart.grab().toImage()
    rows = (15, 50)
    seen = {
        (second, row): image.pixelColor(int(chart.x_at(second)), rows[row]) for second in (30, 70) for row in (0, 1)
    }
    assert seen[30, 0] == RED and seen[70, 1] == BLUE
    assert RED not in (seen[30, 1], seen[70, 0]) and seen[30, 1] == seen[70, 0]


def test_a_low_block_stands_on_its_row_s_floor(chart: StripChart) -> None:
    chart.show_blocks([(20.0, 40.0, 2.0, 0.4, RED, "")], 0.0)
    image, x = chart.grab().toImage(), int(chart.x_at(30.0))
    assert image.pixelColor(x, 28) == RED and image.pixelColor(x, 8) != RED


def test_a_click_seeks_and_a_drag_does_not(chart: StripChart, qtbot: QtBot) -> None:
    sought: list[float] = []
    chart.sought.connect(sought.append)
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(round(chart.x_at(25.0)), 20))
    # Beside the strips, at the names, the start is the nearest.
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(5, 20))
    assert sought == [pytest.approx(25.0, abs=0.2), 0.0]
    chart.show_range(20.0, 40.0)
    qtbot.mousePress(chart, Qt.MouseButton.LeftButton, pos=QPoint(300, 20))
    qtbot.mouseMove(chart, QPoint(200, 20))
    qtbot.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=QPoint(200, 20))
    assert len(sought) == 2 and chart.time_range_s[0] > 22.0


def test_the_wheel_zooms_about_the_mouse_within_the_drive(chart: StripChart) -> None:
    x = chart.x_at(30.0)
    turn(chart, x, 2)
    start_s, end_s = chart.time_range_s
    assert end_s - start_s == pytest.approx(64.0) and chart.time_at_s(x) == pytest.approx(30.0)
    turn(chart, x, 50)
    start_s, end_s = chart.time_range_s
    assert end_s - start_s == pytest.approx(4.0)
    turn(chart, x, -50)
    assert chart.time_range_s == (0.0, 100.0)


def test_one_that_does_not_zoom_stays(qtbot: QtBot) -> None:
    chart = StripChart()
    qtbot.addWidget(chart)
    chart.resize(600, 90)
    chart.show_range(10.0, 100.0)
    turn(chart, 300.0, 3)
    qtbot.mousePress(chart, Qt.MouseButton.LeftButton, pos=QPoint(300, 20))
    qtbot.mouseMove(chart, QPoint(200, 20))
    assert chart.time_range_s == (10.0, 100.0)


@pytest.mark.parametrize(("duration_s", "second"), [(8.0, "0:01"), (100.0, "0:10"), (50_000.0, "2:00:00")])
def test_the_clock_says_round_times_that_do_not_touch(chart: StripChart, duration_s: float, second: str) -> None:
    chart.limit(duration_s, 4.0)
    times, texts = zip(*chart.ticks(), strict=True)
    assert texts[:2] == ("0:00", second)
    assert all(chart.x_at(later) - chart.x_at(one) >= 50 for one, later in pairwise(times))
