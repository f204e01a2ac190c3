"""How the whole monitor keeps up: `python -m monitor.live_benchmark DRIVE.mp4 …`.

Two ways to play the drives through the headless monitor, with its journal, its output and the watch on a camera's view:

- **as a camera** (`--paced`): every drive at its own pace, newest frame first; from the frame that completes a dwell
  time to its event, told and journalled, and frames that were overtaken;
- **at full speed** (otherwise, for `--seconds`): frames a second, CPU time a frame, and resident memory after a while
  and at the end.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from engines.benchmarks.engine import resident_memory
from engines.bundles.bundle import Bundle
from engines.classifier import Classifier
from engines.command import positive_number, positive_seconds, run_command
from engines.errors import UserError
from engines.files.output import prepare_file, write_atomic
from engines.malloc_settings import limit_malloc_arenas
from engines.regions.tracking import DEFAULT_REGION_MODE, REGION_MODES, region_tracker
from monitor.alerts.policy_file import PolicySettings, read_policy
from monitor.journal.json_lines import Journal
from monitor.live.headless import run_headless
from monitor.live.pipeline import Observation, StageError
from monitor.live.warm_up import warming_up
from monitor.sources import Frame, Source, open_source

_SETTLED_S = 300.0
"""When memory is read for the first time: after the caches have filled."""

_FULL_SPEED_S = 60.0
_STAGE_FRAMES = 10_000
"""Of which the stages' medians are: a soak of hours keeps the latest."""


class TimedSource(Source):
    """A recording to be measured: without labels, which nobody scores here, and perhaps not to its end."""

    def __init__(self, recording: Source, until_s: float | None) -> None:
        """Play until a time of the monotonic clock; to the end when that is None."""
        super().__init__()
        self.name, self.fps = recording.name, recording.fps
        self._recording, self._until_s = recording, until_s

    def read(self) -> Frame | None:
        if self._until_s is not None and time.monotonic() >= self._until_s:
            return None
        return self._recording.read()

    def close(self) -> None:
        self._recording.close()

    def take_notices(self) -> list[str]:
        return self._recording.take_notices()


class RealtimeSource(TimedSource):
    """A recording as a camera would show it: frames come at their time, and the time is now."""

    live = True

    def __init__(
        self, recording: Source, until_s: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(recording, until_s)
        self._clock = clock
        self._from: float | None = None

    def read(self) -> Frame | None:
        frame = super().read()
        if frame is None:
            return None
        if self._from is None:
            self._from = self._clock() - frame.time
        time.sleep(max(0.0, self._from + frame.time - self._clock()))
        return Frame(frame.pixels, self._clock(), frame.index)


@dataclass(frozen=True)
class MonitorCost:
    """What was measured.

    Attributes:
        frames: judged.
        dropped: overtaken by newer ones.
        wall_s: all of it.
        frames_a_second: judged.
        core_ms: CPU time of the process a frame, all threads.
        stages_ms: stage → median milliseconds.
        event_ms: for every alert of a camera, from its frame's capture until it was told and journalled.
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

    def event_percentile(self, percent: float) -> float | None:
        """Of the milliseconds to an event; None without any."""
        return float(np.percentile(self.event_ms, percent)) if self.event_ms else None

    def lines(self) -> list[str]:
        """For people."""
        stages = " · ".join(f"{name} {value:.1f}" for name, value in self.stages_ms.items())
        lines = [
            f"{self.frames} frames in {self.wall_s:.1f} s: {self.frames_a_second:.1f} a second, "
            f"{self.core_ms:.1f} core-ms a frame, {self.dropped} overtaken",
            f"milliseconds by stage (medians): {stages}",
        ]
        if self.event_ms:
            p50, p99 = self.event_percentile(50), self.event_percentile(99)
            lines.append(f"frame to event, {len(self.event_ms)} alerts: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
        if self.growth is not None:
            (first_s, first), (last_s, last) = settled(self.memory_mb), self.memory_mb[-1]
            lines.append(
                f"resident memory: {first:.1f} MB after {first_s:.0f} s, {last:.1f} MB after {last_s:.0f} s "
                f"({self.growth:+.2%})"
            )
        return lines


def settled(memory_mb: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Of (seconds, memory), in their order, the first after 5 minutes, or after half the time of a shorter run."""
    after_s = min(_SETTLED_S, memory_mb[-1][0] / 2)
    return next(item for item in memory_mb if item[0] >= after_s)


def memory_growth(memory_mb: Sequence[tuple[float, float]]) -> float | None:
    """By which share memory has grown since it was settled; None when it was not read twice."""
    return memory_mb[-1][1] / settled(memory_mb)[1] - 1.0 if len(memory_mb) > 1 else None


class _Meter:
    """Takes a monitor's observations in, and works out the figures at the end."""

    def __init__(self, report: Callable[[str], None], memory_every_s: float) -> None:
        self.ended = False
        self.live = False
        self._report, self._memory_every_s = report, memory_every_s
        self._frames = self._dropped = self._dropped_before = 0
        self._stages_s: dict[str, list[float]] = {}
        self._event_ms: list[float] = []
        self._memory_mb: list[tuple[float, float]] = []
        self._looked_s = 0.0
        self._began, self._core = time.monotonic(), time.process_time()

    def begin(self, source: Source) -> None:
        """Another drive."""
        self.live, self.ended = source.live, False
        self._dropped_before += self._dropped
        self._dropped = 0

    def take(self, observation: Observation) -> None:
        """What the monitor has just told."""
        now, self._dropped, self.ended = time.monotonic(), observation.dropped, observation.ended
        if observation.frame is None or observation.latency is None:
            return
        self._frames += 1
        for name, value in observation.latency.as_dict().items():
            self._stages_s.setdefault(name, []).append(value)
            del self._stages_s[name][:-_STAGE_FRAMES]
        if self.live and any(event.is_alert for event in observation.events):
            # A live frame's time is when it was captured. A recording's at full speed waits for those before it.
            self._event_ms.append(1e3 * (now - observation.frame.time))
        if now - self._began - self._looked_s >= self._memory_every_s:
            self._looked_s = now - self._began
            self._memory_mb.append((self._looked_s, resident_memory() / 1e6))
            self._report(f"{self._looked_s:.0f} s, {self._frames} frames, {self._memory_mb[-1][1]:.0f} MB")

    def figures(self) -> MonitorCost:
        """Until now."""
        wall_s, core_s = time.monotonic() - self._began, time.process_time() - self._core
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
    classifier: Classifier,
    policy: PolicySettings,
    *,
    paced: bool = False,
    regions: str = DEFAULT_REGION_MODE,
    seconds: float | None = None,
    report: Callable[[str], None] = lambda _: None,
    memory_every_s: float = 10.0,
) -> MonitorCost:
    """Play recordings one after the other through the headless monitor; Ctrl-C ends it with the figures until then.

    Args:
        recordings: opened one by one; each is closed at its end.
        classifier: of the bundle to measure.
        policy: of alerts and health.
        paced: as a camera would show them, instead of at full speed.
        regions: how they are found, see `engines.regions.tracking.REGION_MODES`.
        seconds: when to end, whatever is left; None for after the last recording.
        report: told how far it is.
        memory_every_s: seconds between two looks at the resident memory.

    Raises:
        UserError, StageError: as the monitor does.
    """
    meter = _Meter(report, memory_every_s)
    until_s = None if seconds is None else time.monotonic() + seconds
    # The lines go where they cost what they would cost as a service, and nobody reads them.
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        for recording in recordings:
            source = RealtimeSource(recording, until_s) if paced else TimedSource(recording, until_s)
            meter.begin(source)
            with Journal(Path(folder) / "drive.jsonl") as journal:
                run_headless(
                    source,
                    classifier,
                    bundle=classifier.manifest.name,
                    settings=policy.alerts,
                    health=policy.health,
                    regions=region_tracker(regions, classifier.manifest.kappa),
                    journal=journal,
                    say=lambda line: print(line, file=nowhere, flush=True),
                    told=meter.take,
                )
            if not meter.ended or (until_s is not None and time.monotonic() >= until_s):
                break
    return meter.figures()


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m monitor.live_benchmark", description="How the whole monitor keeps up, without a window."
    )
    parser.add_argument("drives", nargs="*", default=["demo"], metavar="DRIVE", help="videos, or 'demo' (demo)")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (default: the one that is shipped)")
    parser.add_argument(
        "--threads", type=positive_number, metavar="N", help="CPU threads of the network (the runtime's own choice)"
    )
    parser.add_argument("--regions", choices=REGION_MODES, default=DEFAULT_REGION_MODE, help="(%(default)s)")
    parser.add_argument("--paced", action="store_true", help="as a camera would show them: at their own pace, once")
    parser.add_argument(
        "--seconds",
        type=positive_seconds,
        metavar="N",
        help="how long: at full speed the drives are played over and over (60), --paced ends earlier (each once)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    arguments = parser.parse_args(argv)
    if arguments.json is not None:
        prepare_file(arguments.json)
    limit_malloc_arenas()
    with warming_up(arguments.regions):
        bundle = Bundle.open(arguments.bundle)
        classifier = Classifier.of(bundle, threads=arguments.threads)
    policy = read_policy(None, bundle.manifest.thresholds)
    drives = arguments.drives if arguments.paced else itertools.cycle(arguments.drives)
    seconds = arguments.seconds
    if seconds is None and not arguments.paced:
        seconds = _FULL_SPEED_S
    try:
        figures = measure(
            (open_source(drive) for drive in drives),
            classifier,
            policy,
            paced=arguments.paced,
            regions=arguments.regions,
            seconds=seconds,
            report=lambda text: print(text, file=sys.stderr, flush=True),
        )
    except StageError as failure:
        raise UserError(str(failure)) from failure
    print(f"{classifier.session.description}, {os.cpu_count()} cores, regions {arguments.regions}")
    for line in figures.lines():
        print(line)
    if arguments.json is not None:
        write_atomic(arguments.json, json.dumps(asdict(figures)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
