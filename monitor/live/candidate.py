"""What a replay judges: a network and the alert settings that go with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engines.bundles.bundle import Bundle, require_driver_classes
from engines.bundles.manifest import Manifest
from engines.classifier import Classifier
from engines.regions.tracking import DEFAULT_REGION_MODE, RegionTracker, region_tracker
from engines.view import Mount
from monitor.alerts.policy_file import read_policy
from monitor.alerts.settings import AlertSettings
from monitor.health.camera_health import HealthSettings


@dataclass(eq=False)
class Candidate:
    """A bundle and a policy. The network is loaded when the first drive needs it, and not for a drive that is known.

    Attributes:
        name: for people.
        bundle: checked, not loaded.
        settings: of the alert policy.
        mount: how the camera sits.
        health: when the camera is said to show nothing of use.
        runtime, precision: what runs the network, see `engines.runtimes.choose`.
        regions: how regions are found, see `engines.regions.tracking.REGION_MODES`.
    """

    name: str
    bundle: Bundle
    settings: AlertSettings
    mount: Mount = field(default_factory=Mount)
    health: HealthSettings = field(default_factory=HealthSettings)
    runtime: str = "onnxruntime"
    precision: str = "fp32"
    regions: str = DEFAULT_REGION_MODE

    @classmethod
    def open(
        cls,
        bundle: Path | None = None,
        policy: Path | None = None,
        mount: Mount | None = None,
        name: str | None = None,
        *,
        runtime: str = "onnxruntime",
        precision: str = "fp32",
        regions: str = DEFAULT_REGION_MODE,
    ) -> Candidate:
        """A bundle (the default one when left out) with its own thresholds and a policy file over them.

        Raises:
            UserError: for a bundle, a policy or thresholds that cannot be used.
        """
        opened = Bundle.open(bundle)
        require_driver_classes(opened)
        settings = read_policy(policy, opened.manifest.thresholds)
        title = opened.manifest.name if policy is None else f"{opened.manifest.name} · {policy.stem}"
        user_mount = settings.mount(mount) or Mount()
        return cls(name or title, opened, settings.alerts, user_mount, settings.health, runtime, precision, regions)

    @property
    def manifest(self) -> Manifest:
        """What the bundle says of itself."""
        return self.bundle.manifest

    def tracker(self) -> RegionTracker | None:
        """What finds the regions of one drive; None for cold ones."""
        return region_tracker(self.regions, self.manifest.kappa)

    @property
    def engine(self) -> str:
        """Runtime and precision, as asked for."""
        return f"{self.runtime} {self.precision}"

    @cached_property
    def classifier(self) -> Classifier:
        """The network, loaded. Raises `UserError`."""
        return Classifier.of(self.bundle, mount=self.mount, runtime=self.runtime, precision=self.precision)
