"""What names a bus, and what names a log."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from engines.errors import UserError
from monitor.speed.can.bus import CanSpeed
from monitor.speed.can.open_can import open_can_speed
from monitor.speed.recorded import RecordedSpeed
from monitor.speed.source import SpeedSource
from tests.monitor.speed.can.cars import candump, dbc_file


def opened(address: str, folder: Path, channel: str | None = None) -> SpeedSource:
    return open_can_speed(address, dbc_file(folder), None, 2.0, channel=channel)


@pytest.mark.parametrize(
    "name", ["none.log", "none.asc.gz", "none.txt", "folder/none", "./can0", "none.log.1", "virtual.log", "none.what"]
)
def test_a_file_that_is_not_there_is_not_taken_for_a_bus(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no CAN log that can be read: there is no such file"):
        opened(name, tmp_path)


@pytest.mark.parametrize("name", ["drive.log", "drive.asc.gz", "./drive", "drive", "drive.2024", "folder/drive"])
def test_a_log_of_any_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / name).write_text(candump([(1.0, "1F4#E803")]), encoding="utf-8")
    speed = opened(name, tmp_path)
    assert isinstance(speed, RecordedSpeed) and speed.value_at(0.0) == pytest.approx(10.0)


def test_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    for name in ("logs", "logs/", "."):
        with pytest.raises(UserError, match="it is no file"):
            opened(name, tmp_path)


def test_a_bus_of_the_machine_is_one_whatever_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "can.body")])
    with pytest.raises(UserError, match=r"cannot open the CAN bus can\.body"):
        opened("can.body", tmp_path)
    with pytest.raises(UserError, match="cannot open the CAN bus no_such_can9"):
        opened("no_such_can9", tmp_path)


def test_a_bus_of_another_interface(tmp_path: Path) -> None:
    speed = opened("virtual:test.log", tmp_path)
    try:
        assert isinstance(speed, CanSpeed)
    finally:
        speed.close()
    with pytest.raises(UserError, match="--speed-channel belongs to a CAN log"):
        opened("virtual:test", tmp_path, "can0")


def test_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--dbc"):
        open_can_speed("can0", None, None, 2.0)
    with pytest.raises(UserError, match="has no name"):
        opened("", tmp_path)
