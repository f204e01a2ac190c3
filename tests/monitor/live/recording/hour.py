"""What an hour of recorded drives costs: memory, handles, threads, bytes on the disk, and CPU time by thread.

    python -m tests.monitor.live.recording.hour --hours 1 --record everything --output DIR

Drives are watched one after the other as fast as that goes, in one process: the engine, the store with its limit, and
clips, as `driver-monitor --headless --store DIR --record …` has them. Written are ``samples.json``, ``summary.json``
and ``hour.png``. It ends with 1 where the store was ever above its limit, or, once it was full, below it by more than
one clip and the room that is held for those that are being written. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

from monitor.journal.recording.recorder import AFTER_S, BEFORE_S
from monitor.journal.store.opening import open_for_reading
from monitor.journal.store.retention import RetentionLimits, store_bytes
from monitor.journal.store.writer import Store
from monitor.live.engine import Engine, EngineOptions
from monitor.live.headless import run_headless
from monitor.live.recording.choice import Privacy, Recorded
from monitor.live.recording.listener import RecordingListener
from monitor.live.recording.recordings import Recordings
from monitor.live.session import Ended, Listener, SessionEvent, SessionOptions
from monitor.live.store_listener import StoreListener
from monitor.sources import DEMO

WAIT_S = 60.0
_EVERY_S = 0.5
_HELD_MB = 10.0
"""For three clips at once, 20 s of each ahead, and what the database may grow."""


@dataclass(frozen=True)
class Sample:
    """One moment.

    Attributes:
        wall_s, drive_s: since the beginning: by the clock, and of the drives.
        rss: the process's memory, bytes.
        handles, threads: how many.
        disk: what all of the store's files take, bytes.
        clips: files among them.
    """

    wall_s: float
    drive_s: float
    rss: int
    handles: int
    threads: int
    disk: int
    clips: int


class ThreadTimes:
    """CPU time of all threads by name, also of those that have ended: begin before they do."""

    def __init__(self) -> None:
        self._ended: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()
        run, ended, lock = threading.Thread.run, self._ended, self._lock

        def counted(self: threading.Thread) -> None:
            try:
                run(self)
            finally:
                with lock:
                    ended[_kind(self)] += time.thread_time()

        threading.Thread.run = counted  # type: ignore[method-assign]

    def by_name(self) -> dict[str, float]:
        """Seconds, user and system."""
        with self._lock:
            times = self._ended.copy()
        for thread in threading.enumerate():
            with suppress(OSError, OverflowError):  # it has ended meanwhile
                if thread.ident is not None:
                    times[_kind(thread)] += time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        return dict(times)


def _kind(thread: threading.Thread) -> str:
    return thread.name.split("-")[0].split(" ")[0]


class Hour:
    """Watches drives, and samples meanwhile."""

    name = "the hour"

    def __init__(
        self, folder: Path, drives: Sequence[str], record: Recorded, most_bytes: int, max_fps: float | None
    ) -> None:
        self.folder, self.drives, self.record, self.most_bytes = folder, drives, record, most_bytes
        self.max_fps = max_fps
        self.samples: list[Sample] = []
        self.largest_clip = 0
        self.watched = 0
        self.incidents = 0
        self._drive_s = 0.0
        self._began_s = time.monotonic()
        self._over = threading.Event()

    def run(self, hours: float) -> None:
        """Watch for so many hours of drives."""
        engine = Engine.open(EngineOptions(max_fps=self.max_fps))
        limits = RetentionLimits(most_bytes=self.most_bytes, free_bytes=0)
        store = Store(self.folder, limits=limits)
        store.open(WAIT_S)
        recordings = Recordings(store, Privacy(self.record, True), of_recordings=True, around_s=(BEFORE_S, AFTER_S))
        sampler = threading.Thread(target=self._sample, name="sampler")
        sampler.start()
        try:
            while self._drive_s < hours * 3600.0:
                self._watch(engine, store, recordings, self.drives[self.watched % len(self.drives)])
                self.watched += 1
                print(f"{self._drive_s / 3600.0:.2f} h of drives", file=sys.stderr, flush=True)
        finally:
            self._over.set()
            sampler.join()
            recordings.close()
            store.close(WAIT_S)

    def _watch(self, engine: Engine, store: Store, recordings: Recordings, source: str) -> None:
        options = SessionOptions(source, engine.mount(None), clips=True)
        recorder = recordings.begin(live=False)
        kept = StoreListener(store, source, recordings=True)
        listeners: list[Listener] = [kept, *([RecordingListener(recorder, kept)] if recorder is not None else []), self]
        run_headless(
            engine,
            options,
            write_line=lambda line: None,
            listeners=listeners,
            open_source=partial(options.open_source, recorder),
        )

    def on_event(self, event: SessionEvent) -> None:
        """Count what a drive that ends was."""
        if isinstance(event, Ended):
            self._drive_s += event.summary.duration_s
            self.incidents += event.summary.drive.incident_count

    def _sample(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while not self._over.wait(_EVERY_S):
            sizes = [size for path in (self.folder / "clips").glob("*") if (size := _size(path)) is not None]
            database = sum(_size(path) or 0 for path in self.folder.glob("store*"))
            self.largest_clip = max([self.largest_clip, *sizes])
            self.samples.append(
                Sample(
                    time.monotonic() - self._began_s,
                    self._drive_s,
                    int(Path("/proc/self/statm").read_text().split()[1]) * page,
                    sum(1 for _ in Path("/proc/self/fd").iterdir()),
                    threading.active_count(),
                    database + sum(sizes),
                    len(sizes),
                )
            )


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def summarise(hour: Hour, cpu: dict[str, float]) -> dict[str, object]:
    """The figures of an hour that is over; see `main`."""
    samples = hour.samples[len(hour.samples) // 10 :]  # what is loaded at first is there then
    quarter = max(1, len(samples) // 4)
    first, last = samples[:quarter], samples[-quarter:]
    full_from = next((place for place, one in enumerate(samples) if one.disk > 0.9 * hour.most_bytes), None)
    full = samples[full_from:] if full_from is not None else []
    with closing(open_for_reading(hour.folder)) as database:
        counted = store_bytes(database)
        incidents, clips = len(database.incidents()), len(database.clips())
    whole_s = sum(cpu.values())
    share = {name: round(seconds / whole_s, 4) for name, seconds in sorted(cpu.items(), key=lambda one: -one[1])}
    return {
        "drives": hour.watched,
        "drive_hours": round(samples[-1].drive_s / 3600.0, 3),
        "wall_s": round(samples[-1].wall_s, 1),
        "record": hour.record.value,
        "incidents": hour.incidents,
        "incidents_kept": incidents,
        "clips_kept": clips,
        "memory_mb": {
            "first_quarter": round(median(one.rss for one in first) / 1e6, 1),
            "last_quarter": round(median(one.rss for one in last) / 1e6, 1),
            "most": round(max(one.rss for one in samples) / 1e6, 1),
        },
        "handles": {
            "first_quarter": median(one.handles for one in first),
            "last_quarter": median(one.handles for one in last),
        },
        "threads": {
            "first_quarter": median(one.threads for one in first),
            "last_quarter": median(one.threads for one in last),
        },
        "limit_mb": hour.most_bytes / 1e6,
        "most_on_disk_mb": round(max(one.disk for one in hour.samples) / 1e6, 2),
        "least_once_full_mb": round(min(one.disk for one in full) / 1e6, 2) if full else None,
        "largest_clip_mb": round(hour.largest_clip / 1e6, 2),
        "counted_at_the_end_mb": round(counted / 1e6, 2),
        "cpu_s": {name: round(seconds, 2) for name, seconds in cpu.items()},
        "cpu_share": share,
    }


def plot(samples: Sequence[Sample], limit: int, path: Path) -> None:
    """Memory, bytes on the disk, handles and threads over the hours of drives."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    minutes = [one.wall_s / 60.0 for one in samples]
    figure, (memory, disk, counts) = pyplot.subplots(3, 1, sharex=True, figsize=(8, 7), layout="constrained")
    memory.plot(minutes, [one.rss / 1e6 for one in samples])
    memory.set(ylabel="memory [MB]", ylim=(0, None))
    disk.plot(minutes, [one.disk / 1e6 for one in samples])
    disk.axhline(limit / 1e6, color="tab:red", linewidth=1, label="limit")
    disk.set(ylabel="store [MB]", ylim=(0, None))
    disk.legend(loc="lower right")
    counts.plot(minutes, [one.handles for one in samples], label="handles")
    counts.plot(minutes, [one.threads for one in samples], label="threads")
    counts.set(ylabel="number", ylim=(0, None), xlabel=f"minutes, for {samples[-1].drive_s / 3600.0:.2f} h of drives")
    counts.legend(loc="lower right")
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


def faults(summary: dict[str, object], *, spare_mb: float) -> list[str]:
    """What does not hold of the limit; `spare_mb` is held for what is being written."""
    found = []
    most, limit = summary["most_on_disk_mb"], summary["limit_mb"]
    least, clip = summary["least_once_full_mb"], summary["largest_clip_mb"]
    assert isinstance(most, float) and isinstance(limit, float) and isinstance(clip, float)
    if most > limit:
        found.append(f"{most} MB were on the disk, above the limit of {limit}")
    if isinstance(least, float) and least < limit - clip - spare_mb:
        found.append(f"{least} MB were on the disk once it was full, below the limit by more than a clip of {clip}")
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Watch, write the files and print the summary; 1 where the limit did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitor.live.recording.hour", description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0, help="of drives, not of the clock (1)")
    parser.add_argument("--record", choices=[one.value for one in Recorded], default=Recorded.EVERYTHING.value)
    parser.add_argument("--limit-mb", type=float, default=50.0, help="what the store may take (50)")
    parser.add_argument("--drives", nargs="+", default=[DEMO], metavar="VIDEO", help="watched in turn (demo)")
    parser.add_argument("--max-fps", type=float, help="frames classified a second; recorded are all (all)")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where the figures are written")
    arguments = parser.parse_args(argv)
    arguments.output.mkdir(parents=True, exist_ok=True)
    times = ThreadTimes()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "store"
        hour = Hour(
            folder, arguments.drives, Recorded(arguments.record), round(arguments.limit_mb * 1e6), arguments.max_fps
        )
        hour.run(arguments.hours)
        summary = summarise(hour, times.by_name())
    found = faults(summary, spare_mb=_HELD_MB)
    summary["wrong"] = found
    (arguments.output / "samples.json").write_text(json.dumps([asdict(one) for one in hour.samples]), encoding="utf-8")
    (arguments.output / "summary.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    plot(hour.samples, hour.most_bytes, arguments.output / "hour.png")
    print(json.dumps(summary, indent=1))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
