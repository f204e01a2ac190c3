"""What the documents say can be typed and followed: commands, their options, and links."""

from __future__ import annotations

import importlib
import importlib.util
import io
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OURS = ("engines", "monitor", "train", "calibration", "tests")

# What an earlier version typed stands in the changelog and in the notes on its files.
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(file for package in OURS for file in (ROOT / package).rglob("*.md")))
    if path != ROOT / "CHANGELOG.md" and "old_files" not in path.parts
)

_CODE = re.compile(r"^ *```\w*\n(.*?)^ *```|`([^`]+)`", re.MULTILINE | re.DOTALL)
_MODULE = re.compile(r"(?:python3?|torchrun\b.*?) -m ([\w.]+)(.*)")
_SCRIPT = re.compile(r"(?:^|\s|bin/)(driver-monitor[\w-]*)(?=\s|$)(.*)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """A command in a document: a module of ours, and what follows it."""

    document: str
    module: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.document}: {self.module} {' '.join(self.words)}"

    @property
    def is_ours(self) -> bool:
        return self.module.split(".")[0] in OURS

    @property
    def options(self) -> set[str]:
        return {word.split("=")[0] for word in self.words if re.match(r"--?[a-zA-Z]", word)}

    @property
    def asks_for_help(self) -> list[str]:
        """The shortest arguments with which the command explains those in the document."""
        leading = self.words[:1] if self.words and not self.words[0].startswith("-") else ()
        dataset = self.words.index("--dataset") if "--dataset" in self.words else None
        chosen = () if dataset is None else self.words[dataset : dataset + 2]
        return [*leading, *chosen, "--help"]


def scripts() -> dict[str, str]:
    """Installed command → its module."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {name: target.partition(":")[0].removesuffix(".__main__") for name, target in project["scripts"].items()}


def lines_of_code(text: str) -> Iterator[str]:
    """The commands of a document's code: a line each, continued ones joined; words in the text's running code, too."""
    for block, inline in _CODE.findall(text):
        if inline:
            yield " ".join(inline.split())
        else:
            yield from re.sub(r"\\\n\s*", "", block).splitlines()


def commands() -> Iterator[Command]:
    """Every command of ours in the documents."""
    modules = scripts()
    for path in DOCUMENTS:
        name = str(path.relative_to(ROOT))
        for line in lines_of_code(path.read_text(encoding="utf-8")):
            for part in re.split(r" && |; | \| ", re.sub(r"(^|\s)#.*", "", line)):
                module, script = _MODULE.search(part), _SCRIPT.search(part)
                if module is not None:
                    yield Command(name, module[1], tuple(shlex.split(module[2])))
                elif script is not None and script[1] in modules:
                    yield Command(name, modules[script[1]], tuple(shlex.split(script[2])))


COMMANDS = list(dict.fromkeys(commands()))


def main_of(module: str) -> Callable[[], int]:
    """What a module runs when it is typed."""
    is_package = hasattr(importlib.import_module(module), "__path__")
    main: Callable[[], int] = importlib.import_module(f"{module}.__main__" if is_package else module).main
    return main


@cache
def help_of(module: str, arguments: tuple[str, ...]) -> str:
    """What a command prints of its arguments."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", [module, *arguments])
        main_of(module)()
    assert ended.value.code == 0, f"{module} {' '.join(arguments)}"
    return printed.getvalue()


def test_the_documents_have_commands() -> None:
    assert len(COMMANDS) > 60
    assert {command.document for command in COMMANDS} >= {"README.md", *(f"{name}/README.md" for name in OURS[:4])}


@pytest.mark.parametrize("module", sorted({command.module for command in COMMANDS}))
def test_a_command_in_the_documents_can_be_typed(module: str) -> None:
    assert importlib.util.find_spec(module) is not None


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.is_ours and one.options], ids=str)
def test_its_options_exist(command: Command) -> None:
    if command.module.startswith(("train", "calibration")):
        pytest.importorskip("torch")
    known = set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", help_of(command.module, tuple(command.asks_for_help))))
    assert command.options <= known


@pytest.mark.parametrize("path", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for link in _LINK.findall(path.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        file, _, heading = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        if heading:
            titles = _HEADING.findall(target.read_text(encoding="utf-8"))
            assert heading in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}, link


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
