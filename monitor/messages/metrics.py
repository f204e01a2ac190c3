"""Figures of the monitor for Prometheus, which asks for them over HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from engines.activities import Activity
from engines.errors import UserError, reason
from engines.notice import NoticeText
from monitor.alerts.events import Tier
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemFault
from monitor.journal.store.database import Database
from monitor.journal.store.records import OutboxState
from monitor.journal.store.retention import store_bytes
from monitor.journal.store.writer import Store
from monitor.live.pipeline import FrameResult, StatusUpdate
from monitor.live.session import Ended, Failed, IncidentChanged, Opened, SessionEvent, SystemChanged

try:
    import prometheus_client as prometheus
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.registry import Collector
except ImportError:  # an extra; `Metrics` says so
    prometheus = None  # type: ignore[assignment]
    Collector = object  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from prometheus_client import Metric

_BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds: around what a frame takes, from a GPU to a busy machine."""

_STORE_WAIT_S = 1.0
_RETRY_S = 5.0
_UNKNOWN = "unknown"


class Metrics:
    """A listener that counts, and the server that says what it counted.

    An address at which nobody can listen, such as one that another program has, costs no alert: it is a fault, and is
    tried again.
    """

    name = NoticeText("the metrics")

    def __init__(
        self,
        host: str,
        port: int,
        store: Store | None = None,
        *,
        thermal: Path = Path("/sys/class/thermal"),
    ) -> None:
        """Listen.

        Args:
            host: whose address to listen at.
            port: 0 takes a free one.
            store: whose size and outbox are said.
            thermal: where Linux has its temperatures.

        Raises:
            UserError: when the library is not installed.
        """
        if prometheus is None:
            raise UserError("--metrics needs one more package: install the extra 'messages' (uv sync --extra messages)")
        registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=registry)

        def counter(name: str, text: str, labels: Iterable[str] = ()) -> prometheus.Counter:
            return prometheus.Counter(f"driver_monitor_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, labels: Iterable[str] = ()) -> prometheus.Gauge:
            return prometheus.Gauge(f"driver_monitor_{name}", text, labels, registry=registry)

        self._frames = counter("frames", "Frames that were classified.")
        self._dropped = counter("frames_dropped", "Frames that newer ones took the place of.")
        self._skipped = counter("frames_skipped", "Frames that the rate limit left out.")
        self._fps = gauge("frames_per_second", "Frames classified a second, over the last seconds.")
        self._latency = prometheus.Histogram(
            "driver_monitor_latency_seconds",
            "From a frame's capture to its alert (total), and by stage.",
            ["stage"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._incidents = counter(
            "incidents", "Incidents that have ended, by what filled them and their highest tier.", ["activity", "tier"]
        )
        for activity in Activity:
            for tier in (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL):
                self._incidents.labels(activity.code, tier.code)
        self._drives = counter("drives", "Drives that have begun.")
        self._watching = gauge("watching", "1 while a drive is watched.")
        self._tier = gauge("alert_tier", "The alert that is shown: 0 none, 1 caution, 2 warning, 3 critical.")
        self._camera = gauge("camera_fault", "1 while this keeps the monitor from seeing the driver.", ["fault"])
        self._faults = gauge("system_fault", "1 while this does not work.", ["fault"])
        for health in Health:
            if health is not Health.OK:
                self._camera.labels(health.value)
        for fault in SystemFault:
            self._faults.labels(fault.value)
        self._active: set[tuple[SystemFault, str]] = set()
        self._last_dropped = self._last_skipped = 0
        self._health = Health.OK
        if store is not None:
            registry.register(_StoreFigures(store))
        registry.register(_Temperatures(thermal))
        self._host, self._port, self._app = host, port, prometheus.make_wsgi_app(registry)
        self._problem: NoticeText | None = None
        self._server: WSGIServer | None = None
        self._changed = threading.Condition()
        self._closing = False
        self._listen()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it can be asked, ``HOST:PORT``."""
        server = self._server
        port = self._port if server is None else server.server_port
        return f"[{self._host}]:{port}" if ":" in self._host else f"{self._host}:{port}"

    @property
    def problem(self) -> NoticeText | None:
        """Why nobody can ask, in a line for people; None while they can."""
        return self._problem

    def armed_by(self, armed: Callable[[], bool]) -> MetricsListener:
        """What a drive tells of itself, whose alerts are on or off."""
        return MetricsListener(self, armed)

    def close(self) -> None:
        """Listen no longer."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            server = self._server
        if server is not None:
            server.shutdown()
        self._thread.join()

    def _listen(self) -> None:
        try:
            family, *_, address = socket.getaddrinfo(
                self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            server_class: type[_Server] = type("Server", (_Server,), {"address_family": family})
            self._server = make_server(
                str(address[0]), self._port, self._app, server_class, handler_class=_SilentHandler
            )
            self._problem = None
        except (OSError, OverflowError) as error:
            self._problem = NoticeText(
                "cannot listen at {address} for --metrics: {what}: end what listens there, or choose another port",
                address=self.address,
                what=reason(error),
            )

    def _run(self) -> None:
        with self._changed:
            while self._server is None:
                self._changed.wait_for(lambda: self._closing, _RETRY_S)
                if self._closing:
                    return
                self._listen()
            server = self._server
        server.serve_forever()
        server.server_close()

    def on_event(self, event: SessionEvent, *, armed: bool = True) -> None:
        """Take an event of the drive in; while not `armed`, there are no alerts."""
        match event:
            case Opened():
                self._drives.inc()
                self._watching.set(1)
                self._last_dropped = self._last_skipped = 0
            case FrameResult():
                self._frames.inc()
                self._fps.set(event.fps)
                for stage, seconds in (*_stages(event), ("total", event.latency.total_s)):
                    self._latency.labels(stage).observe(seconds)
                self._count(event)
                self._show(event.alert.tier if armed else Tier.NONE, event.alert.health)
            case StatusUpdate():
                self._count(event)
                if event.alert is not None:
                    self._fps.set(0.0)
                    self._show(event.alert.tier if armed else Tier.NONE, event.alert.health)
            case IncidentChanged(incident) if incident.is_over and armed:
                activity = _UNKNOWN if incident.activity is None else incident.activity.code
                self._incidents.labels(activity, incident.tier.code).inc()
            case SystemChanged(condition):
                key = (condition.fault, condition.subject)
                (self._active.add if condition.until_s is None else self._active.discard)(key)
                works = all(fault is not condition.fault for fault, _ in self._active)
                self._faults.labels(condition.fault.value).set(0 if works else 1)
            case Ended() | Failed():
                self._watching.set(0)
                self._fps.set(0.0)
                self._show(Tier.NONE, self._health)
            case _:
                pass

    def _count(self, result: FrameResult | StatusUpdate) -> None:
        self._dropped.inc(max(0, result.dropped - self._last_dropped))
        self._skipped.inc(max(0, result.skipped - self._last_skipped))
        self._last_dropped, self._last_skipped = result.dropped, result.skipped

    def _show(self, tier: Tier, health: Health) -> None:
        self._tier.set(int(tier))
        if health is not self._health:
            if self._health is not Health.OK:
                self._camera.labels(self._health.value).set(0)
            if health is not Health.OK:
                self._camera.labels(health.value).set(1)
            self._health = health


class MetricsListener:
    """Leaves a drive's events with the metrics."""

    name = Metrics.name

    def __init__(self, metrics: Metrics, armed: Callable[[], bool]) -> None:
        self._metrics, self._armed = metrics, armed

    def on_event(self, event: SessionEvent) -> None:
        """Takes an event in."""
        self._metrics.on_event(event, armed=self._armed())


class PortListener:
    """Says that nobody can ask for the metrics. By itself: a listener that fails gets not all events, to be counted."""

    name, fault = NoticeText("the port of the metrics"), SystemFault.METRICS

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def on_event(self, event: SessionEvent) -> None:
        """Raises `UserError` while nobody can ask."""
        if self._metrics.problem is not None:
            raise UserError(self._metrics.problem)


class _Server(ThreadingMixIn, WSGIServer):
    """Prometheus' own server, but that it looks up no name of this machine: without a network that takes seconds."""

    daemon_threads = True

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


def _stages(result: FrameResult) -> Iterator[tuple[str, float]]:
    latency = result.latency
    yield from (("view", latency.view_s), ("regions", latency.regions_s), ("network", latency.network_s))


class _StoreFigures(Collector):
    """What the store holds, asked for when somebody wants to know; nothing while it does not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        size = GaugeMetricFamily("driver_monitor_store_bytes", "What the store takes on its disk, clips included.")
        labels = ["destination"]
        messages = GaugeMetricFamily("driver_monitor_outbox_messages", "Messages that wait to be sent.", labels=labels)
        waiting = GaugeMetricFamily("driver_monitor_outbox_bytes", "Their size.", labels=labels)
        oldest = GaugeMetricFamily(
            "driver_monitor_outbox_oldest_seconds", "For how long the oldest has waited.", labels=labels
        )
        now, destinations = self._store.clock.now(), self._store.destinations

        def ask(database: Database) -> tuple[int, list[OutboxState]]:
            return store_bytes(database), [database.outbox.state(now, destination) for destination in destinations]

        with suppress(UserError, OSError):
            taken, states = self._store.call(ask, _STORE_WAIT_S)
            size.add_metric([], taken)
            for destination, state in zip(destinations, states, strict=True):
                messages.add_metric([destination], state.messages)
                waiting.add_metric([destination], state.bytes)
                oldest.add_metric([destination], state.oldest_s or 0.0)
        yield from (size, messages, waiting, oldest)

    def describe(self) -> list[Metric]:
        """Not known before it is asked for: the store is not opened for it."""
        return []


class _Temperatures(Collector):
    """The machine's, where it has any."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "driver_monitor_temperature_celsius", "Of the machine's sensors.", labels=["sensor", "zone"]
        )
        with suppress(OSError):
            for zone in sorted(self._folder.glob("thermal_zone*")):
                with suppress(OSError, ValueError):
                    sensor = (zone / "type").read_text(encoding="ascii").strip()
                    family.add_metric([sensor, zone.name], int((zone / "temp").read_text(encoding="ascii")) / 1000.0)
        yield family

    def describe(self) -> list[Metric]:
        return []
