"""The software that turns a frame into a prediction: what of it a file of predictions depends on.

Its modules are found from the imports, so that none can be forgotten: everything that `_ROOTS` and the runtime import,
directly or not, at the top of a file or inside a function. `_BEYOND` is where the search stops: what is made of a
prediction, or has nothing to do with one. A changed rule of the policy, a template, a help text or the dashboard must
not cost a network; the pipeline imports the first, since it runs the policy, too.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

import cv2
import numpy
import onnxruntime

from engines.runtimes import AUTO, runtime_names

FOLDER = Path(__file__).parents[2]
"""That of the packages."""

_ROOTS = ("monitor.live.pipeline", "monitor.sources.open_source", "engines.regions.tracking")

_BEYOND = (
    "monitor.alerts",
    "monitor.dashboard",
    "monitor.evaluation",
    "monitor.fleet",
    "monitor.journal",
    "monitor.replay",
    "monitor.speed",
    "monitor.viewmodel",
)
"""Packages that work with predictions, or with the policy that gets them: the car's speed is the policy's, too."""


@cache
def software_fingerprint(engine: str) -> dict[str, str]:
    """What identifies the software: file → SHA-256 of its content, library → version.

    Args:
        engine: runtime and precision, as requested, such as ``onnxruntime fp32``.
    """
    return {**module_hashes(engine), **_versions()}


def module_hashes(engine: str, folder: Path = FOLDER) -> dict[str, str]:
    """File, relative to a folder with our packages → SHA-256 of its content, whatever ends its lines."""
    runtime = engine.split()[0]
    runtimes = runtime_names() if runtime == AUTO else [runtime]
    return closure_hashes(
        [*_ROOTS, *(f"engines.runtimes.{name.replace('-', '_')}" for name in runtimes)], _BEYOND, folder
    )


def closure_hashes(roots: Sequence[str], beyond: Sequence[str], folder: Path = FOLDER) -> dict[str, str]:
    """The files of some modules and of all they import, but for packages `beyond`, with hashes as `module_hashes`."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
        for path in sorted(_closure(roots, beyond, folder))
    }


def _closure(roots: Sequence[str], beyond: Sequence[str], folder: Path) -> set[Path]:
    waiting = list(roots)
    found: dict[str, Path] = {}
    while waiting:
        name = waiting.pop()
        if name in found or any(name == package or name.startswith(f"{package}.") for package in beyond):
            continue
        path = _file_of(name, folder)
        if path is not None:
            found[name] = path
            waiting += _imports(name, path)
            # A module is imported with every package that it is in.
            waiting += [name.rpartition(".")[0]]
    return set(found.values())


def _file_of(name: str, folder: Path) -> Path | None:
    """The file of a module of ours; None for a library's, and for what is no module."""
    path = folder.joinpath(*name.split("."))
    files = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in files if name and file.is_file()), None)


def _imports(name: str, path: Path) -> Iterator[str]:
    """Names of modules that a module imports, and of what it takes from them, which may be modules."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in _executed(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*parents, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all in it, but for what only a type checker reads."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            for other in child.orelse:
                yield from _executed(other)
        else:
            yield from _executed(child)


def _versions() -> dict[str, str]:
    """Library → version, of those that compute with pixels."""
    versions = {library.__name__: str(library.__version__) for library in (cv2, numpy, onnxruntime)}
    # Not imported for its version alone, which takes a second.
    versions["sklearn"] = metadata.version("scikit-learn")
    try:
        av = importlib.import_module("av")
    except ImportError:
        return versions
    ffmpeg = sorted((name, ".".join(map(str, version))) for name, version in av.library_versions.items())
    return {**versions, "av": av.__version__, "ffmpeg": " ".join(f"{name} {version}" for name, version in ffmpeg)}
