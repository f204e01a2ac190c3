"""How the whole monitor keeps up: `python -m monitor.live_benchmark DRIVE.mp4 …`.

Two ways to play the drives through the headless monitor, with its journal, its output and the watch on a camera's view:

- **as a camera** (`--realtime`): every drive at its own pace, newest frame first; from the frame that completes a dwell
  time to its event, printed and journalled, and frames that were dropped;
- **at full speed** (otherwise, for `--seconds`): frames a second, CPU time a frame, and resident memory after a while
  and at the end.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from engines.benchmarks.engine import resident_memory
from engines.benchmarks.timing import LatencyPercentiles
from engines.command import add_version, positive_number, positive_seconds, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.output import prepare_file, write_atomic
from engines.malloc_settings import limit_malloc_arenas
from engines.regions.tracking import DEFAULT_REGION_MODE, REGION_MODES
from monitor.journal.json_lines import Journal
from monitor.live.clock import MONOTONIC, Clock
from monitor.live.engine import Engine, EngineOptions
from monitor.live.headless import run_headless
from monitor.live.pipeline import FrameResult, StageError, StatusUpdate
from monitor.live.session import AlertChanged, Ended, EndReason, SessionEvent, SessionOptions
from monitor.sources import Frame, Source, open_source
from monitor.speed.source import FixedSpeed

_WARM_UP_S = 300.0
"""When memory is read for the first time: after the caches have filled."""

_FULL_SPEED_S = 60.0
_STAGE_FRAMES = 10_000
"""Of which the stages' medians are: a soak of hours keeps the latest."""


class TimedSource(Source):
    """A recording to be measured: without labels, which nobody scores here, and perhaps not to its end."""

    def __init__(self, recording: Source, until_s: float | None = None, clock: Clock = MONOTONIC) -> None:
        """Play until a time of the clock; to the end when that is None."""
        super().__init__()
        self.name, self.fps = recording.name, recording.fps
        self._recording, self._until_s, self._clock = recording, until_s, clock
        self._closed = threading.Event()

    def read(self) -> Frame | None:
        if self._until_s is not None and self._clock.now() >= self._until_s:
            return None
        return self._recording.read()

    def close(self) -> None:
        self._closed.set()
        self._recording.close()

    def take_notices(self) -> list[str]:
        return self._recording.take_notices()


class RealtimeSource(TimedSource):
    """A recording as a camera would show it: frames come at their time, and the time is now."""

    live = True

    _from: float | None = None

    def read(self) -> Frame | None:
        frame = super().read()
        if frame is None:
            return None
        if self._from is None:
            self._from = self._clock.now() - frame.time
        self._clock.wait(self._closed, self._from + frame.time - self._clock.now())
        return Frame(frame.pixels, self._clock.now(), frame.index)


@dataclass(frozen=True)
class MonitorCost:
    """What was measured.

    Attributes:
        frames: classified.
        dropped: newer ones took their place.
        wall_s: all of it.
        frames_a_second: classified.
        core_ms: CPU time of the process a frame, all threads.
        stages_ms: stage → median milliseconds.
        event_ms: for every alert of a camera, from its frame's capture until it was printed and journalled.
        memory_mb: (seconds, resident memory in 10⁶ bytes), every now and then.
        growth: of the resident memory, from 5 minutes (or, of a shorter run, half its time) to the end.
    """

    frames: int
    dropped: int
    wall_s: float
    frames_a_second: float
    core_ms: float
    stages_ms: dict[str, float]
    event_ms: list[float]
    memory_mb: list[tuple[float, float]]
    growth: float | None

    def lines(self) -> list[str]:
        """For people."""
        stages = " · ".join(f"{name} {value:.1f}" for name, value in self.stages_ms.items())
        lines = [
            f"{self.frames} frames in {self.wall_s:.1f} s: {self.frames_a_second:.1f} a second, "
            f"{self.core_ms:.1f} core-ms a frame, {self.dropped} dropped",
            f"milliseconds by stage (medians): {stages}",
        ]
        if self.event_ms:
            event = LatencyPercentiles.of(np.array(self.event_ms) / 1e3)
            lines.append(f"frame to event, {len(self.event_ms)} alerts: p50 {event.p50:.1f} ms, p99 {event.p99:.1f} ms")
        if self.growth is not None:
            (first_s, first), (last_s, last) = after_warm_up(self.memory_mb), self.memory_mb[-1]
            lines.append(
                f"resident memory: {first:.1f} MB after {first_s:.0f} s, {last:.1f} MB after {last_s:.0f} s "
                f"({self.growth:+.2%})"
            )
        return lines


def after_warm_up(memory_mb: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Of (seconds, memory), in their order, the first after 5 minutes, or after half the time of a shorter run."""
    after_s = min(_WARM_UP_S, memory_mb[-1][0] / 2)
    return next(item for item in memory_mb if item[0] >= after_s)


def memory_growth(memory_mb: Sequence[tuple[float, float]]) -> float | None:
    """By which fraction memory has grown since the warm-up; None when it was not read twice."""
    return memory_mb[-1][1] / after_warm_up(memory_mb)[1] - 1.0 if len(memory_mb) > 1 else None


class _Recorder:
    """Listens to the monitor, and works out the figures at the end."""

    name = "the benchmark"

    def __init__(self, report: Callable[[str], None], memory_every_s: float, clock: Clock) -> None:
        self.ended = False
        self.live = False
        self._report, self._memory_every_s, self._clock = report, memory_every_s, clock
        self._frames = self._dropped = self._dropped_before = 0
        self._stages_s: dict[str, list[float]] = {}
        self._event_ms: list[float] = []
        self._memory_mb: list[tuple[float, float]] = []
        self._looked_s = 0.0
        self._began, self._core = clock.now(), time.process_time()

    def begin(self, source: Source) -> None:
        """Another drive."""
        self.live, self.ended = source.live, False
        self._dropped_before += self._dropped
        self._dropped = 0

    def on_event(self, event: SessionEvent) -> None:
        """Take in what happens, once it was printed and journalled."""
        match event:
            case AlertChanged() if self.live and event.event.is_alert:
                # A live frame's time is when it was captured. A recording's at full speed waits for those before it.
                self._event_ms.append(1e3 * (self._clock.now() - event.event.time_s))
            case Ended():
                self.ended = event.reason is EndReason.SOURCE_ENDED
            case FrameResult():
                self._add(event)
            case StatusUpdate():
                self._dropped = event.dropped
            case _:
                pass

    def _add(self, result: FrameResult) -> None:
        now, self._dropped = self._clock.now(), result.dropped
        self._frames += 1
        for name, value in result.latency.as_dict().items():
            self._stages_s.setdefault(name, []).append(value)
            del self._stages_s[name][:-_STAGE_FRAMES]
        if now - self._began - self._looked_s >= self._memory_every_s:
            self._looked_s = now - self._began
            self._memory_mb.append((self._looked_s, resident_memory() / 1e6))
            self._report(f"{self._looked_s:.0f} s, {self._frames} frames, {self._memory_mb[-1][1]:.0f} MB")

    def cost(self) -> MonitorCost:
        """Until now."""
        wall_s, core_s = self._clock.now() - self._began, time.process_time() - self._core
        return MonitorCost(
            frames=self._frames,
            dropped=self._dropped_before + self._dropped,
            wall_s=wall_s,
            frames_a_second=self._frames / wall_s if wall_s > 0.0 else 0.0,
            core_ms=1e3 * core_s / max(1, self._frames),
            stages_ms={name: 1e3 * float(np.median(values)) for name, values in self._stages_s.items()},
            event_ms=self._event_ms,
            memory_mb=self._memory_mb,
            growth=memory_growth(self._memory_mb),
        )


def measure(
    recordings: Iterator[Source],
    engine: Engine,
    *,
    realtime: bool = False,
    seconds: float | None = None,
    report: Callable[[str], None] = lambda _: None,
    memory_every_s: float = 10.0,
    clock: Clock = MONOTONIC,
) -> MonitorCost:
    """Play recordings one after the other through the headless monitor; Ctrl-C ends it with the figures until then.

    Args:
        recordings: opened one by one; each is closed at its end.
        engine: what is measured.
        realtime: as a camera would show them, instead of at full speed.
        seconds: when to end, whatever is left; None for after the last recording.
        report: told how far it is.
        memory_every_s: seconds between two looks at the resident memory.
        clock: what all of it is measured by.

    Raises:
        UserError, StageError: as the monitor does.
    """
    recorder = _Recorder(report, memory_every_s, clock)
    until_s = None if seconds is None else clock.now() + seconds
    # The lines go where they cost what they would cost as a service, and nobody reads them.
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        for recording in recordings:
            source = (RealtimeSource if realtime else TimedSource)(recording, until_s, clock)
            recorder.begin(source)
            with Journal(Path(folder) / "drive.jsonl") as journal:
                run_headless(
                    engine,
                    SessionOptions(source.name),
                    journal=journal,
                    write_line=lambda line: print(line, file=nowhere, flush=True),
                    listeners=[recorder],
                    open_source=lambda source=source: source,  # type: ignore[misc]
                    open_speed=lambda _lost_after_s: FixedSpeed(None),
                    clock=clock,
                )
            if not recorder.ended or (until_s is not None and clock.now() >= until_s):
                break
    return recorder.cost()


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; the exit code."""
    parser = CommandParser(
        prog="python -m monitor.live_benchmark", description="How the whole monitor keeps up, without a window."
    )
    parser.add_argument("drives", nargs="*", default=["demo"], metavar="DRIVE", help="videos, or 'demo' (demo)")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (default: the one that is shipped)")
    parser.add_argument(
        "--threads", type=positive_number, metavar="N", help="CPU threads of the network (the runtime's default)"
    )
    parser.add_argument("--regions", choices=REGION_MODES, default=DEFAULT_REGION_MODE, help="(%(default)s)")
    parser.add_argument("--realtime", action="store_true", help="as a camera would show them: at their own pace, once")
    parser.add_argument(
        "--seconds",
        type=positive_seconds,
        metavar="N",
        help="how long: at full speed the drives are played over and over (60), --realtime ends earlier (each once)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    add_version(parser)
    arguments = parser.parse_args(argv)
    if arguments.json is not None:
        prepare_file(arguments.json)
    limit_malloc_arenas()
    engine = Engine.open(EngineOptions(bundle=arguments.bundle, regions=arguments.regions, threads=arguments.threads))
    drives = arguments.drives if arguments.realtime else itertools.cycle(arguments.drives)
    seconds = arguments.seconds
    if seconds is None and not arguments.realtime:
        seconds = _FULL_SPEED_S
    try:
        cost = measure(
            (open_source(drive) for drive in drives),
            engine,
            realtime=arguments.realtime,
            seconds=seconds,
            report=lambda text: print(text, file=sys.stderr, flush=True),
        )
    except StageError as failure:
        raise UserError(str(failure)) from failure
    regions = f"regions {arguments.regions}" if engine.manifest.uses_regions else "no regions"
    print(f"{engine.classifier.description}, {os.cpu_count()} cores, {regions}")
    for line in cost.lines():
        print(line)
    if arguments.json is not None:
        write_atomic(arguments.json, json.dumps(asdict(cost)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
