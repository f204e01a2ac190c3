"""Prometheus finds the figures of a drive, the store and the machine at the port that is named."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.health.system_health import SystemFault
from monitor.journal.store.writer import Store
from monitor.live.session import IncidentChanged, Session, SessionOptions, SystemChanged
from monitor.live.store_listener import StoreListener
from monitor.messages.metrics import Metrics, PortListener
from monitor.speed.source import FixedSpeed
from tests.monitor.fakes import FakeSource, Notes, Segments, fake_engine, frames_of
from tests.monitor.journal.store.stories import Clocks
from tests.monitor.messages.broker import WAIT_S, store_incidents

STORY: Segments = [(0, 3.0), (6, 4.0), (0, 3.0), (1, 3.0), (0, 3.0)]

Figures = dict[tuple[str, tuple[str, ...]], float]


def asked(metrics: Metrics) -> Figures:
    """What a server for Prometheus reads: by name and the labels' values."""
    with urllib.request.urlopen(f"http://{metrics.address}/metrics", timeout=WAIT_S) as answer:
        text = answer.read().decode()
    return {
        (sample.name.removeprefix("driver_monitor_"), tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def thermal(tmp_path: Path) -> Path:
    """A machine with two sensors, one of which cannot be read."""
    for number, (kind, temperature) in enumerate((("x86_pkg_temp", "48500"), ("broken", "?"))):
        zone = tmp_path / "thermal" / f"thermal_zone{number}"
        zone.mkdir(parents=True)
        (zone / "type").write_text(f"{kind}\n", encoding="ascii")
        (zone / "temp").write_text(f"{temperature}\n", encoding="ascii")
    return tmp_path / "thermal"


@pytest.fixture
def metrics(store: Store, thermal: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Metrics]:
    monkeypatch.setattr("monitor.messages.metrics._STORE_WAIT_S", WAIT_S)
    opened = Metrics("127.0.0.1", 0, store, thermal=thermal)
    yield opened
    opened.close()


def drive(metrics: Metrics, *, armed: bool = True, store: Store | None = None, notes: Notes | None = None) -> None:
    source = FakeSource(frames_of(STORY))
    kept = [StoreListener(store, "fake", recordings=True)] if store is not None else []
    Session(
        fake_engine(),
        SessionOptions(source.name),
        [*kept, metrics.armed_by(lambda: armed), PortListener(metrics), *([notes] if notes is not None else [])],
        open_source=lambda: source,
        open_speed=lambda _lost_after_s: FixedSpeed(None),
    ).run()


def test_a_drive_is_counted(metrics: Metrics, store: Store) -> None:
    drive(metrics, store=store)
    drive(metrics)
    figures = asked(metrics)
    assert figures["drives_total", ()] == 2.0 and figures["frames_total", ()] == 320.0
    assert figures["frames_dropped_total", ()] == 0.0 and figures["watching", ()] == 0.0
    assert figures["latency_seconds_count", ("total",)] == 320.0 == figures["latency_seconds_bucket", ("+Inf", "total")]
    assert {labels for (name, labels), count in figures.items() if name == "incidents_total" and count == 2.0} == {
        ("c6", "warning"), ("c1", "warning"),
    }  # fmt: skip
    assert figures["store_bytes", ()] > 10_000.0 and figures["outbox_messages", ("mqtt",)] > 4.0


def test_while_alerts_are_off_there_are_no_incidents(metrics: Metrics) -> None:
    drive(metrics, armed=False)
    figures = asked(metrics)
    assert figures["frames_total", ()] == 160.0
    assert sum(count for (name, _), count in figures.items() if name == "incidents_total") == 0.0


def test_what_waits_and_for_how_long_is_said(metrics: Metrics, store: Store, store_clock: Clocks) -> None:
    store_incidents(store, 1, 2)
    store_clock.pass_time(300.0)
    figures = asked(metrics)
    assert figures["outbox_messages", ("mqtt",)] == 4.0 and figures["outbox_oldest_seconds", ("mqtt",)] == 300.0
    assert figures["outbox_bytes", ("mqtt",)] > 1000.0


def test_the_machines_temperature_is_said(metrics: Metrics) -> None:
    figures = asked(metrics)
    temperatures = {labels: value for (name, labels), value in figures.items() if name == "temperature_celsius"}
    assert temperatures == {("x86_pkg_temp", "thermal_zone0"): 48.5}
    assert figures["system_fault", ("messages",)] == 0.0 and figures["camera_fault", ("dark",)] == 0.0


def test_a_store_that_cannot_be_read_costs_no_other_figure(tmp_path: Path, thermal: Path) -> None:
    (tmp_path / "file").touch()
    broken = Store(tmp_path / "file" / "store")
    metrics = Metrics("127.0.0.1", 0, broken, thermal=thermal)
    figures = asked(metrics)
    metrics.close()
    assert ("store_bytes", ()) not in figures and figures["frames_total", ()] == 0.0


def test_a_port_that_is_taken_costs_no_drive_and_is_listened_at_once_it_is_free(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.messages.metrics._RETRY_S", 0.05)
    port = int(metrics.address.rpartition(":")[2])
    late, notes = Metrics("127.0.0.1", port), Notes()
    assert f"cannot listen at 127.0.0.1:{port} for --metrics" in str(late.problem)
    drive(late, notes=notes)
    (change,) = [event.condition for event in notes.events if isinstance(event, SystemChanged)]
    assert change.fault is SystemFault.METRICS and "choose another port" in change.text
    assert sum(isinstance(event, IncidentChanged) and event.incident.is_over for event in notes.events) == 2
    metrics.close()
    until = time.monotonic() + WAIT_S
    while late.problem is not None and time.monotonic() < until:
        time.sleep(0.01)
    assert asked(late)["frames_total", ()] == 160.0, "of the drive that nobody could ask about meanwhile"
    late.close()


def test_a_port_that_stays_taken_holds_nobody_at_the_end(metrics: Metrics) -> None:
    port = int(metrics.address.rpartition(":")[2])
    late = Metrics("127.0.0.1", port)
    late.close()
    assert late.problem is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_no_name_of_the_machine_is_looked_up(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which takes seconds without a network."""
    asked_for: list[str] = []
    monkeypatch.setattr("socket.getfqdn", lambda name="": asked_for.append(name) or name)
    monkeypatch.setattr("socket.gethostbyaddr", lambda name: asked_for.append(name) or (name, [], []))
    metrics = Metrics(host, 0)
    assert asked(metrics)["frames_total", ()] == 0.0 and not asked_for
    metrics.close()
