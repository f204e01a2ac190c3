"""Predictions of drives on disk: the network sees a drive once, and goes on where it was interrupted."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from engines.bundles.bundle import hash_file
from engines.bundles.manifest import PRECISIONS, Manifest
from engines.classifier import FrameClassifier
from engines.errors import UserError
from engines.files.output import prepare_folder, write_whole
from engines.prediction import Prediction
from engines.regions import RegionProposal
from engines.view import Mount
from monitor.evaluation.predictions import DrivePredictions
from monitor.health.camera_health import FrameHealth, HealthSettings
from monitor.live.pipeline import Pipeline, RegionFinder
from monitor.prediction_software import software_fingerprint
from monitor.sources import Source
from monitor.sources.open_source import DEMO, DEMO_VIDEO

logger = logging.getLogger(__name__)

FORMAT_VERSION = 2
_SAVED_EVERY_S = 60.0
"""How much work an end without warning (a machine that goes down) can cost."""


def default_folder() -> Path:
    """Where predictions are kept unless told otherwise: in the user's cache."""
    return Path(platformdirs.user_cache_dir("driver-monitor")) / "predictions"


@dataclass(frozen=True)
class PredictionCache:
    """A folder with a file for each drive, network, camera mount and frame rate."""

    folder: Path

    @classmethod
    def open(cls, folder: Path | None = None) -> PredictionCache:
        """The user's own one when no folder is given. Raises `UserError` when nothing can be written there."""
        cache = cls(folder or default_folder())
        prepare_folder(cache.folder)
        return cache

    def path(
        self,
        spec: str,
        manifest: Manifest,
        mount: Mount,
        fps: float | None,
        health: HealthSettings | None = None,
        engine: str = "onnxruntime fp32",
        regions: str = "cold",
    ) -> Path:
        """The file for a recording: whatever changes its predictions changes the name.

        Args:
            spec: as `monitor.sources.open_source` takes it.
            manifest: of the network's bundle.
            mount: how the camera sits.
            fps: of a folder of images.
            health: of the camera; the defaults when left out.
            engine: runtime and precision, as asked for.
            regions: how they are found, see `engines.regions.tracking.REGION_MODES`.
        """
        what = {
            "format": FORMAT_VERSION,
            "recording": _fingerprint(spec),
            "software": software_fingerprint(),
            # What a copy with other thresholds and another model card has in common with its origin.
            "bundle": manifest.model_dump(mode="json", include={"classes", "view_size", "kappa", "temperature"}),
            "models": {name: digest for name, digest in manifest.files.items() if _runs(name, engine)},
            "mount": mount.model_dump(mode="json"),
            "fps": fps,
            "engine": engine,
            "regions": regions,
            "health": (health or HealthSettings()).model_dump(mode="json"),
        }
        digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
        return self.folder / f"{digest[:32]}.npz"

    def read(self, path: Path) -> DrivePredictions | None:
        """What is known of a drive, maybe not to its end; None when nothing is."""
        try:
            return DrivePredictions.from_bytes(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            logger.warning("%s cannot be used and is computed again: %s", path.name, error)
            return None


def _runs(name: str, engine: str) -> bool:
    """Whether an engine may run a file of a bundle: one of its precision, or any where that is chosen later."""
    precision = engine.split()[-1]
    return name.endswith(".onnx") and (precision not in PRECISIONS or name.startswith(f"model.{precision}"))


def _fingerprint(spec: str) -> object:
    """What tells a recording from another: the content of a file, the names, sizes and times of a folder's."""
    path = DEMO_VIDEO if spec.strip() == DEMO else Path(spec.strip()).expanduser()
    if not path.is_dir():
        return hash_file(path)
    entries = ((entry.name, entry.stat()) for entry in sorted(path.iterdir()) if entry.is_file())
    return [(name, status.st_size, status.st_mtime_ns) for name, status in entries]


def predict_drive(
    source: Source,
    classifier: FrameClassifier,
    drive: DrivePredictions,
    *,
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
        known: the beginning of this very drive, from an interrupted run; its frames are not classified again.
        save: gets what there is about once a minute, at the end, and when the run is interrupted or fails.
        progressed: called after each frame.
        health: of the camera; the defaults when left out.
        regions: as for the pipeline; sees every frame, the known ones too, so that a resumed run is the whole one's.

    Raises:
        UserError, StageError: as the pipeline does.
    """
    if known is not None and not known.complete:
        classifier = _Resumed(classifier, known.predictions)
        drive.known = len(known.predictions)
    saved_at = time.monotonic()
    try:
        with Pipeline(source, classifier, health=FrameHealth(health), regions=regions) as pipeline:
            for observation in pipeline:
                drive.notices.extend(observation.notices)
                frame, prediction, latency = observation.frame, observation.prediction, observation.latency
                if frame is not None and prediction is not None and latency is not None:
                    drive.add(frame, prediction, observation.camera, latency.as_dict(), known)
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
            write_whole(path, drive.to_bytes())
        except UserError as error:
            logger.warning("the predictions are not kept: %s", error)

    return save


class _Resumed:
    """Answers for the frames that are known already, then lets the network. The pipeline asks in order."""

    def __init__(self, classifier: FrameClassifier, known: list[Prediction]) -> None:
        self._classifier = classifier
        self._known = known
        # Regions and network run in threads of their own.
        self._proposed = self._inferred = 0

    def view(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return self._classifier.view(pixels)

    def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
        index, self._proposed = self._proposed, self._proposed + 1
        if index >= len(self._known):
            return self._classifier.propose(view)
        # Nobody asks a recording's frames for their keypoints.
        return RegionProposal(self._known[index].regions, np.empty((0, 2)), np.empty(0, dtype=np.intp), None)

    def infer(self, view: NDArray[np.uint8], regions: NDArray[np.float32]) -> Prediction:
        index, self._inferred = self._inferred, self._inferred + 1
        return self._known[index] if index < len(self._known) else self._classifier.infer(view, regions)
