"""The opened engine that drives share: opened once, in the first drive's thread, and anew when another is chosen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from engines.bundles.bundle import Bundle
from engines.classifier import Classifier, FrameClassifier
from engines.regions.tracking import DEFAULT_REGION_MODE, RegionTracker, region_tracker
from engines.view import Mount
from monitor.alerts.policy_file import PolicySettings, read_policy
from monitor.alerts.settings import AlertSettings
from monitor.health.camera_health import HealthSettings
from monitor.live.candidate import Candidate
from monitor.live.pacing import FrameRateLimiter
from monitor.live.warm_up import warming_up


@dataclass(eq=False)
class Engine:
    """A classifier ready to run, and what people should know of it.

    Attributes:
        classifier: for the pipeline.
        bundle: the bundle's name.
        runtime: what executes it.
        mount: how the camera sits.
        settings: the alert policy's numbers, where the bundle or a policy file brings its own.
        health: the camera's health's.
        tracker: makes what finds the regions of one drive; None of it for the classifier's own.
        pacer: makes what says which frames of one drive are judged, given whether the drive happens now.
    """

    classifier: FrameClassifier
    bundle: str
    runtime: str
    mount: Mount
    settings: AlertSettings
    health: HealthSettings = field(default_factory=HealthSettings)
    tracker: Callable[[], RegionTracker | None] = lambda: None
    pacer: Callable[[bool], FrameRateLimiter] = lambda _live: FrameRateLimiter()

    def set_mount(self, mount: Mount) -> None:
        """The camera sits otherwise from the next frame on; from any thread."""
        self.mount = mount
        self.classifier.mount = mount  # type: ignore[attr-defined]


OpenEngine = Callable[[], Engine]


@dataclass(frozen=True)
class EngineChoice:
    """What is to be opened.

    Attributes:
        bundle: a folder; the default bundle when None.
        mount: how the camera sits.
        policy: a file with alert settings; None for the bundle's own.
        runtime, precision: what runs the network, see `engines.runtimes.choose`.
        regions: how regions are found, see `engines.regions.tracking.REGION_MODES`.
        threads: CPU threads of the network; the runtime's own choice when None.
        max_fps: frames a second to judge at most; all of them when None.
        adaptive: whether to judge fewer frames of a camera while nothing changes.
    """

    bundle: Path | None = None
    mount: Mount | None = None
    policy: Path | None = None
    runtime: str = "onnxruntime"
    precision: str = "fp32"
    regions: str = DEFAULT_REGION_MODE
    threads: int | None = None
    max_fps: float | None = None
    adaptive: bool = False

    def check(self) -> tuple[Bundle, PolicySettings]:
        """Read the files and see whether the choices go together, without starting a network. Raises `UserError`."""
        opened = Bundle.open(self.bundle)
        settings = read_policy(self.policy, opened.manifest.thresholds)
        self._pacer(settings, live=True)
        return opened, settings

    def open(self) -> Engine:
        """Open it. Raises `UserError`."""
        with warming_up(self.regions):
            opened, settings = self.check()
            classifier = Classifier.of(
                opened,
                mount=settings.mount(self.mount),
                runtime=self.runtime,
                precision=self.precision,
                threads=self.threads,
            )
        manifest = opened.manifest
        return Engine(
            classifier=classifier,
            bundle=manifest.name,
            runtime=classifier.session.description,
            mount=classifier.mount,
            settings=settings.alerts,
            health=settings.health,
            tracker=lambda: region_tracker(self.regions, manifest.kappa),
            pacer=lambda live: self._pacer(settings, live=live),
        )

    def _pacer(self, settings: PolicySettings, *, live: bool) -> FrameRateLimiter:
        """A recording is never slowed down by what it shows: it is judged alike each time."""
        return FrameRateLimiter(
            max_fps=self.max_fps,
            adaptive=self.adaptive and live,
            frame_holds_s=settings.alerts.frame_holds_s,
        )

    def candidate(self) -> Candidate:
        """The same for a replay. Raises `UserError`."""
        return Candidate.open(
            self.bundle,
            self.policy,
            self.mount,
            runtime=self.runtime,
            precision=self.precision,
            regions=self.regions,
        )


class EngineHolder:
    """Opens what is chosen when it is first asked for, from any thread, and then gives the same engine.

    Attributes:
        choice: what is, or will be, open.
    """

    def __init__(self, choice: EngineChoice, open_choice: Callable[[EngineChoice], Engine] = EngineChoice.open) -> None:
        self.choice = choice
        self._open = open_choice
        self._lock = threading.Lock()
        self._kept: Engine | None = None

    def __call__(self) -> Engine:
        """The engine. Raises `UserError`."""
        with self._lock:
            if self._kept is not None:
                return self._kept
            choice = self.choice
            opened = self._open(choice)
            # Another may have been chosen meanwhile.
            self._kept = opened if choice == self.choice else None
            return opened

    @property
    def opened(self) -> Engine | None:
        """The engine, where it is open already."""
        return self._kept

    def choose(self, choice: EngineChoice) -> None:
        """Open another from the next drive on."""
        self.choice, self._kept = choice, None

    def set_mount(self, mount: Mount) -> None:
        """The camera sits otherwise, for the open engine and for those to come."""
        self.choice = replace(self.choice, mount=mount)
        if self._kept is not None:
            self._kept.set_mount(mount)

    def candidate(self) -> Candidate:
        """What a replay judges with. Raises `UserError`."""
        return self.choice.candidate()
