"""``python -m monitor.policy``: explains every setting of the alert policy, prints the default file, checks one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from engines.command import add_version, program, run_command
from engines.command_parser import CommandParser
from engines.files.output import SHARED, write_atomic
from engines.files.settings_faults import allowed, unit
from monitor.alerts.policy_file import PolicySettings, as_toml, policy_notices, read_policy, toml_value
from monitor.alerts.presets.preset import Preset


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
        default = toml_value(field.get_default(call_default_factory=True, validated_data={}))
        limits = f"{allowed(model, name)} {unit(name)}".strip()
        yield f"`{prefix}{name}`", default, limits, f"{field.title}: {field.description}"


def preset_toml(preset: Preset) -> str:
    """The times of a preset as a policy file."""
    lines = [f"# {preset.title}: {preset.text}", "[alerts]"]
    lines += [f"{name} = {toml_value(value)}" for name, value in preset.times.items()]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Explain the settings, print the default file, or check one."""
    parser = CommandParser(
        prog=program("driver-monitor-policy", "monitor.policy"), description="Explain or check the alert policy."
    )
    add_version(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--describe", action="store_true", help="every setting, as Markdown (what happens without options)"
    )
    what.add_argument("--toml", action="store_true", help="print the default policy file, to copy and change")
    what.add_argument("--check", type=Path, metavar="TOML", help="read a policy file and print all that it amounts to")
    what.add_argument("--write", type=Path, metavar="TOML", help="write the default policy file")
    what.add_argument(
        "--preset",
        choices=[preset.value for preset in Preset],
        help="print the times of a preset as a policy file, as for an administrator to lock",
    )
    arguments = parser.parse_args(argv)
    if arguments.write is not None:
        write_atomic(arguments.write, as_toml(PolicySettings()), SHARED)
    elif arguments.check is not None:
        policy = read_policy(arguments.check)
        for notice in policy_notices(arguments.check):
            print(notice.text, file=sys.stderr)
        print(as_toml(policy, head=f"# {arguments.check}"), end="")
    elif arguments.preset is not None:
        print(preset_toml(Preset(arguments.preset)), end="")
    elif arguments.toml:
        print(as_toml(PolicySettings()), end="")
    else:
        print(describe(), end="")
    return 0


def cli() -> int:
    """The command ``driver-monitor-policy``; the exit code."""
    return run_command(main)


if __name__ == "__main__":
    sys.exit(cli())
