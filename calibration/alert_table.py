"""How good the alerts are, in one table: `python -m calibration.alert_table --output DIR`.

The demo drive, simulated drives of drivers that nothing was fitted on, attentive hours with near misses, and any
recorded drives named: distractions detected, delay behind the policy on the labels, false alerts an hour; before any
smoothing, after it, and with the thresholds that were fitted (the bundle's, or `--policy`'s). Whatever was rendered or
classified before is not done again, so the command can be stopped and started at any time.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from engines.activities import Activity
from engines.errors import UserError, run_command
from engines.openlabel import read_label_file
from engines.output_files import prepare_folder, write_whole
from monitor.alert_settings import AlertSettings
from monitor.candidate import Candidate
from monitor.drive_predictions import DrivePredictions
from monitor.drive_record import DriveRecord
from monitor.prediction_cache import PredictionCache
from monitor.replay import Recording, predict
from monitor.score_tables import all_events, all_frames
from monitor.sources import DEMO, open_source
from train import simulated
from train.arguments import positive_number, whole_number
from train.simulation.drive import write_drive
from train.simulation.script import script_of

FIRST_SEED = 100_501
"""Of the simulated drivers; no training, choice or fit may use it or those after it."""

FPS = 5
DRIVE_S = 120.0
HOUR_S = 3600.0
_BETWEEN_NEAR_MISSES_S = (8.0, 30.0)
_MARGIN_S = 2.0

BEFORE = AlertSettings(smoothing_s=0.0, single_frame_weight=1.0, enter=0.5, leave=0.49)
"""The likeliest of attention and distraction in each frame by itself decides; the timer is the same."""


@dataclass(frozen=True)
class Group:
    """Drives of one kind, a row of the table."""

    title: str
    recordings: tuple[Recording, ...]


def attentive_script(seed: int, duration_s: float) -> simulated.Script:
    """A drive of nothing but C0, with near misses every 8 to 30 s.

    Args:
        seed: decides which and when.
        duration_s: its length, seconds.
    """
    rng = np.random.default_rng([seed, 11])
    script = script_of([(Activity.SAFE_DRIVING, duration_s)])
    kinds, at_s = list(simulated.NearMiss), _MARGIN_S
    events: list[simulated.NearMissEvent] = []
    while True:
        at_s += float(rng.uniform(*_BETWEEN_NEAR_MISSES_S))
        kind = kinds[int(rng.integers(len(kinds)))]
        end_s = at_s + float(rng.uniform(*kind.lengths_s))
        if end_s > duration_s - _MARGIN_S:
            return script.with_near_misses(events)
        events.append(simulated.NearMissEvent(round(at_s, 3), round(end_s, 3), kind))
        at_s = end_s


def render(folder: Path, name: str, recording: simulated.Recording, workers: int) -> Path:
    """The video of a simulated drive, with its labels beside it; drawn if it is not there. Raises `UserError`."""
    video = folder / f"{name}.mp4"
    if not video.exists():
        write_drive(video, video.with_suffix(".csv"), recording, workers)
    return video


def recording_of(spec: str, labels: Path | None = None, name: str | None = None) -> Recording:
    """A recording with its labels. Raises `UserError`."""
    with open_source(spec) as source:
        frames = round(source.duration * source.fps) if source.duration and source.fps else None
        path = labels or source.labels
        if path is None:
            raise UserError(f"{spec} has no labels: put {Path(spec).stem}.csv beside it")
        return Recording(spec, source.name, name or Path(source.name).stem, read_label_file(path, source.fps), frames)


def groups_of(arguments: argparse.Namespace) -> list[Group]:
    """Everything the table is about, rendered where it has to be. Raises `UserError`."""
    folder = arguments.output / "drives"
    groups = [Group("demo drive", (recording_of(DEMO),))]
    drives = []
    for seed in range(FIRST_SEED, FIRST_SEED + arguments.simulated):
        script = simulated.script_for_drive(seed, DRIVE_S)
        what = simulated.Recording(seed, script, FPS, (640, 480))
        video = render(folder, f"simulated-{seed}", what, arguments.workers)
        drives.append(recording_of(str(video), video.with_suffix(".csv")))
    if drives:
        groups.append(Group(f"simulated, {len(drives)} × {DRIVE_S:g} s", tuple(drives)))
    for path in arguments.drives:
        groups.append(Group(path.stem, (recording_of(str(path), path.with_suffix(".csv")),)))
    hours = []
    for number in range(arguments.attentive_drives):
        seed = FIRST_SEED + 1000 + number
        length_s = 60.0 * arguments.attentive_minutes
        what = simulated.Recording(seed, attentive_script(seed, length_s), FPS, (640, 480))
        name = f"attentive-{seed}-{arguments.attentive_minutes}min"
        video = render(folder, name, what, arguments.workers)
        hours.append(recording_of(str(video), video.with_suffix(".csv")))
    if hours:
        minutes = f"{arguments.attentive_minutes} min"
        groups.append(Group(f"attentive, {len(hours)} × {minutes}", tuple(hours)))
    return groups


def row(group: str, variant: str, records: Sequence[DriveRecord]) -> dict[str, Any]:
    """One line of the table, as JSON holds it."""
    events, frames = all_events(records), all_frames(records)
    assert events is not None and frames is not None
    needed = len(events.needed)
    return {
        "drives": group,
        "variant": variant,
        "frame_accuracy": frames.accuracy,
        "needed": needed,
        "detected": events.detected,
        "detected_share": events.detected / needed if needed else None,
        "median_delay_s": float(np.median(events.delays_s)) if events.delays_s else None,
        "false": len(events.false),
        "overstayed": len(events.overstayed),
        "hours": events.labelled_s / 3600.0,
        "false_per_hour": events.false_per_hour,
    }


def show(rows: Sequence[dict[str, Any]]) -> Table:
    """The table for people."""
    table = Table("drives", "alerts")
    for title in ("frames right", "detected", "median delay", "false", "hours", "false an hour"):
        table.add_column(title, justify="right")
    for entry in rows:
        share, delay_s, rate = entry["detected_share"], entry["median_delay_s"], entry["false_per_hour"]
        table.add_row(
            entry["drives"],
            entry["variant"],
            f"{100.0 * entry['frame_accuracy']:.1f} %",
            "–" if share is None else f"{entry['detected']} of {entry['needed']} ({100.0 * share:.0f} %)",
            "–" if delay_s is None else f"{delay_s:+.2f} s",
            str(entry["false"]),
            f"{entry['hours']:.2f}",
            f"{rate:.1f}",
        )
    return table


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m calibration.alert_table", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="drives, predictions, alert_table.json"
    )
    parser.add_argument(
        "--drives", nargs="*", type=Path, default=[], metavar="FILE", help="recorded; NAME.csv beside it"
    )
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="engine bundle (the one that is shipped)")
    parser.add_argument("--policy", type=Path, metavar="TOML", help="fitted thresholds and policy (the bundle's own)")
    parser.add_argument("--simulated", type=whole_number, default=20, metavar="N", help="drives of 120 s (20)")
    parser.add_argument("--attentive-drives", type=whole_number, default=3, metavar="N", help="of nothing but C0 (3)")
    parser.add_argument("--attentive-minutes", type=positive_number, default=60, metavar="N", help="of each (60)")
    parser.add_argument("--workers", type=positive_number, default=1, metavar="N", help="processes that render (1)")
    arguments = parser.parse_args(argv)
    prepare_folder(arguments.output)
    candidate = Candidate.open(arguments.bundle, arguments.policy)
    variants = {"before smoothing": BEFORE, "smoothed": AlertSettings()}
    if candidate.settings != AlertSettings():
        variants["smoothed, fitted"] = candidate.settings
    groups = groups_of(arguments)
    cache = PredictionCache.open(arguments.output / "predictions")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    everything: list[list[DriveRecord]] = [[] for _ in variants]
    rows = []
    with Progress(*columns, console=Console(stderr=True)) as progress:
        total = sum(recording.frames or 0 for group in groups for recording in group.recordings)
        task = progress.add_task("frames", total=total)
        for group in groups:
            records: list[list[DriveRecord]] = [[] for _ in variants]
            for recording in group.recordings:
                drive = DrivePredictions()
                drive = predict(recording, candidate, cache, drive, partial(progress.advance, task))
                for own, settings in zip(records, variants.values(), strict=True):
                    own.append(DriveRecord(recording.name, recording.labels, candidate.mount, drive, settings))
            for variant, own, every in zip(variants, records, everything, strict=True):
                rows.append(row(group.title, variant, own))
                every.extend(own)
    rows += [row("all", variant, every) for variant, every in zip(variants, everything, strict=True)]
    policies = {name: variant.model_dump(mode="json") for name, variant in variants.items()}
    content = {"bundle": candidate.manifest.name, "settings": policies, "rows": rows}
    write_whole(arguments.output / "alert_table.json", json.dumps(content, indent=1) + "\n")
    Console(width=130).print(show(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
