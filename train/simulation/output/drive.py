"""A simulated drive as a video file, its label file, and the list of what the labels do not say."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import av
from av.error import FFmpegError

from engines.command import progress_bar
from engines.errors import UserError, reason
from engines.files.output import prepare_file, write_atomic
from train.simulation.acting.recording import SimulatedDrive
from train.simulation.fingerprint import renderer_fingerprint
from train.simulation.output.workers import each_in_order

# Constant quality: the mild sensor noise is smoothed away instead of filling the file. One thread, and no B-frames,
# because with either x264's bytes differ from run to run.
_ENCODING = {"crf": "27", "preset": "medium", "threads": "1", "bf": "0"}
_PART_S = 5


@dataclass(frozen=True)
class _Part:
    """A segment of the video that one worker draws and encodes."""

    path: Path
    recording: SimulatedDrive
    first: int
    end: int


def _encode(part: _Part) -> int:
    """Write the part's file; returns its number of frames."""
    unfinished = part.path.with_name(f".{part.path.name}.part")
    with av.open(str(unfinished), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=part.recording.fps, options=_ENCODING)
        stream.width, stream.height = part.recording.size
        stream.pix_fmt = "yuv420p"
        for pixels in part.recording.frames(part.first, part.end):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    unfinished.replace(part.path)
    return part.end - part.first


def _join(parts: list[_Part], video: Path) -> None:
    """One video of all parts, without encoding anything again."""
    with av.open(str(video), "w", format="mp4", options={"movflags": "+faststart"}) as joined:
        stream = None
        for part in parts:
            with av.open(str(part.path)) as container:
                source = container.streams.video[0]
                stream = stream or joined.add_stream_from_template(source)
                for packet in container.demux(source):
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue
                    shift = round(part.first / part.recording.fps / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    joined.mux(packet)


def _parts(folder: Path, recording: SimulatedDrive) -> list[_Part]:
    length, count = max(int(_PART_S * recording.fps), 1), recording.frame_count
    return [
        _Part(folder / f"{first:06d}.mp4", recording, first, min(first + length, count))
        for first in range(0, count, length)
    ]


def _parts_folder(video: Path, recording: SimulatedDrive) -> Path:
    """The folder for unfinished parts beside the video; those of other settings or another renderer are thrown away."""
    folder = video.with_name(f".{video.name}.parts")
    settings = f"{renderer_fingerprint()} {recording!r}"
    note, fingerprint = folder / "recording", hashlib.sha256(settings.encode()).hexdigest()
    # Compared as bytes: a note that is broken is another one, too.
    if not note.exists() or note.read_bytes() != fingerprint.encode():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        note.write_bytes(fingerprint.encode())
    return folder


@contextmanager
def _alone(video: Path) -> Iterator[None]:
    """While this lasts no other process writes the same video. Raises `UserError` when one does already."""
    path = video.with_name(f".{video.name}.lock")
    while True:
        file = path.open("w", encoding="utf-8")
        try:
            _lock(file)
        except OSError as error:
            file.close()
            raise UserError(
                f"{video} is being drawn by another process: wait for it, or choose another --output"
            ) from error
        # Whoever held it before has perhaps taken the file away since it was opened.
        if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
            break
        file.close()
    try:
        yield
    finally:
        with suppress(OSError):  # some systems keep a file that is open
            path.unlink(missing_ok=True)
        file.close()


def _lock(file: IO[str]) -> None:
    """Lock a file for this process, or raise `OSError`; the system lets go when the process ends, however it ends."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_drive(video: Path, labels: Path, recording: SimulatedDrive, workers: int = 1) -> int:
    """Write an H.264 video, its label file ``start_s,end_s,activity``, and beside it what happens besides.

    The third file, ``start_s,end_s,event,kind``, lists near misses and faults; it is named like the labels, with
    ``.events.csv``. A run that was interrupted is resumed when it is started again with the same settings.

    Args:
        video: the MP4 file.
        labels: the CSV file.
        recording: what to draw; width and height must be even.
        workers: processes that draw and encode; the bytes are the same for any number.

    Returns:
        The size of the video in bytes.

    Raises:
        UserError: when the files cannot be written, or another process is at it.
    """
    for path in (video, labels, events_path(labels)):
        prepare_file(path)
    try:
        with _alone(video):
            return _write(video, labels, recording, workers)
    except (OSError, FFmpegError) as error:
        raise UserError(f"cannot write the drive to {video}: {reason(error)}") from error


def _write(video: Path, labels: Path, recording: SimulatedDrive, workers: int) -> int:
    unfinished = video.with_name(f".{video.name}.part")
    parts_folder = _parts_folder(video, recording)
    parts = _parts(parts_folder, recording)
    missing = [part for part in parts if not part.path.exists()]
    done = recording.frame_count - sum(part.end - part.first for part in missing)
    with progress_bar() as progress:
        bar = progress.add_task("drawing", total=recording.frame_count, completed=done)
        for count in each_in_order(_encode, missing, workers):
            progress.advance(bar, count)
    try:
        _join(parts, unfinished)
        write_atomic(labels, recording.script.labels_csv())
        write_atomic(events_path(labels), recording.events_csv())
        unfinished.replace(video)
    finally:
        unfinished.unlink(missing_ok=True)
    shutil.rmtree(parts_folder, ignore_errors=True)
    return video.stat().st_size


def events_path(labels: Path) -> Path:
    """Where the list of near misses and faults lies that belongs to a label file."""
    return labels.with_suffix(".events.csv")
