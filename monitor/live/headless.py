"""The monitor without a window: events and notices as lines of text, and a summary at the end.

It often runs without a terminal, as a service, so the driver's button speaks to it by signals: SIGUSR1 acknowledges the
alert that stands, SIGUSR2 snoozes it, as the dashboard's K and S do.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from engines.classifier import FrameClassifier
from engines.errors import UserError
from engines.files.drive_labels import read_labels
from engines.files.output import write_atomic
from monitor.alerts.events import AlertEvent, EventKind, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.scoring import EventScore, score_events
from monitor.health.camera_health import FrameHealth, HealthSettings
from monitor.health.view_check import ViewWatch
from monitor.journal.json_lines import Journal, SafeJournal
from monitor.live.pacing import FrameRateLimiter
from monitor.live.pipeline import Observation, Pipeline, RegionFinder
from monitor.sources import Source
from monitor.speed.source import FixedSpeed, SpeedSource


def run_headless(
    source: Source,
    classifier: FrameClassifier,
    *,
    bundle: str,
    settings: AlertSettings | None = None,
    speed_kmh: float | None = None,
    speed: SpeedSource | None = None,
    health: HealthSettings | None = None,
    realtime: bool = False,
    regions: RegionFinder | None = None,
    pacer: FrameRateLimiter | None = None,
    journal: Journal | None = None,
    json_path: Path | None = None,
    say: Callable[[str], None] = print,
    told: Callable[[Observation], None] = lambda _observation: None,
) -> int:
    """Monitor a source until it ends, or Ctrl-C or SIGTERM, then sum up; the exit code.

    Args:
        source: closed at the end, unless a driver hangs in it. Where it brings labels, the summary says how the alerts
            fit them.
        classifier: as for the pipeline.
        bundle: name of the classifier's bundle, for the journal.
        settings: of the alert policy; the defaults when left out.
        speed_kmh: the car's speed, where it stays as it is; None without a signal.
        speed: where it comes from, otherwise; closed at the end.
        health: of the camera; the defaults when left out.
        realtime: play a recording at its own speed.
        regions, pacer: as for the pipeline.
        journal: also gets every event; one that fails is given up with a notice.
        json_path: where the summary goes as JSON.
        say: prints a line. Nobody listens any more when it raises `BrokenPipeError`: then the drive ends.
        told: gets every observation, once everything of it was said and journalled; must not take long.

    Raises:
        UserError: when a stage or an output fails.
    """
    settings = settings or AlertSettings()
    speed = speed or FixedSpeed(speed_kmh)
    code = 0
    pipeline = Pipeline(
        source,
        classifier,
        policy=AlertPolicy(settings),
        realtime=realtime,
        health=FrameHealth(health),
        speed=speed,
        regions=regions,
        pacer=pacer,
    )
    try:
        labels = read_labels(source.labels) if source.labels is not None else None
    except UserError:
        pipeline.stop()
        raise
    # Nobody checks a recording's view: whoever made it has seen it.
    view = ViewWatch(classifier) if source.live else None
    drive = _Drive(say, journal, live=source.live, scored=labels is not None)
    try:
        with _signals(pipeline):
            drive.note(lambda kept: kept.start(source.name, bundle, speed.kmh, speed.name))
            for observation in pipeline:
                if observation.frame is not None:
                    drive.saw(observation.frame.time)
                elif observation.alert is not None:
                    drive.started(observation.alert.time_s)
                for notice in (*observation.notices, *(view.look(observation) if view is not None else ())):
                    drive.notice(notice)
                for event in observation.events:
                    drive.event(event)
                drive.dropped, drive.skipped = observation.dropped, observation.skipped
                told(observation)
    except (KeyboardInterrupt, BrokenPipeError) as error:
        code = 130 if isinstance(error, KeyboardInterrupt) else 141
    finally:
        pipeline.stop()
        if view is not None:
            view.close()
    with suppress(BrokenPipeError):
        drive.note(lambda kept: kept.end(drive.frames))
    score = score_events(labels, drive.events, drive.times_s, settings, speed) if labels is not None else None
    with suppress(BrokenPipeError):
        for line in drive.summary(score):
            say(line)
    if json_path is not None:
        write_atomic(
            json_path,
            json.dumps(drive.as_dict(source.name, bundle, settings, score), indent=1) + "\n",
        )
    # Ctrl-C is how a live drive ends; a recording that it cuts short is not complete.
    return 0 if source.live else code


@contextmanager
def _signals(pipeline: Pipeline) -> Iterator[None]:
    """Within the block, SIGTERM (a service that is stopped) raises `KeyboardInterrupt`, as Ctrl-C does; two more ask.

    SIGUSR1 acknowledges and SIGUSR2 snoozes.

    Where there are no such signals, as on Windows, there is only Ctrl-C.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def acknowledge(number: int, frame: FrameType | None) -> None:
        pipeline.acknowledge()

    def snooze(number: int, frame: FrameType | None) -> None:
        pipeline.snooze()

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


class _Drive:
    """What happened, told as it happens."""

    def __init__(self, say: Callable[[str], None], journal: Journal | None, *, live: bool, scored: bool) -> None:
        self.events: list[AlertEvent] = []
        self.notices: list[str] = []
        self.frames = 0
        # Of every frame, but only where the score needs them: a live drive may last for weeks.
        self.times_s: list[float] = []
        self._scored = scored
        self._last_s: float | None = None
        self.dropped = self.skipped = 0
        self._say = say
        self._journal = SafeJournal(journal)
        # A live source's seconds count from the machine's start, which means nothing to people.
        self._from_s: float | None = None if live else 0.0
        self._began = time.monotonic()

    def started(self, time_s: float) -> None:
        """The drive's first moment."""
        if self._from_s is None:
            self._from_s = time_s

    def saw(self, time_s: float) -> None:
        """A frame was judged."""
        self.started(time_s)
        self.frames += 1
        self._last_s = time_s
        if self._scored:
            self.times_s.append(time_s)

    def event(self, event: AlertEvent) -> None:
        self.events.append(event)
        self._say(f"{self._since(event.time_s):8.1f} s  {event.text}")
        self.note(lambda journal: journal.event(event))

    def notice(self, text: str) -> None:
        self.notices.append(text)
        at_s = self._since(self._last_s) if self._last_s is not None else 0.0
        self._say(f"{at_s:8.1f} s  NOTICE   {text}")
        self.note(lambda journal: journal.notice(text))

    def note(self, write: Callable[[Journal], None]) -> None:
        """Write to the journal, and tell when it ends before the drive does."""
        complaint = self._journal.note(write)
        if complaint is not None:
            self.notice(complaint)

    def _since(self, time_s: float) -> float:
        return time_s - (self._from_s or 0.0)

    def tiers(self) -> dict[Tier, int]:
        """How often each tier was reached."""
        counts = Counter(event.tier for event in self.events if event.is_alert)
        return {tier: counts[tier] for tier in (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL)}

    def summary(self, score: EventScore | None) -> list[str]:
        """Lines for people."""
        wall_s = time.monotonic() - self._began
        drive_s = self._since(self._last_s) if self._last_s is not None else 0.0
        rate = self.frames / wall_s if wall_s > 0.0 else 0.0
        counts = " · ".join(f"{count} {tier.code}" for tier, count in self.tiers().items())
        faults = sum(event.kind is EventKind.FAULT for event in self.events)
        lines = [
            f"{self.frames} frames, {drive_s:.1f} s of driving, in {wall_s:.1f} s ({rate:.1f} frames a second)"
            + (f", {self.dropped} overtaken" if self.dropped else "")
            + (f", {self.skipped} held back" if self.skipped else ""),
            f"alerts: {counts} · health faults: {faults}"
            + (f" · notices: {len(self.notices)}" if self.notices else ""),
        ]
        if score is not None:
            lines.append(_verdict(score))
            for missed in score.missed:
                lines.append(
                    f"missed: {', '.join(activity.label for activity in missed.activities)}"
                    f" from {missed.start_s:.1f} to {missed.end_s:.1f} s"
                )
            for alert in score.false:
                what = alert.activity.label if alert.activity is not None else "?"
                lines.append(f"elsewhere: {alert.tier.name} {what} at {alert.raised_s:.1f} s")
            for alert in score.cleared_late:
                until = "the end" if alert.cleared_s is None else f"{alert.cleared_s:.1f} s"
                lines.append(f"too long: {alert.tier.name} from {alert.raised_s:.1f} s to {until}")
        return lines

    def as_dict(
        self,
        source: str,
        bundle: str,
        settings: AlertSettings,
        score: EventScore | None,
    ) -> dict[str, object]:
        """For the JSON file."""
        return {
            "source": source,
            "bundle": bundle,
            "frames": self.frames,
            "dropped": self.dropped,
            "skipped": self.skipped,
            "tiers": {tier.code: count for tier, count in self.tiers().items()},
            "events": [
                {
                    **event.as_dict(),
                    "time_s": round(self._since(event.time_s), 3),
                    "text": event.text,
                }
                for event in self.events
            ],
            "notices": self.notices,
            "score": score.as_dict() if score is not None else None,
            "settings": settings.model_dump(),
        }


def _verdict(score: EventScore) -> str:
    needed = len(score.needed)
    short = len(score.distractions) - needed
    text = f"labels: {score.detected} of {needed} labelled distractions raised their alert"
    if short:
        text += f" ({short} more too short for the policy)"
    return f"{text}; {len(score.false) or 'no'} alert{'' if len(score.false) == 1 else 's'} elsewhere"
