"""The alert policy's settings as one TOML file.

What a file leaves out keeps its default, or what was fitted to the bundle's network; what it names wins over both.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from engines.errors import UserError, reason
from engines.files.settings_faults import allowed, first_fault, unit
from engines.files.toml_files import load_toml, read_document, set_value
from engines.notice import NoticeText
from engines.view import Mount
from monitor.alerts.settings import FILTERS, AlertSettings, nested, without_removed
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
    def text(self) -> NoticeText:
        """One line for people."""
        return NoticeText(
            "policy {file}: no longer in use: {settings}. The {filter} filter is gone, and the exponential mean "
            "(smoothing_s) takes its place",
            file=str(self.file),
            settings=", ".join(self.settings),
            filter=self.name,
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

    def mount(self, mount: Mount | None) -> Mount | None:
        """How the camera sits: as a mount file says, or else mirrored for a right-hand-drive car."""
        if not self.right_hand_drive:
            return mount
        return (mount or Mount()).model_copy(update={"mirror": True})

    def mirror_notice(self, mount: Mount) -> NoticeText | None:
        """What the user should know where a mount file and these settings, as read from a file, contradict each other.

        Earlier versions left such files behind. The view is mirrored where either says so; a policy file that does not
        name ``right_hand_drive`` contradicts nothing.
        """
        if mount.mirror is self.right_hand_drive or "right_hand_drive" not in self.model_fields_set:
            return None
        if self.right_hand_drive:
            return NoticeText(
                "the view is mirrored: the policy file says right_hand_drive = true, the mount file does not say "
                "mirror = true; save Settings, or make the files agree"
            )
        return NoticeText(
            "the view is mirrored: the mount file says mirror = true, the policy file says right_hand_drive = false; "
            "save Settings, or make the files agree"
        )


def read_policy(
    path: Path | None, thresholds: Mapping[str, float] | None = None, locked: Path | None = None
) -> PolicySettings:
    """The settings of a policy file over what was fitted to a network over the defaults.

    Args:
        path: a TOML file; None for none.
        thresholds: the manifest's, named as in `AlertSettings`, with a dot before an activity's code.
        locked: a TOML file whose settings go before those of all others; None for none.

    Raises:
        UserError: that names the file and the field, when it cannot be read or says something impossible.
    """
    fitted = AlertSettings.fitted(thresholds or {})
    content: dict[str, Any] = {"alerts": without_removed(nested(thresholds or {}))}
    for file in (path, locked):
        if file is None:
            continue
        above = _read_toml(file)
        alerts = above.get("alerts", {})
        if isinstance(alerts, dict):
            above["alerts"] = without_removed(alerts)
        content = _over(content, above)
        try:
            PolicySettings.model_validate(content)
        except ValidationError as error:
            raise UserError(
                f"policy {file}: {first_fault(error, PolicySettings)}; python -m monitor.policy explains every setting"
            ) from error
    return PolicySettings.model_validate(content) if path or locked else PolicySettings(alerts=fitted)


def policy_notices(path: Path | None) -> tuple[RemovedFilter, ...]:
    """What the user should know of a policy file that `read_policy` reads. Raises `UserError` as that does."""
    alerts = {} if path is None else _read_toml(path).get("alerts", {})
    name = alerts.get("smoothing") if isinstance(alerts, dict) else None
    if path is None or name not in FILTERS[1:]:
        return ()
    settings = (key for key in alerts if key == "smoothing" or key.startswith(name))
    return (RemovedFilter(path, name, tuple(settings)),)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return load_toml(path)
    except OSError as error:
        raise UserError(
            NoticeText(
                "cannot read the policy {path}: {reason}: name a file that exists", path=path, reason=reason(error)
            )
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(
            NoticeText("the policy {path} is no TOML: {reason}", path=path, reason=reason(error))
        ) from error


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One table over another, table by table."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        merged[name] = _over(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return merged


def as_toml(policy: PolicySettings, head: str = _HEAD) -> str:
    """Every setting of a policy as TOML, each below its description."""
    document = tomlkit.document()
    for line in head.splitlines():
        document.add(tomlkit.comment(line.removeprefix("# ")))
    document.add(tomlkit.nl())
    _add_settings(document, policy)
    return tomlkit.dumps(document)


def _add_settings(table: tomlkit.TOMLDocument | Table, settings: BaseModel) -> None:
    """A model's fields; those that are tables of their own come last, as TOML needs it."""
    inner: dict[str, BaseModel | dict[str, Any]] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, (BaseModel, dict)):
            inner[name] = value
        else:
            table.add(tomlkit.comment(comment(type(settings), name)))
            table.add(name, tomlkit.item(value))
    for name, value in inner.items():
        added = tomlkit.table()
        if isinstance(value, BaseModel):
            _add_settings(added, value)
        else:
            added.add(tomlkit.comment(comment(type(settings), name)))
            added.update(value)
        table.add(name, added)


def changed_toml(path: Path, policy: PolicySettings, base: PolicySettings) -> str:
    """A policy file that says what `policy` has otherwise than `base`; what is left out stays the network's.

    Where there is a file already its comments and its order stay, and so does what it says of a setting that is as it
    says. Settings that are gone are taken out.
    """
    new = tomlkit.document()
    new.add(tomlkit.comment("What differs from the default: python -m monitor.policy explains every setting."))
    plain = _changed(new, policy, base)
    document = read_document(path)
    if not document.as_string().strip():
        return plain
    try:
        text = _changed(document, policy, base)
    except (LookupError, TOMLKitError):
        # tomlkit 0.15.2 loses its way in dotted keys that lie apart.
        return plain
    below = base.model_dump()
    means_the_same = _over(below, tomllib.loads(text)) == _over(below, tomllib.loads(plain))
    return text if means_the_same else plain


def _changed(document: tomlkit.TOMLDocument, policy: PolicySettings, base: PolicySettings) -> str:
    for name in type(policy).model_fields:
        value, default = getattr(policy, name), getattr(base, name)
        if isinstance(value, BaseModel):
            _change_table(document, name, value.model_dump(), default.model_dump())
        else:
            _change(document, name, value, default)
    return tomlkit.dumps(document)


def _change_table(
    outer: MutableMapping[str, Any], name: str, values: Mapping[str, Any], defaults: Mapping[str, Any]
) -> None:
    # Whether in brackets, in braces or with dotted keys.
    found = outer.get(name)
    table = found if isinstance(found, dict) else tomlkit.table()
    for key in [key for key in table if key not in values]:
        table.pop(key)
    for key, value in values.items():
        if isinstance(value, dict):
            _change_table(table, key, value, defaults.get(key, {}))
        else:
            _change(table, key, value, defaults.get(key))
    if found is None and table:
        outer[name] = table


def _change(table: MutableMapping[str, Any], name: str, value: Any, default: Any) -> None:
    if name in table and table[name] == value:
        return
    if value == default:
        table.pop(name, None)
    else:
        set_value(table, name, value)


def comment(model: type[BaseModel], name: str) -> str:
    """What stands above a setting: what it means, and what it may be."""
    field = model.model_fields[name]
    return f"{field.title}: {field.description} [{f'{allowed(model, name)} {unit(name)}'.strip()}]"


def toml_value(value: object) -> str:
    """A setting's value as TOML; a table in braces."""
    return "{}" if value == {} else tomlkit.item(value).as_string()
