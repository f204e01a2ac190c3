"""From a path to the container and the tracks of a video file, or to a line that says why there are none."""

from __future__ import annotations

import stat
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from engines.errors import UserError, reason
from engines.files.image_size import MAX_PIXELS
from engines.files.regular_file import require_regular
from engines.notice import NoticeText

_LIMITS = {"max_pixels": str(MAX_PIXELS)}
_MOST_STREAMS = 32

OPEN_OPTIONS: dict[str, Any] = {"stream_options": [_LIMITS] * _MOST_STREAMS}
"""Options of `av.open`: frames of more than 64 megapixels are not decoded, and titles need not be UTF-8."""
if int(av.__version__.split(".")[0]) < 19:  # PyAV does without being told from 19 on
    OPEN_OPTIONS["metadata_errors"] = "replace"

_LOOK_PACKETS = 64
"""Within so many, a track that is no cover has a second picture."""

_TEXT_FORMATS = frozenset({"tty", "bin", "xbin", "adf", "idf"})
"""FFmpeg draws text and takes files for it by their names alone: ``.txt``, ``.nfo``, ``.bin``."""

_STILLS = frozenset({"mjpeg", "png", "bmp", "gif", "tiff", "webp", "jpegxl", "libjxl"})
"""Codecs of pictures, which covers are made of."""


def check_is_file(path: Path) -> None:
    """Raise `UserError` for what is no file that can be read, or is empty."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UserError(NoticeText("{path} is a folder: name a video file in it", path=path))
        if not stat.S_ISREG(mode):
            if stat.S_ISFIFO(mode):
                raise UserError(NoticeText("{path} is a pipe and no file: save the video in a file first", path=path))
            raise UserError(NoticeText("{path} is a device and no file: save the video in a file first", path=path))
        require_regular(path, "video")
        with path.open("rb") as file:
            empty = not file.read(1)
    except (OSError, ValueError) as error:  # the latter for a name with a null character
        raise UserError(NoticeText("cannot read {path}: {reason}", path=path, reason=reason(error))) from error
    if empty:
        raise UserError(NoticeText("{path} is empty: record the drive again", path=path))


def open_container(path: Path) -> InputContainer:
    """Open a file's container. Raises `UserError` for what is no video."""
    # FFmpeg takes small JPEG frames one after the other for one image.
    container = _open(path, "mjpeg" if path.suffix.lower() in (".mjpeg", ".mjpg") else None)
    name = container.format.name
    if name == "image2" or name.endswith("_pipe") or name in _TEXT_FORMATS:
        container.close()
        if name in _TEXT_FORMATS:
            raise UserError(NoticeText("{path} is text, not a video: name a video, or a folder of images", path=path))
        raise UserError(NoticeText("{path} is one image, not a video: name a video, or a folder of images", path=path))
    return container


def is_video(path: Path) -> bool:
    """Whether a file has a video track that is no cover, whatever its name: its container is opened to see."""
    try:
        check_is_file(path)
        with open_container(path) as container:
            return bool(video_tracks(container, path))
    except UserError:
        return False


def _open(path: Path, form: str | None) -> InputContainer:
    try:
        # A name is no address here, and a playlist must not reach for the network.
        container: InputContainer = av.open(
            f"file:{path}", format=form, container_options={"protocol_whitelist": "file"}, **OPEN_OPTIONS
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UserError(no_frame(path, _why_unreadable(path))) from error
    return container


def no_frame(path: Path, why: NoticeText) -> NoticeText:
    """What is said of a video that gives none."""
    return NoticeText("{path} has no frame that can be decoded: {why}", path=path, why=why)


def _why_unreadable(path: Path) -> NoticeText:
    with path.open("rb") as file:
        is_mp4 = file.read(8)[4:] == b"ftyp"
    if is_mp4:
        return NoticeText(
            "its index is missing or damaged, as in an MP4 that was broken off: repair it, or record again"
        )
    return NoticeText(
        "it is not a video, or it is damaged; a frame has {megapixels} megapixels at most", megapixels=MAX_PIXELS >> 20
    )


def video_tracks(container: InputContainer, path: Path) -> list[VideoStream]:
    """The video tracks, without covers: pictures that are marked as such, or a track of one picture beside others."""
    disposition = av.stream.Disposition
    still = disposition.attached_pic | disposition.timed_thumbnails | disposition.still_image
    streams = [stream for stream in container.streams.video if not stream.disposition & still]
    doubtful = [stream.index for stream in streams if codec_name(stream) in _STILLS]
    if len(streams) == 1 or not doubtful:
        return streams
    with open_container(path) as other:
        packets = list(
            islice((packet.stream_index for packet in other.demux(*other.streams.video) if packet.size), _LOOK_PACKETS)
        )
    real = [stream for stream in streams if stream.index not in doubtful or packets.count(stream.index) > 1]
    return real or streams


def limit_pixels(stream: VideoStream) -> None:
    """Let a track's decoder refuse frames of more than 64 megapixels: a small file may hold some of a gigabyte."""
    stream.codec_context.options = dict(_LIMITS)


def codec_name(stream: VideoStream) -> str:
    """The name of a track's codec, as far as there is a decoder for it."""
    context: Any = stream.codec_context
    return "an unknown codec" if context is None else str(context.name)
