"""DBC files as they are: any encoding, and faults elsewhere than in the speed's message."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from monitor.speed.can.dbc import read_dbc
from monitor.speed.can.speed_signal import find_signal
from tests.monitor.speed.can.cars import WHEELS, dbc_file, frame, signal


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8"])
def test_any_encoding_and_any_ends_of_lines(encoding: str, tmp_path: Path) -> None:
    text = WHEELS + 'CM_ SG_ 500 VehicleSpeed "Räder, geschätzt";\n'
    for ends in ("\n", "\r\n", "\r"):
        (tmp_path / "car.dbc").write_bytes(f'VERSION ""\n\n{text}'.replace("\n", ends).encode(encoding))
        speed = find_signal(tmp_path / "car.dbc", None)
        assert speed.decode(frame("E803")) == pytest.approx(10.0)


FAULTS = {
    "overlap": 'BO_ 600 OTHER: 8 E\n SG_ A : 0|16@1+ (1,0) [0|0] "" X\n SG_ B : 8|16@1+ (1,0) [0|0] "" X\n',
    "beyond its message": 'BO_ 600 OTHER: 2 E\n SG_ A : 40|16@1+ (1,0) [0|0] "" X\n',
    "no range": 'BO_ 600 OTHER: 8 E\n SG_ A : 0|16@1+ (1,0) "" X\n',
    "a number in words": 'BO_ 600 OTHER: 8 E\n SG_ A : 0|16@1+ (one,0) [0|0] "" X\n',
    "same id": "BO_ 600 OTHER: 8 E\nBO_ 600 ANOTHER: 8 E\n",
    "no length": 'BO_ 600 OTHER:\n SG_ A : 0|16@1+ (1,0) [0|0] "" X\n',
    "value table without quotes": 'BO_ 600 OTHER: 8 E\n SG_ A : 0|8@1+ (1,0) [0|0] "" X\nVAL_ 600 A 0 off 1 on ;\n',
    "value table of nothing": "VAL_ 777 Nothing 0 ;\n",
    "value table without end": 'VAL_ 777 Nothing 0 "off"\n',
    "quotes in a comment": 'CM_ BO_ 600 "a 5" tyre";\n',
    "comment without end": 'CM_ BO_ 600 "five;\n',
    "comment with code": 'CM_ BO_ 600 "once:\nBO_ 500 OLD: 8 E\n";\nBA_ nonsense;\n',
    "attribute that is not defined": 'BA_ "Nothing" BO_ 600 3;\n',
    "unknown statement": "XYZ_ 5 5 5;\n",
    "section of another tool": "[Comments]\nkey=value\n",
    "name with an umlaut": 'BO_ 600 TÜR: 8 E\n SG_ Öffnung : 0|8@1+ (1,0) [0|0] "%" X\n',
    "brace": "} {\n",
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("before", [True, False])
def test_a_fault_elsewhere_does_not_matter(fault: str, before: bool, tmp_path: Path) -> None:
    """And the value table of the speed is not lost over it."""
    sound = WHEELS + 'VAL_ 500 VehicleSpeed 0 "SNA" ;\n'
    path = dbc_file(tmp_path, FAULTS[fault] + sound if before else sound + FAULTS[fault])
    speed = find_signal(path, "WHEELS.VehicleSpeed")
    assert speed.decode(frame("E803")) == pytest.approx(10.0)
    assert speed.decode(frame("0000")) is None


@pytest.mark.parametrize(
    "table",
    ["VAL_ 500 VehicleSpeed 0 SNA ;", 'VAL_ 500 VehicleSpeed 0 "SNA', 'VAL_ 500 VehicleSpeed "SNA" 0 ;'],
)
def test_a_fault_in_what_the_speed_is_not_refuses_the_message(table: str, tmp_path: Path) -> None:
    """Without its value table, not available would be 0 km/h."""
    path = dbc_file(tmp_path, f"{WHEELS}{table}\nBO_ 600 OTHER: 8 E\n")
    for name in (None, "WHEELS.VehicleSpeed"):
        with pytest.raises(UserError, match="cannot be read"):
            find_signal(path, name)


def test_two_statements_on_one_line(tmp_path: Path) -> None:
    text = 'VAL_ 600 A 0 "off" ; VAL_ 500 VehicleSpeed 0 "SNA" ;\n'
    for fault in ("", "XYZ_ 5;\n"):
        speed = signal(tmp_path, f'BO_ 600 OTHER: 8 E\n SG_ A : 0|8@1+ (1,0) [0|0] "" X\n{WHEELS}{text}{fault}')
        assert speed.decode(frame("0000")) is None


def test_an_extended_id_whose_mark_was_forgotten(tmp_path: Path) -> None:
    text = 'BO_ 419361280 CCVS1: 8 E\n SG_ VehicleSpeed : 8|16@1+ (0.00390625,0) [0|0] "km/h" X\n'
    for message in (text, text.replace("419361280", str(419361280 + 2**31))):
        speed = signal(tmp_path, f'{message}VAL_ 419361280 VehicleSpeed 0 "SNA" ;\n')
        assert speed.decode(frame("FF000A", 0x18FEF200, extended=True)) == pytest.approx(10.0)
        assert speed.decode(frame("FF0000", 0x18FEF200, extended=True)) is None


def test_another_message_of_the_same_id(tmp_path: Path) -> None:
    other = 'BO_ 500 OTHER: 8 E\n SG_ A : 0|8@1+ (1,0) [0|0] "" X\nVAL_ 500 A 0 "off" ;\n'
    for fault in ("", "XYZ_ 5;\n"):
        speed = signal(tmp_path, f'{WHEELS}{other}VAL_ 500 VehicleSpeed 0 "SNA" ;\n{fault}')
        assert speed.decode(frame("E803")) == pytest.approx(10.0)
        assert speed.decode(frame("0000")) is None


def test_long_names(tmp_path: Path) -> None:
    attributes = (
        'BA_DEF_ SG_ "SystemSignalLongSymbol" STRING ;\nBA_DEF_DEF_ "SystemSignalLongSymbol" "";\n'
        'BA_ "SystemSignalLongSymbol" SG_ 500 VehicleSpeed "TheSpeedOfTheVehicleAsTheDriverIsShownIt";\n'
    )
    for fault in ("", "XYZ_ 5;\n"):
        speed = signal(tmp_path, WHEELS + attributes + fault, "TheSpeedOfTheVehicleAsTheDriverIsShownIt")
        assert speed.decode(frame("E803")) == pytest.approx(10.0)


def test_other_formats_of_the_library(tmp_path: Path) -> None:
    import cantools

    database = cantools.database.load_string(f'VERSION ""\n\n{WHEELS}', "dbc")
    assert isinstance(database, cantools.database.can.Database)
    (tmp_path / "car.kcd").write_text(database.as_kcd_string(), encoding="utf-8")
    assert find_signal(tmp_path / "car.kcd", None).decode(frame("E803")) == pytest.approx(10.0)


def test_what_is_no_dbc_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the DBC file"):
        read_dbc(tmp_path / "none.dbc")
    with pytest.raises(UserError, match="a folder and no file"):
        read_dbc(tmp_path)
    for content in (
        b"",
        b"BO_ nonsense",
        b"BO_ " + b"9" * 6000 + b" W: 8 E\n",
        b"\0" * 1000,
        b"<html></html>",
        b"\x89PNG\r\n\x1a\n",
    ):
        (tmp_path / "other.dbc").write_bytes(content)
        with pytest.raises(UserError, match=r"no DBC file|no signal"):
            find_signal(tmp_path / "other.dbc", None)


def test_a_pipe_is_not_waited_for_and_a_file_without_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.dbc")
    with pytest.raises(UserError, match="a pipe and no file"):
        read_dbc(tmp_path / "pipe.dbc")
    with (tmp_path / "sparse.dbc").open("wb") as file:
        file.truncate(10**11)
    with pytest.raises(UserError, match="on the disk"):
        read_dbc(tmp_path / "sparse.dbc")


TOKENS = [
    "BO_ 500 W: 8 E\n",
    ' SG_ VehicleSpeed : 0|16@1+ (0.01,0) [0|300] "km/h" X\n',
    "VAL_ 500 VehicleSpeed 0 ",
    '"SNA"',
    ";",
    "\n",
    '"',
    "BA_DEF_ ",
    'CM_ "',
    "NS_ :\n",
    "\0",
    "ü",
    "0x",
    "[",
    "@",
    "m0 ",
    "M ",
    "-1",
]


@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(TOKENS), max_size=25).map("".join).map(str.encode)))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.dbc"
    path.write_bytes(content)
    for name in (None, "VehicleSpeed"):
        try:
            speed = find_signal(path, name)
        except UserError:
            continue
        kmh = speed.decode(frame("0000000000000000"))
        assert kmh is None or 0.0 <= kmh <= 400.0
