"""The monitor without a window: events and notices as lines of text, and a summary at the end.

It often runs without a terminal, as a service, so the driver's button speaks to it by signals: SIGUSR1 acknowledges the
active alert, SIGUSR2 snoozes it, as the dashboard's K and S do.
"""

from __future__ import annotations

import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from engines.errors import UserError
from engines.files.output import write_atomic
from engines.files.printable import as_json
from engines.notice import NoticeText
from monitor.alerts.events import AlertEvent, EventKind, Tier
from monitor.alerts.incidents.incident import Incident
from monitor.evaluation.scoring import EventScore
from monitor.health.system_health import SystemCondition, SystemFault
from monitor.journal.bounded_wait import BoundedWait
from monitor.journal.json_lines import Journal
from monitor.live.clock import MONOTONIC, Clock
from monitor.live.engine import Engine
from monitor.live.listeners import JournalListener, LabelListener
from monitor.live.pipeline import FrameResult, StatusUpdate
from monitor.live.session import (
    AlertChanged,
    Ended,
    IncidentChanged,
    Listener,
    Notice,
    Opened,
    Session,
    SessionEvent,
    SessionOptions,
    Summary,
    SystemChanged,
)
from monitor.sources import Source
from monitor.speed.source import FixedSpeed, SpeedSource

_WAIT_S, _LAST_WAIT_S = 0.05, 1.0
"""How long a live drive waits for a line to be printed, and for those after its end."""

_HANGS_S = 2.0
"""An output that takes longer has no reader."""

_MOST_WAITING = 1000
"""Lines that may wait to be printed; then the oldest makes room."""


def run_headless(
    engine: Engine,
    options: SessionOptions,
    *,
    journal: Journal | None = None,
    json_path: Path | None = None,
    write_line: Callable[[str], None] = print,
    listeners: Sequence[Listener] = (),
    open_source: Callable[[], Source] | None = None,
    open_speed: Callable[[float], SpeedSource] | None = None,
    clock: Clock = MONOTONIC,
    closed_loop: bool = False,
) -> int:
    """Monitor a source until it ends, or Ctrl-C or SIGTERM, then sum up; the exit code.

    Args:
        engine: what classifies, and when to alert.
        options: what is watched.
        journal: also gets every event.
        json_path: where the summary goes as JSON.
        write_line: prints a line. Nobody listens any more when it raises `BrokenPipeError`: a recording ends then, a
            camera is watched on, as where it raises another `OSError`, or hangs.
        listeners: get everything besides, after it was printed.
        open_source, open_speed, clock: see `Session`.
        closed_loop: print nothing of the driver, no alert, incident or summary: a service's output is kept, too.

    Raises:
        UserError, StageError: see `Session.run`; and when the JSON file cannot be written.
    """
    labels, terminal = LabelListener(), Terminal(write_line, lambda: session.stop(), clock, closed_loop=closed_loop)
    session = Session(
        engine,
        options,
        [*([JournalListener(journal)] if journal is not None else []), labels, terminal, *listeners],
        open_source=open_source,
        open_speed=open_speed,
        clock=clock,
    )
    code = 0
    try:
        with _signals(session):
            session.run()
    except KeyboardInterrupt:
        code = 130
    if terminal.reader_left:
        code = 141
    score = labels.score
    try:
        if json_path is not None:
            write_atomic(json_path, as_json(terminal.as_dict(engine, score), indent=1) + "\n")
    finally:
        terminal.print_last([] if closed_loop else terminal.summary(score))
    # Ctrl-C is how a live drive ends; a recording that it cuts short is not complete.
    return 0 if terminal.live else code


@contextmanager
def _signals(session: Session) -> Iterator[None]:
    """Within the block, SIGTERM (a service that is stopped) raises `KeyboardInterrupt`, as Ctrl-C does; two more ask.

    SIGUSR1 acknowledges and SIGUSR2 snoozes.

    Where there are no such signals, as on Windows, there is only Ctrl-C.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def acknowledge(number: int, frame: FrameType | None) -> None:
        session.acknowledge()

    def snooze(number: int, frame: FrameType | None) -> None:
        session.snooze()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = {"SIGTERM": interrupt, "SIGUSR1": acknowledge, "SIGUSR2": snooze}
    before = {
        number: signal.signal(number, handler)
        for name, handler in wanted.items()
        if (number := getattr(signal, name, None)) is not None
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Terminal:
    """Prints a drive as it happens, and sums it up.

    Attributes:
        live: whether the source happens now.
        reader_left: whether the output's reader went away while a recording was watched.
    """

    name = NoticeText("the output")
    fault = SystemFault.OUTPUT

    def __init__(
        self,
        write_line: Callable[[str], None],
        stop: Callable[[], None],
        clock: Clock = MONOTONIC,
        *,
        closed_loop: bool = False,
    ) -> None:
        """Print with `write_line`; `stop` ends the drive. In a closed loop nothing of the driver is printed."""
        self._closed_loop = closed_loop
        self.live = self.reader_left = False
        self._write_line, self._stop = write_line, stop
        self._waiting: deque[str] = deque(maxlen=_MOST_WAITING)
        self._writer = BoundedWait(self._write_waiting, "output", clock.now)
        self._source = self._bundle = ""
        self._events: list[AlertEvent] = []
        self._incidents: list[Incident] = []
        self._notices: list[str] = []
        self._conditions: dict[tuple[SystemFault, str, float], SystemCondition] = {}
        self._summary = Summary()
        # A live source's seconds count from the machine's start, which means nothing to people.
        self._from_s: float | None = 0.0
        self._last_s: float | None = None

    def on_event(self, event: SessionEvent) -> None:
        """Raises what `write_line` does, and `UserError` while it hangs; what it did not take is printed later."""
        match event:
            case Opened():
                self.live, self._source, self._bundle = event.live, event.source, event.bundle
                self._from_s = None if event.live else 0.0
                if not isinstance(event.speed, FixedSpeed):
                    self._print(f"speed: {event.speed.name}")
            case FrameResult():
                self._begin(event.frame.time)
                self._last_s = event.frame.time
            case StatusUpdate() if event.alert is not None:
                self._begin(event.alert.time_s)
                self._last_s = event.alert.time_s
            case AlertChanged():
                self._events.append(event.event)
                if not self._closed_loop or event.event.kind in (EventKind.FAULT, EventKind.RECOVERED):
                    self._print(f"{self._since(event.event.time_s):8.1f} s  {event.event.text}")
            case IncidentChanged(incident) if incident.end_s is not None:
                ended = incident.since(self._from_s or 0.0)
                self._incidents.append(ended)
                if not self._closed_loop:
                    self._print(f"{self._since(incident.end_s):8.1f} s  {ended.text}")
            case Notice():
                self._notices.append(event.text)
                at_s = self._since(self._last_s) if self._last_s is not None else 0.0
                self._print(f"{at_s:8.1f} s  NOTICE   {event.text}")
            case SystemChanged(condition):
                key = (condition.fault, condition.subject, condition.since_s)
                at_s = condition.since_s if condition.until_s is None else condition.until_s
                if key in self._conditions and condition.until_s is None and self._last_s is not None:
                    at_s = self._last_s  # it lasts, and is said otherwise
                self._conditions[key] = condition
                self._print(f"{self._since(at_s):8.1f} s  HEALTH   {condition.text}")
            case Ended():
                self._summary = event.summary
            case _:
                pass
        self._print_waiting(_WAIT_S)

    def print_last(self, lines: Sequence[str]) -> None:
        """Print what comes after the drive, where that can be."""
        self._waiting.extend(lines)
        with suppress(OSError, UserError):
            self._print_waiting(_LAST_WAIT_S)

    def _print(self, line: str) -> None:
        self._waiting.append(line)
        self._print_waiting(_WAIT_S)

    def _print_waiting(self, wait_s: float) -> None:
        """Print what waits. A recording waits for its reader, a live drive for nobody."""
        if not self._waiting:
            return
        try:
            if not self.live:
                self._write_waiting()
            elif not self._writer.run(wait_s) and self._writer.hangs_s >= _HANGS_S:
                raise UserError("nobody reads it")
        except BrokenPipeError:
            self.reader_left = True
            self._waiting.clear()
            if not self.live:
                self._stop()

    def _write_waiting(self) -> None:
        while self._waiting and not self.reader_left:
            line = self._waiting.popleft()
            try:
                self._write_line(line)
            except OSError:
                self._waiting.appendleft(line)
                raise

    def _begin(self, time_s: float) -> None:
        if self._from_s is None:
            self._from_s = time_s

    def _since(self, time_s: float) -> float:
        return time_s - (self._from_s or 0.0)

    def _tiers(self) -> dict[Tier, int]:
        """How often each tier was reached."""
        counts = Counter(event.tier for event in self._events if event.is_alert)
        return {tier: counts[tier] for tier in (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL)}

    def summary(self, score: EventScore | None) -> list[str]:
        """Lines for people."""
        drive = self._summary
        rate = drive.frames / drive.wall_s if drive.wall_s > 0.0 else 0.0
        counts = " · ".join(f"{count} {tier.code}" for tier, count in self._tiers().items())
        faults = sum(event.kind is EventKind.FAULT for event in self._events)
        lines = [
            f"{drive.frames} frames, {drive.duration_s:.1f} s of driving, in {drive.wall_s:.1f} s "
            f"({rate:.1f} frames a second)"
            + (f", {drive.dropped} dropped" if drive.dropped else "")
            + (f", {drive.skipped} skipped (rate limit)" if drive.skipped else ""),
            f"alerts: {counts} · health faults: {faults}"
            + (f" · system faults: {len(self._conditions)}" if self._conditions else "")
            + (f" · notices: {len(self._notices)}" if self._notices else "")
            + (f" · incidents: {len(self._incidents)}" if self._incidents else ""),
        ]
        lines = [*map(str, drive.drive.lines()), *lines]
        return lines if score is None else [*_score_lines(score), *lines]

    def as_dict(self, engine: Engine, score: EventScore | None) -> dict[str, object]:
        """For the JSON file."""
        return {
            "source": self._source,
            "bundle": self._bundle,
            "frames": self._summary.frames,
            "frames_dropped": self._summary.dropped,
            "frames_skipped": self._summary.skipped,
            "summary": self._summary.drive.as_dict(),
            "tiers": {tier.code: count for tier, count in self._tiers().items()},
            "events": [
                {
                    **event.as_dict(),
                    "time_s": round(self._since(event.time_s), 3),
                    "text": event.text,
                }
                for event in self._events
            ],
            "incidents": [incident.as_dict() for incident in self._incidents],
            "notices": self._notices,
            "system": [
                {
                    **condition.as_dict(),
                    "since_s": round(self._since(condition.since_s), 3),
                    "until_s": None if condition.until_s is None else round(self._since(condition.until_s), 3),
                }
                for condition in self._conditions.values()
            ],
            "score": score.as_dict() if score is not None else None,
            "settings": engine.settings.model_dump(),
        }


def _score_lines(score: EventScore) -> list[str]:
    """How the alerts fit the labels, for people."""
    lines = [score.headline]
    for missed in score.missed:
        activities = ", ".join(activity.label for activity in missed.activities)
        lines.append(f"missed: {activities} from {missed.start_s:.1f} to {missed.end_s:.1f} s")
    for alert in score.false:
        what = alert.activity.label if alert.activity is not None else "?"
        lines.append(f"false: {alert.tier.name} {what} at {alert.raised_s:.1f} s")
    for alert in score.cleared_late:
        until = "the end" if alert.cleared_s is None else f"{alert.cleared_s:.1f} s"
        lines.append(f"cleared late: {alert.tier.name} from {alert.raised_s:.1f} s to {until}")
    return lines
