"""Where frames come from, and what is said when they do not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from engines.errors import UserError
from engines.files.images import read_image
from monitor.alerts.settings import AlertSettings
from monitor.sources import CameraLostError, Frame, Source, find_cameras, is_live, open_source, require_recording
from monitor.sources.camera import CameraSource
from monitor.sources.capture import Image, OpenCVCapture
from monitor.sources.folder import FolderSource
from monitor.sources.open_source import MIN_FPS
from monitor.sources.stream import StreamCapture
from tests.monitor.fakes import frames_of, picture, write_video

opening = sys.modules["monitor.sources.open_source"]  # the package hands on its function under the same name


def frames_in(source: Source) -> list[Frame]:
    """Everything that a recording holds."""
    return list(iter(source.read, None))


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "drive.mp4", frames_of([(0, 2.0), (6, 2.0)]))


def test_video_gives_every_frame_in_order(video: Path) -> None:
    with open_source(video) as source:
        frames = frames_in(source)
        assert source.read() is None
    assert [frame.index for frame in frames] == list(range(40))
    assert [frame.time for frame in frames] == pytest.approx([index / 10 for index in range(40)])
    assert (source.fps, source.duration, source.live) == (10.0, pytest.approx(4.0), False)
    assert frames[0].pixels.dtype == np.uint8 and frames[0].pixels.shape == (48, 64, 3)
    assert source.take_notices() == []


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
def test_a_video_that_is_deleted_meanwhile_has_no_known_length(video: Path) -> None:
    with open_source(video) as source:
        video.unlink()
        assert source.duration is None and len(frames_in(source)) == 40


def test_frames_are_rgb(tmp_path: Path) -> None:
    red = np.zeros((48, 64, 3), dtype=np.uint8)
    red[..., 0] = 200
    path = write_video(tmp_path / "red.mp4", [Frame(red, 0.0, 0)] * 5)
    with open_source(path) as source:
        frame = source.read()
    assert frame is not None
    assert frame.pixels[24, 32, 0] > 150 and frame.pixels[24, 32, 2] < 60
    cv2.imwrite(str(tmp_path / "red.png"), cv2.cvtColor(red, cv2.COLOR_RGB2BGR))
    image = read_image(tmp_path / "red.png")
    assert image is not None and tuple(image[0, 0]) == (200, 0, 0)


@pytest.mark.parametrize("content", [b"", b"no video at all", np.random.default_rng(0).bytes(4096)])
def test_what_is_no_video_is_one_line(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"broken\.mp4") as caught:
        open_source(path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_a_video_without_its_index_is_one_line(tmp_path: Path, video: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = video.read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match="damaged"):
        open_source(path)
    assert capfd.readouterr().err == ""


def test_a_video_corrupt_in_the_middle_ends_with_a_notice(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    frames = frames_of([(0, 10.0), (6, 10.0)])
    writer = cv2.VideoWriter(str(tmp_path / "drive.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for frame in frames:
        writer.write(frame.pixels)
    writer.release()
    data = bytearray((tmp_path / "drive.avi").read_bytes())
    half = len(data) // 2
    data[half : len(data) - 4096] = bytes(len(data) - 4096 - half)
    (tmp_path / "drive.avi").write_bytes(data)
    with open_source(tmp_path / "drive.avi") as source:
        good = frames_in(source)
        notices = source.take_notices()
    assert 0 < len(good) < len(frames)
    assert len(notices) == 1 and "cannot be decoded" in notices[0] and "drive.avi" in notices[0]
    assert source.take_notices() == []
    assert capfd.readouterr().err == ""


class FakeCapture:
    """A capture with a script: frames, or None where there is none."""

    gives_packets = False

    def __init__(self, script: list[Any], fps: float | None = None, problem: str | None = None) -> None:
        self._script, self.fps, self.problem = script, fps, problem
        self.closed = False

    def read(self) -> Image | None:
        item = None if self.closed or not self._script else self._script.pop(0)
        return Image(item) if isinstance(item, np.ndarray) else item

    def close(self) -> None:
        self.closed = True


def test_a_video_without_a_clock_is_timed_by_the_rate_that_is_stated(tmp_path: Path) -> None:
    pictures = [cv2.imencode(".jpg", picture(0, index))[1].tobytes() for index in range(60)]
    path = tmp_path / "drive.mjpeg"
    path.write_bytes(b"".join(pictures))
    with pytest.raises(UserError, match="--fps 6"):
        open_source(path)
    with open_source(path, fps=6.0) as source:
        frames = frames_in(source)
        notices = source.take_notices()
    assert [frame.time for frame in frames] == pytest.approx([index / 6 for index in range(60)])
    assert source.fps == 6.0 and source.duration == pytest.approx(10.0)
    assert len(notices) == 1 and notices[0].startswith("drive.mjpeg: has no time stamps")


def test_folder_in_natural_order_with_its_own_rate(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        cv2.imwrite(str(tmp_path / f"img_{number}.png"), np.full((20, 30, 3), number, dtype=np.uint8))
    (tmp_path / "notes.txt").write_text("not an image")
    with open_source(tmp_path, fps=2.0) as source:
        frames = frames_in(source)
    assert [int(frame.pixels[0, 0, 0]) for frame in frames] == [1, 2, 10]
    assert [frame.time for frame in frames] == [0.0, 0.5, 1.0]
    assert source.duration == 1.5


def test_hidden_files_and_others_are_no_frames_and_said_once(tmp_path: Path) -> None:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.jpg"), picture(0, number))
        (tmp_path / f"._{number}.jpg").write_bytes(b"\0\5\x16\7")
    (tmp_path / "1²3.jpg").write_bytes((tmp_path / "1.jpg").read_bytes())
    (tmp_path / "4.heic").touch()
    with open_source(tmp_path) as source:
        assert len(frames_in(source)) == 4 and source.duration == pytest.approx(0.8)
        assert source.take_notices() == [f"{tmp_path.name}/: left out, 1 in all: .heic (1); 3 hidden"]


def test_a_folder_that_is_called_as_a_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("001", "0"):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "a.jpg"), picture(0, 0))
    for name in ("001", "./0", "./001"):
        with open_source(name) as source:
            assert not source.live and len(frames_in(source)) == 1
    with pytest.raises(UserError, match=r"camera 7 is written 7"):
        open_source("007")
    with pytest.raises(UserError, match=r"write \./0 for the file or folder"):
        require_recording("0")
    with open_source("0") as source:
        assert source.live
        assert "camera 0 is watched: write ./0 for the file or folder of that name" in source.take_notices()
    require_recording("1.mp4")


def test_unreadable_images_are_skipped_and_reported(tmp_path: Path) -> None:
    for number in range(5):
        cv2.imwrite(str(tmp_path / f"{number}.jpg"), picture(0, number))
    (tmp_path / "1.jpg").write_bytes(b"")
    (tmp_path / "3.jpg").write_bytes(b"garbage")
    with FolderSource(tmp_path) as source:
        frames = frames_in(source)
        notices = source.take_notices()
    assert [frame.index for frame in frames] == [0, 2, 4]
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.4, 0.8])
    assert [path.name for path in source.unreadable] == ["1.jpg", "3.jpg"]
    assert len(notices) == 2 and "1.jpg" in notices[0] and "2 so far" in notices[1]


def test_folders_without_images(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no images"):
        open_source(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"garbage")
    with pytest.raises(UserError, match="none of the 1 images"):
        open_source(tmp_path)


@pytest.mark.parametrize(
    ("source_name", "says"),
    [
        ("", "empty"),
        ("nowhere.mp4", "no such source"),
        ("777", "no camera 777"),
        ("/dev/video777", "no camera 777"),
        ("rstp://somebody:secret@127.0.0.1:9/cabin", "begins with rstp://"),
        ("rtsp:///cabin", "names no host"),
        ("http://somebody:secret@/cabin", "names no host"),
        ("rtsp://127.0.0.1:99999/cabin", "a port that cannot be"),
        ("http://[::1/cabin", "names no host"),
        ("file:///no/such/drive.ts", "no such source"),
        ("v4l2src ! videoconvert ! appsink", "GStreamer"),
    ],
)
def test_sources_that_are_not_there(source_name: str, says: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match=says) as caught:
        open_source(source_name)
    assert "sec" not in str(caught.value) and "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_a_folder_s_rate_must_be_one(tmp_path: Path) -> None:
    for fps in (0.0, -1.0, float("nan"), 0.5 * MIN_FPS):
        with pytest.raises(UserError, match="--fps"):
            open_source(tmp_path, fps=fps)


def test_the_demo_drive_brings_its_labels(tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "DEMO_VIDEO", tmp_path / "missing.mp4")
    with pytest.raises(UserError, match="demo drive"):
        open_source("demo")
    monkeypatch.setattr(opening, "DEMO_VIDEO", video)
    labels = tmp_path / "drive.csv"
    monkeypatch.setattr(opening, "DEMO_LABELS", labels)
    with open_source("demo") as source:
        assert source.labels is None and source.name == "demo drive"
    labels.touch()
    with open_source("demo") as source:
        assert source.labels == labels


@pytest.mark.parametrize(
    ("source_name", "live"),
    [
        ("0", True),
        ("/dev/video2", True),
        ("rtsp://x", True),
        ("a ! b", True),
        ("demo", False),
        ("drive.mp4", False),
        ("1.mp4", False),
        ("10", True),
        ("001", False),
        ("٣", False),
    ],
)
def test_what_is_live(source_name: str, live: bool) -> None:
    assert is_live(source_name) is live


def test_cameras_are_found_without_opening_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object) -> None:
        pytest.fail("a camera was opened")

    for name in ("video2", "video10", "video0", "videos", "video1x", "null"):
        (tmp_path / name).touch()
    monkeypatch.setattr(opening, "DEVICES", tmp_path)
    monkeypatch.setattr(opening.platform, "system", lambda: "Linux")
    monkeypatch.setattr(opening, "OpenCVCapture", opened)
    assert find_cameras() == [0, 2, 10]


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), RuntimeError("no home"), ValueError("x")])
def test_a_place_that_may_not_be_looked_into(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bool:
        raise error

    monkeypatch.setattr(Path, "is_dir", refuse)
    with pytest.raises(UserError, match="cannot open"):
        open_source("private/drive.mp4")


def test_a_folder_whose_files_may_not_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "1.png").touch()
    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(UserError, match="cannot read the folder"):
        FolderSource(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text_are_escaped(tmp_path: Path, video: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/dr\xffve"))
    folder.mkdir()
    cv2.imwrite(str(tmp_path / "1.png"), picture(0))
    (tmp_path / "1.png").rename(folder / "1.png")
    Path(os.fsdecode(os.fsencode(folder) + b"/2\xff.png")).write_bytes(b"garbage")
    with open_source(folder) as source:
        assert len(frames_in(source)) == 1
        texts = [source.name, *source.take_notices()]
    assert len(texts) == 2 and all(text.encode("utf-8") for text in texts)
    moved = video.rename(Path(os.fsdecode(os.fsencode(tmp_path) + b"/dr\xffve.mp4")))
    with open_source(moved) as source:
        assert frames_in(source) and source.name.encode("utf-8")


def test_a_camera_that_opens_without_a_frame_is_not_open_again() -> None:
    clock = Clock()
    open_capture, _ = opener(FakeCapture([picture(0), None]), FakeCapture([None]), FakeCapture([picture(1)]))
    source = CameraSource("camera 0", open_capture, advice="", clock=clock, first_retry_s=1.0)
    source.read()
    for _ in range(40):
        try:
            source.read()
        except CameraLostError:
            clock.now += 0.25
            continue
        break
    notices = source.take_notices()
    assert [("open again" in notice) for notice in notices] == [False, True]


class Clock:
    """Seconds that pass only when asked to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opener(*captures: FakeCapture) -> tuple[Callable[[], FakeCapture], list[FakeCapture]]:
    """Opens one capture after the other, then dead ones; and the list of those opened."""
    waiting: Iterator[FakeCapture] = iter(captures)
    opened: list[FakeCapture] = []

    def open_capture() -> FakeCapture:
        opened.append(next(waiting, FakeCapture([])))
        return opened[-1]

    return open_capture, opened


def test_an_unplugged_camera_is_reopened_with_patience() -> None:
    clock = Clock()
    first = FakeCapture([picture(0), picture(1), None], fps=30.0)
    again = FakeCapture([picture(2)] * 3)
    open_capture, opened = opener(first, FakeCapture([]), FakeCapture([]), again)
    source = CameraSource(
        "camera 0", open_capture, advice="connect one", clock=clock, first_retry_s=1.0, max_retry_s=3.0
    )
    assert source.live and source.fps == 30.0
    for _ in range(2):
        frame = source.read()
        assert frame is not None and frame.time == 100.0
    attempts = []
    for _ in range(200):
        before = len(opened)
        try:
            frame = source.read()
        except CameraLostError:
            if len(opened) > before:
                attempts.append(clock.now - 100.0)
            clock.now += 0.125
            continue
        break
    assert frame is not None and frame.index == 2
    assert attempts == [1.0, 3.0]
    assert clock.now - 100.0 == pytest.approx(6.0)
    assert first.closed
    notices = source.take_notices()
    assert len(notices) == 2 and "trying to reopen" in notices[0] and "open again" in notices[1]
    source.close()
    assert source.read() is None


class Device:
    """What OpenCV opens: it says that it reads whatever the script holds, at the times of its stamps."""

    def __init__(self, script: list[Any], stamps_ms: tuple[float, ...] = (), backend: str = "V4L2") -> None:
        self._script, self._stamps_ms, self._backend = script, iter(stamps_ms), backend

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return True

    def read(self) -> tuple[bool, Any]:
        item = self._script.pop(0)
        if isinstance(item, Exception):
            raise item
        return True, item

    def get(self, property_id: int) -> float:
        return next(self._stamps_ms, 0.0) if property_id == cv2.CAP_PROP_POS_MSEC else 90_000.0

    def getBackendName(self) -> str:  # noqa: N802 - OpenCV's name
        return self._backend

    def release(self) -> None:
        pass


@pytest.mark.parametrize(
    "nothing",
    [cv2.error("gone"), None, np.empty((0, 0, 3), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros(4, np.uint8)],
)
def test_what_opencv_hands_out_is_a_frame_or_the_camera_is_lost(nothing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    grey = np.full((4, 6), 7, np.uint8)
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: Device([picture(0)[:, :, ::-1], grey, nothing]))
    source = CameraSource("camera 0", lambda: OpenCVCapture(0), advice="")
    assert source.fps is None, "a time base is no rate"
    first, second = source.read(), source.read()
    assert first is not None and np.array_equal(first.pixels, picture(0))
    assert second is not None and second.pixels.shape == (4, 6, 3)
    with pytest.raises(CameraLostError):
        source.read()


@pytest.mark.parametrize(
    ("backend", "stamps_ms", "taken_s"),
    [
        ("V4L2", (99_900.0, 99_950.0), [99.9, 99.95]),
        ("V4L2", (95_000.0, 95_000.0), [95.0, None]),
        ("V4L2", (0.0, 1.8e12, 20_000.0), [None, None, None]),
        ("GSTREAMER", (99_900.0, 99_950.0), [None, None]),
    ],
    ids=["the driver's own", "the same buffer twice", "another clock", "a position in the stream"],
)
def test_a_camera_s_driver_says_when_a_frame_was_taken(
    backend: str, stamps_ms: tuple[float, ...], taken_s: list[float | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [picture(0, index) for index in range(len(stamps_ms))]
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: Device(frames, stamps_ms, backend))
    capture = OpenCVCapture(0, clock=Clock())
    images = [capture.read() for _ in stamps_ms]
    assert [image.taken_s for image in images if image is not None] == pytest.approx(taken_s)


@pytest.mark.parametrize(
    ("broken", "frames"), [(1, 6), (99, 6), (100, 3)], ids=["one", "many", "too many to be waited for"]
)
def test_a_stream_goes_on_behind_what_cannot_be_decoded(broken: int, frames: int, tmp_path: Path) -> None:
    """As a camera serves it to browsers."""
    pictures = [cv2.imencode(".jpg", picture(0, number)[:, :, ::-1])[1].tobytes() for number in range(6)]
    path = tmp_path / "stream"
    with path.open("wb") as file:
        for jpeg in (*pictures[:3], *[pictures[0][:60]] * broken, *pictures[3:]):
            file.write(
                b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg) + jpeg + b"\r\n"
            )
    capture = StreamCapture(str(path))
    seen = 0
    while capture.read() is not None:
        seen += 1
    assert seen == frames
    capture.close()


def test_what_a_decoder_holds_is_as_old_as_it_is_and_no_frame_at_the_stream_s_end(tmp_path: Path) -> None:
    """Pictures that are predicted from later ones wait in the decoder: after a standstill they are old."""
    path = tmp_path / "stream.ts"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.max_b_frames = 2
        for index in range(12):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(1, index), format="rgb24")))
        container.mux(stream.encode())
    clock = Clock()
    capture = StreamCapture(str(path), clock)
    seen = []
    while True:
        clock.now += 10.0  # a packet comes when the last picture was taken out
        image = capture.read()
        if image is None:
            break
        assert image.taken_s is not None
        seen.append((image.taken_s, clock.now))
    assert 8 <= len(seen) < 12, "the last ones stay in the decoder"
    assert any(taken_s <= now_s - 10.0 for taken_s, now_s in seen)
    assert all(taken_s <= now_s for taken_s, now_s in seen)
    capture.close()


def test_a_stream_s_title_need_not_be_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "a drive in Nice"
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(1), format="rgb24")))
        container.mux(stream.encode())
    path.write_bytes(path.read_bytes().replace(b"drive in Nice", b"dr\xefve in N\xeece"))
    capture = StreamCapture(str(path))
    assert capture.read() is not None
    capture.close()


@pytest.mark.parametrize(("problem", "said"), [(None, ""), ("Connection refused", " (Connection refused)")])
def test_a_camera_that_is_missing_at_the_start_is_waited_for_and_said_once(problem: str | None, said: str) -> None:
    clock = Clock()
    there = FakeCapture([picture(0), picture(1)], fps=25.0)
    open_capture, opened = opener(FakeCapture([], problem=problem), FakeCapture([]), FakeCapture([]), there)
    source = CameraSource("camera 3", open_capture, advice="connect one", clock=clock)
    assert source.fps is None
    for _ in range(200):
        try:
            frame = source.read()
        except CameraLostError:
            clock.now += 0.125
            continue
        break
    assert frame is not None and frame.time == clock.now and len(opened) == 4 and source.fps == 25.0
    notices = source.take_notices()
    assert notices == [f"camera 3 gives no frame{said}: connect one; waiting for it", "camera 3 gives frames now"]


def test_a_stream_that_is_not_there_is_waited_for(capfd: pytest.CaptureFixture[str]) -> None:
    with open_source("rtsp://somebody:secret@127.0.0.1:9/live") as source:
        with pytest.raises(CameraLostError):
            source.read()
        (notice,) = source.take_notices()
    assert notice.startswith("rtsp://127.0.0.1:9/live gives no frame (nothing answers there): check the address")
    assert "secret" not in notice and capfd.readouterr().err == ""


def test_an_address_that_can_be_no_more_is_waited_for_once_the_camera_was_there() -> None:
    clock = Clock()
    first, again = FakeCapture([picture(0)]), FakeCapture([picture(1)])
    answers: list[FakeCapture | UserError] = [first, UserError("no such source: file:///mnt/cam.ts"), again]

    def open_capture() -> FakeCapture:
        answer = answers.pop(0)
        if isinstance(answer, UserError):
            raise answer
        return answer

    source = CameraSource("cam.ts", open_capture, advice="", clock=clock)
    assert source.read() is not None
    seen = None
    while seen is None:
        try:
            seen = source.read()
        except CameraLostError:
            clock.now += 0.5
    assert not answers


def test_frames_carry_the_time_they_were_taken_and_never_go_back() -> None:
    clock = Clock()
    taken = [99.0, 98.5, 99.5, None, 99.75]
    open_capture, _ = opener(FakeCapture([Image(picture(0, index), at_s) for index, at_s in enumerate(taken)]))
    source = CameraSource("camera 0", open_capture, advice="", clock=clock)
    frames = [source.read() for _ in taken]
    assert [frame.time for frame in frames if frame is not None] == [99.0, 99.0, 99.5, 100.0, 100.0]


def test_the_slowest_rate_is_that_of_a_frame_that_speaks_as_long_as_the_policy_lets_it() -> None:
    assert MIN_FPS * AlertSettings().frame_holds_s == 1.0
