"""Labelled frames of recorded drives, as image files: taken at even distances, cropped and mirrored by the mount."""

from __future__ import annotations

import hashlib
import logging
import math
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from engines.activities import Activity
from engines.errors import UserError, reason
from engines.files.labels.drive_labels import DriveLabels
from engines.files.labels.label_fit import labels_beyond, require_fit
from engines.files.labels.openlabel import read_label_file
from engines.files.output import prepare_folder
from engines.files.video import open_video
from engines.view import Mount, driver_crop

_LOG = logging.getLogger(__name__)

ReadLabels = Callable[[Path, float | None], DriveLabels]

_SAME_S = 1e-6
_QUALITY = 95
_FORMAT = 3
"""Raised when the same drive comes to give other frames."""


def labelled_frames(
    video: Path,
    labels: Path,
    frames: Path,
    every_s: float,
    mount: Mount,
    read_labels: ReadLabels = read_label_file,
) -> list[tuple[Path, Activity]]:
    """A drive's labelled frames as JPEG files, and what the driver does in each, in order of time.

    Args:
        video: the recording.
        labels: the file of its labels.
        frames: where the frames are put, a folder a drive; it appears complete, under a name that depends on what the
            drive's files hold, and a drive that is there already is not read again.
        every_s: seconds from one frame to the next.
        mount: crops and mirrors the frames; a mirrored frame has the mirrored activity.
        read_labels: reads the file of the labels, given the video's frames a second.

    Raises:
        UserError: for a video or labels that cannot be read or do not fit each other, and where nothing can be written.
    """
    folder = _frames_of(video, labels, frames, every_s, mount, read_labels)
    return [(path, Activity.parse(path.stem[-2:])) for path in sorted(folder.glob("*.jpg"))]


def _frames_of(video: Path, labels: Path, frames: Path, every_s: float, mount: Mount, read_labels: ReadLabels) -> Path:
    what = f"{video.stat().st_size} {video.stat().st_mtime_ns} {every_s} {mount!r} {_FORMAT} ".encode()
    what += labels.read_bytes()
    folder = frames / f"{video.stem}-{hashlib.sha256(what).hexdigest()[:8]}"
    if not folder.is_dir():
        prepare_folder(frames)
        with tempfile.TemporaryDirectory(prefix=".", dir=frames) as unfinished:
            part = Path(unfinished) / "frames"
            part.mkdir()
            _extract(video, labels, part, every_s, mount, read_labels)
            try:
                part.rename(folder)
            except OSError as error:
                # Another process may have been quicker; by its name its frames are the same.
                if not folder.is_dir():
                    raise UserError(
                        f"cannot write frames into {folder}: {reason(error)}; choose another --output"
                    ) from error
    return folder


def _extract(video: Path, labelled: Path, folder: Path, every_s: float, mount: Mount, read_labels: ReadLabels) -> None:
    """Write the labelled frames as ``<milliseconds>-<activity>.jpg``, as the mount shows the driver.

    A damaged frame shows what no camera saw: the next one stands in for it.

    Raises:
        UserError: for a video or labels that cannot be read, or do not fit each other.
    """
    next_s = 0.0
    damaged = 0
    with open_video(video) as frames:
        labels, end_s = read_labels(labelled, frames.frame_rate), frames.duration_s
        require_fit(labels, end_s, frames.frame_rate, labelled)
        for line in (labels.unknown_notice(), labels_beyond(labels, end_s)):
            if line is not None:
                _LOG.warning("%s: %s", labelled, line)
        for frame in frames:
            if frame.time_s < next_s - _SAME_S:
                continue
            activity = labels.activity_at(frame.time_s)
            if frame.is_damaged:
                damaged += activity is not None
                continue
            next_s = every_s * (math.floor((frame.time_s + _SAME_S) / every_s) + 1)
            if activity is not None:
                seen = activity.mirrored if mount.mirror else activity
                bgr = np.ascontiguousarray(driver_crop(frame.pixels, mount)[:, :, ::-1])
                _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
                path = folder / f"{round(1000 * frame.time_s):09d}-{seen.code}.jpg"
                try:
                    path.write_bytes(data.tobytes())
                except OSError as error:
                    raise UserError(
                        f"cannot write frames into {folder}: {reason(error)}; choose another --output"
                    ) from error
    for notice in frames.notices:
        _LOG.warning("%s: %s", video, notice.text)
    if damaged:
        _LOG.warning("%s: damaged frames left out of training: %d", video, damaged)
