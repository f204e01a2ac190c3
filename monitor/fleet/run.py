"""The work of ``python -m monitor.evaluate``: drives to tables, and a report over all of them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engines.command import progress_bar
from engines.errors import UserError
from engines.files.printable import printable, source_label
from engines.view import Mount
from monitor.fleet.drive_evaluation import DriveOutcome, Evaluation, FileNames, FleetOptions
from monitor.fleet.drive_list import FleetDrive, find_drives
from monitor.fleet.results.store import ResultStore, require_fleet
from monitor.fleet.workers.local import Job, evaluate_locally
from monitor.live.options import resolve, speed_options
from monitor.live.user_files import LastChoices
from monitor.speed.open_speed import BESIDE, SpeedOptions


@dataclass(frozen=True)
class Candidate:
    """A bundle with a policy, evaluated over a fleet.

    Attributes:
        evaluation: with the keys of its results.
        failures: URI → why a drive has no results.
        frames: that were classified now.
    """

    evaluation: Evaluation
    failures: dict[str, str]
    frames: int

    @property
    def name(self) -> str:
        """For people."""
        return self.evaluation.engine.name


def evaluate_fleet(arguments: argparse.Namespace) -> int:
    """Run a parsed command; the exit code."""
    require_fleet()
    from monitor.fleet.report.tables import write_run
    from monitor.fleet.report.write import write_report

    output = ResultStore(arguments.output)
    speed = speed_options(arguments)
    beside = speed.text == BESIDE
    drives = find_drives(arguments.drives, labels=arguments.labels, speed_beside=beside)
    output.prepare()
    resolved = [resolve(arguments, LastChoices(), user_files=False)]
    if arguments.against_bundle is not None or arguments.against_policy is not None:
        bundle, policy = arguments.against_bundle or arguments.bundle, arguments.against_policy or arguments.policy
        against = argparse.Namespace(**{**vars(arguments), "bundle": bundle, "policy": policy})
        resolved.append(resolve(against, LastChoices(), user_files=False))
        if not any(drive.labels for drive in drives):
            raise UserError("two engines are compared on labelled drives: give --labels, or a list with that column")
    mount = Mount.load(arguments.mount) if arguments.mount is not None else None
    candidates = []
    for files in resolved:
        options = FleetOptions(
            files.engine, output, mount, SpeedOptions(None) if beside else speed, arguments.fps, arguments.track
        )
        candidates.append(_evaluate(options, drives, arguments))
    if len(candidates) > 1 and candidates[1].name == candidates[0].name:
        other = arguments.against_policy or arguments.against_bundle
        candidates[1].evaluation.engine.name += f" · {printable(other)}"
    first = candidates[0]
    write_run(output, drives, first)
    notices = [notice for files in resolved for notice in files.notices]
    notices += [notice for candidate in candidates for notice in candidate.evaluation.engine.notices]
    for line in write_report(output, drives, candidates, [str(notice) for notice in dict.fromkeys(notices)]):
        print(line)
    print(f"report: {source_label(output.url('report.html'))} and report.json")
    if len(first.failures) == len(drives):
        raise UserError(f"every drive failed, the first with: {next(iter(first.failures.values()))}")
    return 0


def _evaluate(options: FleetOptions, drives: Sequence[FleetDrive], arguments: argparse.Namespace) -> Candidate:
    evaluation = Evaluation(options)
    known = {name for folder in evaluation.folders for name, size in options.output.names(folder).items() if size}
    names = {drive.uri: evaluation.names(drive) for drive in drives}
    _require_distinct(names)
    jobs = [
        (drive, evaluation.keys, frozenset(known & set(vars(names[drive.uri]).values())))
        for drive in drives
        if names[drive.uri].missing(known)
    ]
    failures: dict[str, str] = {}
    frames = 0
    with progress_bar(transient=False) as progress:
        task = progress.add_task(evaluation.engine.name, total=len(drives), completed=len(drives) - len(jobs))
        for outcome in _outcomes(options, jobs, arguments):
            frames += outcome.frames
            if outcome.failure is not None:
                failures[outcome.uri] = outcome.failure
                progress.console.print(f"{source_label(outcome.uri)}: {outcome.failure}", markup=False, highlight=False)
            progress.advance(task)
    return Candidate(evaluation, dict(sorted(failures.items())), frames)


def _outcomes(options: FleetOptions, jobs: Sequence[Job], arguments: argparse.Namespace) -> Iterator[DriveOutcome]:
    if not jobs:
        return iter(())
    if arguments.ray is not None:
        from monitor.fleet.workers.ray_cluster import evaluate_on_ray

        return evaluate_on_ray(options, jobs, arguments.ray or None, arguments.gpus)
    return evaluate_locally(options, jobs, min(arguments.workers or available_cores(), len(jobs)))


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _require_distinct(names: dict[str, FileNames]) -> None:
    if len(set(names.values())) != len(names):
        raise UserError("two drives have the same name and content: name each once")
