"""A folder of results, on this machine or in any store that fsspec reaches, and files of such stores."""

from __future__ import annotations

import posixpath
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from engines.errors import UserError, reason
from engines.files.output import make_folder, write_atomic
from engines.files.printable import source_label

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_EXTRAS = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "abfs": "azure",
    "abfss": "azure",
    "az": "azure",
    "adl": "azure",
    "http": "http",
    "https": "http",
}
"""Protocol → our extra with its client."""

_ATOMIC = frozenset(_EXTRAS) | {"memory"}
"""Protocols of stores in which an object is there as a whole or not at all."""

INSTALL = "uv sync --extra fleet, or pip install 'driver-monitor[fleet]'"

P = ParamSpec("P")
T = TypeVar("T")


def require_fleet() -> None:
    """Raise `UserError` where the libraries of the extra ``fleet`` are missing."""
    for name in ("duckdb", "fsspec", "pyarrow"):
        try:
            __import__(name)
        except ImportError as error:
            raise UserError(f"the evaluation of a fleet needs {name}: install it with {INSTALL}") from error


def protocol_of(uri: str) -> str | None:
    """``s3`` of ``s3://bucket/key``; None for a path on this machine, ``file://`` included."""
    protocol, mark, _ = uri.partition("://")
    return protocol if mark and protocol not in ("file", "local") else None


def open_filesystem(uri: str) -> tuple[AbstractFileSystem, str]:
    """The store of a URI, and the path in it. Raises `UserError` where its client is missing or cannot be set up."""
    import fsspec

    protocol = protocol_of(uri) or "file"
    try:
        filesystem, path = fsspec.core.url_to_fs(uri)
    except ImportError as error:
        extra = _EXTRAS.get(protocol)
        advice = f"install it with uv sync --extra {extra}" if extra else str(error)
        raise UserError(f"{protocol}:// needs a client that is not installed: {advice}") from error
    except ValueError as error:
        raise UserError(f"{source_label(uri)}: {error}") from error
    return filesystem, str(path)


def fetch(uri: str, folder: Path) -> Path:
    """Copy a file, or a folder of images, of a store to a folder of this machine; the path of the copy.

    Raises `UserError` where that fails.
    """
    filesystem, path = open_filesystem(uri)
    copy = folder / (posixpath.basename(path.rstrip("/")) or "drive")
    try:
        if filesystem.isdir(path):
            copy.mkdir()
            for entry in filesystem.ls(path, detail=True):
                if entry["type"] == "file":
                    filesystem.get_file(entry["name"], str(copy / posixpath.basename(entry["name"])))
        else:
            filesystem.get_file(path, str(copy))
    except Exception as error:  # every client has errors of its own
        shutil.rmtree(copy, ignore_errors=True)
        raise UserError(f"cannot read {source_label(uri)}: {_reason(error)}") from error
    return copy


def _reason(error: Exception) -> str:
    return reason(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"


def _reported(method: Callable[P, T]) -> Callable[P, T]:
    """Errors of any client become one line that names the folder."""

    @wraps(method)
    def wrapped(*arguments: P.args, **options: P.kwargs) -> T:
        try:
            return method(*arguments, **options)
        except (UserError, FileNotFoundError):
            raise
        except Exception as error:
            store = arguments[0]
            assert isinstance(store, ResultStore)
            raise UserError(f"the results in {source_label(store.uri)} cannot be used: {_reason(error)}") from error

    return wrapped


@dataclass(frozen=True)
class ResultStore:
    """A folder of results; can be handed to other processes and machines.

    Attributes:
        uri: as the user named it; a path on this machine without a protocol.
    """

    uri: str

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        filesystem, path = open_filesystem(self.uri)
        return filesystem, path.rstrip("/")

    def __getstate__(self) -> dict[str, object]:
        # Clients do not travel.
        return {"uri": self.uri}

    @property
    def filesystem(self) -> Any:
        """The store, of fsspec."""
        return self._opened[0]

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return protocol_of(self.uri) is None

    @property
    def folder(self) -> Path:
        """The folder of this machine."""
        return Path(self._opened[1])

    def path(self, name: str) -> str:
        """The path of a file in the store."""
        return f"{self._opened[1]}/{name}"

    def url(self, name: str) -> str:
        """The path of a file with the protocol, as DuckDB takes it."""
        return self.path(name) if self.is_local else f"{protocol_of(self.uri)}://{self.path(name)}"

    @_reported
    def prepare(self) -> None:
        """See before the work that results can be written. Raises `UserError` where they cannot."""
        name = f".can-write-{uuid.uuid4().hex[:8]}"
        self.write(name, b"")
        self.filesystem.rm_file(self.path(name))

    @_reported
    def names(self, folder: str) -> dict[str, int]:
        """Name → size of the files in a folder of the results; none where it is missing."""
        try:
            entries = self.filesystem.ls(self.path(folder), detail=True, refresh=True)
        except FileNotFoundError:
            return {}
        return {
            f"{folder}/{posixpath.basename(entry['name'])}": int(entry["size"] or 0)
            for entry in entries
            if entry["type"] == "file" and not posixpath.basename(entry["name"]).startswith(".")
        }

    @_reported
    def read(self, name: str) -> bytes:
        """The content of a file. Raises `FileNotFoundError`, and `UserError` for what else is wrong."""
        return bytes(self.filesystem.cat_file(self.path(name)))

    @_reported
    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is there as a whole or not at all. Raises `UserError`."""
        path = self.path(name)
        if self.is_local:
            make_folder(Path(path).parent)
            write_atomic(Path(path), content)
        elif protocol_of(self.uri) in _ATOMIC:
            self.filesystem.pipe_file(path, content)
        else:
            folder, _, last = path.rpartition("/")
            self.filesystem.makedirs(folder, exist_ok=True)
            half = f"{folder}/.{uuid.uuid4().hex[:8]}-{last}"
            self.filesystem.pipe_file(half, content)
            self.filesystem.mv(half, path)


def listing(uri: str) -> Mapping[str, Mapping[str, Any]]:
    """Name → what a store says of each file and folder in a folder; nothing where it cannot list."""
    filesystem, path = open_filesystem(uri)
    try:
        entries = filesystem.ls(path, detail=True)
    except (OSError, NotImplementedError):
        return {}
    return {posixpath.basename(str(entry["name"]).rstrip("/")): entry for entry in entries}
