"""The opened engine that drives share: opened once, in the first drive's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engines.classifier import Classifier
from engines.view import Mount
from monitor.alert_settings import AlertSettings
from monitor.pipeline import FrameClassifier


@dataclass(frozen=True, eq=False)
class Engine:
    """A classifier ready to run, and what people should know of it.

    Attributes:
        classifier: for the pipeline.
        bundle: the bundle's name.
        runtime: what executes it.
        mount: how the camera sits.
        settings: the alert policy's numbers, where the bundle brings its own.
    """

    classifier: FrameClassifier
    bundle: str
    runtime: str
    mount: Mount
    settings: AlertSettings


OpenEngine = Callable[[], Engine]


def engine_opener(
    bundle: Path | None, mount: Mount | None, runtime: str = "onnxruntime", precision: str = "fp32"
) -> OpenEngine:
    """A function that opens a bundle when first called, from any thread, and then gives the same engine."""
    lock = threading.Lock()
    kept: list[Engine] = []

    def open_engine() -> Engine:
        with lock:
            if not kept:
                classifier = Classifier.open(bundle, mount=mount, runtime=runtime, precision=precision)
                manifest = classifier.manifest
                kept.append(
                    Engine(
                        classifier=classifier,
                        bundle=manifest.name,
                        runtime=classifier.session.description,
                        mount=classifier.mount,
                        settings=AlertSettings.fitted(manifest.thresholds),
                    )
                )
            return kept[0]

    return open_engine
