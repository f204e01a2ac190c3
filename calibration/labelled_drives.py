"""Recorded drives with labels and a network's predictions, computed once; policies are then run over them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engines.command import progress_bar
from engines.files.labels.drive_labels import DriveLabels
from engines.files.labels.label_files import require_label_file
from engines.files.labels.label_fit import labels_beyond
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.policy_run import run_policy
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.scoring import EventScore, score_events
from monitor.fleet.prediction import predict
from monitor.fleet.prediction_cache import PredictionCache
from monitor.fleet.recordings import RecordedDrive, as_recording
from monitor.live.engine import Engine
from monitor.sources import open_source, require_recording

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class LabelledDrive:
    """A drive, its labels, and a network's predictions of its frames."""

    name: str
    labels: DriveLabels
    predictions: DrivePredictions

    def score(self, settings: AlertSettings, speed_kmh: float | None = None) -> EventScore:
        """The events of a policy with these settings against the labels."""
        run = run_policy(self.predictions, settings, speed_kmh)
        return score_events(self.labels, run.events, self.predictions.times_s, settings, speed_kmh)


def recording_of(source_name: str) -> RecordedDrive:
    """A recording, or ``demo``, with its own labels or those beside it.

    Raises:
        UserError: for what is no recording or has no labels.
    """
    require_recording(source_name)
    with open_source(source_name) as source:
        return as_recording(source_name, source, source.labels or require_label_file(Path(source_name).expanduser()))


def classify(
    recordings: Sequence[RecordedDrive], engine: Engine, cache: PredictionCache
) -> Iterator[tuple[RecordedDrive, DrivePredictions]]:
    """An engine's predictions of recordings, one after the other, with a bar over the frames of all of them.

    Raises:
        UserError, StageError: as the pipeline does.
    """
    with progress_bar(transient=False) as progress:
        task, done = progress.add_task("classifying", total=sum(recording.frames or 0 for recording in recordings)), 0
        for recording in recordings:
            progress.update(task, description=f"classifying {recording.name}")
            drive = predict(recording, engine, cache, DrivePredictions(), partial(progress.advance, task))
            done += recording.frames or 0
            # What is known already comes all at once.
            progress.update(task, completed=done)
            yield recording, drive


def read_drives(source_names: Sequence[str], engine: Engine, cache: PredictionCache) -> list[LabelledDrive]:
    """Drives with their labels; only what was not classified before is classified now.

    Args:
        source_names: recordings, with ``NAME.csv`` or ``NAME.json`` beside ``NAME.mp4``; or ``demo``.
        engine: with the network.
        cache: where predictions are stored.

    Raises:
        UserError: for what is no recording or has no labels.
    """
    recordings = [recording_of(source_name) for source_name in source_names]
    return [labelled(recording, drive) for recording, drive in classify(recordings, engine, cache)]


def labelled(recording: RecordedDrive, predictions: DrivePredictions) -> LabelledDrive:
    """A recording that has labels, with its predictions."""
    assert recording.labels is not None
    end_s = predictions.duration_s
    for line in (*predictions.notices, recording.labels.unknown_notice(), labels_beyond(recording.labels, end_s)):
        if line is not None:
            _LOG.warning("%s: %s", recording.name, line)
    return LabelledDrive(recording.name, recording.labels, predictions)


def score_together(
    drives: Sequence[LabelledDrive], settings: AlertSettings, speed_kmh: float | None = None
) -> EventScore:
    """Run a policy over drives and score them as one."""
    return EventScore.of([drive.score(settings, speed_kmh) for drive in drives])
