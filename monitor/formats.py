"""``python -m monitor.formats``: labels, predictions and whole drives for other tools, and labels back from them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engines.command import add_version, program, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.printable import printable
from monitor.live.options import add_setup

if TYPE_CHECKING:
    from monitor.evaluation.drive import DriveRecord

_FORMATS = ("csv", "openlabel", "cvat", "label-studio", "fiftyone")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = CommandParser(
        prog=program("driver-monitor-formats", "monitor.formats"),
        description="Labels, predictions and drives in the formats of other tools.",
    )
    add_version(parser)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=CommandParser)
    convert = commands.add_parser("labels", help="labels of one format as another; neither changes what they say")
    convert.add_argument("labels", type=Path, metavar="LABELS", help=f"in any of {', '.join(_FORMATS)}")
    convert.add_argument("output", type=Path, metavar="OUT", help="the file to write")
    convert.add_argument("--from", dest="source_format", choices=_FORMATS, help="(by suffix and content)")
    convert.add_argument("--drive", metavar="DRIVE", help="of which these are: its frames a second, size and name")
    _add_format(convert)
    convert.add_argument(
        "--fps", type=float, metavar="N", help="frames a second of the drive, where --drive is not given"
    )
    convert.add_argument(
        "--config", type=Path, metavar="XML", help="for label-studio: write the labelling interface, too"
    )
    predictions = commands.add_parser("predictions", help="a drive's predictions, for people to correct")
    predictions.add_argument("drive", metavar="DRIVE", help="video, folder, bag, or 'demo'")
    predictions.add_argument("output", type=Path, metavar="OUT", help="the file to write")
    _add_format(predictions)
    mcap = commands.add_parser("mcap", help="a drive with its predictions, alerts and incidents, for Foxglove")
    mcap.add_argument("drive", metavar="DRIVE", help="video, folder, bag, or 'demo'")
    mcap.add_argument("output", type=Path, metavar="OUT", help="the .mcap file to write")
    mcap.add_argument("--images", action="store_true", help="with the frames, as JPEG")
    mcap.add_argument("--labels", type=Path, metavar="FILE", help="the drive's labels")
    mcap.add_argument("--layout", type=Path, metavar="JSON", help="write Foxglove's layout for it, too")
    for command in (predictions, mcap):
        command.add_argument(
            "--cache", type=Path, metavar="DIR", help="where predictions are stored (the user's cache)"
        )
        add_setup(command)
    return parser


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to", choices=_FORMATS, metavar="FORMAT", help=f"{', '.join(_FORMATS)} (.csv is csv, .xml is cvat)"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    arguments = parser().parse_args(argv)
    run = {"labels": _convert, "predictions": _predictions, "mcap": _mcap}[arguments.command]
    for line in run(arguments):
        print(printable(line))
    return 0


def _convert(arguments: argparse.Namespace) -> Iterator[str]:
    from engines.files.labels.frame_labels import LabelledDrive
    from engines.files.labels.interchange import FORMATS, read_labels_in
    from engines.files.labels.label_studio import label_studio_config

    form = _format(arguments)
    name, fps, size, frames = arguments.labels.stem, arguments.fps, (640, 480), None
    if fps is not None and not 0.0 < fps < 1000.0:
        raise UserError(f"--fps {fps:g}: write the frames a second of the drive, such as 30")
    if arguments.drive is not None:
        if fps is not None:
            raise UserError("--fps is for labels whose drive is not at hand: leave it or --drive out")
        name, fps, size, frames = _describe(arguments.drive)
    labels = read_labels_in(arguments.labels, arguments.source_format, fps)
    fps = fps or labels.frame_rate
    if fps is None:
        if form in ("csv", "fiftyone"):
            fps = 1.0  # nothing is counted in frames
        else:
            raise UserError(f"{form} counts frames: name the drive with --drive, or its frames a second with --fps")
    drive = LabelledDrive(name, labels.segments, fps, size, frames)
    write_atomic(arguments.output, FORMATS[form].write(drive))
    if arguments.config is not None:
        write_atomic(arguments.config, label_studio_config(fps))
    notice = labels.unknown_notice()
    if notice is not None:
        yield f"note: {notice.replace('not scored', 'left out')}"
    if form != "csv" and form != "fiftyone" and len(drive.in_frames()) < len(labels.segments):
        yield f"note: labels shorter than a frame are left out: {len(labels.segments) - len(drive.in_frames())}"
    yield f"{len(labels.segments)} labels: {arguments.output}"


def _predictions(arguments: argparse.Namespace) -> Iterator[str]:
    from engines.files.labels.frame_labels import LabelledDrive
    from engines.files.labels.interchange import FORMATS
    from monitor.fleet.formats.predicted_labels import predicted_labels

    form = _format(arguments)
    record = _classified(arguments, None)
    segments, confidences = predicted_labels(record.drive)
    name, fps, size, frames = _describe(arguments.drive, arguments.fps, arguments.track)
    drive = LabelledDrive(name, segments, fps, size, frames, confidences)
    write_atomic(arguments.output, FORMATS[form].write(drive))
    yield f"{len(segments)} predicted segments of {record.name}: {arguments.output}"


def _mcap(arguments: argparse.Namespace) -> Iterator[str]:
    try:
        from monitor.fleet.formats.mcap_drive import foxglove_layout, write_mcap
    except ImportError as error:
        raise UserError("MCAP needs more packages: install the extra 'formats' (uv sync --extra formats)") from error
    from monitor.sources import open_source

    record = _classified(arguments, arguments.labels)
    if arguments.images:
        with open_source(arguments.drive, fps=arguments.fps, track=arguments.track) as source:
            write_mcap(arguments.output, record, iter(source.read, None))
    else:
        write_mcap(arguments.output, record)
    if arguments.layout is not None:
        write_atomic(arguments.layout, foxglove_layout())
    yield f"{record.name}: {len(record.times_s)} frames, {len(record.incidents)} incidents: {arguments.output}"


def _format(arguments: argparse.Namespace) -> str:
    suffix = arguments.output.suffix.lower()
    found = arguments.to or {".csv": "csv", ".xml": "cvat"}.get(suffix)
    if found is None:
        raise UserError(f"which format is {arguments.output}? add --to {', '.join(_FORMATS)}")
    return str(found)


def _describe(
    drive: str, fps: float | None = None, track: int | str | None = None
) -> tuple[str, float, tuple[int, int], int]:
    """A recording's file name, frames a second, size in pixels, and number of frames."""
    from monitor.sources import recording_path
    from monitor.sources.random_access import open_recording

    reader = open_recording(drive, fps=fps, track=track)
    try:
        frame = reader.frame_at(0.0)
        size = (640, 480) if frame is None else (frame.pixels.shape[1], frame.pixels.shape[0])
        rate = 1.0 / reader.step_s
        return recording_path(drive).name, rate, size, round(reader.duration_s * rate)
    finally:
        reader.close()


def _classified(arguments: argparse.Namespace, labels: Path | None) -> DriveRecord:
    """A drive with its predictions, known or computed now, and what the policy makes of them."""
    from engines.command import progress_bar
    from engines.view import Mount
    from monitor.evaluation.predictions import DrivePredictions
    from monitor.fleet.prediction import predict
    from monitor.fleet.prediction_cache import PredictionCache
    from monitor.fleet.recordings import as_recording
    from monitor.live.engine import Engine
    from monitor.live.options import resolve, speed_options
    from monitor.live.user_files import LastChoices
    from monitor.replay.run import drive_record
    from monitor.sources import open_source, recording_path, require_recording
    from monitor.speed.open_speed import open_speed

    require_recording(arguments.drive)
    engine = Engine.open(resolve(arguments, LastChoices(), user_files=False).engine)

    mount = Mount.load(arguments.mount) if arguments.mount is not None else None
    with open_source(arguments.drive, fps=arguments.fps, track=arguments.track) as source:
        recording = as_recording(
            arguments.drive, source, labels or source.labels, None, arguments.fps, mount, arguments.track
        )
    speed = open_speed(
        speed_options(arguments), lost_after_s=engine.settings.speed_lost_s, drive=recording_path(arguments.drive)
    )
    cache = PredictionCache.open(arguments.cache)
    with progress_bar() as progress:
        task = progress.add_task(recording.name, total=recording.frames)
        drive = predict(recording, engine, cache, DrivePredictions(), lambda: progress.advance(task))
    return drive_record(recording, engine, drive, speed)


def cli() -> int:
    """The command ``driver-monitor-formats``; the exit code."""
    return run_command(main)


if __name__ == "__main__":
    sys.exit(cli())
