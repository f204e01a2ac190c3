"""Processes that evaluate drives, with a pool that breaks when it is told to."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from monitor.fleet.drive_evaluation import DriveOutcome, FleetOptions
from monitor.fleet.drive_list import FleetDrive
from monitor.fleet.results.store import ResultStore
from monitor.fleet.workers import local
from monitor.fleet.workers.local import Job, evaluate_locally
from monitor.live.engine import EngineOptions


class Pool:
    """Evaluates at once; the second drive that it is given ends it, as a worker that died meanwhile does."""

    broken = False

    def __init__(self, *_: Any, **__: Any) -> None:
        self.given = 0

    def submit(self, _work: object, _options: FleetOptions, job: Job) -> Future[DriveOutcome]:
        self.given += 1
        if self.given == 2 and not Pool.broken:
            Pool.broken = True
            raise BrokenProcessPool
        future: Future[DriveOutcome] = Future()
        future.set_result(DriveOutcome(job[0].uri, None))
        return future

    def shutdown(self, **_: bool) -> None:
        pass


def test_a_worker_that_ends_between_two_drives_loses_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pool, "broken", False)
    monkeypatch.setattr(local, "ProcessPoolExecutor", Pool)
    options = FleetOptions(EngineOptions(), ResultStore(str(tmp_path)))
    jobs: list[Job] = [(FleetDrive(str(n), "", "", "", None, None), ("", ""), frozenset()) for n in range(4)]
    outcomes = list(evaluate_locally(options, jobs, 2))
    assert sorted(outcome.uri for outcome in outcomes) == ["0", "1", "2", "3"]
    assert Pool.broken and all(outcome.failure is None for outcome in outcomes)
