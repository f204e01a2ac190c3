"""A process that reads damaged files, one after the other, and says what came of each."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import tempfile
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from engines.errors import UserError
from tests.fuzz.readers import READERS

TIME_LIMIT_S = 30.0
MEMORY_LIMIT = 500e6
"""Bytes of resident memory that reading one small file may add."""

_ADDRESS_SPACE = 4 << 30
"""Beyond what the process has: what a library merely reserves counts in it, too, so it only keeps the machine alive."""


@dataclass(frozen=True)
class Outcome:
    """What came of one try.

    Attributes:
        error: of what kind: empty where the file was read, else the first line of what was raised.
        is_finding: whether it is none of the two that are right.
        peak: bytes of resident memory above what the process had.
        trace: of what was raised.
    """

    error: str
    is_finding: bool
    peak: float
    trace: str = ""


def _status(name: str) -> float:
    """A line of this process's status, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(f"{name}:"))) * 1024.0


def _try_file(name: str, path: Path) -> Outcome:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins again
    before = _status("VmRSS")
    error, trace, finding = "", "", False
    try:
        READERS[name].read(path)
    except UserError as refused:
        error = " ".join(str(refused).split())
        # A line that says nothing helps nobody.
        finding = not error
    except Exception as raised:  # what is looked for
        error, trace, finding = f"{type(raised).__name__}: {raised}", traceback.format_exc(), True
    return Outcome(error[:300], finding, _status("VmHWM") - before, trace)


def _work(connection: Connection, folder: Path) -> None:
    """A worker: makes whole files, reads them once, so that everything is imported, and then what it is sent."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for reader in READERS.values():
            path = folder / f"warm{reader.suffix}"
            reader.make(path)
            reader.read(path)
    except Exception:  # a test's mistake, not a finding
        connection.send(traceback.format_exc())
        return
    limit = int(_status("VmSize")) + _ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    connection.send("ready")
    with suppress(EOFError):
        while True:
            connection.send(_try_file(*connection.recv()))


class Worker:
    """A process that reads files; killed and started again where one hangs or crashes."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._process: multiprocessing.process.BaseProcess | None = None

    def __enter__(self) -> Worker:
        self._folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        self._start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def read(self, name: str, suffix: str, content: bytes) -> Outcome:
        """Have a reader read a content."""
        path = self._folder / "work" / f"input{suffix}"
        path.write_bytes(content)
        try:
            self._connection.send((name, path))
            if self._connection.poll(TIME_LIMIT_S):
                return self._connection.recv()  # type: ignore[no-any-return]
            self._stop()
            self._start()
            return Outcome(f"hangs: no answer within {TIME_LIMIT_S:g} s", True, 0.0)
        except (EOFError, OSError):
            assert self._process is not None
            self._process.join()
            code = self._process.exitcode
            self._stop()
            self._start()
            return Outcome(f"crashes: exit code {code}", True, 0.0)

    def _start(self) -> None:
        work = self._folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        self._connection, other = self._context.Pipe()
        self._process = self._context.Process(target=_work, args=(other, work), daemon=True)
        self._process.start()
        other.close()
        if (said := self._connection.recv()) != "ready":
            raise AssertionError(f"a whole file cannot be read: {said}")

    def _stop(self) -> None:
        if self._process is not None:
            self._connection.close()
            self._process.kill()
            self._process.join()
            self._process = None
