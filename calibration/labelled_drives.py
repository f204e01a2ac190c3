"""Recorded drives with labels and what a network says of them, computed once; policies are then played over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engines.errors import UserError
from engines.files.drive_labels import DriveLabels
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.policy_run import play_policy
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.scoring import EventScore, score_events
from monitor.live.engine import Engine
from monitor.replay.prediction import frames_progress, predict
from monitor.replay.prediction_cache import PredictionCache
from monitor.replay.recordings import RecordedDrive, as_recording, labels_beside
from monitor.sources import is_live, open_source


@dataclass(frozen=True, eq=False)
class LabelledDrive:
    """A drive, what the driver did in it, and what a network says of each of its frames."""

    name: str
    labels: DriveLabels
    predictions: DrivePredictions

    def score(self, settings: AlertSettings, speed_kmh: float | None = None) -> EventScore:
        """The events of a policy with these settings against the labels."""
        run = play_policy(self.predictions, settings, speed_kmh)
        return score_events(self.labels, run.events, self.predictions.times_s, settings, speed_kmh)


def recording_of(spec: str) -> RecordedDrive:
    """A recording, or ``demo``, with the labels that it brings or that lie beside it.

    Raises:
        UserError: for what is no recording or has no labels.
    """
    if is_live(spec):
        raise UserError(f"{spec} is a camera or a stream: name recorded drives")
    with open_source(spec) as source:
        return as_recording(spec, source, source.labels or labels_beside(Path(spec).expanduser()))


def classify(
    recordings: Sequence[RecordedDrive], engine: Engine, cache: PredictionCache
) -> Iterator[tuple[RecordedDrive, DrivePredictions]]:
    """What a engine's network says of recordings, one after the other, with a bar over the frames of all of them.

    Raises:
        UserError, StageError: as the pipeline does.
    """
    with frames_progress() as progress:
        task, done = progress.add_task("classifying", total=sum(recording.frames or 0 for recording in recordings)), 0
        for recording in recordings:
            progress.update(task, description=f"classifying {recording.name}")
            drive = predict(recording, engine, cache, DrivePredictions(), partial(progress.advance, task))
            done += recording.frames or 0
            # What is known already comes all at once.
            progress.update(task, completed=done)
            yield recording, drive


def read_drives(specs: Sequence[str], engine: Engine, cache: PredictionCache) -> list[LabelledDrive]:
    """Drives with their labels; the network sees only what it has not seen before.

    Args:
        specs: recordings, with ``NAME.csv`` or ``NAME.json`` beside ``NAME.mp4``; or ``demo``.
        engine: whose network looks.
        cache: where predictions are kept.

    Raises:
        UserError: for what is no recording or has no labels.
    """
    recordings = [recording_of(spec) for spec in specs]
    return [labelled(recording, drive) for recording, drive in classify(recordings, engine, cache)]


def labelled(recording: RecordedDrive, predictions: DrivePredictions) -> LabelledDrive:
    """A recording that has labels, with what was said of it."""
    assert recording.labels is not None
    return LabelledDrive(recording.name, recording.labels, predictions)


def score_together(
    drives: Sequence[LabelledDrive], settings: AlertSettings, speed_kmh: float | None = None
) -> EventScore:
    """Play a policy over drives and score them as one."""
    return EventScore.of([drive.score(settings, speed_kmh) for drive in drives])
