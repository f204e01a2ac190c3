"""Drives evaluated by a Ray cluster. Frames never travel: a task gets a drive's name, and writes its results itself."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from engines.errors import UserError, one_line
from engines.files.printable import printable
from monitor.fleet.drive_evaluation import DriveOutcome, FleetOptions
from monitor.fleet.drive_list import FleetDrive
from monitor.fleet.workers.local import Job, evaluate_here

_RETRIES = 10
"""Of a drive whose machine was lost, as spot machines are."""

_AHEAD = 2
"""Tasks a core that wait, so that none is idle; the others stay here, so that Ray's memory does not grow."""


def evaluate_on_ray(
    options: FleetOptions, jobs: Sequence[Job], address: str | None, gpus: float
) -> Iterator[DriveOutcome]:
    """Evaluate drives on a cluster; outcomes come as they are ready.

    Args:
        options: of the fleet; the bundle's folder and the results must be reachable from every machine.
        jobs: drives.
        address: of the cluster; None starts Ray on this machine.
        gpus: that a task takes, or a part of one.

    Raises:
        UserError: where Ray is missing or the cluster cannot be reached.
    """
    # Before its import: nothing about the use is sent anywhere.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise UserError("--ray needs Ray: install it with uv sync --extra fleet --extra ray") from error

    began = not ray.is_initialized()
    if began:
        try:
            ray.init(
                address=address,
                include_dashboard=False if address is None else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except Exception as error:
            raise UserError(
                f"no Ray cluster at {printable(address or 'this machine')}: {one_line(error)}: start one with "
                "ray start --head --disable-usage-stats"
            ) from error
    try:
        # A task on its own leaves its process, with the loaded network, to the next one.
        task = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=_RETRIES)(evaluate_here)
        shared = ray.put(options)
        waiting = iter(jobs)
        in_hand: dict[Any, FleetDrive] = {}
        resources: Callable[[], Mapping[str, float]] = ray.cluster_resources
        while True:
            limit = _AHEAD * max(1, int(resources().get("CPU", 1)))
            while len(in_hand) < limit and (job := next(waiting, None)) is not None:
                in_hand[task.remote(shared, job)] = job[0]
            if not in_hand:
                return
            done, _ = ray.wait(list(in_hand), num_returns=1, timeout=60.0)
            for reference in done:
                drive = in_hand.pop(reference)
                try:
                    yield ray.get(reference)
                except ray.exceptions.RayError as error:
                    yield DriveOutcome(drive.uri, printable(f"its machines were lost: {one_line(error)}"[:300]))
    finally:
        if began:
            ray.shutdown()
