"""Bags that their own libraries wrote, as sources: the same images at the same times, in order and at any moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rosbags.rosbag2 import CompressionMode, StoragePlugin

from engines.activities import Activity
from engines.errors import UserError
from monitor.sources import Frame, open_source
from monitor.sources.random_access import open_recording
from tests.engines.files.bags.bag_files import (
    Said,
    compressed,
    encoded,
    ffmpeg_packet,
    raw,
    twist,
    video,
    write_mcap_json,
    write_mcap_protobuf,
    write_mcap_ros2,
    write_rosbag2,
)
from tests.monitor.fakes import picture

TOPIC = "/cabin/image"
TIMES_S = [0.0, 0.1, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 0.8, 0.9, 1.0, 1.1]

Write = Callable[[Path, Sequence[Said]], Path]


def pictures() -> list[NDArray[np.uint8]]:
    return [picture(Activity(number % 10), number) for number in range(len(TIMES_S))]


def stills(kind: str) -> list[Said]:
    make = {"png": compressed, "raw": raw}[kind]
    return [make(TOPIC, time_s, pixels) for time_s, pixels in zip(TIMES_S, pictures(), strict=True)]


def sqlite(path: Path, messages: Sequence[Said]) -> Path:
    return write_rosbag2(path, messages)


def mcap_bag(path: Path, messages: Sequence[Said]) -> Path:
    return write_rosbag2(path, messages, StoragePlugin.MCAP)


def zstd(path: Path, messages: Sequence[Said]) -> Path:
    return write_rosbag2(path, messages, compression=CompressionMode.MESSAGE)


def alone(path: Path, messages: Sequence[Said]) -> Path:
    """The database of a rosbag2 without its metadata, as people copy it."""
    return next(write_rosbag2(path, messages).glob("*.db3")).rename(path.with_suffix(".db3"))


def frames(path: Path, **options: str) -> list[Frame]:
    with open_source(path, **options) as source:  # type: ignore[arg-type]
        found = []
        while (frame := source.read()) is not None:
            found.append(frame)
    return found


@pytest.mark.parametrize("kind", ["png", "raw"])
@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("bag", sqlite),
        ("bag", mcap_bag),
        ("bag", zstd),
        ("bag", alone),
        ("drive.mcap", write_mcap_ros2),
        ("drive.mcap", write_mcap_protobuf),
    ],
)
def test_images_of_a_bag_are_those_that_were_recorded(name: str, write: Write, kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, stills(kind))
    found = frames(path)
    assert [frame.index for frame in found] == list(range(len(TIMES_S)))
    assert [frame.time for frame in found] == pytest.approx(TIMES_S)
    for frame, pixels in zip(found, pictures(), strict=True):
        assert np.array_equal(frame.pixels, pixels)
    reader = open_recording(str(path))
    assert reader.duration_s == pytest.approx(1.2)
    for index in (0, 5, 11, 3, 2, 10, 0, 11):
        at = reader.frame_at(TIMES_S[index] + 0.04)
        assert at is not None and (at.index, at.time) == (index, pytest.approx(TIMES_S[index]))
        assert np.array_equal(at.pixels, pictures()[index])
    beyond = reader.frame_at(1000.0)
    assert beyond is not None and beyond.index == 11
    reader.close()


def test_json_has_images_in_base64(tmp_path: Path) -> None:
    found = frames(write_mcap_json(tmp_path / "drive.mcap", stills("png")))
    assert [frame.time for frame in found] == pytest.approx(TIMES_S)
    assert np.array_equal(found[7].pixels, pictures()[7])


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("write", [sqlite, write_mcap_protobuf, write_mcap_ros2])
def test_encoded_video_is_decoded_and_entered_anywhere(write: Write, codec: str, tmp_path: Path) -> None:
    packets = encoded(pictures(), codec=codec, gop=4)
    name = "h265" if "265" in codec else "h264"
    said = [video(TOPIC, time_s, data, name) for time_s, data in zip(TIMES_S, packets, strict=True)]
    path = write(tmp_path / "drive.mcap", said)
    found = frames(path)
    assert [frame.time for frame in found] == pytest.approx(TIMES_S)
    for frame, pixels in zip(found, pictures(), strict=True):
        assert np.abs(frame.pixels[4:20, 4:28].astype(int) - pixels[4:20, 4:28]).mean() < 12.0
    reader = open_recording(str(path))
    for index in (11, 2, 6, 7, 0, 9):
        at = reader.frame_at(TIMES_S[index])
        assert at is not None and at.index == index and np.array_equal(at.pixels, found[index].pixels)
    reader.close()


def test_packets_of_ffmpeg_image_transport_are_video(tmp_path: Path) -> None:
    packets = encoded(pictures())
    said = [ffmpeg_packet(TOPIC, time_s, data) for time_s, data in zip(TIMES_S, packets, strict=True)]
    assert [frame.time for frame in frames(sqlite(tmp_path / "bag", said))] == pytest.approx(TIMES_S)


def test_the_topic_is_chosen_where_there_are_several(tmp_path: Path) -> None:
    said = []
    for time_s, pixels in zip(TIMES_S, pictures(), strict=True):
        said += [
            compressed("/road/image", time_s, 255 - pixels),
            compressed(TOPIC, time_s, pixels),
            twist("/v", time_s, 9),
        ]
    path = write_mcap_ros2(tmp_path / "drive.mcap", said)
    with pytest.raises(
        UserError, match=r"images of 2 topics: name the driver's with --topic: /cabin/image, /road/image"
    ):
        open_source(path)
    assert np.array_equal(frames(path, track=TOPIC)[3].pixels, pictures()[3])
    assert np.array_equal(frames(path, track="road/image")[3].pixels, 255 - pictures()[3])
    with pytest.raises(UserError, match=r"/v \(geometry_msgs/TwistStamped\) has no images"):
        open_source(path, track="/v")
    with pytest.raises(UserError, match="has no topic /nothing; it has /cabin/image, /road/image, /v"):
        open_recording(str(path), track="/nothing")


def test_times_are_those_of_the_camera_not_of_the_recorder(tmp_path: Path) -> None:
    late = [
        compressed(TOPIC, time_s, pixels, delay_s=0.3 * (number % 2))
        for number, (time_s, pixels) in enumerate(zip(TIMES_S, pictures(), strict=True))
    ]
    late.sort(key=lambda said: said.time_s)
    found = frames(sqlite(tmp_path / "bag", late))
    times = [frame.time for frame in found]
    assert times == sorted(times) and set(np.round(times, 6)) <= set(TIMES_S)


def test_a_bag_that_was_cut_off_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write_mcap_ros2(tmp_path / "drive.mcap", stills("raw"), chunk_size=20_000)
    content = path.read_bytes()
    path.write_bytes(content[: int(0.7 * len(content))])
    with open_source(path) as source:
        times, notices = [], []
        while (frame := source.read()) is not None:
            times.append(frame.time)
            notices += source.take_notices()
        notices += source.take_notices()
    assert 4 <= len(times) < len(TIMES_S) and times == pytest.approx(TIMES_S[: len(times)])
    assert any("has no index" in notice for notice in notices)


def test_damaged_images_are_left_out_and_counted(tmp_path: Path) -> None:
    said = stills("png")
    said[3].fields["data"] = np.frombuffer(b"no image at all", dtype=np.uint8)
    with open_source(sqlite(tmp_path / "bag", said)) as source:
        times = []
        while (frame := source.read()) is not None:
            times.append(frame.time)
        assert times == pytest.approx([time_s for time_s in TIMES_S if time_s != 0.3])
        assert any("without an image that can be used: 1" in notice for notice in source.take_notices())


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("drive.mcap", b"", "cannot be read as a bag"),
        ("drive.mcap", b"\x89MCAP0\r\n" + b"\1" * 200, "cannot be read as a bag"),
        ("drive.db3", b"SQLite format 3\0" + b"\0" * 300, "cannot be read as a bag"),
        ("drive.bag", b"#ROSBAG V2.0\n", "cannot be read as a bag"),
    ],
)
def test_what_is_no_bag_says_so_in_one_line(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=words) as raised:
        open_source(tmp_path / name)
    assert "\n" not in str(raised.value)


def test_a_bag_without_images_names_its_topics(tmp_path: Path) -> None:
    path = write_mcap_ros2(tmp_path / "drive.mcap", [twist("/v", 0.0, 1.0)])
    with pytest.raises(UserError, match=r"no topic with images; it holds /v \(geometry_msgs/TwistStamped\)"):
        open_source(path)


def test_a_video_has_no_topics(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no bag and has no topics"):
        open_source(Path("monitor/demo/drive.mp4"), track="/cabin")
