"""Which video files are one drive: openpilot's minutes, and the pieces that a dashcam writes one after the other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engines.errors import UserError, reason
from engines.files.folders import is_hidden, natural_order
from engines.files.images import is_image_name
from engines.files.printable import printable
from engines.notice import NoticeText

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".avi", ".asf", ".flv", ".h264", ".h265", ".hevc", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg"}
    | {".mpg", ".mts", ".ts", ".tsv", ".webm", ".wmv", ".mjpeg", ".mjpg"}
)
"""Of files in a folder, in small letters; a file that is named by itself may have any."""

DRIVER_CAMERA = "dcamera.hevc"
"""openpilot's camera that looks at the driver."""

SEGMENT_S = 60.0
OPENPILOT_FPS = 20.0

_SEGMENT = re.compile(r"(?:(?P<route>.+)--)?(?P<number>\d{1,5})")
_FLAT_SEGMENT = re.compile(rf"(?P<route>.+)--(?P<number>\d{{1,5}})--{re.escape(DRIVER_CAMERA)}")
_TIME_IN_NAME = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[-_ T.]?(\d\d)[-_.:h]?(\d\d)[-_.:m]?(\d\d)(?!\d)"
)
_CAMERA = re.compile(r"[-_ ]?([A-Za-z]{1,2})$")
_TOGETHER_S = 3.0
"""Names have whole seconds, dashcams let pieces overlap by one or two, and a minute may have some frames less."""

_OTHER_DRIVE_S = 600.0
"""Pieces that are further apart belong to two drives."""


@dataclass(frozen=True)
class Piece:
    """A video file of a drive.

    Attributes:
        path: of the file.
        starts_s: when it begins, seconds since the first piece did, by its name; None where that says nothing.
    """

    path: Path
    starts_s: float | None


@dataclass(frozen=True)
class Pieces:
    """The files of one drive, in order.

    Attributes:
        files: at least one.
        fps: frames a second of files without a clock; None where nobody says.
    """

    files: tuple[Piece, ...]
    fps: float | None = None


def find_pieces(path: Path, camera: int | str | None = None) -> Pieces | None:
    """The videos of a folder, or of an openpilot route, that are one drive; None for anything else.

    Args:
        path: a folder, or a route such as ``realdata/00000012--a1b2c3d4e5``, whose segments are folders beside it.
        camera: where a folder has several: the letters at the end of its names, or its number by these, from 1.

    Raises:
        UserError: for the pieces of several drives or cameras, where none is chosen, and for a folder that cannot be
            read.
    """
    try:
        if path.is_dir():
            return find_segments(path) or _dashcam_pieces(path, camera)
        return None if path.exists() else _route(path)
    except (OSError, ValueError) as error:
        raise UserError(NoticeText("cannot read {path}: {reason}", path=path, reason=reason(error))) from error


def find_segments(path: Path) -> Pieces | None:
    """The segments of one openpilot route in a folder, or of the segment that it is; None where it has none.

    Raises:
        UserError: for several routes.
    """
    if not path.is_dir():
        return None if path.exists() else _route(path)
    if (path / DRIVER_CAMERA).is_file():
        return _segments({0: path / DRIVER_CAMERA})
    routes: dict[str, dict[int, Path]] = defaultdict(dict)
    for entry in path.iterdir():
        folder, flat = _SEGMENT.fullmatch(entry.name), _FLAT_SEGMENT.fullmatch(entry.name)
        if folder and (entry / DRIVER_CAMERA).is_file():
            routes[folder["route"] or ""][int(folder["number"])] = entry / DRIVER_CAMERA
        elif flat and entry.is_file():
            routes[flat["route"]][int(flat["number"])] = entry
    if len(routes) > 1:
        names = ", ".join(str(path / name) for name in sorted(routes)[:4])
        raise UserError(f"{path} holds {len(routes)} routes: name one of them: {names}{' …' * (len(routes) > 4)}")
    return _segments(next(iter(routes.values()))) if routes else None


def _route(path: Path) -> Pieces | None:
    """A route whose segments are ``ROUTE--0``, ``ROUTE--1``, … in its folder."""
    if not path.parent.is_dir() or not path.name:
        return None
    found: dict[int, Path] = {}
    for entry in path.parent.iterdir():
        number = entry.name.removeprefix(f"{path.name}--")
        if entry.name.startswith(f"{path.name}--"):
            if number.isdecimal() and (entry / DRIVER_CAMERA).is_file():
                found[int(number)] = entry / DRIVER_CAMERA
            elif (flat := _FLAT_SEGMENT.fullmatch(entry.name)) and flat["route"] == path.name:
                found[int(flat["number"])] = entry
    return _segments(found) if found else None


def _segments(found: dict[int, Path]) -> Pieces:
    first = min(found)
    files = tuple(Piece(found[number], (number - first) * SEGMENT_S) for number in sorted(found))
    return Pieces(files, OPENPILOT_FPS)


def _dashcam_pieces(folder: Path, camera: int | str | None) -> Pieces | None:
    entries = [entry for entry in folder.iterdir() if entry.is_file() and not is_hidden(entry.name)]
    if any(is_image_name(entry) for entry in entries):
        return None
    videos = sorted(
        (entry for entry in entries if entry.suffix.lower() in VIDEO_SUFFIXES),
        key=lambda entry: natural_order(entry.name),
    )
    if not videos:
        return None
    videos = _of_camera(folder, videos, camera)
    times = [_time_in(video.stem) for video in videos]
    known = [time for time in times if time is not None]
    if len(known) < len(videos) or len(set(known)) < len(known):
        return Pieces(tuple(Piece(video, None) for video in videos))
    order = sorted(zip(known, videos, strict=True))
    begins = order[0][0]
    return Pieces(tuple(Piece(video, (time - begins).total_seconds()) for time, video in order))


def _of_camera(folder: Path, videos: list[Path], camera: int | str | None) -> list[Path]:
    """The videos of one camera, where names that are equal but for the letters at their end say that there are more."""
    by_camera: dict[str, list[Path]] = defaultdict(list)
    by_rest: dict[str, set[str]] = defaultdict(set)
    for video in videos:
        letters = _CAMERA.search(video.stem)
        name = letters[1].upper() if letters else ""
        by_camera[name].append(video)
        by_rest[video.stem[: letters.start()] if letters else video.stem].add(name)
    cameras = sorted(by_camera)
    if len(cameras) < 2 or all(len(names) < 2 for names in by_rest.values()):
        return videos
    listed = ", ".join(name or "none" for name in cameras)
    if isinstance(camera, int):
        if not 1 <= camera <= len(cameras):
            raise UserError(f"{folder} has videos of {len(cameras)} cameras, not {camera}: {listed}")
        return by_camera[cameras[camera - 1]]
    chosen = None if camera is None else ("" if camera.lower() == "none" else camera.upper())
    if chosen not in by_camera:
        raise UserError(
            f"{folder} has videos of {len(cameras)} cameras, by the letters at the end of their names: choose the "
            f"driver's with --topic: {listed}"
        )
    return by_camera[chosen]


def other_drive(name: object, gap_s: float, path: Path) -> UserError:
    """What is said of a piece that begins long after the one before it."""
    return UserError(
        f"{printable(name)} holds the pieces of several drives: {path.name} begins {gap_s / 60:.0f} minutes after the "
        "end of the one before it: put each drive's pieces into a folder of its own"
    )


def is_hole(gap_s: float) -> bool:
    """Whether a gap between a piece's end and the next one's name is more than what names leave open."""
    return gap_s > _TOGETHER_S


def is_other_drive(gap_s: float) -> bool:
    """Whether a gap is too long to be a hole in a drive."""
    return gap_s > _OTHER_DRIVE_S


def _time_in(stem: str) -> datetime | None:
    for found in _TIME_IN_NAME.finditer(stem):
        try:
            return datetime(*(int(part) for part in found.groups()))  # type: ignore[arg-type]
        except ValueError:
            continue
    return None


def sizes(files: Iterable[Piece]) -> int:
    """Bytes of all pieces together; those that are gone have none."""
    total = 0
    for piece in files:
        try:
            total += piece.path.stat().st_size
        except OSError:
            continue
    return total
