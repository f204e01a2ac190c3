"""The opened engine that drives share: opened once, in the first drive's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from engines.bundle import Bundle
from engines.classifier import Classifier
from engines.view import Mount
from monitor.alert_settings import AlertSettings
from monitor.health import HealthSettings
from monitor.pipeline import FrameClassifier
from monitor.policy import read_policy


@dataclass(frozen=True, eq=False)
class Engine:
    """A classifier ready to run, and what people should know of it.

    Attributes:
        classifier: for the pipeline.
        bundle: the bundle's name.
        runtime: what executes it.
        mount: how the camera sits.
        settings: the alert policy's numbers, where the bundle or a policy file brings its own.
        health: the camera's health's.
    """

    classifier: FrameClassifier
    bundle: str
    runtime: str
    mount: Mount
    settings: AlertSettings
    health: HealthSettings = field(default_factory=HealthSettings)


OpenEngine = Callable[[], Engine]


def engine_opener(
    bundle: Path | None,
    mount: Mount | None,
    policy: Path | None = None,
    runtime: str = "onnxruntime",
    precision: str = "fp32",
) -> OpenEngine:
    """A function that opens a bundle when first called, from any thread, and then gives the same engine."""
    lock = threading.Lock()
    kept: list[Engine] = []

    def open_engine() -> Engine:
        with lock:
            if not kept:
                opened = Bundle.open(bundle)
                manifest = opened.manifest
                settings = read_policy(policy, manifest.thresholds)
                classifier = Classifier.of(opened, mount=settings.mount(mount), runtime=runtime, precision=precision)
                kept.append(
                    Engine(
                        classifier=classifier,
                        bundle=manifest.name,
                        runtime=classifier.session.description,
                        mount=classifier.mount,
                        settings=settings.alerts,
                        health=settings.health,
                    )
                )
            return kept[0]

    return open_engine
