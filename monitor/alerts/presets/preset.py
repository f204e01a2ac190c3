"""A preset of the alerts' times, over what counts as default and under what an administrator has locked."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from engines.errors import UserError
from engines.files.settings_faults import first_fault
from monitor.alerts.settings import AlertSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Preset(Enum):
    """How early alerts come; the value is the name in files."""

    ATTENTIVE = "attentive"
    BALANCED = "balanced"
    PATIENT = "patient"

    @property
    def title(self) -> str:
        """For people."""
        return self.value.capitalize()

    @property
    def text(self) -> str:
        """What is different about it, in one sentence."""
        return _TEXTS[self]

    @property
    def times(self) -> Mapping[str, float]:
        """The settings of `AlertSettings` that it is about."""
        return _read()[self.value]

    def over(self, base: AlertSettings, locked: Collection[str] = ()) -> AlertSettings:
        """The preset's times over other settings.

        Args:
            base: what counts as default: the defaults, with what was fitted to a network and what is locked.
            locked: names of settings that nobody may change.

        Raises:
            UserError: where its times do not go with the rest.
        """
        defaults = AlertSettings()
        changed = {
            name: value for name, value in self.times.items() if name not in locked and value != getattr(defaults, name)
        }
        try:
            return AlertSettings.model_validate({**base.model_dump(), **changed})
        except ValidationError as error:
            raise UserError(f"the preset {self.value} does not fit: {first_fault(error, AlertSettings)}") from error


_TEXTS = {
    Preset.ATTENTIVE: "Every alert comes sooner, for drivers who want to be reminded early.",
    Preset.BALANCED: "A caution after one long glance, a warning soon after it.",
    Preset.PATIENT: "Cautions come as with Balanced; warnings and critical alerts wait longer.",
}


@lru_cache(maxsize=1)
def _read() -> dict[str, dict[str, float]]:
    content: dict[str, dict[str, float]] = tomllib.loads(
        (Path(__file__).parent / "presets.toml").read_text(encoding="utf-8")
    )
    return content


def preset_of(settings: AlertSettings, base: AlertSettings, locked: Collection[str] = ()) -> Preset | None:
    """The preset that settings are; None for settings of somebody's own.

    Args:
        settings: that hold.
        base: what counts as default.
        locked: names of settings that nobody may change.
    """
    # Where all of its times are locked every preset is the same: the default is named.
    for preset in (Preset.BALANCED, Preset.ATTENTIVE, Preset.PATIENT):
        try:
            if preset.over(base, locked) == settings:
                return preset
        except UserError:
            continue
    return None
