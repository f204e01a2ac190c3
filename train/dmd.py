"""DMD, the Driver Monitoring Dataset (Ortega et al., ECCV workshops 2020): `python -m train.dmd --data DIR`.

Drivers in a real car and in a simulator, filmed by three cameras; the part on distraction, its sessions s1 to s4. The
layout is that of its guide and tools (https://github.com/Vicomtech/DMD-Driver-Monitoring-Dataset:
``exploreMaterial-tool/accessDMDAnn.py``, ``docs/dmd_file_struct.md``), group, subject, session:

- ``gA/1/s1/gA_1_s1_2019-03-08T09;31;15+01;00_rgb_body.mp4``, ``…_rgb_face.mp4``, ``…_rgb_hands.mp4``,
- ``gA/1/s1/gA_1_s1_2019-03-08T09;31;15+01;00_rgb_ann_distraction.json``, OpenLABEL or VCD, see
  `engines.files.labels.openlabel`, which has the table of its classes.

The labels' frames count in the three cameras' mosaic; ``frame_shift`` puts them where they belong in a camera's video.
Frames are taken from the videos at even distances, as `train.drives` does. Since 2026 the publishers allow only some
subjects' recordings to be used; the others are left out. There is no official split: subjects are held out.
"""

from __future__ import annotations

import argparse
import logging
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from engines.command import run_command
from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels, read_labels_as
from engines.files.labels.openlabel import DMD_FPS, Camera, parse_openlabel
from engines.files.video import open_video
from engines.view import Mount
from train import drives
from train.command import DataSet, main_of, run_folder
from train.data.images import Conditions, LabelledImage, Split
from train.data.splits import driver_split
from train.data.video_frames import labelled_frames

_LOG = logging.getLogger(__name__)

CAMERAS: tuple[Camera, ...] = get_args(Camera)

UNRESTRICTED = frozenset({1, 5, 6, 7, 9, 10, 13, 14, 23, 28, 29, 33, 36, 37})
"""The subjects whose recordings may be used, by the README of DMD's repository of 2026."""

SIMULATOR_SESSION = "s4"

_LABELS = re.compile(r"(g[A-Z])_(\d+)_(s[1-4])_(.+)_rgb_ann_distraction\.json", re.ASCII)

_HOW_TO_ASK = (
    "ask for DMD on dmd.vicomtech.org (CC BY-NC-ND 4.0: attribution, no commercial use, nothing changed is passed on)"
)


@dataclass(frozen=True)
class Session:
    """A recording session: its labels, and one camera's video of it."""

    labels: Path
    video: Path
    subject: int
    name: str


def find_sessions(root: Path, camera: Camera) -> list[Session]:
    """The sessions that may be used and are labelled, in order; what is left out is said.

    Raises:
        UserError: when the layout is not there.
    """
    base = root / "dmd" if (root / "dmd").is_dir() else root
    sessions, restricted, without_video = [], set(), []
    for file in sorted(base.glob("g[A-Z]/*/s[1-4]/*_rgb_ann_distraction.json")):
        match = _LABELS.fullmatch(file.name)
        if match is None or (match[1], match[2], match[3]) != file.parts[-4:-1]:
            raise UserError(f"{file} is not named for its group, subject and session: fetch it again")
        subject, video = int(match[2]), file.with_name(file.name.replace("_ann_distraction.json", f"_{camera}.mp4"))
        if subject not in UNRESTRICTED:
            restricted.add(subject)
        elif not video.is_file():
            without_video.append(video)
        else:
            sessions.append(Session(file, video, subject, match[3]))
    if restricted:
        _LOG.warning(
            "%s: subjects whose recordings may no longer be used, by DMD's README of 2026, left out: %s",
            base,
            ", ".join(map(str, sorted(restricted))),
        )
    if without_video:
        _LOG.warning(
            "%s: labelled sessions without a video of the %s camera: %d, left out, the first lacks %s",
            base,
            camera,
            len(without_video),
            without_video[0].name,
        )
    if not sessions:
        raise UserError(
            f"no DMD data in {root}: {_HOW_TO_ASK}; then pass --data DIR (or set DMD_DATA) with 'gA/1/s1/"
            f"gA_1_s1_…_rgb_{camera}.mp4' and '…_rgb_ann_distraction.json', of the subjects that may be used"
        )
    return sessions


def read_dmd(
    root: Path, camera: Camera, frames: Path, every_s: float, mount: Mount | None = None
) -> list[LabelledImage]:
    """Frames of all sessions that are one of C0 to C9, as JPEG files; what is none of them is said, in seconds.

    Args:
        root: the data set's folder.
        camera: whose videos.
        frames: where the frames are put, a folder a video; videos that are there already are not read again.
        every_s: seconds from one frame to the next.
        mount: crops and mirrors the frames; None where they stay as they are.

    Raises:
        UserError: when the layout is not there, or a video or its labels cannot be read.
    """

    def read_labels(file: Path, fps: float | None) -> DriveLabels:
        # What is none of C0 to C9 is said once, for all sessions.
        return replace(_read_labels(file, fps, camera), unknown=())

    images: list[LabelledImage] = []
    left_out_s: defaultdict[str, float] = defaultdict(float)
    for session in find_sessions(root, camera):
        with open_video(session.video) as video:
            labels = _read_labels(session.labels, video.frame_rate, camera)
        for label, seconds in labels.unknown:
            left_out_s[label] += seconds
        taken = Conditions("simulator" if session.name == SIMULATOR_SESSION else "car", camera, "day")
        found = labelled_frames(session.video, session.labels, frames, every_s, mount or Mount(), read_labels)
        images += [LabelledImage(path, int(did), str(session.subject), conditions=taken) for path, did in found]
    if left_out_s:
        listed = ", ".join(f"{label} ({seconds:.0f} s)" for label, seconds in sorted(left_out_s.items()))
        _LOG.warning("DMD: actions that are none of C0 to C9, left out: %s", listed)
    if not images:
        raise UserError(f"no frame of the videos in {root} is labelled with one of C0 to C9: take a smaller --every")
    return images


def _read_labels(file: Path, fps: float | None, camera: Camera) -> DriveLabels:
    return read_labels_as(lambda text: parse_openlabel(text, fps or DMD_FPS, camera), file)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that only this data set has, and those of frames that are taken from videos."""
    parser.add_argument(
        "--camera", choices=CAMERAS, default="body", help="body looks from the side, as ours do (%(default)s)"
    )
    drives.add_arguments(parser)


def make_split(args: argparse.Namespace) -> Split:
    """The split that parsed arguments ask for; frames are put into the run's folder. Raises `UserError`."""
    mount = Mount.load(args.mount) if args.mount else None
    images = read_dmd(args.data, args.camera, run_folder(args, "dmd", "driver") / "frames", args.every, mount)
    described = f"DMD by driver, {args.camera} camera, a frame every {args.every:g} s"
    return driver_split(images, args.holdout, args.fold, described)


DATASET = DataSet("dmd", "DMD", make_split, add_arguments, split_name="driver", has_conditions=True)
main = main_of(DATASET)


if __name__ == "__main__":
    raise SystemExit(run_command(main))
