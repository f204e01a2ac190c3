"""The alert policy's settings as one TOML file.

What a file leaves out keeps its default, or what was fitted to the bundle's network; what it names wins over both.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic.fields import FieldInfo

from engines.errors import UserError
from engines.view import Mount
from monitor.alerts.settings import FILTERS, AlertSettings, first_fault, nested, without_removed
from monitor.health.camera_health import HealthSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT_POLICY = Path(__file__).parent / "policy.toml"
"""Every setting with its default, to copy and change; a test keeps it equal to the model."""

_HEAD = """\
# When the monitor alerts, and when it says that it cannot see. Every setting with its default: copy this file, change
# what should differ, leave out the rest, and pass it with --policy. Times are seconds, speeds km/h.
"""


@dataclass(frozen=True)
class RemovedFilter:
    """A notice: a policy file asks for a filter that is gone, so the exponential mean smooths in its place.

    Attributes:
        file: the policy file.
        name: of the filter, ``hmm`` or ``median``.
        settings: what the file holds for it, and what no longer applies.
    """

    file: Path
    name: str
    settings: tuple[str, ...]

    @property
    def text(self) -> str:
        """One line for people."""
        return (
            f"policy {self.file}: {', '.join(self.settings)} no longer {'apply' if self.settings[1:] else 'applies'}: "
            f"the {self.name} filter is gone, and the exponential mean (smoothing_s) takes its place"
        )


class PolicySettings(BaseModel):
    """Everything that can be set about alerts and health."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    right_hand_drive: bool = Field(
        default=False,
        title="Right-hand drive",
        description="the driver sits on the right: the view is mirrored, and right and left hand change places",
    )
    alerts: AlertSettings = Field(
        default_factory=AlertSettings, title="Alerts", description="when the driver is alerted"
    )
    health: HealthSettings = Field(
        default_factory=HealthSettings, title="Health", description="when the camera is said to show nothing of use"
    )

    _notices: tuple[RemovedFilter, ...] = PrivateAttr(default=())

    @property
    def notices(self) -> tuple[RemovedFilter, ...]:
        """What the user should know of the file that was read; no setting, so no file holds it."""
        return self._notices

    def mount(self, mount: Mount | None) -> Mount | None:
        """How the camera sits: as a mount file says, or else mirrored for a right-hand-drive car."""
        if not self.right_hand_drive:
            return mount
        return (mount or Mount()).model_copy(update={"mirror": True})


def read_policy(path: Path | None, thresholds: Mapping[str, float] | None = None) -> PolicySettings:
    """The settings of a policy file over what was fitted to a network over the defaults.

    Args:
        path: a TOML file; None for none.
        thresholds: the manifest's, named as in `AlertSettings`, with a dot before an activity's code.

    Returns:
        The settings; their `notices` say what the file asks for in vain.

    Raises:
        UserError: that names the file and the field, when it cannot be read or says something impossible.
    """
    fitted = AlertSettings.fitted(thresholds or {})
    if path is None:
        return PolicySettings(alerts=fitted)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read the policy {path}: {error.strerror}: name a file that exists") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"the policy {path} is no TOML: {error}") from error
    alerts = content.get("alerts", {})
    if isinstance(alerts, dict):
        content["alerts"] = without_removed(_over(nested(thresholds or {}), alerts))
    try:
        policy = PolicySettings.model_validate(content)
    except ValidationError as error:
        raise UserError(
            f"policy {path}: {first_fault(error)}; python -m monitor.policy explains every setting"
        ) from error
    if alerts.get("smoothing") in FILTERS[1:]:
        policy._notices = (_removed_filter(path, alerts),)
    return policy


def _removed_filter(path: Path, alerts: Mapping[str, Any]) -> RemovedFilter:
    name = alerts["smoothing"]
    settings = (key for key in alerts if key == "smoothing" or key.startswith(name))
    return RemovedFilter(path, name, tuple(settings))


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One table over another, table by table."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        merged[name] = _over(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return merged


def as_toml(policy: PolicySettings, head: str = _HEAD) -> str:
    """The whole policy as TOML, each setting below its description."""
    lines = [*head.splitlines(), ""]
    tables: list[tuple[str, BaseModel]] = []
    for name, field in type(policy).model_fields.items():
        value = getattr(policy, name)
        if isinstance(value, BaseModel):
            tables.append((name, value))
        else:
            lines += [f"# {comment(field)}", f"{name} = {toml_value(value)}"]
    for table, settings in tables:
        lines += ["", f"[{table}]"]
        below: list[str] = []
        for name, field in type(settings).model_fields.items():
            value = getattr(settings, name)
            if isinstance(value, dict):
                below += ["", f"# {comment(field)}", f"[{table}.{name}]"]
                below += [f"{key} = {toml_value(item)}" for key, item in value.items()]
            else:
                lines += [f"# {comment(field)}", f"{name} = {toml_value(value)}"]
        lines += below
    return "\n".join(lines) + "\n"


def comment(field: FieldInfo) -> str:
    return f"{field.title}: {field.description}"


def toml_value(value: object) -> str:
    # JSON's numbers, booleans and plain strings are TOML's.
    return json.dumps(value, ensure_ascii=False)
