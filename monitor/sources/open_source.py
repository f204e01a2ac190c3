"""From what a user names to a source: the demo drive, a camera, a stream, a video file, a bag, a folder of images."""

from __future__ import annotations

import math
import platform
import re
from pathlib import Path

from engines.errors import UserError, reason
from engines.files.bags import is_bag
from engines.files.folders import list_folder
from engines.files.images import list_images
from engines.files.printable import source_label
from engines.files.video.pieces import VIDEO_SUFFIXES, find_pieces, find_segments
from engines.notice import NoticeText
from monitor.sources.camera import CameraSource
from monitor.sources.capture import OpenCVCapture
from monitor.sources.encoded import GuardedTap, Tap
from monitor.sources.folder import FolderSource
from monitor.sources.frame import Source
from monitor.sources.video import VideoSource

DEMO = "demo"
"""The source that plays the demo drive."""

DEMO_VIDEO = Path(__file__).parents[1] / "demo" / "drive.mp4"
DEMO_LABELS = DEMO_VIDEO.with_suffix(".csv")

DEVICES = Path("/dev")
"""Where Linux lists its cameras."""

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_LIVE = re.compile(rf"(0|[1-9][0-9]{{0,2}})$|/dev/video[0-9]+$|{_URL.pattern}|.* ! ")


def is_live(source_name: str | Path) -> bool:
    """Whether `open_source` takes a name for a camera or a stream: nothing is opened.

    A camera's number has no zeros before it: ``001`` is a file or a folder.
    """
    return _LIVE.match(str(source_name).strip()) is not None


def require_recording(source_name: str) -> None:
    """Raise `UserError` for a camera's or a stream's name; where a file is called so, it says how to write that."""
    if is_live(source_name):
        live = NoticeText(
            "{name} is a camera or a stream, not a recorded drive: name a video file or a folder of images",
            name=source_label(source_name),
        )
        raise UserError(_or_file(live, _of_same_name(source_name)))


def _or_file(problem: str, path: str | None) -> str:
    """What is wrong with a live source, and how a file that is called so is written."""
    if path is None:
        return problem
    return NoticeText("{what}; write {path} for the file or folder of that name", what=problem, path=path)


def _of_same_name(source_name: str) -> str | None:
    """How to write the file or folder that is called as a camera or a stream; None where there is none."""
    name = source_name.strip()
    try:
        return f"./{name}" if not name.startswith("/") and Path(name).exists() else None
    except (OSError, ValueError):  # too long for a file's name, or with a null character
        return None


MIN_FPS = 1.0
"""Images further apart say nothing of the time between them, so there would never be an alert: a frame holds for a
second, unless the policy sets another time."""


def recording_path(source_name: str) -> Path:
    """The file or folder of a recording, as a user names it; the demo drive's is where the program lies."""
    name = source_name.strip()
    return DEMO_VIDEO if name == DEMO else Path(name).expanduser()


def recording_files(path: Path) -> list[Path]:
    """The files that make up a recording, in order: itself, a bag's, a drive's pieces, or a folder's images.

    Raises:
        UserError: when there is nothing to be read.
    """
    if path.is_file():
        return [path]
    if is_bag(path):
        return list_folder(path, lambda _: True).paths
    segments = find_segments(path)
    if segments is not None:
        return [piece.path for piece in segments.files]
    videos = list_folder(path, lambda file: file.suffix.lower() in VIDEO_SUFFIXES).paths
    return list_images(path).paths or videos


def open_source(
    source_name: str | Path,
    *,
    fps: float | None = None,
    track: int | str | None = None,
    size: tuple[int, int] | None = None,
    min_fps: float = MIN_FPS,
    tap: Tap | None = None,
) -> Source:
    """Open what a user names: ``demo``, a camera's number, a URL, a GStreamer pipeline, a video, a bag, or a folder.

    Args:
        source_name: as the user names it.
        fps: images a second of a folder of images, 5 when left out, and frames a second of a video without a clock.
        track: the video track of a file that has several, from 1, or the topic of a bag's images; when left out the
            first track, or the only topic.
        size: width and height to ask a camera for; it may give another.
        min_fps: fewer are refused.
        tap: gets what is to be recorded, until it fails.

    Raises:
        UserError: when there is nothing there to read frames from.
    """
    tap = None if tap is None else GuardedTap(tap)
    text = str(source_name).strip()
    if fps is not None and not (math.isfinite(fps) and fps > 0.0):
        raise UserError(f"--fps {fps}: write the images or frames a second, such as 5")
    if fps is not None and fps < min_fps:
        raise UserError(
            f"--fps {fps:g} is too slow: with fewer than {min_fps:g} images a second nobody is ever alerted"
        )
    if text == DEMO:
        return _open_demo(tap)
    if is_live(text):
        return _open_live(text, size, tap)
    if not text:
        raise UserError(
            NoticeText("the source is empty: name a camera number, a video file, a folder of images or a URL")
        )
    try:
        path = Path(text).expanduser()
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        # A folder that this user may not look into, a home that is unknown, a name with a null character.
        raise UserError(
            NoticeText("cannot open {name}: {reason}", name=source_label(text), reason=reason(error))
        ) from error
    if is_bag(path):
        from monitor.sources.bags.bag_source import BagSource

        return BagSource(path, fps=fps, topic=track, tap=tap)
    pieces = find_pieces(path, track)
    if pieces is not None:
        return VideoSource(path, fps=fps, track=track if isinstance(track, int) else None, tap=tap, pieces=pieces)
    if is_folder:
        return FolderSource(path, fps=fps, tap=tap)
    if not exists:
        missing = NoticeText(
            "no such source: {name}: name a camera number, a video file, a folder of images or a URL",
            name=source_label(text),
        )
        if re.fullmatch("[0-9]{1,3}", text):
            missing = NoticeText("{what}; camera {number} is written {number}", what=missing, number=int(text))
        raise UserError(missing)
    return VideoSource(path, fps=fps, track=require_number(path, track), tap=tap)


def require_number(path: Path, track: int | str | None) -> int | None:
    """The track of a video. Raises `UserError` for a topic, which only bags have."""
    if isinstance(track, str):
        raise UserError(f"{path} is no bag and has no topics: leave --topic out, or choose a track with --track N")
    return track


def _open_live(text: str, size: tuple[int, int] | None, tap: Tap | None) -> CameraSource:
    path = _of_same_name(text)
    try:
        if _URL.match(text):
            source = CameraSource.stream(text, tap)
        elif " ! " in text:
            source = CameraSource.gstreamer(text, tap)
        else:
            source = CameraSource.camera(int(text.removeprefix("/dev/video")), size, tap)
    except UserError as error:
        raise UserError(_or_file(str(error), path)) from error
    if path is not None:
        source.note(
            NoticeText(
                "{name} is watched: write {path} for the file or folder of that name", name=source.name, path=path
            )
        )
    return source


def _open_demo(tap: Tap | None) -> Source:
    """The demo drive that comes with the program. Raises `UserError` when it is missing."""
    if not DEMO_VIDEO.exists():
        raise UserError(NoticeText("the demo drive {path} is missing: install the program again", path=DEMO_VIDEO))
    source = VideoSource(DEMO_VIDEO, name="demo drive", tap=tap)
    source.labels = DEMO_LABELS if DEMO_LABELS.exists() else None
    return source


def find_cameras() -> list[int]:
    """The numbers of the cameras that this machine seems to have; none of them is opened on Linux."""
    if platform.system() == "Linux":
        numbers = (re.fullmatch(r"video(\d+)", entry.name) for entry in DEVICES.iterdir())
        return sorted(int(match.group(1)) for match in numbers if match)
    found = []
    for number in range(4):
        capture = OpenCVCapture(number)
        if capture.is_open:
            found.append(number)
        capture.close()
    return found
