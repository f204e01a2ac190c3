"""Simulated drives to fit thresholds on, and to judge alerts by: planned, and rendered where they are not there yet."""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.activities import Activity
from engines.command import positive_number, whole_number
from engines.errors import UserError
from engines.files.output import write_atomic
from train.simulation.acting.near_misses import NearMiss
from train.simulation.acting.recording import SimulatedDrive
from train.simulation.acting.script import NearMissEvent, Script, script_for_drive, script_of
from train.simulation.fingerprint import renderer_fingerprint
from train.simulation.output.drive import write_drive

FIRST_SEED = 100_501
"""Of the simulated drivers; no training, choice or fit may use it or those after it."""

FIRST_FIT_SEED = 100_401
"""Of the drivers that the thresholds are fitted on; fewer than a hundred."""

_ATTENTIVE = 1000
"""How far the seeds of attentive drives lie after those of the others."""

FPS = 5
SIZE = (320, 240)
"""Width and height: what the simulated data sets have, and more than the model view."""

FIT_DRIVE_S = 60.0
_BETWEEN_NEAR_MISSES_S = (8.0, 30.0)
_MARGIN_S = 2.0


@dataclass(frozen=True)
class PlannedDrive:
    """A drive to render."""

    name: str
    recording: SimulatedDrive

    @property
    def frames(self) -> int:
        """How many."""
        return self.recording.frame_count


def attentive_script(seed: int, duration_s: float) -> Script:
    """A drive of nothing but C0, with near misses every 8 to 30 s.

    Args:
        seed: decides which and when.
        duration_s: its length, seconds.
    """
    rng = np.random.default_rng([seed, 11])
    script = script_of([(Activity.SAFE_DRIVING, duration_s)])
    kinds, at_s = list(NearMiss), _MARGIN_S
    events: list[NearMissEvent] = []
    while True:
        at_s += float(rng.uniform(*_BETWEEN_NEAR_MISSES_S))
        kind = kinds[int(rng.integers(len(kinds)))]
        end_s = at_s + float(rng.uniform(*kind.lengths_s))
        if end_s > duration_s - _MARGIN_S:
            return script.with_near_misses(events)
        events.append(NearMissEvent(round(at_s, 3), round(end_s, 3), kind))
        at_s = end_s


def distracted_drives(first_seed: int, count: int, length_s: float) -> list[PlannedDrive]:
    """Drives of all activities, each of another driver."""
    return [
        PlannedDrive(
            f"simulated-{seed}-{length_s:g}s", SimulatedDrive(seed, script_for_drive(seed, length_s), FPS, SIZE)
        )
        for seed in range(first_seed, first_seed + count)
    ]


def attentive_drives(first_seed: int, count: int, length_s: float) -> list[PlannedDrive]:
    """Drives of nothing but attention, each of another driver."""
    return [
        PlannedDrive(
            f"attentive-{seed}-{length_s:g}s", SimulatedDrive(seed, attentive_script(seed, length_s), FPS, SIZE)
        )
        for seed in range(first_seed + _ATTENTIVE, first_seed + _ATTENTIVE + count)
    ]


def add_fit_arguments(parser: argparse.ArgumentParser) -> None:
    """How many drives thresholds are fitted on, see `fit_drives`, and by how many processes drives are rendered."""
    parser.add_argument("--fit-drives", type=whole_number, default=10, metavar="N", help="of 60 s to fit on (10)")
    parser.add_argument(
        "--fit-attentive", type=whole_number, default=3, metavar="N", help="attentive ones, likewise (3)"
    )
    parser.add_argument("--fit-minutes", type=positive_number, default=20, metavar="N", help="of each (20)")
    parser.add_argument("--workers", type=positive_number, default=1, metavar="N", help="processes that render (1)")


def fit_drives(arguments: argparse.Namespace) -> list[PlannedDrive]:
    """The drives that `add_fit_arguments` asks for. Raises `UserError` for more than there are drivers."""
    for option, count in (("--fit-drives", arguments.fit_drives), ("--fit-attentive", arguments.fit_attentive)):
        if count >= FIRST_SEED - FIRST_FIT_SEED:
            raise UserError(f"{option} {count}: at most {FIRST_SEED - FIRST_FIT_SEED - 1}")
    return [
        *distracted_drives(FIRST_FIT_SEED, arguments.fit_drives, FIT_DRIVE_S),
        *attentive_drives(FIRST_FIT_SEED, arguments.fit_attentive, 60.0 * arguments.fit_minutes),
    ]


def render(drives: Sequence[PlannedDrive], folder: Path, workers: int, write_line: Callable[[str], None]) -> list[Path]:
    """The drives' videos, with their labels beside them; rendered where they are not there.

    Args:
        drives: what is in them.
        folder: exists; what is unfinished there is continued.
        workers: processes that render.
        write_line: gets a line about each drive that has to be rendered, and how long all of them will take.

    Raises:
        UserError: when something cannot be written.
    """
    videos = [folder / f"{drive.name}.mp4" for drive in drives]
    missing = [
        (drive, video) for drive, video in zip(drives, videos, strict=True) if not _is_rendered(video, drive.recording)
    ]
    left, began, done = sum(drive.frames for drive, _ in missing), time.monotonic(), 0
    for number, (drive, video) in enumerate(missing, start=1):
        estimate = f", about {(time.monotonic() - began) / done * left / 60.0:.0f} min left for all" if done else ""
        write_line(f"rendering {drive.name}, {number} of {len(missing)}: {drive.frames} of {left} frames{estimate}")
        write_drive(video, video.with_suffix(".csv"), drive.recording, workers)
        write_atomic(_note(video), _fingerprint(drive.recording))
        done, left = done + drive.frames, left - drive.frames
    return videos


def _is_rendered(video: Path, recording: SimulatedDrive) -> bool:
    """Whether a video is there and shows this very recording, as today's renderer renders it."""
    note = _note(video)
    return video.exists() and note.exists() and note.read_bytes() == _fingerprint(recording).encode()


def _note(video: Path) -> Path:
    return video.with_suffix(".rendered")


def _fingerprint(recording: SimulatedDrive) -> str:
    return hashlib.sha256(f"{renderer_fingerprint()} {recording!r}".encode()).hexdigest()
