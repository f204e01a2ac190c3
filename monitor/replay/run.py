"""The work of ``python -m monitor.replay``: drives through the live pipeline and policy, and a report of them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.progress import (
    Progress,
    TaskID,
)

from engines.command import progress_bar
from engines.errors import UserError
from engines.files.labels.label_files import require_label_file
from engines.files.output import prepare_folder
from engines.files.printable import printable
from engines.view import Mount
from monitor.evaluation.comparison import Comparison, compare
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.pictures import take_thumbnails
from monitor.evaluation.predictions import DrivePredictions
from monitor.fleet.prediction import predict
from monitor.fleet.prediction_cache import PredictionCache
from monitor.fleet.recordings import RecordedDrive, as_recording
from monitor.journal.library import Library
from monitor.journal.replayed import keep_replay
from monitor.journal.store.writer import Store
from monitor.live.engine import Engine
from monitor.live.options import resolve, speed_options
from monitor.live.pipeline import StageError
from monitor.live.store_listener import kept_path
from monitor.live.user_files import LastChoices
from monitor.replay.report import ReplayRun, write_report
from monitor.replay.reviews import AlertReview, own_reviews, read_reviews, review_of, reviews_file
from monitor.sources import open_source, recording_path, require_recording
from monitor.speed.open_speed import open_speed
from monitor.speed.source import SpeedSource


def replay_drives(arguments: argparse.Namespace) -> int:
    """Run a parsed command; the exit code."""
    recordings = _recordings(arguments)
    prepare_folder(arguments.output)
    if arguments.store is not None:
        with _library(arguments.store):  # what is wrong with it is said before hours of work
            pass
    resolved = [resolve(arguments, LastChoices(), user_files=False)]
    engines = [Engine.open(resolved[0].engine)]
    if arguments.against_bundle is not None or arguments.against_policy is not None:
        bundle, policy = arguments.against_bundle or arguments.bundle, arguments.against_policy or arguments.policy
        against = argparse.Namespace(**{**vars(arguments), "bundle": bundle, "policy": policy})
        resolved.append(resolve(against, LastChoices(), user_files=False))
        engines.append(Engine.open(resolved[1].engine))
        if engines[1].name == engines[0].name:
            other = arguments.against_policy or arguments.against_bundle
            engines[1].name += f" · {printable(other)}"
        if all(recording.labels is None for recording in recordings):
            raise UserError("two engines are compared on labelled drives: give --labels")
    notices = [notice for files in resolved for notice in files.notices]
    cache = PredictionCache.open(arguments.cache)
    speed = speed_options(arguments)
    speeds = [
        {
            recording.source_name: open_speed(
                speed, lost_after_s=engine.settings.speed_lost_s, drive=recording_path(recording.source_name)
            )
            for recording in recordings
        }
        for engine in engines
    ]

    records: list[list[DriveRecord]] = [[] for _ in engines]
    computed = 0
    failure: BaseException | None = None
    began = time.monotonic()
    with progress_bar(transient=False) as progress:
        try:
            for engine, engine_records, engine_speeds in zip(engines, records, speeds, strict=True):
                tasks = {
                    recording.source_name: progress.add_task(recording.name, total=recording.frames)
                    for recording in recordings
                }
                for recording in recordings:
                    drive, task = DrivePredictions(), tasks[recording.source_name]
                    reviews = _reviews(recording, notices)
                    record = drive_record(recording, engine, drive, engine_speeds[recording.source_name], reviews)
                    engine_records.append(record)
                    try:
                        record.drive = predict(recording, engine, cache, drive, partial(progress.advance, task))
                    finally:
                        computed += drive.computed
                    _finish(progress, task, len(record.times_s))
            wall_s = time.monotonic() - began
            if not arguments.no_pictures:
                _take_thumbnails(recordings, records[0], progress)
        except (KeyboardInterrupt, UserError, StageError) as error:
            failure, wall_s = error, time.monotonic() - began
    first_speed = speeds[0][recordings[0].source_name]
    # What there is to say of a network is known once it is loaded.
    notices += [notice for engine in engines for notice in engine.notices]
    run = ReplayRun(
        records=records[0],
        settings=engines[0].settings,
        bundle=engines[0].name,
        mount=engines[0].mount(recordings[0].mount),
        speed_kmh=first_speed.kmh,
        # A CAN log's is the same for all drives; its name says which signal is meant.
        speed=speed.text if speed.dbc is None else first_speed.name,
        wall_s=wall_s,
        complete=failure is None,
        computed=computed,
        comparison=_compare(engines, records) if failure is None else None,
        notices=list(dict.fromkeys(map(printable, notices))),
    )
    if arguments.store is not None and failure is None:
        with _library(arguments.store) as library:
            for recording, record in zip(recordings, records[0], strict=True):
                path = kept_path(recording.source_name)
                keep_replay(library, record, path, engines[0].about(record.mount), {})
    json_path, html_path = write_report(run, arguments.output)
    for line in summary(run):
        print(line)
    print(f"{'report' if failure is None else 'partial report'}: {printable(html_path)} and {json_path.name}")
    if isinstance(failure, StageError):
        raise UserError(f"{failure}; the report holds what was done before") from failure
    if failure is not None:
        raise failure
    return 0


@contextmanager
def _library(folder: Path) -> Iterator[Library]:
    store = Store(folder.expanduser())
    try:
        store.open()
        yield Library(store)
    finally:
        store.close()


def summary(run: ReplayRun) -> list[str]:
    """A few lines for the terminal: what is to be known, one for each drive, and how two engines compare."""
    lines = [f"note: {notice}" for notice in run.notices]
    if run.events is not None and len(run.records) > 1:
        lines.insert(0, f"all drives: {run.events.headline}")
    for record in run.records:
        frames, events = record.frame_score, record.event_score
        parts = []
        if events is not None:
            parts.append(events.headline)
            if events.cleared_late:
                parts.append(f"cleared late: {len(events.cleared_late)}")
        if frames is not None and frames.accuracy is not None:
            parts.append(f"frame accuracy {100.0 * frames.accuracy:.1f} %")
        parts.append(f"incidents: {len(record.incidents)}")
        parts.append(f"{len(record.times_s)} frames, {record.duration_s:.1f} s")
        lines.append(f"{record.name}: {' · '.join(parts)}")
        lines += [f"  note: {notice}" for notice in record.notices]
    if run.comparison is not None:
        lines += run.comparison.lines
    return lines


def _reviews(recording: RecordedDrive, notices: list[str]) -> Sequence[AlertReview]:
    """What a person has said of the drive's incidents; a file that cannot be read is a notice."""
    try:
        reviews = read_reviews(reviews_file(recording.source_name))
    except UserError as error:
        notices.append(str(error))
        return ()
    return own_reviews(reviews, recording.source_name, recording.name)


def drive_record(
    recording: RecordedDrive,
    engine: Engine,
    drive: DrivePredictions,
    speed: SpeedSource,
    reviews: Sequence[AlertReview] = (),
) -> DriveRecord:
    """A recording with its predictions, what an engine's policy makes of them, and what a person says of it."""
    return DriveRecord(
        recording.name,
        recording.labels,
        engine.mount(recording.mount),
        drive,
        engine.settings,
        speed,
        path=printable(recording.source_name),
        driver=recording.driver,
        review_of=partial(review_of, reviews=reviews),
    )


def _take_thumbnails(recordings: Sequence[RecordedDrive], records: Sequence[DriveRecord], progress: Progress) -> None:
    for recording, record in zip(recordings, records, strict=True):
        task = progress.add_task(f"thumbnails of {record.name}", total=len(record.times_s))
        record.thumbnails = take_thumbnails(
            open_source(recording.source_name, fps=recording.fps, track=recording.track),
            record.drive,
            record.frame_labels,
            [incident.peak_s for incident in record.incidents],
            record.mount,
            drives=len(records),
            progressed=partial(progress.advance, task),
        )
        _finish(progress, task, len(record.times_s))


def _compare(engines: Sequence[Engine], records: Sequence[Sequence[DriveRecord]]) -> Comparison | None:
    if len(engines) < 2:
        return None
    return compare(engines[0].name, records[0], engines[1].name, records[1])


def _recordings(arguments: argparse.Namespace) -> list[RecordedDrive]:
    """The drives with their labels. Raises `UserError` for what cannot be replayed, before any work."""
    drives: list[str] = arguments.drives
    if len(set(drives)) != len(drives):
        raise UserError("a drive is named twice: name each once")
    for option, given in (("label files", arguments.labels), ("drivers", arguments.drivers)):
        if given and len(given) != len(drives):
            raise UserError(f"{len(given)} {option} for {len(drives)} drives: give one for each, in the same order")
    _refuse_swapped(drives, arguments.labels or ())
    mount = Mount.load(arguments.mount) if arguments.mount is not None else None
    recordings = []
    for index, source_name in enumerate(drives):
        require_recording(source_name)
        with open_source(source_name, fps=arguments.fps, track=arguments.track) as source:
            # The demo drive has labels of its own.
            path = arguments.labels[index] if arguments.labels else source.labels
            if path is None and arguments.labels is not None:
                path = require_label_file(Path(source_name).expanduser())
            driver = arguments.drivers[index] if arguments.drivers else None
            recordings.append(as_recording(source_name, source, path, driver, arguments.fps, mount, arguments.track))
    return recordings


def _refuse_swapped(drives: Sequence[str], labels: Sequence[Path]) -> None:
    """Raise `UserError` where labels that are named after one drive are given for another."""
    stems = [Path(drive).stem for drive in drives]
    for drive, stem, path in zip(drives, stems, labels, strict=False):
        if path.stem != stem and path.stem in stems:
            other = drives[stems.index(path.stem)]
            raise UserError(
                f"the labels {path} are named after {other} and given for {drive}: name drives and labels in the same"
                " order, or rename the file"
            )


def _finish(progress: Progress, task: TaskID, frames: int) -> None:
    progress.update(task, completed=frames, total=frames)
