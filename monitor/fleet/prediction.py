"""A network's predictions of a recorded drive: computed once and stored, and resumed after an interruption."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.classifier import FrameClassifier
from engines.errors import UserError
from engines.files.output import write_atomic
from engines.prediction import Prediction
from engines.regions import RegionProposal
from engines.view import Mount
from monitor.evaluation.predictions import DrivePredictions
from monitor.fleet.prediction_cache import PredictionCache
from monitor.fleet.recordings import RecordedDrive
from monitor.health.camera_health import FrameHealth, HealthSettings
from monitor.live.engine import Engine
from monitor.live.pipeline import FrameResult, Pipeline, RegionFinder
from monitor.sources import Source, open_source

logger = logging.getLogger(__name__)

_SAVED_EVERY_S = 60.0
"""How much work an end without warning (a machine that goes down) can cost."""


def predict_drive(
    source: Source,
    classifier: FrameClassifier,
    drive: DrivePredictions,
    *,
    mount: Mount | None = None,
    known: DrivePredictions | None = None,
    save: Callable[[DrivePredictions], None] | None = None,
    progressed: Callable[[], None] | None = None,
    health: HealthSettings | None = None,
    regions: RegionFinder | None = None,
) -> None:
    """Run a recording through the live pipeline, every frame in order.

    Args:
        source: closed at the end.
        classifier: as for the pipeline.
        drive: empty; filled frame by frame, so that what was done survives an interruption.
        mount: the camera's.
        known: the beginning of this very drive, from an interrupted run; its frames are not classified again.
        save: gets what there is about once a minute, at the end, and when the run is interrupted or fails.
        progressed: called after each frame.
        health: of the camera; the defaults when left out.
        regions: as for the pipeline; gets every frame, the known ones too, so that a resumed run equals an
            uninterrupted one.

    Raises:
        UserError, StageError: as the pipeline does.
    """
    if known is not None and not known.complete:
        classifier = _Resumed(classifier, known.predictions)
        drive.known = len(known.predictions)
    saved_at = time.monotonic()
    try:
        with Pipeline(source, classifier, mount=mount, health=FrameHealth(health), regions=regions) as pipeline:
            for result in pipeline:
                drive.notices.extend(result.notices)
                if isinstance(result, FrameResult):
                    drive.add(result.frame, result.prediction, result.camera, result.latency.as_dict(), known)
                    if progressed is not None:
                        progressed()
                if save is not None and time.monotonic() - saved_at > _SAVED_EVERY_S:
                    save(drive)
                    saved_at = time.monotonic()
        drive.complete = True
    finally:
        # A resumed run that stops earlier than the one before must not lose what that one knew.
        if save is not None and (drive.complete or known is None or len(drive.times_s) > len(known.times_s)):
            save(drive)


def saver(path: Path) -> Callable[[DrivePredictions], None]:
    """Writes predictions to a file; a full disk costs the cache, not the replay."""

    def save(drive: DrivePredictions) -> None:
        try:
            write_atomic(path, drive.to_bytes())
        except UserError as error:
            logger.warning("the predictions are not stored: %s", error)

    return save


class _Resumed:
    """Gives the predictions of the frames that are known, then the network's. The pipeline asks in order."""

    def __init__(self, classifier: FrameClassifier, known: list[Prediction]) -> None:
        self._classifier = classifier
        self._known = known
        # Regions and network run in threads of their own.
        self._proposed = self._inferred = 0

    @property
    def description(self) -> str:
        return self._classifier.description

    def view(self, pixels: NDArray[np.uint8], mount: Mount) -> NDArray[np.uint8]:
        return self._classifier.view(pixels, mount)

    def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
        index, self._proposed = self._proposed, self._proposed + 1
        if index >= len(self._known):
            return self._classifier.propose(view)
        # The keypoints of a recording's frames are not used.
        return RegionProposal(self._known[index].regions, np.empty((0, 2)), np.empty(0, dtype=np.intp), None)

    def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32], *, mirrored: bool) -> Prediction:
        index, self._inferred = self._inferred, self._inferred + 1
        if index < len(self._known):
            return self._known[index]
        return self._classifier.infer(view, regions, mirrored=mirrored)


def predict(
    recording: RecordedDrive,
    engine: Engine,
    cache: PredictionCache,
    drive: DrivePredictions,
    progressed: Callable[[], None] | None = None,
) -> DrivePredictions:
    """An engine's predictions of a recording: known already, or computed now and stored.

    Args:
        recording: what to classify.
        engine: with the network.
        cache: where predictions are stored.
        drive: empty; filled frame by frame where there is something to compute, so an interruption leaves a part.
        progressed: called after each frame that is computed.

    Raises:
        UserError, StageError: as the pipeline does.
    """
    path = _file(recording, engine, cache)
    known = cache.read(path)
    if known is not None and known.complete:
        return known
    source = open_source(recording.source_name, fps=recording.fps, track=recording.track)
    predict_drive(
        source,
        engine.classifier,
        drive,
        mount=engine.mount(recording.mount),
        known=known,
        save=saver(path),
        progressed=progressed,
        health=engine.health,
        regions=engine.tracker(),
    )
    return drive


def known_predictions(recording: RecordedDrive, engine: Engine, cache: PredictionCache) -> DrivePredictions | None:
    """An engine's predictions of a whole recording where they are stored; None where they are not."""
    known = cache.read(_file(recording, engine, cache))
    return known if known is not None and known.complete else None


def _file(recording: RecordedDrive, engine: Engine, cache: PredictionCache) -> Path:
    return cache.path(
        recording.source_name,
        engine.manifest,
        engine.mount(recording.mount),
        recording.fps,
        engine.health,
        engine.network,
        engine.options.regions,
        recording.track,
    )
