"""The car's speed: fixed, from a file, and what belongs to which kind of drive."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from monitor.live.options import add_setup, speed_options
from monitor.live.pipeline import Pipeline
from monitor.speed.open_speed import SpeedOptions, open_speed
from monitor.speed.recorded import RecordedSpeed, read_speed_csv
from monitor.speed.source import FixedSpeed, SpeedSource
from tests.monitor.fakes import FakeClassifier, FakeSource
from tests.monitor.speed.can.cars import candump, dbc_file, speeds

PIECES = ["time_s,speed_kmh\n", "time_s;speed_mph\n", "0,", "1;", "30", "1e400", "nan", "\n", '"', "\0", "-1", "²", "é"]


@pytest.fixture
def dbc(tmp_path: Path) -> Path:
    return dbc_file(tmp_path)


def opened(
    text: str | None, dbc: Path | None = None, signal: str | None = None, drive: str | None = None
) -> SpeedSource:
    options = SpeedOptions(text, dbc, signal)
    return open_speed(options, lost_after_s=2.0, drive=Path(drive) if drive is not None else None)


def test_a_fixed_speed_and_none() -> None:
    assert opened("80").at(3.0) == 80.0
    silent = opened(None)
    assert silent.at(3.0) is None and silent.take_notices() == []


@pytest.mark.parametrize("text", ["fast", "-1", "nan", "1000", "speed.txt", "bus:can0"])
def test_a_text_that_is_no_speed(text: str) -> None:
    with pytest.raises(UserError, match="is no speed"):
        opened(text)


def test_a_file_beside_a_drive(tmp_path: Path) -> None:
    (tmp_path / "drive.speed.csv").write_text("time_s,speed_kmh\n0,30\n1,40\n2,50\n6,60\n", encoding="utf-8")
    speed = opened("beside", drive=str(tmp_path / "drive.mp4"))
    assert [speed.value_at(at) for at in (0.0, 0.9, 1.0, 3.9, 4.1, 6.0)] == [30.0, 30.0, 40.0, 50.0, None, 60.0]


def test_loss_and_return_are_reported_once() -> None:
    speed = RecordedSpeed("log", [0.0, 10.0], [30.0, 40.0], lost_after_s=2.0)
    reported = []
    for at in range(12):
        speed.at(float(at))
        reported.append(speed.take_notices())
    assert [index for index, notices in enumerate(reported) if notices] == [3, 10]
    assert "lost" in reported[3][0] and "back" in reported[10][0]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "first line"),
        ("time,speed\n0,1\n", "first line"),
        ("time_s,speed_kmh\n", "no speed in it"),
        ("time_s,speed_kmh\n0,fast\n", "line 2"),
        ("time_s,speed_kmh\n0,30\n1,-5\n", "line 3"),
        ("time_s,speed_kmh\n0,30\n1,401\n", "line 3"),
        ("time_s,speed_kmh\n5,30\n1,30\n", "line 3"),
        ("time_s,speed_kmh\n5\n", "line 2"),
        ("time_s,speed_kmh\n0,30,1\n", "line 2"),
        ("time_s,speed_kmh\n,30\n", "line 2"),
        ("time_s,speed_kmh\nnan,30\n", "line 2"),
        ("time_s,speed_kmh\n0,inf\n", "line 2"),
        ("time_s,speed_kmh\n0,30\n1,12,5\n", "line 3"),
        ("time_s,speed_kmh\n0,\n1,nan\n", "no speed in it"),
        ("time_s,speed_rpm\n0,30\n", "first line"),
        ("time_s,speed\n0,30\n", "first line"),
        ("time_s,speed_kmh\n1700000000,30\n", "those of a clock"),
    ],
)
def test_a_bad_file_is_reported_with_its_line(text: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "speed.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=what):
        read_speed_csv(path, 2.0)


@pytest.mark.parametrize(
    "text",
    [
        "\ufefftime_s,speed_kmh\n0,30.5\n1,\n2,30.5\n",
        "time_s;speed_kmh\r\n0;30,5\r\n1;\r\n2,0;30,5\r\n",
        "time_s\tspeed_kmh\n0\t30,5\n1\tNaN\n2\t30,5\n",
        "Time_s , Speed_kmh\n\n0, 30.5\n1, n/a\n2, 30.5\n",
        "time_s,speed_mps\n0,8.472222\n1,null\n2,8.472222\n",
        "time_s,speed_mph\n0,18.951826\n1,-\n2,18.951826\n",
    ],
)
def test_files_of_spreadsheets_in_other_units_and_with_gaps(text: str, tmp_path: Path) -> None:
    """An empty speed is unknown from its time on, and never 0 or the one before."""
    path = tmp_path / "speed.csv"
    path.write_text(text, encoding="utf-8")
    assert speeds(read_speed_csv(path, 2.0), 3) == [30.5, None, 30.5]


@given(
    st.one_of(
        st.binary(max_size=200), st.lists(st.sampled_from(PIECES), max_size=12).map(lambda p: "".join(p).encode())
    )
)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        speed = read_speed_csv(path, 2.0)
    except UserError:
        return
    assert all(value is None or 0.0 <= value <= 400.0 for value in speeds(speed, 5))


def test_what_belongs_to_another_kind_of_drive(dbc: Path) -> None:
    with pytest.raises(UserError, match="recorded drive"):
        opened("speed.csv")
    with pytest.raises(UserError, match="no live bus"):
        opened("can:virtual:mixed", dbc, "WHEELS.VehicleSpeed", drive="drive.mp4")
    for options in (SpeedOptions("80", dbc), SpeedOptions("80", unit="mph"), SpeedOptions("beside", channel="can0")):
        with pytest.raises(UserError, match="belong to"):
            open_speed(options, lost_after_s=2.0, drive=Path("drive.mp4"))


def test_a_can_log(dbc: Path, tmp_path: Path) -> None:
    log = tmp_path / "drive.log"
    log.write_text(candump([(100.0, "005#01"), (100.1, "1F4#E803"), (101.1, "1F4#D007")]), encoding="utf-8")
    speed = opened(f"can:{log}", dbc, "VehicleSpeed", drive="drive.mp4")
    assert speeds(speed, 5) == [None, 10.0, 20.0, 20.0, None]
    assert speed.name == "WHEELS.VehicleSpeed in km/h on channel can0 of drive.log"


def test_what_a_command_line_says_of_a_can_log(dbc: Path, tmp_path: Path) -> None:
    (tmp_path / "drive.log").write_text(candump([(0.0, "1F4#E803")]) + candump([(0.0, "1F4#0000")], "can1"), "utf-8")
    options = ["--speed", f"can:{tmp_path / 'drive.log'}", "--dbc", str(dbc), "--signal", "WHEELS.VehicleSpeed"]
    parser = argparse.ArgumentParser()
    add_setup(parser)
    arguments = parser.parse_args([*options, "--speed-unit", "metres/s", "--speed-channel", "can0"])
    speed = open_speed(speed_options(arguments), lost_after_s=2.0, drive=Path("drive.mp4"))
    assert speed.value_at(0.0) == pytest.approx(36.0)
    with pytest.raises(SystemExit):
        parser.parse_args([*options, "--speed-unit", "rpm"])


def test_a_fixed_speed_may_change_while_driving() -> None:
    pipeline = Pipeline(FakeSource([]), FakeClassifier(), speed=FixedSpeed(30.0))
    pipeline.speed_kmh = 90.0
    assert pipeline.speed_kmh == 90.0
    pipeline.stop()
