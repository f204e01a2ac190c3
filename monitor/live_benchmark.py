"""How the whole monitor keeps up: `python -m monitor.live_benchmark DRIVE.mp4 …`.

Two ways to play the drives through the headless monitor's own pipeline, without a window:

- **as a camera** (`--paced`): every drive at its own pace, newest frame first; from the frame that completes a dwell
  time to its event, and frames that were overtaken;
- **at full speed** (otherwise, for `--seconds`): frames a second, CPU time a frame, and resident memory after a while
  and at the end.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from engines.benchmark import resident_memory
from engines.bundle import Bundle
from engines.classifier import Classifier
from engines.errors import UserError, run_command
from engines.output_files import prepare_file, write_whole
from engines.region_tracking import REGION_MODES, region_tracker
from monitor.alerts import AlertPolicy
from monitor.health import FrameHealth
from monitor.pipeline import Pipeline, StageError
from monitor.policy import PolicySettings, read_policy
from monitor.sources import Frame, Source, open_source

_SETTLED_S = 300.0
"""When memory is read for the first time: after the caches have filled."""


class PacedSource(Source):
    """A recording as a camera would show it: frames come at their time, and the time is now."""

    live = True

    def __init__(self, recording: Source, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.name, self.fps = recording.name, recording.fps
        self._recording, self._clock = recording, clock
        self._from: float | None = None

    def read(self) -> Frame | None:
        frame = self._recording.read()
        if frame is None:
            return None
        if self._from is None:
            self._from = self._clock() - frame.time
        time.sleep(max(0.0, self._from + frame.time - self._clock()))
        return Frame(frame.pixels, self._clock(), frame.index)

    def close(self) -> None:
        self._recording.close()


@dataclass
class LiveFigures:
    """What was measured.

    Attributes:
        frames: judged.
        dropped: overtaken by newer ones.
        wall_s: all of it.
        frames_a_second: judged.
        core_ms: CPU time of the process a frame, all threads.
        stages_ms: stage → median milliseconds.
        event_ms: for every alert, from its frame's capture to the event in the consumer's hands.
        memory_mb: (seconds, resident memory in 10⁶ bytes), every now and then.
        growth: of the resident memory, from 5 minutes (or, of a shorter run, half its time) to the end.
    """

    frames: int = 0
    dropped: int = 0
    wall_s: float = 0.0
    frames_a_second: float = 0.0
    core_ms: float = 0.0
    stages_ms: dict[str, float] = field(default_factory=dict)
    event_ms: list[float] = field(default_factory=list)
    memory_mb: list[tuple[float, float]] = field(default_factory=list)
    growth: float | None = None

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
            (first_s, first), (last_s, last) = self._settled(), self.memory_mb[-1]
            lines.append(
                f"resident memory: {first:.1f} MB after {first_s:.0f} s, {last:.1f} MB after {last_s:.0f} s "
                f"({self.growth:+.2%})"
            )
        return lines

    def close(self, wall_s: float, core_s: float, stages_s: dict[str, list[float]]) -> None:
        """Work out what follows from the counts."""
        self.wall_s = wall_s
        self.frames_a_second = self.frames / wall_s if wall_s > 0.0 else 0.0
        self.core_ms = 1e3 * core_s / max(1, self.frames)
        self.stages_ms = {name: 1e3 * float(np.median(values)) for name, values in stages_s.items()}
        if len(self.memory_mb) > 1:
            self.growth = self.memory_mb[-1][1] / self._settled()[1] - 1.0

    def _settled(self) -> tuple[float, float]:
        after_s = min(_SETTLED_S, self.memory_mb[-1][0] / 2)
        return next(item for item in self.memory_mb if item[0] >= after_s)


def measure(
    sources: Iterator[Source],
    classifier: Classifier,
    policy: PolicySettings,
    *,
    regions: str = "tracked",
    seconds: float | None = None,
    report: Callable[[str], None] = lambda _: None,
    memory_every_s: float = 10.0,
) -> LiveFigures:
    """Play sources one after the other through the pipeline.

    Args:
        sources: opened one by one; each is closed at its end.
        classifier: of the bundle to measure.
        policy: of alerts and health.
        regions: how they are found, see `engines.region_tracking.REGION_MODES`.
        seconds: when to end, whatever is left; None for after the last source.
        report: told how far it is.
        memory_every_s: seconds between two looks at the resident memory.

    Raises:
        UserError, StageError: as the pipeline does.
    """
    figures = LiveFigures()
    stages: dict[str, list[float]] = {}
    began, core = time.monotonic(), time.process_time()
    looked_s = 0.0
    for source in sources:
        pipeline = Pipeline(
            source,
            classifier,
            policy=AlertPolicy(policy.alerts),
            health=FrameHealth(policy.health),
            regions=region_tracker(regions, classifier.manifest.kappa),
        )
        over = False
        with pipeline:
            for observation in pipeline:
                now, dropped = time.monotonic(), observation.dropped
                if observation.ended:
                    break
                if observation.frame is None or observation.latency is None:
                    continue
                figures.frames += 1
                for name, value in observation.latency.as_dict().items():
                    # A soak of hours keeps the latest.
                    stages.setdefault(name, []).append(value)
                    del stages[name][:-10_000]
                if any(event.is_alert for event in observation.events):
                    # A live frame's time is when it was captured.
                    figures.event_ms.append(
                        1e3 * (now - observation.frame.time if source.live else observation.latency.total_s)
                    )
                if now - began - looked_s >= memory_every_s:
                    looked_s = now - began
                    figures.memory_mb.append((looked_s, resident_memory() / 1e6))
                    report(f"{looked_s:.0f} s, {figures.frames} frames, {figures.memory_mb[-1][1]:.0f} MB")
                over = seconds is not None and now - began >= seconds
                if over:
                    break
        figures.dropped += dropped
        if over:
            break
    figures.close(time.monotonic() - began, time.process_time() - core, stages)
    return figures


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m monitor.live_benchmark", description="How the whole monitor keeps up, without a window."
    )
    parser.add_argument("drives", nargs="*", default=["demo"], metavar="DRIVE", help="videos, or 'demo' (demo)")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (default: the one that is shipped)")
    parser.add_argument(
        "--threads", type=int, metavar="N", help="CPU threads of the network (the runtime's own choice)"
    )
    parser.add_argument("--regions", choices=REGION_MODES, default="tracked", help="(tracked)")
    parser.add_argument("--paced", action="store_true", help="as a camera would show them: at their own pace, once")
    parser.add_argument(
        "--seconds", type=float, default=60.0, metavar="N", help="how long at full speed, over and over (60)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    arguments = parser.parse_args(argv)
    if arguments.json is not None:
        prepare_file(arguments.json)
    bundle = Bundle.open(arguments.bundle)
    classifier = Classifier.of(bundle, threads=arguments.threads)
    policy = read_policy(None, bundle.manifest.thresholds)
    if arguments.paced:
        sources: Iterator[Source] = (PacedSource(open_source(drive)) for drive in arguments.drives)
    else:
        sources = (open_source(drive) for drive in itertools.cycle(arguments.drives))
    try:
        figures = measure(
            sources,
            classifier,
            policy,
            regions=arguments.regions,
            seconds=None if arguments.paced else arguments.seconds,
            report=lambda text: print(text, file=sys.stderr, flush=True),
        )
    except StageError as failure:
        raise UserError(str(failure)) from failure
    print(f"{classifier.session.description}, {os.cpu_count()} cores, regions {arguments.regions}")
    for line in figures.lines():
        print(line)
    if arguments.json is not None:
        write_whole(arguments.json, json.dumps(asdict(figures)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
