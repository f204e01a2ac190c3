"""The speeds of a CAN log in each format: which bus, which sender, which clock, and what of it is damaged."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import can
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import UserError
from monitor.speed.can.log_speed import read_can_log
from monitor.speed.can.speed_signal import SpeedSignal
from monitor.speed.recorded import RecordedSpeed
from tests.monitor.speed.can.cars import candump, frame, remarks, signal, speeds, ten_kmh

TEN = "1F4#E803000000000000"


@pytest.fixture
def wheels(tmp_path: Path) -> SpeedSignal:
    return signal(tmp_path)


def read(path: Path, wheels: SpeedSignal, channel: str | None = None) -> RecordedSpeed:
    return read_can_log(path, wheels, 1.5, channel)


def log(folder: Path, content: str | bytes, name: str = "drive.log") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def written(folder: Path, name: str, frames: list[can.Message]) -> Path:
    """A log as python-can writes it."""
    with can.Logger(folder / name) as writer:
        for message in frames:
            writer(message)
    return folder / name


@pytest.mark.parametrize("suffix", [".asc", ".blf", ".csv", ".db", ".log", ".trc"])
@pytest.mark.parametrize("pack", [None, gzip.compress, bz2.compress, lzma.compress])
def test_every_format_packed_or_not_and_whatever_it_is_called(
    suffix: str, pack: Callable[[bytes], bytes] | None, wheels: SpeedSignal, tmp_path: Path
) -> None:
    path = written(tmp_path, f"drive{suffix}", ten_kmh())
    if pack is not None:
        path = log(tmp_path, pack(path.read_bytes()), "packed.log.1")
    assert speeds(read(path, wheels), 5) == [10.0, 10.0, 10.0, 10.0, None]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        # candump's screen: -ta, -tA, -tz, -x, -a, -c, and its log with -x; CAN FD; a rotated name.
        (" ({s:.6f})  can0  1F4   [8]  E8 03 00 00 00 00 00 00", "drive.log"),
        (" (2023-11-14 22:13:{t:02d}.000000)  can0  1F4   [8]  E8 03 00 00 00 00 00 00", "drive.txt"),
        (" ({t:010.6f})  can0  1F4   [2]  E8 03", "drive.log"),
        (" ({s:.6f})  can0  RX - -  1F4   [8]  E8 03 00 00 00 00 00 00   '........'", "drive.log.1"),
        (" ({s:.9f})  can0  TX B E  1F4  [12]  E8 03 00 00 00 00 00 00 00 00 00 00", "drive"),
        (" (\x1b[32m{s:.6f}\x1b[0m)  \x1b[31mcan0\x1b[0m  1F4   [2]  E8 03\x1b[0m", "drive.log"),
        ("({s:.6f}) can0 1F4#E803000000000000 R", "drive.log"),
        ("({s:.6f}) can0 1F4##1E80300000000000000000000", "drive.log"),
        ("({s:.6f}) can0 1F4#E803000000000000_B", "drive.log"),
        ("({s:.6f}) vcan_body.1 1f4#e803", "drive.log"),
    ],
)
def test_layouts_of_candump(lines: str, name: str, wheels: SpeedSignal, tmp_path: Path) -> None:
    text = "".join(lines.format(s=1.7e9 + t, t=t) + "\n" for t in range(3))
    assert speeds(read(log(tmp_path, text, name), wheels), 5) == [10.0, 10.0, 10.0, 10.0, None]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings(encoding: str, ends: str, wheels: SpeedSignal, tmp_path: Path) -> None:
    text = candump((1.7e9 + t, TEN) for t in range(3)).replace("\n", ends)
    assert speeds(read(log(tmp_path, text.encode(encoding)), wheels), 3) == [10.0, 10.0, 10.0]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("  can0  1F4   [8]  E8 03 00 00 00 00 00 00\n", "without times: record with candump -L"),
        *(
            (f" (000.{step:06d})  can0  1F4   [8]  E8 03 00 00 00 00 00 00\n", r"line to line \(-td\): record with")
            for step in (0, 100_000)
        ),
    ],
)
def test_a_screen_of_candump_that_has_no_times(lines: str, reason: str, wheels: SpeedSignal, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=reason):
        read(log(tmp_path, 20 * lines), wheels)


def test_times_from_line_to_line_that_are_uneven(wheels: SpeedSignal, tmp_path: Path) -> None:
    steps = random.Random(1)
    for longest in (900, 90_000):
        text = "".join(f" (000.{steps.randint(0, longest):06d})  can0  1F4   [2]  E8 03\n" for _ in range(40))
        with pytest.raises(UserError, match="candump -L"):
            read(log(tmp_path, text), wheels)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8", "{us},000001F4,false,Rx,0,8,E8,03,0,0,0,0,0,0,"),
        ("Time Stamp,ID,Extended,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8", "{us},0x1F4,0,1,2,E8,03,,,,,,"),
        ("Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2", "{us},1F4,FALSE,Tx,2,2,E8,03"),
        ("timestamp,arbitration_id,extended,remote,error,dlc,data", "{us}e-6,0x1f4,0,0,0,8,6AMAAAAAAAA="),
    ],
)
def test_csv(header: str, row: str, wheels: SpeedSignal, tmp_path: Path) -> None:
    text = header + "\n" + "".join(row.format(us=1000 + t * 1_000_000) + "\n" for t in range(3))
    assert speeds(read(log(tmp_path, text, "drive.csv"), wheels), 3) == [10.0, 10.0, 10.0]


def test_csv_of_others_is_refused_with_its_columns(wheels: SpeedSignal, tmp_path: Path) -> None:
    for text in ("AbsTime,Bus,ID,Len,B0,B1\n1,1,1F4,2,E8,03\n", "AbsTime;Bus;ID;DataBytes\n1;1;1F4;E803\n"):
        with pytest.raises(UserError, match=r"columns are abstime, bus, id.*SavvyCAN.*save it"):
            read(log(tmp_path, text, "drive.csv"), wheels)


ASC = "date Tue Nov 14 10:13:20.000 pm 2023\nbase {base}  timestamps {times}\ninternal events logged\n{lines}"


@pytest.mark.parametrize("base", ["hex", "dec"])
def test_asc_with_times_from_line_to_line(base: str, wheels: SpeedSignal, tmp_path: Path) -> None:
    """What is no frame counts, too; the base holds for ids and bytes."""
    content = "1F4             Rx   d 2 E8 03" if base == "hex" else "500             Rx   d 2 232 03"
    lines = f"   0.500000 1  {content}\n   0.500000 1  Statistic: D 1 R 0\n"
    text = ASC.format(base=base, times="relative", lines=4 * lines)
    source = read(log(tmp_path, text, "drive.asc"), wheels)
    assert speeds(source, 6) == [10.0, 10.0, 10.0, 10.0, 10.0, None]
    assert "channel 1" in source.name


def test_asc_with_times_from_its_beginning(wheels: SpeedSignal, tmp_path: Path) -> None:
    lines = "".join(f"   {t}.000000 2  1F4             Rx   d 2 E8 03\n" for t in range(3))
    source = read(log(tmp_path, ASC.format(base="hex", times="absolute", lines=lines), "drive.asc"), wheels)
    assert speeds(source, 3) == [10.0, 10.0, 10.0] and "channel 2" in source.name


def test_two_buses_are_not_mixed(wheels: SpeedSignal, tmp_path: Path) -> None:
    text = "".join(
        candump([(1.7e9 + t, "1F4#2823000000000000")]) + candump([(1.7e9 + t, "1F4#0000000000000000")], "can1")
        for t in range(3)
    )
    path = log(tmp_path, text)
    with pytest.raises(UserError, match=r"several channels: choose one with --speed-channel: can0, can1"):
        read(path, wheels)
    assert speeds(read(path, wheels, "can0"), 3) == [90.0, 90.0, 90.0]
    assert speeds(read(path, wheels, "can1"), 3) == [0.0, 0.0, 0.0]
    with pytest.raises(UserError, match="no channel can2: it has can0, can1"):
        read(path, wheels, "can2")


def test_the_bus_that_has_the_message_is_taken_and_named(wheels: SpeedSignal, tmp_path: Path) -> None:
    text = "".join(candump([(1.7e9 + t, "123#00")], "can0") + candump([(1.7e9 + t, TEN)], "can1") for t in range(3))
    source = read(log(tmp_path, text), wheels)
    assert source.name == "WHEELS.VehicleSpeed in km/h on channel can1 of drive.log"
    with pytest.raises(UserError, match=r"holds no WHEELS\.VehicleSpeed on channel can0"):
        read(log(tmp_path, text), wheels, "can0")


CCVS = 'BO_ {id} CCVS1: 8 E\n SG_ WheelBasedVehicleSpeed : 8|16@1+ (0.00390625,0) [0|250.996] "km/h" X\n'


def test_one_sender_of_j1939_is_used_and_named(tmp_path: Path) -> None:
    """The one that says most; one that says nothing is none."""
    speed = signal(tmp_path, CCVS.format(id=2566844926))
    text = "".join(
        f"({t:.6f}) can0 18FEF117#FFFFFFFFFFFFFFFF\n({t:.6f}) can0 18FEF100#FF000AFFFFFFFFFF\n"
        + (f"({t:.6f}) can0 18FEF10B#FF0000FFFFFFFFFF\n" if t == 1 else "")
        for t in range(3)
    )
    source = read(log(tmp_path, text), speed)
    assert speeds(source, 3) == [10.0, 10.0, 10.0]
    assert "address 0x00" in source.name
    assert "0x00 is used, not 0x0b, 0x17" in remarks(source)


def test_an_unknown_speed_is_never_0(wheels: SpeedSignal, tmp_path: Path) -> None:
    text = candump((1.7e9 + t, "1F4#FFFFFFFFFFFFFFFF" if t >= 2 else TEN) for t in range(6))
    source = read(log(tmp_path, text), wheels)
    assert speeds(source, 6) == [10.0, 10.0, 10.0, None, None, None]
    assert "4 of 6 times that it is unknown" in remarks(source)


def test_a_log_that_only_says_that_nothing_is_known(wheels: SpeedSignal, tmp_path: Path) -> None:
    source = read(log(tmp_path, candump((float(t), "1F4#FFFF") for t in range(3))), wheels)
    assert source.at(1.0) is None
    notices = "\n".join(source.take_notices())
    assert "3 of 3 times that it is unknown" in notices and "no speed from WHEELS.VehicleSpeed" in notices


def test_a_clock_that_goes_back(wheels: SpeedSignal, tmp_path: Path) -> None:
    text = candump([(1700.0 + t, TEN) for t in range(3)] + [(1500.0 + t, TEN) for t in range(3)])
    with pytest.raises(UserError, match=r"clock goes back by 202\.0 s at line 4, 2\.0 s: cut it"):
        read(log(tmp_path, text), wheels)
    path = written(tmp_path, "drive.db", [frame("E803", time_s=time_s) for time_s in (1700.0, 1701.0, 1500.0)])
    with pytest.raises(UserError, match=r"clock goes back by 201\.0 s at 1\.0 s"):
        read(path, wheels)


def test_a_clock_that_is_set_while_it_records(wheels: SpeedSignal, tmp_path: Path) -> None:
    text = candump([(100.0, TEN), (101.0, TEN), (1.7e9, TEN)])
    source = read(log(tmp_path, text), wheels)
    assert "jumps by 1699999899.0 s at line 3, 1.0 s" in remarks(source)
    assert speeds(source, 4) == [10.0, 10.0, 10.0, None]


def test_frames_of_several_readers_may_come_slightly_out_of_order(wheels: SpeedSignal, tmp_path: Path) -> None:
    text = candump([(1000.0, TEN), (1001.0, "1F4#D007"), (1000.9, TEN), (1002.0, "1F4#B80B")])
    assert speeds(read(log(tmp_path, text), wheels), 3) == [10.0, 20.0, 30.0]


def test_lines_that_cannot_be_read_are_counted_and_the_first_is_named(wheels: SpeedSignal, tmp_path: Path) -> None:
    good = [candump([(float(t), TEN)]) for t in range(3)]
    text = "".join([good[0], "(1.0 can0 torn\n", good[1], good[2], "(3.000000) can0 1F4#E80"])
    source = read(log(tmp_path, text), wheels)
    assert speeds(source, 3) == [10.0, 10.0, 10.0]
    assert "cannot be read: 2, the first is line 2" in remarks(source)


def test_a_damaged_line_of_asc_costs_no_other(wheels: SpeedSignal, tmp_path: Path) -> None:
    lines = [
        f"   {t}.000000 1  1F4             Rx   d 2 {data} 03\n" for t, data in enumerate(("E8", "GG", "E8", "E8"))
    ]
    source = read(log(tmp_path, ASC.format(base="hex", times="absolute", lines="".join(lines)), "drive.asc"), wheels)
    assert speeds(source, 4) == [10.0, 10.0, 10.0, 10.0]
    assert "cannot be read: 1, the first is line 5" in remarks(source)


def blf(folder: Path, name: str = "drive.blf", seconds: int = 40) -> bytearray:
    return bytearray(written(folder, name, ten_kmh(seconds)).read_bytes())


def unpacked_blf(content: bytearray) -> tuple[int, bytearray]:
    """Where the first container's data begin, and these data."""
    start = content.index(b"LOBJ") + 32
    return start, bytearray(zlib.decompress(bytes(content[start:])))


@pytest.mark.parametrize("size", [0, 1, 8, 2**32 - 1])
@pytest.mark.parametrize("kind", [1, 5])
def test_an_object_of_a_blf_log_that_has_no_size_ends_it(
    size: int, kind: int, wheels: SpeedSignal, tmp_path: Path
) -> None:
    content = blf(tmp_path)
    start, objects = unpacked_blf(content)
    tenth = [index for index in range(len(objects)) if objects.startswith(b"LOBJ", index)][10]
    objects[tenth + 8 : tenth + 12] = size.to_bytes(4, "little")
    objects[tenth + 12 : tenth + 16] = kind.to_bytes(4, "little")
    packed = zlib.compress(bytes(objects))
    header = bytearray(content[:start])
    header[start - 32 + 8 : start - 32 + 12] = (32 + len(packed)).to_bytes(4, "little")
    source = read(log(tmp_path, bytes(header) + packed, "damaged.blf"), wheels)
    assert speeds(source, 13) == 11 * [10.0] + 2 * [None]
    assert "damaged after 9.0 s" in remarks(source)


def test_a_blf_log_that_is_cut(wheels: SpeedSignal, tmp_path: Path) -> None:
    content = blf(tmp_path, seconds=12_000)
    source = read(log(tmp_path, bytes(content[: len(content) * 2 // 3]), "cut.blf"), wheels)
    assert source.value_at(10.0) == pytest.approx(10.0)
    assert "is damaged after" in remarks(source)


def test_a_container_that_unpacks_to_gigabytes(wheels: SpeedSignal, tmp_path: Path) -> None:
    content = blf(tmp_path)
    start, _ = unpacked_blf(content)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(300)) + packer.flush()
    content[start - 32 + 8 : start - 32 + 12] = (32 + len(packed)).to_bytes(4, "little")
    with pytest.raises(UserError, match="unpacks to more than 64 MB"):
        read(log(tmp_path, bytes(content[:start]) + packed, "bomb.blf"), wheels)


def test_a_packed_log_that_is_cut(wheels: SpeedSignal, tmp_path: Path) -> None:
    times = random.Random(1)
    text = candump((1.7e9 + t + times.random() / 10, TEN) for t in range(5000))
    source = read(log(tmp_path, gzip.compress(text.encode())[:-3000], "drive.log.gz"), wheels)
    assert source.value_at(10.0) == pytest.approx(10.0)
    assert "is damaged after" in remarks(source)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "layout is unknown"),
        (b"hello\n", "layout is unknown"),
        (b"\0" * 100_000, "layout is unknown"),
        (b"PK\x03\x04 zip", "packed with zip: unpack it"),
        (b"\x28\xb5\x2f\xfd zstd", "packed with zstd"),
        (b"\x1f\x8b\x08 no gzip", "no CAN log|cannot read"),
        (b"LOGG", "no CAN log"),
        (b"LOGG" + bytes(200), "header is damaged"),
        (b"SQLite format 3\0" + bytes(200), "no CAN log"),
        (b"MDF     4.10    " + bytes(200), "asammdf|no CAN log"),
        (b";$FILEVERSION=1.2\n 1) 1.0 1 Rx 01F4 8 E8 03 0 0 0 0 0 0\n", "no CAN log"),
        (b"***BUSMASTER Ver 3.2.2***\n***PROTOCOL CAN***\n", "layout is unknown"),
    ],
)
def test_what_is_no_log_is_refused_with_the_reason(
    content: bytes, reason: str, wheels: SpeedSignal, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=reason):
        read(log(tmp_path, content), wheels)


def test_a_log_of_other_messages(wheels: SpeedSignal, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no WHEELS\.VehicleSpeed"):
        read(
            log(tmp_path, candump([(1.0, "123#00"), (2.0, "1F5#E803"), (3.0, "1F4#R"), (4.0, "200001F4#E803")])), wheels
        )


def test_a_pipe_is_not_waited_for(wheels: SpeedSignal, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "drive.log")
    for path in (tmp_path / "drive.log", tmp_path):
        with pytest.raises(UserError, match="it is no file"):
            read(path, wheels)


def test_a_file_with_a_hole_is_not_read_into_memory(wheels: SpeedSignal, tmp_path: Path) -> None:
    """A logger that reserves its file beforehand, after a power cut."""
    path = log(tmp_path, candump((float(t), TEN) for t in range(3)))
    with path.open("r+b") as file:
        file.truncate(10**11)
    source = read(path, wheels)
    assert speeds(source, 3) == [10.0, 10.0, 10.0]
    assert "is damaged after 2.0 s" in remarks(source)


PIECES = [
    "(1.000000) can0 1F4#E803\n",
    " (000.100000)  can0  1F4   [2]  E8 03\n",
    "base hex  timestamps relative\n",
    "   0.1 1  1F4 Rx d 2 E8 03\n",
    "   0.1 CANFD   1 Rx 1F4 0 0 2 2 E8 03\n",
    "Begin Triggerblock x y\n",
    "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2\n",
    "1000,1F4,false,Rx,0,2,E8,03\n",
    "1,1,1,1,1,9999999999,1\n",
    "timestamp,arbitration_id,extended,remote,error,dlc,data\n",
    "nan,0x1f4,0,0,0,2,6AM=\n",
    "1e999,x,0,0,0,2,6AM=\n",
    ";$FILEVERSION=1.1\n",
    ";$FILEVERSION=2.0\n;$COLUMNS=N,O,T,I,d,l,D\n",
    "     1)  1.0  Rx 01F4  2  E8 03\n",
    "  1  nan DT 01F4 Rx 2 E8 03\n",
    "\0",
    '"',
    "\x1b[31m",
    "(",
    "(nan) can0 1F4#",
    "é",
    "\n",
    "," * 8,
]


@settings(deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.sampled_from(PIECES), max_size=12).map("".join).map(str.encode),
        st.tuples(st.sampled_from([b"LOGG", b"SQLite format 3\0", b"\x1f\x8b\x08", b"BZh9"]), st.binary()).map(
            b"".join
        ),
    )
)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    wheels = signal(folder)
    try:
        source = read(log(folder, content, "any.log"), wheels)
    except UserError:
        return
    assert all(value is None or value <= 400.0 for value in speeds(source, 5))


@settings(deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([".asc", ".blf", ".csv", ".db", ".log", ".trc"]), st.data())
def test_a_log_with_wrong_bytes_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, seed: int, suffix: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    wheels = signal(folder)
    path = folder / f"good{suffix}"
    if not path.exists():
        written(folder, path.name, ten_kmh(20))
    content = bytearray(path.read_bytes())
    for index in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[index] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UserError):
        read(log(folder, bytes(content), f"damaged{suffix}"), wheels)
