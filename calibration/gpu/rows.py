"""A report's rows, one after the other until the time is over: a row that fails says why, and the next one begins."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from calibration.gpu.device import Machine
from calibration.gpu.parity import Parity
from calibration.gpu.pipeline import PipelineSpeed
from calibration.gpu.speed import Speed
from calibration.gpu.training import Training
from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.printable import printable
from engines.runtimes import RuntimeMissingError

Figures = Annotated[Parity | Speed | Training | PipelineSpeed, Field(discriminator="kind")]
Status = Literal["measured", "missing", "failed", "skipped"]

JSON = "gpu-report.json"

_END_S = 10.0
"""Kept for ending in order: a row that takes all its time is not given up at once."""


class Row(BaseModel):
    """What was to be measured, and what came of it.

    Attributes:
        part: which part of the report.
        subject, way: the network, and how it is run.
        status: measured; missing: its library or device is not there; failed; skipped: no time was left.
        reason: why there are no figures.
        figures: what was measured.
        seconds: how long it took.
    """

    part: Literal["parity", "speed", "training", "pipeline"]
    subject: str
    way: str
    status: Status
    reason: str | None = None
    figures: Figures | None = None
    seconds: float = 0.0


class Report(BaseModel):
    """All of a run.

    Attributes:
        machine: what was measured on.
        dry_run: on the CPU with tiny settings: its figures say nothing.
        minutes: that it might take.
        images: what was trained on.
        seconds: how long it took so far.
        rows: those that are done.
    """

    machine: Machine
    dry_run: bool
    minutes: float
    images: str
    seconds: float = 0.0
    rows: list[Row] = []


@dataclass(frozen=True)
class Planned:
    """A row to measure.

    Attributes:
        part, subject, way: as of `Row`.
        work: measures it in at most so many seconds, where it can; may raise anything.
        least_s: seconds without which it is not worth beginning.
    """

    part: Literal["parity", "speed", "training", "pipeline"]
    subject: str
    way: str
    work: Callable[[float], Parity | Speed | Training | PipelineSpeed]
    least_s: float = 5.0

    def row(self, status: Status, reason: str | None, seconds: float = 0.0) -> Row:
        """Its row without figures."""
        return Row(part=self.part, subject=self.subject, way=self.way, status=status, reason=reason, seconds=seconds)


class Run:
    """Measures planned rows into a folder.

    Args:
        report: to fill, an attribute, too.
        folder: where the report goes after every row, an attribute, too.
        began: when the time began to run, by `time.monotonic`.
        write_line: what is being done, for people.
        clean_up: called after every row.
    """

    def __init__(
        self,
        report: Report,
        folder: Path,
        began: float,
        write_line: Callable[[str], None],
        clean_up: Callable[[], None] = lambda: None,
    ) -> None:
        self.report = report
        self.folder, self._began, self._write_line, self._clean_up = folder, began, write_line, clean_up
        self._lock = threading.Lock()
        self._left: list[Planned] = []

    def measure(self, planned: Sequence[Planned]) -> Report:
        """All rows, in order. Raises `UserError` when the report cannot be written."""
        self._left = list(planned)
        for number, row in enumerate(planned, 1):
            left_s = self.left_s() - _END_S
            name = f"{row.part}: {row.subject}, {row.way}"
            if left_s < row.least_s:
                done = row.row("skipped", self._no_time())
            else:
                self._write_line(f"[{time.monotonic() - self._began:4.0f} s] {number}/{len(planned)} {name}")
                done = self._measured(row, left_s)
            with self._lock:
                self._left.pop(0)
                self._add(done)
            if done.reason is not None:
                self._write_line(f"    {done.status}: {done.reason}")
            self._clean_up()
        return self.report

    def left_s(self) -> float:
        """Seconds that are left."""
        return self.report.minutes * 60 - (time.monotonic() - self._began)

    def give_up(self) -> None:
        """The time is over in the middle of a row: what is not done is said to be, and written. From any thread."""
        with self._lock:
            for row in self._left:
                running = row is self._left[0]
                reason = f"it still ran when the {self.report.minutes:g} minutes were over" if running else None
                self._add(row.row("failed" if running else "skipped", reason or self._no_time()))

    def _measured(self, row: Planned, left_s: float) -> Row:
        began = time.monotonic()
        status: Status = "failed"
        try:
            figures = row.work(left_s)
            done = row.row("measured", None).model_copy(update={"figures": figures})
        except RuntimeMissingError as error:
            status, reason = "missing", str(error)
            done = row.row(status, reason)
        except UserError as error:
            done = row.row(status, str(error))
        except Exception as error:  # whatever a library raises, the next row may do better
            lines = printable(" ".join(str(error).split()))[:400]
            done = row.row(status, f"{type(error).__name__}: {lines}")
        return done.model_copy(update={"seconds": time.monotonic() - began})

    def _add(self, row: Row) -> None:
        self.report.rows.append(row)
        self.report.seconds = time.monotonic() - self._began
        write_atomic(self.folder / JSON, self.report.model_dump_json(indent=1) + "\n")

    def _no_time(self) -> str:
        return f"no time was left of the {self.report.minutes:g} minutes"
