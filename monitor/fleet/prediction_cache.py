"""Predictions of drives on disk: a drive is classified once, and continued where it was interrupted."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engines.bundles.bundle import hash_file
from engines.bundles.manifest import PRECISIONS, Manifest
from engines.files.output import prepare_folder
from engines.view import Mount
from monitor.evaluation.predictions import DrivePredictions
from monitor.fleet.prediction_software import software_fingerprint
from monitor.health.camera_health import HealthSettings
from monitor.sources import recording_path
from monitor.sources.open_source import recording_files

logger = logging.getLogger(__name__)

FORMAT_VERSION = 4
"""Raised with the layout of the files, and with what `monitor.fleet.prediction` makes of the same software."""

_TAKES_PART = {"classes", "view_size", "kappa", "temperature", "uses_regions", "region_names"}
"""Fields of a manifest that take part in what becomes of a frame."""


def default_folder() -> Path:
    """Where predictions are stored by default: in the user's cache."""
    return Path(platformdirs.user_cache_dir("driver-monitor")) / "predictions"


@dataclass(frozen=True)
class PredictionCache:
    """A folder with a file for each drive, its track, network, camera mount and frame rate."""

    folder: Path

    @classmethod
    def open(cls, folder: Path | None = None) -> PredictionCache:
        """The user's cache when no folder is given. Raises `UserError` when nothing can be written there."""
        cache = cls(folder or default_folder())
        prepare_folder(cache.folder)
        return cache

    def path(
        self,
        source_name: str,
        manifest: Manifest,
        mount: Mount,
        fps: float | None,
        health: HealthSettings | None = None,
        engine: str = "onnxruntime fp32",
        regions: str = "cold",
        track: int | str | None = None,
    ) -> Path:
        """The file for a recording: whatever changes its predictions changes the name.

        Args:
            source_name: as `monitor.sources.open_source` takes it.
            manifest: of the network's bundle.
            mount: the camera mount.
            fps: of a folder of images.
            health: of the camera; the defaults when left out.
            engine: runtime and precision, as requested.
            regions: how they are found, see `engines.regions.tracking.REGION_MODES`.
            track: the video track or the topic that is named; None where none is.
        """
        what = prediction_key(manifest, mount, fps, health, engine, regions, track)
        what["recording"] = _fingerprint(source_name)
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


def prediction_key(
    manifest: Manifest,
    mount: Mount,
    fps: float | None,
    health: HealthSettings | None,
    engine: str,
    regions: str,
    track: int | str | None = None,
) -> dict[str, object]:
    """All that changes the predictions of a recording, but for the recording; arguments as of `PredictionCache.path`.

    As JSON with sorted keys it is the same for the same. Alert settings have no part in it.
    """
    what: dict[str, object] = {
        "format": FORMAT_VERSION,
        "software": software_fingerprint(engine),
        # What a copy with other thresholds and another model card has in common with its origin.
        "bundle": manifest.model_dump(mode="json", include=_TAKES_PART),
        "models": {name: digest for name, digest in manifest.files.items() if _runs(name, engine, manifest)},
        "mount": mount.model_dump(mode="json"),
        "fps": fps,
        "engine": engine,
        "regions": regions,
        "health": (health or HealthSettings()).model_dump(mode="json"),
    }
    if track is not None:  # files of before know none
        what["track"] = track
    return what


def _runs(name: str, engine: str, manifest: Manifest) -> bool:
    """Whether an engine may run a file of a bundle: one of its precision, or any where that is chosen later."""
    precision = engine.split()[-1]
    if not name.endswith(".onnx"):
        return False
    named = [known for known in PRECISIONS if known == precision]
    # A name's beginning, for INT8 has a form for CPUs beside the other.
    return not named or name.startswith(manifest.model_file(named[0]).removesuffix(".onnx"))


def _fingerprint(source_name: str) -> object:
    """What distinguishes a recording from another: a file's content, or names, sizes and times of a folder's files."""
    path = recording_path(source_name)
    if path.is_file():
        return hash_file(path)
    entries = ((file.relative_to(path.parent).as_posix(), file.stat()) for file in recording_files(path))
    return [(name, status.st_size, status.st_mtime_ns) for name, status in entries]
