"""Recorded drives as training data: frames, labels, division by drive."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from engines.command import run_command
from engines.errors import UserError
from engines.files.images import read_image
from engines.files.labels.drive_labels import DriveLabels, read_labels
from engines.files.video import open_video
from engines.view import Mount
from monitor.sources.video import VideoSource
from tests.engines.files.video.numbered_video import IN_ORDER, damage
from tests.engines.files.video.numbered_video import write_video as write_numbered_video
from tests.train.loop import test_runs
from tests.train.loop.test_runs import small
from train import drives
from train.data.video_frames import labelled_frames
from train.drives import drives_split, read_drives

pytestmark = test_runs.pytestmark

LABELS = "start_s,end_s,activity\n0.0,1.0,c0\n1.0,1.6,c6\n2.0,3.0,c1\n"
"""Between 1.6 and 2.0 s nothing is labelled."""


def write_video(path: Path, seconds: float = 3.0, fps: int = 10, corner: int = 0) -> None:
    """Each frame's brightness tells its time; one corner may be brighter."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        noise = np.random.default_rng(0).integers(0, 40, (48, 64, 3), dtype=np.uint8)
        noise[:20, :40] += np.uint8(corner)
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(noise + np.uint8(6 * number), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def move_start(video: Path, moved: Path, start_s: float) -> None:
    """The same frames with later timestamps, as in a recording that was cut out of a longer one."""
    with av.open(str(video)) as source, av.open(str(moved), "w") as target:
        given = source.streams.video[0]
        stream = target.add_stream_from_template(given)
        for packet in source.demux(given):
            if packet.pts is not None and packet.dts is not None:
                offset = round(start_s / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts + offset, packet.dts + offset, stream
                target.mux(packet)


def turn(video: Path, degrees: int) -> None:
    """Write into an MP4 file, in its track header's matrix, that frames are to be turned clockwise when shown."""
    content = bytearray(video.read_bytes())
    sine, cosine = round(math.sin(math.radians(degrees))), round(math.cos(math.radians(degrees)))
    matrix = [cosine, sine, 0, -sine, cosine, 0, 0, 0, 1]
    units = [1 << 16, 1 << 16, 1 << 30] * 3
    offset = content.index(b"tkhd") + 4 + 40
    content[offset : offset + 36] = struct.pack(
        ">9i", *(value * unit for value, unit in zip(matrix, units, strict=True))
    )
    video.write_bytes(content)


def write_drives(folder: Path, *names: str, corner: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        write_video(folder / f"{name}.mp4", corner=corner)
        (folder / f"{name}.csv").write_text(LABELS)
    return folder


def test_frames_have_the_label_of_their_time(tmp_path: Path) -> None:
    images = read_drives(write_drives(tmp_path / "data", "monday"), tmp_path / "frames", 0.2)
    assert {image.driver for image in images} == {"monday"}
    found = {image.path.name.split("-")[0]: image.label for image in images}
    expected = {0: 0, 200: 0, 400: 0, 600: 0, 800: 0, 1000: 6, 1200: 6, 1400: 6}
    expected |= {2000: 1, 2200: 1, 2400: 1, 2600: 1, 2800: 1}
    assert found == {f"{time:09d}": label for time, label in expected.items()}
    for image in images:
        pixels = read_image(image.path)
        assert pixels is not None and pixels.shape == (48, 64, 3)
        number = int(image.path.name.split("-")[0]) / 100
        assert pixels.mean() == pytest.approx(19.5 + 6 * number, abs=8)


def test_recordings_of_any_suffix_are_drives(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = write_drives(tmp_path / "data", "one", "two", "three", "four")
    for name, suffix, form in (("one", ".MTS", "mpegts"), ("two", ".wmv", "asf"), ("three", "", "matroska")):
        write_numbered_video(data / f"{name}{suffix}", range(30), options=IN_ORDER, format=form)
        (data / f"{name}.mp4").unlink()
    (data / "three.csv").rename(data / "three.CSV")
    for name in ("one.txt", "two.nfo", "three.bin", "._one.MTS", "Thumbs.db", "one.speed.csv", "four.mount.toml"):
        (data / name).write_bytes(b"" if name.endswith("toml") else b"no video, though FFmpeg draws text\n" * 50)
    (data / "four.jpg").write_bytes(b"\xff\xd8")
    images = read_drives(data, tmp_path / "frames", 0.5)
    assert {image.driver for image in images} == {"one", "two", "three", "four"}
    assert "left out, 4 in all" in caplog.text and ".txt (1)" in caplog.text and "2 hidden" in caplog.text


def test_a_labelled_recording_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    data = write_drives(tmp_path / "data", "one", "two")
    (data / "two.mp4").write_bytes(b"")
    with pytest.raises(UserError, match=r"two\.mp4 is empty"):
        read_drives(data, tmp_path / "frames", 0.5)


def test_labels_that_do_not_fit_their_drive(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = write_drives(tmp_path / "data", "one")
    (data / "one.csv").write_text("start_s,end_s,activity\n0,2,c0\n2,4.5,c6\n")
    assert read_drives(data, tmp_path / "frames", 0.5)
    assert "go on to 4.5 s and the drive ends at 3.0 s" in caplog.text
    (data / "one.csv").write_text("start_s,end_s,activity\n0,2000,c0\n2000,3000,c6\n")
    with pytest.raises(UserError, match=r"3000\.0 s and the drive at 3\.0 s.*milliseconds"):
        read_drives(data, tmp_path / "frames", 0.5)


@pytest.mark.parametrize("suffix", [".mkv", ".mov"])
def test_times_count_from_the_first_frame_as_the_monitors_do(tmp_path: Path, suffix: str) -> None:
    data = write_drives(tmp_path / "data", "monday")
    move_start(data / "monday.mp4", data / f"monday{suffix}", 2.0)
    (data / "monday.mp4").unlink()
    images = read_drives(data, tmp_path / "frames", 0.1)
    source = VideoSource(data / f"monday{suffix}")
    live = {}
    while (frame := source.read()) is not None:
        live[f"{round(1000 * frame.time):09d}"] = frame.pixels
    source.close()
    assert min(live) == "0" * 9 and len(live) == 30
    labels = read_labels(data / "monday.csv")
    expected = {name for name in live if labels.activity_at(int(name) / 1000 + 1e-9) is not None}
    assert {image.path.name.split("-")[0] for image in images} == expected
    for image in images:
        pixels = read_image(image.path)
        assert pixels is not None
        assert np.abs(pixels.astype(int) - live[image.path.name.split("-")[0]]).mean() < 8


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_recordings_of_a_turned_camera_are_upright(tmp_path: Path, degrees: int) -> None:
    data = write_drives(tmp_path / "data", "monday", corner=40)
    turn(data / "monday.mp4", degrees)
    first = read_drives(data, tmp_path / "frames", 0.5)[0]
    source = VideoSource(data / "monday.mp4")
    frame = source.read()
    source.close()
    pixels = read_image(first.path)
    assert frame is not None and pixels is not None and pixels.shape == frame.pixels.shape
    assert pixels.shape[:2] == ((48, 64) if degrees == 180 else (64, 48))
    assert np.abs(pixels.astype(int) - frame.pixels).mean() < 8
    for wrong in (pixels[::-1, ::-1], pixels[::-1], pixels[:, ::-1]):
        assert np.abs(wrong.astype(int) - frame.pixels).mean() > 10


def test_damaged_frames_are_left_out_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = tmp_path / "data"
    data.mkdir()
    noise = np.random.default_rng(1).integers(0, 256, (60, 96, 128, 3), np.uint8)
    video = write_numbered_video(data / "monday.ts", range(60), options=IN_ORDER, draw=lambda number: noise[number])
    damage(video, 3.35)
    (data / "monday.csv").write_text("start_s,end_s,activity\n0,6,c0\n")
    with open_video(video) as frames:
        damaged = [frame.index for frame in frames if frame.is_damaged]
    assert damaged
    images = read_drives(data, tmp_path / "frames", 0.1)
    assert [int(image.path.name[:9]) // 100 for image in images] == sorted(set(range(60)) - set(damaged))
    assert f"damaged frames left out of training: {len(damaged)}" in caplog.text
    # Where fewer are taken, the next one that is whole stands in.
    images = read_drives(data, tmp_path / "frames", damaged[0] / 10)
    assert f"{100 * (damaged[-1] + 1):09d}-c0.jpg" in [image.path.name for image in images]


def test_frames_are_what_the_mount_shows(tmp_path: Path) -> None:
    data = write_drives(tmp_path / "data", "left", "right", corner=40)
    mount = Mount(crop=(0.25, 0.0, 1.0, 0.5), mirror=True)
    mount.save(data / "right.mount.toml")
    images = read_drives(data, tmp_path / "frames", 0.5)
    unmounted, mounted = ([image for image in images if image.driver == name] for name in ("left", "right"))
    # In the mirror a hand holds the phone at the other ear, or types on the other side.
    assert {image.label for image in unmounted} == {0, 6, 1} and {image.label for image in mounted} == {0, 6, 3}
    for whole, part in zip(unmounted, mounted, strict=True):
        all_of_it, cut = read_image(whole.path), read_image(part.path)
        assert all_of_it is not None and cut is not None and cut.shape == (24, 48, 3)
        assert np.abs(cut.astype(int) - all_of_it[:24, 16:][:, ::-1]).mean() < 6
        assert np.abs(cut.astype(int) - all_of_it[:24, 16:]).mean() > 8
    # For all drives that say nothing else; frames of another mount are not taken for these.
    other = read_drives(data, tmp_path / "frames", 0.5, Mount(mirror=True))
    assert {image.label for image in other if image.driver == "left"} == {0, 6, 3}
    assert [image for image in other if image.driver == "right"] == mounted


def test_a_drive_whose_labels_miss_its_frames_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = write_drives(tmp_path / "data", "a", "b")
    (data / "a.csv").write_text("start_s,end_s,activity\n0.1,0.2,c0\n")
    assert {image.driver for image in read_drives(data, tmp_path / "frames", 0.5)} == {"b"}
    assert "a.csv labels no frame" in caplog.text
    (data / "b.csv").unlink()
    with pytest.raises(UserError, match="cover no frame"):
        read_drives(data, tmp_path / "frames", 0.5)


def test_frames_are_read_once_and_again_when_the_labels_change(tmp_path: Path) -> None:
    data, frames = write_drives(tmp_path / "data", "monday"), tmp_path / "frames"
    first = read_drives(data, frames, 0.5)
    written = first[0].path.stat().st_mtime_ns
    assert read_drives(data, frames, 0.5) == first
    assert first[0].path.stat().st_mtime_ns == written
    (data / "monday.csv").write_text(LABELS.replace("c6", "c5"))
    assert {image.label for image in read_drives(data, frames, 0.5)} == {0, 5, 1}
    assert len(read_drives(data, frames, 1.0)) < len(first)


def test_two_processes_put_the_same_frames_there(tmp_path: Path) -> None:
    data, frames = write_drives(tmp_path / "data", "monday"), tmp_path / "frames"
    files = (data / "monday.mp4", data / "monday.csv", frames, 0.5, Mount())

    def slower(labels: Path, fps: float | None) -> DriveLabels:
        labelled_frames(*files)  # the other process, before this one has begun to write
        return read_labels(labels)

    taken = labelled_frames(*files, slower)
    assert taken and all(path.is_file() for path, _ in taken)
    assert [path.name for path in frames.iterdir()] == [taken[0][0].parent.name]


def test_drives_are_held_out_whole(tmp_path: Path) -> None:
    images = read_drives(write_drives(tmp_path / "data", "a", "b", "c"), tmp_path / "frames", 0.5)
    split = drives_split(images, ["b"], None, 0.5)
    assert {image.driver for image in split.validation} == {"b"}
    assert {image.driver for image in split.train} == {"a", "c"}
    assert {image.driver for image in drives_split(images, None, None, 0.5).validation} == {"a"}
    assert {image.driver for image in drives_split(images, None, (3, 3), 0.5).validation} == {"c"}
    with pytest.raises(UserError, match="no driver z"):
        drives_split(images, ["z"], None, 0.5)
    with pytest.raises(UserError, match="add another"):
        drives_split([image for image in images if image.driver == "a"], None, None, 0.5)


def test_an_epoch_on_drives(tmp_path: Path, recipe: Path) -> None:
    data, run = write_drives(tmp_path / "data", "a", "b"), tmp_path / "run"
    arguments = small(recipe, "--data", data, "--holdout", "b", "--every", "0.2", "--output", run)
    assert run_command(drives.main, arguments) == 0
    record = json.loads((run / "run.json").read_text())
    assert (record["train_drivers"], record["validation_drivers"]) == (["a"], ["b"])
    assert json.loads((run / "metrics.json").read_text())["images"] == 13
    assert run_command(drives.main, [*arguments, "--resume"]) == 0


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("start,end,what\n", "the first line must be start_s,end_s,activity"),
        ("start_s,end_s,activity\n0,zwei,c0\n", "zwei"),
        ("start_s,end_s,activity\n2.0,1.0,c0\n", "ends at 1.0 s"),
        ("start_s,end_s,activity\n0,2,c0\n1,3,c1\n", "overlap"),
        ("start_s,end_s,activity\n0,2,c11\n", "c11"),
    ],
)
def test_labels_that_make_no_sense(tmp_path: Path, labels: str, message: str) -> None:
    data = write_drives(tmp_path / "data", "drive")
    (data / "drive.csv").write_text(labels)
    with pytest.raises(UserError, match=message):
        read_drives(data, tmp_path / "frames", 0.5)


def test_what_is_missing_or_broken_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    data = write_drives(tmp_path / "data", "a")
    (data / "a.csv").unlink()
    arguments = ["--data", str(data), "--output", str(tmp_path / "run")]
    assert run_command(drives.main, arguments) == 2
    error = capsys.readouterr().err
    assert "start_s,end_s,activity" in error and len(error.splitlines()) == 1
    assert "a.mp4 has no a.csv" in caplog.text
    (data / "a.csv").write_text(LABELS)
    (data / "a.mp4").write_bytes(b"no video")
    assert run_command(drives.main, arguments) == 2
    assert "a.mp4 has no frame that can be decoded" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    write_video(data / "a.mp4")
    (data / "a.avi").write_bytes((data / "a.mp4").read_bytes())
    assert run_command(drives.main, arguments) == 2
    assert "a.avi and a.mp4" in capsys.readouterr().err


@pytest.mark.slow
def test_real_drives(tmp_path: Path, shared_data: Path) -> None:
    images = read_drives(shared_data / "drives", tmp_path / "frames", 4.0)
    assert {image.driver for image in images} == {"p021", "p045"}
    assert len({image.label for image in images}) >= 5
