"""Where frames come from: a camera, a stream, a video file, a folder of images, or the demo drive."""

from __future__ import annotations

import math
import os
import platform
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from engines.image_files import IMAGE_SUFFIXES, read_image
from engines.output_files import printable
from monitor.alert_settings import AlertSettings

if TYPE_CHECKING:
    from typing_extensions import Self

# FFmpeg's complaints, too: read by OpenCV before its first video, whoever opens it; -8 is FFmpeg's AV_LOG_QUIET.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

DEMO = "demo"
"""The source that plays the demo drive."""

DEMO_VIDEO = Path(__file__).parent / "demo" / "drive.mp4"
DEMO_LABELS = DEMO_VIDEO.with_suffix(".csv")

DEFAULT_FOLDER_FPS = 5.0
"""Images a second of a folder, which has no clock of its own."""

LEAST_FOLDER_FPS = 1.0 / AlertSettings().frame_holds_s
"""Images further apart than this say nothing of the time between them, so there would never be an alert."""

_DEVICES = Path("/dev")

_TIMEOUT_MS = 4000.0
"""How long opening or reading a stream may take before it counts as lost."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a source.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        time: seconds that never decrease: presentation time of a recording, monotonic clock of a live source.
        index: 0, 1, 2, … in the order of the source.
    """

    pixels: NDArray[np.uint8]
    time: float
    index: int


class CameraLostError(Exception):
    """A live source gives no picture at the moment; reading again tries to reopen it."""


class Source(ABC):
    """A stream of frames. Not for more than one thread, but for `close`.

    Attributes:
        name: for people, without any password.
        live: whether the frames happen now: late ones are worthless, and the source can be lost and come back.
        fps: frames a second by the source's own account; None when unknown.
        duration: seconds; None for a live source or when unknown.
        labels: the drive labels that come with the source, if any.
    """

    name: str = ""
    live: bool = False
    fps: float | None = None
    duration: float | None = None
    labels: Path | None = None

    def __init__(self) -> None:
        self._notices: list[str] = []

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame; None at the end. Raises `CameraLostError` while a live source gives no picture."""

    @abstractmethod
    def close(self) -> None:
        """Let the camera or the file go; a second call does nothing."""

    def take_notices(self) -> list[str]:
        """What went wrong since the last call without ending the drive, one line each, for people."""
        notices, self._notices = self._notices, []
        return notices

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used here."""

    def isOpened(self) -> bool: ...  # noqa: N802 - OpenCV's name

    def read(self) -> tuple[bool, Any]: ...

    def get(self, property_id: int, /) -> float: ...

    def release(self) -> None: ...


_LIVE = re.compile(r"\d{1,3}$|/dev/video\d+$|[a-zA-Z][a-zA-Z0-9+.-]+://|.* ! ")

OpenCapture = Callable[[], Capture]


def is_live(spec: str | Path) -> bool:
    """Whether `open_source` takes a name for a camera or a stream: nothing is opened."""
    return _LIVE.match(str(spec).strip()) is not None


def open_source(spec: str | Path, *, fps: float | None = None) -> Source:
    """Open what a user names: ``demo``, a camera's number, a URL, a GStreamer pipeline, a video file, or a folder.

    Args:
        spec: the source.
        fps: images a second of a folder of images; 5 when left out. Other sources have their own clock.

    Raises:
        UserError: when there is nothing there to read frames from.
    """
    text = str(spec).strip()
    if fps is not None and not (math.isfinite(fps) and fps > 0.0):
        raise UserError(f"--fps {fps}: write the images a second of the folder, such as 5")
    if fps is not None and fps < LEAST_FOLDER_FPS:
        raise UserError(
            f"--fps {fps:g} is too slow: with fewer than {LEAST_FOLDER_FPS:g} images a second nobody is ever alerted"
        )
    if text == DEMO:
        return open_demo()
    if is_live(text):
        return _open_live(text)
    if not text:
        raise UserError("the source is empty: name a camera number, a video file, a folder of images or a URL")
    try:
        path = Path(text).expanduser()
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        # A folder that this user may not look into, a home that is unknown, a name with a null character.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise UserError(f"cannot open {text!r}: {reason}") from error
    if is_folder:
        return FolderSource(path, fps=fps or DEFAULT_FOLDER_FPS)
    if not exists:
        raise UserError(f"no such source: {text}: name a camera number, a video file, a folder of images or a URL")
    return VideoSource(path)


def _open_live(text: str) -> CameraSource:
    if "://" in text.split(" ! ")[0]:
        return CameraSource.stream(text)
    if " ! " in text:
        return CameraSource.gstreamer(text)
    return CameraSource.camera(int(text.removeprefix("/dev/video")))


def open_demo() -> Source:
    """The demo drive that comes with the program. Raises `UserError` when it is missing."""
    if not DEMO_VIDEO.exists():
        raise UserError(f"the demo drive {DEMO_VIDEO} is missing: install the program again")
    source = VideoSource(DEMO_VIDEO, name="demo drive")
    source.labels = DEMO_LABELS if DEMO_LABELS.exists() else None
    return source


def find_cameras() -> list[int]:
    """The numbers of the cameras that this machine seems to have; none of them is opened on Linux."""
    if platform.system() == "Linux":
        numbers = (re.fullmatch(r"video(\d+)", entry.name) for entry in _DEVICES.iterdir())
        return sorted(int(match.group(1)) for match in numbers if match)
    found = []
    for number in range(4):
        capture = _quiet_capture(number)
        if capture.isOpened():
            found.append(number)
        capture.release()
    return found


class VideoSource(Source):
    """A video file, every frame in order, timed by its presentation timestamps."""

    def __init__(
        self,
        path: Path,
        *,
        name: str | None = None,
        open_capture: OpenCapture | None = None,
    ) -> None:
        """Open the file and decode its first frame. Raises `UserError` when there is none."""
        super().__init__()
        self.path = path
        self.name = name or printable(path.name)
        _check_readable(path)
        if printable(path) != str(path):
            # OpenCV does not refuse such a name but ends the whole program.
            raise UserError(f"the name {printable(path)} is not UTF-8, so OpenCV cannot open it: rename the file")
        self._capture = (open_capture or (lambda: _quiet_capture(str(path))))()
        first = self._decode() if self._capture.isOpened() else None
        if first is None:
            self._capture.release()
            raise UserError(f"{path} has no frame that can be decoded: it is not a video, or it is damaged")
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        # Some files claim 90,000 frames a second, their time base.
        self.fps = fps if 0.1 <= fps <= 1000.0 else None
        self._step_s = 1.0 / (self.fps or 25.0)
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self._expected = int(count) if 0 < count < 1e9 else None
        self.duration = self._expected * self._step_s if self._expected and self.fps else None
        self._next: NDArray[np.uint8] | None = first
        self._index = 0
        self._time_s = 0.0
        self._start_s = self._timestamp()
        self._ended = False

    def read(self) -> Frame | None:
        if self._ended:
            return None
        pixels, self._next = self._next, None
        if pixels is None:
            pixels = self._decode()
            if pixels is None:
                self._end()
                return None
            since_start_s = self._timestamp() - self._start_s
            # Broken files repeat or lack timestamps: then the frame rate is the clock.
            following_s = self._time_s + self._step_s
            self._time_s = since_start_s if since_start_s > self._time_s else following_s
        frame = Frame(pixels, self._time_s, self._index)
        self._index += 1
        return frame

    def close(self) -> None:
        self._ended = True
        self._capture.release()

    def _decode(self) -> NDArray[np.uint8] | None:
        """The next frame that can be decoded, RGB; None when there is none."""
        try:
            good, bgr = self._capture.read()
        except cv2.error:
            return None
        return _to_rgb(bgr) if good and bgr is not None and bgr.size else None

    def _timestamp(self) -> float:
        """Seconds of the frame decoded last, by the file."""
        milliseconds = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        return milliseconds / 1000.0 if math.isfinite(milliseconds) else 0.0

    def _end(self) -> None:
        """Stop; say so when the file promised more (a frame count is an estimate, so a little less is no damage)."""
        self._ended = True
        if self._expected is None or self._index >= self._expected - max(2, 0.02 * self._expected):
            return
        missing = self._expected - self._index
        self._notices.append(
            f"{self.name}: {missing} of {self._expected} frames cannot be decoded; the last good one is at"
            f" {self._time_s:.1f} s"
        )


class FolderSource(Source):
    """The images of a folder, in natural order of their names, at a given rate."""

    def __init__(self, folder: Path, *, fps: float = DEFAULT_FOLDER_FPS) -> None:
        """List the folder. Raises `UserError` when no image in it can be read."""
        super().__init__()
        self.folder = folder
        self.name = f"{printable(folder.name or folder)}/"
        self.fps = fps
        try:
            entries = [entry for entry in folder.iterdir() if entry.suffix.lower() in IMAGE_SUFFIXES]
            self._paths = sorted((entry for entry in entries if entry.is_file()), key=_natural_order)
        except OSError as error:
            raise UserError(f"cannot read the folder {folder}: {error.strerror}") from error
        if not self._paths:
            raise UserError(f"{folder} holds no images ({', '.join(sorted(IMAGE_SUFFIXES))})")
        self.duration = len(self._paths) / fps
        self.unreadable: list[Path] = []
        self._index = 0
        self._next = self._load()
        if self._next is None:
            raise UserError(f"none of the {len(self._paths)} images in {folder} can be read")

    def read(self) -> Frame | None:
        frame, self._next = self._next, None
        return frame if frame is not None else self._load()

    def close(self) -> None:
        self._index = len(self._paths)
        self._next = None

    def _load(self) -> Frame | None:
        """The next image that can be read; the unreadable ones before it are noted, and their time passes."""
        while self._index < len(self._paths):
            path, index = self._paths[self._index], self._index
            self._index += 1
            _silence_opencv()
            pixels = read_image(path)
            if pixels is not None:
                return Frame(pixels, index / (self.fps or DEFAULT_FOLDER_FPS), index)
            self.unreadable.append(path)
            self._notices.append(
                f"{printable(path.name)} cannot be read as an image: skipped ({len(self.unreadable)} so far)"
            )
        return None


class CameraSource(Source):
    """A camera or a stream. When it gives no picture any more it is reopened, at growing intervals."""

    live = True

    def __init__(
        self,
        name: str,
        open_capture: OpenCapture,
        *,
        advice: str,
        clock: Callable[[], float] = time.monotonic,
        first_retry_s: float = 0.5,
        longest_retry_s: float = 8.0,
    ) -> None:
        """Open the camera and take a first picture.

        Args:
            name: for people.
            open_capture: opens it; called again for every attempt to reopen.
            advice: what to do when it cannot be opened.
            clock: monotonic seconds.
            first_retry_s: seconds until the first attempt to reopen; doubles with every attempt.
            longest_retry_s: seconds between attempts at most.

        Raises:
            UserError: when it gives no picture.
        """
        super().__init__()
        self.name = name
        self._open_capture = open_capture
        self._clock = clock
        self._first_retry_s, self._longest_retry_s = first_retry_s, longest_retry_s
        self._retry_s = first_retry_s
        self._retry_at: float | None = None
        self._closed = threading.Event()
        self._index = 0
        self._capture = open_capture()
        self._next = self._grab()
        if self._next is None:
            self._capture.release()
            raise UserError(f"{name} gives no picture: {advice}")
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 0.1 <= fps <= 1000.0 else None

    @classmethod
    def camera(cls, number: int) -> CameraSource:
        """The camera with a number. Raises `UserError` when there is none."""

        def open_capture() -> Capture:
            capture = _quiet_capture(number)
            # A queue of old pictures would only add delay.
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
            return capture

        advice = "connect a camera, close other programs that use it, or choose another source (--source, --demo)"
        return cls(f"camera {number}", open_capture, advice=advice)

    @classmethod
    def stream(cls, url: str) -> CameraSource:
        """A network stream such as ``rtsp://…``. Raises `UserError` when it cannot be reached."""
        options = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            int(_TIMEOUT_MS),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            int(_TIMEOUT_MS),
        ]
        return cls(
            _without_password(url),
            lambda: _quiet_capture(url, cv2.CAP_FFMPEG, options),
            advice="check the address, the password and the network",
        )

    @classmethod
    def gstreamer(cls, pipeline: str) -> CameraSource:
        """A GStreamer pipeline that ends in ``appsink``. Raises `UserError` where OpenCV has no GStreamer."""
        if not _has_gstreamer():
            raise UserError(
                "this OpenCV is built without GStreamer, so a pipeline cannot be opened:"
                " give an rtsp:// address, or install an OpenCV built with GStreamer"
            )
        return cls(
            "GStreamer pipeline",
            lambda: _quiet_capture(pipeline, cv2.CAP_GSTREAMER),
            advice="try it with gst-launch-1.0, and end it in appsink",
        )

    def read(self) -> Frame | None:
        if self._closed.is_set():
            return None
        picture, self._next = self._next, None
        if picture is None:
            if self._retry_at is not None:
                self._reopen()
            picture = self._grab()
        if picture is None:
            if self._closed.is_set():
                return None
            self._lose()
            raise CameraLostError(f"{self.name} gives no picture; trying again in {self._retry_s:.1f} s")
        pixels, at_s = picture
        if self._retry_at is not None:
            self._notices.append(f"{self.name} is open again")
        self._retry_s, self._retry_at = self._first_retry_s, None
        frame = Frame(pixels, at_s, self._index)
        self._index += 1
        return frame

    def close(self) -> None:
        self._closed.set()
        self._capture.release()

    def _grab(self) -> tuple[NDArray[np.uint8], float] | None:
        """A picture and when it was taken, or None."""
        try:
            if not self._capture.isOpened():
                return None
            good, bgr = self._capture.read()
        except cv2.error:
            return None
        return (_to_rgb(bgr), self._clock()) if good and bgr is not None and bgr.size else None

    def _lose(self) -> None:
        """Set when to try again."""
        if self._retry_at is None:
            self._notices.append(f"{self.name} gives no picture any more: trying to reopen it")
            self._retry_s = self._first_retry_s
        else:
            self._retry_s = min(2.0 * self._retry_s, self._longest_retry_s)
        self._retry_at = self._clock() + self._retry_s

    def _reopen(self) -> None:
        """Open the camera anew when it is time to. Raises `CameraLostError` before that."""
        assert self._retry_at is not None
        left_s = self._retry_at - self._clock()
        if left_s > 0.0:
            raise CameraLostError(f"{self.name} gives no picture; trying again in {left_s:.1f} s")
        self._capture.release()
        self._capture = self._open_capture()


def _to_rgb(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """OpenCV's BGR or grey picture as contiguous RGB."""
    code = cv2.COLOR_GRAY2RGB if picture.ndim == 2 or picture.shape[2] == 1 else cv2.COLOR_BGR2RGB
    return np.ascontiguousarray(cv2.cvtColor(picture, code), dtype=np.uint8)


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    if empty:
        raise UserError(f"{path} is empty: record the drive again")


def _natural_order(path: Path) -> list[tuple[int, int, str]]:
    """Sorts ``img_2`` before ``img_10``."""
    parts = re.split(r"(\d+)", path.name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part]


def _without_password(url: str) -> str:
    return re.sub(r"://[^/@\s]*@", "://", url)


def _has_gstreamer() -> bool:
    return re.search(r"GStreamer:\s+YES", cv2.getBuildInformation()) is not None


def _silence_opencv() -> None:
    """OpenCV writes to stderr what our own errors and notices say better."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def _quiet_capture(target: int | str, api: int = cv2.CAP_ANY, options: list[int] | None = None) -> cv2.VideoCapture:
    _silence_opencv()
    return cv2.VideoCapture(target, api, options or [])
