"""``python -m monitor.replay``: recorded drives through the live pipeline and policy, and a report of them.

What the network says of a drive is computed once and kept: another policy, or the same command after Ctrl-C, does not
ask it again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from engines.command import run_command
from engines.errors import UserError
from engines.files.drive_labels import DriveLabels
from engines.files.openlabel import read_label_file
from engines.files.output import prepare_folder, printable
from engines.view import Mount
from monitor.evaluation.comparison import Comparison, compare
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.pictures import take_pictures
from monitor.evaluation.predictions import DrivePredictions
from monitor.live.candidate import Candidate
from monitor.live.options import add_setup, speed_spec
from monitor.live.pipeline import StageError
from monitor.prediction_cache import PredictionCache, predict_drive, saver
from monitor.report import ReplayRun, write_report
from monitor.sources import Source, is_live, open_source
from monitor.speed.open_speed import open_speed
from monitor.speed.source import SpeedSource

LABEL_SUFFIXES = (".csv", ".json")
"""Of the files that ``--labels`` without names looks for beside a drive."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m monitor.replay", description="Replay recorded drives through the monitor and report on them."
    )
    parser.add_argument("drives", nargs="+", metavar="DRIVE", help="video, folder of images, or 'demo'")
    parser.add_argument(
        "--labels",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="one for each drive: CSV start_s,end_s,activity, or OpenLABEL/VCD JSON as of DMD; "
        "without names: NAME.csv or NAME.json beside each drive",
    )
    parser.add_argument(
        "--drivers", nargs="+", metavar="NAME", help="who drives, one for each drive (the drive's name)"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where report.html and .json go")
    parser.add_argument(
        "--against-bundle", type=Path, metavar="DIR", help="compare with this bundle on the same drives"
    )
    parser.add_argument("--against-policy", type=Path, metavar="TOML", help="compare with these alert settings")
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="where predictions are kept (the user's cache folder)"
    )
    parser.add_argument("--no-pictures", action="store_true", help="a report without frames of the drive")
    add_setup(parser)
    return parser


@dataclass(frozen=True)
class Recording:
    """A drive to replay.

    Attributes:
        spec: as it was named.
        name: for people.
        driver: who drives.
        labels: None without.
        frames: how many it seems to have; None when unknown.
        fps: of a folder of images.
    """

    spec: str
    name: str
    driver: str
    labels: DriveLabels | None
    frames: int | None
    fps: float | None = None


def predict(
    recording: Recording,
    candidate: Candidate,
    cache: PredictionCache,
    drive: DrivePredictions,
    progressed: Callable[[], None] | None = None,
) -> DrivePredictions:
    """What a candidate's network says of a recording: known already, or computed now and kept.

    Args:
        recording: what to look at.
        candidate: whose network looks.
        cache: where predictions are kept.
        drive: empty; filled frame by frame where there is something to compute, so an interruption leaves a part.
        progressed: called after each frame that is computed.

    Raises:
        UserError, StageError: as the pipeline does.
    """
    path = cache.path(
        recording.spec,
        candidate.manifest,
        candidate.mount,
        recording.fps,
        candidate.health,
        candidate.engine,
        candidate.regions,
    )
    known = cache.read(path)
    if known is not None and known.complete:
        return known
    source = open_source(recording.spec, fps=recording.fps)
    predict_drive(
        source,
        candidate.classifier,
        drive,
        known=known,
        save=saver(path),
        progressed=progressed,
        health=candidate.health,
        regions=candidate.tracker(),
    )
    return drive


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    arguments = parser().parse_args(argv)
    recordings = _recordings(arguments)
    prepare_folder(arguments.output)
    mount = Mount.load(arguments.mount) if arguments.mount is not None else None
    engine = {"runtime": arguments.runtime, "precision": arguments.precision, "regions": arguments.regions}
    candidates = [Candidate.open(arguments.bundle, arguments.policy, mount, **engine)]
    if arguments.against_bundle is not None or arguments.against_policy is not None:
        bundle, policy = arguments.against_bundle or arguments.bundle, arguments.against_policy or arguments.policy
        candidates.append(Candidate.open(bundle, policy, mount, **engine))
        if candidates[1].name == candidates[0].name:
            other = arguments.against_policy or arguments.against_bundle
            candidates[1].name += f" · {printable(other)}"
        if all(recording.labels is None for recording in recordings):
            raise UserError("two candidates are compared on labelled drives: give --labels")
    cache = PredictionCache.open(arguments.cache)
    speed = speed_spec(arguments)
    speeds = [
        {
            recording.spec: open_speed(
                speed, lost_after_s=candidate.settings.speed_lost_s, drive=Path(recording.spec).expanduser()
            )
            for recording in recordings
        }
        for candidate in candidates
    ]

    records: list[list[DriveRecord]] = [[] for _ in candidates]
    computed = 0
    failure: BaseException | None = None
    began = time.monotonic()
    with frames_progress() as progress:
        try:
            for candidate, own, own_speeds in zip(candidates, records, speeds, strict=True):
                tasks = {
                    recording.spec: progress.add_task(recording.name, total=recording.frames)
                    for recording in recordings
                }
                for recording in recordings:
                    drive, task = DrivePredictions(), tasks[recording.spec]
                    record = _record(recording, candidate, drive, own_speeds[recording.spec])
                    own.append(record)
                    try:
                        record.drive = predict(recording, candidate, cache, drive, partial(progress.advance, task))
                    finally:
                        computed += drive.computed
                    _finish(progress, task, len(record.times_s))
            wall_s = time.monotonic() - began
            if not arguments.no_pictures:
                _take_pictures(recordings, records[0], progress)
        except (KeyboardInterrupt, UserError, StageError) as error:
            failure, wall_s = error, time.monotonic() - began
    run = ReplayRun(
        records=records[0],
        settings=candidates[0].settings,
        bundle=candidates[0].name,
        mount=candidates[0].mount,
        speed_kmh=speeds[0][recordings[0].spec].kmh,
        speed=speed.text,
        wall_s=wall_s,
        complete=failure is None,
        computed=computed,
        comparison=_compare(candidates, records) if failure is None else None,
    )
    json_path, html_path = write_report(run, arguments.output)
    for line in summary(run):
        print(line)
    print(f"{'report' if failure is None else 'partial report'}: {printable(html_path)} and {json_path.name}")
    if isinstance(failure, StageError):
        raise UserError(f"{failure}; the report holds what was done before") from failure
    if failure is not None:
        raise failure
    return 0


def summary(run: ReplayRun) -> list[str]:
    """A few lines for the terminal: one for each drive, and how two candidates compare."""
    lines = []
    for record in run.records:
        frames, events = record.frame_score, record.event_score
        parts = [f"{record.name}: {len(record.times_s)} frames, {record.duration_s:.1f} s"]
        if frames is not None and frames.accuracy is not None:
            parts.append(f"frame accuracy {100.0 * frames.accuracy:.1f} %")
        if events is not None:
            parts.append(f"{events.detected} of {len(events.needed)} distractions alerted, {len(events.false)} false")
            if events.overstayed:
                parts.append(f"{len(events.overstayed)} stood on too long")
        parts.append(f"{len(record.alerts)} alerts")
        lines.append(" · ".join(parts))
        lines += [f"  note: {notice}" for notice in record.notices]
    if run.comparison is not None:
        detected = run.comparison.detected
        lines.append(
            f"{run.comparison.first} against {run.comparison.second}: only the first detects {detected.only_first},"
            f" only the second {detected.only_second} (McNemar p = {detected.p_value:.3f})"
        )
        for difference in run.comparison.differences.values():
            if difference.value is not None:
                interval = "no interval from one drive"
                if difference.low is not None and difference.high is not None:
                    interval = f"95 % {difference.low:+.3f} to {difference.high:+.3f}"
                lines.append(f"  {difference.title}: {difference.value:+.3f} ({interval})")
    return lines


def _record(recording: Recording, candidate: Candidate, drive: DrivePredictions, speed: SpeedSource) -> DriveRecord:
    return DriveRecord(
        recording.name,
        recording.labels,
        candidate.mount,
        drive,
        candidate.settings,
        speed,
        path=printable(recording.spec),
        driver=recording.driver,
    )


def _take_pictures(recordings: Sequence[Recording], records: Sequence[DriveRecord], progress: Progress) -> None:
    for recording, record in zip(recordings, records, strict=True):
        task = progress.add_task(f"pictures of {record.name}", total=len(record.times_s))
        record.pictures = take_pictures(
            open_source(recording.spec, fps=recording.fps),
            record.drive,
            record.truth,
            record.events,
            record.mount,
            drives=len(records),
            progressed=partial(progress.advance, task),
        )
        _finish(progress, task, len(record.times_s))


def _compare(candidates: Sequence[Candidate], records: Sequence[Sequence[DriveRecord]]) -> Comparison | None:
    if len(candidates) < 2:
        return None
    return compare(candidates[0].name, records[0], candidates[1].name, records[1])


def _recordings(arguments: argparse.Namespace) -> list[Recording]:
    """The drives with their labels. Raises `UserError` for what cannot be replayed, before any work."""
    drives: list[str] = arguments.drives
    if len(set(drives)) != len(drives):
        raise UserError("a drive is named twice")
    for option, given in (("label files", arguments.labels), ("drivers", arguments.drivers)):
        if given and len(given) != len(drives):
            raise UserError(f"{len(given)} {option} for {len(drives)} drives: give one for each, in the same order")
    recordings = []
    for index, spec in enumerate(drives):
        if is_live(spec):
            raise UserError(f"{spec} is a camera or a stream: replay takes recordings; use python -m monitor --source")
        with open_source(spec, fps=arguments.fps) as source:
            # The demo drive brings its labels.
            path = arguments.labels[index] if arguments.labels else source.labels
            if path is None and arguments.labels is not None:
                path = labels_beside(Path(spec).expanduser())
            driver = arguments.drivers[index] if arguments.drivers else None
            recordings.append(as_recording(spec, source, path, driver, arguments.fps))
    return recordings


def as_recording(
    spec: str, source: Source, labels: Path | None, driver: str | None = None, fps: float | None = None
) -> Recording:
    """An open recording with its labels; the driver is called as the recording when left out.

    Raises:
        UserError: for labels that cannot be read.
    """
    frames = round(source.duration * source.fps) if source.duration and source.fps else None
    read = None if labels is None else read_label_file(labels, source.fps)
    return Recording(spec, source.name, printable(driver or Path(source.name).stem), read, frames, fps)


def labels_beside(drive: Path) -> Path:
    """The labels beside a drive, ``NAME.csv`` or ``NAME.json``. Raises `UserError` when there are none."""
    for suffix in LABEL_SUFFIXES:
        path = drive.with_suffix(suffix)
        if path.is_file():
            return path
    names = " or ".join(drive.with_suffix(suffix).name for suffix in LABEL_SUFFIXES)
    raise UserError(f"there is no {names} beside {drive}: put its labels there, or name them after --labels")


def _finish(progress: Progress, task: TaskID, frames: int) -> None:
    progress.update(task, completed=frames, total=frames)


def frames_progress() -> Progress:
    """A bar over frames, with the time taken and an estimate of what is left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("frames"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
