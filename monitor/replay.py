"""``python -m monitor.replay``: recorded drives through the live pipeline and policy, and a report of them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from engines.classifier import Classifier
from engines.drive_labels import DriveLabels, read_labels
from engines.errors import UserError, run_command
from engines.output_files import prepare_folder, printable
from engines.view import Mount
from monitor.alert_settings import AlertSettings
from monitor.alerts import AlertPolicy
from monitor.command_line import add_setup
from monitor.drive_record import DriveRecord
from monitor.pipeline import FrameClassifier, Pipeline, StageError
from monitor.report import ReplayRun, write_report
from monitor.sources import Source, is_live, open_source


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m monitor.replay", description="Replay recorded drives through the monitor and report on them."
    )
    parser.add_argument("drives", nargs="+", metavar="DRIVE", help="video, folder of images, or 'demo'")
    parser.add_argument(
        "--labels", nargs="+", type=Path, metavar="CSV", help="start_s,end_s,activity; one for each drive"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where report.html and .json go")
    add_setup(parser)
    return parser


def replay(
    source: Source,
    record: DriveRecord,
    classifier: FrameClassifier,
    settings: AlertSettings,
    speed_kmh: float | None = None,
    progressed: Callable[[], None] | None = None,
) -> None:
    """Run a recording through the live pipeline and policy, every frame in order, into a record.

    Args:
        source: closed at the end.
        record: filled frame by frame, so that what was done survives an interruption.
        classifier: as for the pipeline.
        settings: of the alert policy.
        speed_kmh: the car's speed; None without a signal.
        progressed: called after each frame.

    Raises:
        UserError, StageError: as the pipeline does.
    """
    with Pipeline(source, classifier, policy=AlertPolicy(settings), speed_kmh=speed_kmh) as pipeline:
        for observation in pipeline:
            record.add(observation)
            if observation.frame is not None and progressed is not None:
                progressed()
    record.complete = True


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    arguments = parser().parse_args(argv)
    labels = _labels(arguments.drives, arguments.labels)
    for drive in arguments.drives:
        if is_live(drive):
            raise UserError(f"{drive} is a camera or a stream: replay takes recordings; use python -m monitor --source")
        with open_source(drive, fps=arguments.fps) as source:
            # The demo drive brings its labels.
            if labels[drive] is None and source.labels is not None:
                labels[drive] = read_labels(source.labels)
    prepare_folder(arguments.output)
    mount = Mount.load(arguments.mount) if arguments.mount is not None else None
    classifier = Classifier.open(arguments.bundle, mount=mount)
    settings = AlertSettings.fitted(classifier.manifest.thresholds)

    console = Console(stderr=True)
    records: list[DriveRecord] = []
    failure: BaseException | None = None
    began = time.monotonic()
    try:
        with _progress(console) as progress:
            for drive in arguments.drives:
                source = open_source(drive, fps=arguments.fps)
                total = round(source.duration * source.fps) if source.duration and source.fps else None
                task = progress.add_task(source.name, total=total)
                record = DriveRecord(source.name, labels[drive], classifier.mount, path=printable(drive))
                records.append(record)
                replay(source, record, classifier, settings, arguments.speed, partial(progress.advance, task))
                if record.labels is not None:
                    notice = record.labels.gap_notice(record.duration_s)
                    record.notices.extend([notice] if notice is not None else [])
    except (KeyboardInterrupt, UserError, StageError) as error:
        failure = error
    run = ReplayRun(
        records=records,
        settings=settings,
        bundle=classifier.manifest.name,
        mount=classifier.mount,
        speed_kmh=arguments.speed,
        wall_s=time.monotonic() - began,
        complete=failure is None,
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
    """A few lines for the terminal: one for each drive."""
    lines = []
    for record, frames, events in zip(run.records, run.frame_scores, run.event_scores, strict=True):
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
    return lines


def _labels(drives: Sequence[str], paths: Sequence[Path] | None) -> dict[str, DriveLabels | None]:
    """Drive → its labels. Raises `UserError` unless there is one file for each drive, or none at all."""
    if len(set(drives)) != len(drives):
        raise UserError("a drive is named twice")
    if not paths:
        return dict.fromkeys(drives)
    if len(paths) != len(drives):
        raise UserError(f"{len(paths)} label files for {len(drives)} drives: give one for each, in the same order")
    return {drive: read_labels(path) for drive, path in zip(drives, paths, strict=True)}


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("frames"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
