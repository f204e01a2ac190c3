"""Kills whoever records at random moments, and looks at what the next start makes of it.

python -m tests.monitor.journal.recording.power_cuts 100
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.journal.recording.recorder import Recorder
from monitor.journal.store.opening import open_for_reading
from monitor.journal.store.records import incident_uid
from monitor.journal.store.writer import Store
from tests.monitor.journal.recording.numbered import numbers_in, packets_of, span, write_numbered
from tests.monitor.journal.store.stories import drive, incident

FPS = 10
_LONGEST_S = 2.0
"""After so long a recorder is killed at the latest."""

_BEGINS_S = 60.0


def record(folder: Path) -> None:
    """Record a drive with an incident every six seconds, and as a whole, until somebody puts an end to it."""
    store, one = Store(folder / "store"), drive()
    store.put("drive", lambda database: database.begin_drive(one))
    store.open()
    recorder, told = Recorder(store, live=False, everything=True), 0
    recorder.begin(one.uid, 0.0)
    print("begun", flush=True)
    for packet in packets_of(folder / "drive.mp4"):
        recorder.packet(packet)
        if packet.decoded_s >= 6.0 * (told + 1):
            told += 1
            now, happened = store.clock.now(), incident(told, start_s=packet.decoded_s - 1.0)
            store.put(
                ("incident", told),
                lambda database, happened=happened, now=now: database.save_incident(one.uid, happened, now, now),
            )
            start_s = happened.start_s
            recorder.incident(incident_uid(one.uid, told), start_s, start_s + 2.0, 0.0)
        time.sleep(0.001)
    recorder.end()
    recorder.close(60.0)
    store.close(60.0)


def cut(folder: Path, seconds: float) -> Counter[str]:
    """Kill a recorder some seconds after its first file, start again, and count what there is, and what is wrong."""
    clips = folder / "store" / "clips"
    arguments = [sys.executable, "-m", __name__, "--record", str(folder)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as recorder:
        assert recorder.stdout is not None
        recorder.stdout.readline()
        until_s = time.monotonic() + _BEGINS_S
        while not any(clips.glob("*")) and time.monotonic() < until_s:
            time.sleep(0.01)
        time.sleep(seconds)
        recorder.kill()
    counts = Counter(kills=1, cut_off=sum(1 for _ in clips.glob("*.part")))
    store = Store(folder / "store")
    store.open()
    store.close()
    with closing(open_for_reading(folder / "store")) as database:
        known = {database.folder / clip.file: clip for clip in database.clips()}
    counts["clips"] = len(known)
    counts["orphans"] = len(set(clips.glob("*")) ^ set(known))
    for path, clip in known.items():
        first, last = span(numbers_in(path))
        assert clip.start_s is not None and clip.end_s is not None
        is_right = abs(clip.start_s * FPS - first) <= 1.0 and abs(clip.end_s * FPS - last - 1) <= 1.0
        counts["wrong"] += clip.writing or not is_right
    return counts


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=100)
    parser.add_argument("--record", type=Path, help="be the one that is killed")
    arguments = parser.parse_args()
    if arguments.record is not None:
        record(arguments.record)
        return 0
    moments, counts = random.Random(1), Counter[str]()
    for _ in range(arguments.kills):
        with TemporaryDirectory() as folder:
            write_numbered(Path(folder) / "drive.mp4", 120 * FPS, fps=FPS, key_every=20, b_frames=2)
            counts += cut(Path(folder), moments.uniform(0.05, _LONGEST_S))
    print(dict(counts))
    return 1 if counts["orphans"] or counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
