"""The command on real workers: processes that are killed, a cluster that loses a machine, a store over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.evaluate import main
from monitor.fleet.drive_evaluation import Evaluation, FleetOptions
from monitor.fleet.drive_list import find_drives
from monitor.fleet.results.store import ResultStore
from monitor.fleet.workers.local import Job, evaluate_here, evaluate_locally
from monitor.live.engine import EngineOptions
from monitor.sources.open_source import DEMO_VIDEO
from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

DRIVES = 8
FRAMES = 4


@pytest.fixture(scope="module")
def drives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short pieces of the demo drive, as folders of images."""
    import cv2

    folder = tmp_path_factory.mktemp("drives")
    capture = cv2.VideoCapture(str(DEMO_VIDEO))
    for number in range(DRIVES):
        piece = folder / f"2026-01-{number + 1:02}"
        piece.mkdir()
        for index in range(FRAMES):
            capture.set(cv2.CAP_PROP_POS_FRAMES, 70 + 30 * number + 3 * index)
            read, pixels = capture.read()
            assert read and cv2.imwrite(str(piece / f"{index:03}.png"), pixels)
    return folder


def tables(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.parquet")}


@pytest.fixture(scope="module")
def expected(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one worker makes of the drives."""
    output = tmp_path_factory.mktemp("expected")
    assert main([str(drives), "--output", str(output), "--workers", "1"]) == 0
    found = tables(output)
    assert len(found) == 4 * DRIVES + 1
    return found


def test_two_workers_give_the_same_bytes(drives: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    assert main([str(drives), "--output", str(tmp_path), "--workers", "2"]) == 0
    assert tables(tmp_path) == expected


def test_what_is_stopped_at_any_moment_is_resumed(drives: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "monitor.evaluate", str(drives), "--output", str(tmp_path), "--workers", "2"]
    for how, files in ((signal.SIGKILL, 1), (signal.SIGINT, 9), (signal.SIGTERM, 17)):
        run = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        while run.poll() is None and sum(1 for _ in tmp_path.rglob("*.parquet")) < files:
            time.sleep(0.02)
        run.send_signal(how)
        run.wait(timeout=300)
    assert main([str(drives), "--output", str(tmp_path), "--workers", "2"]) == 0
    assert tables(tmp_path) == expected


def _jobs(options: FleetOptions, drives: Path) -> list[Job]:
    evaluation = Evaluation(options)
    return [(drive, evaluation.keys, frozenset[str]()) for drive in find_drives([str(drives)])]


def test_a_worker_that_is_killed_costs_nothing(drives: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    options = FleetOptions(EngineOptions(), ResultStore(str(tmp_path)))
    killed = False
    outcomes = []
    for outcome in evaluate_locally(options, _jobs(options, drives), 2):
        outcomes.append(outcome)
        if not killed:
            import multiprocessing

            workers = multiprocessing.active_children()
            assert workers and workers[0].pid is not None
            os.kill(workers[0].pid, signal.SIGKILL)
            killed = True
    assert len(outcomes) == DRIVES and all(outcome.failure is None for outcome in outcomes)
    assert tables(tmp_path) == {name: rows for name, rows in expected.items() if name != "drives.parquet"}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of a server for tests, over HTTP."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    boto3.client("s3").create_bucket(Bucket="fleet")
    yield "s3://fleet"
    server.stop()


def test_drives_and_results_in_a_bucket(bucket: str, drives: Path, expected: dict[str, bytes]) -> None:
    import boto3

    client = boto3.client("s3")
    for piece in sorted(drives.iterdir())[:3]:
        for image in piece.iterdir():
            client.upload_file(str(image), "fleet", f"in/{piece.name}/{image.name}")
    for _ in range(2):
        assert main([f"{bucket}/in", "--output", f"{bucket}/out", "--workers", "1"]) == 0
    names = [each["Key"] for each in client.list_objects_v2(Bucket="fleet", Prefix="out/")["Contents"]]
    content = {name: client.get_object(Bucket="fleet", Key=name)["Body"].read() for name in names}
    assert {"out/report.html", "out/report.json", "out/drives.parquet"} <= set(names) and len(names) == 3 + 4 * 3
    report = json.loads(content["out/report.json"])
    assert report["drives"] == report["totals"]["drives"] == 3 and report["failed"] == []
    # Only the drive's name is another than on this machine.
    made = sorted(rows for name, rows in content.items() if "/scores/" in name)
    assert made == sorted(rows for name, rows in expected.items() if name.startswith("scores/"))[: len(made)] or set(
        made
    ) <= {rows for name, rows in expected.items() if name.startswith("scores/")}


def two_nodes() -> tuple[Any, Any]:
    """A cluster, and the one of its two machines that is not its head; Ray gives each 30 s to start, however busy."""
    from ray.cluster_utils import Cluster

    for attempt in range(5):
        cluster = Cluster()
        try:
            cluster.add_node(num_cpus=1)
            return cluster, cluster.add_node(num_cpus=1)
        except Exception:
            cluster.shutdown()
            if attempt == 4:
                raise
    raise AssertionError


def test_a_cluster_that_loses_a_machine_gives_the_same_bytes(
    drives: Path, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    from monitor.fleet.workers.ray_cluster import evaluate_on_ray

    cluster, other = two_nodes()
    try:
        cluster.wait_for_nodes(timeout=300)
        options = FleetOptions(EngineOptions(), ResultStore(str(tmp_path)))
        outcomes = []
        for outcome in evaluate_on_ray(options, _jobs(options, drives), cluster.address, 0.0):
            outcomes.append(outcome)
            if len(outcomes) == 1:
                cluster.remove_node(other, allow_graceful=False)
        assert sorted(outcome.uri for outcome in outcomes) == sorted(drive.uri for drive in find_drives([str(drives)]))
        assert [outcome.failure for outcome in outcomes] == [None] * DRIVES
    finally:
        cluster.shutdown()
    assert tables(tmp_path) == {name: rows for name, rows in expected.items() if name != "drives.parquet"}


def test_memory_stays_flat_over_many_drives(drives: Path, tmp_path: Path) -> None:
    """Of one worker, the same drives again and again."""
    options = FleetOptions(EngineOptions(), ResultStore(str(tmp_path)))
    resident = []
    for _ in range(6):
        for job in _jobs(options, drives):
            assert evaluate_here(options, job).failure is None
        resident.append(_resident_bytes())
    assert resident[-1] < 1.15 * resident[1], resident
    assert threading.active_count() < 40


def _resident_bytes() -> int:
    status = Path("/proc/self/statm")
    if not status.exists():
        pytest.skip("there is no /proc here")
    return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
