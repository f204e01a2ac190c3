"""One drive of a fleet from its file to its tables: what every worker does, whatever it runs on."""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from engines.errors import UserError, one_line
from engines.files.labels.drive_labels import DriveLabels
from engines.files.labels.label_fit import require_fit
from engines.files.labels.openlabel import read_label_file
from engines.files.printable import printable, source_label
from engines.view import Mount
from monitor.evaluation.predictions import DrivePredictions
from monitor.fleet.drive_list import FleetDrive
from monitor.fleet.prediction import predict_drive
from monitor.fleet.prediction_cache import prediction_key
from monitor.fleet.results.policy_results import policy_key, policy_tables
from monitor.fleet.results.store import ResultStore, fetch, protocol_of
from monitor.fleet.results.tables import predictions_from_parquet, predictions_to_parquet
from monitor.live.engine import Engine, EngineOptions
from monitor.sources import open_source
from monitor.speed.open_speed import SpeedOptions, open_speed

logger = logging.getLogger(__name__)

TABLES = ("incidents", "faults", "scores")
"""Made of predictions, in folders of that name."""


@dataclass(frozen=True)
class FleetOptions:
    """How a fleet's drives are evaluated; the same for every drive and worker.

    Attributes:
        engine: bundle, policy and what runs the network.
        output: where the tables go.
        mount: of the cameras; the whole frame when None.
        speed: of the command line, for drives with no file of their own.
        fps: of folders of images, and videos without a clock.
        track: the video track of files that have several.
    """

    engine: EngineOptions
    output: ResultStore
    mount: Mount | None = None
    speed: SpeedOptions = field(default_factory=lambda: SpeedOptions(None))
    fps: float | None = None
    track: int | None = None

    @property
    def speed_name(self) -> str:
        """What distinguishes the source of speed in the names of files."""
        files = [path for path in (self.speed.text, self.speed.dbc) if path is not None and Path(path).is_file()]
        marks = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in files]
        speed = self.speed
        return json.dumps([str(speed.text), str(speed.dbc), speed.signal, speed.unit, speed.channel, marks])


@dataclass(frozen=True)
class FileNames:
    """The files of a drive in the folder of results."""

    predictions: str
    incidents: str
    faults: str
    scores: str

    def missing(self, known: Collection[str]) -> bool:
        """Whether any of them is still to be written."""
        return not {self.predictions, self.incidents, self.faults, self.scores} <= set(known)


@dataclass(frozen=True)
class DriveOutcome:
    """What became of a drive.

    Attributes:
        uri: of the drive.
        failure: why there are no results; None where there are.
        frames: that the network classified now.
    """

    uri: str
    failure: str | None = None
    frames: int = 0


class Evaluation:
    """Evaluates drives one after the other; the network is loaded when the first one needs it."""

    def __init__(self, options: FleetOptions) -> None:
        """Raises `UserError` for a bundle or a policy that cannot be used."""
        # One thread a worker: how sums are split among threads would change their last digit.
        self.options = replace(options, engine=replace(options.engine, threads=1))
        self.engine = Engine.open(self.options.engine)

    @cached_property
    def keys(self) -> tuple[str, str]:
        """What identifies the predictions, and the policy that is run over them."""
        options, engine = self.options, self.engine
        mount = engine.mount(options.mount)
        what = prediction_key(
            engine.manifest, mount, options.fps, engine.health, engine.network, engine.options.regions, options.track
        )
        predictions = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]
        return predictions, policy_key(engine.settings)

    @cached_property
    def _speed_name(self) -> str:
        return self.options.speed_name

    @property
    def folders(self) -> list[str]:
        """Where the files lie that `names` gives."""
        predictions, policy = self.keys
        return [f"predictions/{predictions}", *(f"{table}/{predictions}-{policy}" for table in TABLES)]

    def names(self, drive: FleetDrive) -> FileNames:
        """The files of a drive."""
        name = drive.name(self._speed_name if drive.speed is None else "")
        predictions, *tables = self.folders
        return FileNames(
            f"{predictions}/{name}.parquet", *(f"{each}/{name}{drive.labels_key}.parquet" for each in tables)
        )

    def evaluate(self, drive: FleetDrive, keys: tuple[str, str], known: Collection[str] = ()) -> DriveOutcome:
        """Write what is missing of a drive's files; a failure is an outcome, too.

        Args:
            drive: which.
            keys: what whoever asks expects `keys` to be: another machine may have other software.
            known: names of files that are there already.
        """
        frames = 0
        try:
            if keys != self.keys:
                raise UserError("this worker has another version of the software: install the same on every machine")
            with tempfile.TemporaryDirectory(prefix="driver-monitor-") as folder:
                names = self.names(drive)
                if names.predictions in known:
                    content = self.options.output.read(names.predictions)
                else:
                    content, frames = self._predictions(drive, Path(folder))
                    self.options.output.write(names.predictions, content)
                if names.missing({*known, names.predictions}):
                    self._apply_policy(drive, content, names, Path(folder))
        except Exception as error:  # a drive that fails is a row, never the end
            if not isinstance(error, (UserError, OSError)):
                logger.debug("a drive failed", exc_info=True)
            failure = one_line(error) if isinstance(error, UserError) else f"{type(error).__name__}: {one_line(error)}"
            return DriveOutcome(drive.uri, printable(failure), frames)
        return DriveOutcome(drive.uri, None, frames)

    def _predictions(self, drive: FleetDrive, folder: Path) -> tuple[bytes, int]:
        options, engine = self.options, self.engine
        path = _local(drive.uri, folder / "drive")
        speed = options.speed
        if drive.speed is not None:
            speed = SpeedOptions(_local(drive.speed, folder / "speed"))
        signal = open_speed(speed, lost_after_s=engine.settings.speed_lost_s, drive=Path(path))
        try:
            source = open_source(path, fps=options.fps, track=options.track)
            about = {"drive": source_label(drive.uri), "fps": source.fps}
            predictions = DrivePredictions()
            predict_drive(
                source,
                engine.classifier,
                predictions,
                mount=engine.mount(options.mount),
                health=engine.health,
                regions=engine.tracker(),
            )
            if not predictions.times_s:
                raise UserError("there is no frame in it: it may be damaged")
            return predictions_to_parquet(predictions, signal, about), len(predictions.times_s)
        finally:
            signal.close()

    def _apply_policy(self, drive: FleetDrive, content: bytes, names: FileNames, folder: Path) -> None:
        settings = self.engine.settings
        try:
            predictions, speed, about = predictions_from_parquet(content, settings.speed_lost_s)
        except ValueError as error:
            raise UserError(f"{names.predictions}: {error}: delete it, and it is computed again") from error
        labels = None if drive.labels is None else self._labels(drive.labels, predictions, about["fps"], folder)
        for table, rows in policy_tables(predictions, speed, settings, labels).items():
            self.options.output.write(getattr(names, table), rows)

    def _labels(self, uri: str, predictions: DrivePredictions, fps: float | None, folder: Path) -> DriveLabels:
        labels = read_label_file(Path(_local(uri, folder / "labels")), fps)
        require_fit(labels, predictions.duration_s, fps, source_label(uri))
        return labels


def _local(uri: str, folder: Path) -> str:
    """The path of a file or folder of images on this machine: what lies elsewhere is copied."""
    if protocol_of(uri) is None:
        return uri
    folder.mkdir()
    return str(fetch(uri, folder))
