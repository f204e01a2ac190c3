"""Recorded videos, read frame by frame and by their moments."""

from __future__ import annotations

import os
import struct
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.errors import UserError
from engines.files.video import VideoFile, VideoNotice, open_video
from engines.files.video.reading import VideoPass
from tests.conftest import ROOT
from tests.engines.files.video.numbered_video import HEIGHT, IN_ORDER, WIDTH, damage, number_of, numbered, write_video

DEMO = ROOT / "monitor" / "demo" / "drive.mp4"
REORDERED = {"g": "10", "bf": "3", "x264-params": "b-adapt=0:scenecut=0"}


def read(path: Path, **options: Any) -> tuple[list[int], list[float], list[VideoNotice]]:
    """The numbers that the frames of a video show, their times, and what is said."""
    with open_video(path, **options) as video:
        frames = [(number_of(frame.pixels), frame.time_s) for frame in video]
        return [number for number, _ in frames], [time_s for _, time_s in frames], video.notices


def codes(notices: list[VideoNotice]) -> list[str]:
    return [notice.code for notice in notices]


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(UserError) as raised:
        open_video(path, **options)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def join(path: Path, *parts: Path) -> Path:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def assert_moments(path: Path, **options: Any) -> None:
    """At any time, in any order, the frame is the one that the whole run shows then."""
    with open_video(path, **options) as video:
        run = [(number_of(frame.pixels), frame.time_s, frame.index) for frame in video]
        assert [index for _, _, index in run] == list(range(len(run)))
        for time_s in (4.5, 0.2, run[-1][1], 3.1, 5.0, 1.0, 0.0, 3.9, 100.0, 4.6, -1.0):
            held = [frame for frame in run if frame[1] <= max(0.0, time_s) + 1e-4][-1]
            shown = video.frame_at(time_s)
            assert (number_of(shown.pixels), shown.time_s) == (held[0], pytest.approx(held[1], abs=1e-6)), time_s


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", REORDERED),
        ("a.mov", "libx264", IN_ORDER),
        ("a.mkv", "libx264", REORDERED),
        ("a.ts", "libx264", REORDERED),
        ("a.avi", "libx264", REORDERED),
        ("a.avi", "mjpeg", {}),
        ("a.avi", "mpeg4", {"g": "10", "bf": "2"}),
        ("a.h264", "libx264", IN_ORDER),
        ("a.h264", "libx264", REORDERED),
        ("a.m4v", "mpeg4", {"g": "10", "bf": "2"}),
    ],
)
def test_every_frame_has_its_time(tmp_path: Path, name: str, codec: str, options: dict[str, str]) -> None:
    kind = {"m4v": "m4v"}.get(name[2:])
    colours = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = write_video(tmp_path / name, range(60), codec=codec, options=options, format=kind, pixel_format=colours)
    numbers, times, notices = read(path)
    assert numbers == list(range(60))
    assert times == pytest.approx([0.1 * number for number in range(60)])
    assert codes(notices) == (["no_times"] if name.endswith(("h264", "m4v")) else [])
    with open_video(path) as video:
        assert video.duration_s == pytest.approx(6.0)
        assert video.frame_rate == pytest.approx(10.0) and video.step_s == pytest.approx(0.1)
        assert (video.tracks, video.track, video.size) == (1, 1, (WIDTH, HEIGHT))
    assert_moments(path)


def test_frames_can_be_read_again(tmp_path: Path) -> None:
    with open_video(write_video(tmp_path / "a.mp4", range(20))) as video:
        first = [number_of(frame.pixels) for _, frame in zip(range(5), video, strict=False)]
        assert first == list(range(5))
        assert [number_of(frame.pixels) for frame in video] == list(range(20))


def test_frames_are_rgb_as_opencv_reads_them() -> None:
    capture = cv2.VideoCapture(str(DEMO))
    with open_video(DEMO) as video:
        for frame, _ in zip(video, range(60), strict=False):
            _, bgr = capture.read()
            assert frame.time_s == pytest.approx(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0)
            assert frame.pixels.dtype == np.uint8 and frame.pixels.flags.c_contiguous
            assert np.abs(frame.pixels.astype(int) - bgr[:, :, ::-1]).max() <= 2
    capture.release()


def test_demo_drive_is_whole() -> None:
    with open_video(DEMO) as video:
        assert video.duration_s == pytest.approx(104.0) and video.frame_rate == pytest.approx(12.0)
        late, early = video.frame_at(90.0), video.frame_at(10.0)
        assert late.time_s == pytest.approx(90.0) and late.index == 1080
        assert early.time_s == pytest.approx(10.0) and early.index == 120
        assert video.notices == []


# Clocks.


def test_clock_need_not_begin_at_0(tmp_path: Path) -> None:
    for name in ("a.mkv", "a.ts", "a.mp4"):
        path = write_video(tmp_path / name, range(60), first_s=1000.0)
        _, times, notices = read(path)
        assert times[0] == 0.0 and times[-1] == pytest.approx(5.9) and notices == []
        assert_moments(path)
        with open_video(path) as video:
            assert video.duration_s == pytest.approx(6.0)


@pytest.mark.parametrize("options", [IN_ORDER, REORDERED])
@pytest.mark.parametrize("first_s", [0.0, 600.0, 2.0])
def test_glued_pieces_are_put_together(tmp_path: Path, options: dict[str, str], first_s: float) -> None:
    one = write_video(tmp_path / "one.ts", range(30), options=options, first_s=10.0)
    two = write_video(tmp_path / "two.ts", range(30, 60), options=options, first_s=first_s)
    path = join(tmp_path / "glued.ts", one, two)
    numbers, times, notices = read(path)
    assert numbers == list(range(60)) and times == pytest.approx([0.1 * number for number in range(60)])
    assert codes(notices) == ["clock_jump"]
    assert notices[0].parameters["at_s"] == pytest.approx(3.0)
    assert "jumps" in notices[0].text and "at 3.0 s" in notices[0].text
    with open_video(path) as video:
        assert video.duration_s == pytest.approx(6.0) and codes(video.notices) == ["clock_jump"]
    assert_moments(path)


@pytest.mark.parametrize("name", ["a.ts", "a.mp4", "a.mkv"])
@pytest.mark.parametrize("at", [30, 34])
def test_hole_is_kept_and_told(tmp_path: Path, name: str, at: int) -> None:
    """Whether or not the recorder begins with a key frame behind it."""
    path = write_video(
        tmp_path / name, range(60), options=REORDERED, stamps=lambda place: place + (0 if place < at else 1000)
    )
    numbers, times, notices = read(path)
    assert numbers == list(range(60)) and times[-1] == pytest.approx(105.9)
    assert codes(notices) == ["hole"]
    assert notices[0].text == f"has no frames from {(at - 1) / 10:.1f} to {at / 10 + 100:.1f} s"
    assert_moments(path)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize("step_s", [0.9, 1.2, 2.0, 3.0])
def test_low_rate_is_told_and_is_no_hole(tmp_path: Path, name: str, step_s: float) -> None:
    """Whatever rate the header claims: the frames' own times count."""
    path = write_video(tmp_path / name, range(12), options=IN_ORDER, stamps=lambda place: place * round(10 * step_s))
    numbers, times, notices = read(path)
    assert numbers == list(range(12)) and times == pytest.approx([step_s * number for number in range(12)])
    assert codes(notices) == ([] if step_s < 1.0 else ["slow"])
    if notices:
        assert f"{1.0 / step_s:.2g} frames a second from 0.0 s" in notices[0].text


@pytest.mark.parametrize("hole", [6, 12, 18, 30, 100])
@pytest.mark.parametrize("at", range(20, 24))
def test_hole_among_reordered_frames_is_no_jump(tmp_path: Path, hole: int, at: int) -> None:
    """In Matroska, which says only when frames are shown."""
    path = write_video(
        tmp_path / "a.mkv", range(60), options=REORDERED, stamps=lambda place: place + hole * (place >= at)
    )
    numbers, times, notices = read(path)
    assert numbers == list(range(60)) and codes(notices) == (["hole"] if hole > 20 else [])
    assert times == pytest.approx([0.1 * (place + hole * (place >= at)) for place in range(60)], abs=2e-3)
    assert_moments(path)


def test_length_goes_to_a_last_frame_behind_a_hole(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv"):
        path = write_video(
            tmp_path / name, range(40), options=REORDERED, stamps=lambda place: place + 300 * (place == 39)
        )
        with open_video(path) as video:
            assert video.duration_s == pytest.approx(34.0) and video.frame_at(34.0).time_s == pytest.approx(33.9)


def edit(path: Path, to: Path, edits: list[tuple[float, float]]) -> Path:
    """An MP4 file with another edit list: (seconds, from which second of the media, -1 for nothing) each."""
    data = bytearray(path.read_bytes())

    def place(*names: bytes) -> int:
        at, end = 0, len(data)
        for name in names:
            while data[at + 4 : at + 8] != name:
                at += int.from_bytes(data[at : at + 4], "big")
                assert at < end
            found, at, end = at, at + 8, at + int.from_bytes(data[at : at + 4], "big")
        return found

    with av.open(str(path)) as container:
        media_ticks = container.streams.video[0].time_base.denominator
    at, movie_ticks = place(b"moov", b"trak", b"edts"), int.from_bytes(data[place(b"moov", b"mvhd") + 20 :][:4], "big")
    delay = int.from_bytes(data[at + 28 : at + 32], "big")
    rows = b"".join(
        struct.pack(
            ">IiI", round(movie_ticks * length), -1 if start < 0 else delay + round(media_ticks * start), 1 << 16
        )
        for length, start in edits
    )
    table = struct.pack(">I4sI4sII", 24 + len(rows), b"edts", 16 + len(rows), b"elst", 0, len(edits)) + rows
    before = int.from_bytes(data[at : at + 4], "big")
    data[at : at + before] = table
    for box in (place(b"moov"), place(b"moov", b"trak")):
        size = int.from_bytes(data[box : box + 4], "big") + len(table) - before
        data[box : box + 4] = size.to_bytes(4, "big")
    to.write_bytes(data)
    return to


@pytest.mark.parametrize(
    ("edits", "numbers"),
    [
        ([(4.0, 2.0)], range(20, 60)),
        ([(2.0, -1.0), (6.0, 0.0)], range(60)),
        ([(2.0, 1.0), (2.0, 3.0)], [*range(10, 30), *range(30, 50)]),
        ([(2.0, 3.0), (2.0, 1.0)], [*range(30, 50), *range(10, 30)]),
    ],
)
def test_edit_lists_are_followed(tmp_path: Path, edits: list[tuple[float, float]], numbers: list[int]) -> None:
    whole = write_video(tmp_path / "a.mp4", range(60), options=REORDERED)
    path = edit(whole, tmp_path / "b.mp4", edits)
    shown, times, notices = read(path)
    assert shown == list(numbers) and not notices
    assert times == pytest.approx([0.1 * place for place in range(len(shown))], abs=0.101)
    with open_video(path) as video:
        assert video.duration_s == pytest.approx(0.1 * len(shown), abs=0.101)


def test_edit_list_that_hides_everything_is_named(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "a.mp4", range(60), options=REORDERED)
    for edits in ([(5.0, -1.0)], [(5.0, 50.0)]):
        assert "edit list hides every one" in refusal(edit(whole, tmp_path / "b.mp4", edits))


def test_text_is_no_video(tmp_path: Path) -> None:
    for name in ("a.txt", "a.nfo"):
        (tmp_path / name).write_text("FFmpeg would draw this\n" * 50)
        assert "is text, not a video" in refusal(tmp_path / name)


def test_holes_with_one_frame_between_are_kept(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "a.mp4",
        range(60),
        options=IN_ORDER,
        stamps=lambda place: place + (place > 30) * 600 + (place > 31) * 900,
    )
    assert [notice.parameters for notice in read(path)[2]] == [
        {"from_s": pytest.approx(3.0), "to_s": pytest.approx(63.1)},
        {"from_s": pytest.approx(63.1), "to_s": pytest.approx(153.2)},
    ]


def test_many_holes_are_counted(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [0] * 120, options=IN_ORDER, stamps=lambda place: place + place // 3 * 50)
    with open_video(path) as video:
        frames = iter(video)
        for _ in zip(range(60), frames, strict=False):
            pass
        assert codes(video.notices) == ["hole"] * 10 + ["more_gaps"]
        assert len(list(frames)) == 60
        assert codes(video.notices)[11:] == ["gaps"]
        assert video.notices[-1].text == "gaps without frames: 39; jumps of the clock: 0"
        assert len(list(video)) == 120 and len(video.notices) == 12


def test_many_jumps_are_counted(tmp_path: Path) -> None:
    piece = write_video(tmp_path / "piece.ts", range(10), options=IN_ORDER, first_s=100.0)
    path = join(tmp_path / "glued.ts", *[piece] * 15)
    with open_video(path) as video:
        assert video.duration_s == pytest.approx(15.0)
        assert codes(video.notices) == ["clock_jump"] * 10 + ["more_gaps"]
        assert len(list(video)) == 150
        assert video.notices[-1].text == "gaps without frames: 0; jumps of the clock: 14"
        assert len(video.notices) == 12


def test_one_wrong_stamp_is_replaced(tmp_path: Path) -> None:
    """One bit of a time of showing, in MPEG-TS with and without a time of decoding beside it."""
    for options in (IN_ORDER, REORDERED):
        path = write_video(tmp_path / "a.ts", range(60), options=options)
        with av.open(str(path)) as container:
            place = next(packet.pos for packet in container.demux(video=0) if (packet.pts or 0) > 90000 * 5)
        data = bytearray(path.read_bytes())
        begins = data.index(b"\x00\x00\x01\xe0", place)
        data[begins + 9] ^= 0x08  # bit 32 of 33: 13 hours
        path.write_bytes(data)
        numbers, times, notices = read(path)
        assert numbers == list(range(60)) and times == pytest.approx([0.1 * number for number in range(60)])
        assert codes(notices) == ["wrong_times"]
        assert_moments(path)
        with open_video(path) as video:
            assert video.duration_s == pytest.approx(6.0)


def test_stream_without_times_has_the_rate_of_its_header(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.h264", range(40))
    _, times, [notice] = read(path)
    assert times[-1] == pytest.approx(3.9)
    assert notice.text == "has no time stamps: 10 frames a second are taken, as its own header says"
    _, times, [notice] = read(path, fps=20.0)
    assert times[-1] == pytest.approx(39 / 20) and notice.text.endswith("20 frames a second are taken, as stated")


def test_stream_without_a_rate_needs_one_stated(tmp_path: Path) -> None:
    path = tmp_path / "a.mjpeg"
    path.write_bytes(b"".join(cv2.imencode(".jpg", numbered(number))[1].tobytes() for number in range(60)))
    message = refusal(path)
    assert "no clock" in message and "--fps 6" in message
    numbers, times, notices = read(path, fps=6.0)
    assert numbers == list(range(60)) and times[-1] == pytest.approx(59 / 6) and codes(notices) == ["no_times"]
    assert_moments(path, fps=6.0)


def test_saved_multipart_stream_needs_a_rate(tmp_path: Path) -> None:
    """As a download tool saves what a camera serves to browsers."""
    path = tmp_path / "stream"
    for number in range(60):
        jpeg = cv2.imencode(".jpg", numbered(number))[1].tobytes()
        with path.open("ab") as file:
            file.write(
                b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg) + jpeg + b"\r\n"
            )
    assert "no clock" in refusal(path)
    assert read(path, fps=6.0)[0] == list(range(60))
    assert_moments(path, fps=6.0)


def test_stated_rate_is_not_used_against_a_clock(tmp_path: Path) -> None:
    _, times, notices = read(write_video(tmp_path / "a.mp4", range(20)), fps=5.0)
    assert times[-1] == pytest.approx(1.9) and codes(notices) == ["own_clock"]
    for rate in (0.0, -1.0, float("nan"), float("inf")):
        assert "rate above 0" in refusal(tmp_path / "a.mp4", fps=rate)


def test_duration_that_the_header_lacks_is_found(tmp_path: Path) -> None:
    """As a recorder writes it that cannot seek back."""
    path = write_video(tmp_path / "a.mkv", range(60), container_options={"live": "1"})
    with av.open(str(path)) as container:
        assert container.duration is None
    with open_video(path) as video:
        assert video.duration_s == pytest.approx(6.0)
        assert video.frame_at(4.7).time_s == pytest.approx(4.7)
    assert_moments(path)


def test_what_is_only_found_from_the_start_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    begin = VideoPass.__init__
    monkeypatch.setattr(VideoPass, "__init__", lambda self, *given: opened.append(1) or begin(self, *given))
    path = write_video(tmp_path / "a.h264", range(100), options=REORDERED)
    with open_video(path) as video:
        assert video.frame_at(5.0).time_s == pytest.approx(5.0)
        opened.clear()
        assert [video.frame_at(time_s).index for time_s in (9.0, 9.5, 50.0, 60.0)] == [90, 95, 99, 99]
    assert not opened


# Tracks and pictures.


def two_tracks(path: Path, codecs: tuple[str, str], counts: tuple[int, int]) -> Path:
    with av.open(str(path), "w") as container:
        streams = [container.add_stream(codec, rate=10) for codec in codecs]
        for stream, codec in zip(streams, codecs, strict=True):
            stream.width, stream.height = WIDTH, HEIGHT
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for place in range(max(counts)):
            for stream, count, first in zip(streams, counts, (0, 100), strict=True):
                if place < count:
                    picture = av.VideoFrame.from_ndarray(numbered(first + place), format="rgb24")
                    frame = picture.reformat(format=stream.pix_fmt)
                    frame.pts = place
                    container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode())
    return path


def test_track_can_be_chosen(tmp_path: Path) -> None:
    path = two_tracks(tmp_path / "a.mp4", ("libx264", "libx264"), (20, 20))
    numbers, _, notices = read(path)
    assert numbers == list(range(20)) and codes(notices) == ["tracks"]
    assert "2 video tracks; track 1" in notices[0].text
    assert read(path, track=2)[0] == list(range(100, 120))
    with open_video(path, track=2) as video:
        assert number_of(video.frame_at(1.0).pixels) == 110
    for track in (0, 3):
        assert "--track" in refusal(path, track=track)


def test_cover_is_no_track(tmp_path: Path) -> None:
    path = two_tracks(tmp_path / "a.mkv", ("mjpeg", "libx264"), (1, 20))
    numbers, _, notices = read(path)
    assert numbers == list(range(100, 120)) and notices == []


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_frames_stand_upright(tmp_path: Path, degrees: int) -> None:
    def turn(stream: Any) -> None:
        if not hasattr(stream, "set_display_rotation"):
            pytest.skip("this PyAV cannot write a rotation")
        stream.set_display_rotation(degrees)

    path = write_video(tmp_path / "a.mp4", [5] * 10, prepare=turn)
    with av.open(str(path)) as container:
        turns = round(next(container.decode(video=0)).rotation / 90) % 4
    assert turns
    with open_video(path) as video:
        pixels = next(iter(video)).pixels
        assert video.size == (pixels.shape[1], pixels.shape[0])
        assert number_of(np.rot90(pixels, -turns)) == 5


def fields(moment: int) -> NDArray[np.uint8]:
    """A grey frame whose two fields show a bright bar at two moments."""
    frame = np.full((HEIGHT, WIDTH), 40, np.uint8)
    for field in (0, 1):
        left = 4 * (2 * moment + field) % (WIDTH - 16)
        frame[field::2, left : left + 16] = 220
    return np.repeat(frame[:, :, None], 3, axis=2)


def combing(pixels: NDArray[np.uint8]) -> float:
    """How far lines are from those around them, at most."""
    lines = pixels[:, :, 0].astype(float)
    return float(np.abs(lines[1:-1] - 0.5 * (lines[:-2] + lines[2:])).mean(axis=0).max())


def test_interlaced_frames_are_made_whole(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "a.mp4",
        range(50),
        rate=25,
        options={"x264-params": "tff=1", "crf": "10"},
        pixel_format="yuv422p",
        draw=fields,
    )
    assert combing(fields(7)) > 50.0
    with open_video(path) as video:
        frames = list(video)
        again = video.frame_at(1.8)
    assert [frame.time_s for frame in frames] == pytest.approx([0.04 * place for place in range(50)])
    for frame in frames[1:-1]:
        assert combing(frame.pixels) < 25.0 and frame.pixels.max() > 150
    assert all(not np.array_equal(one.pixels, other.pixels) for one, other in pairwise(frames))
    assert again.time_s == pytest.approx(1.8) and np.abs(again.pixels.astype(int) - frames[45].pixels).max() <= 2


def test_hidden_frames_stay_hidden(tmp_path: Path) -> None:
    """An edit list, as of a phone that cuts without encoding anew."""
    whole = write_video(tmp_path / "a.mp4", range(40), options={"g": "20", "bf": "0"})
    cut = tmp_path / "cut.mp4"
    with av.open(str(whole)) as source, av.open(str(cut), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                shift = round(0.5 / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
                target.mux(packet)
    numbers, times, notices = read(cut)
    assert numbers == list(range(5, 40)) and times[-1] == pytest.approx(3.4) and notices == []
    with open_video(cut) as video:
        assert video.duration_s == pytest.approx(3.5)
    assert_moments(cut)


# Damage.


def test_damaged_frames_are_flagged_and_counted(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (60, HEIGHT, WIDTH, 3), np.uint8)
    path = write_video(tmp_path / "a.ts", range(60), options=IN_ORDER, draw=lambda number: noise[number])
    damage(path, 3.35)
    with open_video(path) as video:
        frames = list(video)
        damaged = [frame for frame in frames if frame.is_damaged]
        [notice] = video.notices
    assert len(frames) == 60 and damaged
    assert notice == VideoNotice("damaged", {"frames": len(damaged), "first_s": damaged[0].time_s})
    assert f"damaged frames: {len(damaged)}" in notice.text


def test_undecodable_frames_are_counted(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", range(40), codec="mjpeg", pixel_format="yuvj420p")
    with av.open(str(path)) as container:
        packet = next(packet for packet in container.demux(video=0) if packet.dts == 20)
        place, size = packet.pos, packet.size
    data = bytearray(path.read_bytes())
    data[place + 8 : place + size] = bytes(size - 8)
    path.write_bytes(data)
    numbers, times, notices = read(path)
    assert numbers == [number for number in range(40) if number != 20]
    assert times == pytest.approx([0.1 * number for number in range(40) if number != 20])
    assert [notice.text for notice in notices] == ["1 of 40 frames cannot be decoded; the last good one is at 3.9 s"]


def test_missing_end_is_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", range(100), options=IN_ORDER)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    numbers, _, notices = read(path)
    assert numbers == list(range(len(numbers))) and codes(notices) == ["cut_short"]
    assert "its header says 10.0 s" in notices[0].text
    whole = write_video(tmp_path / "a.avi", range(100), codec="mjpeg", pixel_format="yuvj420p")
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert codes(read(whole)[2]) == ["undecodable"]


# What is no video.


def test_refusals_say_what_is_wrong(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "none.mp4")
    assert "cannot read" in refusal(tmp_path / "a\0b.mp4")
    assert "is a folder" in refusal(tmp_path)
    (tmp_path / "empty.mp4").touch()
    assert "is empty" in refusal(tmp_path / "empty.mp4")
    (tmp_path / "text.mp4").write_text("no video " * 1000)
    assert "no frame that can be decoded" in refusal(tmp_path / "text.mp4")
    cv2.imwrite(str(tmp_path / "image.jpg"), numbered(3))
    assert "is one image" in refusal(tmp_path / "image.jpg")
    broken_off = write_video(tmp_path / "a.mp4", range(40))
    broken_off.write_bytes(broken_off.read_bytes()[:2000])
    assert "index is missing" in refusal(broken_off)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "is a pipe and no file" in refusal(tmp_path / "pipe.mp4")


def test_sound_has_no_frames(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    assert "no video track" in refusal(tmp_path / "a.wav")


def test_codec_without_decoder_is_named(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", range(10), codec="mjpeg", pixel_format="yuvj420p")
    path.write_bytes(path.read_bytes().replace(b"MJPG", b"ZZZZ"))
    message = refusal(path)
    assert "no decoder" in message and "damaged" not in message


def test_name_need_not_be_utf8_nor_look_like_a_path(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", range(5))
    for name in (b"caf\xe9.mp4", "über 100%03d.mp4".encode(), b"http:x.mp4", b"concat:a|b.mp4"):
        path = tmp_path / os.fsdecode(name)
        try:
            path.write_bytes(video.read_bytes())
        except OSError:
            continue  # not every file system has such names
        assert read(path)[0] == list(range(5))


def test_title_need_not_be_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "a drive in Nice"
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(1), format="rgb24").reformat(format="yuv420p")))
        container.mux(stream.encode())
    path.write_bytes(path.read_bytes().replace(b"drive in Nice", b"dr\xefve in N\xeece"))
    assert read(path)[0] == [1]


def test_closed_file_lets_go(tmp_path: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("open files cannot be counted here")
    path = write_video(tmp_path / "a.mp4", range(60))
    before = len(list(folder.iterdir()))
    with VideoFile(path) as video:
        frames = iter(video)
        next(frames)
        video.frame_at(5.0)
        assert len(list(folder.iterdir())) > before
    assert len(list(folder.iterdir())) == before
    assert list(frames) == [] and video.notices == []
    with pytest.raises(UserError):
        open_video(path, track=2)
    assert len(list(folder.iterdir())) == before


def test_another_thread_may_close(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.ts", range(200))
    for _ in range(10):
        video, begun, read_to_end = open_video(path), threading.Event(), []

        def play(video: VideoFile = video, begun: threading.Event = begun, frames: list[int] = read_to_end) -> None:
            for frame in video:
                frames.append(frame.index)
                begun.set()

        thread = threading.Thread(target=play)
        thread.start()
        assert begun.wait(60.0)
        video.close()
        thread.join(10.0)
        assert not thread.is_alive() and read_to_end
