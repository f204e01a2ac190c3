"""The alert policy's settings as one TOML file, and ``python -m monitor.policy``, which explains them.

What a file leaves out keeps its default, or what was fitted to the bundle's network; what it names wins over both.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from engines.command import run_command
from engines.errors import UserError
from engines.files.output import write_whole
from engines.view import Mount
from monitor.alert_settings import AlertSettings, first_fault, nested
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


def read_policy(path: Path | None, thresholds: Mapping[str, float] | None = None) -> PolicySettings:
    """The settings of a policy file over what was fitted to a network over the defaults.

    Args:
        path: a TOML file; None for none.
        thresholds: the manifest's, named as in `AlertSettings`, with a dot before an activity's code.

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
    if thresholds and isinstance(alerts, dict):
        content["alerts"] = _over(nested(thresholds), alerts)
    try:
        return PolicySettings.model_validate(content)
    except ValidationError as error:
        raise UserError(
            f"policy {path}: {first_fault(error)}; python -m monitor.policy explains every setting"
        ) from error


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
            lines += [f"# {_comment(field)}", f"{name} = {_toml_value(value)}"]
    for table, settings in tables:
        lines += ["", f"[{table}]"]
        below: list[str] = []
        for name, field in type(settings).model_fields.items():
            value = getattr(settings, name)
            if isinstance(value, dict):
                below += ["", f"# {_comment(field)}", f"[{table}.{name}]"]
                below += [f"{key} = {_toml_value(item)}" for key, item in value.items()]
            else:
                lines += [f"# {_comment(field)}", f"{name} = {_toml_value(value)}"]
        lines += below
    return "\n".join(lines) + "\n"


def _comment(field: FieldInfo) -> str:
    return f"{field.title}: {field.description}"


def _toml_value(value: object) -> str:
    # JSON's numbers, booleans and plain strings are TOML's.
    return json.dumps(value, ensure_ascii=False)


def describe() -> str:
    """The documentation of every setting, in Markdown."""
    lines = ["# The alert policy", ""]
    lines += ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in _rows(PolicySettings, "")]
    return "\n".join(lines) + "\n"


def _rows(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _rows(field.annotation, f"{prefix}{name}.")
            continue
        default = _toml_value(field.get_default(call_default_factory=True, validated_data={}))
        yield f"`{prefix}{name}`", default, _allowed(model, name), _comment(field)


_LIMITS = (
    ("exclusiveMinimum", "above"),
    ("minimum", "from"),
    ("exclusiveMaximum", "below"),
    ("maximum", "to"),
)


def _allowed(model: type[BaseModel], name: str) -> str:
    schema = model.model_json_schema()["properties"][name]
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if schema.get("type") == "boolean":
        return "true, false"
    return ", ".join(f"{word} {schema[key]:g}" for key, word in _LIMITS if key in schema)


def main(argv: Sequence[str] | None = None) -> int:
    """Explain the settings, print the default file, or check one."""
    parser = argparse.ArgumentParser(prog="python -m monitor.policy", description="Explain or check the alert policy.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--describe", action="store_true", help="every setting, as Markdown (what happens without options)"
    )
    what.add_argument("--toml", action="store_true", help="print the default policy file, to copy and change")
    what.add_argument("--check", type=Path, metavar="TOML", help="read a policy file and print all that it amounts to")
    what.add_argument("--write", type=Path, metavar="TOML", help="write the default policy file")
    arguments = parser.parse_args(argv)
    if arguments.write is not None:
        write_whole(arguments.write, as_toml(PolicySettings()))
    elif arguments.check is not None:
        print(as_toml(read_policy(arguments.check), head=f"# {arguments.check}"), end="")
    elif arguments.toml:
        print(as_toml(PolicySettings()), end="")
    else:
        print(describe(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
