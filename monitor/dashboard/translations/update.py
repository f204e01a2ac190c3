"""``python -m monitor.dashboard.translations.update``: brings the translation files up to date with the code.

Qt's tools do it: ``lupdate`` finds the texts, ``lrelease`` makes the files that the program loads. The texts of the
monitor, which knows no Qt, are collected and given to ``lupdate`` as one file.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import PySide6
from pydantic import BaseModel

from engines.activities import Activity
from engines.command import run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.video.notice import PATTERNS
from monitor.alerts import texts
from monitor.alerts.events import Reason, Tier
from monitor.alerts.incidents.incident import IncidentState, ReviewStatus
from monitor.alerts.policy_file import PolicySettings
from monitor.alerts.presets.preset import Preset
from monitor.dashboard.texts import CONTEXT, SHORT_TITLES
from monitor.dashboard.translations import FOLDER, LANGUAGES
from monitor.dashboard.widgets import keys
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemFault
from monitor.health.view_check import FINE_AGAIN, ViewFinding
from monitor.viewmodel import banner
from monitor.viewmodel.live_message import Action
from monitor.viewmodel.state import DEMO_NAME, FAILURE_TITLES

_DASHBOARD = FOLDER.parent
_ROOT = FOLDER.parents[2]

_SHOWN = {"NoticeText": 0, "_fault": 0, "BannerContent": 1, "LiveMessageContent": 1}
"""What makes texts for the window, and which positional argument of a call is the first of them."""


def terms() -> list[str]:
    """The texts of the monitor that the window shows, each once."""
    return list(dict.fromkeys(_terms()))


def _terms() -> Iterator[str]:
    yield from (activity.title for activity in Activity)
    yield from (tier.name.capitalize() for tier in Tier)
    yield from (reason.title for reason in Reason)
    yield from (state.value for state in IncidentState)
    yield from (status.title for status in ReviewStatus)
    for health in Health:
        yield from (health.title, health.advice, health.name.replace("_", " ").lower())
    yield from (fault.title for fault in SystemFault)
    for finding in ViewFinding:
        yield from (finding.title, finding.advice)
    yield FINE_AGAIN
    yield from SHORT_TITLES
    yield DEMO_NAME
    for preset in Preset:
        yield from (preset.title, preset.text)
    yield from _settings(PolicySettings)
    yield from banner.TEXTS
    yield from FAILURE_TITLES.values()
    yield from (action.value for action in Action)
    yield from PATTERNS.values()
    yield from texts.PATTERNS
    yield from keys.texts()
    for package in ("engines", "monitor"):
        yield from texts_in_calls(_ROOT / package)


def texts_in_calls(folder: Path) -> Iterator[str]:
    """The texts for the window that stand in the modules of a folder where they are made."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SHOWN:
                for argument in node.args[_SHOWN[node.func.id] :]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value


def _settings(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.title or name
        yield field.description or ""
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _settings(kind)
        yield from model.model_json_schema()["properties"][name].get("enum", ())


def update(file: Path) -> None:
    """Bring a language's ``.ts`` file up to date with the code; what is translated stays. Raises `UserError`."""
    with tempfile.TemporaryDirectory() as folder:
        collected = Path(folder) / "terms.py"
        lines = [f"translate({CONTEXT!r}, {_quoted(text)})" for text in terms() if text]
        collected.write_text("\n".join(lines) + "\n", encoding="utf-8")
        sources = sorted(path for path in _DASHBOARD.rglob("*.py") if FOLDER not in path.parents)
        _tool("lupdate", "-no-obsolete", "-locations", "none", *map(str, sources), str(collected), "-ts", str(file))


def release(file: Path, to: Path) -> None:
    """Make the file that the program loads. Raises `UserError`."""
    _tool("lrelease", "-silent", "-removeidentical", str(file), "-qm", str(to))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _tool(name: str, *arguments: str) -> None:
    program = Path(PySide6.__path__[0]) / name
    if sys.platform == "win32":
        program = program.with_suffix(".exe")
    try:
        done = subprocess.run([str(program), *arguments], check=False, capture_output=True, text=True)
    except OSError as error:
        raise UserError(f"Qt's {name} cannot be run ({error}): install PySide6 again") from error
    if done.returncode != 0:
        raise UserError(f"Qt's {name} failed: {' '.join(done.stderr.split())}")


def main(argv: Sequence[str] | None = None) -> int:
    """Update every language."""
    CommandParser(
        prog="python -m monitor.dashboard.translations.update", description="Bring the translations up to date."
    ).parse_args(argv)
    for language in LANGUAGES[1:]:
        file = FOLDER / f"{language}.ts"
        update(file)
        release(file, file.with_suffix(".qm"))
        print(f"{file.name}: {file.read_text(encoding='utf-8').count('unfinished')} texts without a translation")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
