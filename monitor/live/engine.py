"""The opened engine that drives share: a bundle's network and the policy that goes with it. It knows no camera."""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engines.bundles.bundle import Bundle, require_driver_classes
from engines.bundles.manifest import DEFAULT_BUNDLE, Manifest
from engines.classifier import Classifier, FrameClassifier
from engines.command import software_versions
from engines.errors import UserError
from engines.notice import NoticeText
from engines.regions.tracking import DEFAULT_REGION_MODE, RegionTracker, region_tracker
from engines.view import WHOLE_FRAME, Mount
from monitor.alerts.policy_file import PolicySettings, policy_notices, read_policy
from monitor.alerts.settings import AlertSettings, without_removed
from monitor.health.camera_health import HealthSettings
from monitor.live.frames.pacing import FrameRateLimiter
from monitor.live.warm_up import warming_up

DEFAULT_RUNTIME, DEFAULT_PRECISION = "onnxruntime", "fp32"


@dataclass(frozen=True)
class EngineOptions:
    """What is to be opened.

    Attributes:
        bundle: a folder; the default bundle when None.
        policy: a file with alert settings; None for the bundle's own.
        locked_policy: a file whose settings go before those of `policy`; None for none.
        runtime, precision: what runs the network, see `engines.runtimes.choose`.
        regions: how regions are found, see `engines.regions.tracking.REGION_MODES`.
        threads: CPU threads of the network; the runtime's default when None.
        max_fps: frames a second to classify at most; all of them when None.
        adaptive: whether to classify fewer frames of a camera while nothing changes.
    """

    bundle: Path | None = None
    policy: Path | None = None
    locked_policy: Path | None = None
    runtime: str = DEFAULT_RUNTIME
    precision: str = DEFAULT_PRECISION
    regions: str = DEFAULT_REGION_MODE
    threads: int | None = None
    max_fps: float | None = None
    adaptive: bool = False


@dataclass(eq=False)
class Engine:
    """A bundle and a policy. The network is loaded when it is first asked for: a drive that is known needs none.

    Attributes:
        bundle: checked, not loaded.
        policy: settings of alerts and health, and whether the driver sits on the right.
        load: loads the network.
        options: how it was opened.
        name: for people.
        notices: what the user should know of the bundle and the policy files, one line each; of the network once it is
            loaded.
    """

    bundle: Bundle
    policy: PolicySettings
    load: Callable[[], FrameClassifier]
    options: EngineOptions = field(default_factory=EngineOptions)
    name: str = ""
    notices: tuple[str, ...] = ()

    @classmethod
    def open(cls, options: EngineOptions | None = None) -> Engine:
        """Read the files and see whether the options go together, without starting a network.

        Raises:
            UserError: for a bundle, a policy or a limit that cannot be used.
        """
        options = options or EngineOptions()
        bundle = Bundle.open(options.bundle)
        require_driver_classes(bundle)
        policy = read_policy(options.policy, bundle.manifest.thresholds, options.locked_policy)
        name = bundle.manifest.name

        def load() -> Classifier:
            classifier = Classifier.of(
                bundle, runtime=options.runtime, precision=options.precision, threads=options.threads
            )
            _require_alerts(classifier, policy.alerts)
            engine.notices += classifier.notices
            return classifier

        engine = cls(
            bundle,
            policy,
            load,
            options,
            name if options.policy is None else f"{name} · {options.policy.stem}",
            (
                *_bundle_notices(bundle),
                *(notice.text for file in (options.policy, options.locked_policy) for notice in policy_notices(file)),
            ),
        )
        engine.limiter(live=True)
        return engine

    @cached_property
    def classifier(self) -> FrameClassifier:
        """The network, loaded. Raises `UserError`."""
        with warming_up(self.options.regions) if self.manifest.uses_regions else nullcontext():
            return self.load()

    @property
    def manifest(self) -> Manifest:
        """What the bundle says of itself."""
        return self.bundle.manifest

    @property
    def settings(self) -> AlertSettings:
        """Of the alert policy."""
        return self.policy.alerts

    @property
    def health(self) -> HealthSettings:
        """When the camera is said to show nothing of use."""
        return self.policy.health

    @property
    def network(self) -> str:
        """Runtime and precision, as asked for."""
        return f"{self.options.runtime} {self.options.precision}"

    def about(self, mount: Mount) -> dict[str, object]:
        """What a drive is watched with: software, bundle and its hashes, settings in force; for JSON files."""
        return {
            "software": {**software_versions(), "Python": platform.python_version(), "platform": platform.platform()},
            "runtime": self.options.runtime,
            "precision": self.options.precision,
            "regions": self.options.regions,
            "bundle": {
                "name": self.manifest.name,
                "format_version": self.manifest.format_version,
                "temperature": self.manifest.temperature,
                "thresholds": dict(self.manifest.thresholds),
                "files": dict(self.manifest.files),
            },
            "settings": self.policy.model_dump(mode="json"),
            "mount": mount.model_dump(mode="json"),
        }

    def mount(self, mount: Mount | None) -> Mount:
        """A camera's mount with this policy: mirrored where either says that the driver sits on the right."""
        return self.policy.mount(mount) or WHOLE_FRAME

    def tracker(self) -> RegionTracker | None:
        """What finds the regions of one drive; None for cold ones, which the classifier finds, and for none."""
        return region_tracker(self.options.regions, self.manifest.kappa) if self.manifest.uses_regions else None

    def limiter(self, *, live: bool) -> FrameRateLimiter:
        """What says which frames of one drive are classified. Raises `UserError` for an impossible limit.

        A recording is never slowed down by what it shows: it is classified alike each time.
        """
        return FrameRateLimiter(
            max_fps=self.options.max_fps,
            adaptive=self.options.adaptive and live,
            frame_holds_s=self.settings.frame_holds_s,
        )


def _bundle_notices(bundle: Bundle) -> tuple[str, ...]:
    """What a bundle from elsewhere sets otherwise than the defaults: it takes part in when the driver is alerted."""
    manifest = bundle.manifest
    if bundle.path == DEFAULT_BUNDLE:
        return ()
    defaults = {**AlertSettings().model_dump(), "temperature": 1.0}
    fitted = {**without_removed(manifest.thresholds), "temperature": manifest.temperature}
    # A threshold of one activity stands in place of the common one.
    changed = [(name, value, defaults.get(name, defaults["enter"])) for name, value in fitted.items()]
    changed = [(name, value, default) for name, value, default in changed if value != default]
    if not changed:
        return ()
    settings = ", ".join(f"{name} = {value:g} (default {default:g})" for name, value, default in changed)
    return (NoticeText("the bundle {name} sets {settings}", name=manifest.name, settings=settings),)


def _require_alerts(classifier: Classifier, settings: AlertSettings) -> None:
    """Raise `UserError` where network and thresholds together would never alert anybody."""
    if not classifier.view_trial.sees_distraction(settings.enter_at, settings.unsure_below):
        raise UserError(
            f"with these thresholds the bundle {classifier.bundle.path} sees none of the simulated views of C1 to C8 "
            "as a distraction, so nobody would ever be alerted: lower enter or enter_by_activity, or use another bundle"
        )


OpenEngine = Callable[[], Engine]


class EngineCache:
    """Opens what is chosen when it is first asked for, from any thread, and then gives the same engine.

    Attributes:
        options: what is, or will be, open.
    """

    def __init__(self, options: EngineOptions, open_engine: Callable[[EngineOptions], Engine] = Engine.open) -> None:
        self.options = options
        self._open = open_engine
        self._opening, self._lock = threading.Lock(), threading.Lock()
        self._engine: Engine | None = None
        self._chosen = 0

    def __call__(self) -> Engine:
        """The engine, its network loaded. Raises `UserError`."""
        with self._opening:
            with self._lock:
                if self._engine is not None:
                    return self._engine
                options, chosen = self.options, self._chosen
            engine = self._open(options)
            _ = engine.classifier
            with self._lock:
                # Another may have been chosen meanwhile, or the same with another content of its files.
                if chosen == self._chosen:
                    self._engine = engine
            return engine

    @property
    def opened(self) -> Engine | None:
        """The engine, where it is open already."""
        return self._engine

    def choose(self, options: EngineOptions) -> None:
        """Open another from the next drive on."""
        with self._lock:
            self.options, self._engine = options, None
            self._chosen += 1
