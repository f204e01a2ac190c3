"""What a replay judges: a network and the alert settings that go with it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from engines.bundle import Bundle, Manifest, require_driver_classes
from engines.classifier import Classifier
from engines.errors import UserError
from engines.view import Mount
from monitor.alert_settings import AlertSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(eq=False)
class Candidate:
    """A bundle and a policy. The network is loaded when the first drive needs it, and not for a drive that is known.

    Attributes:
        name: for people.
        bundle: checked, not loaded.
        settings: of the alert policy.
        mount: how the camera sits.
    """

    name: str
    bundle: Bundle
    settings: AlertSettings
    mount: Mount = field(default_factory=Mount)

    @classmethod
    def open(
        cls, bundle: Path | None = None, policy: Path | None = None, mount: Mount | None = None, name: str | None = None
    ) -> Candidate:
        """A bundle (the default one when left out) with its own thresholds or those of a policy file.

        Raises:
            UserError: for a bundle, a policy or thresholds that cannot be used.
        """
        opened = Bundle.open(bundle)
        require_driver_classes(opened)
        settings = AlertSettings.fitted(opened.manifest.thresholds) if policy is None else read_policy(policy)
        title = opened.manifest.name if policy is None else f"{opened.manifest.name} · {policy.stem}"
        return cls(name or title, opened, settings, mount or Mount())

    @property
    def manifest(self) -> Manifest:
        """What the bundle says of itself."""
        return self.bundle.manifest

    @cached_property
    def classifier(self) -> Classifier:
        """The network, loaded. Raises `UserError`."""
        return Classifier.of(self.bundle, mount=self.mount)


def read_policy(path: Path) -> AlertSettings:
    """The alert settings in a TOML file; what it does not name keeps its default. Raises `UserError`."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"cannot read the policy {path}: {error}") from error
    try:
        return AlertSettings.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        raise UserError(f"policy {path}: {where}: {first['msg']}") from error
